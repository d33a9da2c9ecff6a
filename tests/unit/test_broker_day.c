/* Days of operation by the injected clock (security T1-T4, N13): clients that ask at
 * random, renewals in the background, an outage, a night's sleep, clocks that jump.
 * Nobody is failed who need not be, and nobody ever gets what has expired. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define WAY_MS 120                     /* of a call to AWS and back */
#define SESSION_S 43200

#define ROLE(name) "[dest " name "]\naccount = 222222222222\nrole = " name "\n"
#define CONFIG                                                                               \
    "[source main]\nmfa = never\n"                                                           \
    "[source other]\nmfa_serial = arn:aws:iam::111111111111:mfa/phone\n"                     \
    ROLE("Plain") "source = main\n" ROLE("Short") "source = main\nduration = 15m\n"          \
    ROLE("Long") "source = main\nduration = 4h\n" ROLE("Far") "source = Plain\n"             \
    ROLE("Farther") "source = Far\n" ROLE("Guarded") "source = other\n"                      \
    ROLE("Beyond") "source = Guarded\n"

static const struct {
    const char *name;
    bool guarded;                      /* takes a code */
} dests[] = {
    { "Plain", false }, { "Short", false }, { "Long", false }, { "Far", false },
    { "Farther", false }, { "Guarded", true }, { "Beyond", true }, { "main", false },
};
#define N_DESTS (sizeof dests / sizeof dests[0])

/* AWS, as it is today. Its time is the world's: what the wall clock here shows may be
 * off by off_s. */
static struct {
    bool away;
    int64_t off_s;
    int64_t next_code;
    unsigned n_answered, n_failed, n_codes, n_waited;
} day;

static uint32_t seed;

static uint32_t roll(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

/* --- AWS ---------------------------------------------------------------------------- */

static uint32_t number_after(const struct xa_request *q, const char *text)
{
    const char *at = memmem(q->body.at, q->body.len, text, strlen(text));
    assert_non_null(at);
    return (uint32_t)strtoul(at + strlen(text), NULL, 10);
}

static void role_of(const struct xa_request *q, char *ret, size_t size)
{
    const char start[] = "role%2F";
    const char *at = memmem(q->body.at, q->body.len, start, sizeof start - 1);
    assert_non_null(at);
    at += sizeof start - 1;
    snprintf(ret, size, "%.*s", (int)strcspn(at, "&"), at);
}

/* Answers the oldest call as AWS would. */
static void answer_one(void)
{
    const struct xa_request *q = &kit.calls->request;
    char role[32];
    struct xa_record record;
    if (day.away) {
        kit_answer(&(struct xa_record){ .outcome = roll(2) == 0 ? XA_OUTCOME_UNREACHABLE
                                                                : XA_OUTCOME_TIMED_OUT });
        return;
    }
    uint32_t life_s = number_after(q, "&DurationSeconds=");
    if (q->answer == XA_ANSWER_SESSION_TOKEN) {
        record = kit_session(life_s);
    } else {
        role_of(q, role, sizeof role);
        record = kit_issue(KIT_ACCOUNT, role, life_s);
    }
    record.date_s -= day.off_s;
    record.expires_at -= day.off_s;
    day.n_answered++;
    kit_answer(&record);
}

/* Time goes on, and AWS answers what is sent on the way. */
static void pass(int64_t ms)
{
    while (ms > 0 || kit.calls != NULL) {
        int64_t step_ms = kit.calls != NULL ? WAY_MS : ms < 1000 ? ms : 1000;
        if (kit.calls == NULL && kit.wake_ms < 0)
            step_ms = ms;
        else if (kit.calls == NULL && kit.wake_ms - kit.boot_ms > step_ms)
            step_ms = kit.wake_ms - kit.boot_ms < ms ? kit.wake_ms - kit.boot_ms : ms;
        kit_pass_ms(step_ms);
        ms -= step_ms;
        while (kit.calls != NULL)
            answer_one();
    }
}

/* --- clients ------------------------------------------------------------------------ */

static void check_good(const struct asker *a, int64_t least_ms)
{
    assert_true(a->good_until_ms - kit.boot_ms >= least_ms);
    /* what is shown is AWS's time, and the same moment but for the way and the seconds */
    int64_t shown_ms = (a->expires_at + day.off_s - kit.wall_s) * 1000;
    int64_t apart_ms = shown_ms - (a->good_until_ms - kit.boot_ms);
    if (apart_ms < -1000 || apart_ms > 3000)
        fail_msg("%s: %lld ms apart", a->name, (long long)apart_ms);
}

/* A request from its beginning to its end. False: it failed. */
static bool serve(const char *name, bool person)
{
    struct asker a = { .person = person };
    unsigned n_sent = kit.n_sent;
    for (unsigned round = 0; round < 6; round++) {
        enum xa_outlook outlook = ask(&a, name);
        while (outlook == XA_WILL_ANSWER && a.waiter.fetch != NULL)
            pass(100);
        if (outlook == XA_ASKS && person) {
            char code[8];
            snprintf(code, sizeof code, "%06u", (unsigned)(day.next_code++ % 1000000));
            day.n_codes++;
            pass(20000);               /* a person types */
            assert_int_equal(give_code(&a, code, ""), XA_WILL_ANSWER);
            while (a.waiter.fetch != NULL)
                pass(100);
            if (a.code == XA_OK)
                continue;
        }
        if (a.code == XA_OK)
            check_good(&a, 15000 - 5000);
        if (!a.plan_again)
            break;
    }
    day.n_waited += kit.n_sent > n_sent;
    bool good = a.code == XA_OK;
    asker_end(&a);
    return good;
}

/* Clients for so long, about one in every_ms; failing is for who must. */
static void live(int64_t ms, uint32_t every_ms, bool may_fail)
{
    int64_t until_ms = kit.boot_ms + ms;
    while (kit.boot_ms < until_ms) {
        size_t i = roll(N_DESTS);
        pass(1 + roll(2 * every_ms));
        bool person = dests[i].guarded && roll(4) != 0;
        if (serve(dests[i].name, person) || (dests[i].guarded && !person))
            continue;
        day.n_failed++;
        if (!may_fail)
            fail_msg("%s failed at %lld", dests[i].name, (long long)kit.boot_ms);
    }
}

static void be_suspended(int64_t ms)
{
    kit.boot_ms += ms;
    kit.wall_s += ms / 1000;
    xa_broker_resumed(kit.broker);
}

static int start(void **state)
{
    memset(&day, 0, sizeof day);
    seed = 20260115;
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    kit.chance = 500;
    return 0;
}

/* --- days ------------------------------------------------------------------------------ */

/* In use, nothing is waited for after the first time: what is near its end is renewed
 * before a client needs it. */
static void a_morning_waits_once_for_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_DESTS; i++)
        assert_true(serve(dests[i].name, true));
    assert_int_equal(day.n_waited, N_DESTS);
    assert_int_equal(day.n_codes, 1);
    for (unsigned minute = 0; minute < 6 * 60; minute++) {
        pass(MINUTE_MS);
        for (size_t i = 0; i < N_DESTS; i++) {
            struct asker a = { 0 };
            if (ask(&a, dests[i].name) != XA_ANSWERED)
                fail_msg("%s, minute %u: %d", dests[i].name, minute, a.outlook);
            check_good(&a, strcmp(dests[i].name, "Short") == 0 ? 180000 : 930000);
        }
    }
    assert_int_equal(day.n_codes, 1);
    /* 5 of an hour with 20 min ahead, 1 of 15 min with a quarter ahead, 1 of 4 h */
    assert_in_range(kit.n_sent, 5 * 9 + 32, 5 * 11 + 36);
}

