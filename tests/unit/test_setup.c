/* SETUP on the agent's side: what is asked becomes what is made, and a place that a client brings
 * back is believed only if this agent wrote it for this very request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/setup/setup.h"
#include "agent/accounts/task.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/place_kit.h"
#include "tests/lib/vault_kit.h"

#define DEST_ACCOUNT "444444444444"
#define ROLE_ARN "arn:aws:iam::444444444444:role/Admin"
#define CONFIG "[source main]\n[source root]\n[source other]\n"

static struct xa_setup_terms terms;
static struct xa_setup_plan_room plan_room;
static struct xa_error err;

static struct xa_slice s(const char *text)
{
    return xa_slice_of(text);
}

static struct xa_task_request least(void)
{
    return (struct xa_task_request){
        .wish = { .name = s("prod"), .source = s("main"), .role = s("Admin") },
        .account = s(DEST_ACCOUNT), .dest_admin = s("other"),
    };
}

static int start(void **state)
{
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

/* --- terms ---------------------------------------------------------------------------------- */

static bool make(const struct xa_task_request *r)
{
    err = (struct xa_error){ 0 };
    return xa_setup_terms_make(kit.broker, kit.vault, r, &terms, &err);
}

static void the_least(void **state)
{
    struct xa_task_request r = least();
    struct xa_setup_plan_result plan;
    (void)state;
    assert_true(make(&r));
    xa_setup_plan(&terms, &r, &plan_room, &plan);
    assert_true(xa_slice_is(plan.role_arn, ROLE_ARN));
    assert_true(xa_slice_is(plan.role_path, "/"));
    assert_true(xa_slice_is(plan.user_arn, KIT_DEEP_ARN));
    assert_true(xa_slice_is(plan.user_name, "alice"));
    assert_true(xa_slice_is(plan.policy_name, "xacct-alice"));
    assert_true(xa_slice_is(plan.source_policy_arn,
                            "arn:aws:iam::111111111111:policy/xacct-alice"));
    assert_true(xa_slice_is(plan.permissions, "arn:aws:iam::aws:policy/AdministratorAccess"));
    assert_true(xa_slice_is(plan.trust_policy,
        "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
        "\"" KIT_DEEP_ARN "\"},\"Sid\":\"XacctAssume\"}],\"Version\":\"2012-10-17\"}"));
    assert_true(xa_slice_is(plan.source_policy,
        "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":[\""
        ROLE_ARN "\"],\"Sid\":\"XacctAssume\"}],\"Version\":\"2012-10-17\"}"));
    assert_int_equal(plan.external_id.len, 0);
    assert_false(terms.dest_is_there);
}

static void an_external_id_of_the_two_arns(void **state)
{
    struct xa_task_request r = least();
    char first[sizeof terms.external_id];
    (void)state;
    r.wish.external_id = s("auto");
    assert_true(make(&r));
    snprintf(first, sizeof first, "%s", terms.external_id);
    assert_int_equal(strlen(first), 36);
    assert_true(make(&r));
    assert_string_equal(terms.external_id, first);
    r.wish.role = s("Other");
    assert_true(make(&r));
    assert_string_not_equal(terms.external_id, first);
}

static void paths_and_permissions(void **state)
{
    struct xa_task_request r = least();
    (void)state;
    r.wish.role = s("/team/ops/Admin");
    r.permissions = s("ReadOnlyAccess, arn:aws:iam::444444444444:policy/own/P");
    assert_true(make(&r));
    assert_string_equal(terms.role_arn, "arn:aws:iam::444444444444:role/team/ops/Admin");
    assert_int_equal(terms.n_permissions, 2);
    assert_true(xa_slice_is(xa_setup_permission(&terms, 0),
                            "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_true(xa_slice_is(xa_setup_permission(&terms, 1),
                            "arn:aws:iam::444444444444:policy/own/P"));
    assert_int_equal(xa_setup_permission(&terms, 2).len, 0);
}

/* "a,b" is one name, or two policies: nobody knows. Behind an ARN of AWS's own it is two. */
static void a_comma_behind_an_arn(void **state)
{
    struct xa_task_request r = least();
    (void)state;
    r.permissions = s("arn:aws:iam::444444444444:policy/a,b");
    assert_false(make(&r));
    assert_int_equal(err.code, XA_USAGE);
    assert_non_null(strstr(err.message, "'b' behind the ARN"));
    r.permissions = s("arn:aws:iam::aws:policy/A,B,arn:aws:iam::444444444444:policy/a,"
                      "arn:aws:iam::444444444444:policy/b");
    assert_true(make(&r));
    assert_int_equal(terms.n_permissions, 4);
}

static void what_is_configured_counts(void **state)
{
    struct xa_task_request r = least();
    (void)state;
    kit_configure(CONFIG "[dest prod]\naccount = 444444444444\nrole = Admin\nsource = main\n"
                  "external_id = tenant\ntags = team=x\nsource_identity = alice\n");
    assert_true(make(&r));
    assert_true(terms.dest_is_there);
    assert_string_equal(terms.external_id, "tenant");
    assert_string_equal(terms.tags, "team=x");
    assert_string_equal(terms.source_identity, "alice");
    r.wish.external_id = s("other");
    assert_false(make(&r));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    r = least();
    r.wish.tags = s("team=y");
    assert_false(make(&r));
    r = least();
    r.wish.role = s("Other");
    assert_false(make(&r));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_non_null(strstr(err.message, "444444444444/Admin"));
    r.undo = true;
    assert_true(make(&r));
    assert_false(terms.dest_is_there);
}

static void what_cannot_be(void **state)
{
    static const struct {
        size_t at;                       /* of a slice in the request */
        const char *value;
        enum xa_code code;
    } rows[] = {
#define R(member, value, code) { offsetof(struct xa_task_request, member), value, code }
        R(wish.name, "a b", XA_USAGE), R(wish.name, "main", XA_NAME_TAKEN),
        R(wish.source, "nobody", XA_NO_SUCH_NAME), R(wish.source, "other", XA_USAGE),
        R(wish.source, "root", XA_USAGE), R(wish.role, "a b", XA_USAGE), R(wish.role, "", XA_USAGE),
        R(wish.role, "//Admin", XA_USAGE), R(wish.role, "/a*/Admin", XA_USAGE),
        R(wish.role, "/a?/Admin", XA_USAGE), R(wish.role, "/${aws:username}/Admin", XA_USAGE),
        R(wish.role, "/a\"b/Admin", XA_USAGE), R(wish.role, "/a\\b/Admin", XA_USAGE),
        R(account, "44444444444", XA_USAGE), R(account, "44444444444x", XA_USAGE),
        R(permissions, ",", XA_USAGE), R(permissions, "a b", XA_USAGE),
        R(permissions, "A,B,C,D,E,F,G,H,I,J,K", XA_USAGE),
        R(permissions, "arn:aws:iam::111111111111:policy/P", XA_USAGE),
        R(permissions, "arn:aws-cn:iam::aws:policy/P", XA_USAGE),
        R(permissions, "arn:aws:iam::aws:policy/", XA_USAGE),
        R(policy_name, "a/b", XA_USAGE), R(org, "o-abcdefghij", XA_USAGE),
        R(wish.external_id, "a", XA_USAGE), R(wish.external_id, "a\"b", XA_USAGE),
        R(wish.tags, "a", XA_USAGE), R(wish.tags, "=a", XA_USAGE), R(wish.tags, "a\"=b", XA_USAGE),
        R(wish.tags, "a=b c", XA_USAGE), R(wish.source_identity, "a", XA_USAGE),
        R(wish.source_identity, "a\"b", XA_USAGE),
#undef R
    };
    struct xa_task_request r;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        r = least();
        *(struct xa_slice *)(void *)((char *)&r + rows[i].at) = s(rows[i].value);
        if (make(&r) || err.code != rows[i].code)
            fail_msg("row %zu '%s': %d %s", i, rows[i].value, err.code, err.message);
    }
    r = least();
    r.trust = XA_TRUST_ORG;
    assert_false(make(&r));
    r.org = s("o-ABCDEFGHIJ");
    assert_false(make(&r));
    r.org = s("o-abcdefghij");
    assert_true(make(&r));
    r.trust = 3;
    assert_false(make(&r));
    r = least();
    r.max_duration_s = 3599;
    assert_false(make(&r));
    r.max_duration_s = 43201;
    assert_false(make(&r));
}

