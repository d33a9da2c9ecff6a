/* aws-config: destinations as profiles of ~/.aws/config, for every program that reads it. */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/awsfiles/aws_block.h"
#include "client/awsfiles/aws_files.h"
#include "client/base/diff.h"
#include "client/base/suggest.h"
#include "client/commands.h"
#include "client/requests/entries.h"

/* Why an entry is in the block. */
struct chosen {
    struct xa_block_entry entry;
    bool was_there;                /* it stands in the block as it is                    */
    bool known;                    /* a destination has the name                         */
};

struct work {
    struct xa_client *client;
    struct xa_aws_files files;
    const char *path;
    struct xa_block block;
    char program[PATH_MAX];
    struct chosen *chosen;
    size_t n, cap;
    bool all;
    struct xa_suggestion near;     /* to the name that is sought                         */
    char nearest[XA_NAME_MAX + 1];
    bool out_of_memory;
};

static bool has(const struct work *w, enum xa_option_id option)
{
    return xa_options_has(&w->client->opt, option);
}

/* --- which destinations ----------------------------------------------------------------- */

static struct chosen *find(struct work *w, struct xa_slice name)
{
    for (size_t i = 0; i < w->n; i++)
        if (xa_slice_is(name, w->chosen[i].entry.name))
            return &w->chosen[i];
    return NULL;
}

static struct chosen *add(struct work *w, struct xa_slice name)
{
    struct chosen *c = find(w, name);
    if (c != NULL)
        return c;
    if (w->n == w->cap) {
        size_t cap = w->cap == 0 ? 16 : 2 * w->cap;
        struct chosen *more = realloc(w->chosen, cap * sizeof *more);
        if (more == NULL) {
            w->out_of_memory = true;
            return NULL;
        }
        w->chosen = more;
        w->cap = cap;
    }
    assert(w->chosen != NULL);
    c = &w->chosen[w->n++];
    *c = (struct chosen){ 0 };
    (void)!xa_slice_copy(name, c->entry.name, sizeof c->entry.name);
    return c;
}

/* What stands there stays there, but for --all, which says what is to be there. */
static void take_block(struct work *w)
{
    struct xa_slice rest = w->block.block, name;
    while (!w->all && xa_block_next(&rest, &name)) {
        struct chosen *c = add(w, name);
        if (c != NULL)
            c->was_there = true;
    }
}

static void look(const struct xa_list_entry *e, void *ctx)
{
    struct work *w = ctx;
    bool all = w->all && !e->is_profile && !xa_slice_is(e->name, "default");
    if (e->kind != XA_ENTRY_DEST)
        return;
    struct chosen *c = all ? add(w, e->name) : find(w, e->name);
    if (c == NULL)
        return;
    c->known = true;
    if (!xa_slice_copy(e->region, c->entry.region, sizeof c->entry.region))
        c->entry.region[0] = '\0';
}

static void offer(const struct xa_list_entry *e, void *ctx)
{
    struct work *w = ctx;
    char name[XA_NAME_MAX + 1];
    if (e->kind != XA_ENTRY_DEST || !xa_slice_copy(e->name, name, sizeof name))
        return;
    xa_suggest_offer(&w->near, name);
    if (w->near.nearest == name) {
        memcpy(w->nearest, name, sizeof name);
        w->near.nearest = w->nearest;
    }
}

static bool unknown(struct work *w, const char *name, struct xa_error *err)
{
    w->near = xa_suggest_begin(name);
    if (!xa_entries_each(w->client, offer, w, err))
        return false;
    const char *meant = xa_suggest_end(&w->near);
    if (meant != NULL)
        xa_fail(err, XA_NO_SUCH_NAME, "there is no destination '%s'; did you mean '%s'?", name,
                meant);
    else
        xa_fail(err, XA_NO_SUCH_NAME, "there is no destination '%s'", name);
    return xa_hint(err, "xacct list");
}

/* Those that were written before and are none any more go; one that was named is refused. */
static bool drop_unknown(struct work *w, struct xa_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct chosen *c = &w->chosen[i];
        if (!c->known && !c->was_there)
            return unknown(w, c->entry.name, err);
        if (!c->known && !has(w, XA_OPT_QUIET))
            xa_note("'%s' goes: it is no destination of the configuration", c->entry.name);
        if (c->known)
            w->chosen[kept++] = *c;
    }
    w->n = kept;
    return true;
}

