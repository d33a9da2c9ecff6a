#include "agent/sealing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/clock.h"
#include "agent/conn.h"
#include "agent/log.h"

#define GATHER_MS 1000

static void read_boot(char *ret, size_t size)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, ret, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    ret[n > 0 ? n : 0] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
}

static struct xa_sealed_moment now(const struct xa_sealing *s)
{
    return (struct xa_sealed_moment){ xa_slice_of(s->boot), xa_boot_ms(), (int64_t)time(NULL) };
}

bool xa_sealing_wanted(const struct xa_sealing *s)
{
    const struct xa_roles *roles = xa_broker_roles(s->agent->broker, NULL);
    return roles != NULL && roles->agent.cache_sealed;
}

bool xa_sealing_init(struct xa_sealing *s, struct xa_agent *agent, struct xa_error *err)
{
    struct xa_error unsaid;
    s->agent = agent;
    read_boot(s->boot, sizeof s->boot);
    uv_timer_init(&agent->loop, &s->timer);
    s->timer.data = s;
    s->file = xa_sealed_file_new(agent->paths->vault, NULL, err);
    if (s->file == NULL)
        return false;
    if (!xa_sealing_wanted(s) && !xa_sealed_remove(agent->paths->vault, &unsaid))
        xa_log_error("the sealed cache", &unsaid);
    return true;
}

/* --- saves --------------------------------------------------------------------------- */

static bool changed(const struct xa_sealing *s)
{
    return s->seen != xa_broker_changes(s->agent->broker);
}

static void later(struct xa_sealing *s);

static void end_job(struct xa_sealing *s, bool ran)
{
    struct xa_error err;
    if (ran && !xa_sealed_job_end(s->file, &s->job, &err))
        xa_log_error("the sealed cache", &err);
    xa_sealed_job_free(&s->job);
}

static void run_save(struct xa_work *work)
{
    struct xa_sealing *s = (void *)((char *)work - offsetof(struct xa_sealing, work));
    xa_sealed_job_run(s->job);
}

static void saved(struct xa_work *work, bool ran, const struct xa_error *err)
{
    struct xa_sealing *s = (void *)((char *)work - offsetof(struct xa_sealing, work));
    (void)err;
    end_job(s, ran);
    if (s->agent->stopping)
        return;
    if (changed(s))
        later(s);
}

/* NULL if there is nothing to do, or it cannot be done now. */
static struct xa_sealed_job *begin_save(struct xa_sealing *s)
{
    struct xa_sealed_moment moment = now(s);
    struct xa_error err;
    unsigned long version = xa_broker_changes(s->agent->broker);
    if (s->job != NULL || !changed(s) || !xa_sealing_wanted(s) ||
        xa_vault_condition(s->agent->vault) != XA_VAULT_IS_OPEN)
        return NULL;
    struct xa_sealed_job *job = xa_sealed_file_begin_save(
        s->file, s->agent->vault, xa_broker_cache(s->agent->broker), &moment, &err);
    if (job != NULL)
        s->seen = version;
    else if (err.code != XA_BUSY)
        xa_log_error("the sealed cache", &err);
    return job;
}

void xa_sealing_save(struct xa_sealing *s)
{
    struct xa_error err;
    struct xa_sealed_job *job = begin_save(s);
    if (job == NULL)
        return;
    s->job = job;
    s->work = (struct xa_work){ .run = run_save, .ended = saved };
    if (!xa_work_submit(&s->agent->work, &s->work, &err))
        xa_sealed_job_free(&s->job);
}

void xa_sealing_rekeyed(struct xa_sealing *s)
{
    s->seen = xa_broker_changes(s->agent->broker) - 1;
    xa_sealing_save(s);
    if (changed(s))
        later(s);
}

static void on_timer(uv_timer_t *timer)
{
    xa_sealing_save(timer->data);
}

static void later(struct xa_sealing *s)
{
    if (!uv_is_active((uv_handle_t *)&s->timer))
        uv_timer_start(&s->timer, on_timer, GATHER_MS, 0);
}

void xa_sealing_look(struct xa_sealing *s)
{
    if (!s->agent->stopping && changed(s) && xa_sealing_wanted(s))
        later(s);
}

void xa_sealing_opened(struct xa_sealing *s)
{
    struct xa_sealed_moment moment = now(s);
    if (!xa_sealing_wanted(s))
        return;
    size_t n = xa_sealed_file_load(s->file, s->agent->vault, xa_broker_cache(s->agent->broker),
                                   &moment);
    if (n > 0)
        xa_log(XA_LOG_INFO, "%zu sets of credentials of the sealed cache are held again", n);
    if (xa_sealed_file_warning(s->file)[0] != '\0')
        xa_log(XA_LOG_WARNING, "%s", xa_sealed_file_warning(s->file));
    if (s->seen == 0 || n > 0)
        s->seen = xa_broker_changes(s->agent->broker);
}

/* The pool's own save, if one is under way, has its own bytes and ends by itself; the
 * file's lock keeps the two apart. */
void xa_sealing_close(struct xa_sealing *s)
{
    struct xa_error err;
    struct xa_sealed_job *job = begin_save(s);
    uv_close((uv_handle_t *)&s->timer, NULL);
    if (job == NULL)
        return;
    xa_sealed_job_run(job);
    if (!xa_sealed_job_end(s->file, &job, &err))
        xa_log_error("the sealed cache", &err);
}

/* --- removal ----------------------------------------------------------------------------- */

struct removal {
    struct xa_op op;
    struct xa_work work;
    struct xa_sealing *sealing;
    struct xa_sealed_job *job;
    uint32_t n;
};

static void removal_abandoned(struct xa_op *op)
{
    (void)op;      /* what was asked for is done */
}

static void run_removal(struct xa_work *work)
{
    struct removal *r = (void *)((char *)work - offsetof(struct removal, work));
    xa_sealed_job_run(r->job);
}

static void removed(struct xa_work *work, bool ran, const struct xa_error *unserved)
{
    struct removal *r = (void *)((char *)work - offsetof(struct removal, work));
    struct xa_conn *c = r->op.conn;
    struct xa_error err = *unserved;
    const struct xa_forget_result result = { r->n };
    bool ok = ran && xa_sealed_job_end(r->sealing->file, &r->job, &err);
    xa_sealed_job_free(&r->job);
    free(r);
    if (c == NULL)
        return;
    c->op = NULL;
    if (ok)
        xa_conn_result(c, &xa_msg_forget_result, &result);
    else
        xa_conn_fail(c, &err);
}

void xa_sealing_forget(struct xa_sealing *s, struct xa_conn *c, uint32_t n)
{
    struct xa_error err;
    struct removal *r = calloc(1, sizeof *r);
    if (r == NULL) {
        xa_fail(&err, XA_NO_MEMORY, "no memory for a request");
        xa_conn_fail(c, &err);
        return;
    }
    r->sealing = s;
    r->n = n;
    r->op.abandon = removal_abandoned;
    r->work.run = run_removal;
    r->work.ended = removed;
    r->job = xa_sealed_file_begin_remove(s->file, &err);
    if (r->job != NULL && xa_work_submit(&s->agent->work, &r->work, &err)) {
        s->seen = xa_broker_changes(s->agent->broker);
        r->op.conn = c;
        c->op = &r->op;
        xa_conn_working(c, 0);      /* the wait for the lock is bounded */
        return;
    }
    xa_sealed_job_free(&r->job);
    free(r);
    xa_conn_fail(c, &err);
}
