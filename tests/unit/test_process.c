/* Programs that the client runs, and how long it waits: a credential_process that does
 * not end, an MFA code that would come too late, a supervisor that goes or stays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/asking/mfa.h"
#include "client/asking/process.h"
#include "client/base/clock.h"
#include "client/commands.h"
#include "client/link/supervisor.h"

#define W(text) ((char[]){ text })

static struct xa_error err;

static void a_process_that_does_not_end(void **state)
{
    int64_t start = xa_clock_ms();
    (void)state;
    assert_false(xa_process_run((char *[]){ W("sleep"), W("60"), NULL }, "corp", start + 200,
                                &err));
    assert_int_equal(err.code, XA_TIMED_OUT);
    assert_true(xa_clock_ms() - start >= 200 && xa_clock_ms() - start < 5000);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_process_that_never_stops_talking(void **state)
{
    int64_t start = xa_clock_ms();
    (void)state;
    assert_false(xa_process_run((char *[]){ W("sh"), W("-c"), W("yes >&2"), NULL }, "corp",
                                start + 200, &err));
    assert_int_equal(err.code, XA_TIMED_OUT);
    assert_true(xa_clock_ms() - start < 5000);
}

static void what_a_process_is_given(void **state)
{
    static const char expected[] = "corp -/dev/null\n";
    (void)state;
    assert_true(xa_process_run((char *[]){ W("sh"), W("-c"),
                               W("echo $XACCT_FOREIGN -$(readlink /proc/self/fd/0)"), NULL },
                               "corp", xa_clock_ms() + 10000, &err));
    assert_int_equal(xa_used.output, strlen(expected));
    assert_memory_equal(xa_output_room.at, expected, strlen(expected));
    xa_output_room_wipe();
    assert_int_equal(xa_output_room.at[0], 0);
    assert_null(getenv("XACCT_FOREIGN"));
}

/* The next code's time begins after the caller's is over. */
static void a_code_that_comes_too_late(void **state)
{
    char *const line[] = { W("xacct"), W("env"), W("prod"), W("--no-input"), NULL };
    static struct xa_client c;
    char path[] = "/tmp/xa-mfa-XXXXXX";
    const char text[] = "[agent]\nmfa_command = echo 123456\n";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    assert_true(xa_options_parse(4, line, xa_command_program_after, &c.opt, &err));
    c.paths.config = path;
    struct xa_mfa m = { .runs_left = 3, .deadline_ms = xa_clock_ms() };
    assert_false(xa_mfa_ask(&c, &m, true, &err));
    assert_int_equal(err.code, XA_MFA_CODE_USED);
    assert_non_null(strstr(err.message, "too late"));
    m.runs_left = 0;
    m.deadline_ms += 10000;
    assert_false(xa_mfa_ask(&c, &m, false, &err));
    assert_int_equal(err.code, XA_MFA_CODE_USED);
    m.runs_left = 1;
    assert_true(xa_mfa_ask(&c, &m, false, &err));
    assert_string_equal(m.code, "123456");
    assert_int_equal(m.runs_left, 0);
    unlink(path);
}

/* The test itself is the parent, and so the supervisor, of a child that plays the agent. */
static void a_supervisor_without_a_pidfd(void **state)
{
    struct xa_supervisor s;
    pid_t child = fork();
    (void)state;
    if (child == 0) {
        pause();
        _exit(0);
    }
    xa_supervisor_hold(&s, child, getpid());
    assert_int_equal(s.pid, getpid());
    if (s.fd >= 0)
        close(s.fd);

    s = (struct xa_supervisor){ .pid = child, .fd = -1 };
    assert_false(xa_supervisor_wait(&s, xa_clock_ms() + 100));
    kill(child, SIGKILL);
    s = (struct xa_supervisor){ .pid = child, .fd = -1 };
    assert_true(xa_supervisor_wait(&s, xa_clock_ms() + 5000));
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(xa_supervisor_wait(&s, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_does_not_end),
        cmocka_unit_test(a_process_that_never_stops_talking),
        cmocka_unit_test(what_a_process_is_given),
        cmocka_unit_test(a_code_that_comes_too_late),
        cmocka_unit_test(a_supervisor_without_a_pidfd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
