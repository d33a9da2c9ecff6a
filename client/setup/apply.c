/* Making it: the agent's work step by step, then the proof that the role can be had, then the
 * configuration. Each part finds what an earlier run has done. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/ask.h"
#include "client/base/clock.h"
#include "client/base/json.h"
#include "client/base/json_indent.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/task.h"
#include "client/setup/setup.h"

#define PROOF_WAIT_MS 2000             /* facts 9.4 */
#define PROOF_MAX_MS 60000
#define ITEMS_ROOM (32 * 1024)

/* What was done, for --json: lists of objects under way. */
static struct { char at[ITEMS_ROOM]; size_t n; } gathered;
static char proven_arn[XA_ARN_MAX + 1];

struct doing {
    struct xa_setup *setup;
    struct xa_out items;
    struct xa_json json;
};

static bool is_quiet(const struct xa_setup *s)
{
    return xa_options_has(&s->client->opt, XA_OPT_QUIET);
}

/* --- what is heard -------------------------------------------------------------------------- */

static void show_document(const struct xa_item *item)
{
    char room[4096];
    struct xa_error unsaid;
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    xa_out_slice(&o, item->text);
    if (item->document.len > 0) {
        xa_out_text(&o, ":\n    ");
        xa_json_indent(&o, item->document, 4);
    }
    xa_out_char(&o, '\n');
    (void)!xa_out_finish(&o, &unsaid);
}

static const char *word_of(uint32_t kind, bool undo)
{
    switch (kind) {
    case XA_ITEM_CHANGED: return undo ? "taken back" : "made";
    case XA_ITEM_SAME: return undo ? "not there" : "as it should be";
    case XA_ITEM_WARNING: return "warning";
    default: return "note";
    }
}

static void gather(struct doing *d, const struct xa_item *item)
{
    struct xa_out before = d->items;
    xa_json_open(&d->json, NULL, '{');
    xa_json_text(&d->json, "result", xa_slice_of(word_of(item->kind, d->setup->ask.undo)));
    xa_json_text(&d->json, "subject", item->subject);
    xa_json_text(&d->json, "text", item->text);
    xa_json_close(&d->json, '}');
    if (d->items.failed)
        d->items = before;
}

/* What stands or would stand is shown even to who wants no words: the question behind it is
 * about it. */
static void on_item(void *ctx, const struct xa_item *item)
{
    struct doing *d = ctx;
    if (item->kind == XA_ITEM_CHANGED)
        d->setup->changed = true;
    if (item->kind == XA_ITEM_NOW || item->kind == XA_ITEM_THEN) {
        show_document(item);
        return;
    }
    gather(d, item);
    if (!is_quiet(d->setup))
        xa_note("%s: %.*s", word_of(item->kind, d->setup->ask.undo), (int)item->text.len,
                (const char *)item->text.at);
}

/* What undo asks is about what others made: --yes was not said of that. */
static bool run(struct xa_setup *s, const char *progress, struct xa_error *err)
{
    struct doing d = { s, xa_out_begin(-1, gathered.at, sizeof gathered.at), { 0 } };
    const struct xa_task_run work = {
        .type = XA_SETUP, .request = &s->ask, .progress = progress, .item = on_item, .ctx = &d,
        .yes = !s->ask.undo && xa_options_has(&s->client->opt, XA_OPT_YES),
        .goes_on = s->ask.undo,
        .refused = "the role is left as it was",
    };
    d.items.whole = true;
    d.json = xa_json_begin(&d.items);
    xa_json_open(&d.json, NULL, '[');
    bool ok = xa_task_run(s->client, &work, err);
    xa_json_close(&d.json, ']');
    gathered.n = d.items.failed ? 0 : d.items.len;
    return ok;
}

/* --- the proof ------------------------------------------------------------------------------ */

static bool is_for_a_moment(const struct xa_error *err)
{
    return err->code == XA_AWS_THROTTLED ||
           (err->code == XA_AWS_REFUSED && (strcmp(err->aws_code, "AccessDenied") == 0 ||
                                            strcmp(err->aws_code, "InvalidClientTokenId") == 0));
}

/* As who the plan says, by the name of the destination once it is configured. */
static struct xa_credentials as_planned(const struct xa_setup *s, bool by_name)
{
    struct xa_credentials ask = { .wish = {
        .name = by_name ? xa_slice_of(s->dest) : s->plan.role_arn, .refresh = true,
        .mfa_code = s->ask.wish.mfa_code,
    } };
    if (by_name)
        return ask;
    ask.wish.source = s->plan.source;
    ask.wish.external_id = s->plan.external_id;
    ask.wish.tags = s->ask.wish.tags;
    ask.wish.source_identity = s->ask.wish.source_identity;
    return ask;
}

