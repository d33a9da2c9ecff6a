/* MFA codes: who is asked for one, what it buys, and that none is sent twice (design.md,
 * section 3; security N9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/mfa_kit.h"

/* --- one code, many destinations --------------------------------------------------- */

static void one_code_serves_three_destinations(void **state)
{
    (void)state;
    static const char *const names[] = { "prod", "test", "dev" };
    static const char *const roles[] = { "Admin", "Test", "Dev" };
    struct asker a[3] = { { .person = true }, { .person = true }, { .person = true } };
    kit_configure(KNOWN);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ask(&a[i], names[i]), XA_ASKS);
        assert_int_equal(a[i].question->kind, XA_NEED_MFA_CODE);
        assert_string_equal(a[i].question->serial, PHONE);
        assert_string_equal(a[i].question->source, "main");
        assert_string_equal(a[i].question->name, names[i]);
        assert_false(a[i].question->used || a[i].question->doubtful);
        assert_int_equal(a[i].question->devices_len, 0);
        assert_memory_equal(a[i].question->id, a[0].question->id, 32);
    }
    assert_int_equal(kit.n_sent, 0);
    assert_int_equal(give_code(&a[0], "012345", ""), XA_WILL_ANSWER);
    assert_true(body_has("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200"));
    assert_true(body_has("&SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Fphone"));
    assert_true(body_has("&TokenCode=012345"));
    assert_true(kit.calls->request.once);
    answer_session();
    assert_int_equal(a[0].code, XA_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ask(&a[i], names[i]), XA_WILL_ANSWER);
        assert_false(body_has("TokenCode") || body_has("SerialNumber"));
        assert_false(kit.calls->request.once);
        assert_string_not_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
        answer_role(roles[i], 3600);
        assert_int_equal(a[i].code, XA_OK);
    }
    assert_int_equal(kit.n_sent, 4);
}

static void who_comes_while_the_code_is_judged_waits_for_it(void **state)
{
    (void)state;
    struct asker first = { .person = true }, mute = { 0 }, other = { 0 };
    kit_configure(KNOWN);
    assert_int_equal(ask(&first, "prod"), XA_ASKS);
    assert_int_equal(give_code(&first, "012345", ""), XA_WILL_ANSWER);
    assert_int_equal(ask(&mute, "test"), XA_WILL_ANSWER);
    assert_int_equal(ask(&other, "test"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    answer_session();
    answer_role("Test", 3600);
    assert_int_equal(mute.code, XA_OK);
    assert_int_equal(other.code, XA_OK);
    assert_int_equal(kit.n_sent, 2);
    asker_end(&first);
}

static void longer_than_an_hour_takes_the_code_itself(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "long"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    assert_true(body_has("Action=AssumeRole") && body_has("DurationSeconds=7200"));
    assert_true(body_has("TokenCode=012345") && kit.calls->request.once);
    assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    answer_role("Admin", 7200);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(ask(&a, "long"), XA_ANSWERED);

    kit_configure("[source main]\nsession = never\nmfa_serial = " PHONE "\n" DESTS);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "543210", ""), XA_WILL_ANSWER);
    assert_true(body_has("Action=AssumeRole") && body_has("TokenCode=543210"));
    answer_role("Admin", 3600);
    assert_int_equal(a.code, XA_OK);
    asker_end(&a);
}

static void a_code_may_come_with_the_wish(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_wish wish = with_code("prod", "012345");
    kit_configure(KNOWN);
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    assert_true(body_has("TokenCode=012345"));
    answer_session();
    assert_false(kit.calls->request.once);
    answer_role("Admin", 3600);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(ask_for(&a, &wish), XA_ANSWERED);      /* no code is needed for that */
    assert_int_equal(ask(&a, "test"), XA_WILL_ANSWER);
    answer_role("Test", 3600);
}

/* The request that asked comes once more as it was. */
static void a_refresh_asks_its_person_once(void **state)
{
    (void)state;
    struct asker a = { .person = true, .request = xa_slice_of("anew") };
    struct xa_handout ignored;
    const struct xa_wish wish = { .name = xa_slice_of("long"), .refresh = true };
    kit_configure(KNOWN);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ask_for(&a, &wish), XA_ASKS);
        assert_int_equal(give_code(&a, i == 0 ? "012345" : "543210", ""), XA_WILL_ANSWER);
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 7200);
        kit.boot_ms += 9000;
        kit_answer(&record);
        char key_id[64];
        memcpy(key_id, a.key_id, sizeof key_id);
        assert_int_equal(ask_for(&a, &wish), XA_ANSWERED);
        assert_string_equal(a.key_id, key_id);
        assert_false(xa_broker_recall(kit.broker, a.request, &ignored));       /* nor is it kept */
        kit.boot_ms += 6000;
    }
    assert_int_equal(ask_for(&a, &wish), XA_ASKS);
    asker_end(&a);
}

