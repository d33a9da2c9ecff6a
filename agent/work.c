#include "agent/work.h"

#include <assert.h>

#include "agent/log.h"

static void run(uv_work_t *request)
{
    struct xa_work *work = request->data;
    if (work->run != NULL)
        work->run(work);
    else
        xa_vault_job_run(work->job);
}

static bool start(struct xa_work_queue *queue, struct xa_work *work, struct xa_error *err);

static struct xa_work *take_waiting(struct xa_work_queue *queue)
{
    struct xa_work *work = queue->waiting;
    queue->waiting = work->next;
    queue->n_waiting--;
    return work;
}

static void start_next(struct xa_work_queue *queue)
{
    struct xa_error err;
    while (queue->running == NULL && queue->waiting != NULL) {
        struct xa_work *work = take_waiting(queue);
        if (!start(queue, work, &err))
            work->ended(work, false, &err);
    }
}

static bool end_job(struct xa_work_queue *queue, struct xa_work *work, struct xa_error *err)
{
    bool ok = xa_vault_job_end(queue->vault, &work->job, err);
    if (xa_vault_warning(queue->vault)[0] != '\0')
        xa_log(XA_LOG_WARNING, "vault: %s", xa_vault_warning(queue->vault));
    return ok;
}

/* Its owner hears of the end first: what follows may depend on it. */
static void after(uv_work_t *request, int status)
{
    struct xa_work *work = request->data;
    struct xa_work_queue *queue = work->queue;
    struct xa_error err = { 0 };
    (void)status;      /* we cancel no work */
    bool ok = work->run != NULL || end_job(queue, work, &err);
    queue->running = NULL;
    work->ended(work, ok, &err);
    start_next(queue);
}

static bool start(struct xa_work_queue *queue, struct xa_work *work, struct xa_error *err)
{
    work->job = work->run == NULL ? work->begin(work, err) : NULL;
    if (work->run == NULL && work->job == NULL)
        return false;
    queue->running = work;
    work->request.data = work;
    int rc = uv_queue_work(queue->loop, &work->request, run, after);
    assert(rc == 0);      /* it fails only without a function to run */
    (void)rc;
    return true;
}

void xa_work_init(struct xa_work_queue *queue, uv_loop_t *loop, struct xa_vault *vault)
{
    *queue = (struct xa_work_queue){ .loop = loop, .vault = vault };
}

bool xa_work_submit(struct xa_work_queue *queue, struct xa_work *work, struct xa_error *err)
{
    work->queue = queue;
    work->next = NULL;
    if (queue->stopped)
        return xa_fail(err, XA_BUSY, "the agent is ending");
    if (queue->running == NULL)
        return start(queue, work, err);
    if (queue->n_waiting >= XA_WORK_WAITING_MAX && !work->first)
        return xa_fail(err, XA_BUSY, "%d changes wait already", XA_WORK_WAITING_MAX);
    struct xa_work **link = &queue->waiting;
    while (*link != NULL && (!work->first || (*link)->first))
        link = &(*link)->next;
    work->next = *link;
    *link = work;
    queue->n_waiting++;
    return true;
}

void xa_work_stop(struct xa_work_queue *queue)
{
    struct xa_error err;
    queue->stopped = true;
    xa_fail(&err, XA_BUSY, "the agent is ending");
    while (queue->waiting != NULL) {
        struct xa_work *work = take_waiting(queue);
        work->ended(work, false, &err);
    }
}
