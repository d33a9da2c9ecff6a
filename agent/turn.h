/* The loop's turns, counted. What costs a system call and is the same for all that came at
 * once, such as a look at the configuration's files, is done once a turn.
 *
 * The promise that this keeps: a change that was made before a client began to send its
 * request counts for that request. What epoll said is ready had begun to be sent before epoll
 * returned, and nothing is looked at between. Where that is not so, the turn ends early:
 * xa_turn_end(). */
#ifndef XA_AGENT_TURN_H
#define XA_AGENT_TURN_H

#include <uv.h>

struct xa_turn {
    uv_prepare_t before;               /* .data = this; of waiting for what is ready    */
    uv_check_t after;                  /* .data = this; of all that was ready           */
    uint64_t number;
    unsigned n_ready;                  /* how much of it was dealt with in this turn    */
};

void xa_turn_start(struct xa_turn *turn, uv_loop_t *loop);
void xa_turn_stop(struct xa_turn *turn);         /* the handles close                   */

/* What is dealt with from here on may have come after the turn began. */
void xa_turn_end(struct xa_turn *turn);

/* One of those that were ready is dealt with. */
void xa_turn_count(struct xa_turn *turn);

#endif
