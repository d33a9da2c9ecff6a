#include "agent/deadline.h"

#include <stddef.h>

static void run_until(struct xa_deadline *d, uint64_t now_ms);

static void on_timer(uv_timer_t *timer)
{
    struct xa_deadline *d = (void *)((char *)timer - offsetof(struct xa_deadline, timer));
    uint64_t now_ms = uv_now(timer->loop);
    if (d->at_ms == 0)
        return;
    if (d->at_ms > now_ms) {
        run_until(d, now_ms);
        return;
    }
    d->at_ms = 0;
    d->passed(d);
}

static void run_until(struct xa_deadline *d, uint64_t now_ms)
{
    d->wakes_ms = d->at_ms;
    uv_timer_start(&d->timer, on_timer, d->at_ms - now_ms, 0);
}

void xa_deadline_init(struct xa_deadline *d, uv_loop_t *loop,
                      void (*passed)(struct xa_deadline *deadline))
{
    uv_timer_init(loop, &d->timer);
    d->at_ms = 0;
    d->passed = passed;
}

void xa_deadline_set(struct xa_deadline *d, uint64_t ms)
{
    if (ms == 0) {
        d->at_ms = 0;
        return;
    }
    uint64_t now_ms = uv_now(d->timer.loop);
    d->at_ms = now_ms + ms;
    if (!uv_is_active((uv_handle_t *)&d->timer) || d->wakes_ms > d->at_ms)
        run_until(d, now_ms);
}
