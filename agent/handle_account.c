/* Long work on accounts, a step a request: setup, doctor, rotate, revoke, discover. */
#include <stdlib.h>
#include <string.h>

#include "agent/accounts/task.h"
#include "agent/agent.h"
#include "agent/audit.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/log.h"

#define TASKS_MAX 64                     /* at once, each with its room for a form and an answer */
#define WAITING_MAX 64                   /* of a type                                     */

/* A step under way. Its connection may go first: what AWS has been asked to change, and
 * what is to be saved of it, is carried through all the same. A client that is killed is not
 * even noticed before there is something to tell it. The next step of the same work, of
 * whoever begins it again, waits for that: it would not see what is being changed. */
struct xa_task_op {
    struct xa_task_op *next, **link;         /* agent->tasks                               */
    struct xa_op op;
    struct xa_work work;
    struct xa_agent *agent;
    uint8_t type;
    struct xa_task *task;                    /* NULL: it waits                             */
    char peer[XA_AUDIT_PEER_SIZE];           /* for the log: it may be gone by then        */
};

static const char *name_of(uint8_t type)
{
    return type == XA_SETUP ? "setup" : type == XA_DOCTOR ? "doctor" : type == XA_ROTATE ? "rotate"
         : type == XA_REVOKE ? "revoke" : "discover";
}

static void enlist(struct xa_task_op *o)
{
    o->next = o->agent->tasks;
    o->link = &o->agent->tasks;
    if (o->next != NULL)
        o->next->link = &o->next;
    o->agent->tasks = o;
}

static void delist(struct xa_task_op *o)
{
    if (o->link == NULL)
        return;
    *o->link = o->next;
    if (o->next != NULL)
        o->next->link = o->link;
    o->link = NULL;
}

static void end(struct xa_task_op *o)
{
    if (o->op.conn != NULL)
        o->op.conn->op = NULL;
    delist(o);
    xa_task_free(&o->task);
    free(o);
}

static bool is_saving(const struct xa_task_op *o)
{
    return o->work.ended != NULL;
}

/* The connection has let go of it already. */
static void abandon(struct xa_op *op)
{
    struct xa_task_op *o = (void *)((char *)op - offsetof(struct xa_task_op, op));
    if (o->task == NULL || (!xa_task_is_committed(o->task) && !is_saving(o)))
        end(o);
}

/* --- one at a time -------------------------------------------------------------------------- */

static bool is_changing(const struct xa_task_op *o)
{
    return o->task != NULL && (xa_task_is_committed(o->task) || is_saving(o));
}

static bool must_wait(const struct xa_agent *agent, uint8_t type)
{
    const struct xa_task_op *o = agent->tasks;
    while (o != NULL && (o->type != type || !is_changing(o)))
        o = o->next;
    return o != NULL;
}

/* Who has waited longest of those that need not any longer: the last on the list. */
static struct xa_task_op *next_turn(const struct xa_agent *agent)
{
    struct xa_task_op *found = NULL;
    for (struct xa_task_op *o = agent->tasks; o != NULL; o = o->next)
        if (o->task == NULL && !must_wait(agent, o->type))
            found = o;
    return found;
}

/* One turn a round of the loop, and so never inside of another: a step may end where it
 * began, without a call, and as many as wait would stand on the stack. */
static void on_turn(uv_idle_t *turns)
{
    struct xa_agent *agent = turns->data;
    struct xa_task_op *waiting = next_turn(agent);
    if (waiting == NULL) {
        uv_idle_stop(turns);
        return;
    }
    struct xa_conn *c = waiting->op.conn;
    end(waiting);
    xa_conn_again(c);
}

/* A step has ended, and whoever waited for it begins. */
static void give_turns(struct xa_agent *agent)
{
    if (!agent->stopping && next_turn(agent) != NULL)
        uv_idle_start(&agent->turns, on_turn);
}

