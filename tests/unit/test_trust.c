/* A trust policy held against a call: whom it lets in, and what it wants of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/doctor/trust.h"

#define ALICE "arn:aws:iam::111111111111:user/alice"
#define ALLOW "statement -\neffect Allow\n"
#define DENY "statement No\neffect Deny\n"
#define TO(principal) "principal AWS " principal "\naction sts:AssumeRole\n"
#define TO_ALICE ALLOW TO(ALICE)
#define WHERE(condition) TO_ALICE "condition " condition "\n"

static struct xa_slice s(const char *text)
{
    return xa_slice_of(text);
}

/* alice, with her key, an external id, tags and a source identity. */
static struct xa_trust_call alice(void)
{
    return (struct xa_trust_call){
        .partition = s("aws"), .account = s("111111111111"), .principal_arn = s(ALICE),
        .unique_id = s("AIDAAAAAAAAAAAAAAAAAA"), .user_name = s("alice"),
        .external_id = s("tenant-42"), .session_name = s("alice"),
        .source_identity = s("Alice"), .tags = s("team=blue, Stage=test"),
        .transitive_tags = s("team"),
    };
}

static const struct { const char *policy; enum xa_trust_answer answer; } rows[] = {
    /* whom */
    { "", XA_TRUST_NAMES_NOBODY },
    { TO_ALICE, XA_TRUST_LETS_IN },
    { ALLOW TO("arn:aws:iam::111111111111:root"), XA_TRUST_LETS_IN },
    { ALLOW TO("111111111111"), XA_TRUST_LETS_IN },
    { ALLOW TO("*"), XA_TRUST_LETS_IN },
    { ALLOW "principal * *\naction sts:AssumeRole\n", XA_TRUST_LETS_IN },
    { ALLOW TO("AIDAAAAAAAAAAAAAAAAAA"), XA_TRUST_LETS_IN },
    { ALLOW TO("AIDABBBBBBBBBBBBBBBBB"), XA_TRUST_NAMES_A_GHOST },
    { ALLOW TO("AROABBBBBBBBBBBBBBBBB"), XA_TRUST_NAMES_A_GHOST },
    { ALLOW TO("arn:aws:iam::111111111111:user/bob"), XA_TRUST_NAMES_OTHERS },
    { ALLOW TO("arn:aws:iam::111111111111:user/team/alice"), XA_TRUST_NAMES_OTHERS },
    { ALLOW TO("arn:aws:iam::999999999999:root"), XA_TRUST_NAMES_OTHERS },
    { ALLOW TO("arn:aws-cn:iam::111111111111:root"), XA_TRUST_NAMES_OTHERS },
    { ALLOW TO("arn:aws:sts::111111111111:root"), XA_TRUST_NAMES_OTHERS },
    { ALLOW "principal Service " ALICE "\naction sts:AssumeRole\n", XA_TRUST_NAMES_OTHERS },
    { ALLOW "principal Federated *\naction sts:AssumeRole\n", XA_TRUST_NAMES_OTHERS },
    { ALLOW "notprincipal AWS " ALICE "\naction sts:AssumeRole\n", XA_TRUST_NAMES_OTHERS },
    { ALLOW "notprincipal AWS 999999999999\naction sts:AssumeRole\n", XA_TRUST_LETS_IN },

    /* what */
    { ALLOW "principal AWS *\naction sts:TagSession\n", XA_TRUST_NAMES_NOBODY },
    { ALLOW "principal AWS *\naction STS:assume*\n", XA_TRUST_LETS_IN },
    { ALLOW "principal AWS *\naction *\n", XA_TRUST_LETS_IN },
    { ALLOW "principal AWS *\nnotaction sts:TagSession\n", XA_TRUST_LETS_IN },
    { ALLOW "principal AWS *\nnotaction sts:*\n", XA_TRUST_NAMES_NOBODY },

    /* denials */
    { TO_ALICE DENY TO(ALICE), XA_TRUST_DENIES },
    { DENY TO("*") TO_ALICE, XA_TRUST_DENIES },
    { TO_ALICE DENY TO("arn:aws:iam::111111111111:user/bob"), XA_TRUST_LETS_IN },
    { TO_ALICE DENY "principal AWS *\naction sts:TagSession\n", XA_TRUST_LETS_IN },
    { TO_ALICE DENY TO("*") "condition BoolIfExists aws:MultiFactorAuthPresent false\n",
      XA_TRUST_DENIES },
    { TO_ALICE DENY TO("*") "condition Bool aws:MultiFactorAuthPresent false\n",
      XA_TRUST_LETS_IN },
    { TO_ALICE DENY TO("*") "condition StringNotEquals sts:ExternalId tenant-42\n",
      XA_TRUST_LETS_IN },

    /* conditions: texts */
    { WHERE("StringEquals sts:ExternalId tenant-42"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals STS:externalid tenant-42"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals sts:ExternalId Tenant-42"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringEqualsIgnoreCase sts:ExternalId Tenant-42"), XA_TRUST_LETS_IN },
    { WHERE("StringEqualsIgnoreCase sts:ExternalId Tenant-4?"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringEquals sts:ExternalId tenant-*"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringLike sts:ExternalId tenant-*"), XA_TRUST_LETS_IN },
    { WHERE("StringNotLike sts:ExternalId tenant-*"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringNotEquals sts:ExternalId x"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals sts:ExternalId x\ncondition StringEquals sts:ExternalId tenant-42"),
      XA_TRUST_LETS_IN },
    { WHERE("StringNotEquals sts:ExternalId x\ncondition StringNotEquals sts:ExternalId tenant-42"),
      XA_TRUST_WANTS_ELSE },
    { WHERE("StringEquals sts:ExternalId tenant-42\n"
            "condition StringEquals sts:RoleSessionName bob"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringEquals sts:RoleSessionName ${aws:username}"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals sts:RoleSessionName ${aws:PrincipalTag/x}"), XA_TRUST_UNCLEAR },
    { WHERE("StringEquals sts:RoleSessionName \\u0061lice"), XA_TRUST_UNCLEAR },
    { WHERE("ArnLike aws:PrincipalArn arn:aws:iam::111111111111:user/*"), XA_TRUST_LETS_IN },
    { WHERE("ArnNotEquals aws:PrincipalArn arn:aws:iam::*:user/*"), XA_TRUST_WANTS_ELSE },
    { WHERE("StringEquals aws:PrincipalAccount 111111111111"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals aws:PrincipalType User"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals sts:SourceIdentity Alice"), XA_TRUST_LETS_IN },

    /* what is not there */
    { WHERE("Bool aws:MultiFactorAuthPresent true"), XA_TRUST_WANTS_ELSE },
    { WHERE("BoolIfExists aws:MultiFactorAuthPresent true"), XA_TRUST_LETS_IN },
    { WHERE("Null aws:MultiFactorAuthAge true"), XA_TRUST_LETS_IN },
    { WHERE("Null aws:MultiFactorAuthAge false"), XA_TRUST_WANTS_ELSE },
    { WHERE("NumericLessThan aws:MultiFactorAuthAge 3600"), XA_TRUST_WANTS_ELSE },
    { WHERE("NumericLessThanIfExists aws:MultiFactorAuthAge 3600"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals aws:RequestTag/cost 1"), XA_TRUST_WANTS_ELSE },

    /* lists */
    { WHERE("StringEquals aws:RequestTag/team blue"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals aws:RequestTag/STAGE test"), XA_TRUST_LETS_IN },
    { WHERE("StringEquals aws:RequestTag/team red"), XA_TRUST_WANTS_ELSE },
    { WHERE("ForAllValues:StringEquals aws:TagKeys team"), XA_TRUST_WANTS_ELSE },
    { WHERE("ForAllValues:StringEquals aws:TagKeys team\n"
            "condition ForAllValues:StringEquals aws:TagKeys Stage"), XA_TRUST_LETS_IN },
    { WHERE("ForAnyValue:StringEquals aws:TagKeys team"), XA_TRUST_LETS_IN },
    { WHERE("ForAnyValue:StringEquals aws:TagKeys cost"), XA_TRUST_WANTS_ELSE },
    { WHERE("ForAllValues:StringNotEquals aws:TagKeys cost"), XA_TRUST_LETS_IN },
    { WHERE("ForAllValues:StringNotEquals aws:TagKeys team"), XA_TRUST_WANTS_ELSE },
    { WHERE("ForAllValues:StringEquals sts:TransitiveTagKeys team"), XA_TRUST_LETS_IN },

    /* what cannot be judged here */
    { WHERE("StringEquals aws:PrincipalOrgID o-abcdefghij"), XA_TRUST_UNCLEAR },
    { WHERE("IpAddress aws:SourceIp 10.0.0.0/8"), XA_TRUST_UNCLEAR },
    { WHERE("DateLessThan aws:CurrentTime 2030-01-01T00:00:00Z"), XA_TRUST_UNCLEAR },
    { WHERE("BinaryEquals sts:ExternalId QQ=="), XA_TRUST_UNCLEAR },
    { WHERE("IpAddress aws:SourceIp 10.0.0.0/8\ncondition StringEquals sts:ExternalId x"),
      XA_TRUST_WANTS_ELSE },
};

static void each_policy_has_its_answer(void **state)
{
    const struct xa_trust_call call = alice();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xa_trust_finding f;
        xa_trust_weigh(s(rows[i].policy), "sts:AssumeRole", &call, &f);
        if (f.answer != rows[i].answer)
            fail_msg("%d, not %d, for\n%s", f.answer, rows[i].answer, rows[i].policy);
    }
}

/* Patterns that cost more than there is time for say nothing, and neither do statements that
 * are not there (G2). */
static void what_is_too_much_cannot_be_judged(void **state)
{
    static char policy[20 * 1024], session[1100];
    struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    size_t len = (size_t)snprintf(policy, sizeof policy, "statement -\neffect Allow\n"
                                  TO("111111111111"));
    (void)state;
    memset(session, 'a', sizeof session - 1);
    call.session_name = s(session);
    for (int i = 0; i < 30; i++) {
        len += (size_t)snprintf(policy + len, sizeof policy - len,
                                "condition StringLike sts:RoleSessionName *");
        memset(policy + len, 'a', 500);
        len += 500;
        len += (size_t)snprintf(policy + len, sizeof policy - len, "b\n");
    }
    xa_trust_weigh(s(policy), "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_UNCLEAR);
    assert_true(xa_slice_is(f.fault.key, "sts:RoleSessionName"));
    xa_trust_weigh(s("arn x\ncut 1\nmax 3600\n"), "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_UNCLEAR);
}

static void the_nearest_statement_is_told(void **state)
{
    const struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    xa_trust_weigh(s("statement Far\neffect Allow\n" TO("999999999999")
                     "statement Two\neffect Allow\n" TO("111111111111")
                     "condition Bool aws:MultiFactorAuthPresent true\n"
                     "condition StringEquals sts:ExternalId x\n"
                     "statement One\neffect Allow\n" TO("111111111111")
                     "condition StringEquals sts:RoleSessionName bob\n"),
                   "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_WANTS_ELSE);
    assert_true(xa_slice_is(f.sid, "One"));
    assert_true(xa_slice_is(f.fault.key, "sts:RoleSessionName"));
    assert_true(xa_slice_is(f.fault.op, "StringEquals"));
    assert_true(xa_slice_is(f.fault.want, "bob"));
    assert_true(xa_slice_is(f.principal, "111111111111"));
}

static void a_denial_tells_its_condition(void **state)
{
    const struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    xa_trust_weigh(s(TO_ALICE DENY TO("*") "condition StringEquals sts:RoleSessionName alice\n"),
                   "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_DENIES);
    assert_true(xa_slice_is(f.sid, "No") && xa_slice_is(f.fault.want, "alice"));
}

static void a_denial_that_cannot_be_judged_is_told(void **state)
{
    const struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    for (int first = 0; first < 2; first++) {
        xa_trust_weigh(s(first ? DENY TO("*") "condition IpAddress aws:SourceIp 1.2.3.4/32\n" TO_ALICE
                               : TO_ALICE DENY TO("*") "condition IpAddress aws:SourceIp 1.2.3.4/32\n"),
                       "sts:AssumeRole", &call, &f);
        assert_int_equal(f.answer, XA_TRUST_LETS_IN);
        assert_true(f.maybe_denied);
    }
}

static void it_matters_who_is_named(void **state)
{
    const struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    xa_trust_weigh(s(ALLOW TO("111111111111") TO_ALICE), "sts:AssumeRole", &call, &f);
    assert_true(f.answer == XA_TRUST_LETS_IN && f.by_name);
    xa_trust_weigh(s(ALLOW TO("111111111111")), "sts:AssumeRole", &call, &f);
    assert_true(f.answer == XA_TRUST_LETS_IN && !f.by_name);
}

static void a_code_and_a_session_are_seen(void **state)
{
    struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    call.mfa = true;
    xa_trust_weigh(s(WHERE("Bool aws:MultiFactorAuthPresent true")), "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_LETS_IN);
    xa_trust_weigh(s(WHERE("NumericLessThan aws:MultiFactorAuthAge 60")), "sts:AssumeRole", &call,
                   &f);
    assert_int_equal(f.answer, XA_TRUST_UNCLEAR);
    call.mfa = false;
    call.temporary = true;
    xa_trust_weigh(s(WHERE("Bool aws:MultiFactorAuthPresent false")), "sts:AssumeRole", &call, &f);
    assert_int_equal(f.answer, XA_TRUST_LETS_IN);
}

static void a_role_is_known_by_its_arn_and_its_session(void **state)
{
    struct xa_trust_call call = alice();
    struct xa_trust_finding f;
    (void)state;
    call.user_name = call.unique_id = (struct xa_slice){ 0 };
    call.principal_arn = s("arn:aws:iam::111111111111:role/Work");
    call.session_arn = s("arn:aws:sts::111111111111:assumed-role/Work/alice");
    static const char *const good[] = {
        ALLOW TO("arn:aws:iam::111111111111:role/Work"),
        ALLOW TO("arn:aws:sts::111111111111:assumed-role/Work/alice"),
        ALLOW TO("*") "condition StringEquals aws:PrincipalType AssumedRole\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        xa_trust_weigh(s(good[i]), "sts:AssumeRole", &call, &f);
        assert_int_equal(f.answer, XA_TRUST_LETS_IN);
    }
    xa_trust_weigh(s(WHERE("StringEquals sts:RoleSessionName ${aws:username}")), "sts:AssumeRole",
                   &call, &f);
    assert_int_equal(f.answer, XA_TRUST_NAMES_OTHERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_has_its_answer),
        cmocka_unit_test(what_is_too_much_cannot_be_judged),
        cmocka_unit_test(the_nearest_statement_is_told),
        cmocka_unit_test(a_denial_tells_its_condition),
        cmocka_unit_test(a_denial_that_cannot_be_judged_is_told),
        cmocka_unit_test(it_matters_who_is_named),
        cmocka_unit_test(a_code_and_a_session_are_seen),
        cmocka_unit_test(a_role_is_known_by_its_arn_and_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
