/* What STS is asked, and what its answers are held against: one defect each (N5),
 * and every refusal with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/refusal.h"
#include "agent/aws/sts.h"

#define S(text) xa_slice_of(text)
#define NOW 1700000000

static void bodies(void **state)
{
    (void)state;
    char room[512];
    struct xa_assume_role call = {
        .role_arn = S("arn:aws:iam::123456789012:role/demo"), .session_name = S("alice@x"),
        .duration_s = 3600,
    };
    const char *plain = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%"
                        "3A123456789012%3Arole%2Fdemo"
                        "&RoleSessionName=alice%40x&DurationSeconds=3600";
    size_t len = xa_sts_assume_role_body(&call, room, sizeof room);
    assert_int_equal(len, strlen(plain));
    assert_memory_equal(room, plain, len);
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(xa_sts_assume_role_body(&call, room, cap), 0);
    call.external_id = S("id/1");
    len = xa_sts_assume_role_body(&call, room, sizeof room);
    assert_memory_equal(room + strlen(plain), "&ExternalId=id%2F1", len - strlen(plain));
    len = xa_sts_caller_identity_body(room, sizeof room);
    assert_memory_equal(room, "Action=GetCallerIdentity&Version=2011-06-15", len);
    assert_int_equal(xa_sts_caller_identity_body(room, len - 1), 0);
}

/* All parameters, in the forms of facts 1.1: what is empty is left out, members count
 * from 1, and a PolicyArns member's arn has a small letter. */
static void all_parameters(void **state)
{
    (void)state;
    char room[2048];
    const struct xa_assume_role call = {
        .role_arn = S("arn:aws:iam::123456789012:role/demo"), .session_name = S("alice@x"),
        .external_id = S("id/1"), .source_identity = S("Alice"), .policy = S("{\"a\": 1}"),
        .policy_arns = S("arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B"),
        .tags = S("team=a b,cost=,k=x=y"), .transitive_tags = S("team, k"),
        .mfa = { S("arn:aws:iam::123456789012:mfa/alice"), S("012345") }, .duration_s = 900,
    };
    static const char want[] =
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F"
        "demo&RoleSessionName=alice%40x&DurationSeconds=900&ExternalId=id%2F1&SourceIdentity=Alice"
        "&Policy=%7B%22a%22%3A%201%7D"
        "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FA"
        "&PolicyArns.member.2.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FB"
        "&Tags.member.1.Key=team&Tags.member.1.Value=a%20b"
        "&Tags.member.2.Key=cost&Tags.member.2.Value="
        "&Tags.member.3.Key=k&Tags.member.3.Value=x%3Dy"
        "&TransitiveTagKeys.member.1=team&TransitiveTagKeys.member.2=k"
        "&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Falice&TokenCode=012345";
    size_t len = xa_sts_assume_role_body(&call, room, sizeof room);
    if (len != strlen(want) || memcmp(room, want, len) != 0)
        fail_msg("%.*s", (int)len, room);
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(xa_sts_assume_role_body(&call, room, cap), 0);
}

/* The largest of everything that is let through fits one exchange. */
static void the_largest_form(void **state)
{
    (void)state;
    static char room[XA_STS_BODY_MAX], policy[XA_POLICY_MAX], tags[XA_TAGS_MAX],
        arns[XA_POLICY_ARNS_MAX], external[XA_EXTERNAL_ID_MAX];
    memset(policy, '{', sizeof policy);
    memset(arns, '/', sizeof arns);
    memset(external, '/', sizeof external);
    memset(tags, ' ', sizeof tags);                  /* 50 keys and long values, all escaped */
    for (size_t i = 0; i < XA_TAGS_COUNT_MAX; i++)
        memcpy(tags + i * (sizeof tags / XA_TAGS_COUNT_MAX), "::=:,", 5);
    const struct xa_assume_role call = {
        .role_arn = S("arn:aws:iam::123456789012:role/demo"), .session_name = S("alice"),
        .policy = { (const uint8_t *)policy, sizeof policy },
        .policy_arns = { (const uint8_t *)arns, sizeof arns },
        .tags = { (const uint8_t *)tags, sizeof tags },
        .transitive_tags = { (const uint8_t *)tags, sizeof tags },
        .external_id = { (const uint8_t *)external, sizeof external }, .duration_s = 900,
    };
    assert_true(xa_sts_assume_role_body(&call, room, sizeof room) >
                3 * (sizeof policy + sizeof arns + sizeof external));
}