/* --- steps ---------------------------------------------------------------------------------- */

static enum xa_task_turn turn;
static struct xa_task *task;
static uint8_t place_room[XA_PLACE_MAX], body_room[64 * 1024];
static struct xa_task_request request;

static void done(void *ctx, enum xa_task_turn how, const struct xa_error *failure)
{
    (void)ctx;
    turn = how;
    if (how == XA_TASK_FAILS)
        err = *failure;
}

/* Begins the step of `request`; its call is under way then. */
static bool begin(void)
{
    struct xa_writer w = xa_writer_init(body_room, sizeof body_room);
    struct xa_question *question = NULL;
    xa_message_encode(&xa_msg_setup, &request, &w);
    assert_false(w.bad);
    task = xa_task_new(kit.broker, kit.vault, XA_SETUP, (struct xa_slice){ w.at, w.len },
                       kit.wall_s, &err);
    if (task == NULL)
        return false;
    turn = xa_task_begin(task, &err);
    if (turn != XA_TASK_CALLS)
        return true;
    assert_int_equal(xa_task_call(task, 1000, done, NULL, &turn, &question, &err),
                     XA_WILL_ANSWER);
    return true;
}

static char question_room[1024];

static void end(struct xa_task_result *ret)
{
    assert_int_equal(turn, XA_TASK_ANSWERS);
    xa_task_answer(task, ret);
    if (ret->place.len > 0)
        memcpy(place_room, ret->place.at, ret->place.len);
    kit_pass_ms(ret->wait_ms);
    request.place = (struct xa_slice){ place_room, ret->place.len };
    assert_true(xa_slice_copy(ret->question, question_room, sizeof question_room));
    ret->question = xa_slice_of(question_room);      /* it outlives the task */
    xa_task_free(&task);
}

