/* What IAM is asked, and what its answers mean: MFA devices, serials, codes (facts 1.2,
 * 1.9, 9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/iam.h"

#define S(text) xa_slice_of(text)
#define VIRTUAL "arn:aws:iam::111111111111:mfa/alice"
#define FIDO "arn:aws:iam::111111111111:u2f/user/alice/key-ABC"

static struct xa_error err;

static void the_form_names_the_user(void **state)
{
    (void)state;
    static const struct { const char *user, *form; } cases[] = {
        { "", "Action=ListMFADevices&Version=2010-05-08" },
        { "alice", "Action=ListMFADevices&Version=2010-05-08&UserName=alice" },
        { "a+b@c", "Action=ListMFADevices&Version=2010-05-08&UserName=a%2Bb%40c" },
    };
    char room[256];
    for (size_t i = 0; i < 3; i++) {
        size_t want = strlen(cases[i].form);
        assert_int_equal(xa_iam_mfa_devices_body(S(cases[i].user), room, sizeof room), want);
        assert_memory_equal(room, cases[i].form, want);
        for (size_t cap = 0; cap < want; cap++)
            assert_int_equal(xa_iam_mfa_devices_body(S(cases[i].user), room, cap), 0);
    }
}

static void a_serial_has_limits(void **state)
{
    (void)state;
    char text[XA_MFA_SERIAL_MAX + 2];
    for (size_t n = 0; n <= XA_MFA_SERIAL_MAX + 1; n++) {
        memset(text, '1', n);
        assert_int_equal(xa_mfa_serial_valid((struct xa_slice){ (uint8_t *)text, n }),
                         n >= 9 && n <= 256);
    }
    for (unsigned c = 0; c < 256; c++) {
        char serial[] = "12345678x";
        serial[8] = (char)c;
        bool good = c != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789_+=/:,.@-", (int)c) != NULL;
        assert_int_equal(xa_mfa_serial_valid((struct xa_slice){ (uint8_t *)serial, 9 }), good);
    }
}

static void a_code_is_six_digits(void **state)
{
    (void)state;
    static const struct { const char *code; bool good; } cases[] = {
        { "000000", true }, { "123456", true }, { "999999", true }, { "", false },
        { "12345", false }, { "1234567", false }, { "12345a", false }, { " 12345", false },
        { "-12345", false }, { "12 456", false }, { "12345\n", false }, { "12345/", false },
        { "12345:", false }, { "\xd9\xa1\xd9\xa2\xd9\xa3", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(xa_mfa_code_valid(S(cases[i].code)), cases[i].good);
}

static void a_list_is_walked(void **state)
{
    (void)state;
    static const char *const lists[] = { "", " ", "a", " a", " a b", "a  b ", "   a   b" };
    static const unsigned counts[] = { 0, 0, 1, 1, 2, 2, 2 };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct xa_slice list = S(lists[i]), serial;
        for (unsigned n = 0; n < counts[i]; n++) {
            assert_true(xa_iam_next_device(&list, &serial));
            assert_true(xa_slice_is(serial, n == 0 ? "a" : "b"));
        }
        assert_false(xa_iam_next_device(&list, &serial));
        assert_false(xa_iam_next_device(&list, &serial));
    }
    struct xa_slice nothing = { 0 }, serial;
    assert_false(xa_iam_next_device(&nothing, &serial));
}

static struct xa_record listed(const char *devices)
{
    return (struct xa_record){ .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                               .devices = S(devices) };
}

/* Devices that show codes: virtual ones and hardware; FIDO keys have none. */
static void only_devices_with_codes_are_kept(void **state)
{
    (void)state;
    static const struct { const char *devices, *kept; } cases[] = {
        { "", "" },
        { " " VIRTUAL, " " VIRTUAL },
        { " " VIRTUAL " GAHT12345678", " " VIRTUAL " GAHT12345678" },
        { " " FIDO, "" },
        { " " FIDO " " VIRTUAL " " FIDO, " " VIRTUAL },
        { " arn:aws:iam::1:mfa/u2f", " arn:aws:iam::1:mfa/u2f" },
        { " short", "" },
        { " 12345678;", "" },
        { VIRTUAL, " " VIRTUAL },
    };
    char room[XA_DEVICES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int custom = 0; custom < 2; custom++) {
            struct xa_slice kept = S("untouched");
            const struct xa_record record = listed(cases[i].devices);
            assert_true(xa_iam_check_mfa_devices(&record, custom == 1, room, &kept, &err));
            if (!xa_slice_is(kept, cases[i].kept))
                fail_msg("'%s': '%.*s'", cases[i].devices, (int)kept.len, (const char *)kept.at);
        }
}

/* Eight of the longest fit, as a user can have them; what is more is left out whole. */
static void what_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    static char text[2 * XA_DEVICES_MAX];
    char room[XA_DEVICES_MAX];
    struct xa_slice kept = { 0 }, serial;
    size_t len = 0;
    for (unsigned i = 0; i < XA_MFA_DEVICES_MAX; i++) {
        text[len++] = ' ';
        memset(text + len, 'a' + (int)i, XA_MFA_SERIAL_MAX);
        len += XA_MFA_SERIAL_MAX;
    }
    struct xa_record record = listed("");
    record.devices = (struct xa_slice){ (uint8_t *)text, len };
    assert_true(xa_iam_check_mfa_devices(&record, false, room, &kept, &err));
    assert_int_equal(kept.len, XA_DEVICES_MAX);
    assert_memory_equal(kept.at, text, len);

    memcpy(text + len, " 123456789", 11);
    record.devices.len = len + 10;
    assert_true(xa_iam_check_mfa_devices(&record, false, room, &kept, &err));
    assert_int_equal(kept.len, XA_DEVICES_MAX);
    unsigned n = 0;
    while (xa_iam_next_device(&kept, &serial))
        n += serial.len == XA_MFA_SERIAL_MAX;
    assert_int_equal(n, XA_MFA_DEVICES_MAX);
}

static void a_refusal_is_explained(void **state)
{
    (void)state;
    static const struct {
        enum xa_outcome outcome; unsigned status; const char *code; enum xa_code as;
    } cases[] = {
        { XA_OUTCOME_ANSWERED, 403, "AccessDenied", XA_AWS_REFUSED },
        { XA_OUTCOME_ANSWERED, 400, "Throttling", XA_AWS_THROTTLED },
        { XA_OUTCOME_ANSWERED, 503, "", XA_UNREACHABLE },
        { XA_OUTCOME_ANSWERED, 302, "", XA_BAD_REPLY },
        { XA_OUTCOME_UNREACHABLE, 0, "", XA_UNREACHABLE },
        { XA_OUTCOME_TIMED_OUT, 0, "", XA_TIMED_OUT },
        { XA_OUTCOME_CERTIFICATE, 0, "", XA_CERTIFICATE },
        { XA_OUTCOME_UNREADABLE, 200, "", XA_BAD_REPLY },
    };
    char room[XA_DEVICES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_slice kept = S("untouched");
        const struct xa_record record = { .outcome = cases[i].outcome, .status = cases[i].status,
                                          .aws_code = S(cases[i].code) };
        assert_false(xa_iam_check_mfa_devices(&record, false, room, &kept, &err));
        assert_int_equal(err.code, cases[i].as);
        assert_true(xa_slice_is(kept, "untouched"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_names_the_user),
        cmocka_unit_test(a_serial_has_limits),
        cmocka_unit_test(a_code_is_six_digits),
        cmocka_unit_test(a_list_is_walked),
        cmocka_unit_test(only_devices_with_codes_are_kept),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(a_refusal_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
