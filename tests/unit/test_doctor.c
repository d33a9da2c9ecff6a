/* doctor DEST against a port that answers what the test has in mind: which calls are made and
 * signed by what, what AWS's words come to, and places that a client made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/doctor/impl.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/place_kit.h"
#include "tests/lib/vault_kit.h"

#define ROLE "arn:aws:iam::222222222222:role/Admin"
#define PROD "[dest prod]\naccount = 222222222222\nrole = Admin\n"
#define CONFIG "[source main]\n" PROD "source = main\n"
#define DENIED "User: x is not authorized to perform: sts:AssumeRole on resource: " ROLE

static int start(void **state)
{
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

/* --- one step ----------------------------------------------------------------------------- */

static struct {
    bool ended, failed, done;              /* the step has ended; by a failure; the last   */
    enum xa_code code;
    uint8_t place[XA_PLACE_MAX];
    size_t place_len;
    char items[32 * 1024];                 /* "KIND subject text\n"                         */
    uint8_t body[XA_PLACE_MAX + 8192];
} run;

static struct xa_task *task;
static struct xa_task_request request;

static void keep_items(struct xa_slice items)
{
    struct xa_item item;
    struct xa_error err = { 0 };
    while (xa_list_next(&items, &xa_msg_item, &item, &err)) {
        size_t used = strlen(run.items);
        snprintf(run.items + used, sizeof run.items - used, "%u %.*s %.*s %.*s\n", item.kind,
                 (int)item.subject.len, (const char *)item.subject.at, (int)item.text.len,
                 (const char *)item.text.at, (int)item.document.len,
                 item.document.len > 0 ? (const char *)item.document.at : "");
    }
    assert_int_equal(err.code, XA_OK);
}

static void settle(enum xa_task_turn turn, const struct xa_error *err)
{
    struct xa_task_result result;
    run.ended = true;
    run.failed = turn != XA_TASK_ANSWERS;
    run.code = run.failed ? err->code : XA_OK;
    if (!run.failed) {
        xa_task_answer(task, &result);
        keep_items(result.items);
        run.done = result.done;
        if (result.place.len > 0)
            memcpy(run.place, result.place.at, result.place.len);
        run.place_len = result.place.len;
        kit_pass_ms(result.wait_ms);
    }
}

static void done(void *ctx, enum xa_task_turn turn, const struct xa_error *err)
{
    (void)ctx;
    settle(turn, err);
}

/* Begins a step with the place at hand; afterwards it has ended, or a call is under way. */
static void step(void)
{
    struct xa_writer w = xa_writer_init(run.body, sizeof run.body);
    struct xa_question *question = NULL;
    struct xa_error err = { 0 };
    enum xa_task_turn turn = XA_TASK_FAILS;
    request.wish.name = xa_slice_of("prod");
    request.place = (struct xa_slice){ run.place, run.place_len };
    xa_message_encode(&xa_msg_doctor, &request, &w);
    assert_false(w.bad);
    run.ended = false;
    xa_task_free(&task);
    task = xa_task_new(kit.broker, kit.vault, XA_DOCTOR, (struct xa_slice){ run.body, w.len },
                       kit.wall_s, &err);
    if (task != NULL)
        turn = xa_task_begin(task, &err);
    if (turn != XA_TASK_CALLS) {
        settle(turn, &err);
        return;
    }
    switch (xa_task_call(task, 0, done, NULL, &turn, &question, &err)) {
    case XA_WILL_ANSWER: return;
    case XA_ANSWERED: settle(turn, &err); return;
    case XA_ASKS: xa_question_free(&question); err.code = XA_MFA_NEEDED; break;
    case XA_FAILED: break;
    }
    settle(XA_TASK_FAILS, &err);
}

static void begin(void)
{
    memset(&run, 0, sizeof run);
    memset(&request, 0, sizeof request);
}

static int end(void **state)
{
    xa_task_free(&task);
    return kit_end(state);
}

