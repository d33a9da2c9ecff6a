/* rotate: a new access key takes the place of a source's, or of each source's whose time
 * has come. The agent does it step by step; here is what a person sees and decides. */
#include <stdio.h>
#include <string.h>

#include "client/asking/ask.h"
#include "client/base/clock.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/report.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "client/requests/rotation.h"
#include "client/requests/task.h"
#include "client/requests/wish.h"
#include "proto/ini.h"

#define KEYS_MAX 4
#define DUE_MAX 256
#define TEXT_SIZE 600

struct key { char id[XA_ACCESS_KEY_ID_MAX + 1], text[TEXT_SIZE]; };

struct rotating {
    struct xa_client *client;
    const char *name;
    struct xa_json *json;              /* NULL: words                                    */
    struct key keys[KEYS_MAX];         /* to choose from                                 */
    size_t n_keys;
};

/* --- what is heard --------------------------------------------------------------------------- */

static const char *kind_name(uint32_t kind)
{
    return kind == XA_ITEM_CHANGED ? "changed" : kind == XA_ITEM_WARNING ? "warning"
         : kind == XA_ITEM_KEY ? "key" : "note";
}

static void put_item(struct xa_json *j, const struct xa_item *item)
{
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "kind", xa_slice_of(kind_name(item->kind)));
    xa_json_text(j, "access_key_id", item->subject);
    xa_json_text(j, "text", item->text);
    xa_json_close(j, '}');
}

static void on_item(void *ctx, const struct xa_item *item)
{
    struct rotating *r = ctx;
    bool is_key = item->kind == XA_ITEM_KEY;
    if (is_key && r->n_keys < KEYS_MAX) {
        struct key *key = &r->keys[r->n_keys];
        if (xa_slice_copy(item->subject, key->id, sizeof key->id)) {
            snprintf(key->text, sizeof key->text, "%.*s", (int)item->text.len,
                     item->text.len > 0 ? (const char *)item->text.at : "");
            xa_text_plain(key->text);
            r->n_keys++;
        }
    }
    if (r->json != NULL)
        put_item(r->json, item);
    else if (!is_key && !xa_options_has(&r->client->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)item->text.len, (const char *)item->text.at);
}

/* --- which of two goes ------------------------------------------------------------------------ */

static void show_keys(const struct rotating *r)
{
    xa_note("'%s' has %zu access keys at AWS, which is as many as there can be:", r->name,
            r->n_keys);
    for (size_t i = 0; i < r->n_keys; i++)
        xa_note("  %zu  %s", i + 1, r->keys[i].text);
}

/* The agent tells of the stored key first: another than that is what can go. */
static const char *what_can_go(const struct rotating *r)
{
    return r->n_keys == 2 ? r->keys[1].id : "ID";
}

static bool nobody_chose(const struct rotating *r, struct xa_error *err)
{
    char others[KEYS_MAX * (XA_ACCESS_KEY_ID_MAX + 4)] = "";
    size_t len = 0;
    for (size_t i = 1; i < r->n_keys && len < sizeof others; i++)
        len += (size_t)snprintf(others + len, sizeof others - len, "%s%s", i > 1 ? ", " : "",
                                r->keys[i].id);
    xa_fail(err, XA_NOT_ASKED, "'%s' has %zu access keys at AWS, and one must go first: %s is "
            "stored here, %s is not", r->name, r->n_keys, r->keys[0].id, others);
    if (r->n_keys == 2)
        xa_why(err, "%s", r->keys[1].text);
    return xa_hint(err, "xacct rotate %s --delete %s", r->name, what_can_go(r));
}

static const struct key *key_of(const struct rotating *r, struct xa_slice answer)
{
    for (size_t i = 0; i < r->n_keys; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        if (xa_slice_is(answer, number) || xa_slice_is(answer, r->keys[i].id))
            return &r->keys[i];
    }
    return NULL;
}

static bool choose(struct rotating *r, const char **ret, struct xa_error *err)
{
    struct xa_question q = { .text = "Which is to be deleted at AWS, by its number: ",
                             .echo = true, .about = "rotate" };
    if (!xa_ask_terminal_possible(r->client) || xa_options_has(&r->client->opt, XA_OPT_QUIET))
        return nobody_chose(r, err);
    show_keys(r);
    xa_link_close(&r->client->link);     /* the agent closes an idle one meanwhile */
    if (!xa_ask_line(r->client, &q, &xa_room.again, err))
        return false;
    xa_phrase_trim(&xa_room.again);
    const struct key *key = key_of(r, xa_phrase_slice(&xa_room.again));
    if (key == NULL)
        return xa_fail(err, XA_CANCELLED, "none of them was named: nothing was changed");
    *ret = key->id;
    return true;
}

/* --- one source ------------------------------------------------------------------------------- */

static bool run(struct rotating *r, const struct xa_wish *wish, const char *goes, bool yes,
                struct xa_error *err)
{
    const struct xa_options *o = &r->client->opt;
    struct xa_task_request ask = {
        .wish = *wish,
        .goes = xa_slice_of(goes),
        .keep_inactive = xa_options_has(o, XA_OPT_KEEP_INACTIVE),
        .grace_s = o->grace_s,
        .dry_run = xa_options_has(o, XA_OPT_DRY_RUN),
    };
    const struct xa_task_run task = {
        .type = XA_ROTATE, .request = &ask, .progress = "asking AWS …", .yes = yes,
        .refused = "nothing was changed", .item = on_item, .ctx = r,
    };
    r->n_keys = 0;
    return xa_task_run(r->client, &task, err);
}