/* --- never twice ------------------------------------------------------------------- */

static void check_used(struct asker *a, const char *name, const char *code)
{
    const struct xa_wish wish = with_code(name, code);
    unsigned n_sent = kit.n_sent;
    struct asker mute = { 0 };
    a->person = true;
    assert_int_equal(ask_for(&mute, &wish), XA_FAILED);
    assert_int_equal(mute.code, XA_MFA_CODE_USED);
    assert_int_equal(ask_for(a, &wish), XA_ASKS);
    assert_true(a->question->used);
    assert_int_equal(give_code(a, code, ""), XA_FAILED);
    assert_int_equal(a->code, XA_MFA_CODE_USED);
    assert_int_equal(kit.n_sent, n_sent);
}

static void after_a_time_out_the_code_is_used_up(void **state)
{
    (void)state;
    static const enum xa_code failures[] = { XA_TIMED_OUT, XA_UNREACHABLE, XA_COURIER_UNUSABLE };
    char code[] = "000001";
    kit_configure(KNOWN);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++, code[0]++) {
        struct asker a = { .person = true, .patience_ms = 30000 };
        assert_int_equal(ask(&a, "prod"), XA_ASKS);
        assert_int_equal(give_code(&a, code, ""), XA_WILL_ANSWER);
        kit_fail(failures[i]);
        assert_int_equal(a.code, failures[i]);
        assert_null(kit.calls);
        check_used(&a, "prod", code);
        kit_pass_ms(119999);
        check_used(&a, "prod", code);
        check_used(&a, "long", code);
        asker_end(&a);
    }
    assert_null(kit.calls);
}

static const struct {
    uint32_t status;
    const char *code;
    enum xa_code told;
} refusals[] = {
    { 503, "ServiceUnavailable", XA_UNREACHABLE }, { 400, "Throttling", XA_AWS_THROTTLED },
    { 500, "", XA_UNREACHABLE },                   { 403, "AccessDenied", XA_AWS_REFUSED },
    { 403, "SignatureDoesNotMatch", XA_AWS_REFUSED },
};

static void nor_after_any_answer_of_aws(void **state)
{
    (void)state;
    char code[] = "000001";
    kit_configure(KNOWN);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++, code[0]++) {
        struct asker a = { .person = true, .patience_ms = 30000 };
        assert_int_equal(ask(&a, "prod"), XA_ASKS);
        assert_int_equal(give_code(&a, code, ""), XA_WILL_ANSWER);
        struct xa_record record = kit_error(refusals[i].status, refusals[i].code, SLIP);
        kit_answer(&record);
        assert_int_equal(a.code, refusals[i].told);
        assert_null(kit.calls);
        check_used(&a, "prod", code);
        asker_end(&a);
    }
}

static void nor_after_a_lock_or_a_suspend(void **state)
{
    (void)state;
    struct xa_error err;
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    xa_broker_resumed(kit.broker);
    kit_pass_ms(0);
    assert_int_equal(kit.n_sent, 1);
    assert_int_equal(kit.n_cancelled, 0);
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_int_equal(a.code, XA_LOCKED);
    assert_true(kit_unlock(kit.vault, "first", &err));
    check_used(&a, "prod", "012345");
    asker_end(&a);
}

/* The date alone was looked at: the code is good, once more. */
static void a_clock_refusal_does_not_use_it_up(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    for (unsigned again = 0; again < 2; again++) {
        const char *code = again ? "111111" : "000000";
        assert_int_equal(ask(&a, "prod"), XA_ASKS);
        assert_int_equal(give_code(&a, code, ""), XA_WILL_ANSWER);
        struct xa_record record =
            kit_error(403, "SignatureDoesNotMatch", "Signature expired: .. is now earlier than ..");
        record.date_s += 86400;
        kit_answer(&record);
        assert_int_equal(kit.n_sent, 2 + again * 2);
        assert_true(body_has("TokenCode"));
        if (again) {
            kit_answer(&record);      /* it says so again: that was the one time */
            assert_null(kit.calls);
            assert_int_equal(a.code, XA_AWS_REFUSED);
        } else {
            kit_fail(XA_TIMED_OUT);
        }
        check_used(&a, "prod", code);
    }
    asker_end(&a);
}

