/* Long work: a place that comes back, one call a step, what is tried again; by way of revoke
 * and discover, as their requests come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/pace.h"
#include "agent/accounts/task_impl.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/place_kit.h"
#include "tests/lib/vault_kit.h"

#define CONFIG                                                                                     \
    "[source main]\nregion = eu-west-1\n"                                                        \
    "[dest prod]\naccount = 222222222222\nrole = Admin\nsource = main\n"                         \
    "[dest owner]\naccount = 222222222222\nrole = Owner\nsource = main\n"
#define ROLE "arn:aws:iam::222222222222:role/"

/* A client's side: what it says each time, and what came of it. */
static struct xa_task_request request;
static uint8_t type, place[XA_PLACE_MAX];
static struct xa_task *task;
static enum xa_task_turn turn;
static bool ended;                     /* the step's call has come back */
static struct xa_error err;
static char heard[8192];               /* the items, a line each */
static struct xa_task_result result;

static int start(void **state)
{
    memset(&request, 0, sizeof request);
    heard[0] = '\0';
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

static int end(void **state)
{
    xa_task_free(&task);
    return kit_end(state);
}

static void on_done(void *ctx, enum xa_task_turn how, const struct xa_error *failure)
{
    assert_null(ctx);
    assert_false(ended);
    ended = true;
    turn = how;
    err = *failure;
}

static bool open_task(void)
{
    uint8_t body[XA_REQUEST_MAX];
    struct xa_writer w = xa_writer_init(body, sizeof body);
    xa_task_free(&task);
    xa_message_encode(xa_message_of_request(type), &request, &w);
    assert_false(w.bad);
    task = xa_task_new(kit.broker, kit.vault, type, (struct xa_slice){ body, w.len },
                       xa_broker_time(kit.broker), &err);
    return task != NULL;
}

/* Begins a step: XA_WILL_ANSWER if a call is under way, XA_ANSWERED if none is needed. */
static enum xa_outlook step(void)
{
    struct xa_question *question = NULL;
    memset(&err, 0, sizeof err);
    ended = false;
    if (!open_task())
        return XA_FAILED;
    turn = xa_task_begin(task, &err);
    if (turn != XA_TASK_CALLS)
        return turn == XA_TASK_FAILS ? XA_FAILED : XA_ANSWERED;
    enum xa_outlook outlook = xa_task_call(task, 0, on_done, NULL, &turn, &question, &err);
    xa_question_free(&question);
    return outlook;
}

/* Takes the step's answer, as the client does: its items, and its place for the next. */
static void take(void)
{
    struct xa_item item;
    struct xa_error bad;
    assert_int_equal(turn, XA_TASK_ANSWERS);
    xa_task_answer(task, &result);
    assert_true(result.place.len <= sizeof place);
    assert_true(result.done == (result.place.len == 0));
    if (result.place.len > 0)
        memcpy(place, result.place.at, result.place.len);
    kit_pass_ms(result.wait_ms);
    request.place = (struct xa_slice){ place, result.place.len };
    while (xa_list_next(&result.items, &xa_msg_item, &item, &bad)) {
        size_t len = strlen(heard);
        snprintf(heard + len, sizeof heard - len, "%u %.*s %.*s\n", item.kind,
                 (int)item.subject.len, item.subject.len > 0 ? (const char *)item.subject.at : "",
                 (int)item.text.len, item.text.len > 0 ? (const char *)item.text.at : "");
    }
    assert_int_equal(bad.code, XA_OK);
}

static void answer(const char *details)
{
    const struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                                      .date_s = kit.wall_s, .details = xa_slice_of(details) };
    kit_answer(&record);
    assert_true(ended);
    take();
}

static void refuse(const char *aws_code, const char *message)
{
    struct xa_record record = kit_error(403, aws_code, message);
    kit_answer(&record);
    assert_true(ended);
}

static void sends(const char *form)
{
    const enum xa_outlook outlook = step();
    if (outlook == XA_FAILED)
        fail_msg("%s", err.message);
    assert_int_equal(outlook, XA_WILL_ANSWER);
    assert_non_null(kit.calls);
    assert_null(kit.calls->next);              /* one a step */
    if (!xa_slice_is(kit.calls->request.body, form))
        fail_msg("%.*s\nis not\n%s", (int)kit.calls->request.body.len,
                 (const char *)kit.calls->request.body.at, form);
}