static bool rotate_one(struct rotating *r, const struct xa_wish *wish, struct xa_error *err)
{
    const struct xa_options *o = &r->client->opt;
    const char *goes = o->delete_key;
    bool named = goes != NULL || xa_options_has(o, XA_OPT_YES);
    if (!run(r, wish, goes, named, err))
        return false;
    if (r->n_keys == 0)
        return true;
    if (xa_options_has(o, XA_OPT_DRY_RUN)) {
        if (r->json == NULL && !xa_options_has(o, XA_OPT_QUIET)) {
            show_keys(r);
            xa_note("one of them must go first: xacct rotate %s --delete %s", r->name,
                    what_can_go(r));
        }
        return true;
    }
    return choose(r, &goes, err) && run(r, wish, goes, true, err);
}

static bool rotate_told(struct rotating *r, const struct xa_wish *wish, struct xa_error *err)
{
    if (r->json == NULL)
        return rotate_one(r, wish, err);
    xa_json_open(r->json, NULL, '{');
    xa_json_text(r->json, "name", wish->name);
    xa_json_open(r->json, "items", '[');
    bool ok = rotate_one(r, wish, err);
    xa_json_close(r->json, ']');
    xa_json_text(r->json, "error", xa_slice_of(ok ? "" : err->message));
    xa_json_close(r->json, '}');
    return ok;
}

/* --- those that are due ----------------------------------------------------------------------- */

struct due { char names[DUE_MAX][XA_NAME_MAX + 1]; size_t n; uint64_t now; };

static void note_due(const struct xa_list_entry *entry, void *ctx)
{
    struct due *due = ctx;
    char why[XA_ROTATION_TEXT_SIZE];
    if (due->n < DUE_MAX && xa_rotation_due(entry, due->now, why) &&
        xa_slice_copy(entry->name, due->names[due->n], sizeof due->names[0]))
        due->n++;
}

/* How old a key is, an open vault knows. */
static bool open_vault(struct xa_client *c, struct xa_error *err)
{
    struct xa_status_result s = { 0 };
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, &s, NULL };
    if (!xa_request(c, &call, err))
        return false;
    if (s.state == XA_VAULT_NONE)
        return xa_fail(err, XA_NO_VAULT, "no source account's key is stored yet");
    xa_link_close(&c->link);
    if (s.state == XA_VAULT_UNLOCKED)
        return true;
    if (!xa_ask_possible(c) && !xa_ask_command_left(c))
        return xa_fail(err, XA_LOCKED, "the vault is locked");   /* as the agent has it */
    return xa_request_unlock(c, err);
}

/* One that fails keeps no other waiting. Each failure is told as it comes, with its
 * source's name; the command ends as the first did, and has no more to say. */
static bool rotate_due(struct rotating *r, struct xa_error *err)
{
    static struct due due;
    enum xa_code first = XA_OK;
    due.now = xa_clock_unix();
    if (!open_vault(r->client, err) || !xa_entries_each(r->client, note_due, &due, err))
        return false;
    if (due.n == 0 && r->json == NULL && !xa_options_has(&r->client->opt, XA_OPT_QUIET))
        xa_note("no key is due");
    for (size_t i = 0; i < due.n; i++) {
        struct xa_error failure = { 0 };
        const struct xa_wish wish = { .name = xa_slice_of(due.names[i]) };
        r->name = due.names[i];
        r->client->about = r->name;
        if (rotate_told(r, &wish, &failure))
            continue;
        (void)xa_report(r->client, &failure);
        first = first == XA_OK ? failure.code : first;
    }
    r->client->about = NULL;
    *err = (struct xa_error){ .code = first };
    return first == XA_OK;
}

/* --- the command ------------------------------------------------------------------------------ */

static bool check(const struct xa_client *c, struct xa_error *err)
{
    const struct xa_options *o = &c->opt;
    const char *name = xa_client_name(c, 0);
    bool due = xa_options_has(o, XA_OPT_DUE);
    if (due == (name != NULL)) {
        xa_fail(err, XA_USAGE, "rotate: it takes the name of a source, or --due");
        return xa_hint(err, "xacct help rotate");
    }
    if (due && (o->delete_key != NULL || o->mfa_token != NULL))
        return xa_fail(err, XA_USAGE, "rotate: %s is for one source, not for --due",
                       o->delete_key != NULL ? "--delete" : "--mfa-token");
    if (o->grace_s > 0 && xa_options_has(o, XA_OPT_KEEP_INACTIVE))
        return xa_fail(err, XA_USAGE, "rotate: --grace and --keep-inactive do not go together");
    return due || xa_name_valid(xa_slice_of(name)) ||
           xa_fail(err, XA_NO_SUCH_NAME, "no source '%s'", name);
}

static bool rotate(struct rotating *r, struct xa_error *err)
{
    struct xa_wish wish;
    if (xa_options_has(&r->client->opt, XA_OPT_DUE))
        return rotate_due(r, err);
    r->name = xa_client_name(r->client, 0);
    return xa_wish_fill(r->client, &wish, err) && rotate_told(r, &wish, err);
}

bool xa_cmd_rotate(struct xa_client *c, struct xa_error *err)
{
    struct rotating r = { .client = c };
    struct xa_error none;
    if (!check(c, err))
        return false;
    if (!xa_options_has(&c->opt, XA_OPT_JSON))
        return rotate(&r, err);
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    r.json = &j;
    xa_json_open(&j, NULL, '{');
    xa_json_open(&j, "sources", '[');
    bool ok = rotate(&r, err);
    xa_json_close(&j, ']');
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    if (!ok && !xa_options_has(&c->opt, XA_OPT_DUE))
        return false;                    /* of one that failed the words say all */
    return xa_out_finish(&o, ok ? err : &none) && ok;
}
