/* One call to AWS as somebody: who signs, where it goes, and what is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/act.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/vault_kit.h"

#define SERIAL "arn:aws:iam::111111111111:mfa/alice"
#define CONFIG                                                                                     \
    "[source main]\nregion = eu-west-1\n[source bound]\nmfa_serial = " SERIAL "\n"               \
    "[dest prod]\naccount = 222222222222\nrole = Admin\nsource = main\n"                         \
    "[dest china]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\nsource = main\n"           \
    "sts_region = cn-north-1\n"
#define BODY "Action=GetUser&Version=2010-05-08"

static struct xa_act act;
static unsigned n_done;
static bool answered_well;
static enum xa_code code;
static struct xa_question *question;
static struct xa_error err;

static void done(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    assert_ptr_equal(ctx, &act);
    n_done++;
    answered_well = record != NULL;
    code = failure->code;
}

static int start(void **state)
{
    memset(&act, 0, sizeof act);
    n_done = 0;
    question = NULL;
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

static int end(void **state)
{
    xa_act_cancel(&act);
    xa_act_cancel(&act);
    return kit_end(state);
}

static enum xa_outlook begin_as(const char *name, enum xa_action action, const char *body,
                                bool pending, bool person)
{
    const struct xa_wish wish = { .name = xa_slice_of(name) };
    const struct xa_ask ask = { .wish = &wish, .has_person = person };
    const struct xa_act_order order = { .action = action, .body = xa_slice_of(body),
                                        .kind = pending ? XA_KEY_PENDING : XA_KEY_CURRENT };
    return xa_act_begin(&act, kit.broker, &ask, &order, done, &act, &question, &err);
}

static enum xa_outlook begin(const char *name)
{
    return begin_as(name, XA_ACTION_GET_USER, BODY, false, true);
}

static bool sent_to(const char *url)
{
    return kit.calls != NULL && xa_slice_is(kit.calls->request.url, url);
}

static bool signed_by(const char *key_id)
{
    return strstr(kit_header(&kit.calls->request, "Authorization"), key_id) != NULL;
}

static void answer(void)
{
    const struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                                      .date_s = kit.wall_s };
    kit_answer(&record);
}

static void issue(void)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    kit_answer(&record);
}

/* --- who signs ------------------------------------------------------------------------------ */

static void test_a_source_signs_with_its_key(void **state)
{
    (void)state;
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    assert_true(xa_act_is_sent(&act));
    assert_true(sent_to("https://iam.amazonaws.com"));
    assert_true(signed_by(KIT_KEY_ID));
    assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    assert_true(xa_slice_is(kit.calls->request.body, BODY));
    assert_int_equal(kit.n_sent, 1);
    answer();
    assert_true(n_done == 1 && answered_well);
    assert_false(xa_act_is_sent(&act));
}

static void test_a_role_signs_with_its_credentials(void **state)
{
    (void)state;
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    assert_false(xa_act_is_sent(&act));      /* the role's credentials come first */
    assert_true(kit_first("Action=AssumeRole"));
    issue();
    assert_true(xa_act_is_sent(&act));
    assert_true(sent_to("https://iam.amazonaws.com"));
    assert_false(signed_by(KIT_KEY_ID));
    assert_string_not_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    answer();
    assert_true(answered_well);
}

static void test_a_bound_source_signs_with_the_session_that_a_code_bought(void **state)
{
    (void)state;
    kit_configure("[source main]\nmfa_serial = " SERIAL "\n");
    assert_int_equal(begin("main"), XA_ASKS);
    assert_int_equal(question->kind, XA_NEED_MFA_CODE);
    assert_string_equal(question->serial, SERIAL);
    assert_int_equal(kit.n_sent, 0);
    xa_question_free(&question);
    const struct xa_wish wish = { .name = xa_slice_of("main"), .mfa_code = xa_slice_of("123456") };
    const struct xa_ask ask = { .wish = &wish, .has_person = true };
    const struct xa_act_order order = { .action = XA_ACTION_GET_USER,
                                        .body = xa_slice_of(BODY) };
    assert_int_equal(xa_act_begin(&act, kit.broker, &ask, &order, done, &act, &question, &err),
                     XA_WILL_ANSWER);
    struct xa_record record = kit_session(3600);
    kit_answer(&record);
    assert_string_not_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    answer();
    assert_true(answered_well);
    /* It is used to its end: nobody is asked for another code 50 minutes later. */
    kit_pass_ms(50 * 60 * 1000);
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 3);
    answer();
}

static void test_a_role_of_another_partition_is_asked_there(void **state)
{
    (void)state;
    assert_int_equal(begin("china"), XA_WILL_ANSWER);
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    record.arn = (struct xa_slice){ 0 };
    record.role_arn = xa_slice_of("arn:aws-cn:sts::222222222222:assumed-role/Admin/alice");
    kit_answer(&record);
    assert_true(sent_to("https://iam.cn-north-1.amazonaws.com.cn"));
    assert_non_null(strstr(kit_header(&kit.calls->request, "Authorization"),
                           "/cn-north-1/iam/aws4_request"));
    answer();
}

