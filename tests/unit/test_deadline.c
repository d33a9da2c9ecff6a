/* A time-out that is put off: it comes when it should, once, and not before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/deadline.h"

static uv_loop_t loop;
static struct xa_deadline deadline;
static uint64_t passed_ms;
static unsigned n_passed;

static void on_passed(struct xa_deadline *d)
{
    assert_ptr_equal(d, &deadline);
    passed_ms = uv_now(&loop);
    n_passed++;
}

static int start(void **state)
{
    (void)state;
    n_passed = 0;
    if (uv_loop_init(&loop) != 0)
        return 1;
    xa_deadline_init(&deadline, &loop, on_passed);
    return 0;
}

static int end(void **state)
{
    (void)state;
    uv_close((uv_handle_t *)&deadline.timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void put_off(uv_timer_t *timer)
{
    (void)timer;
    xa_deadline_set(&deadline, 60);
}

static void it_comes_once(void **state)
{
    (void)state;
    uint64_t begin_ms = uv_now(&loop);
    xa_deadline_set(&deadline, 20);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_passed, 1);
    assert_true(passed_ms - begin_ms >= 20);
}

static void put_off_it_comes_later(void **state)
{
    uv_timer_t other;
    (void)state;
    uint64_t begin_ms = uv_now(&loop);
    uv_timer_init(&loop, &other);
    uv_timer_start(&other, put_off, 30, 0);
    xa_deadline_set(&deadline, 50);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_passed, 1);
    assert_true(passed_ms - begin_ms >= 90);
    uv_close((uv_handle_t *)&other, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void brought_forward_it_comes_sooner(void **state)
{
    (void)state;
    uint64_t begin_ms = uv_now(&loop);
    xa_deadline_set(&deadline, 60000);
    xa_deadline_set(&deadline, 20);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_passed, 1);
    assert_true(passed_ms - begin_ms < 30000);
}

static void taken_back_it_does_not_come(void **state)
{
    (void)state;
    xa_deadline_set(&deadline, 20);
    xa_deadline_set(&deadline, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_passed, 0);
    xa_deadline_set(&deadline, 10);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_passed, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(it_comes_once),
        T(put_off_it_comes_later),
        T(brought_forward_it_comes_sooner),
        T(taken_back_it_does_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