static bool request(struct xa_setup *s, bool by_name, bool of_person,
                    struct xa_whoami_result *ret, struct xa_error *err)
{
    struct xa_credentials ask = as_planned(s, by_name);
    struct xa_call call = { XA_WHOAMI, &xa_msg_whoami, &ask, of_person ? &ask.asking : NULL,
                            &xa_msg_whoami_result, ret, "asking AWS for the role …" };
    return xa_request(s->client, &call, err);
}

/* While a denial only says that AWS does not know the role yet, nobody is asked for a code
 * that it does not want. */
static bool request_when_needed(struct xa_setup *s, bool by_name, struct xa_whoami_result *ret,
                                struct xa_error *err)
{
    bool of_person = s->ask.require_mfa;
    if (request(s, by_name, of_person, ret, err))
        return true;
    return !of_person &&
           (err->code == XA_MFA_NEEDED || err->code == XA_LOCKED || err->code == XA_NOT_ASKED) &&
           request(s, by_name, true, ret, err);
}

static bool ask_once(struct xa_setup *s, bool by_name, struct xa_error *err)
{
    char wanted[XA_ACCOUNT_LEN + 1 + XA_ROLE_NAME_MAX + 1];
    struct xa_whoami_result r;
    if (!request_when_needed(s, by_name, &r, err))
        return false;
    snprintf(wanted, sizeof wanted, "%s/%.*s", s->account, (int)s->plan.role_name.len,
             (const char *)s->plan.role_name.at);
    return xa_expect_met(wanted, r.account, r.arn, err) &&
           (xa_slice_copy(r.arn, proven_arn, sizeof proven_arn) ||
            xa_fail(err, XA_BAD_REPLY, "AWS's answer is too long"));
}

static bool prove(struct xa_setup *s, bool by_name, struct xa_error *err)
{
    int64_t end = xa_clock_ms() + PROOF_MAX_MS;
    while (!ask_once(s, by_name, err)) {
        if (!is_for_a_moment(err))
            return false;
        if (xa_clock_ms() + PROOF_WAIT_MS > end) {
            xa_why(err, "it is made as shown, and AWS still refuses it after a minute");
            return xa_hint(err, "the same command again: it changes nothing twice");
        }
        xa_task_wait(s->client, "waiting until AWS knows the role in both accounts …",
                     PROOF_WAIT_MS);
    }
    return true;
}

/* --- the configuration ---------------------------------------------------------------------- */

static bool add_dest(struct xa_setup *s, struct xa_error *err)
{
    const struct xa_setup_plan_result *p = &s->plan;
    static const char standard[] = "arn:aws:";
    char target[XA_ARN_MAX + 1];
    struct xa_dest_result r;
    bool is_standard = p->role_arn.len > 8 && memcmp(p->role_arn.at, standard, 8) == 0;
    snprintf(target, sizeof target, "%s%.*s%.*s", s->account, (int)p->role_path.len,
             (const char *)p->role_path.at, (int)p->role_name.len,
             (const char *)p->role_name.at);
    struct xa_dest_add add = {
        .name = xa_slice_of(s->dest),
        .target = is_standard ? xa_slice_of(target) : p->role_arn,
        .source = p->source,
        .region = s->ask.wish.region,
        .external_id = p->external_id,
        .duration_s = s->duration_s,
        .tags = s->ask.wish.tags,
        .source_identity = s->ask.wish.source_identity,
    };
    struct xa_call call = { XA_DEST_ADD, &xa_msg_dest_add, &add, NULL, &xa_msg_dest_result, &r,
                            NULL };
    if (!xa_request(s->client, &call, err))
        return false;
    s->dest_is_there = s->changed = true;
    if (!is_quiet(s))
        xa_note("made: [dest %s] in %.*s", s->dest, (int)r.file.len, (const char *)r.file.at);
    return true;
}

/* Where the configuration wants no role but its own, the destination is written first. */
static bool prove_and_add(struct xa_setup *s, struct xa_error *err)
{
    if (s->dest_is_there) {
        if (!prove(s, true, err))
            return false;
        if (!is_quiet(s))
            xa_note("as it should be: [dest %s]", s->dest);
        return true;
    }
    bool proven = prove(s, false, err);
    if (!proven && err->code != XA_POLICY)
        return false;
    return add_dest(s, err) && (proven || prove(s, true, err));
}

/* --- the end -------------------------------------------------------------------------------- */