static bool asks_for(const char *text)
{
    struct xa_slice body = kit.calls->request.body;
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

static struct xa_record details(const char *lines)
{
    return (struct xa_record){ .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                               .date_s = kit.wall_s, .details = s(lines),
                               .request_id = s("request-5") };
}

/* One step: its call has this in its form, and this is answered. */
static void step(const char *form, struct xa_record record, struct xa_task_result *ret)
{
    assert_true(begin());
    assert_int_equal(turn, XA_TASK_CALLS);
    if (!asks_for(form))
        fail_msg("'%s' is not in %.*s", form, (int)kit.calls->request.body.len,
                 (const char *)kit.calls->request.body.at);
    kit_answer(&record);
    end(ret);
}

static void stop(void)
{
    xa_task_free(&task);
}

#define OWNER "arn:aws:iam::444444444444:user/owner"
#define NONE kit_error(404, "NoSuchEntity", "there is none")

static void a_whole_run(void **state)
{
    struct xa_task_result r;
    (void)state;
    request = least();
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F",
         details("arn x\n"), &r);
    step("Action=GetRole&Version=2010-05-08&RoleName=Admin", NONE, &r);
    step("Action=CreateRole", details("role Admin\narn " ROLE_ARN "\n"), &r);
    step("Action=AttachRolePolicy&Version=2010-05-08&RoleName=Admin&PolicyArn=arn%3Aaws%3Aiam%3A%3A"
         "aws%3Apolicy%2FAdministratorAccess", details(""), &r);
    step("Action=GetPolicy&", NONE, &r);
    step("Action=CreatePolicy&", details("arn x\n"), &r);
    step("Action=AttachUserPolicy&Version=2010-05-08&UserName=alice", details(""), &r);
    assert_true(r.done);
}

#define VERSION(v, lines, arns)                                                                \
    "version " v "\nstatement XacctAssume\neffect Allow\naction sts:AssumeRole\n" lines      \
    "document {\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\","  \
    "\"Resource\":[" arns "],\"Sid\":\"XacctAssume\"}],\"Version\":\"2012-10-17\"}\n"
#define B_ARN "arn:aws:iam::555555555555:role/B"
#define C_ARN "arn:aws:iam::666666666666:role/C"
#define ONLY_B(v) VERSION(v, "resource " B_ARN "\n", "\"" B_ARN "\"")
#define ONLY_C(v) VERSION(v, "resource " C_ARN "\n", "\"" C_ARN "\"")
#define OURS_AND_B(v)                                                                          \
    VERSION(v, "resource " ROLE_ARN "\nresource " B_ARN "\n", "\"" ROLE_ARN "\",\"" B_ARN "\"")
#define B_AND_C(v)                                                                             \
    VERSION(v, "resource " B_ARN "\nresource " C_ARN "\n", "\"" B_ARN "\",\"" C_ARN "\"")
#define OURS_FORM "arn%3Aaws%3Aiam%3A%3A444444444444%3Arole%2FAdmin"
#define B_FORM "arn%3Aaws%3Aiam%3A%3A555555555555%3Arole%2FB"
#define C_FORM "arn%3Aaws%3Aiam%3A%3A666666666666%3Arole%2FC"
#define POLICY(v) "arn x\nversion " v "\ntag.key xacct\ntag.value setup\n"
#define RESOURCES(forms) "Resource%22%3A%5B%22" forms "%22%5D"

/* Up to the writing of the second version of a policy, which another role is in. */
static void go_to_policy(void)
{
    struct xa_task_result r;
    request = least();
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F",
         details("arn x\n"), &r);
    step("Action=GetRole", NONE, &r);
    step("Action=CreateRole", details("arn " ROLE_ARN "\n"), &r);
    step("Action=AttachRolePolicy", details(""), &r);
}

/* The policy has another role in it: it gets ours beside it, in the order of the ARNs; and it
 * ends only when the version in force has it. */
