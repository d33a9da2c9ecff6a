#include "agent/turn.h"

/* libuv asks for so many at once, and asks again, within one turn of its own, when it got as
 * many (libuv:src/unix/linux-core.c, uv__io_poll): behind that many each is a turn. */
#define READY_MAX 1024

/* Some were ready and are not seen here, such as timers' and signals' own descriptors. */
#define READY_COUNTED (READY_MAX / 2)

void xa_turn_end(struct xa_turn *turn)
{
    turn->number++;
}

void xa_turn_count(struct xa_turn *turn)
{
    if (++turn->n_ready > READY_COUNTED)
        xa_turn_end(turn);
}

static void begin(struct xa_turn *turn)
{
    turn->n_ready = 0;
    xa_turn_end(turn);
}

static void on_before(uv_prepare_t *before)
{
    begin(before->data);
}

static void on_after(uv_check_t *after)
{
    begin(after->data);
}

void xa_turn_start(struct xa_turn *turn, uv_loop_t *loop)
{
    uv_prepare_init(loop, &turn->before);
    uv_check_init(loop, &turn->after);
    turn->before.data = turn->after.data = turn;
    turn->number = 1;
    uv_prepare_start(&turn->before, on_before);
    uv_check_start(&turn->after, on_after);
}

void xa_turn_stop(struct xa_turn *turn)
{
    uv_close((uv_handle_t *)&turn->before, NULL);
    uv_close((uv_handle_t *)&turn->after, NULL);
}
