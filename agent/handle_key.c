/* Source keys in, source keys out: add, remove. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/aws/sts.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/log.h"
#include "proto/ini.h"

/* A change of the vault, then of the configuration; the second of these is made even
 * when the first could not be confirmed. */
struct key_op {
    struct xa_op op;
    struct xa_work work;             /* the vault's job, then the edit                */
    struct xa_agent *agent;
    struct xa_vault_info info;       /* remove: its name only                         */
    struct xa_secret *secret;
    char warning[640];               /* a message and what it is about                 */
    bool created;
    bool begun;                      /* the vault's job was                           */
    struct xa_error failure;         /* of a change that was made; XA_OK: none        */
    struct xa_roles_job *edit;
    uint64_t patience_ms;            /* of add: for the proof                         */
};

static struct key_op *op_of(struct xa_work *work)
{
    return (void *)((char *)work - offsetof(struct key_op, work));
}

static void free_op(struct key_op *op)
{
    xa_secret_free(&op->secret);
    xa_roles_job_free(&op->edit);
    free(op);
}

static void note_begin(struct key_op *op, const struct xa_vault_job *job)
{
    op->begun = job != NULL;
}

/* Whether the change is in the vault's file, though its job may have failed: the
 * disk did not confirm it, or the vault was locked here while it was being saved.
 * Then the vault says so in `why`. */
static bool is_in_file(const struct key_op *op, bool ok, const struct xa_error *err)
{
    return ok || (op->begun && (err->code == XA_IO || err->code == XA_LOCKED) &&
                  err->why[0] != '\0');
}

static void run_edit(struct xa_work *work)
{
    xa_roles_job_run(op_of(work)->edit);
}

static bool submit_edit(struct key_op *op,
                        void (*ended)(struct xa_work *, bool, const struct xa_error *),
                        struct xa_error *err)
{
    op->work.begin = NULL;
    op->work.run = run_edit;
    op->work.ended = ended;
    return xa_work_submit(&op->agent->work, &op->work, err);
}

/* The second half of a change whose first is done. It has the next turn, before all
 * that waits; only an agent that ends has no turns left, and no clients who would
 * mind that it is done here. */
static void follow_with_edit(struct key_op *op,
                             void (*ended)(struct xa_work *, bool, const struct xa_error *))
{
    struct xa_error err = { 0 };
    if (submit_edit(op, ended, &err))
        return;
    run_edit(&op->work);
    ended(&op->work, true, &err);
}

/* --- add: proven by AWS, stored in the vault, named in the configuration ----------- */

/* A vault begun for a key that was not stored is not kept: its passphrase would
 * otherwise be that of the next attempt, unasked. */
static void add_failed(struct key_op *op, const struct xa_error *err)
{
    struct xa_conn *c = op->op.conn;
    xa_log_error("add", err);
    if (xa_vault_condition(op->agent->vault) == XA_VAULT_IS_NEW)
        xa_vault_lock(op->agent->vault);
    if (c != NULL) {
        c->op = NULL;
        xa_conn_fail(c, err);
    }
    free_op(op);
}

static void add_done(struct key_op *op)
{
    struct xa_conn *c = op->op.conn;
    if (c != NULL) {
        const struct xa_add_result result = {
            .account = xa_slice_of(op->info.account),
            .arn = xa_slice_of(op->info.arn),
            .warning = xa_slice_of(op->warning),
            .created = op->created,
        };
        c->op = NULL;
        if (op->failure.code == XA_OK)
            xa_conn_result(c, &xa_msg_add_result, &result);
        else
            xa_conn_fail(c, &op->failure);
    }
    free_op(op);
}

static bool is_named(struct key_op *op)
{
    const struct xa_roles *roles = xa_broker_roles(op->agent->broker, NULL);
    return roles != NULL && xa_roles_source(roles, xa_slice_of(op->info.name)) != NULL;
}

static void warn_unnamed(struct key_op *op, const struct xa_error *err)
{
    xa_log_error("naming the source in the configuration", err);
    snprintf(op->warning, sizeof op->warning,
             "the key is stored, but [source %s] could not be written: %s", op->info.name,
             err->message);
}