/* Whoever noted a wish while its first answer was still away is renewed all the same. */
static void a_run_before_the_answer_forgets_nobody(void **state)
{
    (void)state;
    struct asker a = { 0 };
    assert_int_equal(ask(&a, "Plain"), XA_WILL_ANSWER);
    xa_broker_run(kit.broker);
    answer_one();
    assert_int_equal(ask(&a, "Plain"), XA_ANSWERED);
    for (unsigned minute = 0; minute < 120; minute++) {
        pass(MINUTE_MS);
        assert_int_equal(ask(&a, "Plain"), XA_ANSWERED);
    }
}

/* Nor one whose wish was forgotten while its answer was away: who uses what came is
 * known by that. */
static void who_uses_what_is_held_is_renewed(void **state)
{
    (void)state;
    struct asker a = { 0 };
    assert_int_equal(ask(&a, "Plain"), XA_WILL_ANSWER);
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    answer_one();
    for (unsigned minute = 0; minute < 120; minute++) {
        assert_int_equal(ask(&a, "Plain"), XA_ANSWERED);
        pass(MINUTE_MS);
    }
}

/* A renewal that AWS refuses is no more often tried than a client's wish (N12). */
static void a_refused_renewal_waits(void **state)
{
    (void)state;
    struct asker a = { 0 };
    assert_int_equal(ask(&a, "Plain"), XA_WILL_ANSWER);
    answer_one();
    unsigned n_sent = kit.n_sent;
    for (unsigned second = 0; second < 3600; second++) {
        kit_pass_ms(1000);
        struct xa_record record = kit_error(403, "AccessDenied", "");
        if (kit.calls != NULL)
            kit_answer(&record);
    }
    assert_in_range(kit.n_sent - n_sent, 2, 8);
}

static void what_nobody_uses_is_not_renewed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_DESTS; i++)
        assert_true(serve(dests[i].name, true));
    pass(5 * HOUR_MS);
    unsigned n_sent = kit.n_sent;
    pass(2 * DAY_MS);
    assert_int_equal(kit.n_sent, n_sent);
    assert_int_equal(xa_arena_used(kit.arena), 0);
}

