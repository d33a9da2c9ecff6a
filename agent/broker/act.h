/* One call to AWS as somebody: first what signs for them is had, then the call is made. For
 * agent/accounts, whose work is made of such calls. */
#ifndef XA_AGENT_BROKER_ACT_H
#define XA_AGENT_BROKER_ACT_H

#include "agent/broker/broker.h"
#include "agent/broker/policy.h"

/* record is NULL on failure. An err->code of XA_OK then is none, as a waiter's: the same
 * is to be asked again. Runs exactly once, from the loop; not after cancel. */
typedef void xa_act_done_fn(void *ctx, const struct xa_record *record, const struct xa_error *err);

struct xa_act_order {
    enum xa_action action;                 /* of STS or IAM                                */
    struct xa_slice body;                  /* its form; borrowed until begin returns       */
    enum xa_key_kind kind;                 /* another than the current one: signed by the
                                            * source's key of this kind itself             */
    bool by_key;                           /* by its key itself, where a device is configured too */
};

/* Embedded in the caller, who zeroes it once. */
struct xa_act {
    struct xa_broker *broker;
    struct xa_waiter waiter;               /* first the signer's credentials */
    struct xa_port_call *call;             /* then the call                  */
    struct xa_identity signer;             /* set as soon as the call is made */
    enum xa_action action;
    enum xa_key_kind kind;
    bool by_key;
    char *body;
    size_t body_len;
    xa_act_done_fn *done;
    void *ctx;
};

/* As who the wish names: a role with its credentials; a source with its key, or with the
 * session that an MFA code bought if a device is configured. The vault must be open.
 * Never XA_ANSWERED; XA_WILL_ANSWER, XA_ASKS and XA_FAILED as xa_broker_credentials. */
enum xa_outlook xa_act_begin(struct xa_act *act, struct xa_broker *broker,
                             const struct xa_ask *ask, const struct xa_act_order *order,
                             xa_act_done_fn *done, void *ctx, struct xa_question **ret_question,
                             struct xa_error *err) XA_MUST_CHECK;

/* True while AWS has the call, or will have it: what it changes can be changed. */
bool xa_act_is_sent(const struct xa_act *act);

void xa_act_cancel(struct xa_act *act);    /* twice is fine */

/* True if the answer is no success. *err says why, as xa_refusal_explain does. */
bool xa_act_refused(const struct xa_act *act, const struct xa_record *record,
                    struct xa_error *err);

#endif
