/* import: the long-lived keys of the AWS files go into the vault and, with --clean, out
 * of the files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/asking/ask.h"
#include "client/awsfiles/import.h"
#include "client/awsfiles/import_file.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"

static bool has(const struct xa_import *im, enum xa_option_id option)
{
    return xa_options_has(&im->client->opt, option);
}

/* --- storing ------------------------------------------------------------------------------ */

/* Refusals that are about one key; after any other the next would fare the same. */
static bool is_its_own(enum xa_code code)
{
    return code == XA_NAME_TAKEN || code == XA_AWS_REFUSED || code == XA_USAGE;
}

static void tell_stored(const struct xa_import *im, const struct xa_import_item *item,
                        const struct xa_add_result *r)
{
    if (r->warning.len > 0)
        xa_note("stored '%.*s'; %.*s", XA_IMPORT_NAME(item), (int)r->warning.len,
                (const char *)r->warning.at);
    else if (!has(im, XA_OPT_QUIET))
        xa_note("stored '%.*s'%s%.*s", XA_IMPORT_NAME(item), r->arn.len > 0 ? ": " : "",
                (int)r->arn.len, (const char *)r->arn.at);
}

static bool store(struct xa_import *im, struct xa_import_item *item, struct xa_error *err)
{
    struct xa_add_result r;
    struct xa_add ask = {
        .name = item->key.name,
        .access_key_id = item->key.access_key_id,
        .secret = item->key.secret,
        .no_verify = has(im, XA_OPT_NO_VERIFY),
    };
    struct xa_call call = { XA_ADD, &xa_msg_add, &ask, &ask.asking, &xa_msg_add_result, &r,
                            "asking AWS about the key …" };
    if (!xa_request(im->client, &call, err))
        return false;
    item->stored = true;
    tell_stored(im, item, &r);
    return true;
}

/* False: it makes no sense to go on, for this reason. If the files are to be cleaned, a
 * name that is taken is judged later: it may be by this very key. */
static bool store_all(struct xa_import *im, struct xa_error *err)
{
    for (size_t i = 0; i < im->n_items; i++) {
        struct xa_import_item *item = &im->items[i];
        if (store(im, item, err))
            continue;
        if (!is_its_own(err->code))
            return false;
        item->taken = err->code == XA_NAME_TAKEN;
        if (!item->taken || !has(im, XA_OPT_CLEAN))
            xa_import_failed(im, item->key.name, err);
    }
    return true;
}

/* --- what the vault has already ------------------------------------------------------------ */

/* The last four characters: all that is shown of a key. */
static struct xa_slice tail(const struct xa_import_item *item)
{
    struct xa_slice id = item->key.access_key_id;
    return (struct xa_slice){ id.at + id.len - 4, 4 };
}

static void look(const struct xa_list_entry *entry, void *ctx)
{
    struct xa_import *im = ctx;
    for (size_t i = 0; i < im->n_items; i++) {
        struct xa_import_item *item = &im->items[i];
        if (!xa_slice_same(entry->name, item->key.name))
            continue;
        bool source = entry->kind == XA_ENTRY_SOURCE;
        item->unsure = source && entry->key_tail.len == 0;
        item->taken |= !item->unsure;
        item->same = source && xa_slice_same(entry->key_tail, tail(item));
    }
}

static bool compare_taken(struct xa_import *im, struct xa_error *err)
{
    struct xa_error taken;
    bool any = false;
    for (size_t i = 0; i < im->n_items; i++)
        any |= im->items[i].taken;
    if (any && !xa_entries_each(im->client, look, im, err))
        return false;
    for (size_t i = 0; i < im->n_items; i++) {
        const struct xa_import_item *item = &im->items[i];
        if (item->stored || !item->taken)
            continue;
        xa_fail(&taken, XA_NAME_TAKEN, "the name is taken, and not by this key");
        if (!item->same)
            xa_import_failed(im, item->key.name, &taken);
        else if (!has(im, XA_OPT_QUIET))
            xa_note("stored before: '%.*s'", XA_IMPORT_NAME(item));
    }
    return true;
}

/* --- cleaning ------------------------------------------------------------------------------ */

static bool cannot_ask(struct xa_error *err)
{
    xa_fail(err, XA_NOT_ASKED, "taking keys out of a file wants a yes, and nobody can be asked "
            "here");
    return xa_hint(err, "the same command with --yes");
}

static bool confirm(struct xa_import *im, const struct xa_clean_key *keys, size_t n,
                    struct xa_error *err)
{
    char text[256];
    if (has(im, XA_OPT_YES))
        return true;
    snprintf(text, sizeof text, "Take the key%s of %.*s%s out of the AWS files? [y/N] ",
             n > 1 ? "s" : "", (int)keys[0].name.len, (const char *)keys[0].name.at,
             n > 1 ? " and the others" : "");
    xa_link_close(&im->client->link);      /* the person may take longer than it is kept */
    return xa_ask_yes(im->client, text, "the files are as they were; the keys are stored", err);
}

/* The keys whose lines may go, in one array that the caller frees. */
static struct xa_clean_key *collect(struct xa_import *im, size_t *ret_n, struct xa_error *err)
{
    struct xa_clean_key *keys = calloc(im->n_items + 1, sizeof *keys);
    struct xa_error left;
    *ret_n = 0;
    if (keys == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the keys");
        return NULL;
    }
    for (size_t i = 0; i < im->n_items; i++) {
        const struct xa_import_item *item = &im->items[i];
        if (!item->stored && !item->same)
            continue;
        if (xa_clean_possible(im->files.profiles, &item->key, &left))
            keys[(*ret_n)++] = item->key;
        else
            xa_import_left(im, &left);
    }
    return keys;
}

