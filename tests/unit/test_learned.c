/* What AWS has taught: limits of roles, denials, MFA devices; each for as long as it is
 * worth something (design.md, section 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/learned.h"
#include "agent/courier/exchange.h"

#define S(text) xa_slice_of(text)
#define DAY_MS (24 * 3600 * 1000LL)
#define NOW 5000000LL
#define ROLE "arn:aws:iam::222222222222:role/Admin"

static const uint8_t a_source[32] = { 1 }, another[32] = { 2 };
static struct xa_learned *learned;
static struct xa_error err;

static int start(void **state)
{
    (void)state;
    learned = xa_learned_new(&err);
    return learned == NULL;
}

static int end(void **state)
{
    (void)state;
    xa_learned_free(&learned);
    assert_null(learned);
    xa_learned_free(&learned);
    return 0;
}

static void a_limit_is_of_one_role(void **state)
{
    (void)state;
    char other[] = ROLE;
    assert_int_equal(xa_learned_limit(learned, S(ROLE)), 0);
    xa_learned_note_limit(learned, S(other), 3600);
    other[0] = 'x';                                  /* it was copied */
    assert_int_equal(xa_learned_limit(learned, S(ROLE)), 3600);
    assert_int_equal(xa_learned_limit(learned, S(ROLE "s")), 0);
    assert_int_equal(xa_learned_limit(learned, S("arn:aws:iam::222222222222:role/Admi")), 0);
    assert_int_equal(xa_learned_limit(learned, S("")), 0);
    xa_learned_note_limit(learned, S(ROLE "s"), 7200);
    xa_learned_note_limit(learned, S(ROLE), 900);
    assert_int_equal(xa_learned_limit(learned, S(ROLE)), 900);
    assert_int_equal(xa_learned_limit(learned, S(ROLE "s")), 7200);
    xa_learned_clear(learned);
    assert_int_equal(xa_learned_limit(learned, S(ROLE)), 0);
    xa_learned_note_limit(learned, S(ROLE), 1800);   /* it learns anew */
    assert_int_equal(xa_learned_limit(learned, S(ROLE)), 1800);
}

/* Many roles made up by a client are not to fill the memory: 1024 of each kind. */
static void what_is_kept_is_bounded(void **state)
{
    (void)state;
    char arn[64];
    uint8_t key[32] = { 0 };
    (void)xa_fail(&err, XA_AWS_REFUSED, "no");
    for (unsigned i = 0; i < 1025; i++) {
        snprintf(arn, sizeof arn, "%s%u", ROLE, i);
        memcpy(key, &i, sizeof i);
        xa_learned_note_limit(learned, S(arn), 3600 + i);
        xa_learned_note_denial(learned, key, &err, NOW);
        assert_int_equal(xa_learned_limit(learned, S(arn)), i < 1024 ? 3600 + i : 0);
        assert_int_equal(xa_learned_denial(learned, key, true, NOW) != NULL, i < 1024);
    }
    xa_learned_note_limit(learned, S(ROLE "0"), 900);        /* what is known is still updated */
    assert_int_equal(xa_learned_limit(learned, S(ROLE "0")), 900);
    xa_learned_clear(learned);
    xa_learned_note_limit(learned, S(arn), 60);
    assert_int_equal(xa_learned_limit(learned, S(arn)), 60);
}

static void a_denial_stands_for_a_person_and_five_minutes_for_others(void **state)
{
    (void)state;
    (void)xa_fail(&err, XA_AWS_REFUSED, "denied as AWS says it");
    assert_null(xa_learned_denial(learned, a_source, true, NOW));
    xa_learned_note_denial(learned, a_source, &err, NOW);
    memset(&err, 0, sizeof err);                     /* it was copied */
    const struct xa_error *denial = xa_learned_denial(learned, a_source, true, NOW + 30 * DAY_MS);
    assert_non_null(denial);
    assert_int_equal(denial->code, XA_AWS_REFUSED);
    assert_string_equal(denial->message, "denied as AWS says it");
    assert_non_null(xa_learned_denial(learned, a_source, false, NOW + 299999));
    assert_null(xa_learned_denial(learned, a_source, false, NOW + 300000));
    assert_null(xa_learned_denial(learned, another, true, NOW));

    (void)xa_fail(&err, XA_AWS_REFUSED, "again");
    xa_learned_note_denial(learned, a_source, &err, NOW + 300000);
    denial = xa_learned_denial(learned, a_source, false, NOW + 599999);
    assert_non_null(denial);
    assert_string_equal(denial->message, "again");
    assert_null(xa_learned_denial(learned, a_source, false, NOW + 600000));
    xa_learned_clear(learned);
    assert_null(xa_learned_denial(learned, a_source, true, NOW));
}

