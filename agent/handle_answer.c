/* What is said to a question: an MFA code, foreign credentials, or no. */
#include <string.h>

#include "agent/agent.h"
#include "agent/conn.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/log.h"

/* The question of that kind that conn holds; NULL when the request has failed. */
static struct xa_lease *held_or_fail(struct xa_conn *c, enum xa_need_kind kind)
{
    struct xa_lease *lease = xa_lease_of(c);
    struct xa_error err;
    if (lease != NULL && lease->question != NULL && lease->question->kind == kind)
        return lease;
    if (kind == XA_NEED_MFA_CODE)
        xa_fail(&err, XA_MFA_NEEDED, "nobody asked this client for an MFA code, or not any longer");
    else
        xa_fail(&err, XA_USAGE, "nobody asked this client for foreign credentials");
    xa_conn_fail(c, &err);
    return NULL;
}

/* The question ends for all who wait for it. */
static void refuse(struct xa_conn *c, struct xa_lease *lease, const struct xa_error *err)
{
    const struct xa_error kept = *err;
    if (lease != NULL)
        xa_lease_refused(lease, &kept);
    xa_conn_fail(c, &kept);
}

static bool still_open(struct xa_conn *c, struct xa_lease *lease)
{
    struct xa_error err;
    if (xa_vault_condition(c->agent->vault) == XA_VAULT_IS_OPEN) {
        xa_guard_used(c->agent);
        return true;
    }
    xa_fail(&err, XA_LOCKED, "the vault was locked meanwhile");
    refuse(c, lease, &err);
    return false;
}

static void on_code_judged(struct xa_waiter *waiter, const struct xa_granted *granted,
                           const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)waiter - offsetof(struct xa_conn, waiter));
    struct xa_lease *lease = xa_lease_of(c);
    if (granted != NULL || err->code == XA_OK) {      /* OK: it taught us to plan otherwise */
        if (lease != NULL)
            xa_lease_granted(lease);
        xa_conn_result(c, &xa_msg_empty, NULL);
        return;
    }
    xa_log_error("MFA code", err);
    refuse(c, lease, err);
}

/* A slip of the hand is no answer yet. */
static bool may_try_again(struct xa_conn *c, const struct xa_error *err)
{
    if (err->code != XA_MFA_CODE_USED && err->code != XA_USAGE)
        return false;
    if (++c->wrong_answers >= XA_PASSPHRASE_TRIES)
        return false;
    xa_conn_fail_with_tries(c, err, XA_PASSPHRASE_TRIES - c->wrong_answers);
    return true;
}

void xa_handle_mfa_code(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_mfa_code *answer = message;
    struct xa_lease *lease = held_or_fail(c, XA_NEED_MFA_CODE);
    struct xa_error err;
    uint64_t patience_ms = xa_patience_ms(&c->asking);
    (void)body;
    if (lease == NULL || !still_open(c, lease))
        return;
    c->waiter.done = on_code_judged;
    if (xa_broker_give_code(c->agent->broker, lease->question, answer->mfa_code,
                            answer->mfa_serial, (uint32_t)patience_ms, &c->waiter,
                            &err) == XA_WILL_ANSWER)
        xa_conn_working(c, patience_ms);
    else if (!may_try_again(c, &err))
        refuse(c, lease, &err);
}

void xa_handle_foreign(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_foreign *foreign = message;
    struct xa_lease *lease = held_or_fail(c, XA_NEED_FOREIGN);
    struct xa_error err;
    (void)body;
    if (lease == NULL || !still_open(c, lease))
        return;
    if (!xa_broker_give_foreign(c->agent->broker, lease->question, foreign, &err)) {
        refuse(c, lease, &err);
        return;
    }
    xa_lease_granted(lease);
    xa_conn_result(c, &xa_msg_empty, NULL);
}

void xa_handle_cancel(struct xa_conn *c, const void *message, struct xa_slice body)
{
    struct xa_lease *lease = xa_lease_of(c);
    struct xa_error err;
    (void)message;
    (void)body;
    if (lease != NULL) {
        const char *what = lease->question == NULL ? "the passphrase"
                         : lease->question->kind == XA_NEED_MFA_CODE ? "an MFA code"
                                                                     : "foreign credentials";
        xa_fail(&err, XA_CANCELLED, "%s was asked for, and refused by the person", what);
        xa_lease_refused(lease, &err);
    }
    xa_conn_result(c, &xa_msg_empty, NULL);
}
