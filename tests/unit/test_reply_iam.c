/* IAM's answers, in the shapes of its model, in others that mean the same, and in those
 * that they must not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/reply.h"

#define XMLNS " xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\""
#define META "<ResponseMetadata><RequestId>7a62c49f-347e</RequestId></ResponseMetadata>"
#define WITH(action, ns, result)                                                           \
    "<" action "Response" ns ">\n  <" action "Result>\n" result "</" action "Result>\n  "  \
    META "\n</" action "Response>\n"
#define IAM(action, result) WITH(action, XMLNS, result)
#define WHOLE_LIST "<IsTruncated>false</IsTruncated>"
#define T(name, text) "<" name ">" text "</" name ">"
#define MEMBER(text) "\n<member>" text "</member>\n"
#define MADE T("CreateDate", "2019-11-09T13:34:41Z")
#define MADE_S "1573306481"

#define TRUST_ENCODED                                                                      \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow" \
    "%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111111111111%22%7D%2C%22Action%22%3A%22sts"  \
    "%3AAssumeRole%22%7D%5D%7D"
#define TRUST                                                                              \
    "document {\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\","        \
    "\"Principal\":{\"AWS\":\"111111111111\"}}],\"Version\":\"2012-10-17\"}\n"             \
    "statement -\neffect Allow\nprincipal AWS 111111111111\naction sts:AssumeRole\n"
#define TAGS                                                                               \
    T("Tags", MEMBER(T("Key", "team") T("Value", "a b")) MEMBER(T("Key", "empty") "<Value/>"))
#define TAG_LINES "tag.key team\ntag.value a b\ntag.key empty\ntag.value \n"
#define BOUNDARY                                                                           \
    T("PermissionsBoundary", T("PermissionsBoundaryType", "Policy")                        \
      T("PermissionsBoundaryArn", "arn:aws:iam::1:policy/b"))

#define ROLE(action)                                                                       \
    IAM(action, T("Role", T("Path", "/team/") T("RoleName", "demo") T("RoleId", "AROA")    \
        T("Arn", "arn:aws:iam::1:role/team/demo") MADE                                     \
        T("AssumeRolePolicyDocument", TRUST_ENCODED)                                       \
        T("Description", "for\n alice &amp; b\xc3\xb6\xc3\xb6") T("MaxSessionDuration", "43200") \
        BOUNDARY TAGS T("RoleLastUsed", T("LastUsedDate", "2020-01-01T00:00:00Z")          \
                        T("Region", "eu-west-1"))))
#define ROLE_LINES                                                                         \
    "path /team/\nrole demo\nid AROA\narn arn:aws:iam::1:role/team/demo\ncreated " MADE_S  \
    "\n" TRUST "description for  alice & b\xc3\xb6\xc3\xb6\nmax 43200\n"                   \
    "boundary arn:aws:iam::1:policy/b\n" TAG_LINES

#define KEY(id, status) MEMBER(T("UserName", "alice") T("AccessKeyId", id) T("Status", status) MADE)
#define ATTACHED(action)                                                                   \
    IAM(action, T("AttachedPolicies", MEMBER(T("PolicyName", "a") T("PolicyArn", "arn:a")) \
        MEMBER(T("PolicyArn", "arn:b") T("PolicyName", "b"))) WHOLE_LIST)
#define NAMED(action) IAM(action, T("PolicyNames", MEMBER("one") MEMBER("two")) WHOLE_LIST)
#define INLINE(action, of) IAM(action, T(of, "x") T("PolicyName", "p") T("PolicyDocument", TRUST_ENCODED))
#define POLICY(action)                                                                     \
    IAM(action, T("Policy", T("PolicyName", "p") T("PolicyId", "ANPA") T("Arn", "arn:p")   \
        T("Path", "/") T("DefaultVersionId", "v1") T("AttachmentCount", "2")               \
        T("IsAttachable", "true") T("Description", "d") MADE T("UpdateDate", "x") TAGS))
#define TAG_LIST(action) IAM(action, TAGS WHOLE_LIST)
#define DONE(action) "<" action "Response" XMLNS ">" META "</" action "Response>"
#define STATEMENT(id) MEMBER(T("SourcePolicyId", id) T("SourcePolicyType", "user")         \
    T("StartPosition", T("Line", "3") T("Column", "17")))

static const struct { const char *text, *details; } answers[] = {
    { IAM("ListAccessKeys", T("UserName", "alice")
          T("AccessKeyMetadata", KEY("AKIA1", "Active") KEY("AKIA2", "Inactive")) WHOLE_LIST),
      "key AKIA1\nstatus Active\ncreated " MADE_S "\n"
      "key AKIA2\nstatus Inactive\ncreated " MADE_S "\n" },
    { IAM("ListAccessKeys", "<AccessKeyMetadata/>" WHOLE_LIST), "" },
    { IAM("ListAccessKeys", T("AccessKeyMetadata", KEY("AKIA1", "Active"))
          T("Marker", "to-be/continued") T("IsTruncated", "true")),
      "key AKIA1\nstatus Active\ncreated " MADE_S "\nmore to-be/continued\n" },
    { IAM("GetAccessKeyLastUsed", T("UserName", "alice") T("AccessKeyLastUsed",
          T("Region", "us-east-1") T("LastUsedDate", "2019-11-09T13:34:41Z")
          T("ServiceName", "iam"))),
      "user alice\nregion us-east-1\nused " MADE_S "\nservice iam\n" },
    { IAM("GetAccessKeyLastUsed", T("UserName", "alice") T("AccessKeyLastUsed",
          T("ServiceName", "N/A") T("Region", "N/A"))),
      "user alice\nservice N/A\nregion N/A\n" },
    { IAM("GetUser", T("User", T("Path", "/t/") T("UserName", "alice") T("UserId", "AIDA")
          T("Arn", "arn:aws:iam::1:user/t/alice") MADE T("PasswordLastUsed", "x") BOUNDARY TAGS)),
      "path /t/\nuser alice\nid AIDA\narn arn:aws:iam::1:user/t/alice\ncreated " MADE_S
      "\nboundary arn:aws:iam::1:policy/b\n" TAG_LINES },
    { ROLE("GetRole"), ROLE_LINES },
    { ROLE("CreateRole"), ROLE_LINES },
    { ATTACHED("ListAttachedRolePolicies"), "policy arn:a\npolicy arn:b\n" },
    { ATTACHED("ListAttachedUserPolicies"), "policy arn:a\npolicy arn:b\n" },
    { ATTACHED("ListAttachedGroupPolicies"), "policy arn:a\npolicy arn:b\n" },
    { NAMED("ListRolePolicies"), "name one\nname two\n" },
    { NAMED("ListUserPolicies"), "name one\nname two\n" },
    { NAMED("ListGroupPolicies"), "name one\nname two\n" },
    { IAM("ListGroupsForUser", T("Groups", MEMBER(T("Path", "/") T("GroupName", "g")
          T("GroupId", "AGPA") T("Arn", "arn:g") MADE)) WHOLE_LIST), "group g\n" },
    { INLINE("GetRolePolicy", "RoleName"), "name p\n" TRUST },
    { INLINE("GetUserPolicy", "UserName"), "name p\n" TRUST },
    { INLINE("GetGroupPolicy", "GroupName"), "name p\n" TRUST },
    { POLICY("CreatePolicy"), "arn arn:p\nversion v1\nattached 2\n" TAG_LINES },
    { POLICY("GetPolicy"), "arn arn:p\nversion v1\nattached 2\n" TAG_LINES },
    { IAM("GetPolicyVersion", T("PolicyVersion", T("Document", TRUST_ENCODED)
          T("VersionId", "v2") T("IsDefaultVersion", "true") MADE)), TRUST "version v2\n" },
    { IAM("ListPolicyVersions", T("Versions",
          MEMBER(T("Document", "%") T("VersionId", "v2") T("IsDefaultVersion", "true") MADE)
          MEMBER(T("IsDefaultVersion", "false") MADE T("VersionId", "v1"))) WHOLE_LIST),
      "version v2\ndefault true\ncreated " MADE_S "\n"
      "version v1\ndefault false\ncreated " MADE_S "\n" },
    { IAM("CreatePolicyVersion", T("PolicyVersion", T("VersionId", "v3") MADE)), "version v3\n" },
    { TAG_LIST("ListPolicyTags"), TAG_LINES },
    { TAG_LIST("ListRoleTags"), TAG_LINES },
    { IAM("ListRoleTags", T("Tags", MEMBER(T("Value", "v") T("Key", "k"))) WHOLE_LIST),
      "tag.key k\ntag.value v\n" },
    { IAM("ListAccountAliases", T("AccountAliases", MEMBER(" my-alias\n")) WHOLE_LIST),
      "alias my-alias\n" },
    { IAM("SimulatePrincipalPolicy", WHOLE_LIST T("EvaluationResults",
          MEMBER(T("EvalDecision", "allowed") T("MatchedStatements", STATEMENT("p1") STATEMENT("p2"))
                 T("EvalResourceName", "arn:r")
                 T("MissingContextValues", MEMBER("aws:a") MEMBER("aws:b"))
                 T("PermissionsBoundaryDecisionDetail", T("AllowedByPermissionsBoundary", "true"))
                 T("OrganizationsDecisionDetail", T("AllowedByOrganizations", "false"))
                 T("EvalDecisionDetails", "<entry><key>x</key><value>allowed</value></entry>")
                 T("ResourceSpecificResults", MEMBER(T("EvalResourceName", "other")
                   T("EvalResourceDecision", "allowed") T("MatchedStatements", STATEMENT("p3"))
                   T("MissingContextValues", MEMBER("aws:c")))
                   MEMBER(T("EvalResourceDecision", "explicitDeny") T("EvalResourceName", "third")))
                 T("EvalActionName", "sts:AssumeRole"))
          MEMBER(T("EvalActionName", "iam:GetUser") T("EvalResourceName", "*")
                 T("EvalDecision", "implicitDeny") "<MatchedStatements/>"
                 "<MissingContextValues/>"))),
      "action sts:AssumeRole\ndecision allowed\nmatched p1\nmatched p2\nresource arn:r\n"
      "missing aws:a\nmissing aws:b\nboundary.allows true\norg.allows false\n"
      "each other\neach.decision allowed\neach.matched p3\neach.missing aws:c\n"
      "each third\neach.decision explicitDeny\n"
      "action iam:GetUser\nresource *\ndecision implicitDeny\n" },
    { DONE("DeleteAccessKey"), "" },
    { DONE("UpdateAccessKey"), "" },
    { DONE("UpdateAssumeRolePolicy"), "" },
    { DONE("PutRolePolicy"), "" },
    { DONE("DeleteUserPolicy"), "" },
    { DONE("AttachGroupPolicy"), "" },
    { DONE("DetachRolePolicy"), "" },
    { DONE("DeleteRole"), "" },
    { DONE("DeletePolicyVersion"), "" },
    { DONE("SetDefaultPolicyVersion"), "" },
    { DONE("TagPolicy"), "" },
    { IAM("UpdateRole", ""), "" },
    /* other servers, other manners (facts 14.1) */
    { "\xef\xbb\xbf<?xml version=\"1.0\"?><!-- x -->"
      WITH("ListRolePolicies", "", "<Unknown><member>x</member></Unknown>"
           T("PolicyNames", "<Other>x</Other>" MEMBER("a") T("Member", "b"))), "name a\n" },
    { "<i:ListRolePoliciesResponse xmlns:i=\"x\"><i:ListRolePoliciesResult><i:PolicyNames>"
      "<i:member>&#97;<![CDATA[b]]></i:member></i:PolicyNames></i:ListRolePoliciesResult>"
      "</i:ListRolePoliciesResponse>", "name ab\n" },
    { WITH("GetUser", "", T("User", T("UserName", "alice") "<Tags/>")), "user alice\n" },
    { WITH("GetRole", "", T("Role", T("AssumeRolePolicyDocument",
           "{\"Statement\":[]}"))), "document {\"Statement\":[]}\n" },
};

