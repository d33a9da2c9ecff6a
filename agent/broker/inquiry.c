/* GetCallerIdentity: whose credentials are these? */
#include <string.h>

#include "agent/aws/sts.h"
#include "agent/broker/broker.h"
#include "agent/broker/broker_impl.h"
#include "agent/broker/call.h"

static void answered(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_inquiry *inquiry = ctx;
    struct xa_error err = { 0 };
    inquiry->call = NULL;
    if (record == NULL)
        err = *failure;
    else if (broker_learns_the_time(inquiry->broker, record, inquiry->custom_endpoint) ||
             broker_has_another_key(inquiry->broker, xa_slice_of(inquiry->source), record) ||
             !xa_sts_check_caller_identity(record, inquiry->custom_endpoint, &err))
        record = NULL;
    inquiry->done(inquiry, record, inquiry->expires_at, &err);
}

/* What AWS says is then about that stored key. */
static void note_signer(struct xa_inquiry *inquiry, const char *source)
{
    struct xa_vault_info info;
    inquiry->source[0] = inquiry->access_key_id[0] = '\0';
    if (source[0] == '\0' ||
        !xa_vault_find(inquiry->broker->setup.vault, xa_slice_of(source), &info))
        return;
    memcpy(inquiry->source, info.name, sizeof inquiry->source);
    memcpy(inquiry->access_key_id, info.access_key_id, sizeof inquiry->access_key_id);
}

static bool ask(struct xa_inquiry *inquiry, const struct xa_identity *reach,
                enum xa_identity_kind signer, const struct xa_sigv4_key *key, struct xa_error *err)
{
    struct xa_broker *broker = inquiry->broker;
    char body[128];
    const struct xa_call_order order = {
        .reach = reach,
        .at = &reach->sts,
        .action = XA_ACTION_CALLER_IDENTITY,
        .body = { (const uint8_t *)body, xa_sts_caller_identity_body(body, sizeof body) },
        .vault = key == NULL ? broker->setup.vault : NULL,
        .source = xa_slice_of(reach->source),
        .key = key,
        .signer = signer,
        .signer_is_temporary = key != NULL && key->token.len > 0,
        .time_s = broker_aws_s(broker, reach->custom_endpoint),
    };
    inquiry->custom_endpoint = reach->custom_endpoint;
    note_signer(inquiry, key == NULL ? reach->source : "");
    inquiry->call = xa_call_send(&broker->setup.port, &order, answered, inquiry, err);
    return inquiry->call != NULL;
}

static bool ask_as_role(struct xa_inquiry *inquiry, const struct xa_granted *granted,
                        struct xa_error *err)
{
    const struct xa_issued *issued = granted->issued;
    const struct xa_sigv4_key key = { issued->access_key_id, issued->secret, issued->token };
    inquiry->expires_at = issued->expires_at;
    return ask(inquiry, granted->identity, XA_IDENTITY_ROLE, &key, err);
}

static void got_credentials(struct xa_waiter *waiter, const struct xa_granted *granted,
                            const struct xa_error *failure)
{
    struct xa_inquiry *inquiry = (void *)((char *)waiter - offsetof(struct xa_inquiry, waiter));
    struct xa_error err = { 0 };
    if (granted == NULL)
        err = *failure;
    else if (ask_as_role(inquiry, granted, &err))
        return;
    inquiry->done(inquiry, NULL, 0, &err);
}

/* Its own key for a source; a session of it would be another identity's. */
static bool ask_as_source(struct xa_inquiry *inquiry, struct xa_error *err)
{
    struct xa_broker *broker = inquiry->broker;
    const struct xa_identity *source = xa_plan_goal(&broker->plan);
    struct xa_sigv4_key key;
    if (source->kind == XA_IDENTITY_SOURCE)
        return ask(inquiry, source, XA_IDENTITY_SOURCE, NULL, err);
    return (broker_signing_key(broker, source, &key) ||
            xa_fail(err, XA_BUSY, "the credentials of '%s' were forgotten", source->name)) &&
           ask(inquiry, source, source->kind, &key, err);
}

enum xa_outlook xa_broker_whoami(struct xa_broker *broker, const struct xa_ask *ask_,
                                 struct xa_inquiry *inquiry, struct xa_question **ret_question,
                                 struct xa_error *err)
{
    struct xa_wish any = *ask_->wish;
    struct xa_granted granted;
    inquiry->broker = broker;
    inquiry->expires_at = 0;
    switch (broker_find_source(broker, ask_, ret_question, err)) {
    case XA_ANSWERED: return ask_as_source(inquiry, err) ? XA_WILL_ANSWER : XA_FAILED;
    case XA_ASKS: return XA_ASKS;
    case XA_FAILED: return XA_FAILED;
    case XA_WILL_ANSWER: break;      /* it is a role */
    }
    /* Any that still live will do to ask who they are. */
    if (any.min_left_s == 0)
        any.min_left_s = 60;
    const struct xa_ask for_any = { .wish = &any, .has_person = ask_->has_person,
                                    .patience_ms = ask_->patience_ms };
    inquiry->waiter.done = got_credentials;
    enum xa_outlook outlook = xa_broker_credentials(broker, &for_any, &inquiry->waiter, &granted,
                                                    ret_question, err);
    if (outlook == XA_ANSWERED)
        return ask_as_role(inquiry, &granted, err) ? XA_WILL_ANSWER : XA_FAILED;
    return outlook;
}

/* How AWS is reached for a source that may not be stored yet. */
static bool reach_for(struct xa_broker *broker, struct xa_slice name, struct xa_identity *ret,
                      struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(broker, err);
    return roles != NULL && xa_plan_reach(roles, xa_roles_source(roles, name), ret, err);
}

bool xa_broker_prove(struct xa_broker *broker, struct xa_slice name,
                     const struct xa_sigv4_key *key, struct xa_inquiry *inquiry,
                     struct xa_error *err)
{
    inquiry->broker = broker;
    inquiry->expires_at = 0;
    return reach_for(broker, name, &broker->handed, err) &&
           ask(inquiry, &broker->handed, XA_IDENTITY_SOURCE, key, err);
}

void xa_inquiry_cancel(struct xa_inquiry *inquiry)
{
    xa_broker_cancel(&inquiry->waiter);
    if (inquiry->call != NULL)
        inquiry->broker->setup.port.cancel(inquiry->call);
    inquiry->call = NULL;
}