static void a_grant_is_added_to_others(void **state)
{
    struct xa_task_result r;
    (void)state;
    go_to_policy();
    step("Action=GetPolicy&", details(POLICY("v3")), &r);
    step("VersionId=v3", details(ONLY_B("v3")), &r);
    step(RESOURCES(OURS_FORM "%22%2C%22" B_FORM), details("version v4\n"), &r);
    step("Action=GetPolicy&", details(POLICY("v3")), &r);          /* not known everywhere */
    assert_true(r.wait_ms > 0);
    step("Action=GetPolicy&", details(POLICY("v5")), &r);
    step("VersionId=v5", details(ONLY_B("v5")), &r);               /* gone again            */
    step(RESOURCES(OURS_FORM "%22%2C%22" B_FORM), details("version v6\n"), &r);
    step("Action=GetPolicy&", details(POLICY("v6")), &r);
    step("VersionId=v6", details(OURS_AND_B("v6")), &r);
    step("Action=ListAttachedUserPolicies",
         details("policy arn:aws:iam::111111111111:policy/xacct-alice\n"), &r);
    assert_true(r.done);
}

/* Between v3, which was read, and v5, which is ours, somebody wrote v4. */
static void what_others_wrote_meanwhile_is_kept(void **state)
{
    static const struct { const char *between; const char *resources; } rows[] = {
        { B_AND_C("v4"), RESOURCES(OURS_FORM "%22%2C%22" B_FORM "%22%2C%22" C_FORM) },
        { ONLY_C("v4"), RESOURCES(OURS_FORM "%22%2C%22" C_FORM) },     /* B was taken out   */
    };
    struct xa_task_result r;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        go_to_policy();
        step("Action=GetPolicy&", details(POLICY("v3")), &r);
        step("VersionId=v3", details(ONLY_B("v3")), &r);
        step("Action=CreatePolicyVersion", details("version v5\n"), &r);
        step("VersionId=v4", details(rows[i].between), &r);
        step(rows[i].resources, details("version v6\n"), &r);
        step("Action=GetPolicy&", details(POLICY("v6")), &r);
    }
}

/* Several of them, each from the same v3: all of their roles are in the next. */
static void what_several_wrote_meanwhile_is_kept(void **state)
{
    struct xa_task_result r;
    (void)state;
    go_to_policy();
    step("Action=GetPolicy&", details(POLICY("v3")), &r);
    step("VersionId=v3", details(ONLY_B("v3")), &r);
    step("Action=CreatePolicyVersion", details("version v6\n"), &r);
    step("VersionId=v4", details(B_AND_C("v4")), &r);
    step("VersionId=v5", details(ONLY_B("v5")), &r);
    step(RESOURCES(OURS_FORM "%22%2C%22" B_FORM "%22%2C%22" C_FORM), details("version v7\n"), &r);
}

/* It does not go on for ever: as often as it looks, another is in force. */
static void a_policy_that_others_write_all_the_time(void **state)
{
    struct xa_task_result r;
    int n = 0;
    (void)state;
    go_to_policy();
    step("Action=GetPolicy&", details(POLICY("v1")), &r);
    step("VersionId=v1", details(ONLY_B("v1")), &r);
    step("Action=CreatePolicyVersion", details("version v2\n"), &r);
    for (;; n++) {
        step("Action=GetPolicy&", details(POLICY("v9")), &r);
        assert_true(begin());
        struct xa_record record = details(ONLY_B("v9"));
        kit_answer(&record);
        if (turn == XA_TASK_FAILS)
            break;
        end(&r);
        assert_true(n < 20);
        step("Action=CreatePolicyVersion", details("version v2\n"), &r);
    }
    assert_int_equal(err.code, XA_BUSY);
    stop();
}

/* Whose a policy is, and who has it: in the question, or none. */
static void whose_a_policy_is(void **state)
{
#define MINE "policy arn:aws:iam::111111111111:policy/xacct-alice\n"
    static const struct { const char *tags, *attached, *has, *asked; } rows[] = {
        { "tag.key xacct\ntag.value setup\n", "attached 0\n", NULL, NULL },
        { "tag.key xacct\ntag.value setup\n", "attached 1\n", MINE, NULL },
        { "tag.key xacct\ntag.value setup\n", "attached 1\n", "", "is attached to 1 other," },
        { "tag.key xacct\ntag.value setup\n", "attached 3\n", MINE, "attached to 2 others," },
        { "", "attached 0\n", NULL, "was not made by xacct; let" },
        { "", "attached 1\n", MINE, "was not made by xacct; let" },
        { "", "attached 2\n", "", "was not made by xacct and is attached to 2 others," },
        { "tag.key xacct\ntag.value other\n", "attached 0\n", NULL, "was not made by xacct" },
    };
    struct xa_task_result r;
    char text[256], question[600];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        go_to_policy();
        snprintf(text, sizeof text, "arn x\nversion v1\n%s%s", rows[i].attached, rows[i].tags);
        step("Action=GetPolicy&", details(text), &r);
        assert_true(begin());
        struct xa_record record = details(ONLY_B("v1"));
        kit_answer(&record);
        xa_task_answer(task, &r);
        if (rows[i].has != NULL && rows[i].has[0] == '\0' && rows[i].tags[0] != '\0') {
            end(&r);
            step("Action=ListAttachedUserPolicies", details(""), &r);
            step("Action=GetPolicy&", details(text), &r);     /* counted once more */
            assert_true(begin());
            record = details(ONLY_B("v1"));
            kit_answer(&record);
        }
        if (rows[i].has != NULL) {
            end(&r);
            assert_true(begin());
            assert_true(asks_for("Action=ListAttachedUserPolicies"));
            record = details(rows[i].has);
            kit_answer(&record);
            xa_task_answer(task, &r);
        }
        snprintf(question, sizeof question, "%.*s", (int)r.question.len,
                 r.question.len > 0 ? (const char *)r.question.at : "");
        end(&r);
        if ((rows[i].asked == NULL) != (question[0] == '\0') ||
            (rows[i].asked != NULL && strstr(question, rows[i].asked) == NULL))
            fail_msg("row %zu: '%s'", i, question);
        if (rows[i].asked == NULL) {
            step("Action=CreatePolicyVersion", details("version v2\n"), &r);
            continue;
        }
        assert_true(begin());
        assert_int_equal(turn, XA_TASK_FAILS);
        assert_int_equal(err.code, XA_CANCELLED);
        stop();
        request.confirmed = true;
        step("Action=CreatePolicyVersion", details("version v2\n"), &r);
    }
}

