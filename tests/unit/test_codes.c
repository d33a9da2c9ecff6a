/* MFA codes that were sent are not sent again (security N9; facts 1.7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/codes.h"

#define S(text) xa_slice_of(text)
#define DEVICE "arn:aws:iam::111111111111:mfa/alice"
#define NOW 9000000LL

static struct xa_codes codes;

static int start(void **state)
{
    (void)state;
    memset(&codes, 0, sizeof codes);
    return 0;
}

static bool was_sent(const char *device, const char *code, int64_t now_ms)
{
    return xa_codes_was_sent(&codes, S(device), S(code), now_ms);
}

static void a_code_is_remembered_while_it_lives(void **state)
{
    (void)state;
    char device[] = DEVICE, code[] = "012345";
    assert_false(was_sent(DEVICE, "012345", NOW));
    xa_codes_note(&codes, S(device), S(code), NOW);
    memset(device, 'x', sizeof device - 1);
    memset(code, '9', 6);
    assert_true(was_sent(DEVICE, "012345", NOW));
    assert_true(was_sent(DEVICE, "012345", NOW + 119999));
    assert_false(was_sent(DEVICE, "012345", NOW + 120000));
    assert_false(was_sent(DEVICE, "012346", NOW));
    assert_false(was_sent(DEVICE, "112345", NOW));
    assert_false(was_sent("arn:aws:iam::111111111111:mfa/alic", "012345", NOW));
    assert_false(was_sent("", "012345", NOW));
}

/* AWS takes a code for three steps of 30 s at most: none is forgotten before. */
static void the_memory_outlives_the_code(void **state)
{
    (void)state;
    xa_codes_note(&codes, S(DEVICE), S("111111"), NOW);
    assert_true(was_sent(DEVICE, "111111", NOW + 3 * XA_MFA_STEP_S * 1000));
}

static void sent_again_it_counts_from_then(void **state)
{
    (void)state;
    xa_codes_note(&codes, S(DEVICE), S("111111"), NOW);
    xa_codes_note(&codes, S(DEVICE), S("111111"), NOW + 60000);
    assert_true(was_sent(DEVICE, "111111", NOW + 179999));
    assert_false(was_sent(DEVICE, "111111", NOW + 180000));
    xa_codes_unsent(&codes, S(DEVICE), S("111111"));         /* it had one place only */
    assert_false(was_sent(DEVICE, "111111", NOW + 60000));
}

static void a_clock_that_starts_at_nothing_counts_too(void **state)
{
    (void)state;
    xa_codes_note(&codes, S(DEVICE), S("111111"), 0);
    assert_true(was_sent(DEVICE, "111111", 0));
    assert_true(was_sent(DEVICE, "111111", 119000));
}

static void what_aws_did_not_look_at_is_good_again(void **state)
{
    (void)state;
    xa_codes_note(&codes, S(DEVICE), S("111111"), NOW);
    xa_codes_note(&codes, S(DEVICE), S("222222"), NOW);
    xa_codes_note(&codes, S("GAHT12345678"), S("111111"), NOW);
    xa_codes_unsent(&codes, S(DEVICE), S("333333"));
    xa_codes_unsent(&codes, S(DEVICE), S("111111"));
    assert_false(was_sent(DEVICE, "111111", NOW));
    assert_true(was_sent(DEVICE, "222222", NOW));
    assert_true(was_sent("GAHT12345678", "111111", NOW));
    for (size_t i = 0; i < sizeof codes.sent / sizeof codes.sent[0]; i++)
        assert_true(codes.sent[i].at_ms != 0 || codes.sent[i].code[0] == '\0');      /* wiped */
}

static void what_is_no_code_is_passed_over(void **state)
{
    (void)state;
    static const char *const others[] = { "", "12345", "1234567" };
    struct xa_codes none;
    memset(&none, 0, sizeof none);
    for (size_t i = 0; i < 3; i++) {
        xa_codes_note(&codes, S(DEVICE), S(others[i]), NOW);
        assert_false(was_sent(DEVICE, others[i], NOW));
        xa_codes_unsent(&codes, S(DEVICE), S(others[i]));
    }
    assert_memory_equal(&codes, &none, sizeof none);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    char code[16];
    for (int i = 0; i <= XA_CODES_MAX; i++) {
        snprintf(code, sizeof code, "%06d", i);
        xa_codes_note(&codes, S(DEVICE), S(code), NOW + i);
    }
    for (int i = 0; i <= XA_CODES_MAX; i++) {
        snprintf(code, sizeof code, "%06d", i);
        assert_int_equal(was_sent(DEVICE, code, NOW + XA_CODES_MAX), i > 0);
    }
    xa_codes_unsent(&codes, S(DEVICE), S("000005"));         /* a free place is taken first */
    xa_codes_note(&codes, S(DEVICE), S("999999"), NOW + 100);
    assert_true(was_sent(DEVICE, "000001", NOW + 100));
    assert_true(was_sent(DEVICE, "999999", NOW + 100));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, NULL)
    const struct CMUnitTest tests[] = {
        T(a_code_is_remembered_while_it_lives),
        T(the_memory_outlives_the_code),
        T(sent_again_it_counts_from_then),
        T(a_clock_that_starts_at_nothing_counts_too),
        T(what_aws_did_not_look_at_is_good_again),
        T(what_is_no_code_is_passed_over),
        T(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