/* It could not even be sent once more: the person may use it. */
static void a_code_that_was_not_sent_again_is_good(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    kit.refuse = true;
    answer_error("RequestExpired", "");
    assert_int_equal(a.code, XA_BUSY);
    assert_int_equal(give_code(&a, "012345", ""), XA_FAILED);
    assert_int_equal(a.code, XA_BUSY);
    kit.refuse = false;
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    answer_session();
    asker_end(&a);
}

/* Two were asked: one code is enough. */
static void a_second_answer_joins_the_first(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(ask(&b, "test"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    assert_int_equal(give_code(&b, "543210", ""), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    answer_session();
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(b.code, XA_OK);
    asker_end(&a);
    asker_end(&b);
}

/* What costs a code signs to its last minute. */
static void a_session_is_used_to_its_end(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    answer_session();
    kit.boot_ms = a.good_until_ms - 60000;
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_role("Admin", 3600);
    kit.boot_ms += 1;
    assert_int_equal(ask(&b, "test"), XA_ASKS);
    asker_end(&a);
    asker_end(&b);
}

/* When locked memory is full, what others came from is used as they are (M3). */
static void a_session_in_use_gives_no_way(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { 0 };
    char name[32], role[16];
    kit_configure(KNOWN "[source other]\n");
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    answer_session();
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_role("Admin", 3600);
    size_t n = 0;
    for (unsigned i = 0; i < 1500; i++) {
        snprintf(role, sizeof role, "r%u", i);
        snprintf(name, sizeof name, "222222222222/%s", role);
        const struct xa_wish wish = { .name = xa_slice_of(name), .source = xa_slice_of("other") };
        assert_int_equal(ask_for(&b, &wish), XA_WILL_ANSWER);
        answer_role(role, 3600);
        kit.boot_ms += 1;
        assert_int_equal(ask(&a, "prod"), XA_ANSWERED);
        n = xa_broker_count(kit.broker);
    }
    assert_true(n < 1500);                                  /* some had to go */
    assert_int_equal(ask(&a, "test"), XA_WILL_ANSWER);
    answer_role("Test", 3600);
}

static void what_cannot_be_a_code_is_not_sent(void **state)
{
    (void)state;
    static const char *const codes[] = { "", "12345", "1234567", "12345a", " 12345" };
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(give_code(&a, codes[i], ""), XA_FAILED);
        assert_int_equal(a.code, XA_USAGE);
    }
    assert_int_equal(give_code(&a, "123456", TOKEN), XA_FAILED);      /* nobody offered it */
    assert_int_equal(a.code, XA_USAGE);
    assert_int_equal(kit.n_sent, 0);
    asker_end(&a);
}

/* A refused code taught the role's limit: the hour is had with the next one. */
static void a_limit_costs_the_next_code(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(KNOWN);
    assert_int_equal(ask(&a, "long"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    answer_error("ValidationError",
                 "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    assert_true(a.plan_again);
    check_used(&a, "long", "012345");
    assert_int_equal(give_code(&a, "543210", ""), XA_WILL_ANSWER);
    answer_session();
    assert_int_equal(ask(&a, "long"), XA_WILL_ANSWER);
    assert_true(body_has("DurationSeconds=3600"));
    answer_role("Admin", 3600);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(kit.n_sent, 3);
    asker_end(&a);
}

/* --- whom nobody can ask ----------------------------------------------------------------- */

static void what_is_held_serves_when_nobody_can_be_asked(void **state)
{
    (void)state;
    struct asker a = { .person = true }, mute = { 0 };
    kit_configure(KNOWN);
    const struct xa_wish wish = with_code("long", "012345");
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    answer_role("Admin", 7200);
    kit.boot_ms = a.good_until_ms - 15000;
    assert_int_equal(ask(&mute, "long"), XA_ANSWERED);
    assert_string_equal(mute.key_id, a.key_id);
    assert_int_equal(ask(&a, "long"), XA_ASKS);
    kit.boot_ms += 1;
    assert_int_equal(ask(&mute, "long"), XA_ASKS);
    asker_end(&a);
    asker_end(&mute);
}

/* A renewal that needs a code is none: and nothing is sent without it. */
static void no_code_is_needed_in_the_background(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_wish longer = with_code("long", "012345"), wish = with_code("prod", "543210");
    kit_configure(KNOWN);
    assert_int_equal(ask_for(&a, &longer), XA_WILL_ANSWER);
    answer_role("Admin", 7200);
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    answer_session();
    answer_role("Admin", 3600);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("main")), 1);      /* the session */
    kit_pass_ms(7200 * 1000);
    assert_int_equal(kit.n_sent, 3);
    assert_null(kit.calls);
}

static void never_and_always_are_kept(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure("[source main]\nmfa_serial = " PHONE "\n[dest prod]\n" ADMIN "mfa = never\n");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_false(body_has("Serial"));
    answer_error("AccessDenied", "User is not authorized to perform: sts:AssumeRole");
    assert_int_equal(a.code, XA_AWS_REFUSED);
    assert_null(kit.calls);
    kit_configure("[source main]\n[dest prod]\n" ADMIN "mfa = always\n");
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    assert_int_equal(a.code, XA_BAD_CONFIG);
}

/* --- the session that codes buy -------------------------------------------------------------- */

static void a_session_made_with_a_code_is_its_person_s(void **state)
{
    (void)state;
    struct asker a = { .person = true }, b = { 0 };
    char key_id[64];
    kit_configure(KNOWN);
    const struct xa_wish wish = with_code("main", "012345");
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    assert_true(body_has("Action=GetSessionToken") && body_has("TokenCode=012345"));
    assert_int_equal(ask(&b, "main"), XA_WILL_ANSWER);      /* another one's, without */
    assert_int_equal(kit.n_sent, 2);
    answer_session();
    assert_int_equal(a.code, XA_OK);
    memcpy(key_id, a.key_id, sizeof key_id);
    assert_false(body_has("TokenCode"));
    answer_session();
    assert_string_not_equal(b.key_id, key_id);
    assert_int_equal(xa_broker_count(kit.broker), 1);
    assert_int_equal(ask(&b, "main"), XA_ANSWERED);
    assert_string_not_equal(b.key_id, key_id);
    assert_int_equal(ask_for(&a, &wish), XA_FAILED);
    assert_int_equal(a.code, XA_MFA_CODE_USED);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);             /* nor does it sign for a role */
    asker_end(&a);
}

/* With the agent's own session a program could make access keys: whatever is wished, it
 * is not what one gets. */
static void the_agent_s_session_is_never_handed_out(void **state)
{
    (void)state;
    struct asker a = { .person = true };
    kit_configure(KNOWN "[dest chained]\naccount = 333333333333\nrole = Far\nsource = prod\n");
    kit_profiles("[profile p]\nrole_arn = arn:aws:iam::222222222222:role/P\n"
                 "source_profile = main\n");
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(give_code(&a, "012345", ""), XA_WILL_ANSWER);
    struct xa_record record = kit_session(43200);
    char session[64];
    assert_true(xa_slice_copy(record.access_key_id, session, sizeof session));
    kit_answer(&record);
    static const char *const names[] = { "main", "prod", "p", "chained", "222222222222/Admin",
                                         "arn:aws:iam::111111111111:user/alice", PHONE, "long",
                                         "session", "main-session", "" };
    static const uint32_t durations[] = { 0, 900, 3600, 7200, 43200, 129600 };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t j = 0; j < 6 * 16; j++) {
            struct asker b = { .person = (j & 1) != 0 };
            const struct xa_wish wish = {
                .name = xa_slice_of(names[i]), .duration_s = durations[j / 16],
                .refresh = (j & 2) != 0, .readonly = (j & 4) != 0,
                .source = (j & 8) != 0 ? xa_slice_of("main") : (struct xa_slice){ 0 },
            };
            (void)ask_for(&b, &wish);
            while (kit.calls != NULL) {
                bool own = body_has("GetSessionToken"), far = body_has("Far");
                if (own)
                    assert_false(body_has("TokenCode"));
                struct xa_record answer =
                    own ? kit_session(900)
                    : kit_issue(far ? "333333333333" : KIT_ACCOUNT,
                                far ? "Far" : body_has("role%2FP&") ? "P" : "Admin", 900);
                kit_answer(&answer);
            }
            assert_string_not_equal(b.key_id, session);
            asker_end(&b);
        }
    asker_end(&a);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(one_code_serves_three_destinations),
        T(who_comes_while_the_code_is_judged_waits_for_it),
        T(longer_than_an_hour_takes_the_code_itself),
        T(a_code_may_come_with_the_wish),
        T(a_refresh_asks_its_person_once),
        T(after_a_time_out_the_code_is_used_up),
        T(nor_after_any_answer_of_aws),
        T(nor_after_a_lock_or_a_suspend),
        T(a_clock_refusal_does_not_use_it_up),
        T(a_code_that_was_not_sent_again_is_good),
        T(a_second_answer_joins_the_first),
        T(a_session_is_used_to_its_end),
        T(a_session_in_use_gives_no_way),
        T(what_cannot_be_a_code_is_not_sent),
        T(a_limit_costs_the_next_code),
        T(what_is_held_serves_when_nobody_can_be_asked),
        T(no_code_is_needed_in_the_background),
        T(never_and_always_are_kept),
        T(a_session_made_with_a_code_is_its_person_s),
        T(the_agent_s_session_is_never_handed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