/* However many ask, what their work takes has an end (C4). */
static bool is_crowded(const struct xa_agent *agent, uint8_t type, bool waits,
                       struct xa_error *err)
{
    unsigned n_tasks = 0, n_waiting = 0;
    for (const struct xa_task_op *o = agent->tasks; o != NULL; o = o->next) {
        n_tasks += o->task != NULL;
        n_waiting += o->task == NULL && o->type == type;
    }
    if (waits ? n_waiting < WAITING_MAX : n_tasks < TASKS_MAX)
        return false;
    xa_fail(err, XA_BUSY, waits ? "%u requests wait for the same work already"
                                : "%u requests have work under way at AWS already",
            waits ? n_waiting : n_tasks);
    return true;
}

void xa_tasks_start(struct xa_agent *agent)
{
    uv_idle_init(&agent->loop, &agent->turns);
    agent->turns.data = agent;
}

/* What AWS still answers nobody hears; a save comes to its end. */
void xa_tasks_stop(struct xa_agent *agent)
{
    struct xa_task_op *o = agent->tasks, *next;
    uv_close((uv_handle_t *)&agent->turns, NULL);
    for (; o != NULL; o = next) {
        next = o->next;
        if (!is_saving(o))
            end(o);
    }
}

/* --- the end of a step ----------------------------------------------------------------------- */

static void reply(struct xa_task_op *o)
{
    struct xa_task_result result;
    struct xa_agent *agent = o->agent;
    struct xa_conn *c = o->op.conn;
    struct xa_slice gone = xa_task_forgets(o->task);
    if (gone.len > 0)
        (void)xa_broker_forget(agent->broker, gone);
    delist(o);                     /* the next request may be handled from inside of this */
    if (c != NULL) {
        xa_task_answer(o->task, &result);
        c->op = NULL;
        o->op.conn = NULL;
        xa_conn_result(c, &xa_msg_task_result, &result);
    }
    end(o);
    give_turns(agent);
}

static void fail(struct xa_task_op *o, const struct xa_error *err)
{
    struct xa_agent *agent = o->agent;
    struct xa_conn *c = o->op.conn;
    const struct xa_error failure = *err;
    end(o);
    if (c == NULL && failure.code != XA_OK)
        xa_log_error("a step whose client has left", &failure);
    else if (c != NULL && !xa_plan_anew(c, &failure))
        xa_fail_logged(c, name_of(c->type), &failure);
    give_turns(agent);
}

static void go(struct xa_task_op *o, enum xa_task_turn turn, const struct xa_error *err);

/* --- saves -------------------------------------------------------------------------------- */

static struct xa_task_op *op_of(struct xa_work *work)
{
    return (void *)((char *)work - offsetof(struct xa_task_op, work));
}

static struct xa_vault_job *begin_save(struct xa_work *work, struct xa_error *err)
{
    return xa_task_save(op_of(work)->task, err);
}

static void saved(struct xa_work *work, bool ok, const struct xa_error *failure)
{
    struct xa_task_op *o = op_of(work);
    struct xa_error err = { 0 };
    enum xa_task_turn turn = xa_task_saved(o->task, ok, failure, &err);
    work->ended = NULL;
    if (o->agent->stopping) {
        end(o);
        return;
    }
    if (xa_vault_condition(o->agent->vault) == XA_VAULT_IS_OPEN)
        xa_guard_used(o->agent);
    go(o, turn, &err);
}

static void save(struct xa_task_op *o)
{
    struct xa_error failure, err = { 0 };
    o->work = (struct xa_work){ .begin = begin_save, .ended = saved,
                                .first = o->type == XA_ROTATE };
    if (o->op.conn != NULL)
        xa_conn_working(o->op.conn, 0);      /* a save, once begun, is waited for */
    if (xa_work_submit(&o->agent->work, &o->work, &failure))
        return;
    o->work.ended = NULL;
    go(o, xa_task_saved(o->task, false, &failure, &err), &err);
}