static void issue(const char *role)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, role, 3600);
    assert_true(kit_first("Action=AssumeRole"));
    kit_answer(&record);
}

/* --- revoke -------------------------------------------------------------------------------- */

#define WHO "Action=GetCallerIdentity&Version=2011-06-15"

static void revoke(const char *dest, const char *admin)
{
    type = XA_REVOKE;
    request.wish.name = xa_slice_of(dest);
    request.dest_admin = xa_slice_of(admin);
}

static void who(const char *arn)
{
    struct xa_record record = kit_caller(arn);
    kit_answer(&record);
    assert_true(ended);
}

static void test_a_role_denies_what_is_older(void **state)
{
    char form[1024];
    (void)state;
    kit.wall_s = 1768484096;                       /* 2026-01-15T13:34:56Z */
    revoke("prod", NULL);
    assert_int_equal(step(), XA_WILL_ANSWER);
    issue("Admin");
    assert_true(xa_slice_is(kit.calls->request.body, WHO));
    who("arn:aws:sts::222222222222:assumed-role/Admin/alice");
    take();
    assert_false(result.done);
    snprintf(form, sizeof form,
             "Action=PutRolePolicy&Version=2010-05-08&RoleName=Admin&"
             "PolicyName=AWSRevokeOlderSessions&PolicyDocument="
             "%%7B%%22Statement%%22%%3A%%5B%%7B%%22Action%%22%%3A%%5B%%22%%2A%%22%%5D%%2C"
             "%%22Condition%%22%%3A%%7B%%22DateLessThan%%22%%3A%%7B%%22aws%%3ATokenIssueTime%%22"
             "%%3A%%222026-01-15T13%%3A35%%3A01Z%%22%%7D%%7D%%2C%%22Effect%%22%%3A%%22Deny%%22"
             "%%2C%%22Resource%%22%%3A%%5B%%22%%2A%%22%%5D%%7D%%5D%%2C%%22Version%%22%%3A"
             "%%222012-10-17%%22%%7D");
    sends(form);
    assert_true(xa_task_is_committed(task));
    answer("");
    assert_true(result.done);
    assert_non_null(strstr(heard, "2 " ROLE "Admin " ROLE "Admin denies every session issued "
                           "before 2026-01-15T13:35:01Z\n"));
    assert_true(xa_slice_is(xa_task_forgets(task), "prod"));
}

static void test_the_time_is_the_one_that_aws_has_told(void **state)
{
    struct xa_record record;
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step(), XA_WILL_ANSWER);
    record = kit_caller("arn:aws:iam::222222222222:user/alice");
    record.date_s = kit.wall_s + 200;              /* AWS takes what is so wrong */
    kit_answer(&record);
    take();
    assert_int_equal(step(), XA_WILL_ANSWER);
    assert_int_equal(task->now_s, kit.wall_s + 200);
    answer("");
}

static void test_another_accounts_role_is_left_alone(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step(), XA_WILL_ANSWER);
    who("arn:aws:iam::111111111111:user/alice");
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_OTHER_ACCOUNT);
    assert_null(kit.calls);
}

static void test_an_answer_without_an_account_proves_nothing(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step(), XA_WILL_ANSWER);
    struct xa_record record = kit_caller("arn:aws:iam::222222222222:user/alice");
    record.account = (struct xa_slice){ 0 };
    kit_answer(&record);
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_OTHER_ACCOUNT);
}

static void test_what_the_role_may_not_is_said(void **state)
{
    (void)state;
    revoke("prod", NULL);
    assert_int_equal(step(), XA_WILL_ANSWER);
    issue("Admin");
    who("arn:aws:sts::222222222222:assumed-role/Admin/alice");
    take();
    assert_int_equal(step(), XA_WILL_ANSWER);
    refuse("AccessDenied", "not authorized to perform: iam:PutRolePolicy");
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(err.hint, "--dest-admin"));
    assert_int_equal(xa_task_forgets(task).len, 0);
}

static void test_a_source_loses_its_key(void **state)
{
    (void)state;
    revoke("main", NULL);
    request.key_too = true;
    sends("Action=UpdateAccessKey&Version=2010-05-08&UserName=alice&AccessKeyId=" KIT_KEY_ID
          "&Status=Inactive");
    answer("");
    assert_true(result.done);
    assert_non_null(strstr(heard, "the access key " KIT_KEY_ID " of 'main' is inactive"));
}

