/* list --discover: the roles that a user's policies name. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/task_kit.h"
#include "tests/lib/vault_kit.h"

/* --- discover --------------------------------------------------------------------------------- */

#define IAM(action, rest) "Action=" action "&Version=2010-05-08" rest
#define ENCODED_ROLE "arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2F"

static void discover(void)
{
    step.type = XA_DISCOVER;
    step.request.wish.name = xa_slice_of("main");
}

static void test_one_policy_after_the_other(void **state)
{
    (void)state;
    discover();
    step_sends(IAM("ListGroupsForUser", "&UserName=alice"));
    step_answer("group devs\nmore next\n");
    step_sends(IAM("ListGroupsForUser", "&UserName=alice&Marker=next"));
    step_answer("");
    step_sends(IAM("ListAttachedUserPolicies", "&UserName=alice"));
    step_answer("policy arn:p1\n");
    step_sends(IAM("GetPolicy", "&PolicyArn=arn%3Ap1"));
    step_answer("arn arn:p1\nversion v2\n");
    step_sends(IAM("GetPolicyVersion", "&PolicyArn=arn%3Ap1&VersionId=v2"));
    step_answer("version v2\nstatement -\neffect Allow\naction sts:*\nresource " ROLE "A\n"
                "resource " ROLE "B\nresource *\nstatement -\neffect Deny\naction sts:AssumeRole\n"
                "resource " ROLE "C\n");
    step_sends(IAM("SimulatePrincipalPolicy", "&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111"
                   "%3Auser%2Fteam%2Fa%2Falice&ActionNames.member.1=sts%3AAssumeRole"
                   "&ResourceArns.member.1=" ENCODED_ROLE "A"
                   "&ResourceArns.member.2=" ENCODED_ROLE "B"
                   "&ContextEntries.member.1.ContextKeyName=aws%3AMultiFactorAuthPresent"
                   "&ContextEntries.member.1.ContextKeyType=boolean"
                   "&ContextEntries.member.1.ContextKeyValues.member.1=true"));
    step_answer("action sts:AssumeRole\nresource x\ndecision implicitDeny\n"
                "each " ROLE "B\neach.decision explicitDeny\neach.matched q\n"
                "each " ROLE "A\neach.decision allowed\n");
    step_sends(IAM("ListUserPolicies", "&UserName=alice"));
    step_answer("");
    step_sends(IAM("ListAttachedGroupPolicies", "&GroupName=devs"));
    step_answer("policy arn:p1\n");                     /* it was read */
    step_sends(IAM("ListGroupPolicies", "&GroupName=devs"));
    step_answer("name mine\n");
    step_sends(IAM("GetGroupPolicy", "&GroupName=devs&PolicyName=mine"));
    step_answer("name mine\nstatement -\neffect Allow\nnotaction iam:*\nresource " ROLE "A\n"
                "resource " ROLE "D\n");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("action sts:AssumeRole\nresource " ROLE "D\ndecision implicitDeny\n"
                "missing aws:SourceIp\n");
    assert_int_equal(step_ask(), XA_ANSWERED);
    step_take();
    assert_true(step.result.done);
    assert_string_equal(step.heard,
        "4 * policy arn:p1 allows any role whose ARN matches *\n"
        "4 " ROLE "C policy arn:p1 denies " ROLE "C\n"
        "12 " ROLE "A by policy arn:p1\n"
        "5 " ROLE "B " ROLE "B is denied by name, in q\n"
        "12 " ROLE "D by policy mine of group devs, on a condition about aws:SourceIp\n");
}

static void test_what_may_not_be_read_is_said(void **state)
{
    (void)state;
    discover();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(step_ask(), XA_WILL_ANSWER);
        step_refuse("AccessDenied", "");
        step_take();
    }
    assert_int_equal(step_ask(), XA_FAILED);
    assert_int_equal(step.err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(step.heard, "iam:ListUserPolicies is not allowed"));
}

static void test_a_refused_check_is_said_once(void **state)
{
    char details[4096] = "name x\nstatement -\neffect Allow\naction *\n";
    (void)state;
    discover();
    step.request.place = (struct xa_slice){ 0 };
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("name x\n");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    for (int i = 0; i < 25; i++) {
        size_t len = strlen(details);
        snprintf(details + len, sizeof details - len, "resource " ROLE "r%d\n", i);
    }
    step_answer(details);
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_refuse("AccessDenied", "");
    step_take();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(step_ask(), XA_ANSWERED);     /* AWS is not asked again */
        step_take();
    }
    assert_non_null(strstr(step.heard, ROLE "r24 by policy x of the user, not checked"));
    assert_null(strstr(strstr(step.heard, "Simulate") + 40, "Simulate"));
    assert_int_equal(step_ask(), XA_ANSWERED);
    step_take();
    assert_true(step.result.done);
}

/* A list that does not come to its end is left. */
static void test_a_list_that_goes_round_in_circles(void **state)
{
    (void)state;
    discover();
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("more same\n");
    step_sends(IAM("ListGroupsForUser", "&UserName=alice&Marker=same"));
    step_answer("more same\n");
    step_sends(IAM("ListAttachedUserPolicies", "&UserName=alice"));
}

static void test_only_users_have_policies(void **state)
{
    (void)state;
    discover();
    step.request.wish.name = xa_slice_of("root");
    assert_false(step_open());
    assert_int_equal(step.err.code, XA_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, step_start, step_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_policy_after_the_other),
        TEST(test_what_may_not_be_read_is_said),
        TEST(test_a_refused_check_is_said_once),
        TEST(test_a_list_that_goes_round_in_circles),
        TEST(test_only_users_have_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