static struct xa_reply reply;
static struct xa_record record;

/* The one that its root is the answer to. */
static struct xa_slice action_of(const char *at, size_t len)
{
    const char *end = memmem(at, len, "Response", 8), *start = end;
    while (start > at && ((start[-1] >= 'a' && start[-1] <= 'z') ||
                          (start[-1] >= 'A' && start[-1] <= 'Z')))
        start--;
    return end != NULL ? (struct xa_slice){ (const uint8_t *)start, (size_t)(end - start) }
                       : xa_slice_of("GetRole");
}

static void read_bytes(enum xa_answer answer, const char *at, size_t len)
{
    char *copy = malloc(len + 1);            /* so that a sanitizer sees a read past it */
    memcpy(copy, at, len);
    record = (struct xa_record){ .number = 9, .date_s = 77 };
    xa_reply_read(answer, action_of(at, len), 200,
                  (struct xa_slice){ (const uint8_t *)copy, len }, &reply, &record);
    free(copy);
    assert_int_equal(record.number, 9);
    assert_true(xa_record_sound(&record));
}

static void read_text(const char *text)
{
    read_bytes(XA_ANSWER_IAM, text, strlen(text));
}

static bool is_refused(const char *detail)
{
    return record.outcome == XA_OUTCOME_UNREADABLE && record.details.len == 0 &&
           memmem(record.detail.at, record.detail.len, detail, strlen(detail)) != NULL;
}