/* The answer counts although the vault holds nothing any more that it could be told by. */
static void test_a_lock_in_the_middle_changes_no_outcome(void **state)
{
    (void)state;
    revoke("main", NULL);
    request.key_too = true;
    assert_int_equal(step(), XA_WILL_ANSWER);
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_false(ended);
    answer("");
    assert_true(result.done);
    request.place.len = 0;
    assert_int_equal(step(), XA_FAILED);
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
}

static void test_a_lock_ends_a_step_that_waits_for_credentials(void **state)
{
    (void)state;
    revoke("prod", NULL);
    assert_int_equal(step(), XA_WILL_ANSWER);
    assert_false(xa_task_is_committed(task));
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_true(ended && turn == XA_TASK_FAILS);
    assert_int_equal(err.code, XA_LOCKED);
}

static void test_what_cannot_be_revoked(void **state)
{
    (void)state;
    revoke("main", NULL);
    assert_false(open_task());
    assert_int_equal(err.code, XA_USAGE);
    revoke("nobody", NULL);
    assert_false(open_task());
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    revoke("other", NULL);
    request.key_too = true;
    assert_false(open_task());
    assert_non_null(strstr(err.hint, "whoami"));   /* whose it is was never proven */
}

static void test_a_step_that_is_given_up_is_not_heard_of(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step(), XA_WILL_ANSWER);
    xa_task_free(&task);
    assert_int_equal(kit.n_cancelled, 1);
    assert_false(ended);
}

/* --- AWS is busy ------------------------------------------------------------------------------ */

static void test_what_was_too_much_comes_again_later(void **state)
{
    (void)state;
    revoke("main", NULL);
    request.key_too = true;
    kit.chance = UINT32_MAX;
    for (unsigned i = 0; i < TASK_TRIES_MAX; i++) {
        assert_int_equal(step(), XA_WILL_ANSWER);
        refuse("Throttling", "Rate exceeded");
        take();
        assert_false(result.done);
        assert_in_range(result.wait_ms, 200, 200 + (1000u << i));
    }
    assert_non_null(strstr(heard, "AWS is busy"));
    assert_int_equal(step(), XA_WILL_ANSWER);
    refuse("Throttling", "Rate exceeded");
    assert_int_equal(turn, XA_TASK_FAILS);
    assert_int_equal(err.code, XA_AWS_THROTTLED);
}

static void test_what_came_through_is_counted_anew(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step(), XA_WILL_ANSWER);
    refuse("ServiceFailure", "");
    assert_int_equal(turn, XA_TASK_FAILS);         /* not among those that pass */
    assert_int_equal(step(), XA_WILL_ANSWER);
    refuse("ServiceUnavailable", "");
    take();
    assert_int_equal(step(), XA_WILL_ANSWER);
    assert_int_equal(task->tries, 1);
    who("arn:aws:iam::222222222222:user/alice");
    take();
    assert_int_equal(task->tries, 0);
}

/* --- discover --------------------------------------------------------------------------------- */

#define IAM(action, rest) "Action=" action "&Version=2010-05-08" rest
#define ENCODED_ROLE "arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2F"

static void discover(void)
{
    type = XA_DISCOVER;
    request.wish.name = xa_slice_of("main");
}

