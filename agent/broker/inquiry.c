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
    else if (!xa_sts_check_caller_identity(record, inquiry->custom_endpoint, &err))
        record = NULL;
    inquiry->done(inquiry, record, inquiry->expires_at, &err);
}

static bool ask(struct xa_inquiry *inquiry, const struct xa_identity *reach,
                enum xa_identity_kind signer, const struct xa_sigv4_key *key, struct xa_error *err)
{
    struct xa_broker *broker = inquiry->broker;
    char body[128];
    const struct xa_call_order order = {
        .reach = reach,
        .action = XA_ACTION_CALLER_IDENTITY,
        .body = { (const uint8_t *)body, xa_sts_caller_identity_body(body, sizeof body) },
        .vault = key == NULL ? broker->setup.vault : NULL,
        .source = xa_slice_of(reach->source),
        .key = key,
        .signer = signer,
        .time_s = broker_wall_s(broker),
    };
    inquiry->custom_endpoint = reach->custom_endpoint;
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

bool xa_broker_whoami(struct xa_broker *broker, const struct xa_wish *wish,
                      struct xa_inquiry *inquiry, struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(broker, err);
    inquiry->broker = broker;
    inquiry->expires_at = 0;
    if (roles == NULL || !xa_identity_resolve(roles, broker->setup.vault, wish,
                                              broker->setup.login_name, &broker->resolved, err))
        return false;
    if (broker->resolved.kind == XA_IDENTITY_SOURCE)
        return ask(inquiry, &broker->resolved, XA_IDENTITY_SOURCE, NULL, err);

    /* Any that still live will do to ask who they are. */
    struct xa_granted granted;
    struct xa_wish any = *wish;
    any.min_left_s = 60;
    inquiry->waiter.done = got_credentials;
    switch (xa_broker_credentials(broker, &any, &inquiry->waiter, &granted, err)) {
    case XA_ANSWERED: return ask_as_role(inquiry, &granted, err);
    case XA_WILL_ANSWER: return true;
    case XA_FAILED: break;
    }
    return false;
}

bool xa_broker_prove(struct xa_broker *broker, struct xa_slice name,
                     const struct xa_sigv4_key *key, struct xa_inquiry *inquiry,
                     struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(broker, err);
    inquiry->broker = broker;
    inquiry->expires_at = 0;
    return roles != NULL &&
           xa_identity_reach(roles, xa_roles_source(roles, name), &broker->resolved, err) &&
           ask(inquiry, &broker->resolved, XA_IDENTITY_SOURCE, key, err);
}

void xa_inquiry_cancel(struct xa_inquiry *inquiry)
{
    xa_broker_cancel(&inquiry->waiter);
    if (inquiry->call != NULL)
        inquiry->broker->setup.port.cancel(inquiry->call);
    inquiry->call = NULL;
}
