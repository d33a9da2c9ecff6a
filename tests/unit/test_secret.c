/* Guarded memory: M4, M8, M9. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/hash.h"
#include "agent/vault/secret.h"

/* Runs fn in a child; returns its wait status. */
static int in_child(void (*fn)(void *), void *ctx)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static const struct rlimit none;
        (void)setrlimit(RLIMIT_CORE, &none);
        for (int sig = 1; sig < NSIG; sig++)
            (void)signal(sig, SIG_DFL);          /* cmocka would go on with the tests */
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(9);
        fn(ctx);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static bool died(int status)       /* a sanitizer turns a signal into an exit of its own */
{
    return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static volatile uint8_t sink;

static void stray_read(void *at) { sink = *(const volatile uint8_t *)at; }

static void *fresh_and_sealed(void)
{
    struct xa_secret *s = xa_secret_new(32, NULL);
    if (s == NULL)
        _exit(0);
    uint8_t *at = xa_secret_fill(s);
    memset(at, 'x', 32);
    xa_secret_seal(s);
    return at;
}

static void read_sealed(void *ctx) { (void)ctx; stray_read(fresh_and_sealed()); }

static void write_opened(void *ctx)
{
    (void)ctx;
    struct xa_secret *s = xa_secret_new(32, NULL);
    uint8_t *at = s != NULL ? xa_secret_fill(s) : NULL;
    if (s == NULL)
        return;
    xa_secret_seal(s);
    (void)xa_secret_open(s);
    *(volatile uint8_t *)at = 1;
}

static void overrun(void *ctx)
{
    (void)ctx;
    struct xa_secret *s = xa_secret_new(32, NULL);
    if (s != NULL)
        ((volatile uint8_t *)xa_secret_fill(s))[32] = 1;
}

static void content_is_there_only_between_open_and_shut(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_secret *s = xa_secret_new(100, &err);
    assert_non_null(s);
    assert_int_equal(xa_secret_len(s), 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(xa_secret_fill(s)[i], 0);
    memcpy(xa_secret_fill(s), "canary", 6);
    xa_secret_seal(s);
    assert_memory_equal(xa_secret_open(s), "canary", 6);
    assert_memory_equal(xa_secret_open(s), "canary", 6);   /* nests */
    xa_secret_shut(s);
    assert_memory_equal((const char *)xa_secret_open(s), "canary", 6);
    xa_secret_shut(s);
    xa_secret_shut(s);
    xa_secret_free(&s);
    assert_null(s);
    xa_secret_free(&s);
}

static void stray_access_ends_the_process(void **state)
{
    (void)state;
    assert_true(died(in_child(read_sealed, NULL)));
    assert_true(died(in_child(write_opened, NULL)));
    assert_true(died(in_child(overrun, NULL)));
}

static void nothing_is_inherited_by_a_fork(void **state)
{
    (void)state;
    struct xa_secret *s = xa_secret_new(32, NULL);
    assert_non_null(s);
    void *at = xa_secret_fill(s);
    stray_read(at);
    assert_true(died(in_child(stray_read, at)));
    xa_secret_free(&s);
}

/* The VmFlags line of the mapping that holds `at`. */
static void flags_of(const void *at, char *ret, size_t size)
{
    FILE *f = fopen("/proc/self/smaps", "re");
    assert_non_null(f);
    char line[512];
    bool inside = false;
    ret[0] = '\0';
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned long first, end;
        if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
            inside = (uintptr_t)at >= first && (uintptr_t)at < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(ret, size, "%s", line);
    }
    fclose(f);
}

static void pages_are_locked_undumped_and_unforked(void **state)
{
    (void)state;
    struct xa_secret *s = xa_secret_new(5000, NULL);
    assert_non_null(s);
    char flags[512];
    for (size_t i = 0; i < 5000; i += 4096) {
        flags_of(xa_secret_fill(s) + i, flags, sizeof flags);
        assert_non_null(strstr(flags, " dd"));
        assert_non_null(strstr(flags, " dc"));
#ifndef XACCT_SANITIZED                    /* there mlock does nothing */
        assert_non_null(strstr(flags, " lo"));
#endif
    }
    assert_true(xa_secret_all_locked());
    xa_secret_free(&s);
}

static void hash_of_parts_is_injective(void **state)
{
    (void)state;
    const struct { const char *parts[3]; size_t n; } lists[] = {
        { { 0 }, 0 }, { { "" }, 1 }, { { "", "" }, 2 }, { { "a" }, 1 }, { { "a", "" }, 2 },
        { { "", "a" }, 2 }, { { "ab", "c" }, 2 }, { { "a", "bc" }, 2 }, { { "abc" }, 1 },
    };
    enum { N = sizeof lists / sizeof lists[0] };
    uint8_t hashes[N][XA_HASH_LEN];
    for (size_t i = 0; i < N; i++) {
        struct xa_slice parts[3];
        for (size_t k = 0; k < lists[i].n; k++)
            parts[k] = xa_slice_of(lists[i].parts[k]);
        xa_hash(hashes[i], parts, lists[i].n);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(hashes[i], hashes[k], XA_HASH_LEN);
    }
}

static void small_tools_work(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    assert_true(xa_crypto_init(NULL));
    xa_random(a, sizeof a);
    xa_random(b, sizeof b);
    assert_false(xa_equal(a, b, sizeof a));
    memcpy(b, a, sizeof b);
    assert_true(xa_equal(a, b, sizeof a));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(xa_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    xa_wipe(a, sizeof a);
    xa_wipe(NULL, 0);
    memset(b, 0, sizeof b);
    assert_memory_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_there_only_between_open_and_shut),
        cmocka_unit_test(stray_access_ends_the_process),
        cmocka_unit_test(nothing_is_inherited_by_a_fork),
        cmocka_unit_test(pages_are_locked_undumped_and_unforked),
        cmocka_unit_test(hash_of_parts_is_injective),
        cmocka_unit_test(small_tools_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
