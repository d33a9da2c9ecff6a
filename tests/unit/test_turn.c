/* The loop's turns: when what was looked at is looked at anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/turn.h"

static uv_loop_t loop;
static struct xa_turn turn;
static uv_async_t ready;               /* stands for what epoll says is ready */
static uv_timer_t timer;
static uint64_t in_poll, in_timer;

static void on_timer(uv_timer_t *handle)
{
    (void)handle;
    in_timer = turn.number;
    xa_turn_stop(&turn);
    uv_close((uv_handle_t *)&ready, NULL);
    uv_close((uv_handle_t *)&timer, NULL);
}

static void on_ready(uv_async_t *async)
{
    in_poll = turn.number;
    xa_turn_count(&turn);
    assert_int_equal(turn.number, in_poll);        /* the next of those that are ready */
    (void)async;
    uv_timer_start(&timer, on_timer, 1, 0);        /* the end, in the next round however slow */
}

static int start(void **state)
{
    (void)state;
    in_poll = in_timer = 0;
    if (uv_loop_init(&loop) != 0)
        return 1;
    uv_async_init(&loop, &ready, on_ready);
    uv_timer_init(&loop, &timer);
    xa_turn_start(&turn, &loop);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return uv_loop_close(&loop);
}

static void waiting_begins_one_and_its_end_another(void **state)
{
    (void)state;
    uint64_t before = turn.number;
    uv_async_send(&ready);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(before > 0 && in_poll > before && in_timer > in_poll);
}

/* libuv asks epoll again within one turn of its own when there were that many. */
static void behind_very_many_each_is_one(void **state)
{
    (void)state;
    uint64_t number = turn.number;
    for (unsigned i = 0; i < 100; i++)
        xa_turn_count(&turn);
    assert_int_equal(turn.number, number);
    for (unsigned i = 0; i < 1024; i++)
        xa_turn_count(&turn);
    number = turn.number;
    xa_turn_count(&turn);
    assert_true(turn.number > number);
    uv_async_send(&ready);
    uv_run(&loop, UV_RUN_DEFAULT);
    number = turn.number;
    xa_turn_count(&turn);
    assert_int_equal(turn.number, number);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(waiting_begins_one_and_its_end_another),
        T(behind_very_many_each_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