static void a_policy_of_another_form_is_left(void **state)
{
    static const char *const others[] = {
        "statement -\neffect Allow\naction s3:*\nresource *\ndocument {}\n",
        "statement XacctAssume\neffect Allow\naction sts:AssumeRole\nresource *\ndocument {}\n",
        "statement XacctAssume\neffect Allow\naction sts:AssumeRole\nresource " ROLE_ARN
        "\ncondition Bool aws:SecureTransport true\ndocument {\"Statement\":[]}\n",
        "version v1\n",
    };
    struct xa_task_result r;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        request = least();
        step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
        step("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F",
         details("arn x\n"), &r);
        step("Action=GetRole", NONE, &r);
        step("Action=CreateRole", details("arn " ROLE_ARN "\n"), &r);
        step("Action=AttachRolePolicy", details(""), &r);
        step("Action=GetPolicy&", details("version v1\n"), &r);
        assert_true(begin());
        struct xa_record record = details(others[i]);
        kit_answer(&record);
        assert_int_equal(turn, XA_TASK_FAILS);
        assert_int_equal(err.code, XA_NAME_TAKEN);
        xa_task_free(&task);
    }
}

/* --- places --------------------------------------------------------------------------------- */

/* Up to where the next step would make the role. */
static void go_to_make(void)
{
    struct xa_task_result r;
    request = least();
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F",
         details("arn x\n"), &r);
    step("Action=GetRole", NONE, &r);
}

/* Whatever a client makes of it: the work begins where all work begins. */
static void a_changed_place_is_not_believed(void **state)
{
    (void)state;
    go_to_make();
    assert_true(begin());
    assert_true(asks_for("Action=CreateRole"));
    stop();
    for (size_t i = 0; i < request.place.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            place_room[i] ^= (uint8_t)(1u << bit);
            assert_true(begin());
            if (!asks_for("Action=GetCallerIdentity"))
                fail_msg("bit %u of byte %zu", bit, i);
            stop();
            place_room[i] ^= (uint8_t)(1u << bit);
        }
    struct xa_slice whole = request.place;
    for (size_t len = 1; len < whole.len; len++) {
        request.place.len = len;
        assert_true(begin());
        assert_true(asks_for("Action=GetCallerIdentity"));
        stop();
    }
}

/* What is made is what was shown, whatever the configuration has come to say meanwhile. */
static void a_place_is_for_what_was_shown(void **state)
{
    (void)state;
    kit_configure(CONFIG "[dest prod]\naccount = 444444444444\nrole = Admin\n"
                  "external_id = one\n");
    request = least();
    request.wish.name = s("prod");
    struct xa_task_result r;
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&", details("arn x\n"), &r);
    step("Action=GetRole", NONE, &r);
    assert_true(begin());
    assert_true(asks_for("Action=CreateRole"));
    stop();
    kit_configure(CONFIG "[dest prod]\naccount = 444444444444\nrole = Admin\n"
                  "external_id = two\n");
    assert_true(begin());
    assert_true(asks_for("Action=GetCallerIdentity"));
    stop();
}