static struct xa_slice text_of(const struct xa_import *im, enum xa_awsfile_flavour flavour)
{
    return flavour == XA_AWSFILE_CONFIG ? im->files.config : im->files.credentials;
}

static bool clean_file(struct xa_import *im, enum xa_awsfile_flavour flavour,
                       const struct xa_clean_key *keys, size_t n, struct xa_error *err)
{
    char backup[XA_PATH_MAX];
    struct xa_clean_file file = {
        .path = im->files.paths.at[flavour],
        .as_read = im->files.stats[flavour],
        .text = text_of(im, flavour),
        .flavour = flavour,
    };
    size_t n_lines = xa_clean_count(file.text, flavour, keys, n);
    if (n_lines == 0)
        return true;
    if (!xa_clean_file_write(&file, keys, n, backup, err))
        return false;
    if (!has(im, XA_OPT_QUIET))
        xa_note("took %zu line%s out of %s; what it was, without secrets: %s", n_lines,
                n_lines == 1 ? "" : "s", file.path, backup);
    if (file.as_read.st_nlink > 1)
        xa_note("%s has another name (a hard link), under which the keys are still there",
                file.path);
    return true;
}

/* Only lines that the grammar counts were taken out; nobody is to believe that the key
 * has gone while it stands in another. */
static bool none_remains(const struct xa_import *im, const struct xa_clean_key *keys, size_t n,
                         struct xa_error *err)
{
    const enum xa_awsfile_flavour flavours[] = { XA_AWSFILE_CREDENTIALS, XA_AWSFILE_CONFIG };
    for (size_t i = 0; i < 2; i++) {
        const struct xa_clean_key *whose;
        size_t line = xa_clean_remains(text_of(im, flavours[i]), flavours[i], keys, n, &whose);
        if (line == 0)
            continue;
        xa_fail(err, XA_IO, "%s:%zu: the secret of '%.*s' still stands there",
                im->files.paths.at[flavours[i]], line, (int)whose->name.len,
                (const char *)whose->name.at);
        return xa_why(err, "in a comment, or in a section that does not count: that line is yours "
                      "to take out");
    }
    return true;
}

static bool clean(struct xa_import *im, struct xa_error *err)
{
    size_t n;
    struct xa_clean_key *keys = collect(im, &n, err);
    bool ok = keys != NULL &&
              (n == 0 || (confirm(im, keys, n, err) &&
                          clean_file(im, XA_AWSFILE_CREDENTIALS, keys, n, err) &&
                          clean_file(im, XA_AWSFILE_CONFIG, keys, n, err) &&
                          none_remains(im, keys, n, err)));
    free(keys);
    return ok;
}

/* --- --dry-run ------------------------------------------------------------------------------ */

static bool dry_run(struct xa_import *im, struct xa_error *err)
{
    struct xa_error left;
    if (im->n_items > 0 && !xa_entries_each(im->client, look, im, err))
        return false;
    struct xa_out o = xa_out_stdout(false);
    for (size_t i = 0; i < im->n_items; i++) {
        const struct xa_import_item *item = &im->items[i];
        bool goes = has(im, XA_OPT_CLEAN) && (!item->taken || item->same);
        xa_out_format(&o, "%.*s: key ****%.4s %s", XA_IMPORT_NAME(item),
                      (const char *)tail(item).at,
                      item->same     ? "is stored already"
                      : item->taken  ? "cannot be stored: the name is taken"
                      : item->unsure ? "would be stored, unless the locked vault has that name"
                                     : "would be stored");
        if (goes && !xa_clean_possible(im->files.profiles, &item->key, &left))
            xa_out_format(&o, "; %s", left.message);
        else if (goes)
            xa_out_text(&o, "; its lines would be taken out of the files");
        xa_out_char(&o, '\n');
    }
    return xa_out_finish(&o, err);
}

/* --- the command ---------------------------------------------------------------------------- */

/* Said before anything is stored, not after. */
static bool check_askable(const struct xa_import *im, struct xa_error *err)
{
    return !has(im, XA_OPT_CLEAN) || has(im, XA_OPT_YES) || has(im, XA_OPT_DRY_RUN) ||
           xa_ask_person_possible(im->client) || cannot_ask(err);
}

static bool run(struct xa_import *im, struct xa_error *err)
{
    if (!xa_import_select(im, err) || !check_askable(im, err))
        return false;
    if (im->n_asked == 0 && !has(im, XA_OPT_QUIET))
        xa_note("there is no key to import");
    bool ok = has(im, XA_OPT_DRY_RUN) ? dry_run(im, err) : store_all(im, err);
    if (ok && has(im, XA_OPT_CLEAN) && !has(im, XA_OPT_DRY_RUN))
        ok = compare_taken(im, err) && clean(im, err);
    return ok && xa_import_conclude(im, err);
}

/* A bound for the items. */
static size_t count_profiles(const struct xa_import *im)
{
    uint32_t cursor = 0;
    size_t n = 0;
    while (xa_profiles_next(im->files.profiles, &cursor) != NULL)
        n++;
    return n;
}

bool xa_cmd_import(struct xa_client *c, struct xa_error *err)
{
    struct xa_import im = { .client = c };
    if (!xa_room_lock(xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED), err))
        return false;
    bool ok = xa_aws_files_init(&im.files, err);
    if (ok && (im.items = calloc(count_profiles(&im) + 1, sizeof *im.items)) == NULL)
        ok = xa_fail(err, XA_NO_MEMORY, "no memory for the profiles");
    ok = ok && run(&im, err);
    free(im.items);
    xa_aws_files_finish(&im.files);
    return ok;
}
