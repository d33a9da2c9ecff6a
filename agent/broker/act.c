#include "agent/broker/act.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/refusal.h"
#include "agent/broker/broker_impl.h"
#include "agent/broker/call.h"

#define LEFT_S 60              /* of life, for credentials that sign one call            */

static void drop_body(struct xa_act *act)
{
    free(act->body);
    act->body = NULL;
}

static void answered(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_act *act = ctx;
    struct xa_error err = { 0 };
    act->call = NULL;
    if (record == NULL)
        err = *failure;
    else if (broker_learns_the_time(act->broker, record, act->signer.custom_endpoint) ||
             broker_drops_stale(act->broker, &act->signer, record))
        record = NULL;             /* refused for our clock, which is AWS's from here on, or
                                    * for credentials that are had anew */
    act->done(act->ctx, record, &err);
}

/* IAM has one endpoint a partition; the signer says which, and by which way. */
static bool find_endpoint(const struct xa_act *act, bool is_iam, struct xa_endpoint *ret,
                          struct xa_error *err)
{
    const struct xa_identity *signer = &act->signer;
    struct xa_role_arn role;
    bool is_role = xa_role_arn_parse(xa_slice_of(signer->role_arn), &role, NULL);
    const struct xa_endpoint_wish wish = {
        .region = xa_slice_of(signer->sts.region),
        .partition = is_role ? role.partition : (struct xa_slice){ 0 },
        .endpoint_url = xa_slice_of(signer->custom_endpoint ? signer->sts.url : ""),
        .fips = signer->fips,
        .dualstack = signer->dualstack,
    };
    if (is_iam)
        return xa_endpoint_iam(&wish, ret, err);
    *ret = signer->sts;
    return true;
}

static bool send(struct xa_act *act, struct xa_error *err)
{
    struct xa_broker *b = act->broker;
    struct xa_endpoint at;
    struct xa_sigv4_key key;
    struct xa_call_order order = {
        .reach = &act->signer,
        .at = &at,
        .action = act->action,
        .body = { (const uint8_t *)act->body, act->body_len },
        .signer = act->signer.kind,
        .signer_is_temporary = act->signer.temporary,
        .time_s = broker_aws_s(b, act->signer.custom_endpoint),
        .kind = act->kind,
        .alone = act->action == XA_ACTION_CREATE_ACCESS_KEY,
    };
    const struct xa_deed *deed =
        xa_policy_deed(act->action, act->signer.kind, act->signer.temporary);
    bool is_iam = deed != NULL && strcmp(deed->service, "iam") == 0;
    if (!find_endpoint(act, is_iam, &at, err))
        return false;
    if (act->signer.kind == XA_IDENTITY_SOURCE) {
        order.vault = b->setup.vault;
        order.source = xa_slice_of(act->signer.source);
    } else if (broker_signing_key(b, &act->signer, &key)) {
        order.key = &key;
    } else {
        return xa_fail(err, XA_BUSY, "the credentials of '%s' were forgotten", act->signer.name);
    }
    act->call = xa_call_send(&b->setup.port, &order, answered, act, err);
    drop_body(act);
    return act->call != NULL;
}

/* Copied: what was granted is the broker's, and goes with its next request. */
static void note_signer(struct xa_act *act, const struct xa_identity *identity)
{
    act->signer = *identity;
    act->signer.policy = act->signer.policy_arns = (struct xa_slice){ 0 };
    act->signer.tags = act->signer.transitive_tags = (struct xa_slice){ 0 };
}

static void got_credentials(struct xa_waiter *waiter, const struct xa_granted *granted,
                            const struct xa_error *failure)
{
    struct xa_act *act = (void *)((char *)waiter - offsetof(struct xa_act, waiter));
    struct xa_error err = { 0 };
    if (granted == NULL) {
        act->done(act->ctx, NULL, failure);
        return;
    }
    note_signer(act, granted->identity);
    if (!send(act, &err))
        act->done(act->ctx, NULL, &err);
}

/* A key is proven by signing itself: nothing has to be had before, but what a foreign source
 * is asked for. Only the vault has another than the current one. */
static enum xa_outlook find_key(const struct xa_act *act, const struct xa_ask *ask,
                                struct xa_granted *ret, struct xa_question **ret_question,
                                struct xa_error *err)
{
    struct xa_broker *b = act->broker;
    enum xa_outlook outlook = broker_find_source(b, ask, ret_question, err);
    bool other = act->kind != XA_KEY_CURRENT;
    if (outlook == XA_FAILED || (outlook == XA_ASKS && !other))
        return outlook;
    if (outlook == XA_ASKS)
        xa_question_free(ret_question);
    const struct xa_identity *goal = xa_plan_goal(&b->plan);
    if (outlook != XA_ANSWERED || (other && goal->kind != XA_IDENTITY_SOURCE)) {
        xa_fail(err, XA_USAGE, "'%s' is no source whose key the vault holds", goal->name);
        return XA_FAILED;
    }
    *ret = (struct xa_granted){ NULL, goal, false };
    return XA_ANSWERED;
}

/* One call is made with them, so any that still live will do. */
static enum xa_outlook find_signer(struct xa_act *act, const struct xa_ask *ask,
                                   struct xa_granted *ret, struct xa_question **ret_question,
                                   struct xa_error *err)
{
    struct xa_wish any = *ask->wish;
    const struct xa_ask for_any = { .wish = &any, .has_person = ask->has_person,
                                    .patience_ms = ask->patience_ms };
    if (any.min_left_s == 0)
        any.min_left_s = LEFT_S;
    return act->kind != XA_KEY_CURRENT || act->by_key
               ? find_key(act, ask, ret, ret_question, err)
               : broker_find_signer(act->broker, &for_any, &act->waiter, ret, ret_question, err);
}

enum xa_outlook xa_act_begin(struct xa_act *act, struct xa_broker *broker,
                             const struct xa_ask *ask, const struct xa_act_order *order,
                             xa_act_done_fn *done, void *ctx, struct xa_question **ret_question,
                             struct xa_error *err)
{
    struct xa_granted granted;
    act->broker = broker;
    act->action = order->action;
    act->kind = order->kind;
    act->by_key = order->by_key;
    act->done = done;
    act->ctx = ctx;
    act->waiter.done = got_credentials;
    drop_body(act);
    act->body = malloc(order->body.len + 1);
    if (act->body == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return XA_FAILED;
    }
    memcpy(act->body, order->body.at, order->body.len);
    act->body_len = order->body.len;
    enum xa_outlook outlook = find_signer(act, ask, &granted, ret_question, err);
    if (outlook != XA_ANSWERED)
        return outlook;
    note_signer(act, granted.identity);
    return send(act, err) ? XA_WILL_ANSWER : XA_FAILED;
}

bool xa_act_is_sent(const struct xa_act *act)
{
    return act->call != NULL;
}

void xa_act_cancel(struct xa_act *act)
{
    if (act->broker == NULL)
        return;
    xa_broker_cancel(&act->waiter);
    if (act->call != NULL)
        act->broker->setup.port.cancel(act->call);
    act->call = NULL;
    drop_body(act);
}

bool xa_act_refused(const struct xa_act *act, const struct xa_record *record,
                    struct xa_error *err)
{
    if (record->outcome == XA_OUTCOME_ANSWERED && record->status == 200)
        return false;
    xa_refusal_explain(record, act->signer.custom_endpoint, err);
    return true;
}