/* Someone else may have written the section meanwhile: it stands there all the same. */
static void named(struct xa_work *work, bool ran, const struct xa_error *unserved)
{
    struct key_op *op = op_of(work);
    struct xa_error err = *unserved;
    bool ok = ran && xa_roles_job_end(op->agent->config, &op->edit, &err);
    if (!ok && !is_named(op))
        warn_unnamed(op, &err);
    add_done(op);
}

static void stored(struct xa_work *work, bool ok, const struct xa_error *failure)
{
    struct key_op *op = op_of(work);
    struct xa_error err;
    if (!is_in_file(op, ok, failure)) {
        add_failed(op, failure);
        return;
    }
    if (!ok) {
        op->failure = *failure;
        xa_log_error("add", failure);
    }
    bool open = xa_vault_condition(op->agent->vault) == XA_VAULT_IS_OPEN;
    if (open && op->created)
        xa_guard_opened(op->agent);
    if (open)
        xa_guard_used(op->agent);
    xa_log(XA_LOG_INFO, "stored the key of source '%s'", op->info.name);
    if (is_named(op)) {
        add_done(op);
        return;
    }
    op->edit = xa_roles_file_begin_add(op->agent->config, "source", xa_slice_of(op->info.name), "",
                                       &err);
    if (op->edit != NULL) {
        follow_with_edit(op, named);
    } else {
        warn_unnamed(op, &err);
        add_done(op);
    }
}

static struct xa_vault_job *begin_add(struct xa_work *work, struct xa_error *err)
{
    struct key_op *op = op_of(work);
    op->created = xa_vault_condition(op->agent->vault) == XA_VAULT_IS_NEW;
    struct xa_vault_job *job = xa_vault_begin_add(op->agent->vault, &op->info, &op->secret, err);
    note_begin(op, job);
    return job;
}

static void store(struct key_op *op)
{
    struct xa_error err;
    op->work.begin = begin_add;
    op->work.ended = stored;
    if (op->op.conn != NULL)
        xa_conn_working(op->op.conn, 0);     /* a save, once begun, is waited for */
    if (!xa_work_submit(&op->agent->work, &op->work, &err))
        add_failed(op, &err);
}

static bool is_outage(enum xa_code code)
{
    return xa_code_exit(code) == 7 || code == XA_AWS_THROTTLED || code == XA_COURIER_UNUSABLE;
}

/* From the inquiry: AWS knows the key, refuses it, or could not be asked. */
static void prove(struct xa_conn *c, struct key_op *op);

static void proven(struct xa_inquiry *inquiry, const struct xa_record *record, int64_t expires_at,
                   const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)inquiry - offsetof(struct xa_conn, inquiry));
    struct key_op *op = (void *)((char *)c->op - offsetof(struct key_op, op));
    (void)expires_at;
    if (record == NULL && err->code == XA_OK) {      /* it was our clock, and is now AWS's */
        prove(c, op);
        return;
    }
    if (record == NULL && !is_outage(err->code)) {
        add_failed(op, err);
        return;
    }
    if (record == NULL)
        snprintf(op->warning, sizeof op->warning,
                 "the key is stored unproven: %s; xacct whoami %s proves it",
                 err->message, op->info.name);
    else if (!xa_slice_copy(record->account, op->info.account, sizeof op->info.account) ||
             !xa_slice_copy(record->arn, op->info.arn, sizeof op->info.arn))
        op->info.account[0] = op->info.arn[0] = '\0';
    store(op);
}

static void prove(struct xa_conn *c, struct key_op *op)
{
    struct xa_error err;
    const struct xa_sigv4_key key = {
        .access_key_id = xa_slice_of(op->info.access_key_id),
        .secret = { xa_secret_open(op->secret), xa_secret_len(op->secret) },
    };
    c->inquiry.done = proven;
    bool sent =
        xa_broker_prove(c->agent->broker, xa_slice_of(op->info.name), &key, &c->inquiry, &err);
    xa_secret_shut(op->secret);
    if (sent)
        xa_conn_working(c, op->patience_ms);
    else
        add_failed(op, &err);
}

/* The caller's patience ends, or the agent, while AWS is being asked: nothing is
 * stored. (A client that leaves is noticed at its answer only, since nothing is read
 * from it meanwhile.) Once the save has its place in the queue it is carried through. */