static void test_one_policy_after_the_other(void **state)
{
    (void)state;
    discover();
    sends(IAM("ListGroupsForUser", "&UserName=alice"));
    answer("group devs\nmore next\n");
    sends(IAM("ListGroupsForUser", "&UserName=alice&Marker=next"));
    answer("");
    sends(IAM("ListAttachedUserPolicies", "&UserName=alice"));
    answer("policy arn:p1\n");
    sends(IAM("GetPolicy", "&PolicyArn=arn%3Ap1"));
    answer("arn arn:p1\nversion v2\n");
    sends(IAM("GetPolicyVersion", "&PolicyArn=arn%3Ap1&VersionId=v2"));
    answer("version v2\nstatement -\neffect Allow\naction sts:*\nresource " ROLE "A\n"
           "resource " ROLE "B\nresource *\nstatement -\neffect Deny\naction sts:AssumeRole\n"
           "resource " ROLE "C\n");
    sends(IAM("SimulatePrincipalPolicy", "&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3A"
              "user%2Fteam%2Fa%2Falice&ActionNames.member.1=sts%3AAssumeRole"
              "&ResourceArns.member.1=" ENCODED_ROLE "A&ResourceArns.member.2=" ENCODED_ROLE "B"
              "&ContextEntries.member.1.ContextKeyName=aws%3AMultiFactorAuthPresent"
              "&ContextEntries.member.1.ContextKeyType=boolean"
              "&ContextEntries.member.1.ContextKeyValues.member.1=true"));
    answer("action sts:AssumeRole\nresource x\ndecision implicitDeny\n"
           "each " ROLE "B\neach.decision explicitDeny\neach.matched q\n"
           "each " ROLE "A\neach.decision allowed\n");
    sends(IAM("ListUserPolicies", "&UserName=alice"));
    answer("");
    sends(IAM("ListAttachedGroupPolicies", "&GroupName=devs"));
    answer("policy arn:p1\n");                     /* it was read */
    sends(IAM("ListGroupPolicies", "&GroupName=devs"));
    answer("name mine\n");
    sends(IAM("GetGroupPolicy", "&GroupName=devs&PolicyName=mine"));
    answer("name mine\nstatement -\neffect Allow\nnotaction iam:*\nresource " ROLE "A\n"
           "resource " ROLE "D\n");
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("action sts:AssumeRole\nresource " ROLE "D\ndecision implicitDeny\n"
           "missing aws:SourceIp\n");
    assert_int_equal(step(), XA_ANSWERED);
    take();
    assert_true(result.done);
    assert_string_equal(heard,
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
        assert_int_equal(step(), XA_WILL_ANSWER);
        refuse("AccessDenied", "");
        take();
    }
    assert_int_equal(step(), XA_FAILED);
    assert_int_equal(err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(heard, "iam:ListUserPolicies is not allowed"));
}

static void test_a_refused_check_is_said_once(void **state)
{
    char details[4096] = "name x\nstatement -\neffect Allow\naction *\n";
    (void)state;
    discover();
    request.place = (struct xa_slice){ 0 };
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("");
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("");
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("name x\n");
    assert_int_equal(step(), XA_WILL_ANSWER);
    for (int i = 0; i < 25; i++) {
        size_t len = strlen(details);
        snprintf(details + len, sizeof details - len, "resource " ROLE "r%d\n", i);
    }
    answer(details);
    assert_int_equal(step(), XA_WILL_ANSWER);
    refuse("AccessDenied", "");
    take();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(step(), XA_ANSWERED);     /* AWS is not asked again */
        take();
    }
    assert_non_null(strstr(heard, ROLE "r24 by policy x of the user, not checked"));
    assert_null(strstr(strstr(heard, "Simulate") + 40, "Simulate"));
    assert_int_equal(step(), XA_ANSWERED);
    take();
    assert_true(result.done);
}

/* A list that does not come to its end is left. */
static void test_a_list_that_goes_round_in_circles(void **state)
{
    (void)state;
    discover();
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("more same\n");
    sends(IAM("ListGroupsForUser", "&UserName=alice&Marker=same"));
    answer("more same\n");
    sends(IAM("ListAttachedUserPolicies", "&UserName=alice"));
}

static void test_only_users_have_policies(void **state)
{
    (void)state;
    discover();
    request.wish.name = xa_slice_of("root");
    assert_false(open_task());
    assert_int_equal(err.code, XA_USAGE);
}

/* --- the place -------------------------------------------------------------------------------- */

/* True if the work goes on from there, else it begins anew; it never fails. */
static bool takes_place(const void *bytes, size_t len)
{
    request.place = (struct xa_slice){ bytes, len };
    assert_true(open_task());
    return task->notes_len > 0;
}

static size_t keep_place(uint8_t *bytes)
{
    memcpy(bytes, place, result.place.len);
    return result.place.len;
}

static void test_what_is_no_place_counts_as_none(void **state)
{
    uint8_t bytes[XA_PLACE_MAX];
    (void)state;
    discover();
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("group devs\n");
    size_t len = keep_place(bytes);
    assert_true(takes_place(bytes, len));
    for (size_t cut = 1; cut < len; cut++)
        assert_false(takes_place(bytes, cut));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(takes_place(bytes, len));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes[len] = 0;
    assert_false(takes_place(bytes, len + 1));
    type = XA_REVOKE;                              /* of other work */
    request.wish.name = xa_slice_of("prod");
    assert_false(takes_place(bytes, len));
    discover();
    assert_true(takes_place(bytes, len));
}

static void test_a_place_is_good_for_an_hour(void **state)
{
    uint8_t bytes[XA_PLACE_MAX];
    (void)state;
    discover();
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("group devs\n");
    size_t len = keep_place(bytes);
    kit_pass_ms(60 * 60 * 1000);
    assert_true(takes_place(bytes, len));
    kit_pass_ms(1);
    assert_false(takes_place(bytes, len));
}