static void every_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        read_text(answers[i].text);
        if (record.outcome != XA_OUTCOME_ANSWERED ||
            !xa_slice_is(record.details, answers[i].details))
            fail_msg("%s\n%.*s\n%.*s", answers[i].text, (int)record.detail.len, record.detail.at,
                     (int)record.details.len, record.details.at);
        bool has_id = strstr(answers[i].text, META) != NULL;
        assert_true(xa_slice_is(record.request_id, has_id ? "7a62c49f-347e" : ""));
        assert_int_equal(record.access_key_id.len + record.secret.len + record.token.len, 0);
    }
}

/* Every part of every answer is as long as it says, or there is none of it. */
static void every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        for (size_t n = 0; n < (size_t)(strrchr(answers[i].text, '>') - answers[i].text); n += 3) {
            read_bytes(XA_ANSWER_IAM, answers[i].text, n);
            assert_true(is_refused(""));
        }
}

static void every_byte_changed(void **state)
{
    (void)state;
    static char text[4096];
    for (size_t which = 0; which < 8; which += 7) {      /* ListAccessKeys, CreateRole */
        size_t len = strlen(answers[which].text);
        memcpy(text, answers[which].text, len);
        for (size_t i = 0; i < len; i++)
            for (unsigned v = 0; v < 256; v += 5) {
                char was = text[i];
                text[i] = (char)v;
                read_bytes(XA_ANSWER_IAM, text, len);
                text[i] = was;
            }
    }
}

