/* What a process of ours does to itself (security H1 to H3), in processes of their
 * own. Some are this program again, with a word that says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/harden.h"
#include "tests/lib/child.h"

extern char **environ;

/* --- executing again ------------------------------------------------------------------ */

/* The child's part: says that it began, hardens, says what it was left with. */
static int reexec(char **argv)
{
    struct xa_error err;
    printf("began %s\n", argv[2]);
    fflush(stdout);
    if (!xa_harden_reexec(argv, &err)) {
        printf("failed: %s\n", err.message);
        return 1;
    }
    for (char **variable = environ; *variable != NULL; variable++)
        printf("%s\n", *variable);
    return 0;
}

/* Runs this program with that environment; returns what it wrote to stdout. */
static const char *run_self(const char *const *environment)
{
    static char room[8192];
    static const char *const argv[] = { "test_harden", "reexec", "an argument", NULL };
    int ends[2], status;
    size_t len = 0;
    ssize_t n;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(ends[1], 1);
        dup2(null, 2); /* the loader's words about what it cannot preload */
        close(ends[0]);
        close(ends[1]);
        execve("/proc/self/exe", (char *const *)(uintptr_t)argv,
               (char *const *)(uintptr_t)environment);
        _exit(127);
    }
    close(ends[1]);
    while ((n = read(ends[0], room + len, sizeof room - 1 - len)) > 0)
        len += (size_t)n;
    room[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return room;
}

#define BEGAN "began an argument\n"

static void a_steered_loader_means_a_second_start(void **state)
{
    (void)state;
    const char *const clean[] = { "HOME=/h",           "LDX=1",          "XLD_PRELOAD=x",
                                  "GLIBC_TUNABLESX=1", "A=LD_PRELOAD=x", NULL };
    const char *const steered[] = {
        "LD_PRELOAD=/nowhere.so",
        "HOME=/h",
        "LD_LIBRARY_PATH=/tmp",
        "LDX=1",
        "GLIBC_TUNABLES=glibc.malloc.check=3",
        "XLD_PRELOAD=x",
        "LD_BIND_NOT=1",
        "GLIBC_TUNABLESX=1",
        "LD_=",
        "A=LD_PRELOAD=x",
        "LD_AUDIT=",
        NULL,
    };
    const char *const only[] = { "LD_PRELOAD=", NULL };
    const char *const none[] = { NULL };
    static const char left[] = "HOME=/h\nLDX=1\nXLD_PRELOAD=x\nGLIBC_TUNABLESX=1\nA=LD_PRELOAD=x\n";
    char wanted[512];
    snprintf(wanted, sizeof wanted, BEGAN "%s", left);
    assert_string_equal(run_self(clean), wanted);
    snprintf(wanted, sizeof wanted, BEGAN BEGAN "%s", left);
    assert_string_equal(run_self(steered), wanted);
    assert_string_equal(run_self(only), BEGAN BEGAN);
    assert_string_equal(run_self(none), BEGAN);
}

/* --- itself ------------------------------------------------------------------------------ */

