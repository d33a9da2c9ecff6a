/* MFA devices that nobody told xacct of: found when AWS denies, offered, guessed, and
 * given up (design.md, section 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/mfa_kit.h"

static void deny(struct asker *a, const char *name)
{
    assert_int_equal(ask(a, name), XA_WILL_ANSWER);
    assert_true(body_has("Action=AssumeRole"));
    answer_error("AccessDenied", "User is not authorized to perform: sts:AssumeRole");
}

static void devices_are_listed_once_a_day(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { .person = true };
    kit_configure(UNKNOWN);
    deny(&a, "prod");
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);      /* shares the question to IAM */
    assert_true(xa_slice_is(kit.calls->request.body,
                            "Action=ListMFADevices&Version=2010-05-08&UserName=alice"));
    assert_true(xa_slice_is(kit.calls->request.url, "https://iam.amazonaws.com"));
    answer_devices(" " U2F " " PHONE);
    assert_true(a.plan_again && b.plan_again);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_string_equal(a.question->serial, PHONE);
    assert_true(a.question->doubtful);
    assert_int_equal(a.question->devices_len, 0);
    assert_non_null(strstr(a.question->why.message, "AccessDenied"));
    deny(&b, "test");                                       /* the list is known by now */
    assert_true(b.plan_again);
    assert_null(kit.calls);
    assert_int_equal(ask(&b, "test"), XA_ASKS);
    assert_memory_equal(a.question->id, b.question->id, 32);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    answer_session();
    assert_int_equal(ask(&b, "test"), XA_WILL_ANSWER);
    answer_role("Test", 3600);
    assert_int_equal(b.code, XA_OK);
    kit.boot_ms += 86400 * 1000LL;
    deny(&b, "dev");
    answer_devices(" " TOKEN);
    assert_int_equal(ask(&b, "dev"), XA_ASKS);
    assert_string_equal(b.question->serial, TOKEN);
    asker_end(&a);
    asker_end(&b);
}

static void without_a_device_the_denial_stands(void **state)
{
    (void)state;
    static const char *const lists[] = { "", " " U2F };
    for (size_t i = 0; i < 2; i++) {
        struct asker a = { 0 }, person = { .person = true };
        kit_configure(UNKNOWN);
        kit.boot_ms += 86400 * 1000LL;                      /* the list is asked for anew */
        deny(&a, "prod");
        answer_devices(lists[i]);
        assert_int_equal(a.code, XA_AWS_REFUSED);
        assert_int_equal(ask(&a, "prod"), XA_FAILED);       /* remembered */
        assert_int_equal(a.code, XA_AWS_REFUSED);
        kit.boot_ms += 1000;
        deny(&person, "prod");                              /* AWS is asked, IAM is not */
        assert_int_equal(person.code, XA_AWS_REFUSED);
        assert_null(kit.calls);
    }
}

static void several_devices_are_offered_once(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { .person = true };
    kit_configure(UNKNOWN);
    deny(&a, "prod");
    answer_devices(" " PHONE " " U2F " " TOKEN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_string_equal(a.question->serial, PHONE);
    assert_int_equal(a.question->devices_len, strlen(" " PHONE " " TOKEN));
    assert_memory_equal(a.question->devices, " " PHONE " " TOKEN, a.question->devices_len);
    assert_int_equal(give_code(&a, "012345", U2F), XA_FAILED);
    assert_int_equal(a.code, XA_USAGE);
    assert_int_equal(give_code(&a, "012345", TOKEN), XA_WILL_ANSWER);
    assert_true(body_has("mfa%2Ftoken"));
    answer_session();
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);      /* what it bought is found */
    answer_role("Admin", 3600);
    assert_int_equal(a.code, XA_OK);
    deny(&b, "long");
    assert_int_equal(ask(&b, "long"), XA_ASKS);
    assert_string_equal(b.question->serial, TOKEN);         /* the choice stands */
    assert_int_equal(b.question->devices_len, 0);
    assert_int_equal(give_code(&b, "543210", ""), XA_WILL_ANSWER);
    answer_error("AccessDenied", NO_DEVICE);                /* until nothing comes of it */
    assert_int_equal(ask(&b, "long"), XA_ASKS);
    assert_true(b.question->devices_len > 0);
    asker_end(&a);
    asker_end(&b);
}