#define LISTED(members) IAM("ListAccessKeys", T("AccessKeyMetadata", members) WHOLE_LIST)
#define ENCODED(document) IAM("GetPolicyVersion", T("PolicyVersion", T("Document", document)))
#define NO_POLICY "is no policy document"

static const struct { const char *text, *detail; } hostile[] = {
    { "", "not well-formed" },
    { "{\"ListAccessKeysResponse\":{}}", "not well-formed" },
    { "<html/>", "not answer" },
    { IAM("ListUsers", "<Users/>"), "not answer" },
    { IAM("CreateAccessKey", T("AccessKey", T("SecretAccessKey", "s"))), "not answer" },
    { IAM("ListMFADevices", "<MFADevices/>"), "not answer" },
    { "<ListAccessKeys>" META "</ListAccessKeys>", "not answer" },
    { "<x>" DONE("DeleteRole") "</x>", "not answer" },
    { DONE("ListAccessKeys"), "no result" },
    { DONE("GetRole"), "no result" },
    { "<ListAccessKeysResponse/>", "no result" },
    { "<DeleteRoleResponse/>", "no result" },
    { "<DeleteRoleResponse><x>" META "</x></DeleteRoleResponse>", "no result" },
    { DONE("DeleteRole") DONE("DeleteRole"), "not well-formed" },
    { "<!DOCTYPE a [<!ENTITY x \"y\">]>" DONE("DeleteRole"), "document type" },
    { LISTED(KEY("A", "&x;")), "not well-formed" },
    { LISTED(KEY("A<b/>", "Active")), "within a text" },
    { LISTED(MEMBER(T("Status", "Active"))), "no name" },
    { LISTED(KEY("A", "Active") MEMBER("")), "no name" },
    { LISTED("<member/>"), "no name" },
    { IAM("SimulatePrincipalPolicy", T("EvaluationResults", MEMBER(T("EvalActionName", "a"))
          MEMBER(T("EvalDecision", "allowed")))), "no name" },
    { LISTED(MEMBER(T("AccessKeyId", "A") T("AccessKeyId", "B"))), "twice" },
    { LISTED(MEMBER(T("AccessKeyId", "A") T("Status", "Active") T("Status", "Inactive"))), "twice" },
    { LISTED(KEY("A", "Active") "</AccessKeyMetadata><AccessKeyMetadata>"), "twice" },
    { LISTED("") , NULL },
    { IAM("ListAccessKeys", "</ListAccessKeysResult><ListAccessKeysResult>"), "twice" },
    { IAM("GetRole", "<Role/><Role/>"), "twice" },
    { IAM("ListRoleTags", T("IsTruncated", "false") T("IsTruncated", "true")), "twice" },
    { IAM("ListRoleTags", META META), NULL },            /* not where it would be read */
    { "<DeleteRoleResponse>" META META "</DeleteRoleResponse>", "twice" },
    { IAM("ListRoleTags", T("IsTruncated", "true")), "goes on" },
    { IAM("ListRoleTags", T("IsTruncated", "true") "<Marker/>"), "goes on" },
    { IAM("ListRoleTags", T("IsTruncated", "yes")), "may not" },
    { IAM("ListRoleTags", "<IsTruncated/>"), "may not" },
    { IAM("ListRoleTags", T("IsTruncated", "true") T("Marker", "a&#x202e;b")), "may not" },
    { LISTED(KEY("A&#10;status Active", "Active")), "may not" },     /* a line of its own */
    { LISTED(KEY("A&#x1b;[m", "Active")), "not well-formed" },
    { LISTED(KEY("A&#x9b;m", "Active")), "may not" },
    { LISTED(KEY("A&#x202e;", "Active")), "may not" },
    { LISTED(KEY("A\xff", "Active")), "not well-formed" },
    { LISTED(MEMBER(T("AccessKeyId", "A") T("CreateDate", "tomorrow"))), "times" },
    { LISTED(MEMBER(T("AccessKeyId", "A") "<CreateDate/>")), "times" },
    { IAM("GetRole", T("Role", T("MaxSessionDuration", "-1"))), "may not" },
    { IAM("GetRole", T("Role", T("MaxSessionDuration", ""))), "may not" },
    { IAM("GetRole", T("Role", T("MaxSessionDuration", "12345678901"))), "may not" },
    { IAM("ListPolicyVersions", T("Versions", MEMBER(T("VersionId", "v") T("IsDefaultVersion",
          "True")))), "may not" },
    { ENCODED(""), NO_POLICY },
    { ENCODED("x"), NO_POLICY },
    { ENCODED("%7B%7D"), NO_POLICY },
    { ENCODED("%7B%22Statement%22%3A1%7D"), NO_POLICY },
    { ENCODED("%7B%22Statement%22%3A%5B%5D%7D%00"), NO_POLICY },
    { ENCODED("%7B%22Statement%22%3A%5B%5D%2C%22Id%22%3A%22%FF%22%7D"), NO_POLICY },
    { ENCODED("%7B%22Statement%22%3A%5B%5D%2C%22Statement%22%3A%5B%5D%7D"), NO_POLICY },
    { ENCODED("%7B%22Statement%22%3A%5B%5D%7"), "percent" },
    { ENCODED("%7B%22Statement%22%3A%5B%5D%7x"), "percent" },
};