/* Nobody says yes to what is not on the screen without being told so. */
static void a_question_tells_what_is_not_shown(void **state)
{
    static char lines[XA_DOCUMENT_MAX + 512];
    struct xa_task_result r;
    (void)state;
    for (int how = 0; how < 3; how++) {
        size_t len = (size_t)snprintf(lines, sizeof lines, "arn " ROLE_ARN "\nmax 3600\n%s",
                                      how == 2 ? "statement -\neffect Deny\naction *\n" : "document {");
        if (how < 2) {
            memset(lines + len, ' ', XA_DOCUMENT_MAX - 2 + (size_t)how);
            memcpy(lines + len + XA_DOCUMENT_MAX - 2 + how, "}\n", 3);
        }
        request = least();
        step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
        step("Action=GetPolicy&", details("arn x\n"), &r);
        step("Action=GetRole", details(lines), &r);
        assert_int_equal(memmem(r.question.at, r.question.len, "too long to be shown", 20) != NULL,
                         how > 0);
    }
    request = least();
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&", details("arn x\n"), &r);
    assert_true(begin());
    struct xa_record record = details("arn " ROLE_ARN "\nmax 3600\ncut 1\n");
    kit_answer(&record);
    assert_int_equal(turn, XA_TASK_FAILS);         /* nobody could tell whether it changed */
    stop();
}

/* A yes to one question is none to the next. */
static void a_yes_is_for_one_question(void **state)
{
    struct xa_task_result r;
    (void)state;
    request = least();
    request.max_duration_s = 7200;
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&", details("arn x\n"), &r);
    step("Action=GetRole", details("arn " ROLE_ARN "\nmax 3600\ndocument {}\n"), &r);
    assert_true(r.question.len > 0);
    request.confirmed = true;
    static char same[XA_DOCUMENT_MAX + 256];
    assert_true(xa_setup_terms_make(kit.broker, kit.vault, &request, &terms, &err));
    snprintf(same, sizeof same, "arn " ROLE_ARN "\nmax 3600\ndocument %.*s\n",
             (int)terms.trust_policy_len, terms.trust_policy);
    step("Action=GetRole", details(same), &r);     /* somebody else made it what it is to be */
    assert_true(r.question.len > 0);
    request.confirmed = false;
    assert_true(begin());
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_CANCELLED);
    stop();
}

static void a_place_is_for_one_request(void **state)
{
    static const struct { size_t at; const char *value; } others[] = {
        { offsetof(struct xa_task_request, wish.name), "another" },
        { offsetof(struct xa_task_request, wish.role), "Other" },
        { offsetof(struct xa_task_request, account), "555555555555" },
        { offsetof(struct xa_task_request, permissions), "ReadOnlyAccess" },
        { offsetof(struct xa_task_request, wish.external_id), "e1" },
        { offsetof(struct xa_task_request, policy_name), "another" },
        { offsetof(struct xa_task_request, source_admin), "main" },
    };
    (void)state;
    go_to_make();
    struct xa_task_request kept = request;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        request = kept;
        *(struct xa_slice *)(void *)((char *)&request + others[i].at) = s(others[i].value);
        assert_true(begin());
        assert_true(asks_for("Action=GetCallerIdentity"));
        stop();
    }
    request = kept;
    request.undo = true;
    assert_true(begin());
    assert_true(asks_for("Action=GetCallerIdentity"));
    stop();
    request = kept;
    request.trust = XA_TRUST_ACCOUNT;
    assert_true(begin());
    assert_true(asks_for("Action=GetCallerIdentity"));
    stop();
}

/* A place with another step, flags and notes of a client's own making. */
static void a_place_of_a_clients_own(void **state)
{
    (void)state;
    request = least();
    for (unsigned step_number = 0; step_number < 0x100; step_number++) {
        static const char notes[] = "detach arn:aws:iam::aws:policy/AdministratorAccess\nversion v1\n"
                                    "assume *\nseal 00\n";
        const struct kit_place place = { (uint16_t)step_number, UINT32_MAX, 0, 0, true, notes };
        size_t len = kit_seal_place(XA_SETUP, &request, &place, place_room);
        place_room[2] ^= 1;
        request.place = (struct xa_slice){ place_room, len };
        request.confirmed = true;
        assert_true(begin());
        assert_true(asks_for("Action=GetCallerIdentity"));
        stop();
    }
}

/* The question of a step cannot be passed over. */
static void nothing_goes_on_without_its_answer(void **state)
{
    struct xa_task_result r;
    (void)state;
    request = least();
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F",
         details("arn x\n"), &r);
    step("Action=GetRole", details("arn " ROLE_ARN "\nmax 3600\ndocument {}\n"), &r);
    assert_true(r.question.len > 0);
    assert_true(begin());
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_CANCELLED);
    stop();
    request.confirmed = true;
    step("Action=GetRole", details("arn " ROLE_ARN "\nmax 3600\ndocument {\"changed\":1}\n"), &r);
    assert_true(r.question.len > 0);             /* it is not what was shown */
    step("Action=GetRole", details("arn " ROLE_ARN "\nmax 3600\ndocument {\"changed\":1}\n"), &r);
    assert_int_equal(r.question.len, 0);
    request.confirmed = false;
    step("Action=UpdateAssumeRolePolicy", details(""), &r);
}

/* --- whose a role is ------------------------------------------------------------------------ */