static bool choose(struct work *w, struct xa_error *err)
{
    take_block(w);
    for (size_t i = 0; i < w->client->n_names; i++) {
        struct chosen *c = add(w, xa_slice_of(w->client->names[i]));
        if (c != NULL && !xa_slice_is(xa_slice_of(w->client->names[i]), c->entry.name))
            return unknown(w, w->client->names[i], err);     /* longer than any name */
    }
    return xa_entries_each(w->client, look, w, err) && drop_unknown(w, err) &&
           (!w->out_of_memory || xa_fail(err, XA_NO_MEMORY, "no memory for the profiles"));
}

/* --- may they stand there? -------------------------------------------------------------- */

/* A profile that is there twice breaks the AWS command line for all of them (facts 4.3); one
 * with keys in the credentials file would hand out these. */
static bool check_entry(const struct work *w, const char *name, struct xa_error *err)
{
    struct xa_profile_value key;
    unsigned line = xa_block_elsewhere(w->files.config, &w->block, name);
    if (line > 0) {
        xa_fail(err, XA_NAME_TAKEN, "%s:%u: a profile '%s' stands there already", w->path, line,
                name);
        xa_why(err, "a name that is there twice makes the AWS command line fail for every profile");
        return xa_hint(err, "take those lines out, or give the destination another name");
    }
    const struct xa_profile *profile = xa_profiles_find(w->files.profiles, xa_slice_of(name));
    if (profile == NULL || !xa_profile_find_key(w->files.profiles, profile, "aws_access_key_id",
                                                &key))
        return true;
    xa_fail(err, XA_NAME_TAKEN, "%s:%u: a profile '%s' has keys there, which SDKs take first",
            key.file, key.line, name);
    return xa_hint(err, "xacct import %s --clean", name);
}

static bool check(struct work *w, struct xa_error *err)
{
    for (size_t i = 0; i < w->n; i++)
        if (!check_entry(w, w->chosen[i].entry.name, err))
            return false;
    if (w->n > 0 && xa_block_swallows(w->block.after)) {
        xa_fail(err, XA_BAD_CONFIG, "%s: its first line begins with a blank, and would be read as "
                "part of the profiles before it", w->path);
        return xa_hint(err, "take that blank out by hand");
    }
    if (xa_block_program_good(w->program))
        return true;
    xa_fail(err, XA_USAGE, "this program's path would need quotes: %s", w->program);
    xa_why(err, "not all that reads credential_process understands them");
    return xa_hint(err, "an installation whose path has letters, digits and - _ . / only");
}