/* An outage of 40 minutes, of which nobody hears who asked before. */
static void an_outage_passes_unnoticed(void **state)
{
    (void)state;
    live(3 * HOUR_MS, 5000, false);
    unsigned n_sent = kit.n_sent;
    day.away = true;
    int64_t until_ms = kit.boot_ms + 40 * MINUTE_MS;
    while (kit.boot_ms < until_ms) {
        size_t i = roll(N_DESTS);
        pass(1 + roll(10000));
        if (strcmp(dests[i].name, "Short") == 0)
            continue;                  /* 15 minutes cannot be 40 */
        bool parent_short = kit.boot_ms - (until_ms - 40 * MINUTE_MS) > 18 * MINUTE_MS;
        if (parent_short && strcmp(dests[i].name, "Long") != 0 &&
            strcmp(dests[i].name, "main") != 0) {
            struct asker a = { 0 };    /* an hour less 20 minutes: some may have ended */
            if (ask(&a, dests[i].name) == XA_ANSWERED)
                check_good(&a, 15000);
            while (a.waiter.fetch != NULL)
                pass(100);
            asker_end(&a);
            continue;
        }
        assert_true(serve(dests[i].name, dests[i].guarded));
    }
    day.away = false;
    assert_true(kit.n_sent - n_sent < 40 * 60);      /* N11: 60 a minute in all */
    pass(MINUTE_MS);
    live(HOUR_MS, 5000, false);
}

static void a_night_s_sleep_costs_one_call_each(void **state)
{
    (void)state;
    live(2 * HOUR_MS, 5000, false);
    struct asker a = { 0 };
    assert_int_equal(ask_for(&a, &(struct xa_wish){ .name = xa_slice_of("Plain"),
                                                    .refresh = true }), XA_WILL_ANSWER);
    be_suspended(8 * HOUR_MS);         /* with a call on its way */
    assert_int_equal(xa_broker_count(kit.broker), 2);      /* the MFA session, main's own */
    unsigned n_sent = kit.n_sent;
    pass(1000);
    assert_int_equal(a.code, XA_OK);
    for (size_t i = 0; i < N_DESTS; i++)
        assert_true(serve(dests[i].name, true));
    assert_int_equal(kit.n_sent - n_sent, 7);
    live(HOUR_MS, 5000, false);
}

static void clocks_may_jump(void **state)
{
    (void)state;
    static const int64_t jumps_s[] = { 86400, -86400, 10 * 366 * 86400LL, -10 * 366 * 86400LL,
                                       3600, -3600 };
    live(HOUR_MS, 5000, false);
    for (size_t i = 0; i < sizeof jumps_s / sizeof jumps_s[0]; i++) {
        kit.wall_s += jumps_s[i];
        day.off_s += jumps_s[i];
        for (size_t d = 0; d < N_DESTS; d++) {
            struct asker a = { 0 };
            if (strcmp(dests[d].name, "Short") != 0)
                assert_true(serve(dests[d].name, true));
            asker_end(&a);
        }
        live(30 * MINUTE_MS, 5000, false);
    }
    assert_int_equal(day.off_s, 0);
    assert_true(day.n_codes <= 2);
}

/* A year of working days: two hours of outage a month, a sleep every night, and a clock
 * that is set wrong now and then. */
static void a_year_goes_by(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 365; n++) {
        unsigned n_sent = kit.n_sent, n_codes = day.n_codes;
        live(4 * HOUR_MS, 60000, false);
        if (n % 30 == 7) {
            day.away = true;
            live(2 * HOUR_MS, 60000, true);
            day.away = false;
            pass(6 * MINUTE_MS);       /* what was tried and failed is tried again */
        }
        if (n % 50 == 11) {
            int64_t jump_s = (n % 100 == 11 ? 1 : -1) * 400 * 86400LL;
            kit.wall_s += jump_s;
            day.off_s += jump_s;
        }
        live(4 * HOUR_MS, 60000, false);
        be_suspended(16 * HOUR_MS);
        assert_true(kit.n_sent - n_sent < (n % 30 == 7 ? 3000 : 300));
        assert_true(day.n_codes - n_codes <= (n % 30 == 7 ? 100u : 2u));
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, kit_end)
    const struct CMUnitTest tests[] = {
        T(a_morning_waits_once_for_each),
        T(a_run_before_the_answer_forgets_nobody),
        T(who_uses_what_is_held_is_renewed),
        T(a_refused_renewal_waits),
        T(what_nobody_uses_is_not_renewed),
        T(an_outage_passes_unnoticed),
        T(a_night_s_sleep_costs_one_call_each),
        T(clocks_may_jump),
        T(a_year_goes_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