static void add_abandoned(struct xa_op *base)
{
    struct key_op *op = (void *)((char *)base - offsetof(struct key_op, op));
    struct xa_error err;
    if (op->work.ended != NULL)
        return;
    xa_fail(&err, XA_CANCELLED, "AWS was not waited for any longer");
    add_failed(op, &err);
}

static bool is_word(struct xa_slice s, const char *others)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == 0 || strchr(others, c) == NULL))
            return false;
    }
    return true;
}

static bool check_add(struct xa_agent *agent, const struct xa_add *add,
                      const struct xa_roles *roles, struct xa_error *err)
{
    const struct xa_error *fault = xa_roles_file_fault(agent->config);
    if (!xa_name_valid(add->name))
        return xa_fail(err, XA_USAGE,
                       "'%.*s' is not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / %% -",
                       (int)add->name.len, (const char *)add->name.at);
    if (add->access_key_id.len < XA_ACCESS_KEY_ID_MIN || !is_word(add->access_key_id, "_"))
        return xa_fail(err, XA_USAGE, "an access key id has 16 to 128 letters and digits");
    if (!is_word(add->secret, "/+=_-"))
        return xa_fail(err, XA_USAGE, "the secret holds a character that no secret access key has");
    if (xa_roles_dest(roles, add->name) != NULL) {
        xa_fail(err, XA_NAME_TAKEN, "'%.*s' is the name of a destination", (int)add->name.len,
                (const char *)add->name.at);
        return xa_why(err, "sources and destinations share one space of names");
    }
    if (fault != NULL)
        *err = *fault;     /* the section could not be written */
    return fault == NULL;
}

static bool is_stored(struct xa_agent *agent, const struct xa_add *add, struct xa_error *err)
{
    struct xa_vault_info info;
    if (!xa_vault_find(agent->vault, add->name, &info))
        return false;
    xa_fail(err, XA_NAME_TAKEN, "a key is stored as '%s' already", info.name);
    xa_hint(err, "xacct remove %s", info.name);
    return true;
}

