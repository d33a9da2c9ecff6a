/* What the client judges by itself: --expect, access keys, a pinentry's answer, lines
 * of a descriptor, and the places where secrets are held. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/asking/ask.h"
#include "client/asking/pinentry.h"
#include "client/base/key_check.h"
#include "client/requests/expect.h"

static struct xa_error err;

/* In place of libc's: a system that refuses to leave memory out of core files. */
static bool refuse_madvise;

int madvise(void *at, size_t len, int advice)
{
    if (!refuse_madvise)
        return (int)syscall(SYS_madvise, at, len, advice);
    errno = EINVAL;
    return -1;
}

/* The first of the tests: what is locked once stays so. */
static void no_secret_where_core_files_may_hold_it(void **state)
{
    (void)state;
    refuse_madvise = true;
    assert_false(xa_room_lock(true, &err));
    assert_int_equal(err.code, XA_UNLOCKED_MEMORY);
    assert_non_null(strstr(err.message, "cannot be kept out of core files"));
    refuse_madvise = false;
}

#define ARN "arn:aws:sts::222222222222:assumed-role/Admin/alice"

static void wishes(void **state)
{
    static const char *const good[] = { "222222222222", "000000000000/R", "222222222222/a/b/R" };
    static const char *const bad[] = { "", "2", "2222222222222", "22222222222x", "222222222222/",
                                       "222222222222/a/", "222222222222x", "Admin", "/Admin" };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(xa_expect_valid(good[i], &err));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(xa_expect_valid(bad[i], &err));
        assert_int_equal(err.code, XA_USAGE);
    }
}

static void wishes_met_or_not(void **state)
{
    static const struct { const char *wish, *account, *arn; bool met; } rows[] = {
        { "222222222222", "222222222222", ARN, true },
        { "222222222222", "", ARN, true },
        { "222222222222/Admin", "222222222222", ARN, true },
        { "222222222222/ops/Admin", "222222222222", ARN, true },
        { "222222222222/Admi", "222222222222", ARN, false },
        { "222222222222/admin", "222222222222", ARN, false },
        { "222222222222/alice", "222222222222", ARN, false },
        { "222222222223", "222222222222", ARN, false },
        { "222222222223", "222222222223", "", true },
        { "222222222222/Admin", "222222222222", "", false },
        { "222222222222", "", "", false },
        { "222222222222", "", "arn:aws:sts", false },
        { "222222222222/Admin", "222222222222", "arn:aws:iam::222222222222:user/Admin", false },
        { "222222222222/Admin", "222222222222", "arn:aws:sts::222222222222:assumed-role", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(xa_expect_met(rows[i].wish, xa_slice_of(rows[i].account),
                                       xa_slice_of(rows[i].arn), &err), rows[i].met);
        if (!rows[i].met)
            assert_int_equal(err.code, XA_OTHER_ACCOUNT);
    }
}

static void key_ids(void **state)
{
    char id[XA_ACCESS_KEY_ID_MAX + 2];
    (void)state;
    memset(id, 'A', sizeof id);
    for (size_t len = 0; len < sizeof id; len++)
        assert_int_equal(xa_key_id_valid((struct xa_slice){ (const uint8_t *)id, len }, &err),
                         len >= 16 && len <= 128);
    assert_true(xa_key_id_valid(xa_slice_of("AKIAIOSFODNN7EXAMPLE"), &err));
    assert_true(xa_key_id_valid(xa_slice_of("minio_user_number_1"), &err));
    assert_false(xa_key_id_valid(xa_slice_of("ASIAIOSFODNN7EXAMPLE"), &err));
    assert_non_null(strstr(err.why, "session token"));
    assert_false(xa_key_id_valid(xa_slice_of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), &err));
    assert_null(strstr(err.message, "wJalr"));
}

