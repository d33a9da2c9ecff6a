/* The place in long work: what a step hands to the next, by way of the client. It is sealed,
 * so that what comes back is what this agent wrote, for the very same request, within the
 * hour; anything else counts as none, and the work begins anew. */
#ifndef XA_AGENT_ACCOUNTS_PLACE_H
#define XA_AGENT_ACCOUNTS_PLACE_H

#include "agent/accounts/task_impl.h"

/* Notes what places of this task are for: its request, and what its kind binds them to. Before
 * the others, and after the kind's check. */
bool place_begin(struct xa_task *task, struct xa_error *err) XA_MUST_CHECK;

/* Brings the task to the place that its request has. */
void place_read(struct xa_task *task);

/* Writes where the task is now to task->place_room. The next step is not made before
 * task->wait_ms have passed. */
void place_write(struct xa_task *task);

/* How long it still is until the step may be made; 0: it may. */
uint32_t place_wait_ms(const struct xa_task *task);

/* Where the task is, with all that it has learnt so far, as one number. */
void place_digest(const struct xa_task *task, uint8_t ret[XA_HASH_LEN]);

#endif
