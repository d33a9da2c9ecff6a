/* The vault's jobs, in libuv's pool: one at a time, at most eight waiting
 * (design.md, section 6). */
#ifndef XA_AGENT_WORK_H
#define XA_AGENT_WORK_H

#include <uv.h>

#include "agent/vault/vault.h"

#define XA_WORK_WAITING_MAX 8

/* One job; embedded in what wants it, which lives until ended() has run. */
struct xa_work {
    struct xa_work *next;
    struct xa_work_queue *queue;
    uv_work_t request;                    /* .data = this                              */
    struct xa_vault_job *job;
    /* When its turn comes: begins the job, or fails with *err. */
    struct xa_vault_job *(*begin)(struct xa_work *work, struct xa_error *err);
    /* Exactly once, from the loop, never from inside xa_work_submit. */
    void (*ended)(struct xa_work *work, bool ok, const struct xa_error *err);
};

struct xa_work_queue {
    uv_loop_t *loop;
    struct xa_vault *vault;
    struct xa_work *running, *waiting;
    unsigned n_waiting;
};

void xa_work_init(struct xa_work_queue *queue, uv_loop_t *loop, struct xa_vault *vault);

/* begin and ended are set. False, and ended() will not run: XA_BUSY (eight wait
 * already), or what begin said, if its turn came at once. */
bool xa_work_submit(struct xa_work_queue *queue, struct xa_work *work,
                    struct xa_error *err) XA_MUST_CHECK;

#endif
