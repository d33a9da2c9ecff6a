/* What concerns the passphrase: unlock, lock, passwd. */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/log.h"

/* A job with passphrases, on its way through the vault's queue. */
struct secret_op {
    struct xa_op op;
    struct xa_work work;
    struct xa_agent *agent;
    struct xa_secret *passphrase, *new_passphrase;
    bool create, accept_rollback;
    unsigned n_locks;              /* the agent's, when it was asked for */
};

static void abandon(struct xa_op *op)
{
    (void)op;      /* the job runs to its end, for whoever else waits for it */
}

static void free_op(struct secret_op *op)
{
    xa_secret_free(&op->passphrase);
    xa_secret_free(&op->new_passphrase);
    free(op);
}

static struct xa_secret *keep_secret(struct xa_slice bytes, struct xa_error *err)
{
    struct xa_secret *secret = xa_secret_new(bytes.len, err);
    if (secret != NULL) {
        memcpy(xa_secret_fill(secret), bytes.at, bytes.len);
        xa_secret_seal(secret);
    }
    return secret;
}

/* Whoever asks for it once has it for the agent's life: secrets that lie in such
 * memory cannot be moved out of it again. */
static bool memory_allows(struct xa_agent *agent, bool allow_unlocked, struct xa_error *err)
{
    if (allow_unlocked && !agent->allow_unlocked_memory) {
        agent->allow_unlocked_memory = true;
        xa_log(XA_LOG_WARNING,
               "secrets may lie in memory that is not locked: --allow-unlocked-memory");
    }
    xa_secret_allow_unlocked(agent->allow_unlocked_memory);
    return xa_guard_memory(agent, err);
}

static bool submit(struct xa_conn *c, struct secret_op *op, struct xa_error *err)
{
    op->op.abandon = abandon;
    if (!xa_work_submit(&c->agent->work, &op->work, err))
        return false;
    op->op.conn = c;
    c->op = &op->op;
    xa_conn_working(c, 0);      /* a key derivation ends, on whatever machine */
    return true;
}