static void hostile_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        read_text(hostile[i].text);
        if (hostile[i].detail == NULL ? record.outcome != XA_OUTCOME_ANSWERED
                                      : !is_refused(hostile[i].detail))
            fail_msg("%s\n%.*s", hostile[i].text, (int)record.detail.len, record.detail.at);
    }
}

/* What an errant person wrote into a description is shown, as well as it can be. */
static void descriptions(void **state)
{
    (void)state;
    read_text(IAM("GetRole", T("Role", T("Description", "a\tb&#x85;c"))));
    assert_true(xa_slice_is(record.details, "description a b??c\n"));
    read_text(IAM("GetRole", T("Role", "<Description/>")));
    assert_true(xa_slice_is(record.details, "description \n"));
}

/* --- CreateAccessKey --------------------------------------------------------------------- */

#define NEW_KEY(id, secret)                                                                \
    IAM("CreateAccessKey", T("AccessKey", T("UserName", "alice") T("AccessKeyId", id)      \
        T("Status", "Active") T("SecretAccessKey", secret) MADE))

static void a_new_key(void **state)
{
    (void)state;
    static const char text[] = NEW_KEY("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+b");
    read_bytes(XA_ANSWER_ACCESS_KEY, text, strlen(text));
    assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
    assert_true(xa_slice_is(record.access_key_id, "AKIAIOSFODNN7EXAMPLE"));
    assert_true(xa_slice_is(record.secret, "wJalrXUtnFEMI/K7MDENG+b"));
    assert_true(xa_slice_is(record.details, "user alice\nstatus Active\ncreated " MADE_S "\n"));
    assert_true(xa_slice_is(record.request_id, "7a62c49f-347e"));
    static const char broken[] = NEW_KEY(" AKIA\n  1 ", "w Jal\n\trX");
    read_bytes(XA_ANSWER_ACCESS_KEY, broken, strlen(broken));
    assert_true(xa_slice_is(record.access_key_id, "AKIA1"));
    assert_true(xa_slice_is(record.secret, "wJalrX"));
    static const char *const refused[] = {
        NEW_KEY("AKIA-1", "s"), NEW_KEY("AKIA1", "\xc3\xbc"), NEW_KEY("AKIA1", "a&#x1b;"),
        NEW_KEY("AKIA1", "a</SecretAccessKey><SecretAccessKey>b"), NEW_KEY("AKIA1", "<a/>"),
        DONE("CreateAccessKey"), DONE("DeleteAccessKey"), LISTED(KEY("A", "Active")),
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        read_bytes(XA_ANSWER_ACCESS_KEY, refused[i], strlen(refused[i]));
        assert_true(is_refused(""));
        assert_int_equal(record.secret.len + record.access_key_id.len, 0);
    }
    for (size_t over = 0; over <= 1; over++) {
        static char secret[XA_SECRET_KEY_MAX + 2], long_one[1024];
        memset(secret, 's', sizeof secret);
        secret[XA_SECRET_KEY_MAX + over] = '\0';
        snprintf(long_one, sizeof long_one, NEW_KEY("AKIA", "%s"), secret);
        read_bytes(XA_ANSWER_ACCESS_KEY, long_one, strlen(long_one));
        assert_int_equal(record.outcome, over ? XA_OUTCOME_UNREADABLE : XA_OUTCOME_ANSWERED);
    }
}

