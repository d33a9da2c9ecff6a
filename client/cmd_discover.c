/* list --discover: the roles that a source may assume, as sections for the configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/asking/ask.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "client/requests/task.h"
#include "client/requests/wish.h"
#include "proto/ini.h"
#include "proto/limits.h"

#define ROLES_MAX 256                  /* more than the agent tells                     */
#define NOTES_MAX 64
#define ROUNDS_MAX 20                  /* of looking for names that nobody has          */
#define TEXT_MAX 320                   /* of which policy, and on what                  */

struct role {
    char arn[XA_ARN_MAX + 1], by[TEXT_MAX];
    struct xa_slice partition, account, name;     /* borrow arn; name without a path     */
    bool has_path;
    char dest[XA_NAME_MAX + 1];        /* the destination's name                         */
    unsigned turn;                     /* how often its name was taken                   */
    bool is_there;                     /* it is one already                              */
};

struct discovery {
    struct xa_client *c;
    char source[XA_NAME_MAX + 1];
    struct role *roles;
    size_t n;
    char notes[NOTES_MAX][TEXT_MAX];
    size_t n_notes;
    bool clash, lost;
};

/* --- which source -------------------------------------------------------------------------- */

struct sources {
    char names[160], first[XA_NAME_MAX + 1];
    unsigned n;
    bool has_main;
};

static void look_at_source(const struct xa_list_entry *e, void *ctx)
{
    struct sources *s = ctx;
    size_t len = strlen(s->names);
    if (e->kind != XA_ENTRY_SOURCE)
        return;
    if (s->n++ == 0 && !xa_slice_copy(e->name, s->first, sizeof s->first))
        s->first[0] = '\0';
    s->has_main = s->has_main || xa_slice_is(e->name, "main");
    snprintf(s->names + len, sizeof s->names - len, "%s%.*s", len > 0 ? ", " : "",
             (int)e->name.len, (const char *)e->name.at);
}

static bool choose_source(struct discovery *d, struct xa_error *err)
{
    const char *given = xa_client_name(d->c, 0);
    struct sources s = { .n = 0 };
    if (given != NULL) {
        snprintf(d->source, sizeof d->source, "%s", given);
        return xa_name_valid(xa_slice_of(given)) ||
               xa_fail(err, XA_NO_SUCH_NAME, "there is no source '%s'", given);
    }
    if (!xa_entries_each(d->c, look_at_source, &s, err))
        return false;
    if (s.n == 0) {
        xa_fail(err, XA_NO_VAULT, "no source account's key is stored yet");
        return xa_hint(err, "xacct add main");
    }
    if (s.n > 1 && !s.has_main) {
        xa_fail(err, XA_USAGE, "which source? there are %s", s.names);
        return xa_hint(err, "xacct list --discover %s", s.first);
    }
    snprintf(d->source, sizeof d->source, "%s", s.n == 1 ? s.first : "main");
    return true;
}

/* --- what the agent finds ------------------------------------------------------------------ */

static struct role *role_of(struct discovery *d, struct xa_slice arn)
{
    for (size_t i = 0; i < d->n; i++)
        if (xa_slice_is(arn, d->roles[i].arn))
            return &d->roles[i];
    return NULL;
}

/* arn:PARTITION:iam::ACCOUNT:role/PATH/NAME, as the agent has judged it. */
static bool take_apart(struct role *r)
{
    struct xa_slice rest = xa_slice_of(r->arn);
    (void)xa_slice_cut(&rest, ':');
    r->partition = xa_slice_cut(&rest, ':');
    (void)xa_slice_cut(&rest, ':');
    (void)xa_slice_cut(&rest, ':');
    r->account = xa_slice_cut(&rest, ':');
    if (!xa_slice_is(xa_slice_cut(&rest, '/'), "role"))
        return false;
    r->name = xa_slice_cut(&rest, '/');
    while (rest.len > 0) {
        r->has_path = true;
        r->name = xa_slice_cut(&rest, '/');
    }
    return r->name.len > 0 && r->account.len == XA_ACCOUNT_LEN;
}

static void note_role(struct discovery *d, const struct xa_item *item)
{
    struct role *r = &d->roles[d->n];
    if (role_of(d, item->subject) != NULL)
        return;
    if (d->n == ROLES_MAX || !xa_slice_copy(item->subject, r->arn, sizeof r->arn) ||
        !take_apart(r)) {
        d->lost = true;
        return;
    }
    snprintf(r->by, sizeof r->by, "%.*s", (int)item->text.len,
             item->text.len > 0 ? (const char *)item->text.at : "");
    d->n++;
}