static struct secret_op *new_op(struct xa_conn *c, struct xa_slice passphrase,
                                struct xa_slice new_passphrase, struct xa_error *err)
{
    struct secret_op *op = calloc(1, sizeof *op);
    if (op == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    op->agent = c->agent;
    op->n_locks = c->agent->n_locks;
    bool ok = (op->passphrase = keep_secret(passphrase, err)) != NULL &&
              (new_passphrase.len == 0 ||
               (op->new_passphrase = keep_secret(new_passphrase, err)) != NULL);
    if (ok)
        return op;
    free_op(op);
    return NULL;
}

/* Detaches op from its connection: NULL if that has gone. */
static struct xa_conn *leave_conn(struct secret_op *op)
{
    struct xa_conn *c = op->op.conn;
    if (c != NULL)
        c->op = NULL;
    return c;
}

/* --- unlock ---------------------------------------------------------------------- */

/* A lock that came while the work waited for its turn holds against it. */
static bool still_wanted(const struct secret_op *op, struct xa_error *err)
{
    return op->n_locks == op->agent->n_locks ||
           xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
}

static struct xa_vault_job *begin_unlock(struct xa_work *work, struct xa_error *err)
{
    struct secret_op *op = (void *)((char *)work - offsetof(struct secret_op, work));
    if (!still_wanted(op, err))
        return NULL;
    return xa_vault_begin_unlock(op->agent->vault, &op->passphrase, op->create, op->accept_rollback,
                                 err);
}

static void wrong_passphrase(struct xa_agent *agent, struct xa_conn *c, const struct xa_error *err)
{
    bool holds = c != NULL && xa_lease_is_held_by(&agent->lease, c);
    unsigned left = 0;
    if (c != NULL && ++c->wrong_answers < XA_PASSPHRASE_TRIES)
        left = XA_PASSPHRASE_TRIES - c->wrong_answers;
    if (holds && left == 0)
        xa_lease_refused(&agent->lease, err);
    if (c != NULL)
        xa_conn_fail_with_tries(c, err, left);
}

static void unlock_ended(struct xa_work *work, bool ok, const struct xa_error *err)
{
    struct secret_op *op = (void *)((char *)work - offsetof(struct secret_op, work));
    struct xa_agent *agent = op->agent;
    struct xa_conn *c = leave_conn(op);
    free_op(op);
    if (agent->stopping)
        return;
    if (ok) {
        xa_log(XA_LOG_INFO, "unlocked");
        xa_sealing_opened(&agent->sealing);
        xa_guard_opened(agent);      /* before the answer, behind which a request may stand */
        if (c != NULL) {
            c->made_vault = xa_vault_condition(agent->vault) == XA_VAULT_IS_NEW;
            xa_conn_result(c, &xa_msg_empty, NULL);
        }
        xa_lease_granted(&agent->lease);
    } else if (err->code == XA_BAD_PASSPHRASE) {
        xa_log(XA_LOG_WARNING, "a wrong passphrase was given");
        wrong_passphrase(agent, c, err);
    } else if (c != NULL) {
        xa_log_error("unlock", err);
        if (xa_lease_is_held_by(&agent->lease, c))
            xa_lease_refused(&agent->lease, err);
        xa_conn_fail(c, err);
    }
}

void xa_handle_unlock(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_unlock *unlock = message;
    struct xa_agent *agent = c->agent;
    enum xa_vault_condition condition = xa_vault_condition(agent->vault);
    struct xa_error err;
    (void)body;
    if (condition == XA_VAULT_IS_OPEN) {
        xa_conn_result(c, &xa_msg_empty, NULL);
        return;
    }
    struct secret_op *op = NULL;
    if (memory_allows(agent, unlock->allow_unlocked_memory, &err) &&
        (op = new_op(c, unlock->passphrase, (struct xa_slice){ 0 }, &err)) != NULL) {
        op->create = unlock->create;
        op->accept_rollback = unlock->accept_rollback;
        op->work.begin = begin_unlock;
        op->work.ended = unlock_ended;
        if (submit(c, op, &err))
            return;
        free_op(op);
    }
    if (xa_lease_is_held_by(&agent->lease, c))
        xa_lease_refused(&agent->lease, &err);
    xa_conn_fail(c, &err);
}

void xa_handle_lock(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_lock *lock = message;
    (void)body;
    xa_guard_lock(c->agent, lock->keep_sessions, "request");
    xa_conn_result(c, &xa_msg_empty, NULL);
}

/* --- passwd ---------------------------------------------------------------------- */

static struct xa_vault_job *begin_passwd(struct xa_work *work, struct xa_error *err)
{
    struct secret_op *op = (void *)((char *)work - offsetof(struct secret_op, work));
    if (!still_wanted(op, err))
        return NULL;
    return xa_vault_begin_passwd(op->agent->vault, &op->passphrase, &op->new_passphrase, err);
}

static void passwd_ended(struct xa_work *work, bool ok, const struct xa_error *err)
{
    struct secret_op *op = (void *)((char *)work - offsetof(struct secret_op, work));
    struct xa_agent *agent = op->agent;
    struct xa_conn *c = leave_conn(op);
    free_op(op);
    if (agent->stopping)
        return;
    if (ok) {
        xa_log(XA_LOG_INFO, "the passphrase was changed");
        xa_sealing_rekeyed(&agent->sealing);
        xa_guard_opened(agent);
    } else {
        xa_log_error("passwd", err);
    }
    if (c != NULL && ok)
        xa_conn_result(c, &xa_msg_empty, NULL);
    else if (c != NULL)
        xa_conn_fail(c, err);
    if (ok)
        xa_lease_granted(&agent->lease);
}

void xa_handle_passwd(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_passwd *passwd = message;
    struct secret_op *op = NULL;
    struct xa_error err;
    (void)body;
    if (memory_allows(c->agent, passwd->allow_unlocked_memory, &err) &&
        (op = new_op(c, passwd->passphrase, passwd->new_passphrase, &err)) != NULL) {
        op->work.begin = begin_passwd;
        op->work.ended = passwd_ended;
        if (submit(c, op, &err))
            return;
        free_op(op);
    }
    xa_conn_fail(c, &err);
}