static void another_actions_answer(void **state)
{
    static const char *const others[] = { "GetRole", "ListRolePolicie", "ListRolePoliciesResponse",
                                          "ListUserPolicies", "istRolePolicies", "" };
    static const char text[] = "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/>"
        "</ListRolePoliciesResult></ListRolePoliciesResponse>";
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        record = (struct xa_record){ 0 };
        xa_reply_read(XA_ANSWER_IAM, xa_slice_of(others[i]), 200, xa_slice_of(text), &reply,
                      &record);
        assert_true(is_refused("it does not answer what was asked"));
    }
    xa_reply_read(XA_ANSWER_IAM, xa_slice_of("ListRolePolicies"), 200, xa_slice_of(text), &reply,
                  &record);
    assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
}

static void refusals(void **state)
{
    (void)state;
    static const char text[] = "<ErrorResponse><Error><Code>LimitExceeded</Code><Message>Cannot "
        "exceed quota for AccessKeysPerUser: 2</Message></Error></ErrorResponse>";
    for (int i = 0; i < 2; i++) {
        xa_reply_read(i == 0 ? XA_ANSWER_IAM : XA_ANSWER_ACCESS_KEY, xa_slice_of("X"), 409,
                      xa_slice_of(text), &reply, &record);
        assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
        assert_true(xa_slice_is(record.aws_code, "LimitExceeded"));
        assert_true(xa_slice_is(record.aws_message, "Cannot exceed quota for AccessKeysPerUser: 2"));
        assert_int_equal(record.details.len, 0);
    }
}

