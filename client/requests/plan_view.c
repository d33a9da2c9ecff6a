#include "client/requests/plan_view.h"

#include "client/base/clock.h"
#include "client/base/duration.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"

bool xa_plan_wished(const struct xa_client *c)
{
    return xa_options_has(&c->opt, XA_OPT_DRY_RUN);
}

bool xa_plan_json_alone(const struct xa_client *c, struct xa_error *err)
{
    return xa_plan_wished(c) || !xa_options_has(&c->opt, XA_OPT_JSON) ||
           xa_fail(err, XA_USAGE, "--json is for --dry-run only");
}

static const char *kind_name(uint32_t kind)
{
    return kind == XA_HOP_SOURCE ? "source" : kind == XA_HOP_FOREIGN ? "foreign source"
           : kind == XA_HOP_SESSION ? "session" : kind == XA_HOP_ROLE ? "role" : "unknown";
}

static const char *need_name(uint32_t need)
{
    return need == XA_NEED_PASSPHRASE ? "passphrase"
           : need == XA_NEED_NEW_PASSPHRASE ? "new passphrase"
           : need == XA_NEED_MFA_CODE ? "MFA code"
           : need == XA_NEED_FOREIGN ? "credential_process" : "unknown";
}

/* --- words --------------------------------------------------------------------------- */

static void put(struct xa_out *o, const char *what, struct xa_slice text)
{
    if (text.len == 0)
        return;
    xa_out_format(o, "  %-16s ", what);
    xa_out_slice(o, text);
    xa_out_char(o, '\n');
}

static void put_duration(struct xa_out *o, uint32_t duration_s)
{
    char text[XA_DURATION_SIZE];
    xa_duration_text(duration_s, text);
    if (duration_s != 0)
        put(o, "duration", xa_slice_of(text));
}

static void put_held(struct xa_out *o, uint64_t expires_at)
{
    char left[XA_DURATION_SIZE], date[XA_UTC_SIZE];
    uint64_t now = xa_clock_unix();
    if (expires_at == 0)
        return;
    xa_duration_text(expires_at > now ? expires_at - now : 0, left);
    xa_clock_utc(expires_at, date);
    xa_out_format(o, "  %-16s %s left, until %s\n", "held", left, date);
}

static void put_sts(struct xa_out *o, const struct xa_plan_hop *h)
{
    put(o, "STS region", h->region);
    put(o, "STS endpoint", h->endpoint_url);
}

/* For a command that is run no person is needed. */
static void put_need(struct xa_out *o, uint32_t need)
{
    if (need == XA_NEED_FOREIGN)
        xa_out_format(o, "  %-16s %s\n", "would run", need_name(need));
    else if (need != 0)
        xa_out_format(o, "  %-16s %s\n", "would ask for", need_name(need));
}

static void put_hop(struct xa_out *o, const struct xa_plan_hop *h)
{
    xa_out_text(o, kind_name(h->kind));
    xa_out_char(o, ' ');
    xa_out_slice(o, h->name.len > 0 ? h->name : h->arn);
    xa_out_char(o, '\n');
    put(o, "ARN", h->arn);
    put_duration(o, h->duration_s);
    put(o, "because", h->note);
    put(o, "session name", h->session_name);
    put(o, "external id", h->external_id);
    put(o, "source identity", h->source_identity);
    put(o, "tags", h->tags);
    put(o, "transitive tags", h->transitive_tags);
    put(o, "policy", h->policy);
    put(o, "policy ARNs", h->policy_arns);
    put_sts(o, h);
    put(o, "MFA device", h->mfa_serial);
    put_held(o, h->expires_at);
    put_need(o, h->need);
}

static bool put_plan(struct xa_out *o, const struct xa_plan_result *plan, struct xa_error *err)
{
    struct xa_slice rest = plan->hops;
    struct xa_plan_hop hop;
    bool first = true;
    while (xa_list_next(&rest, &xa_msg_plan_hop, &hop, err)) {
        if (!first)
            xa_out_char(o, '\n');
        first = false;
        put_hop(o, &hop);
    }
    if (plan->note.len > 0) {
        xa_out_text(o, "\nnote: ");
        xa_out_slice(o, plan->note);
        xa_out_char(o, '\n');
    }
    return err->code == XA_OK;
}

/* --- JSON ----------------------------------------------------------------------------- */

static void json_hop(struct xa_json *j, const struct xa_plan_hop *h)
{
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "kind", xa_slice_of(kind_name(h->kind)));
    xa_json_text(j, "name", h->name);
    xa_json_text(j, "arn", h->arn);
    xa_json_number(j, "duration_s", h->duration_s);
    xa_json_text(j, "note", h->note);
    xa_json_text(j, "session_name", h->session_name);
    xa_json_text(j, "external_id", h->external_id);
    xa_json_text(j, "source_identity", h->source_identity);
    xa_json_text(j, "tags", h->tags);
    xa_json_text(j, "transitive_tags", h->transitive_tags);
    xa_json_text(j, "policy", h->policy);
    xa_json_text(j, "policy_arns", h->policy_arns);
    xa_json_text(j, "sts_region", h->region);
    xa_json_text(j, "sts_endpoint", h->endpoint_url);
    xa_json_text(j, "mfa_serial", h->mfa_serial);
    xa_json_time(j, "held_until", h->expires_at);
    xa_json_text(j, "needs", xa_slice_of(h->need != 0 ? need_name(h->need) : NULL));
    xa_json_close(j, '}');
}

static bool json_plan(struct xa_out *o, const struct xa_plan_result *plan, struct xa_error *err)
{
    struct xa_slice rest = plan->hops;
    struct xa_plan_hop hop;
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_open(&j, "hops", '[');
    while (xa_list_next(&rest, &xa_msg_plan_hop, &hop, err))
        json_hop(&j, &hop);
    xa_json_close(&j, ']');
    xa_json_text(&j, "note", plan->note);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
    return err->code == XA_OK;
}

/* --- the request ----------------------------------------------------------------------- */

bool xa_plan_show(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials ask = { .asking = { .patience_ms = c->command->patience_ms } };
    struct xa_plan_result plan;
    struct xa_call call = { XA_PLAN, &xa_msg_plan, &ask, NULL, &xa_msg_plan_result, &plan, NULL };
    if (!xa_wish_fill(c, &ask.wish, err) || !xa_request(c, &call, err))
        return false;
    struct xa_out o = xa_out_stdout(false);
    bool ok = xa_options_has(&c->opt, XA_OPT_JSON) ? json_plan(&o, &plan, err)
                                                    : put_plan(&o, &plan, err);
    return ok && xa_out_finish(&o, err);
}