/* What differs from step to step is no other work; everything else is. */
static void test_a_place_is_for_its_request(void **state)
{
    uint8_t bytes[XA_PLACE_MAX];
    (void)state;
    type = XA_ROTATE;
    request.wish.name = xa_slice_of("main");
    request.grace_s = 60;
    assert_int_equal(step(), XA_WILL_ANSWER);
    answer("key " KIT_KEY_ID "\nstatus Active\ncreated 1768480496\n");
    size_t len = keep_place(bytes);
    assert_true(takes_place(bytes, len));
    request.goes = xa_slice_of(KIT_KEY_ID);
    request.wish.mfa_code = xa_slice_of("123456");
    request.asking.can_ask = true;
    request.confirmed = true;
    assert_true(takes_place(bytes, len));
    assert_false(task->agreed);                    /* nothing was asked */
    request.grace_s = 61;
    assert_false(takes_place(bytes, len));
    request.grace_s = 60;
    request.keep_inactive = true;
    assert_false(takes_place(bytes, len));
}

/* However often a client asks for a step before its time: AWS is not asked. */
static void test_no_step_is_made_before_its_time(void **state)
{
    (void)state;
    revoke("main", NULL);
    request.key_too = true;
    kit.chance = UINT32_MAX;
    assert_int_equal(step(), XA_WILL_ANSWER);
    struct xa_record record = kit_error(400, "Throttling", "Rate exceeded");
    kit_answer(&record);
    xa_task_answer(task, &result);
    uint32_t wait_ms = result.wait_ms;
    assert_in_range(wait_ms, 200, 1200);
    for (int i = 0; i < 100; i++) {
        memcpy(place, result.place.at, result.place.len);
        request.place = (struct xa_slice){ place, result.place.len };
        assert_int_equal(step(), XA_ANSWERED);
        xa_task_answer(task, &result);
        assert_false(result.done);
        assert_int_equal(result.wait_ms, wait_ms - (uint32_t)i);
        kit_pass_ms(1);
    }
    kit_pass_ms(wait_ms);
    assert_int_equal(kit.n_sent, 1);
    assert_int_equal(step(), XA_WILL_ANSWER);
    assert_int_equal(task->tries, 1);
}

/* As when the first page of a list names itself as the next. */
static void test_a_call_that_led_nowhere_is_not_made_again_at_once(void **state)
{
    (void)state;
    type = XA_DOCTOR;
    request.wish.name = xa_slice_of("prod");
    assert_int_equal(step(), XA_WILL_ANSWER);
    task_go(task, task->step);                     /* a kind that knows no better */
    xa_task_answer(task, &result);
    assert_in_range(result.wait_ms, 1000, 1000);
    xa_task_free(&task);
}

/* Whatever notes say: nothing is signed that the table has not, and it comes to an end. */
static void test_garbage_in_a_place_is_survived(void **state)
{
    static const char *const words[] = {
        "role ", "role x\n", "version -\n", "policy a b c\n", "inline.group x\n", "groups \n", "more x\n",
        "seen 0\n", "by y\n", "names.group -\n", "role arn:aws:iam::222222222222:role/A\n",
        "inline.user  \n", "attached.group g\n",
    };
    uint32_t x = 12345;
    (void)state;
    discover();
    for (int round = 0; round < 2000; round++) {
        char text[512];
        struct xa_writer notes = xa_writer_init(text, sizeof text);
        for (int i = 0; i < 6; i++) {
            x = x * 1664525 + 1013904223;
            const char *word = words[(x >> 16) % (sizeof words / sizeof words[0])];
            xa_write_bytes(&notes, word, strlen(word));
        }
        xa_write_u8(&notes, 0);
        const struct kit_place some = { (uint16_t)x, x | 1, x >> 8, (uint8_t)x, false, text };
        assert_false(notes.bad);
        request.place = (struct xa_slice){
            place, kit_seal_place(XA_DISCOVER, &request, &some, place)
        };
        for (int i = 0; i < 40 && step() == XA_WILL_ANSWER; i++) {
            assert_null(kit.calls->next);
            if (i % 2 == 0) {
                answer("policy p\nname n\nversion v\nstatement -\neffect Allow\naction *\n"
                       "resource " ROLE "Z\n");
            } else {
                refuse("NoSuchEntity", "");
                if (turn != XA_TASK_ANSWERS)
                    break;
                take();
            }
            if (result.done)
                break;
        }
        heard[0] = '\0';
    }
}

