/* The limit on locked memory: M2. Not under a sanitizer, where mlock does nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/secret.h"

/* The limit of a process is for good, so each case has one of its own. */
static int in_child(void (*fn)(const void *), const void *ctx)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        fn(ctx);
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct limit { rlim_t bytes; bool allow; size_t len; };

/* Exit 0: made, and locked. 1: made, unlocked. 2: refused as it should be. */
static void try_under_limit(const void *ctx)
{
    const struct limit *limit = ctx;
    struct rlimit r = { limit->bytes, limit->bytes };
    struct xa_error err = { 0 };
    if (setrlimit(RLIMIT_MEMLOCK, &r) != 0 ||
        (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0))
        _exit(10);
    xa_secret_allow_unlocked(limit->allow);
    if (xa_secret_new(limit->len, &err) != NULL)
        _exit(xa_secret_all_locked() ? 0 : 1);
    char text[32];
    snprintf(text, sizeof text, "%lu KiB", (unsigned long)limit->bytes / 1024);
    bool said = err.code == XA_UNLOCKED_MEMORY && strstr(err.why, text) != NULL &&
                strstr(err.hint, "--allow-unlocked-memory") != NULL;
    _exit(said ? 2 : 11);
}

static void never_unlocked_without_leave(void **state)
{
    (void)state;
    static const struct { struct limit limit; int outcome; } cases[] = {
        { { 0, false, 32 }, 2 },                 { { 0, true, 32 }, 1 },
        { { 65536, false, 32 }, 0 },             { { 65536, false, 128 * 1024 }, 2 },
        { { 65536, true, 128 * 1024 }, 1 },      { { 8 << 20, false, 1 << 20 }, 0 },
        { { 8 << 20, false, 9 << 20 }, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(in_child(try_under_limit, &cases[i].limit), cases[i].outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(never_unlocked_without_leave) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
