/* What takes long, in libuv's pool: one work at a time, at most eight waiting
 * (design.md, section 6). */
#ifndef XA_AGENT_WORK_H
#define XA_AGENT_WORK_H

#include <uv.h>

#include "agent/vault/vault.h"

#define XA_WORK_WAITING_MAX 8

/* One work; embedded in what wants it, which lives until ended() has run. It is a
 * job of the vault, or something of its own: begin or run is set, not both. */
struct xa_work {
    struct xa_work *next;
    struct xa_work_queue *queue;
    uv_work_t request;                    /* .data = this                              */
    struct xa_vault_job *job;
    /* On the loop, when its turn comes: begins the job, or fails with *err. */
    struct xa_vault_job *(*begin)(struct xa_work *work, struct xa_error *err);
    bool first;                           /* what it saves is nowhere else: it is the next,
                                           * however many wait                         */
    /* In the pool; touches only what the work owns. */
    void (*run)(struct xa_work *work);
    /* Exactly once, from the loop, never from inside xa_work_submit. ok: the job's
     * outcome, or true after run; false without either: it did not get its turn. */
    void (*ended)(struct xa_work *work, bool ok, const struct xa_error *err);
};

struct xa_work_queue {
    uv_loop_t *loop;
    struct xa_vault *vault;
    struct xa_work *running, *waiting;
    unsigned n_waiting;
    bool stopped;
};

void xa_work_init(struct xa_work_queue *queue, uv_loop_t *loop, struct xa_vault *vault);

/* False, and ended() will not run: XA_BUSY (eight wait already, or the queue is
 * stopped), or what begin said, if its turn came at once. */
bool xa_work_submit(struct xa_work_queue *queue, struct xa_work *work,
                    struct xa_error *err) XA_MUST_CHECK;

/* What waits ends without its turn; what runs comes to its end. */
void xa_work_stop(struct xa_work_queue *queue);

#endif