/* --- limits -------------------------------------------------------------------------------- */

static char big[128 * 1024];
static size_t big_len;

static void add(const char *text)
{
    big_len += (size_t)snprintf(big + big_len, sizeof big - big_len, "%s", text);
}

static void add_many(char c, size_t n)
{
    memset(big + big_len, c, n);
    big_len += n;
}

/* AWS's 4,096 characters of short external ids: their lines are left out as a whole, the
 * document is not; what comes after may need the room of either. */
static void a_policy_with_long_lines_is_cut(void **state)
{
    (void)state;
    for (int more = 0; more <= 2; more++) {
        big_len = 0;
        add("<GetRoleResponse><GetRoleResult><Role><Arn>a</Arn><AssumeRolePolicyDocument>"
            "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Condition\":"
            "{\"ForAnyValue:StringEqualsIgnoreCase\":{\"sts:ExternalId\":[\"a\"");
        for (int i = 0; i < (more == 1 ? 280 : 900); i++)
            add(",\"b\"");
        add("]}}}]}</AssumeRolePolicyDocument>");
        if (more > 0) {
            add("<Description>");
            add_many('d', more == 1 ? 6000 : 17000);
            add("</Description>");
        }
        add("<MaxSessionDuration>3600</MaxSessionDuration></Role></GetRoleResult></GetRoleResponse>");
        read_bytes(XA_ANSWER_IAM, big, big_len);
        assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
        assert_null(memmem(record.details.at, record.details.len, "statement", 9));
        assert_non_null(memmem(record.details.at, record.details.len, "\ncut 1\n", 7));
        assert_non_null(memmem(record.details.at, record.details.len, "\nmax 3600\n", 10));
        assert_int_equal(memmem(record.details.at, record.details.len, "\ndocument {", 11) != NULL,
                         more == 0);
    }
}

/* One line of exactly so many bytes, or more lines of them together. */
static void details_at_their_edge(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        big_len = 0;
        add("<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>");
        add_many('n', XA_DETAILS_MAX - 6 + over);
        add("</member></PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>");
        read_bytes(XA_ANSWER_IAM, big, big_len);
        assert_int_equal(record.details.len, over ? 0 : XA_DETAILS_MAX);
        assert_int_equal(is_refused("room"), over);

        big_len = 0;
        add("<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames>");
        for (size_t i = 0; i < XA_DETAILS_MAX / 16; i++)
            add("<member>1234567890</member>");
        add(over ? "<member/>" : "");
        add("</PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>");
        read_bytes(XA_ANSWER_IAM, big, big_len);
        assert_int_equal(record.details.len, over ? 0 : XA_DETAILS_MAX);
        assert_int_equal(is_refused("room"), over);

        big_len = 0;
        add("<ListRoleTagsResponse><ListRoleTagsResult><IsTruncated>true</IsTruncated><Marker>");
        add_many('m', 2048 + over);
        add("</Marker></ListRoleTagsResult></ListRoleTagsResponse>");
        read_bytes(XA_ANSWER_IAM, big, big_len);
        assert_int_equal(record.details.len, over ? 0 : 5 + 2048 + 1);
        assert_int_equal(is_refused("too long"), over);
    }
}

/* A policy whose only resource is so long, then a description of that length and two tags. */
static void read_role(size_t resource, size_t description)
{
    big_len = 0;
    add("<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName><AssumeRolePolicyDocument>"
        "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"a\",\"Resource\":\"");
    add_many('r', resource);
    add("\"}}</AssumeRolePolicyDocument><Tags><member><Value>v</Value><Key>k</Key></member></Tags>"
        "<Description>");
    add_many('d', description);
    add("</Description><PermissionsBoundary/></Role></GetRoleResult></GetRoleResponse>");
    read_bytes(XA_ANSWER_IAM, big, big_len);
}