static bool is_this_program(const char *path)
{
    struct stat there, here;
    return path[0] == '/' && stat(path, &there) == 0 && stat("/proc/self/exe", &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* The path by which the person's PATH finds it outlives an upgrade; the one that the links in it
 * lead to may hold a version. */
static bool find_program(struct work *w, struct xa_error *err)
{
    for (const char *at = getenv("PATH"); at != NULL && *at != '\0';) {
        size_t dir = strcspn(at, ":");
        int n = snprintf(w->program, sizeof w->program, "%.*s/xacct-client", (int)dir, at);
        if (n > 0 && n < (int)sizeof w->program && is_this_program(w->program))
            return true;
        at += dir + (at[dir] == ':');
    }
    ssize_t len = readlink("/proc/self/exe", w->program, sizeof w->program - 1);
    w->program[len > 0 ? len : 0] = '\0';
    return len > 0 || xa_fail(err, XA_IO, "this program's own path cannot be found");
}

/* --- the new text ----------------------------------------------------------------------- */

struct fresh {
    struct xa_aws_new what;
    const struct work *work;
    struct xa_block_entry *entries;
};

static bool keep_some(struct xa_slice part, xa_aws_keep_fn *keep, void *ctx)
{
    return part.len == 0 || keep(part, ctx);
}

static bool new_text(const struct xa_aws_new *what, xa_aws_keep_fn *keep, void *ctx)
{
    const struct fresh *f = (const void *)what;        /* its first member */
    const struct xa_block *b = &f->work->block;
    return keep_some(b->before, keep, ctx) &&
           xa_block_write(f->work->program, f->entries, f->work->n, keep, ctx) &&
           keep_some(b->after, keep, ctx);
}

struct text { char *at; size_t len, cap; };

static bool gather(struct xa_slice part, void *ctx)
{
    struct text *t = ctx;
    if (part.len > t->cap - t->len)
        return false;
    memcpy(t->at + t->len, part.at, part.len);
    t->len += part.len;
    return true;
}

/* What there would be. At most what is read again: XA_AWS_FILE_MAX. */
static bool make_text(const struct fresh *f, struct text *ret, struct xa_error *err)
{
    *ret = (struct text){ malloc(XA_AWS_FILE_MAX), 0, XA_AWS_FILE_MAX };
    if (ret->at == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the file");
    return f->what.text(&f->what, gather, ret) ||
           xa_fail(err, XA_USAGE, "%s would be longer than 1 MiB", f->work->path);
}

/* --- what is done with it --------------------------------------------------------------- */

static bool keep_out(struct xa_slice part, void *ctx)
{
    xa_out_slice(ctx, part);
    return true;
}

static bool print(const struct fresh *f, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    (void)!xa_block_write(f->work->program, f->entries, f->work->n, keep_out, &o);
    return xa_out_finish(&o, err);
}

static bool print_diff(const struct fresh *f, const struct text *text, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    const struct xa_diff diff = {
        .old_name = f->work->path, .fresh_name = f->work->path, .old = f->work->files.config,
        .fresh = { (const uint8_t *)text->at, text->len },
    };
    xa_diff(&o, &diff);
    return xa_out_finish(&o, err);
}

static bool write_file(const struct fresh *f, const struct text *text, struct xa_error *err)
{
    const struct work *w = f->work;
    char backup[XA_PATH_MAX];
    const struct xa_aws_file file = { w->path, w->files.stats[XA_AWSFILE_CONFIG],
                                      w->files.config };
    if (xa_slice_same(w->files.config, (struct xa_slice){ (const uint8_t *)text->at, text->len }))
        return true;
    if (!xa_aws_rewrite(&file, &f->what, backup, err))
        return false;
    if (has(w, XA_OPT_QUIET))
        return true;
    char number[24];
    snprintf(number, sizeof number, "%zu", w->n);
    xa_note("%s: %s profile%s of xacct's%s%s", w->path, w->n > 0 ? number : "no",
            w->n == 1 ? "" : "s",
            backup[0] != '\0' ? "; what it was, without secrets: " : "", backup);
    return true;
}

static bool carry_out(struct work *w, struct xa_error *err)
{
    struct fresh f = { { new_text }, w, calloc(w->n + 1, sizeof *f.entries) };
    struct text text = { 0 };
    bool ok = f.entries != NULL || xa_fail(err, XA_NO_MEMORY, "no memory for the profiles");
    for (size_t i = 0; ok && i < w->n; i++)
        f.entries[i] = w->chosen[i].entry;
    if (ok && has(w, XA_OPT_PRINT))
        ok = print(&f, err);
    else
        ok = ok && make_text(&f, &text, err) &&
             (has(w, XA_OPT_DIFF) ? print_diff(&f, &text, err) : write_file(&f, &text, err));
    if (text.at != NULL)
        explicit_bzero(text.at, text.len);       /* keys may stand in it */
    free(text.at);
    free(f.entries);
    return ok;
}

/* --- the command ------------------------------------------------------------------------ */

static bool check_words(const struct work *w, struct xa_error *err)
{
    bool removes = has(w, XA_OPT_REMOVE);
    int n = has(w, XA_OPT_PRINT) + has(w, XA_OPT_WRITE) + (has(w, XA_OPT_DIFF) && !removes) +
            (removes ? 1 : 0);
    if (n != 1) {
        xa_fail(err, XA_USAGE, "aws-config: it takes one of --print, --diff, --write, --remove");
        return xa_hint(err, "xacct aws-config --diff --all");
    }
    if (w->client->n_names > 0 && (w->all || removes))
        return xa_fail(err, XA_USAGE, "aws-config: DEST and %s do not go together",
                       w->all ? "--all" : "--remove");
    return !w->all || !removes ||
           xa_fail(err, XA_USAGE, "aws-config: --all and --remove do not go together");
}

static bool run(struct work *w, struct xa_error *err)
{
    if (!xa_aws_files_init(&w->files, err))
        return false;
    w->path = w->files.paths.at[XA_AWSFILE_CONFIG];
    if (!find_program(w, err) || !xa_block_find(w->path, w->files.config, &w->block, err))
        return false;
    if (has(w, XA_OPT_REMOVE))
        return carry_out(w, err);
    if (w->block.line == 0 && w->client->n_names == 0 && !w->all) {
        xa_fail(err, XA_USAGE, "aws-config: which destinations? None was written yet");
        return xa_hint(err, "the same command with --all, or with their names");
    }
    return choose(w, err) && check(w, err) && carry_out(w, err);
}

bool xa_cmd_aws_config(struct xa_client *c, struct xa_error *err)
{
    static struct work w;
    w.client = c;
    w.all = xa_options_has(&c->opt, XA_OPT_ALL);
    bool ok = check_words(&w, err) && run(&w, err);
    xa_aws_files_finish(&w.files);
    free(w.chosen);
    return ok;
}