static bool sent(const char *text)
{
    const struct xa_slice body = kit.calls->request.body;
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

static void answer(struct xa_record record)
{
    kit_answer(&record);
    assert_true(run.ended);
}

static struct xa_record lines(const char *text)
{
    return (struct xa_record){ .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                               .date_s = kit.wall_s, .details = xa_slice_of(text) };
}

/* To where AWS has refused, and it is about to be judged. */
static void walk_to_refusal(uint32_t status, const char *code, const char *message)
{
    step();
    assert_true(sent("GetCallerIdentity"));
    answer(kit_caller(KIT_ARN));
    step();
    assert_true(sent("AssumeRole"));
    struct xa_record refusal = kit_error(status, code, message), none = kit_devices("");
    kit_answer(&refusal);
    if (kit.calls != NULL) {               /* which devices has the user? */
        assert_true(sent("ListMFADevices"));
        kit_answer(&none);
    }
    assert_true(run.ended);
}

/* As above with a plain denial, and on to where the caller's policies are tried. */
static void walk_to_simulation(void)
{
    walk_to_refusal(403, "AccessDenied", DENIED);
    step();
    step();
    assert_true(sent("Action=GetUser"));
    answer(kit_error(403, "AccessDenied", "no"));
    step();
    assert_true(sent("SimulatePrincipalPolicy"));
}

static void assert_said(const char *text)
{
    if (strstr(run.items, text) == NULL)
        fail_msg("no '%s' in\n%s", text, run.items);
}

/* --- the calls ---------------------------------------------------------------------------- */

static void it_works(void **state)
{
    (void)state;
    begin();
    step();
    answer(kit_caller(KIT_ARN));
    step();
    answer(kit_issue(KIT_ACCOUNT, "Admin", 3600));
    assert_false(run.done);
    step();
    assert_true(run.done);
    assert_said("8 works sure: ");
    assert_said("assumed-role/Admin/alice, for 60 min");
}

/* The first look is the key's own: a session of it would need a code, and say nothing of it. */
static void the_key_itself_is_asked_for(void **state)
{
    (void)state;
    kit_configure("[source main]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n" PROD
                  "source = main\n");
    begin();
    step();
    assert_false(run.ended);
    assert_non_null(strstr(kit_header(&kit.calls->request, "Authorization"), KIT_KEY_ID));
    answer(kit_caller(KIT_ARN));
    step();
    assert_true(run.failed);
    assert_int_equal(run.code, XA_MFA_NEEDED);
}

static void the_policies_are_tried_with_what_the_call_has(void **state)
{
    (void)state;
    kit_configure("[source main]\n" PROD "source = main\nexternal_id = tenant-42\n"
                  "tags = team=blue\nsource_identity = alice\n");
    begin();
    walk_to_simulation();
    static const char *const parts[] = {
        "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Auser%2Fteam%2Fa%2Falice",
        "ActionNames.member.1=sts%3AAssumeRole", "ActionNames.member.2=sts%3ATagSession",
        "ActionNames.member.3=sts%3ASetSourceIdentity",
        "ResourceArns.member.1=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2FAdmin",
        "ContextKeyValues.member.1=tenant-42", "ContextKeyName=aws%3ARequestTag%2Fteam",
        "ContextKeyName=aws%3ATagKeys",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_true(sent(parts[i]));
    assert_false(sent("MultiFactorAuth"));
    answer(lines("action sts:AssumeRole\ndecision allowed\naction sts:TagSession\n"
                 "decision implicitDeny\naction sts:SetSourceIdentity\ndecision allowed\n"));
    step();
    assert_true(sent("MultiFactorAuthPresent"));
    answer(lines("action sts:AssumeRole\ndecision allowed\naction sts:TagSession\n"
                 "decision implicitDeny\n"));
    step();
    assert_true(run.done);
    assert_said("8 source-policy-missing sure: ");
    assert_said("{\"Action\":\"sts:TagSession\",\"Effect\":\"Allow\",\"Resource\":[\"" ROLE
                "\"],\"Sid\":\"XacctTags\"}");
}

static void each_simulation_has_its_cause(void **state)
{
    static const struct { const char *details, *said; } rows[] = {
        { "action sts:AssumeRole\ndecision explicitDeny\nmatched NoRoles\n",
          "8 source-policy-denies sure: " },
        { "action sts:AssumeRole\ndecision explicitDeny\nmatched NoRoles\n", "out of 'NoRoles'" },
        { "action sts:AssumeRole\ndecision implicitDeny\nboundary.allows false\n",
          "8 boundary sure: " },
        { "action sts:AssumeRole\ndecision implicitDeny\norg.allows false\n", "8 scp sure: " },
        { "action sts:AssumeRole\ndecision allowed\n", "8 unknown unknown: " },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kit_configure(CONFIG);
        begin();
        walk_to_simulation();
        answer(lines(rows[i].details));
        step();
        assert_true(run.done);
        assert_said(rows[i].said);
    }
}

static void aws_busy_or_gone_is_no_verdict(void **state)
{
    (void)state;
    begin();
    step();
    kit_fail(XA_UNREACHABLE);
    assert_true(run.failed);
    assert_int_equal(run.code, XA_UNREACHABLE);
    begin();
    step();
    answer(kit_error(503, "ServiceUnavailable", ""));
    assert_false(run.failed || run.done);
}

static void a_root_user_is_told(void **state)
{
    (void)state;
    kit_configure("[source root]\n" PROD "source = root\nmfa = never\n");
    begin();
    step();
    answer(kit_caller("arn:aws:iam::111111111111:root"));
    step();
    answer(kit_error(403, "AccessDenied", DENIED));
    step();
    assert_true(run.done);
    assert_said("8 root-user sure: ");
}

static void a_source_has_no_role(void **state)
{
    struct xa_error err = { 0 };
    struct xa_writer w = xa_writer_init(run.body, sizeof run.body);
    (void)state;
    begin();
    request.wish.name = xa_slice_of("main");
    xa_message_encode(&xa_msg_doctor, &request, &w);
    task = xa_task_new(kit.broker, kit.vault, XA_DOCTOR, (struct xa_slice){ run.body, w.len },
                       kit.wall_s, &err);
    assert_null(task);
    assert_int_equal(err.code, XA_USAGE);
}

/* --- AWS's words ------------------------------------------------------------------------------ */

static void each_refusal_has_its_cause(void **state)
{
    static const struct { const char *code, *text, *verdict; } rows[] = {
        { "AccessDenied", DENIED " with an explicit deny in a resource control policy", "rcp" },
        { "AccessDenied", DENIED " with an explicit deny in a service control policy", "scp" },
        { "AccessDenied", DENIED " with an explicit deny in a VPC endpoint policy",
          "vpc-endpoint" },
        { "AccessDenied", DENIED " because no session policy allows the sts:AssumeRole action",
          "session-policy" },
        { "AccessDenied", "Roles may not be assumed by root accounts.", "root-user" },
        { "RegionDisabledException", "STS is not activated in this region", "region-disabled" },
        { "MalformedPolicyDocument", "x", "session-policy" },
        { "PackedPolicyTooLarge", "Packed policy consumes 120% of allotted space",
          "session-policy" },
        { "ValidationError", "1 validation error detected: Value 'x' at 'roleSessionName'",
          "parameter" },
        { "ExpiredToken", "The security token included in the request is expired",
          "credentials-expired" },
        { "SomethingNew", "x", "unknown" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char verdict[64];
        kit_configure(CONFIG);
        begin();
        walk_to_refusal(strcmp(rows[i].code, "AccessDenied") == 0 ? 403 : 400, rows[i].code,
                        rows[i].text);
        step();
        assert_true(run.done);
        snprintf(verdict, sizeof verdict, "8 %s ", rows[i].verdict);
        assert_said(verdict);
    }
}

static void each_refusal_of_the_key_has_its_cause(void **state)
{
    static const struct { const char *code, *text, *verdict; } rows[] = {
        { "InvalidClientTokenId", "The security token included in the request is invalid.",
          "8 key-inactive sure" },
        { "SignatureDoesNotMatch", "The request signature we calculated does not match",
          "8 secret-wrong sure" },
        { "SignatureDoesNotMatch", "Signature expired: 20220127T001427Z is now earlier than",
          "8 clock sure" },
        { "OptInRequired", "x", "8 unknown unknown" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        step();
        answer(kit_error(403, rows[i].code, rows[i].text));
        assert_true(run.done);
        assert_said(rows[i].verdict);
    }
}

static void causes_have_names_and_words(void **state)
{
    (void)state;
    for (int cause = CAUSE_NONE + 1; cause <= CAUSE_UNKNOWN; cause++) {
        assert_int_equal(cause_of_name(xa_slice_of(cause_name((enum cause)cause))), cause);
        assert_true(cause == CAUSE_UNKNOWN || strcmp(cause_text((enum cause)cause),
                                                     cause_text(CAUSE_UNKNOWN)) != 0);
    }
    assert_int_equal(cause_of_name(xa_slice_of("x")), CAUSE_NONE);
}

/* --- places that nobody here wrote ------------------------------------------------------------ */

/* What is signed is about the role and the user that files and vault name, whatever a place
 * says; and what is no place counts as none. */
static void check_made_up(void)
{
    step();
    if (kit.calls == NULL)
        return;
    assert_false(sent("evil"));
    assert_true(sent("222222222222%3Arole%2FAdmin") || sent("GetCallerIdentity") ||
                sent("RoleName=Admin") || sent("UserName=alice"));
    kit_fail(XA_UNREACHABLE);
    while (kit.calls != NULL)
        kit_fail(XA_UNREACHABLE);
}

static size_t write_place(unsigned at_step, const char *notes)
{
    const struct kit_place place = { (uint16_t)at_step, UINT32_MAX, UINT32_MAX, 0xff, false,
                                     notes };
    request.wish.name = xa_slice_of("prod");
    return kit_seal_place(XA_DOCTOR, &request, &place, run.place);
}

static void a_place_says_nothing_of_what_is_signed(void **state)
{
    static const char *const notes[] = {
        "", "caller arn:aws:iam::999999999999:user/evil\n", "hop 99\n", "hop 0\n", "hop x\n",
        "granted evil\nuntil 999999999999999999\n", "cause trust-mfa evil\n", "cause evil\n",
        "id evil\nboundary evil\nmatched evil\ncode AccessDenied\nsaid evil\n",
        "code evil\nsaid evil\n", "arn arn:evil\nmax 7\n",
    };
    (void)state;
    for (unsigned at = 0; at < 9; at++)
        for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
            for (int admin = 0; admin < 2; admin++) {
                begin();
                request.dest_admin = xa_slice_of(admin ? "main" : "");
                run.place_len = write_place(at, notes[i]);
                check_made_up();
            }
}

static void what_is_no_place_counts_as_none(void **state)
{
    uint8_t whole[XA_PLACE_MAX];
    (void)state;
    begin();
    size_t whole_len = write_place(7, "caller x\n");
    memcpy(whole, run.place, whole_len);
    for (size_t len = 1; len < whole_len; len++) {
        memcpy(run.place, whole, whole_len);
        run.place_len = len;
        step();
        assert_true(sent("Action=GetCallerIdentity"));
        kit_fail(XA_UNREACHABLE);
    }
}

/* An ARN of a key that was never proven is AWS's word, and still no more than a text. */
static void an_arn_that_would_mean_more_is_not_shown(void **state)
{
    (void)state;
    kit_configure("[source other]\n" PROD "source = other\n");
    begin();
    run.place_len = write_place(8, "caller arn:aws:iam::1:user/\"},\"evil\n");
    step();
    assert_true(run.done);
    assert_null(strstr(run.items, "evil"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_works),
        T(the_key_itself_is_asked_for),
        T(the_policies_are_tried_with_what_the_call_has),
        T(each_simulation_has_its_cause),
        T(aws_busy_or_gone_is_no_verdict),
        T(a_root_user_is_told),
        T(a_source_has_no_role),
        T(each_refusal_has_its_cause),
        T(each_refusal_of_the_key_has_its_cause),
        T(causes_have_names_and_words),
        T(a_place_says_nothing_of_what_is_signed),
        T(what_is_no_place_counts_as_none),
        T(an_arn_that_would_mean_more_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