static void test_the_same_step_asks_once_a_second(void **state)
{
    static struct xa_pace pace;
    uint8_t digest[XA_HASH_LEN] = { 1 }, other[XA_HASH_LEN] = { 2 };
    (void)state;
    memset(&pace, 0, sizeof pace);
    assert_int_equal(xa_pace_wait_ms(&pace, digest, 5000), 0);
    xa_pace_note(&pace, digest, 5000);
    assert_int_equal(xa_pace_wait_ms(&pace, digest, 5001), 999);
    assert_int_equal(xa_pace_wait_ms(&pace, digest, 6000), 0);
    assert_int_equal(xa_pace_wait_ms(&pace, other, 5001), 0);
    for (uint8_t i = 2; i <= XA_PACE_STEPS; i++) {
        other[0] = i;
        assert_int_equal(xa_pace_wait_ms(&pace, other, 5000 + i), 0);
        xa_pace_note(&pace, other, 5000 + i);
    }
    other[0] = 200;                                /* one too many */
    assert_int_equal(xa_pace_wait_ms(&pace, other, 5100), 900);
    assert_int_equal(xa_pace_wait_ms(&pace, other, 6000), 0);
}

static void test_notes(void **state)
{
    (void)state;
    discover();
    assert_true(open_task());
    assert_true(task_note(task, "a", xa_slice_of("1")) && task_note(task, "b", xa_slice_of("")) &&
                task_note(task, "a", xa_slice_of("2")));
    assert_true(xa_slice_is(task_noted(task, "a"), "1"));
    assert_true(task_renote(task, "a", xa_slice_of("3")));
    assert_true(xa_slice_is(task_notes(task), "b \na 3\n"));
    assert_false(task_note(task, "a", xa_slice_of("two\nlines")));
    char much[TASK_NOTES_MAX];
    memset(much, 'x', sizeof much);
    assert_false(task_note(task, "a", (struct xa_slice){ (const uint8_t *)much, sizeof much - 8 }));
    assert_true(xa_slice_is(task_notes(task), "b \na 3\n"));
}

static void test_more_than_there_is_room_for_is_said(void **state)
{
    char text[1000];
    struct xa_item item;
    unsigned n = 0;
    (void)state;
    discover();
    assert_true(open_task());
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 40; i++)
        task_tell(task, XA_ITEM_NOTE, (struct xa_slice){ 0 }, "%s", text);
    task_tell(task, XA_ITEM_NOTE, (struct xa_slice){ 0 }, "short");
    xa_task_answer(task, &result);
    while (xa_list_next(&result.items, &xa_msg_item, &item, &err))
        n++;
    assert_int_equal(err.code, XA_OK);
    assert_in_range(n, 10, 17);
    assert_true(xa_slice_is(item.text, "more is not shown"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_role_denies_what_is_older),
        TEST(test_the_time_is_the_one_that_aws_has_told),
        TEST(test_another_accounts_role_is_left_alone),
        TEST(test_an_answer_without_an_account_proves_nothing),
        TEST(test_what_the_role_may_not_is_said),
        TEST(test_a_source_loses_its_key),
        TEST(test_a_lock_in_the_middle_changes_no_outcome),
        TEST(test_a_lock_ends_a_step_that_waits_for_credentials),
        TEST(test_what_cannot_be_revoked),
        TEST(test_a_step_that_is_given_up_is_not_heard_of),
        TEST(test_what_was_too_much_comes_again_later),
        TEST(test_what_came_through_is_counted_anew),
        TEST(test_one_policy_after_the_other),
        TEST(test_what_may_not_be_read_is_said),
        TEST(test_a_refused_check_is_said_once),
        TEST(test_a_list_that_goes_round_in_circles),
        TEST(test_only_users_have_policies),
        TEST(test_what_is_no_place_counts_as_none),
        TEST(test_a_place_is_good_for_an_hour),
        TEST(test_a_place_is_for_its_request),
        TEST(test_no_step_is_made_before_its_time),
        TEST(test_a_call_that_led_nowhere_is_not_made_again_at_once),
        TEST(test_garbage_in_a_place_is_survived),
        TEST(test_the_same_step_asks_once_a_second),
        TEST(test_notes),
        TEST(test_more_than_there_is_room_for_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