#define OUR_TRUST                                                                              \
    "document {\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\"," \
    "\"Principal\":{\"AWS\":\"" KIT_DEEP_ARN "\"},\"Sid\":\"XacctAssume\"}],"        \
    "\"Version\":\"2012-10-17\"}\n"
#define ADMINISTRATOR "policy arn:aws:iam::aws:policy/AdministratorAccess\n"

enum fate { LEFT, ASKED, GOES };

/* A role as undo finds it. */
struct found { const char *tags, *trust, *attached, *inline_names; };

/* Up to where it is known what becomes of the role. */
static enum fate look_at(const struct found *f)
{
    struct xa_task_result r;
    char text[1024];
    snprintf(text, sizeof text, "arn " ROLE_ARN "\n%s%s", f->trust, f->tags);
    step("Action=GetRole&", details(text), &r);
    step("Action=ListAttachedRolePolicies", details(f->attached), &r);
    assert_true(begin());
    if (asks_for("Action=GetPolicy&")) {       /* of the source's: nothing of the role goes */
        stop();
        return LEFT;
    }
    assert_true(asks_for("Action=ListRolePolicies"));
    struct xa_record record = details(f->inline_names);
    kit_answer(&record);
    end(&r);
    if (f->inline_names[0] != '\0') {
        assert_int_equal(r.question.len, 0);
        step("Action=GetRolePolicy&", details("name hand\ndocument {}\n"), &r);
    }
    return r.question.len > 0 ? ASKED : GOES;
}

static void begin_undo(void)
{
    struct xa_task_result r;
    request = least();
    request.undo = true;
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
}