/* --- what is not done ------------------------------------------------------------------------- */

static void test_what_the_table_does_not_have_is_not_signed(void **state)
{
    (void)state;
    assert_int_equal(begin_as("main", XA_ACTION_GET_USER, "Action=DeleteUser&Version=2010-05-08",
                              false, true), XA_FAILED);
    assert_int_equal(err.code, XA_POLICY);
    assert_int_equal(begin_as("prod", XA_ACTION_CREATE_ACCESS_KEY,
                              "Action=CreateAccessKey&Version=2010-05-08", false, true),
                     XA_WILL_ANSWER);
    issue();
    assert_true(n_done == 1 && !answered_well);
    assert_int_equal(code, XA_POLICY);
    assert_null(kit.calls);
}

static void test_only_a_source_has_a_pending_key(void **state)
{
    (void)state;
    assert_int_equal(begin_as("prod", XA_ACTION_CALLER_IDENTITY,
                              "Action=GetCallerIdentity&Version=2011-06-15", true, true),
                     XA_FAILED);
    assert_int_equal(err.code, XA_USAGE);
    assert_int_equal(kit.n_sent, 0);
}

static void test_unknown_names_and_locked_vaults(void **state)
{
    (void)state;
    assert_int_equal(begin("nobody"), XA_FAILED);
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    kit.refuse = true;
    assert_int_equal(begin("main"), XA_FAILED);
    assert_int_equal(err.code, XA_BUSY);
    kit.refuse = false;
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_true(n_done == 1 && !answered_well);
    assert_int_equal(code, XA_LOCKED);
}

static void test_what_is_cancelled_is_not_heard_of(void **state)
{
    (void)state;
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    xa_act_cancel(&act);
    assert_int_equal(kit.n_cancelled, 1);
    assert_false(xa_act_is_sent(&act));
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    xa_act_cancel(&act);
    issue();
    assert_int_equal(n_done, 0);
}

/* --- what is no answer ------------------------------------------------------------------------ */

static void test_a_wrong_clock_is_put_right_and_it_is_asked_again(void **state)
{
    (void)state;
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    struct xa_record record = kit_error(403, "SignatureDoesNotMatch", "Signature expired: …");
    record.date_s = kit.wall_s + 3600;
    kit_answer(&record);
    assert_true(n_done == 1 && !answered_well && code == XA_OK);
    assert_int_equal(xa_broker_time(kit.broker), kit.wall_s + 3600);
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    kit_answer(&record);                       /* the clock is right: it is something else */
    assert_true(n_done == 2 && answered_well);
}

static void test_stale_credentials_are_had_anew_once(void **state)
{
    (void)state;
    struct xa_record stale = kit_error(403, "InvalidClientTokenId", "The security token …");
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    issue();
    kit_answer(&stale);
    assert_true(n_done == 1 && answered_well);      /* so young: they would be refused again */
    kit_pass_ms(61000);
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    assert_false(kit_first("Action=AssumeRole"));
    kit_answer(&stale);
    assert_true(n_done == 2 && !answered_well && code == XA_OK);
    assert_int_equal(begin("prod"), XA_WILL_ANSWER);
    assert_true(kit_first("Action=AssumeRole"));
    issue();
    answer();
    assert_true(n_done == 3 && answered_well);
}

static void test_a_failure_of_the_way_is_handed_on(void **state)
{
    (void)state;
    assert_int_equal(begin("main"), XA_WILL_ANSWER);
    kit_fail(XA_COURIER_UNUSABLE);
    assert_true(n_done == 1 && !answered_well);
    assert_int_equal(code, XA_COURIER_UNUSABLE);
}

static void test_what_a_refusal_is(void **state)
{
    (void)state;
    struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200 };
    assert_false(xa_act_refused(&act, &record, &err));
    record = kit_error(403, "AccessDenied", "no");
    assert_true(xa_act_refused(&act, &record, &err));
    assert_int_equal(err.code, XA_AWS_REFUSED);
    record = (struct xa_record){ .outcome = XA_OUTCOME_TIMED_OUT };
    assert_true(xa_act_refused(&act, &record, &err));
    assert_int_equal(err.code, XA_TIMED_OUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_source_signs_with_its_key),
        TEST(test_a_role_signs_with_its_credentials),
        TEST(test_a_bound_source_signs_with_the_session_that_a_code_bought),
        TEST(test_a_role_of_another_partition_is_asked_there),
        TEST(test_what_the_table_does_not_have_is_not_signed),
        TEST(test_only_a_source_has_a_pending_key),
        TEST(test_unknown_names_and_locked_vaults),
        TEST(test_what_is_cancelled_is_not_heard_of),
        TEST(test_a_wrong_clock_is_put_right_and_it_is_asked_again),
        TEST(test_stale_credentials_are_had_anew_once),
        TEST(test_a_failure_of_the_way_is_handed_on),
        TEST(test_what_a_refusal_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