static struct key_op *new_add(struct xa_conn *c, const struct xa_add *add, struct xa_error *err)
{
    struct key_op *op = calloc(1, sizeof *op);
    if (op == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    op->agent = c->agent;
    op->patience_ms = xa_patience_ms(&add->asking);
    op->op.abandon = add_abandoned;
    op->info.created_at = (int64_t)time(NULL);
    if (xa_slice_copy(add->name, op->info.name, sizeof op->info.name) &&
        xa_slice_copy(add->access_key_id, op->info.access_key_id, sizeof op->info.access_key_id) &&
        (op->secret = xa_secret_new(add->secret.len, err)) != NULL) {
        memcpy(xa_secret_fill(op->secret), add->secret.at, add->secret.len);
        xa_secret_seal(op->secret);
        return op;
    }
    free_op(op);
    return NULL;
}

void xa_handle_add(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_add *add = message;
    struct xa_error err;
    const struct xa_roles *roles = xa_roles_or_fail(c);
    if (roles == NULL)
        return;
    if (!check_add(c->agent, add, roles, &err)) {
        xa_conn_fail(c, &err);
        return;
    }
    if (!xa_open_or_ask(c, &add->asking, body, true))
        return;
    struct key_op *op = NULL;
    if (is_stored(c->agent, add, &err) || (op = new_add(c, add, &err)) == NULL) {
        xa_conn_fail(c, &err);
        return;
    }
    op->op.conn = c;
    c->op = &op->op;
    if (add->no_verify)
        store(op);
    else
        prove(c, op);
}

/* --- remove ------------------------------------------------------------------------- */

static void remove_abandoned(struct xa_op *op)
{
    (void)op;      /* what was asked for is done */
}

static void remove_done(struct key_op *op, const struct xa_error *err)
{
    struct xa_conn *c = op->op.conn;
    if (err != NULL)
        xa_log_error("remove", err);
    if (c != NULL) {
        c->op = NULL;
        if (err == NULL)
            xa_conn_result(c, &xa_msg_empty, NULL);
        else
            xa_conn_fail(c, err);
    }
    free_op(op);
}

/* What the vault's job failed with, if it did, is what the person has to hear. */
static void unname_ended(struct key_op *op, const struct xa_error *err)
{
    struct xa_error failure = op->failure;
    if (failure.code != XA_OK && err != NULL)
        xa_log_error("taking the source out of the configuration", err);
    remove_done(op, failure.code != XA_OK ? &failure : err);
}

static void unnamed(struct xa_work *work, bool ran, const struct xa_error *unserved)
{
    struct key_op *op = op_of(work);
    struct xa_error err = *unserved;
    bool ok = ran && xa_roles_job_end(op->agent->config, &op->edit, &err);
    unname_ended(op, ok || (ran && err.code == XA_NO_SUCH_NAME) ? NULL : &err);
}

/* Its section goes too, and what was issued with the key. */
static void removed(struct xa_work *work, bool ok, const struct xa_error *failure)
{
    struct key_op *op = op_of(work);
    struct xa_error err;
    if (!is_in_file(op, ok, failure)) {
        remove_done(op, failure);
        return;
    }
    if (!ok)
        op->failure = *failure;
    xa_log(XA_LOG_INFO, "removed the key of source '%s'", op->info.name);
    xa_broker_forget(op->agent->broker, (struct xa_slice){ 0 });
    op->edit = xa_roles_file_begin_remove(op->agent->config, "source", xa_slice_of(op->info.name),
                                          &err);
    if (op->edit != NULL)
        follow_with_edit(op, unnamed);
    else
        unname_ended(op, err.code == XA_NO_SUCH_NAME ? NULL : &err);
}

static struct xa_vault_job *begin_remove(struct xa_work *work, struct xa_error *err)
{
    struct key_op *op = op_of(work);
    struct xa_vault_job *job =
        xa_vault_begin_remove(op->agent->vault, xa_slice_of(op->info.name), err);
    note_begin(op, job);
    return job;
}

/* A section without a key is a rest of an interrupted command. */
static bool submit_rest(struct key_op *op, struct xa_error *err)
{
    xa_broker_forget(op->agent->broker, (struct xa_slice){ 0 });
    op->edit = xa_roles_file_begin_remove(op->agent->config, "source", xa_slice_of(op->info.name),
                                          err);
    return op->edit != NULL && submit_edit(op, unnamed, err);
}

static bool submit_remove(struct key_op *op, struct xa_error *err)
{
    op->work.begin = begin_remove;
    op->work.ended = removed;
    return xa_work_submit(&op->agent->work, &op->work, err);
}

static bool start_remove(struct xa_conn *c, struct xa_slice name, bool stored,
                         struct xa_error *err)
{
    struct key_op *op = calloc(1, sizeof *op);
    if (op == NULL || !xa_slice_copy(name, op->info.name, sizeof op->info.name)) {
        free(op);
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    }
    op->agent = c->agent;
    op->op.abandon = remove_abandoned;
    if (!(stored ? submit_remove(op, err) : submit_rest(op, err))) {
        free_op(op);
        return false;
    }
    op->op.conn = c;
    c->op = &op->op;
    xa_conn_working(c, 0);
    return true;
}

void xa_handle_remove(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_remove *remove = message;
    struct xa_vault_info info;
    struct xa_error err;
    const struct xa_roles *roles = xa_roles_or_fail(c);
    if (roles == NULL)
        return;
    const struct xa_error *fault = xa_roles_file_fault(c->agent->config);
    if (fault != NULL) {
        xa_conn_fail(c, fault);      /* the section could not be taken away */
        return;
    }
    if (!xa_open_or_ask(c, &remove->asking, body, false))
        return;
    bool stored = xa_vault_find(c->agent->vault, remove->name, &info);
    if (!stored && xa_roles_source(roles, remove->name) == NULL) {
        xa_fail(&err, XA_NO_SUCH_NAME, "there is no source '%.*s'", (int)remove->name.len,
                (const char *)remove->name.at);
        struct xa_slice near = xa_roles_nearest(roles, remove->name);
        if (near.len > 0)
            xa_why(&err, "did you mean '%.*s'?", (int)near.len, (const char *)near.at);
        xa_conn_fail(c, &err);
    } else if (!start_remove(c, remove->name, stored, &err)) {
        xa_conn_fail(c, &err);
    }
}