static void on_item(void *ctx, const struct xa_item *item)
{
    struct discovery *d = ctx;
    if (item->kind == XA_ITEM_ROLE) {
        note_role(d, item);
        return;
    }
    if (!xa_options_has(&d->c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)item->text.len, (const char *)item->text.at);
    if (d->n_notes < NOTES_MAX)
        snprintf(d->notes[d->n_notes++], TEXT_MAX, "%.*s", (int)item->text.len,
                 (const char *)item->text.at);
}

/* --- names for them -------------------------------------------------------------------------- */

/* In small letters, and '-' for what a name may not hold. */
static char in_a_name(char c, const char *others)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    bool usual = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!usual && (c == '\0' || strchr(others, c) == NULL))
        return '-';
    return c;
}

/* ROLE-ACCOUNT in small letters, cut where it must be, with a number if that is taken. */
static void make_name(struct role *r)
{
    static const char others[] = "_.@+-";
    char end[32], *at = r->dest;
    const char *turn = "";
    char number[12];
    if (r->turn > 0) {
        snprintf(number, sizeof number, "-%u", r->turn + 1);
        turn = number;
    }
    int len = snprintf(end, sizeof end, "-%.*s%s", (int)r->account.len,
                       (const char *)r->account.at, turn);
    size_t room = XA_NAME_MAX - (size_t)len;
    for (size_t i = 0; i < r->name.len && i < room; i++) {
        *at++ = in_a_name((char)r->name.at[i], others);
    }
    memcpy(at, end, (size_t)len + 1);
    if (strchr(".@+-", r->dest[0]) != NULL)
        r->dest[0] = '_';
}

static void give_another(struct discovery *d, struct role *r)
{
    r->turn++;
    make_name(r);
    d->clash = true;
}

static void look_at_name(const struct xa_list_entry *e, void *ctx)
{
    struct discovery *d = ctx;
    struct xa_slice path = e->role, role = { 0 };
    while (path.len > 0)
        role = xa_slice_cut(&path, '/');
    for (size_t i = 0; i < d->n; i++) {
        struct role *r = &d->roles[i];
        if (r->is_there)
            continue;
        if (e->kind == XA_ENTRY_DEST && xa_slice_same(e->account, r->account) &&
            xa_slice_same(role, r->name))
            r->is_there = xa_slice_copy(e->name, r->dest, sizeof r->dest);
        else if (xa_slice_is(e->name, r->dest))
            give_another(d, r);
    }
}

/* True if two of them have one name: in other letters they may be two roles. */
static void part(struct discovery *d)
{
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < i; k++)
            if (!d->roles[i].is_there && strcmp(d->roles[i].dest, d->roles[k].dest) == 0)
                give_another(d, &d->roles[i]);
}

static int by_arn(const void *a, const void *b)
{
    return strcmp(((const struct role *)a)->arn, ((const struct role *)b)->arn);
}

static bool name_all(struct discovery *d, struct xa_error *err)
{
    qsort(d->roles, d->n, sizeof *d->roles, by_arn);
    for (size_t i = 0; i < d->n; i++) {
        (void)take_apart(&d->roles[i]);      /* it has moved */
        make_name(&d->roles[i]);
    }
    d->clash = true;
    for (int round = 0; round < ROUNDS_MAX && d->clash; round++) {
        d->clash = false;
        if (!xa_entries_each(d->c, look_at_name, d, err))
            return false;
        part(d);
    }
    return !d->clash || xa_fail(err, XA_USAGE, "there are no names left for these roles");
}

/* --- output ----------------------------------------------------------------------------------- */

/* What `account` and `role` can say: no path, and AWS's first partition. */
static bool is_plain(const struct role *r)
{
    return !r->has_path && xa_slice_is(r->partition, "aws");
}

static void put_key(struct xa_out *o, const char *key, struct xa_slice value)
{
    xa_out_text(o, key);
    xa_out_text(o, " = ");
    xa_out_slice(o, value);
    xa_out_char(o, '\n');
}

static void put_section(struct xa_out *o, const struct discovery *d, const struct role *r)
{
    if (r->is_there) {
        xa_out_format(o, "# '%s' is ", r->dest);
        xa_out_text(o, r->arn);
        xa_out_text(o, "\n\n");
        return;
    }
    xa_out_format(o, "# %s\n[dest %s]\n", r->by, r->dest);
    if (is_plain(r)) {
        put_key(o, "account", r->account);
        put_key(o, "role", r->name);
    } else {
        put_key(o, "role_arn", xa_slice_of(r->arn));
    }
    put_key(o, "source", xa_slice_of(d->source));
    xa_out_char(o, '\n');
}