/* --- the step ------------------------------------------------------------------------------ */

static void go(struct xa_task_op *o, enum xa_task_turn turn, const struct xa_error *err)
{
    switch (turn) {
    case XA_TASK_SAVES: save(o); break;
    case XA_TASK_ANSWERS: reply(o); break;
    case XA_TASK_CALLS:      /* xa_task_begin's alone */
    case XA_TASK_FAILS: fail(o, err); break;
    }
}

static void on_done(void *ctx, enum xa_task_turn turn, const struct xa_error *err)
{
    struct xa_task_op *o = ctx;
    const char *deed = xa_task_deed(o->task);
    if (deed[0] != '\0')
        xa_audit_deed(name_of(o->type), deed, o->peer);
    go(o, turn, err);
}

static void call(struct xa_task_op *o, const struct xa_asking *asking, struct xa_slice body)
{
    struct xa_conn *c = o->op.conn;
    uint64_t patience_ms = xa_patience_ms(asking);
    struct xa_question *question = NULL;
    enum xa_task_turn turn;
    struct xa_error err = { 0 };
    (void)xa_audit_peer(c, o->peer);
    switch (xa_task_call(o->task, (uint32_t)patience_ms, on_done, o, &turn, &question, &err)) {
    case XA_ANSWERED:
        go(o, turn, &err);
        break;
    case XA_WILL_ANSWER:
        xa_pace_note(&o->agent->pace, xa_task_digest(o->task),
                     xa_broker_boot_ms(o->agent->broker));
        (void)!xa_conn_working_on(c, body, patience_ms);
        break;
    case XA_ASKS:
        end(o);
        xa_ask_person(c, &question, asking, body);
        break;
    case XA_FAILED:
        fail(o, &err);
        break;
    }
}

static struct xa_task_op *new_op(struct xa_conn *c, struct xa_error *err)
{
    struct xa_task_op *o = calloc(1, sizeof *o);
    if (o == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    o->agent = c->agent;
    o->type = c->type;
    o->op.abandon = abandon;
    o->op.conn = c;
    c->op = &o->op;
    enlist(o);
    return o;
}

/* NULL: it waits, or has failed. */
static struct xa_task_op *begin(struct xa_conn *c, const struct xa_asking *asking,
                                struct xa_slice body)
{
    struct xa_agent *agent = c->agent;
    struct xa_error err;
    bool waits = must_wait(agent, c->type);
    struct xa_task_op *o = is_crowded(agent, c->type, waits, &err) ? NULL : new_op(c, &err);
    if (o != NULL && waits) {
        (void)!xa_conn_working_on(c, body, xa_patience_ms(asking));
        return NULL;
    }
    if (o != NULL) {
        o->task = xa_task_new(agent->broker, agent->vault, c->type, body,
                              xa_broker_time(agent->broker), &err);
        if (o->task != NULL)
            return o;
        end(o);
    }
    xa_conn_fail(c, &err);
    return NULL;
}

void xa_handle_task(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_task_request *request = message;
    struct xa_error err = { 0 };
    bool of_dest = c->type == XA_DOCTOR || (c->type == XA_REVOKE && !request->key_too);
    if ((of_dest && !xa_known_or_fail(c, &request->wish)) ||
        !xa_open_or_ask(c, &request->asking, body, false))
        return;
    struct xa_task_op *o = begin(c, &request->asking, body);
    if (o == NULL)
        return;
    uint32_t wait_ms = xa_pace_wait_ms(&c->agent->pace, xa_task_digest(o->task),
                                       xa_broker_boot_ms(c->agent->broker));
    if (wait_ms > 0) {
        xa_task_hold(o->task, wait_ms);
        reply(o);
        return;
    }
    enum xa_task_turn turn = xa_task_begin(o->task, &err);
    if (turn == XA_TASK_CALLS)
        call(o, &request->asking, body);
    else
        go(o, turn, &err);
}
