/* Refusals remembered: how long, for whom, how many (security N12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/refused.h"

#define NOW 7000000LL
#define HOUR_MS 3600000LL

static const uint8_t a_key[32] = { 1 }, another[32] = { 0, 1 };
static struct xa_refused *refused;
static struct xa_error err;

static int start(void **state)
{
    (void)state;
    refused = xa_refused_new(&err);
    (void)xa_fail(&err, XA_AWS_REFUSED, "AWS says no");
    return refused == NULL;
}

static int end(void **state)
{
    (void)state;
    xa_refused_free(&refused);
    assert_null(refused);
    xa_refused_free(&refused);
    return 0;
}

static bool stands(const uint8_t key[32], int64_t now_ms)
{
    return xa_refused_find(refused, key, false, now_ms) != NULL;
}

static const uint8_t *numbered(unsigned n)
{
    static uint8_t key[32];
    memcpy(key + 28, &n, sizeof n);
    return key;
}

static void it_stands_thirty_seconds_then_twice_as_long(void **state)
{
    (void)state;
    static const int64_t spans_s[] = { 30, 60, 120, 240, 300, 300, 300 };
    int64_t now_ms = NOW;
    assert_false(stands(a_key, now_ms));
    for (size_t i = 0; i < sizeof spans_s / sizeof spans_s[0]; i++) {
        xa_refused_note(refused, a_key, &err, now_ms);
        assert_true(stands(a_key, now_ms));
        assert_true(stands(a_key, now_ms + spans_s[i] * 1000 - 1));
        now_ms += spans_s[i] * 1000;
        assert_false(stands(a_key, now_ms));
        assert_false(stands(another, now_ms));
    }
}

static void it_is_told_in_its_own_words(void **state)
{
    (void)state;
    struct xa_error said = err;
    snprintf(said.aws_code, sizeof said.aws_code, "AccessDenied");
    snprintf(said.request_id, sizeof said.request_id, "id-1");
    const struct xa_error kept = said;
    xa_refused_note(refused, a_key, &said, NOW);
    memset(&said, 0, sizeof said);
    assert_memory_equal(xa_refused_find(refused, a_key, false, NOW), &kept, sizeof kept);
    (void)xa_fail(&said, XA_AWS_REFUSED, "for another reason");
    xa_refused_note(refused, a_key, &said, NOW);
    assert_string_equal(xa_refused_find(refused, a_key, false, NOW)->message, "for another reason");
}

/* The figure of N12: a program that asks again and again, for an hour. */
static void a_tight_loop_costs_sixteen_calls_an_hour_at_most(void **state)
{
    (void)state;
    unsigned calls = 0;
    for (int64_t now_ms = NOW; now_ms < NOW + HOUR_MS; now_ms += 10)
        if (!stands(a_key, now_ms)) {
            calls++;
            xa_refused_note(refused, a_key, &err, now_ms);
        }
    assert_in_range(calls, 10, 16);

    unsigned in_the_next = 0;                         /* and no more than 12 in any other */
    for (int64_t now_ms = NOW + HOUR_MS; now_ms < NOW + 2 * HOUR_MS; now_ms += 10)
        if (!stands(a_key, now_ms)) {
            in_the_next++;
            xa_refused_note(refused, a_key, &err, now_ms);
        }
    assert_in_range(in_the_next, 11, 12);
}

static void a_person_waits_a_second(void **state)
{
    (void)state;
    xa_refused_note(refused, a_key, &err, NOW);
    assert_non_null(xa_refused_find(refused, a_key, true, NOW + 999));
    assert_null(xa_refused_find(refused, a_key, true, NOW + 1000));
    assert_true(stands(a_key, NOW + 1000));
    unsigned calls = 0;
    for (int64_t now_ms = NOW; now_ms < NOW + 60000; now_ms += 5)
        if (xa_refused_find(refused, a_key, true, now_ms) == NULL) {
            calls++;
            xa_refused_note(refused, a_key, &err, now_ms);
        }
    assert_int_equal(calls, 59);
}

static void a_success_clears_one_and_a_change_all(void **state)
{
    (void)state;
    xa_refused_clear(refused, a_key);
    for (unsigned i = 0; i < 4; i++)
        xa_refused_note(refused, a_key, &err, NOW);
    xa_refused_note(refused, another, &err, NOW);
    xa_refused_note(refused, numbered(3), &err, NOW);
    xa_refused_clear(refused, a_key);
    assert_false(stands(a_key, NOW));
    assert_true(stands(another, NOW) && stands(numbered(3), NOW));
    xa_refused_note(refused, a_key, &err, NOW);      /* it starts from the beginning */
    assert_true(stands(a_key, NOW + 29999));
    assert_false(stands(a_key, NOW + 30000));
    xa_refused_clear_all(refused);
    assert_false(stands(a_key, NOW) || stands(another, NOW) || stands(numbered(3), NOW));
    xa_refused_note(refused, another, &err, NOW);
    assert_true(stands(another, NOW));
}

static void the_oldest_of_256_makes_room(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 256; n++)
        xa_refused_note(refused, numbered(n), &err, NOW + 1 + n % 128);
    xa_refused_note(refused, numbered(0), &err, NOW + 500);          /* refused again: young */
    for (unsigned n = 0; n < 256; n++)
        assert_true(stands(numbered(n), NOW + 500));
    xa_refused_note(refused, numbered(256), &err, NOW + 600);
    assert_true(stands(numbered(256), NOW + 600));
    assert_false(stands(numbered(128), NOW + 600));                  /* of NOW + 1, like 0 was */
    for (unsigned n = 0; n < 256; n++)
        assert_int_equal(stands(numbered(n), NOW + 600), n != 128);

    /* Who takes another's place does not take over how long that one stood. */
    assert_false(stands(numbered(256), NOW + 600 + 30000));
    xa_refused_note(refused, numbered(128), &err, NOW + 700);
    assert_true(stands(numbered(128), NOW + 700 + 29999));
    assert_false(stands(numbered(128), NOW + 700 + 30000));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(it_stands_thirty_seconds_then_twice_as_long),
        T(it_is_told_in_its_own_words),
        T(a_tight_loop_costs_sixteen_calls_an_hour_at_most),
        T(a_person_waits_a_second),
        T(a_success_clears_one_and_a_change_all),
        T(the_oldest_of_256_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
