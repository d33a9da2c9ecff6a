/* A time-out that is put off far more often than it comes: to put it off is to write down a
 * number. The timer runs for the time that was asked first, and then for what is left. */
#ifndef XA_AGENT_DEADLINE_H
#define XA_AGENT_DEADLINE_H

#include <uv.h>

struct xa_deadline {
    uv_timer_t timer;                  /* .data is its owner's                          */
    uint64_t at_ms;                    /* of uv_now; 0: there is none                   */
    uint64_t wakes_ms;                 /* when the timer runs out, while it runs        */
    void (*passed)(struct xa_deadline *deadline);
};

void xa_deadline_init(struct xa_deadline *deadline, uv_loop_t *loop,
                      void (*passed)(struct xa_deadline *deadline));

/* In so many ms, in place of what was set before; 0: never. */
void xa_deadline_set(struct xa_deadline *deadline, uint64_t ms);

#endif