static void session_token(void **state)
{
    (void)state;
    char room[256];
    struct xa_session_token call = { .duration_s = 43200 };
    const char *plain = "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200";
    const char *proof = "&SerialNumber=GAHT12345678&TokenCode=000001";
    size_t len = xa_sts_session_token_body(&call, room, sizeof room);
    assert_int_equal(len, strlen(plain));
    assert_memory_equal(room, plain, len);
    call.mfa = (struct xa_mfa_proof){ S("GAHT12345678"), S("000001") };
    len = xa_sts_session_token_body(&call, room, sizeof room);
    assert_int_equal(len, strlen(plain) + strlen(proof));
    assert_memory_equal(room + strlen(plain), proof, strlen(proof));
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(xa_sts_session_token_body(&call, room, cap), 0);
    call.mfa.code = (struct xa_slice){ 0 };          /* a serial alone is not sent */
    assert_int_equal(xa_sts_session_token_body(&call, room, sizeof room), strlen(plain));
}

static void read_only_is_of_the_partition(void **state)
{
    (void)state;
    static const struct { const char *role, *policy; } cases[] = {
        { "arn:aws:iam::123456789012:role/a/demo", "arn:aws:iam::aws:policy/ReadOnlyAccess" },
        { "arn:aws-cn:iam::123456789012:role/demo", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess" },
        { "arn:aws-us-gov:iam::123456789012:role/demo",
          "arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess" },
        { "nonsense", "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    };
    char room[128];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(xa_slice_is(xa_sts_read_only_policy(S(cases[i].role), room, sizeof room),
                                cases[i].policy));
}

static struct xa_record good(void)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED,
        .status = 200,
        .date_s = NOW,
        .access_key_id = S("ASIAIOSFODNN7EXAMPLE"),
        .secret = S("wJalrXUtnFEMI/K7MDENG"),
        .token = S("AQoD=="),
        .expires_at = NOW + 3600,
        .role_arn = S("arn:aws:sts::123456789012:assumed-role/demo/alice"),
        .role_id = S("AROA:alice"),
    };
}

static const struct xa_sts_expect expect = {
    .account = { (const uint8_t *)"123456789012", 12 }, .role_name = { (const uint8_t *)"demo", 4 },
    .duration_s = 3600, .now_s = NOW + 86400,      /* a clock that is a day ahead: AWS's counts */
};

static int64_t left_s;
static struct xa_error err;

static enum xa_code judge(const struct xa_record *r, const struct xa_sts_expect *e)
{
    memset(&err, 0, sizeof err);
    left_s = -1;
    bool ok = xa_sts_check_assume_role(r, e, &left_s, &err);
    assert_int_equal(ok, err.code == XA_OK);
    assert_int_equal(ok, left_s >= 0);
    return err.code;
}

static void good_answers(void **state)
{
    (void)state;
    struct xa_record r = good();
    assert_int_equal(judge(&r, &expect), XA_OK);
    assert_int_equal(left_s, 3600);
    r.expires_at = NOW + 1;
    assert_int_equal(judge(&r, &expect), XA_OK);
    assert_int_equal(left_s, 1);
    r.expires_at = NOW + 3600 + 300;
    assert_int_equal(judge(&r, &expect), XA_OK);
    assert_int_equal(left_s, 3600);
    r.date_s = 0;
    r.expires_at = expect.now_s + 1800;
    assert_int_equal(judge(&r, &expect), XA_OK);
    assert_int_equal(left_s, 1800);
}

static void one_defect_each(void **state)
{
    (void)state;
    static char long_text[XA_TOKEN_MAX + 1];
    memset(long_text, 'A', sizeof long_text);
#define LONG(n) (struct xa_slice){ (const uint8_t *)long_text, n }
#define DEFECT(code, member, value)                         \
    do {                                                    \
        struct xa_record r = good();                        \
        r.member = (value);                                 \
        assert_int_equal(judge(&r, &expect), code);         \
    } while (0)
    DEFECT(XA_BAD_REPLY, access_key_id, S(""));
    DEFECT(XA_BAD_REPLY, access_key_id, S("ASIA56789012345"));
    DEFECT(XA_OK, access_key_id, S("ASIA567890123456"));
    DEFECT(XA_OK, access_key_id, LONG(XA_ACCESS_KEY_ID_MAX));
    DEFECT(XA_BAD_REPLY, access_key_id, LONG(XA_ACCESS_KEY_ID_MAX + 1));
    DEFECT(XA_BAD_REPLY, access_key_id, S("ASIA-SFODNN7EXAMPLE"));
    DEFECT(XA_BAD_REPLY, secret, S(""));
    DEFECT(XA_BAD_REPLY, secret, S("with blank"));
    DEFECT(XA_OK, secret, LONG(XA_SECRET_KEY_MAX));
    DEFECT(XA_BAD_REPLY, secret, LONG(XA_SECRET_KEY_MAX + 1));
    DEFECT(XA_BAD_REPLY, token, S(""));
    DEFECT(XA_BAD_REPLY, token, S("a\nb"));
    DEFECT(XA_OK, token, LONG(XA_TOKEN_MAX));
    DEFECT(XA_BAD_REPLY, token, LONG(XA_TOKEN_MAX + 1));
    DEFECT(XA_BAD_REPLY, expires_at, 0);
    DEFECT(XA_BAD_REPLY, expires_at, NOW);
    DEFECT(XA_BAD_REPLY, expires_at, NOW - 1);
    DEFECT(XA_BAD_REPLY, expires_at, NOW + 3600 + 301);
    DEFECT(XA_BAD_REPLY, expires_at, INT64_C(253402300799));
    DEFECT(XA_BAD_REPLY, date_s, NOW + 3600);
    DEFECT(XA_BAD_REPLY, date_s, 0);                 /* then the local clock, a day ahead */
    DEFECT(XA_BAD_REPLY, role_arn, S(""));
    DEFECT(XA_BAD_REPLY, role_arn, S("arn:aws:iam::123456789012:role/demo"));
    DEFECT(XA_BAD_REPLY, role_arn, S("arn:aws:sts::123456789012:federated-user/demo"));
    DEFECT(XA_OTHER_ACCOUNT, role_arn, S("arn:aws:sts::123456789013:assumed-role/demo/alice"));
    DEFECT(XA_OTHER_ACCOUNT, role_arn, S("arn:aws:sts:::assumed-role/demo/alice"));
    DEFECT(XA_OTHER_ACCOUNT, role_arn, S("arn:aws:sts::123456789012:assumed-role/Demo/alice"));
    DEFECT(XA_OTHER_ACCOUNT, role_arn, S("arn:aws:sts::123456789012:assumed-role/team/demo/alice"));
    DEFECT(XA_BAD_REPLY, status, 302);
    DEFECT(XA_BAD_REPLY, status, 404);
    DEFECT(XA_UNREACHABLE, status, 500);

    struct xa_record r = good();
    r.role_arn = S("arn:aws:sts::999999999999:assumed-role/demo/alice");
    judge(&r, &expect);
    assert_string_equal(err.message, "STS answered for account 999999999999, not 123456789012");
}

/* Facts 14.1: what other servers leave out is let pass, what they put in is not. */
static void custom_endpoint(void **state)
{
    (void)state;
    struct xa_sts_expect custom = expect;
    custom.custom_endpoint = true;
    static const struct { const char *arn; enum xa_code code; } cases[] = {
        { "", XA_OK }, { "arn:aws:sts:::assumed-role/demo/alice", XA_OK },
        { "arn:aws:sts:::assumed-role/team/demo/alice", XA_OK },
        { "arn:aws:sts::123456789012:assumed-role/demo/alice", XA_OK },
        { "arn:aws:sts::999999999999:assumed-role/demo/alice", XA_OTHER_ACCOUNT },
        { "arn:aws:sts:::assumed-role/other/alice", XA_OTHER_ACCOUNT },
        { "arn:aws:sts:::assumed-role/demo/other/alice", XA_OTHER_ACCOUNT },
        { "nonsense", XA_BAD_REPLY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_record r = good();
        r.role_arn = S(cases[i].arn);
        assert_int_equal(judge(&r, &custom), cases[i].code);
    }
    struct xa_record r = good();
    r.access_key_id = S("k3y");
    assert_int_equal(judge(&r, &custom), XA_OK);
    r.token = S("");
    assert_int_equal(judge(&r, &custom), XA_BAD_REPLY);
}

/* GetSessionToken names neither account nor role; all else is held against as much. */
static void session_answers(void **state)
{
    (void)state;
    struct xa_sts_expect asked = { .duration_s = 43200, .now_s = NOW };
#define SESSION(as, member, value)                                                        \
    do {                                                                                    \
        struct xa_record r = good();                                                        \
        r.role_arn = r.role_id = (struct xa_slice){ 0 };                                    \
        r.expires_at = NOW + 43200;                                                         \
        r.member = (value);                                                                 \
        memset(&err, 0, sizeof err);                                                        \
        left_s = -1;                                                                        \
        assert_int_equal(xa_sts_check_session_token(&r, &asked, &left_s, &err),             \
                         (as) == XA_OK);                                                  \
        assert_int_equal(err.code, as);                                                   \
        assert_int_equal(left_s >= 0, (as) == XA_OK);                                     \
    } while (0)
    SESSION(XA_OK, status, 200);
    assert_int_equal(left_s, 43200);
    SESSION(XA_OK, expires_at, NOW + 43200 + 300);
    assert_int_equal(left_s, 43200);
    SESSION(XA_BAD_REPLY, expires_at, NOW + 43200 + 301);
    SESSION(XA_OK, expires_at, NOW + 1);
    SESSION(XA_BAD_REPLY, expires_at, NOW);
    SESSION(XA_BAD_REPLY, expires_at, 0);
    SESSION(XA_BAD_REPLY, access_key_id, S(""));
    SESSION(XA_BAD_REPLY, access_key_id, S("ASIA-SFODNN7EXAMPLE"));
    SESSION(XA_BAD_REPLY, secret, S(""));
    SESSION(XA_BAD_REPLY, token, S(""));
    SESSION(XA_BAD_REPLY, status, 204);
    SESSION(XA_UNREACHABLE, status, 503);
    SESSION(XA_UNREACHABLE, outcome, XA_OUTCOME_UNREACHABLE);
    asked.custom_endpoint = true;
    SESSION(XA_OK, access_key_id, S("k3y"));
    struct xa_record no = { .outcome = XA_OUTCOME_ANSWERED, .status = 403,
                            .aws_code = S("AccessDenied"),
                            .aws_message = S("MultiFactorAuthentication failed with invalid MFA "
                                             "one time pass code.") };
    assert_false(xa_sts_check_session_token(&no, &asked, &left_s, &err));
    assert_int_equal(err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(err.why, "MFA code is wrong"));
}

static void caller_identity(void **state)
{
    (void)state;
    static const struct { const char *account, *arn, *id; bool aws, custom; } cases[] = {
        { "123456789012", "arn:aws:iam::123456789012:user/alice", "AIDA", true, true },
        { "123456789012", "arn:aws:sts::123456789012:assumed-role/r/s", "AROA:s", true, true },
        { "123456789012", "arn:aws:iam::123456789012:root", "123456789012", true, true },
        { "", "arn:aws:iam:::user/alice", "x", false, true },
        { "123456789012", "arn:aws:iam::123456789013:user/alice", "AIDA", false, true },
        { "123456789012", "arn:aws:iam::1234567890123:user/alice", "AIDA", false, true },
        { "123456789012", "xrn:aws:iam::123456789012:user/alice", "AIDA", false, true },
        { "123456789012", "arn:aws:iam::123456789012", "AIDA", false, true },
        { "123456789012", "", "AIDA", false, false },
        { "123456789012", "arn:aws:iam::123456789012:user/a b", "AIDA", false, false },
        { "123456789012", "arn:aws:iam::123456789012:user/alice", "", false, false },
        { "12345678901", "arn:aws:iam::12345678901:user/alice", "AIDA", false, false },
        { "", "", "", false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_record r = { .outcome = XA_OUTCOME_ANSWERED,
                               .status = 200,
                               .account = S(cases[i].account),
                               .arn = S(cases[i].arn),
                               .user_id = S(cases[i].id) };
        assert_int_equal(xa_sts_check_caller_identity(&r, false, &err), cases[i].aws);
        assert_int_equal(xa_sts_check_caller_identity(&r, true, &err), cases[i].custom);
        if (!cases[i].custom)
            assert_int_equal(err.code, XA_BAD_REPLY);
    }
    struct xa_record r = { .outcome = XA_OUTCOME_ANSWERED,
                           .status = 403,
                           .aws_code = S("InvalidClientTokenId") };
    assert_false(xa_sts_check_caller_identity(&r, false, &err));
    assert_int_equal(err.code, XA_AWS_REFUSED);
}

static struct xa_record refusal(unsigned status, const char *code, const char *message)
{
    return (struct xa_record){ .outcome = XA_OUTCOME_ANSWERED,
                               .status = status,
                               .date_s = NOW,
                               .aws_code = S(code),
                               .aws_message = S(message),
                               .request_id = S("e5b9a0c8-1234") };
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        const char *code, *message;
        enum xa_code as;
        const char *why;
    } cases[] = {
        { 403, "AccessDenied",
          "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: "
          "arn:aws:iam::2:role/r",
          XA_AWS_REFUSED, "trust policy does not name" },
        { 403, "AccessDenied",
          "… is not authorized to perform: sts:AssumeRole on resource: r because no identity-based "
          "policy allows the sts:AssumeRole action",
          XA_AWS_REFUSED, "no policy of the source's user" },
        { 403, "AccessDenied",
          "… sts:AssumeRole … because no role trust policy allows the sts:AssumeRole action",
          XA_AWS_REFUSED, "the trust policy of the role" },
        { 403, "AccessDenied",
          "… sts:AssumeRole … with an explicit deny in a service control policy", XA_AWS_REFUSED,
          "service control policy" },
        { 403, "AccessDenied", "… not authorized to perform: sts:TagSession on resource: r",
          XA_AWS_REFUSED, "sts:TagSession" },
        { 403, "AccessDenied",
          "MultiFactorAuthentication failed with invalid MFA one time pass code. ", XA_AWS_REFUSED,
          "MFA code is wrong" },
        { 403, "AccessDenied",
          "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
          "serial number is valid and associated with this user.",
          XA_AWS_REFUSED, "serial" },
        { 403, "AccessDenied", "Cannot call GetSessionToken with session credentials",
          XA_AWS_REFUSED, "temporary" },
        { 403, "AccessDenied", "something else", XA_AWS_REFUSED, "" },
        { 403, "ExpiredToken", "The security token included in the request is expired",
          XA_AWS_REFUSED, "run out" },
        { 403, "InvalidClientTokenId", "The security token included in the request is invalid.",
          XA_AWS_REFUSED, "does not know this key" },
        { 403, "SignatureDoesNotMatch",
          "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z "
          "(20220127T015928Z - 15 min.)",
          XA_AWS_REFUSED, "clock" },
        { 403, "SignatureDoesNotMatch", "Signature not yet current: 1 is still later than 2",
          XA_AWS_REFUSED, "clock" },
        { 403, "SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided.",
          XA_AWS_REFUSED, "the secret key is not" },
        { 400, "RequestExpired", "", XA_AWS_REFUSED, "clock" },
        { 403, "MissingAuthenticationToken", "", XA_AWS_REFUSED, "proxy" },
        { 403, "RegionDisabledException", "STS is not activated in this region for account:2.",
          XA_AWS_REFUSED, "region" },
        { 400, "PackedPolicyTooLarge", "", XA_AWS_REFUSED, "too long" },
        { 400, "ValidationError",
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
          XA_AWS_REFUSED, "maximum" },
        { 400, "ValidationError",
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
          "role chaining.",
          XA_AWS_REFUSED, "an hour" },
        { 400, "ValidationError",
          "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy "
          "constraint: Member must have length less than or equal to 64",
          XA_AWS_REFUSED, "session name" },
        { 409, "LimitExceeded", "a quota", XA_AWS_REFUSED, "" },
        { 400, "SomethingNew", "", XA_AWS_REFUSED, "" },
        { 400, "Throttling", "Rate exceeded", XA_AWS_THROTTLED, "" },
        { 503, "SlowDown", "", XA_AWS_THROTTLED, "" },
        { 400, "LimitExceededException", "", XA_AWS_THROTTLED, "" },
        { 500, "InternalFailure", "", XA_UNREACHABLE, "" },
        { 503, "ServiceUnavailable", "", XA_UNREACHABLE, "" },
        { 400, "RequestTimeout", "", XA_UNREACHABLE, "" },
        { 503, "", "", XA_UNREACHABLE, "" },
        { 429, "", "", XA_AWS_THROTTLED, "" },
        { 403, "", "", XA_BAD_REPLY, "proxy" },
        { 302, "", "", XA_BAD_REPLY, "redirect" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_record r = refusal(cases[i].status, cases[i].code, cases[i].message);
        assert_false(xa_refusal_explain(&r, false, &err));
        if (err.code != cases[i].as || strstr(err.why, cases[i].why) == NULL ||
            (cases[i].why[0] == '\0' && err.why[0] != '\0') ||
            err.hint[0] == '\0')      /* each refusal has something to try */
            fail_msg("%s %s: %d '%s' why '%s' hint '%s'", cases[i].code, cases[i].message, err.code,
                     err.message, err.why, err.hint);
        assert_string_equal(err.aws_code, cases[i].code);
        assert_string_equal(err.request_id, cases[i].code[0] != '\0' ? "e5b9a0c8-1234" : "");
        assert_false(xa_refusal_explain(&r, true, NULL));
    }
}

static void words(void **state)
{
    (void)state;
    struct xa_record r = refusal(403, "AccessDenied", "no way");
    xa_refusal_explain(&r, false, &err);
    assert_string_equal(err.message, "AWS refused: AccessDenied: no way");
    xa_refusal_explain(&r, true, &err);
    assert_string_equal(err.message, "the endpoint refused: AccessDenied: no way");
    r = refusal(403, "SignatureDoesNotMatch", "Signature expired: x");
    xa_refusal_explain(&r, false, &err);
    assert_string_equal(
        err.message,
        "AWS refused, this computer's clock is wrong: SignatureDoesNotMatch: Signature expired: x");
    r = refusal(503, "", "");
    xa_refusal_explain(&r, false, &err);
    assert_string_equal(err.message, "AWS answered 503");

    static char code[XA_AWS_CODE_MAX + 1];
    memset(code, 'C', XA_AWS_CODE_MAX);
    r = refusal(403, code, "m");
    xa_refusal_explain(&r, false, &err);
    assert_int_equal(strlen(err.aws_code), sizeof err.aws_code - 1);
}

static void clock_skew(void **state)
{
    (void)state;
    static const struct {
        const char *code, *message; bool clock;
    } cases[] = {
        { "SignatureDoesNotMatch", "Signature expired: x", true },
        { "SignatureDoesNotMatch", "Signature not yet current: x", true },
        { "SignatureDoesNotMatch", "The request signature we calculated", false },
        { "RequestExpired", "", true },
        { "RequestTimeTooSkewed", "", true },
        { "RequestInTheFuture", "", true },
        { "ExpiredToken", "Signature expired", false },
        { "", "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_record r = refusal(403, cases[i].code, cases[i].message);
        assert_int_equal(xa_refusal_is_clock(&r), cases[i].clock);
    }
}

/* --- what a refusal is, for the broker ------------------------------------------------ */

enum { PASSING = 1, DURATION = 2, DENIAL = 4, SIGNER = 8 };

static const struct { unsigned status; const char *code, *message; unsigned is; } natures[] = {
    { 200, "", "", 0 },
    { 403, "AccessDenied", "… is not authorized to perform: sts:AssumeRole on resource: r",
      DENIAL },
    { 403, "AccessDenied", "", DENIAL },
    { 403, "AccessDenied", "… with an explicit deny in a service control policy", DENIAL },
    { 403, "AccessDenied",
      "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 0 },
    { 403, "AccessDenied",
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
      "code.", 0 },
    { 403, "AccessDeniedException", "", 0 },
    { 403, "ExpiredToken", "", SIGNER },
    { 403, "InvalidClientTokenId", "", SIGNER },
    { 400, "ExpiredTokenException", "", 0 },         /* a web identity's, facts 1.6 */
    { 403, "SignatureDoesNotMatch", "Signature expired: x", 0 },
    { 400, "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      DURATION },
    { 400, "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
      "chaining.", DURATION },
    { 400, "ValidationError",
      "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint",
      0 },
    { 403, "AccessDenied", "exceeds the MaxSessionDuration", DENIAL },
    { 429, "", "", PASSING },
    { 500, "", "", PASSING },
    { 501, "", "", 0 },
    { 502, "", "", PASSING },
    { 503, "", "", PASSING },
    { 504, "", "", PASSING },
    { 505, "", "", 0 },
    { 500, "InternalFailure", "", PASSING },
    { 503, "ServiceUnavailable", "", PASSING },
    { 400, "IDPCommunicationError", "", PASSING },
    { 400, "RequestTimeout", "", PASSING },
    { 400, "RequestTimeoutException", "", PASSING },
    { 400, "PriorRequestNotComplete", "", PASSING },
    { 400, "Throttling", "Rate exceeded", PASSING },
    { 400, "ThrottlingException", "", PASSING },
    { 400, "ThrottledException", "", PASSING },
    { 400, "RequestThrottledException", "", PASSING },
    { 400, "TooManyRequestsException", "", PASSING },
    { 400, "ProvisionedThroughputExceededException", "", PASSING },
    { 400, "TransactionInProgressException", "", PASSING },
    { 400, "RequestLimitExceeded", "", PASSING },
    { 400, "BandwidthLimitExceeded", "", PASSING },
    { 400, "LimitExceededException", "", PASSING },
    { 400, "RequestThrottled", "", PASSING },
    { 400, "SlowDown", "", PASSING },
    { 400, "EC2ThrottledException", "", PASSING },
    { 409, "LimitExceeded", "a quota", 0 },
    { 400, "MalformedPolicyDocument", "", 0 },
    { 302, "", "", 0 },
};

static void what_a_refusal_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof natures / sizeof natures[0]; i++) {
        const struct xa_record r =
            refusal(natures[i].status, natures[i].code, natures[i].message);
        unsigned is = (xa_refusal_is_passing(&r) ? PASSING : 0) |
                      (xa_refusal_is_duration(&r) ? DURATION : 0) |
                      (xa_refusal_is_denial(&r) ? DENIAL : 0) |
                      (xa_refusal_is_of_signer(&r) ? SIGNER : 0);
        if (is != natures[i].is)
            fail_msg("%u %s '%s': %x", natures[i].status, natures[i].code, natures[i].message, is);
    }
    static const struct { enum xa_outcome outcome; bool passing; } outcomes[] = {
        { XA_OUTCOME_UNREACHABLE, true }, { XA_OUTCOME_TIMED_OUT, true },
        { XA_OUTCOME_CERTIFICATE, false }, { XA_OUTCOME_UNREADABLE, false },
    };
    for (size_t i = 0; i < 4; i++) {
        const struct xa_record r = { .outcome = outcomes[i].outcome, .status = 0 };
        assert_int_equal(xa_refusal_is_passing(&r), outcomes[i].passing);
        assert_false(xa_refusal_is_denial(&r) || xa_refusal_is_duration(&r) ||
                     xa_refusal_is_of_signer(&r));
    }
}

static void failures(void **state)
{
    (void)state;
    static const struct {
        enum xa_outcome outcome;
        const char *detail, *message;
        enum xa_code code;
    } cases[] = {
        { XA_OUTCOME_UNREACHABLE, "could not resolve h",
          "AWS cannot be reached: could not resolve h", XA_UNREACHABLE },
        { XA_OUTCOME_TIMED_OUT, "d", "AWS did not answer in time: d", XA_TIMED_OUT },
        { XA_OUTCOME_CERTIFICATE, "d", "the connection to AWS is not safe: d", XA_CERTIFICATE },
        { XA_OUTCOME_UNREADABLE, "d", "the answer of AWS cannot be read: d", XA_BAD_REPLY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_record r = { .outcome = cases[i].outcome, .detail = S(cases[i].detail) };
        assert_int_equal(judge(&r, &expect), cases[i].code);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.why, "");
    }
    struct xa_record r = { .outcome = XA_OUTCOME_CERTIFICATE,
                           .detail = S("expired; the clock here says 1999-01-01 00:00 UTC") };
    judge(&r, &expect);
    assert_non_null(strstr(err.why, "clock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parameters),  cmocka_unit_test(the_largest_form),
        cmocka_unit_test(session_token),   cmocka_unit_test(read_only_is_of_the_partition),
        cmocka_unit_test(session_answers), cmocka_unit_test(what_a_refusal_is),
        cmocka_unit_test(bodies),          cmocka_unit_test(good_answers),
        cmocka_unit_test(one_defect_each), cmocka_unit_test(custom_endpoint),
        cmocka_unit_test(caller_identity), cmocka_unit_test(refusals),
        cmocka_unit_test(words),           cmocka_unit_test(clock_skew),
        cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