static void secret_keys(void **state)
{
    char secret[XA_SECRET_KEY_MAX + 2];
    (void)state;
    memset(secret, 's', sizeof secret);
    for (size_t len = 0; len < sizeof secret; len++) {
        struct xa_slice s = { (const uint8_t *)secret, len };
        assert_int_equal(xa_key_secret_valid(s, &err), len >= 1 && len <= 128);
        assert_int_equal(xa_key_secret_usual(s), len == 40);
    }
    assert_false(xa_key_secret_valid(xa_slice_of("a b"), &err));
    assert_false(xa_key_secret_valid(xa_slice_of("a\tb"), &err));
    assert_false(xa_key_secret_valid(xa_slice_of("größe"), &err));
    assert_false(xa_key_secret_usual(xa_slice_of("wJalrXUtnFEMI-K7MDENG/bPxRfiCYEXAMPLEKEY")));
    assert_true(xa_key_secret_usual(xa_slice_of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")));
}

static void pinentry_answers(void **state)
{
    static struct xa_phrase p;
    (void)state;
    p.len = 0;
    assert_true(xa_pinentry_decode(xa_slice_of("a%20b%25"), &p));
    assert_true(xa_pinentry_decode(xa_slice_of("%c3%BC"), &p));
    assert_string_equal(p.at, "a b%ü");
    assert_int_equal(p.len, 6);
    static const char *const bad[] = { "%", "%2", "%2x", "%x2", "%00", "a%" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(xa_pinentry_decode(xa_slice_of(bad[i]), &p));
    p.len = XA_PASSPHRASE_MAX - 1;
    assert_true(xa_pinentry_decode(xa_slice_of("x"), &p));
    assert_false(xa_pinentry_decode(xa_slice_of("x"), &p));
}

static bool read_line(int fd, struct xa_phrase *ret)
{
    struct xa_client c = { .opt = { .given = { [XA_OPT_ALLOW_UNLOCKED] = true } } };
    return xa_ask_descriptor(&c, fd, "--passphrase-fd", ret, &err);
}

static void lines_of_a_descriptor(void **state)
{
    static struct xa_phrase p;
    static char most[XA_PASSPHRASE_MAX + 2];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    memset(most, 'm', sizeof most);
    most[XA_PASSPHRASE_MAX] = '\n';
    assert_int_equal(write(ends[1], "one\n two \r\n\nthree", 17), 17);
    assert_true(read_line(ends[0], &p));
    assert_string_equal(p.at, "one");
    assert_true(read_line(ends[0], &p));
    assert_string_equal(p.at, " two \r");
    assert_false(read_line(ends[0], &p));
    assert_int_equal(err.code, XA_USAGE);
    close(ends[1]);
    assert_true(read_line(ends[0], &p));
    assert_string_equal(p.at, "three");
    assert_false(read_line(ends[0], &p));
    close(ends[0]);

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], most, XA_PASSPHRASE_MAX + 1), XA_PASSPHRASE_MAX + 1);
    assert_true(read_line(ends[0], &p));
    assert_int_equal(p.len, XA_PASSPHRASE_MAX);
    most[XA_PASSPHRASE_MAX] = 'm';
    most[XA_PASSPHRASE_MAX + 1] = '\n';
    assert_int_equal(write(ends[1], most, sizeof most), sizeof most);
    assert_false(read_line(ends[0], &p));
    assert_int_equal(p.len, 0);
    close(ends[0]);
    close(ends[1]);
}

static void phrases(void **state)
{
    static struct xa_phrase a, b;
    (void)state;
    memcpy(a.at, " \t key \r\n", 9);
    a.len = 9;
    xa_phrase_trim(&a);
    assert_string_equal(a.at, "key");
    assert_int_equal(a.len, 3);
    memcpy(b.at, "keY", 3);
    b.len = 3;
    assert_false(xa_phrase_same(&a, &b));
    b.at[2] = 'y';
    assert_true(xa_phrase_same(&a, &b));
    b.len = 2;
    assert_false(xa_phrase_same(&a, &b));
    memcpy(a.at, "  \n", 3);
    a.len = 3;
    xa_phrase_trim(&a);
    assert_int_equal(a.len, 0);
    xa_phrase_wipe(&b);
    for (size_t i = 0; i < sizeof b; i++)
        assert_int_equal(((const char *)&b)[i], 0);
}

static void everything_used_is_wiped(void **state)
{
    (void)state;
    assert_true(xa_room_lock(true, &err));
    memset(&xa_room, 'x', sizeof xa_room);
    xa_used.request = sizeof xa_room.request;
    memset(xa_result_room.reply, 'x', 100);
    memset(xa_result_room.out, 'x', 100);
    xa_used.reply = xa_used.out = 100;
    xa_room_wipe();
    assert_int_equal(xa_room.passphrase.at[0] | xa_room.new_passphrase.at[9] |
                     xa_room.again.at[5] | xa_room.secret.at[XA_PASSPHRASE_MAX] |
                     xa_room.raw[2047] | xa_room.request[XA_REQUEST_ROOM - 1], 0);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(xa_result_room.reply[i] | xa_result_room.out[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_where_core_files_may_hold_it),
        cmocka_unit_test(wishes),
        cmocka_unit_test(wishes_met_or_not),
        cmocka_unit_test(key_ids),
        cmocka_unit_test(secret_keys),
        cmocka_unit_test(pinentry_answers),
        cmocka_unit_test(lines_of_a_descriptor),
        cmocka_unit_test(phrases),
        cmocka_unit_test(everything_used_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
