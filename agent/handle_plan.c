/* What a request for credentials would do (--dry-run). */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/aws/sts.h"
#include "agent/dispatch.h"

#define HOPS_MAX (28 * 1024)           /* of a reply's 32 KiB */

/* Who would have to be asked before this hop can be had. */
static uint32_t need_of(const struct xa_identity *hop, bool locked)
{
    if (hop->kind == XA_IDENTITY_SOURCE)
        return locked ? XA_NEED_PASSPHRASE : 0;
    if (hop->kind == XA_IDENTITY_FOREIGN)
        return XA_NEED_FOREIGN;
    return hop->mfa_serial[0] != '\0' ? XA_NEED_MFA_CODE : 0;
}

static void describe(struct xa_agent *agent, const struct xa_identity *hop,
                     struct xa_slice arns, struct xa_plan_hop *ret)
{
    int64_t held = xa_broker_held_until(agent->broker, hop);
    bool locked = xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN;
    *ret = (struct xa_plan_hop){
        .kind = (uint32_t)hop->kind,
        .name = xa_slice_of(hop->name),
        .arn = xa_slice_of(hop->kind == XA_IDENTITY_ROLE ? hop->role_arn : hop->user_arn),
        .session_name = xa_slice_of(hop->session_name),
        .external_id = xa_slice_of(hop->external_id),
        .source_identity = xa_slice_of(hop->source_identity),
        .policy = hop->policy,
        .policy_arns = arns,
        .tags = hop->tags,
        .transitive_tags = hop->transitive_tags,
        .duration_s = hop->duration_s,
        .note = xa_slice_of(hop->why),
        .mfa_serial = xa_slice_of(hop->mfa_serial),
        .expires_at = (uint64_t)held,
        .need = held == 0 ? need_of(hop, locked) : 0,
    };
    if (locked && hop->kind == XA_IDENTITY_ROLE &&
        xa_slice_is(ret->session_name, agent->login_name)) {
        ret->session_name = (struct xa_slice){ 0 };
        if (ret->note.len == 0)
            ret->note = xa_slice_of("the session's name is the IAM user's, which the vault knows");
    }
    if (hop->kind == XA_IDENTITY_SESSION || hop->kind == XA_IDENTITY_ROLE) {
        ret->region = xa_slice_of(hop->sts.region);
        ret->endpoint_url = xa_slice_of(hop->sts.url);
    }
}

static bool append(struct xa_agent *agent, const struct xa_identity *hop, struct xa_writer *w)
{
    struct xa_plan_hop item;
    struct xa_slice arns = hop->policy_arns;
    struct xa_writer before = *w;
    char read_only[96];
    if (hop->readonly)
        arns = xa_sts_read_only_policy(xa_slice_of(hop->role_arn), read_only, sizeof read_only);
    describe(agent, hop, arns, &item);
    xa_list_append(w, &xa_msg_plan_hop, &item);
    if (!w->bad)
        return true;
    *w = before;
    item.policy = item.tags = item.transitive_tags = item.policy_arns = (struct xa_slice){ 0 };
    item.note = xa_slice_of("its policy and tags are too long to be shown here");
    xa_list_append(w, &xa_msg_plan_hop, &item);
    if (!w->bad)
        return true;
    *w = before;
    return false;
}

const struct xa_plan *xa_plan_or_fail(struct xa_conn *c, const struct xa_wish *wish)
{
    const struct xa_plan *plan;
    struct xa_error err;
    if (!xa_known_or_fail(c, wish))
        return NULL;
    if (xa_broker_plan(c->agent->broker, wish, &plan, &err))
        return plan;
    xa_conn_fail(c, &err);
    return NULL;
}

void xa_handle_plan(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    char room[HOPS_MAX];
    struct xa_writer hops = xa_writer_init(room, sizeof room);
    struct xa_plan_result result = { 0 };
    (void)body;
    const struct xa_plan *plan = xa_plan_or_fail(c, &request->wish);
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->n; i++)
        if (!append(c->agent, &plan->hops[i], &hops)) {
            result.note = xa_slice_of("the chain is too long to be shown whole");
            break;
        }
    if (xa_vault_condition(c->agent->vault) != XA_VAULT_IS_OPEN && result.note.len == 0)
        result.note = xa_slice_of("the vault is locked: the passphrase would be asked for first");
    result.hops = (struct xa_slice){ (const uint8_t *)room, hops.len };
    xa_conn_result(c, &xa_msg_plan_result, &result);
}