static void devices_are_asked_for_once_a_day(void **state)
{
    (void)state;
    struct xa_slice devices = { 0 };
    char listed[] = " arn:1 arn:2";
    assert_false(xa_learned_devices(learned, a_source, NOW, &devices));
    xa_learned_note_devices(learned, a_source, S(listed), false, NOW);
    listed[1] = 'x';
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_true(xa_slice_is(devices, " arn:1 arn:2"));
    assert_true(xa_learned_devices(learned, a_source, NOW + DAY_MS - 1, &devices));
    assert_false(xa_learned_devices(learned, a_source, NOW + DAY_MS, &devices));
    assert_false(xa_learned_devices(learned, another, NOW, &devices));

    xa_learned_note_devices(learned, a_source, (struct xa_slice){ 0 }, false, NOW + DAY_MS);
    assert_true(xa_learned_devices(learned, a_source, NOW + DAY_MS, &devices));
    assert_int_equal(devices.len, 0);                /* asked, and there are none */
    xa_learned_clear(learned);
    assert_false(xa_learned_devices(learned, a_source, NOW + DAY_MS, &devices));
}

static void a_choice_lasts_until_the_devices_are_listed_anew(void **state)
{
    (void)state;
    struct xa_slice devices = { 0 };
    static char many[XA_MFA_SERIAL_MAX + 2];
    memset(many, 's', XA_MFA_SERIAL_MAX + 1);
    xa_learned_note_choice(learned, a_source, S("arn:2"));   /* of devices never listed */
    assert_false(xa_learned_devices(learned, a_source, NOW, &devices));
    xa_learned_note_devices(learned, a_source, S(" arn:1 arn:2"), false, NOW);
    xa_learned_note_choice(learned, another, S("arn:1"));
    xa_learned_note_choice(learned, a_source, S("arn:2"));
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_true(xa_slice_is(devices, "arn:2"));
    xa_learned_note_choice(learned, a_source, S(many));      /* none has so long a serial */
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_true(xa_slice_is(devices, " arn:1 arn:2"));
    xa_learned_note_choice(learned, a_source, S("arn:1"));
    xa_learned_note_devices(learned, a_source, S(" arn:3"), false, NOW);
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_true(xa_slice_is(devices, " arn:3"));
}

static void a_wrong_guess_is_not_made_again(void **state)
{
    (void)state;
    struct xa_slice devices = { 0 };
    xa_learned_note_devices(learned, a_source, S(" arn:guess"), true, NOW);
    xa_learned_note_devices(learned, another, S(" arn:known"), false, NOW);
    xa_learned_drop_guess(learned, a_source);
    xa_learned_drop_guess(learned, another);
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_int_equal(devices.len, 0);
    assert_true(xa_learned_devices(learned, another, NOW, &devices));
    assert_true(xa_slice_is(devices, " arn:known"));         /* AWS named that one */

    /* Nor when a code came for it by its name. */
    xa_learned_note_devices(learned, a_source, S(" arn:guess"), true, NOW);
    xa_learned_note_choice(learned, a_source, S("arn:guess"));
    xa_learned_drop_guess(learned, a_source);
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_int_equal(devices.len, 0);
    xa_learned_drop_guess(learned, (const uint8_t[32]){ 9 });        /* none: fine */
}

static void a_list_too_long_is_left_alone(void **state)
{
    (void)state;
    struct xa_slice devices = { 0 };
    static char text[XA_DEVICES_MAX + 2];
    memset(text, 's', XA_DEVICES_MAX);
    text[0] = ' ';
    xa_learned_note_devices(learned, a_source, S(text), false, NOW);
    assert_true(xa_learned_devices(learned, a_source, NOW, &devices));
    assert_int_equal(devices.len, XA_DEVICES_MAX);
    text[XA_DEVICES_MAX] = 's';
    xa_learned_note_devices(learned, another, S(text), false, NOW);
    assert_false(xa_learned_devices(learned, another, NOW, &devices));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(a_limit_is_of_one_role),
        T(what_is_kept_is_bounded),
        T(a_denial_stands_for_a_person_and_five_minutes_for_others),
        T(devices_are_asked_for_once_a_day),
        T(a_choice_lasts_until_the_devices_are_listed_anew),
        T(a_wrong_guess_is_not_made_again),
        T(a_list_too_long_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
