/* The queue of what takes long: one at a time, in the order in which it came, but for what
 * must not be lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/log.h"
#include "agent/work.h"

void xa_log(enum xa_log_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
}

#define N 12
static struct { struct xa_work work; char name; } works[N];
static char ended[N + 1];
static bool turns[N];

static void run(struct xa_work *work)
{
    (void)work;
}

static void on_end(struct xa_work *work, bool ok, const struct xa_error *err)
{
    (void)err;
    for (size_t i = 0; i < N; i++) {
        if (&works[i].work == work) {
            ended[strlen(ended)] = works[i].name;
            turns[i] = ok;
        }
    }
}

static bool submit(struct xa_work_queue *queue, size_t i, bool first)
{
    struct xa_error err = { 0 };
    works[i].name = (char)('a' + i);
    works[i].work = (struct xa_work){ .run = run, .ended = on_end, .first = first };
    bool ok = xa_work_submit(queue, &works[i].work, &err);
    if (!ok)
        assert_int_equal(err.code, XA_BUSY);
    return ok;
}

static void what_must_not_be_lost_comes_first(void **state)
{
    struct xa_work_queue queue;
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    xa_work_init(&queue, &loop, NULL);
    for (size_t i = 0; i < 9; i++)
        assert_true(submit(&queue, i, false));
    assert_false(submit(&queue, 9, false));          /* eight wait */
    assert_true(submit(&queue, 10, true));
    assert_true(submit(&queue, 11, true));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(ended, "aklbcdefghi");
    for (size_t i = 0; i < N; i++)
        assert_int_equal(turns[i], i != 9);
    memset(ended, 0, sizeof ended);
    assert_true(submit(&queue, 0, false) && submit(&queue, 1, false));
    xa_work_stop(&queue);
    assert_false(submit(&queue, 2, true));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(ended, "ba");
    assert_true(turns[0] && !turns[1]);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_not_be_lost_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