/* Only what is in every respect as setup makes it for this destination goes unasked. */
static void whose_a_role_is(void **state)
{
    static const struct { struct found found; enum fate fate; } rows[] = {
#define OURS "tag.key xacct\ntag.value setup\ntag.key xacct:dest\ntag.value prod\n"
#define TAGGED(dest) "tag.key xacct\ntag.value setup\ntag.key xacct:dest\ntag.value " dest "\n"
#define HAND "name hand\n"
#define MORE ADMINISTRATOR "policy arn:aws:iam::444444444444:policy/hand\n"
        { { OURS, OUR_TRUST, ADMINISTRATOR, "" }, GOES },
        { { OURS, OUR_TRUST, "", "" }, GOES },
        { { OURS, OUR_TRUST, MORE, "" }, ASKED },
        { { OURS, OUR_TRUST, ADMINISTRATOR, HAND }, ASKED },
        { { OURS, OUR_TRUST, MORE, HAND }, ASKED },
        { { OURS, "document {}\n", ADMINISTRATOR, "" }, ASKED },
        { { OURS, "", ADMINISTRATOR, "" }, ASKED },
        { { OURS, "document {}\n", MORE, HAND }, ASKED },
        { { TAGGED("other"), OUR_TRUST, ADMINISTRATOR, "" }, ASKED },
        { { TAGGED("Prod"), OUR_TRUST, ADMINISTRATOR, "" }, ASKED },
        { { TAGGED("prod2"), OUR_TRUST, ADMINISTRATOR, "" }, ASKED },
        { { TAGGED("other"), "document {}\n", MORE, HAND }, ASKED },
        { { "tag.key xacct\ntag.value setup\n", OUR_TRUST, ADMINISTRATOR, "" }, ASKED },
        { { "", OUR_TRUST, ADMINISTRATOR, "" }, LEFT },
        { { "", "document {}\n", MORE, HAND }, LEFT },
        { { "tag.key xacct:dest\ntag.value prod\n", OUR_TRUST, ADMINISTRATOR, "" }, LEFT },
        { { "tag.key xacct\ntag.value other\ntag.key xacct:dest\ntag.value setup\n", OUR_TRUST,
            ADMINISTRATOR, "" }, LEFT },
        { { "tag.key other\ntag.value xacct\ntag.key team\ntag.value setup\n", OUR_TRUST,
            ADMINISTRATOR, "" }, LEFT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin_undo();
        enum fate fate = look_at(&rows[i].found);
        if (fate != rows[i].fate)
            fail_msg("row %zu: %d", i, fate);
    }
}

/* Without a yes it stays, all of it, and the source's side follows. */
static void a_role_in_doubt_stays_without_a_yes(void **state)
{
    const struct found found = { OURS, OUR_TRUST, ADMINISTRATOR, HAND };
    struct xa_task_result r;
    (void)state;
    begin_undo();
    assert_int_equal(look_at(&found), ASKED);
    assert_true(begin());
    end(&r);
    assert_int_equal(r.question.len, 0);
    step("Action=GetPolicy&", NONE, &r);
    assert_true(r.done);
}

/* A yes is for what was shown: it is read once more, and goes only if it is still that. */
static void a_role_in_doubt_goes_as_it_was_shown(void **state)
{
    const struct found found = { OURS, OUR_TRUST, MORE, HAND },
                       changed = { OURS, OUR_TRUST, MORE, "name another\n" };
    struct xa_task_result r;
    (void)state;
    begin_undo();
    assert_int_equal(look_at(&found), ASKED);
    request.confirmed = true;
    assert_int_equal(look_at(&changed), GOES);       /* nothing is asked yet: it looks anew */
    request.confirmed = false;
    assert_int_equal(look_at(&changed), ASKED);
    request.confirmed = true;
    assert_int_equal(look_at(&changed), GOES);
    request.confirmed = false;
    step("Action=DetachRolePolicy", details(""), &r);
    step("Action=DetachRolePolicy", details(""), &r);
    step("Action=DeleteRolePolicy&Version=2010-05-08&RoleName=Admin&PolicyName=another",
         details(""), &r);
    step("Action=DeleteRole&", details(""), &r);
}

/* Whose account the vault knows is judged before AWS is asked anything. */
static void a_known_administrator_of_another_account(void **state)
{
    struct xa_task_request r = least();
    (void)state;
    r.dest_admin = s("main");
    assert_false(make(&r));
    assert_int_equal(err.code, XA_OTHER_ACCOUNT);
    assert_non_null(strstr(err.message, "'main' acts in the account 111111111111"));
    r.account = s("111111111111");
    assert_true(make(&r));
    r = least();
    r.source_admin = s("main");
    assert_true(make(&r));
}

static void a_session_that_is_too_long(void **state)
{
    struct xa_task_result r;
    (void)state;
    struct xa_task_request wish = least();
    wish.wish.duration_s = 7200;
    wish.max_duration_s = 3600;
    assert_false(make(&wish));
    assert_int_equal(err.code, XA_USAGE);
    assert_string_equal(err.hint, "the same command with --max-duration 120m");
    wish.max_duration_s = 7200;
    assert_true(make(&wish));
    static const char *const roles[] = { NULL, "arn " ROLE_ARN "\nmax 3600\n",
                                         "arn " ROLE_ARN "\nmax 7199\n" };
    for (size_t i = 0; i < 3; i++) {
        request = least();
        request.wish.duration_s = 7200;
        step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
        step("Action=GetPolicy&", details("arn x\n"), &r);
        assert_true(begin());
        struct xa_record record = roles[i] == NULL ? NONE : details(roles[i]);
        kit_answer(&record);
        assert_int_equal(turn, XA_TASK_FAILS);
        assert_int_equal(err.code, XA_USAGE);
        assert_string_equal(err.hint, "the same command with --max-duration 120m");
        xa_task_free(&task);
    }
}

static void a_permission_that_is_none(void **state)
{
    struct xa_task_result r;
    (void)state;
    request = least();
    request.permissions = s("ReadOnlyAccess,AdminstratorAccess");
    step("Action=GetCallerIdentity", kit_caller(OWNER), &r);
    step("ReadOnlyAccess", kit_error(403, "AccessDenied", "who may not look goes on"), &r);
    assert_true(begin());
    assert_true(asks_for("AdminstratorAccess"));
    struct xa_record record = NONE;
    kit_answer(&record);
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(err.message, "no policy arn:aws:iam::aws:policy/AdminstratorAccess"));
    assert_non_null(strstr(err.hint, "--permissions"));
    xa_task_free(&task);
}

static void an_administrator_of_another_account(void **state)
{
    (void)state;
    request = least();
    assert_true(begin());
    struct xa_record record = kit_caller(KIT_DEEP_ARN);
    kit_answer(&record);
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_OTHER_ACCOUNT);
    assert_non_null(strstr(err.message, "111111111111"));
    assert_non_null(strstr(err.message, DEST_ACCOUNT));
    stop();
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, kit_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_least), T(an_external_id_of_the_two_arns), T(paths_and_permissions),
        T(a_comma_behind_an_arn),
        T(what_is_configured_counts), T(what_cannot_be), T(a_whole_run),
        T(a_grant_is_added_to_others), T(what_others_wrote_meanwhile_is_kept),
        T(what_several_wrote_meanwhile_is_kept), T(a_policy_that_others_write_all_the_time),
        T(whose_a_policy_is), T(a_policy_of_another_form_is_left),
        T(a_changed_place_is_not_believed), T(a_place_is_for_one_request),
        T(a_place_is_for_what_was_shown), T(a_yes_is_for_one_question),
        T(a_question_tells_what_is_not_shown),
        T(a_place_of_a_clients_own), T(nothing_goes_on_without_its_answer),
        T(whose_a_role_is), T(a_role_in_doubt_stays_without_a_yes),
        T(a_role_in_doubt_goes_as_it_was_shown), T(an_administrator_of_another_account),
        T(a_known_administrator_of_another_account), T(a_session_that_is_too_long),
        T(a_permission_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
