/* When AWS cannot be asked, or says no: how often it is asked again, what is served
 * meanwhile, what is remembered, and a clock that is wrong (security N11-N14). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define ADMIN "account = 222222222222\nrole = Admin\n"
#define CONFIG "[source main]\nmfa = never\n[dest prod]\n" ADMIN
#define TOO_LONG "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
#define TOO_OLD "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z"

static void answer_good(uint32_t life_s)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", life_s);
    kit_answer(&record);
}

static void answer_error(uint32_t status, const char *code, const char *message)
{
    struct xa_record record = kit_error(status, code, message);
    kit_answer(&record);
}

static void answer_nothing(enum xa_outcome outcome)
{
    kit_answer(&(struct xa_record){ .outcome = outcome, .detail = xa_slice_of("no route") });
}

static enum xa_outlook ask_patiently(struct asker *a, uint32_t patience_ms)
{
    memset(a, 0, sizeof *a);
    a->patience_ms = patience_ms;
    return ask(a, "prod");
}

/* --- attempts -------------------------------------------------------------------------- */

static const struct {
    enum xa_outcome outcome;
    uint32_t status;
    const char *code;
    bool again;
    enum xa_code told;
} answers[] = {
    { XA_OUTCOME_UNREACHABLE, 0, "", true, XA_UNREACHABLE },
    { XA_OUTCOME_TIMED_OUT, 0, "", true, XA_TIMED_OUT },
    { XA_OUTCOME_CERTIFICATE, 0, "", false, XA_CERTIFICATE },
    { XA_OUTCOME_UNREADABLE, 0, "", false, XA_BAD_REPLY },
    { XA_OUTCOME_ANSWERED, 429, "", true, XA_AWS_THROTTLED },
    { XA_OUTCOME_ANSWERED, 500, "", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 502, "", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 503, "ServiceUnavailable", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 504, "", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 400, "Throttling", true, XA_AWS_THROTTLED },
    { XA_OUTCOME_ANSWERED, 400, "ThrottlingException", true, XA_AWS_THROTTLED },
    { XA_OUTCOME_ANSWERED, 400, "RequestLimitExceeded", true, XA_AWS_THROTTLED },
    { XA_OUTCOME_ANSWERED, 400, "SlowDown", true, XA_AWS_THROTTLED },
    { XA_OUTCOME_ANSWERED, 400, "RequestTimeout", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 400, "IDPCommunicationError", true, XA_UNREACHABLE },
    { XA_OUTCOME_ANSWERED, 409, "LimitExceeded", false, XA_AWS_REFUSED },
    { XA_OUTCOME_ANSWERED, 403, "AccessDenied", false, XA_AWS_REFUSED },
    { XA_OUTCOME_ANSWERED, 400, "ValidationError", false, XA_AWS_REFUSED },
    { XA_OUTCOME_ANSWERED, 404, "", false, XA_BAD_REPLY },
};

static void answer_with(size_t i)
{
    if (answers[i].outcome != XA_OUTCOME_ANSWERED)
        answer_nothing(answers[i].outcome);
    else
        answer_error(answers[i].status, answers[i].code, "");
}