static void hardened(void)
{
    struct xa_error err;
    struct xa_hardness before, after;
    struct rlimit core = { 4096, 4096 }, files;
    (void)setrlimit(RLIMIT_CORE, &core);
    CHILD_NEED(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = 64;
    CHILD_NEED(setrlimit(RLIMIT_NOFILE, &files) == 0);
    xa_harden_read_back(&before);
    CHILD_NEED(!before.undumpable && !before.no_new_privs);
    CHILD_NEED(xa_harden_self(&err));
    xa_harden_read_back(&after);
    CHILD_NEED(after.undumpable && after.no_new_privs && after.core_limit_zero && !after.traced);
    CHILD_NEED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
               prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    CHILD_NEED(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
    CHILD_NEED(getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == files.rlim_max);
    CHILD_NEED(xa_harden_self(&err));                /* twice does no harm */
}

static void hardening_is_read_back(void **state)
{
    (void)state;
    assert_true(child_runs(hardened));
}

static void traced(void)
{
    struct xa_error err;
    struct xa_hardness hardness;
    char tracer[64];
    snprintf(tracer, sizeof tracer, "process %ld traces", (long)getppid());
    CHILD_NEED(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
    CHILD_NEED(!xa_harden_self(&err) && err.code == XA_AGENT_UNUSABLE);
    CHILD_NEED(strstr(err.message, tracer) != NULL && strstr(err.why, "read every key") != NULL);
    xa_harden_read_back(&hardness);
    CHILD_NEED(hardness.traced);
}

static void a_tracer_is_refused(void **state)
{
    (void)state;
    assert_true(child_runs(traced));
}

static void set_uid(void)
{
    struct xa_error err;
    CHILD_NEED(setresuid(65534, 0, 0) == 0);
    CHILD_NEED(!xa_harden_self(&err) && strstr(err.message, "must not be set-uid") != NULL);
    CHILD_NEED(setresuid(0, 0, 0) == 0 && setresgid(65534, 0, 0) == 0);
    CHILD_NEED(!xa_harden_self(&err) && strstr(err.message, "must not be set-uid") != NULL);
}

static void rights_of_the_file_are_refused(void **state)
{
    (void)state;
    if (getuid() != 0)
        return;                                      /* cannot be played */
    assert_true(child_runs(set_uid));
}

/* --- descriptors --------------------------------------------------------------------------- */

static unsigned open_descriptors(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 4096; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void two_hundred_open(void)
{
    struct xa_error err;
    int fds[200];
    child_words = dup2(child_words, 900);
    for (unsigned i = 0; i < 200; i++)
        CHILD_NEED((fds[i] = open("/dev/null", O_RDONLY | (i % 2 == 0 ? O_CLOEXEC : 0))) > 2);
    CHILD_NEED(dup2(fds[0], 700) == 700);
    const int keep[] = { fds[100], -1, 700, 900 };
    CHILD_NEED(xa_harden_descriptors(keep, 4, &err));
    CHILD_NEED(open_descriptors() == 3 + 3);
    CHILD_NEED(fcntl(fds[100], F_GETFD) >= 0 && fcntl(700, F_GETFD) >= 0 &&
               fcntl(fds[101], F_GETFD) < 0);
    CHILD_NEED(xa_harden_descriptors(NULL, 0, &err) && open_descriptors() == 3);
}

static void only_what_was_declared_stays_open(void **state)
{
    (void)state;
    assert_true(child_runs(two_hundred_open));
}

static unsigned closed_mask;

/* What was closed is /dev/null now; what was open is what it was. */
static void standard_closed(void)
{
    struct xa_error err;
    int ends[2];
    char name[64], target[64];
    child_words = dup2(child_words, 900);
    CHILD_NEED(pipe(ends) == 0 && dup2(ends[0], 0) == 0 && dup2(ends[1], 1) == 1 &&
               dup2(ends[1], 2) == 2);
    for (int fd = 0; fd < 3; fd++)
        if ((closed_mask >> fd & 1) != 0)
            close(fd);
    const int keep[] = { 900 };
    CHILD_NEED(xa_harden_descriptors(keep, 1, &err));
    CHILD_NEED(open_descriptors() == 4);
    for (int fd = 0; fd < 3; fd++) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(name, target, sizeof target - 1);
        CHILD_NEED(len > 0);
        target[len] = '\0';
        CHILD_NEED(strncmp(target, (closed_mask >> fd & 1) != 0 ? "/dev/null" : "pipe:", 5) == 0);
        CHILD_NEED((fcntl(fd, F_GETFL) & O_ACCMODE) == (fd == 0 ? O_RDONLY : O_WRONLY));
    }
}

static void the_first_three_are_made_valid(void **state)
{
    (void)state;
    for (closed_mask = 0; closed_mask < 8; closed_mask++)
        assert_true(child_runs(standard_closed));
}

/* With no descriptor to be had the process does not go on. */
static void no_descriptor(void)
{
    struct xa_error err;
    const struct rlimit none = { 1, 1 };
    child_words = dup2(child_words, 900);
    close(1);
    close(2);
    CHILD_NEED(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHILD_NEED(!xa_harden_descriptors(NULL, 0, &err) && err.code == XA_AGENT_UNUSABLE);
    CHILD_NEED(strstr(err.message, "descriptor 1") != NULL);
}

static void what_cannot_be_made_valid_ends_it(void **state)
{
    (void)state;
    assert_true(child_runs(no_descriptor));
}

/* --- environment ------------------------------------------------------------------------------ */

static const char *const hostile[] = {
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "https_proxy",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "no_proxy",
    "HOSTALIASES",
    "RES_OPTIONS",
    "LOCALDOMAIN",
    "GCONV_PATH",
    "NLSPATH",
    "TMPDIR",
    "LD_PRELOAD",
    "GLIBC_TUNABLES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "XDG_CONFIG_DIRS",
    "HOMEX",
    "LANGUAGE",
    "LC_ALL",
    "TZ",
    "MALLOC_CHECK_",
    "IFS",
    "BASH_ENV",
};
static const char *const known[] = {
    "HOME",          "LANG",           "XDG_CONFIG_HOME",
    "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    "XACCT_SOCK",    "NOTIFY_SOCKET",
};
enum { N_HOSTILE = sizeof hostile / sizeof hostile[0], N_KNOWN = sizeof known / sizeof known[0] };

static void environment(void)
{
    struct xa_error err;
    unsigned n = 0;
    for (unsigned i = 0; i < N_HOSTILE; i++)
        setenv(hostile[i], "/hostile", 1);
    setenv("PATH", "/hostile", 1);
    for (unsigned i = 0; i < N_KNOWN; i++)
        setenv(known[i], known[i], 1);
    CHILD_NEED(xa_harden_environment(&err));
    for (unsigned i = 0; i < N_HOSTILE; i++)
        CHILD_NEED(getenv(hostile[i]) == NULL);
    for (unsigned i = 0; i < N_KNOWN; i++)
        CHILD_NEED(getenv(known[i]) != NULL && strcmp(getenv(known[i]), known[i]) == 0);
    CHILD_NEED(strcmp(getenv("PATH"), "/usr/bin:/bin") == 0);
    while (environ[n] != NULL)
        n++;
    CHILD_NEED(n == N_KNOWN + 1);

    CHILD_NEED(unsetenv("LANG") == 0 &&
               setenv("HOME", "", 1) == 0); /* absent stays absent, empty empty */
    CHILD_NEED(xa_harden_environment(&err));
    CHILD_NEED(getenv("LANG") == NULL && strcmp(getenv("HOME"), "") == 0);
}

static void the_environment_is_replaced(void **state)
{
    (void)state;
    assert_true(child_runs(environment));
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "reexec") == 0)
        return reexec(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steered_loader_means_a_second_start),
        cmocka_unit_test(hardening_is_read_back),
        cmocka_unit_test(a_tracer_is_refused),
        cmocka_unit_test(rights_of_the_file_are_refused),
        cmocka_unit_test(only_what_was_declared_stays_open),
        cmocka_unit_test(the_first_three_are_made_valid),
        cmocka_unit_test(what_cannot_be_made_valid_ends_it),
        cmocka_unit_test(the_environment_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