static bool get_url(struct xa_setup *s, struct xa_switch_url_result *ret, struct xa_error *err)
{
    struct xa_credentials ask = { .wish = { .name = xa_slice_of(s->dest) } };
    struct xa_call call = { XA_SWITCH_URL, &xa_msg_switch_url, &ask, NULL,
                            &xa_msg_switch_url_result, ret, NULL };
    return xa_request(s->client, &call, err);
}

static void put_json(struct xa_out *o, const struct xa_setup *s, struct xa_slice url)
{
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "name", xa_slice_of(s->dest));
    xa_json_text(&j, "account", xa_slice_of(s->account));
    xa_json_text(&j, "role_arn", s->plan.role_arn);
    xa_json_flag(&j, "changed", s->changed);
    xa_json_raw(&j, "items", gathered.n > 0
                                 ? (struct xa_slice){ (const uint8_t *)gathered.at, gathered.n }
                                 : xa_slice_of("[]"));
    xa_json_text(&j, "arn", xa_slice_of(proven_arn));
    xa_json_text(&j, "url", url);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
}

static void put_ways(struct xa_out *o, const struct xa_setup *s, struct xa_slice url)
{
    xa_out_format(o, "%s: ", s->dest);
    xa_out_text(o, proven_arn);
    xa_out_text(o, "\n\nin a browser, signed in to the source account:\n  ");
    xa_out_slice(o, url);
    xa_out_format(o, "\nin a shell:\n  eval $(xacct env %s)\n"
                  "for one program:\n  xacct exec %s -- …\n"
                  "for every program that reads ~/.aws/config, by credential_process:\n"
                  "  xacct aws-config --write %s\n", s->dest, s->dest, s->dest);
}

/* The text of a link is foreign until then: the answer's room is not the output's. */
static bool print_end(struct xa_setup *s, struct xa_error *err)
{
    bool json = xa_options_has(&s->client->opt, XA_OPT_JSON);
    struct xa_switch_url_result url;
    if ((!json && is_quiet(s)) || s->client->opt.from != NULL)
        return true;
    if (!get_url(s, &url, err))
        return false;
    struct xa_out o = xa_out_stdout(false);
    if (json)
        put_json(&o, s, url.url);
    else
        put_ways(&o, s, url.url);
    return xa_out_finish(&o, err);
}

bool xa_setup_apply(struct xa_setup *s, struct xa_error *err)
{
    proven_arn[0] = '\0';
    if (!is_quiet(s))
        xa_setup_summary(s);
    if (!run(s, "asking AWS …", err) || !prove_and_add(s, err))
        return false;
    if (!s->changed && !is_quiet(s))
        xa_note("nothing to change");
    return print_end(s, err);
}

/* --- taking it back ------------------------------------------------------------------------- */

static bool remove_dest(struct xa_setup *s, struct xa_error *err)
{
    struct xa_dest_remove ask = { xa_slice_of(s->dest) };
    struct xa_dest_result r;
    struct xa_call call = { XA_DEST_REMOVE, &xa_msg_dest_remove, &ask, NULL, &xa_msg_dest_result,
                            &r, NULL };
    if (!s->dest_is_there)
        return true;
    if (!xa_request(s->client, &call, err))
        return false;
    s->changed = true;
    if (!is_quiet(s))
        xa_note("taken back: [dest %s] in %.*s", s->dest, (int)r.file.len,
                (const char *)r.file.at);
    return true;
}

static bool confirm(struct xa_setup *s, struct xa_error *err)
{
    char question[512];
    if (xa_options_has(&s->client->opt, XA_OPT_YES))
        return true;
    snprintf(question, sizeof question, "Delete the role %.*s and what xacct made for it? [y/N] ",
             (int)s->plan.role_arn.len, (const char *)s->plan.role_arn.at);
    xa_text_plain(question);
    xa_link_close(&s->client->link);
    return xa_ask_yes(s->client, question, "nothing was taken back", err);
}

bool xa_setup_undo(struct xa_setup *s, struct xa_error *err)
{
    proven_arn[0] = '\0';
    if (!confirm(s, err) || !run(s, "asking AWS …", err) || !remove_dest(s, err))
        return false;
    if (!s->changed && !is_quiet(s))
        xa_note("nothing to take back");
    if (!xa_options_has(&s->client->opt, XA_OPT_JSON) || s->client->opt.from != NULL)
        return true;
    struct xa_out o = xa_out_stdout(false);
    put_json(&o, s, (struct xa_slice){ 0 });
    return xa_out_finish(&o, err);
}