static bool print_sections(const struct discovery *d, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    for (size_t i = 0; i < d->n; i++)
        put_section(&o, d, &d->roles[i]);
    return xa_out_finish(&o, err);
}

static bool print_json(const struct discovery *d, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "source", xa_slice_of(d->source));
    xa_json_open(&j, "roles", '[');
    for (size_t i = 0; i < d->n; i++) {
        const struct role *r = &d->roles[i];
        xa_json_open(&j, NULL, '{');
        xa_json_text(&j, "name", xa_slice_of(r->dest));
        xa_json_text(&j, "account", r->account);
        xa_json_text(&j, "role", r->name);
        xa_json_text(&j, "arn", xa_slice_of(r->arn));
        xa_json_flag(&j, "configured", r->is_there);
        xa_json_text(&j, "note", xa_slice_of(r->by));
        xa_json_close(&j, '}');
    }
    xa_json_close(&j, ']');
    xa_json_open(&j, "notes", '[');
    for (size_t i = 0; i < d->n_notes; i++)
        xa_json_text(&j, NULL, xa_slice_of(d->notes[i]));
    xa_json_close(&j, ']');
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

/* --- into the configuration ------------------------------------------------------------------- */

static bool add(struct discovery *d, const struct role *r, struct xa_error *err)
{
    char target[XA_ARN_MAX + 1];
    snprintf(target, sizeof target, "%.*s/%.*s", (int)r->account.len, (const char *)r->account.at,
             (int)r->name.len, (const char *)r->name.at);
    struct xa_dest_add ask = {
        .name = xa_slice_of(r->dest),
        .target = xa_slice_of(is_plain(r) ? target : r->arn),
        .source = xa_slice_of(d->source),
    };
    struct xa_dest_result result;
    struct xa_call call = { XA_DEST_ADD, &xa_msg_dest_add, &ask, NULL, &xa_msg_dest_result,
                            &result, NULL };
    if (!xa_request(d->c, &call, err))
        return false;
    if (!xa_options_has(&d->c->opt, XA_OPT_QUIET))
        xa_note("added '%s': %.*s", r->dest, (int)result.file.len, (const char *)result.file.at);
    return true;
}

static bool write_all(struct discovery *d, struct xa_error *err)
{
    char question[128];
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += !d->roles[i].is_there;
    if (n == 0)
        return true;
    snprintf(question, sizeof question, "Add %zu destination%s to the configuration? [y/N] ", n,
             n == 1 ? "" : "s");
    xa_link_close(&d->c->link);
    if (!xa_options_has(&d->c->opt, XA_OPT_YES) &&
        !xa_ask_yes(d->c, question, "nothing was added", err))
        return false;
    for (size_t i = 0; i < d->n; i++)
        if (!d->roles[i].is_there && !add(d, &d->roles[i], err))
            return false;
    return true;
}

/* --- the command ------------------------------------------------------------------------------ */

static bool discover(struct discovery *d, struct xa_error *err)
{
    struct xa_client *c = d->c;
    bool quiet = xa_options_has(&c->opt, XA_OPT_QUIET);
    struct xa_task_request ask = { 0 };
    const struct xa_task_run run = {
        .type = XA_DISCOVER, .request = &ask, .progress = "reading the user's policies …",
        .item = on_item, .ctx = d,
    };
    if (!choose_source(d, err) || !xa_wish_code(c, &ask.wish.mfa_code, err))
        return false;
    ask.wish.name = xa_slice_of(d->source);
    if (!xa_task_run(c, &run, err) || !name_all(d, err))
        return false;
    if (d->n == 0 && !quiet)
        xa_note("no policy of '%s' names a role", d->source);
    if (d->lost && !quiet)
        xa_note("some roles are not shown");
    return (xa_options_has(&c->opt, XA_OPT_JSON) ? print_json : print_sections)(d, err) &&
           (!xa_options_has(&c->opt, XA_OPT_WRITE) || write_all(d, err));
}

bool xa_cmd_discover(struct xa_client *c, struct xa_error *err)
{
    struct discovery *d = calloc(1, sizeof *d);
    if (d != NULL)
        d->roles = calloc(ROLES_MAX + 1, sizeof *d->roles);
    bool ok = d != NULL && d->roles != NULL;
    if (ok) {
        d->c = c;
        ok = discover(d, err);
    } else {
        xa_fail(err, XA_NO_MEMORY, "no memory for a list of roles");
    }
    if (d != NULL)
        free(d->roles);
    free(d);
    return ok;
}