static void refused_a_list_one_guess_is_made(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(UNKNOWN);
    deny(&a, "prod");
    answer_error("AccessDenied", "not authorized to perform: iam:ListMFADevices");
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_string_equal(a.question->serial, USUAL);
    assert_true(a.question->doubtful);
    assert_int_equal(give_code(&a, "000000", ""), XA_WILL_ANSWER);
    answer_error("AccessDenied", SLIP);                     /* the device is one */
    assert_int_equal(a.code, XA_AWS_REFUSED);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "111111", ""), XA_WILL_ANSWER);
    answer_error("AccessDenied", NO_DEVICE);
    assert_int_equal(a.code, XA_AWS_REFUSED);
    deny(&a, "prod");                                       /* no second guess, no list */
    assert_int_equal(a.code, XA_AWS_REFUSED);
    assert_null(kit.calls);
    asker_end(&a);
}

/* What a code was found to be good for is renewed with what it bought, and AWS is not
 * asked first whether it still is. */
/* The one device of the list is tried with a person's code, and is the right one. */
static void guess_rightly(struct asker *a)
{
    kit_configure(UNKNOWN);
    deny(a, "prod");
    answer_devices(" " PHONE);
    assert_int_equal(ask(a, "prod"), XA_ASKS);
    assert_int_equal(give_code(a, "012345", ""), XA_WILL_ANSWER);
    answer_session();
    assert_int_equal(ask(a, "prod"), XA_WILL_ANSWER);
    answer_role("Admin", 3600);
}

static void a_renewal_uses_the_session(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    guess_rightly(&a);
    kit_pass_ms(41 * 60 * 1000);
    assert_int_equal(kit.n_sent, 5);
    assert_string_not_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    answer_role("Admin", 3600);
}

/* Whether the guess was right is learned later: the plan is made anew each time. */
static void a_plan_with_a_guess_is_not_kept(void **state)
{
    (void)state;
    struct asker a = { .person = true, .request = xa_slice_of("guessed") };
    struct xa_handout ignored;
    guess_rightly(&a);
    assert_int_equal(ask(&a, "prod"), XA_ANSWERED);
    assert_false(xa_broker_recall(kit.broker, a.request, &ignored));
}

/* IAM could not be asked: that is no answer, and no guess is made of it. */
static void a_list_that_did_not_come_is_asked_for_again(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(UNKNOWN);
    deny(&a, "prod");
    kit_fail(XA_UNREACHABLE);
    assert_int_equal(a.code, XA_AWS_REFUSED);
    kit.boot_ms += 1000;
    deny(&a, "prod");
    answer_devices(" " PHONE);
    assert_true(a.plan_again);
    kit.boot_ms += 86400 * 1000LL;                          /* nor if the port is full */
    assert_int_equal(ask(&a, "test"), XA_WILL_ANSWER);
    kit.refuse = true;
    answer_error("AccessDenied", "");
    assert_int_equal(a.code, XA_AWS_REFUSED);
    kit.refuse = false;
}

/* The code was good and the role says no all the same: nobody is asked for another. */
static void a_denial_with_a_code_is_one(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(UNKNOWN);
    deny(&a, "long");
    answer_devices(" " PHONE);
    assert_int_equal(ask(&a, "long"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    assert_true(body_has("Action=AssumeRole"));
    answer_error("AccessDenied", "User is not authorized to perform: sts:AssumeRole");
    assert_false(a.plan_again);
    assert_int_equal(a.code, XA_AWS_REFUSED);
    asker_end(&a);
}

static void who_has_no_person_gets_aws_s_refusal(void **state)
{
    (void)state;
    struct asker person = { .person = true }, mute = { 0 };
    kit_configure(UNKNOWN);
    deny(&mute, "prod");
    answer_devices(" " PHONE);
    assert_true(mute.plan_again);
    assert_int_equal(ask(&mute, "prod"), XA_FAILED);
    assert_int_equal(mute.code, XA_AWS_REFUSED);
    assert_non_null(strstr(mute.message, "sts:AssumeRole"));
    assert_int_equal(ask(&person, "prod"), XA_ASKS);
    kit.boot_ms += 300 * 1000;      /* perhaps the role wants no code any more */
    assert_int_equal(ask(&person, "prod"), XA_ASKS);
    deny(&mute, "prod");
    assert_true(mute.plan_again);
    asker_end(&person);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(devices_are_listed_once_a_day),
        T(without_a_device_the_denial_stands),
        T(several_devices_are_offered_once),
        T(refused_a_list_one_guess_is_made),
        T(a_renewal_uses_the_session),
        T(a_plan_with_a_guess_is_not_kept),
        T(a_list_that_did_not_come_is_asked_for_again),
        T(a_denial_with_a_code_is_one),
        T(who_has_no_person_gets_aws_s_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