static void what_may_pass_is_tried_three_times(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct asker a;
        unsigned n_sent = kit.n_sent;
        kit_pass_ms(600 * 1000);
        assert_int_equal(ask_patiently(&a, 30000), XA_WILL_ANSWER);
        answer_with(i);
        for (unsigned more = answers[i].again ? 2 : 0; more > 0; more--) {
            assert_int_equal(a.n_done, 0);
            kit_pass_ms(2000);
            assert_non_null(kit.calls);
            answer_with(i);
        }
        if (a.code != answers[i].told || kit.n_sent - n_sent != (answers[i].again ? 3 : 1))
            fail_msg("%u %s: %s after %u", answers[i].status, answers[i].code,
                     xa_code_name(a.code), kit.n_sent - n_sent);
        assert_null(kit.calls);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

/* Anything from at once to 1 s, then to 2 s; each attempt is signed with its own time. */
static void the_rest_is_as_chance_has_it(void **state)
{
    (void)state;
    static const struct { uint32_t chance; int64_t rest_ms[2]; } rests[] = {
        { 0, { 0, 0 } }, { 1, { 1, 1 } }, { 1000, { 1000, 1000 } }, { 1001, { 0, 1001 } },
        { 2000, { 999, 2000 } }, { 2001, { 1000, 0 } },
    };
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        struct asker a;
        char date[32];
        kit_pass_ms(600 * 1000);
        assert_int_equal(ask_patiently(&a, 30000), XA_WILL_ANSWER);
        kit.chance = rests[i].chance;
        for (unsigned n = 0; n < 2; n++) {
            snprintf(date, sizeof date, "%s", kit_header(&kit.calls->request, "X-Amz-Date"));
            answer_nothing(XA_OUTCOME_TIMED_OUT);
            if (rests[i].rest_ms[n] > 0) {
                kit_pass_ms(rests[i].rest_ms[n] - 1);
                assert_null(kit.calls);
                kit_pass_ms(1);
            } else {
                kit_pass_ms(0);
            }
            assert_non_null(kit.calls);
            if (rests[i].rest_ms[n] >= 1000)
                assert_string_not_equal(date, kit_header(&kit.calls->request, "X-Amz-Date"));
        }
        answer_good(3600);
        assert_int_equal(a.code, XA_OK);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

static void no_attempt_begins_after_the_patience(void **state)
{
    (void)state;
    static const struct { uint32_t patience_ms; bool again; } waits[] = {
        { 800, true }, { 500, false }, { 501, true }, { 1, false }, { 0, true },
    };
    kit_configure(CONFIG);
    kit.chance = 500;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct asker a;
        assert_int_equal(ask_patiently(&a, waits[i].patience_ms), XA_WILL_ANSWER);
        answer_nothing(XA_OUTCOME_UNREACHABLE);
        assert_int_equal(a.n_done, !waits[i].again);
        kit_pass_ms(500);
        assert_int_equal(kit.calls != NULL, waits[i].again);
        if (waits[i].again)
            answer_good(3600);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
    struct asker hurried, patient;      /* the most patient one decides, also of a parent */
    kit_configure(CONFIG "[dest far]\n" ADMIN "source = prod\n");
    assert_int_equal(ask_patiently(&hurried, 1), XA_WILL_ANSWER);
    memset(&patient, 0, sizeof patient);
    patient.patience_ms = 5000;
    assert_int_equal(ask(&patient, "far"), XA_WILL_ANSWER);
    answer_nothing(XA_OUTCOME_UNREACHABLE);
    assert_int_equal(hurried.n_done, 0);
    kit_pass_ms(500);
    answer_good(3600);
    answer_good(3600);
    assert_int_equal(patient.code, XA_OK);
    assert_int_equal(hurried.code, XA_OK);
}

/* --- held credentials ------------------------------------------------------------------ */

static void hold(struct asker *a, int64_t left_ms)
{
    memset(a, 0, sizeof *a);
    assert_int_equal(ask_for(a, &(struct xa_wish){ .name = xa_slice_of("prod"),
                                                   .refresh = true }), XA_WILL_ANSWER);
    answer_good(3600);
    kit.boot_ms = a->good_until_ms - left_ms;
}

static void nobody_waits_twice_for_an_outage(void **state)
{
    (void)state;
    struct asker a, b = { 0 };
    kit_configure(CONFIG);
    hold(&a, 900 * 1000);
    for (int64_t span_ms = 30000; span_ms <= 240000; span_ms *= 2) {
        unsigned n_sent = kit.n_sent;
        assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
        answer_nothing(XA_OUTCOME_TIMED_OUT);                /* no second attempt */
        assert_int_equal(b.code, XA_OK);
        assert_false(b.fresh);
        assert_string_equal(b.key_id, a.key_id);
        assert_int_equal(b.expires_at, a.expires_at);
        for (unsigned i = 0; i < 100; i++)
            assert_int_equal(ask(&b, "prod"), XA_ANSWERED);
        kit.boot_ms += span_ms - 1;
        assert_int_equal(ask(&b, "prod"), XA_ANSWERED);
        assert_int_equal(kit.n_sent, n_sent + 1);
        kit.boot_ms += 1;
    }
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_nothing(XA_OUTCOME_UNREACHABLE);
    kit.boot_ms = a.good_until_ms - 200 * 1000;
    struct asker fresh = { 0 };                              /* --refresh asks at once */
    const struct xa_wish wish = { .name = xa_slice_of("prod"), .refresh = true };
    assert_int_equal(ask_for(&fresh, &wish), XA_WILL_ANSWER);
    answer_nothing(XA_OUTCOME_UNREACHABLE);
    assert_int_equal(fresh.code, XA_OK);                     /* but is served all the same */
    kit.boot_ms = a.good_until_ms - 15000;
    assert_int_equal(ask(&b, "prod"), XA_ANSWERED);
    kit.boot_ms += 1;
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
    assert_true(b.fresh);
    hold(&a, 900 * 1000);                                    /* and all is forgotten */
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_nothing(XA_OUTCOME_UNREACHABLE);
    kit.boot_ms += 30000;
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
}

/* --- refusals -------------------------------------------------------------------------- */

static void a_refusal_is_remembered(void **state)
{
    (void)state;
    static const int64_t spans_ms[] = { 30000, 60000, 120000, 240000, 300000, 300000 };
    struct asker a = { 0 };
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof spans_ms / sizeof spans_ms[0]; i++) {
        assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
        answer_error(403, "AccessDenied", "the words");
        assert_int_equal(a.code, XA_AWS_REFUSED);
        kit.boot_ms += spans_ms[i] - 1;
        assert_int_equal(ask(&a, "prod"), XA_FAILED);
        assert_int_equal(a.code, XA_AWS_REFUSED);
        assert_non_null(strstr(a.message, "the words"));
        kit.boot_ms += 1;
    }
    struct asker person = { .person = true };                /* once a second */
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_error(403, "AccessDenied", "the words");
    kit.boot_ms += 999;
    assert_int_equal(ask(&person, "prod"), XA_FAILED);
    kit.boot_ms += 1;
    assert_int_equal(ask(&person, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
    kit.boot_ms += 3600 * 1000;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_error(403, "AccessDenied", "the words");          /* as if for the first time */
    kit.boot_ms += 30000;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });

    /* --refresh asks, once a second as well; a changed file clears it. */
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_error(403, "AccessDenied", "the words");
    kit.boot_ms += 29999;
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    const struct xa_wish wish = { .name = xa_slice_of("prod"), .refresh = true };
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    answer_error(403, "AccessDenied", "the words");
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    kit.boot_ms += 999;
    assert_int_equal(ask_for(&a, &wish), XA_FAILED);
    kit_configure(CONFIG "\n");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
}

/* N12's figure: at most 16 calls in the first hour. */
static void a_tight_loop_costs_few_calls(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (unsigned i = 0; i < 3600 * 4; i++) {
        struct asker a = { 0 };
        if (ask(&a, "prod") == XA_WILL_ANSWER)
            answer_error(403, "AccessDenied", "");
        assert_int_equal(a.code, XA_AWS_REFUSED);
        kit_pass_ms(250);
    }
    assert_true(kit.n_sent <= 16);
}

static void a_network_failure_is_not_remembered(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (unsigned i = 0; i < 3; i++) {
        struct asker a;
        assert_int_equal(ask_patiently(&a, 1), XA_WILL_ANSWER);
        kit.chance = 1;
        answer_nothing(XA_OUTCOME_UNREACHABLE);
        assert_int_equal(a.code, XA_UNREACHABLE);
    }
}

/* --- durations --------------------------------------------------------------------------- */

static bool asks_seconds(const char *seconds)
{
    char text[40];
    struct xa_slice body = kit.calls->request.body;
    snprintf(text, sizeof text, "&DurationSeconds=%s", seconds);
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

static void a_role_s_limit_is_learned_once(void **state)
{
    (void)state;
    struct asker a = { 0 }, b = { 0 };
    kit_configure(CONFIG "duration = 8h\n[dest same]\n" ADMIN "duration = 2h\n");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    assert_true(asks_seconds("28800"));
    answer_error(400, "ValidationError", TOO_LONG);
    assert_true(a.plan_again && b.plan_again);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    assert_true(asks_seconds("3600"));
    answer_good(3600);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(kit.n_sent, 2);
    assert_int_equal(ask(&a, "same"), XA_WILL_ANSWER);      /* the role's, by any name */
    assert_true(asks_seconds("3600"));
    answer_error(400, "ValidationError", TOO_LONG);         /* an hour is refused: it is told */
    assert_false(a.plan_again);
    assert_int_equal(a.code, XA_AWS_REFUSED);
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    kit_pass_ms(86400 * 1000LL);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);      /* remembered for long */
    assert_true(asks_seconds("3600"));
    answer_good(3600);
}

/* --- clocks -------------------------------------------------------------------------------- */

static int64_t days(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

/* When the request that is next was signed, Unix seconds. */
static int64_t signed_at(void)
{
    int y, mo, d, h, mi, s;
    assert_int_equal(sscanf(kit_header(&kit.calls->request, "X-Amz-Date"),
                            "%4d%2d%2dT%2d%2d%2dZ", &y, &mo, &d, &h, &mi, &s), 6);
    return days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s;
}

static void a_wrong_clock_is_corrected_at_once(void **state)
{
    (void)state;
    static const int64_t offs_s[] = { 60, -60, 3600, -3600, 86400, -86400, 366 * 86400,
                                      10 * 366 * 86400LL, -10 * 366 * 86400LL };
    int64_t off_s = 0;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof offs_s / sizeof offs_s[0]; i++) {
        struct asker a = { 0 };
        const struct xa_wish wish = { .name = xa_slice_of("prod"), .refresh = true };
        assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
        assert_int_equal(signed_at(), kit.wall_s + off_s);   /* by what was learned last */
        off_s = offs_s[i];
        struct xa_record record = kit_error(403, "SignatureDoesNotMatch", TOO_OLD);
        record.date_s = kit.wall_s + off_s;
        kit_answer(&record);
        assert_int_equal(a.n_done, 0);
        assert_int_equal(signed_at(), kit.wall_s + off_s);
        record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
        record.date_s += off_s;
        record.expires_at += off_s;
        kit_answer(&record);
        assert_int_equal(a.code, XA_OK);
        assert_int_equal(kit.n_sent, (i + 1) * 2);
    }
}

static void a_clock_is_corrected_once(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_error(403, "RequestExpired", "");
    answer_error(403, "RequestExpired", "");
    assert_null(kit.calls);
    assert_int_equal(a.code, XA_AWS_REFUSED);
}

static void the_time_comes_from_a_dated_answer_only(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    struct xa_record record = kit_error(403, "SignatureDoesNotMatch", TOO_OLD);
    record.date_s = 0;
    kit_answer(&record);
    assert_null(kit.calls);                                  /* it would be as wrong again */
    assert_int_equal(a.code, XA_AWS_REFUSED);
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    kit.wall_s += 7200;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(signed_at(), kit.wall_s);
    answer_good(3600);
    kit.wall_s += 7200;                                      /* known by now: it goes on */
    assert_int_equal(ask_for(&a, &(struct xa_wish){ .name = xa_slice_of("prod"),
                                                    .refresh = true }), XA_WILL_ANSWER);
    assert_int_equal(signed_at(), kit.wall_s - 7200);
    answer_good(3600);
}

/* What stands behind an endpoint_url does not set the time that AWS is told. */
static void an_endpoint_has_its_own_time(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG "[dest local]\n" ADMIN "endpoint_url = http://127.0.0.1:9000\n");
    assert_int_equal(ask(&a, "local"), XA_WILL_ANSWER);
    struct xa_record record = kit_error(403, "SignatureDoesNotMatch", TOO_OLD);
    record.date_s = kit.wall_s - 86400;
    kit_answer(&record);
    assert_int_equal(signed_at(), kit.wall_s - 86400);
    record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    record.date_s -= 86400;
    record.expires_at -= 86400;
    kit_answer(&record);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(signed_at(), kit.wall_s);
    record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    record.date_s += 600;
    record.expires_at += 600;
    kit_answer(&record);
    assert_int_equal(ask_for(&a, &(struct xa_wish){ .name = xa_slice_of("local"),
                                                    .refresh = true }), XA_WILL_ANSWER);
    assert_int_equal(signed_at(), kit.wall_s - 86400);
    answer_good(3600);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(what_may_pass_is_tried_three_times),
        T(the_rest_is_as_chance_has_it),
        T(no_attempt_begins_after_the_patience),
        T(nobody_waits_twice_for_an_outage),
        T(a_refusal_is_remembered),
        T(a_tight_loop_costs_few_calls),
        T(a_network_failure_is_not_remembered),
        T(a_role_s_limit_is_learned_once),
        T(a_wrong_clock_is_corrected_at_once),
        T(a_clock_is_corrected_once),
        T(the_time_comes_from_a_dated_answer_only),
        T(an_endpoint_has_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
