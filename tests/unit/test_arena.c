/* The arena for secrets in bulk: M1, M3, M8. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/arena.h"

#define SIZE (256 * 1024)
#define SLOTS 800

static void taken_memory_is_zero_and_aligned(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_arena *a = xa_arena_new(SIZE, &err);
    assert_non_null(a);
    assert_int_equal(xa_arena_size(a), SIZE);
    assert_int_equal(xa_arena_used(a), 0);
    for (size_t len = 0; len < 100; len++) {
        uint8_t *at = xa_arena_take(a, len);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xa5, len);
        if (len % 2 == 0)
            xa_arena_give(a, at);
    }
    xa_arena_give(a, NULL);
    xa_arena_free(&a);
    assert_null(a);
    xa_arena_free(&a);
}

struct slot { uint8_t *at; size_t len; uint8_t mark; };

static void check_slot(const struct slot *s)
{
    for (size_t i = 0; i < s->len; i++)
        assert_int_equal(s->at[i], s->mark);
}

/* Takes and gives at random, and looks at every byte: no two overlap, what comes
 * back is zero, and in the end the arena is one piece again. */
static void random_use_keeps_every_byte(void **state)
{
    (void)state;
    struct slot slots[SLOTS] = { { 0 } };
    struct xa_arena *a = xa_arena_new(SIZE, NULL);
    assert_non_null(a);
    srand(7);
    size_t refused = 0;
    for (int round = 0; round < 60000; round++) {
        struct slot *s = &slots[rand() % SLOTS];
        if (s->at != NULL) {
            check_slot(s);
            xa_arena_give(a, s->at);
            s->at = NULL;
            continue;
        }
        s->len = (size_t)(rand() % (rand() % 8 == 0 ? 9000 : 400));
        s->mark = (uint8_t)(1 + rand() % 255);
        s->at = xa_arena_take(a, s->len);
        refused += s->at == NULL;
        for (size_t i = 0; s->at != NULL && i < s->len; i++)
            assert_int_equal(s->at[i], 0);
        if (s->at != NULL)
            memset(s->at, s->mark, s->len);
    }
    assert_true(refused > 0);            /* it was full at times */
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].at != NULL)
            check_slot(&slots[i]);
        xa_arena_give(a, slots[i].at);
    }
    assert_int_equal(xa_arena_used(a), 0);
    void *all = xa_arena_take(a, SIZE - 16);
    assert_non_null(all);
    for (size_t i = 0; i < SIZE - 16; i++)
        assert_int_equal(((uint8_t *)all)[i], 0);
    xa_arena_free(&a);
}

static void full_is_null(void **state)
{
    (void)state;
    struct xa_arena *a = xa_arena_new(1, NULL);
    assert_non_null(a);
    size_t size = xa_arena_size(a);
    assert_int_equal(size, sysconf(_SC_PAGESIZE));
    assert_null(xa_arena_take(a, size));
    assert_null(xa_arena_take(a, size - 15));
    assert_null(xa_arena_take(a, SIZE_MAX));
    assert_null(xa_arena_take(a, SIZE_MAX - 15));
    void *at = xa_arena_take(a, size - 16);
    assert_non_null(at);
    assert_int_equal(xa_arena_used(a), size);
    assert_null(xa_arena_take(a, 0));
    assert_null(xa_arena_take(a, 1));
    xa_arena_give(a, at);
    assert_non_null(xa_arena_take(a, 1));
    xa_arena_free(&a);
    struct xa_error err;
    assert_null(xa_arena_new(SIZE_MAX, &err));
    assert_int_equal(err.code, XA_NO_MEMORY);
}

enum misuse { TWICE, INSIDE, ELSEWHERE, OVERRUN, BEFORE, BEHIND, FORKED };

static void misuse(struct xa_arena *a, enum misuse how)
{
    static uint8_t foreign[64];
    if (how == FORKED && xa_arena_take(a, 1) != NULL)    /* it stayed behind */
        return;
    struct xa_arena *own = xa_arena_new(SIZE, NULL);
    uint8_t *first = xa_arena_take(own, 32), *second = xa_arena_take(own, 32);
    switch (how) {
    case TWICE: xa_arena_give(own, first); xa_arena_give(own, first); break;
    case INSIDE: xa_arena_give(own, first + 16); break;
    case ELSEWHERE: xa_arena_give(own, foreign); break;
    case OVERRUN: memset(first, 0x11, 40); xa_arena_give(own, second); break;
    case BEFORE: first[-17] = 1; break;
    case BEHIND: first[SIZE - 16] = 1; break;
    case FORKED: break;
    }
}

static void misuse_ends_the_process(void **state)
{
    (void)state;
    struct xa_arena *a = xa_arena_new(SIZE, NULL);
    assert_non_null(a);
    for (int how = TWICE; how <= FORKED; how++) {
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            static const struct rlimit none;
            (void)setrlimit(RLIMIT_CORE, &none);
            for (int sig = 1; sig < NSIG; sig++)
                (void)signal(sig, SIG_DFL);      /* cmocka would go on with the tests */
            if (freopen("/dev/null", "w", stderr) == NULL)
                _exit(0);
            misuse(a, (enum misuse)how);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
    }
    xa_arena_free(&a);
}

#ifndef XACCT_SANITIZED                    /* there mlock does nothing */
static bool locked_under(rlim_t bytes)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit r = { bytes, bytes };
        if (setrlimit(RLIMIT_MEMLOCK, &r) != 0 ||
            (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0))
            _exit(2);
        struct xa_arena *a = xa_arena_new(SIZE, NULL);
        _exit(a == NULL ? 2 : xa_arena_locked(a) ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2);
    return WEXITSTATUS(status) == 1;
}

static void it_says_whether_it_is_locked(void **state)
{
    (void)state;
    assert_false(locked_under(0));
    assert_false(locked_under(65536));
    assert_true(locked_under(8 << 20));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_memory_is_zero_and_aligned),
        cmocka_unit_test(random_use_keeps_every_byte),
        cmocka_unit_test(full_is_null),
        cmocka_unit_test(misuse_ends_the_process),
#ifndef XACCT_SANITIZED
        cmocka_unit_test(it_says_whether_it_is_locked),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