#define STATED "statement -\neffect Deny\naction a\nresource "

static bool has(const char *text)
{
    return memmem(record.details.at, record.details.len, text, strlen(text)) != NULL;
}

static void the_document_gives_way(void **state)
{
    (void)state;
    size_t around = strlen("role r\ndocument {\"Statement\":{\"Action\":\"a\",\"Effect\":\"Deny\","
                           "\"Resource\":\"\"}}\n" STATED "\ntag.key k\ntag.value v\ndescription \n");
    size_t lines = strlen("role r\n" STATED "\ntag.key k\ntag.value v\ndescription \n");
    read_role(100, XA_DETAILS_MAX - around - 200);
    assert_int_equal(record.details.len, XA_DETAILS_MAX);
    assert_true(has("role r\ndocument {") && has("}\n" STATED));
    read_role(100, XA_DETAILS_MAX - around - 199);                /* one more */
    assert_int_equal(record.details.len, lines + XA_DETAILS_MAX - around - 99);
    assert_true(has("role r\n" STATED "r") && has("\ntag.key k\ntag.value v\ndescription d"));
    read_role(100, XA_DETAILS_MAX - lines - 100);
    assert_int_equal(record.details.len, XA_DETAILS_MAX);
    read_role(100, XA_DETAILS_MAX - lines - 99);                  /* then the statements do */
    assert_true(has("role r\ncut 1\ntag.key k\ntag.value v\ndescription d") && !has("statement"));
    read_role(100, XA_DETAILS_MAX);
    assert_true(is_refused("room"));
    /* the document alone is too long from the start, or the statements are */
    read_role(XA_DETAILS_MAX - 200, 10);
    assert_true(has("role r\n" STATED "r") && !has("document"));
    read_role(XA_DETAILS_MAX - lines - 1, 1);
    assert_int_equal(record.details.len, XA_DETAILS_MAX);
    read_role(XA_DETAILS_MAX, 1);
    assert_true(has("role r\ncut 1\ntag.key k") && !has("document"));
}

/* It goes in the midst of a member whose name has not come yet. */
static void the_document_gives_way_to_a_member(void **state)
{
    (void)state;
    big_len = 0;
    add("<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName><AssumeRolePolicyDocument>"
        "{\"Statement\":[]}</AssumeRolePolicyDocument><Tags><member><Key>k</Key></member>"
        "<member><Value>");
    add_many('v', XA_DETAILS_MAX - strlen("role r\ntag.key k\ntag.key x\ntag.value \n"));
    add("</Value><Key>x</Key></member></Tags></Role></GetRoleResult></GetRoleResponse>");
    read_bytes(XA_ANSWER_IAM, big, big_len);
    assert_int_equal(record.details.len, XA_DETAILS_MAX);
    assert_memory_equal(record.details.at, "role r\ntag.key k\ntag.key x\ntag.value v",
                        strlen("role r\ntag.key k\ntag.key x\ntag.value v"));
}

static void deep_and_long_documents(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        big_len = 0;
        add("<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>"
            "{\"Statement\":[],\"Id\":");
        add_many(i == 0 ? '[' : '7', i == 2 ? 70 * 1024 : 60 * 1024);
        add("}</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>");
        read_bytes(XA_ANSWER_IAM, big, big_len);
        assert_true(is_refused(i == 2 ? "too long" : NO_POLICY));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer), cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_byte_changed), cmocka_unit_test(hostile_answers),
        cmocka_unit_test(descriptions), cmocka_unit_test(a_new_key), cmocka_unit_test(another_actions_answer),
        cmocka_unit_test(refusals),
        cmocka_unit_test(a_policy_with_long_lines_is_cut),
        cmocka_unit_test(details_at_their_edge), cmocka_unit_test(the_document_gives_way),
        cmocka_unit_test(the_document_gives_way_to_a_member),
        cmocka_unit_test(deep_and_long_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
