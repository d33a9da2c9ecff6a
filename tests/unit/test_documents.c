/* The two policies of a setup: whole texts, and that the courier's normaliser leaves them as
 * they are, since they are compared byte by byte with what AWS keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/documents.h"
#include "agent/courier/reply_policy.h"

#define ALICE "arn:aws:iam::111111111111:user/alice"

static char room[8192], again[16384];

static struct xa_slice s(const char *text)
{
    return xa_slice_of(text);
}

static void is_normal(size_t len, const char *wanted)
{
    struct xa_writer normal = xa_writer_init(again, sizeof again);
    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(room, wanted, len);
    assert_true(xa_reply_policy_normalise((struct xa_slice){ (const uint8_t *)room, len },
                                          &normal));
    assert_int_equal(normal.len, len);
    assert_memory_equal(again, room, len);
}

static const struct xa_trust_terms least = { .user_arn = { (const uint8_t *)ALICE,
                                                           sizeof ALICE - 1 } };

static void a_role_trusts_one_user(void **state)
{
    (void)state;
    is_normal(xa_trust_document(&least, room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":"
              "{\"AWS\":\"" ALICE "\"},\"Sid\":\"XacctAssume\"}],\"Version\":\"2012-10-17\"}");
}

static void conditions_stand_where_they_belong(void **state)
{
    struct xa_trust_terms t = least;
    (void)state;
    t.external_id = s("tenant-42");
    t.require_mfa = true;
    t.tags = s("team=x,project=y");
    t.source_identity = s("alice");
    is_normal(xa_trust_document(&t, room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Condition\":{\"Bool\":"
              "{\"aws:MultiFactorAuthPresent\":\"true\"},\"StringEquals\":{\"sts:ExternalId\":"
              "\"tenant-42\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" ALICE "\"},\"Sid\":"
              "\"XacctAssume\"},{\"Action\":\"sts:TagSession\",\"Condition\":"
              "{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"team\",\"project\"]}},\"Effect\":"
              "\"Allow\",\"Principal\":{\"AWS\":\"" ALICE "\"},\"Sid\":\"XacctTags\"},{\"Action\":"
              "\"sts:SetSourceIdentity\",\"Condition\":{\"StringEquals\":{\"sts:SourceIdentity\":"
              "\"alice\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" ALICE "\"},\"Sid\":"
              "\"XacctSourceIdentity\"}],\"Version\":\"2012-10-17\"}");
}

static void an_account_or_an_organization(void **state)
{
    struct xa_trust_terms t = { .trust = XA_TRUST_ACCOUNT, .partition = s("aws-cn"),
                                .account = s("111111111111") };
    (void)state;
    is_normal(xa_trust_document(&t, room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":"
              "{\"AWS\":\"arn:aws-cn:iam::111111111111:root\"},\"Sid\":\"XacctAssume\"}],"
              "\"Version\":\"2012-10-17\"}");
    t = (struct xa_trust_terms){ .trust = XA_TRUST_ORG, .org = s("o-abcdefghij"),
                                 .external_id = s("e1") };
    is_normal(xa_trust_document(&t, room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":"
              "{\"aws:PrincipalOrgID\":\"o-abcdefghij\",\"sts:ExternalId\":\"e1\"}},\"Effect\":"
              "\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Sid\":\"XacctAssume\"}],"
              "\"Version\":\"2012-10-17\"}");
}

static void a_user_assumes_what_is_named(void **state)
{
    (void)state;
    is_normal(xa_source_document(s("assume arn:a\n"), room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":"
              "[\"arn:a\"],\"Sid\":\"XacctAssume\"}],\"Version\":\"2012-10-17\"}");
    is_normal(xa_source_document(s("assume arn:a\ntag arn:a\nassume arn:b\nidentity arn:b\n"),
                                 room, sizeof room),
              "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":"
              "[\"arn:a\",\"arn:b\"],\"Sid\":\"XacctAssume\"},{\"Action\":\"sts:TagSession\","
              "\"Effect\":\"Allow\",\"Resource\":[\"arn:a\"],\"Sid\":\"XacctTags\"},{\"Action\":"
              "\"sts:SetSourceIdentity\",\"Effect\":\"Allow\",\"Resource\":[\"arn:b\"],\"Sid\":"
              "\"XacctSourceIdentity\"}],\"Version\":\"2012-10-17\"}");
}

static void a_statement_alone(void **state)
{
    (void)state;
    size_t len = xa_source_statement(s("assume arn:a\n"), "sts:AssumeRole", room, sizeof room);
    room[len] = '\0';
    assert_string_equal(room, "{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":"
                              "[\"arn:a\"],\"Sid\":\"XacctAssume\"}");
    assert_int_equal(xa_source_statement(s("assume arn:a\n"), "sts:TagSession", room, 8192), 0);
    assert_int_equal(xa_trust_statement(&least, "iam:PassRole", room, sizeof room), 0);
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    size_t len = xa_trust_document(&least, room, sizeof room);
    assert_int_equal(xa_trust_document(&least, room, len), len);
    assert_int_equal(xa_trust_document(&least, room, len - 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_trusts_one_user),
        cmocka_unit_test(conditions_stand_where_they_belong),
        cmocka_unit_test(an_account_or_an_organization),
        cmocka_unit_test(a_user_assumes_what_is_named),
        cmocka_unit_test(a_statement_alone),
        cmocka_unit_test(what_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
