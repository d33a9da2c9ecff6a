/* How long credentials are good, and for whom they are good enough (security N13,
 * T1, T2; facts 5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define CONFIG "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"
#define YEAR_S (366 * 86400LL)

static void answer_good(uint32_t life_s)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", life_s);
    kit_answer(&record);
}

/* Both clocks, as they should go. */
static void pass_ms(int64_t ms)
{
    static int64_t rest_ms;
    kit.boot_ms += ms;
    rest_ms += ms;
    kit.wall_s += rest_ms / 1000;
    rest_ms %= 1000;
}

static void fetch(struct asker *a, uint32_t life_s)
{
    const struct xa_wish ask = { .name = xa_slice_of("prod"), .duration_s = life_s,
                                .refresh = true };
    assert_int_equal(ask_for(a, &ask), XA_WILL_ANSWER);
    answer_good(life_s);
    assert_int_equal(a->code, XA_OK);
}

/* --- what decides ---------------------------------------------------------------- */

static void the_wall_clock_decides_nothing(void **state)
{
    (void)state;
    static const int64_t jumps_s[] = { 3600, -3600, 86400, -86400, 10 * YEAR_S, -10 * YEAR_S };
    struct asker a = { 0 }, b = { 0 };
    kit_configure(CONFIG);
    fetch(&a, 3600);
    for (size_t i = 0; i < sizeof jumps_s / sizeof jumps_s[0]; i++) {
        kit.wall_s += jumps_s[i];
        assert_int_equal(ask(&b, "prod"), XA_ANSWERED);
        assert_string_equal(b.key_id, a.key_id);
        assert_int_equal(b.expires_at, a.expires_at);
        kit.wall_s -= jumps_s[i];
    }
    for (size_t i = 0; i < sizeof jumps_s / sizeof jumps_s[0]; i++) {
        kit.wall_s += jumps_s[i];                    /* neither does it lengthen a life */
        int64_t then_ms = kit.boot_ms;
        kit.boot_ms = a.good_until_ms;
        assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
        kit_fail(XA_UNREACHABLE);
        assert_int_equal(b.code, XA_UNREACHABLE);
        kit.boot_ms = then_ms;
        kit.wall_s -= jumps_s[i];
        fetch(&a, 3600);
    }
}

/* A clock here that is wrong by a day: AWS's expiry is measured by AWS's Date. */
static void a_wrong_clock_costs_no_life(void **state)
{
    (void)state;
    static const int64_t offsets_s[] = { 0, 60, -60, 86400, -86400 };
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof offsets_s / sizeof offsets_s[0]; i++) {
        struct asker a = { 0 };
        const struct xa_wish fresh = { .name = xa_slice_of("prod"), .refresh = true };
        assert_int_equal(ask_for(&a, &fresh), XA_WILL_ANSWER);
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
        record.date_s += offsets_s[i];
        record.expires_at += offsets_s[i];
        kit_answer(&record);
        assert_int_equal(a.code, XA_OK);
        assert_int_equal(a.good_until_ms, kit.boot_ms + 3600 * 1000);
        assert_int_equal(a.expires_at, kit.wall_s + offsets_s[i] + 3600);
    }
}

static const struct { int64_t lasts_s, good_s; } clamped[] = {
    { 3600, 3600 }, { 3900, 3600 }, { 3601, 3600 }, { 3599, 3599 }, { 1, 1 }, { 60, 60 },
};

static void no_life_is_longer_than_asked(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof clamped / sizeof clamped[0]; i++) {
        struct asker a = { 0 };
        const struct xa_wish fresh = { .name = xa_slice_of("prod"), .refresh = true };
        assert_int_equal(ask_for(&a, &fresh), XA_WILL_ANSWER);
        answer_good((uint32_t)clamped[i].lasts_s);
        assert_int_equal(a.good_until_ms, kit.boot_ms + clamped[i].good_s * 1000);
    }
}

/* Life counts from when the request was sent: what the answer waited for, in the
 * network or while the machine slept, is gone. */
static void the_way_takes_its_time_from_the_life(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        bool good;
    } ways[] = {
        { 0, true },
        { 9000, true },
        { 900 * 1000 - 1, true },
        { 900 * 1000, false },
        { 7 * 86400 * 1000LL, false },
    };
    kit_configure(CONFIG "duration = 15m\n");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct asker a = { 0 };
        int64_t sent_ms = kit.boot_ms;
        assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 900);
        pass_ms(ways[i].ms);
        kit_answer(&record);
        assert_int_equal(a.code, ways[i].good ? XA_OK : XA_TIMED_OUT);
        assert_int_equal(a.good_until_ms, ways[i].good ? sent_ms + 900 * 1000 : 0);
        assert_true(ways[i].good || a.message[0] != '\0');
        assert_int_equal(xa_broker_forget(kit.broker, (struct xa_slice){ 0 }), ways[i].good);
    }
}

/* --- good enough ----------------------------------------------------------------- */

/* Issued for issued_s, left_ms of it left: answered at once, or fetched again? */
static const struct {
    uint32_t issued_s, min_left_s;
    int64_t left_ms;
    bool answered;
} enough[] = {
    { 3600, 0, 930000, true },
    { 3600, 0, 929999, false },
    { 43200, 0, 930000, true },
    { 43200, 0, 929999, false },
    { 2400, 0, 930000, true },
    { 2400, 0, 929999, false }, /* 40 min: the rule for long ones  */
    { 2399, 0, 479000, true },
    { 2399, 0, 478999, false }, /* below: a fifth, 479 s            */
    { 900, 0, 180000, true },
    { 900, 0, 179999, false },
    { 900, 0, 900000, true },
    { 3600, 60, 60000, true },
    { 3600, 60, 59999, false },
    { 3600, 1, 1000, true },
    { 3600, 1, 999, false },
    { 3600, 3599, 3599000, true },
    { 3600, 3599, 3598999, false },
    { 900, 899, 899000, true },
    { 900, 899, 898999, false },
};

static void credentials_are_good_enough_or_renewed(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof enough / sizeof enough[0]; i++) {
        struct asker a = { 0 }, b = { 0 };
        fetch(&a, enough[i].issued_s);
        pass_ms((int64_t)enough[i].issued_s * 1000 - enough[i].left_ms);
        const struct xa_wish ask = {
            .name = xa_slice_of("prod"), .duration_s = enough[i].issued_s,
            .min_left_s = enough[i].min_left_s,
        };
        enum xa_outlook outlook = ask_for(&b, &ask);
        if (outlook != (enough[i].answered ? XA_ANSWERED : XA_WILL_ANSWER))
            fail_msg("%u s, at least %u s, %lld ms left: %d", enough[i].issued_s,
                     enough[i].min_left_s, (long long)enough[i].left_ms, outlook);
        if (outlook == XA_WILL_ANSWER) {
            answer_good(enough[i].issued_s);
            assert_true(b.fresh);
            assert_string_not_equal(b.key_id, a.key_id);
        }
        assert_int_equal(b.code, XA_OK);
    }
}

static void a_refresh_asks_sts_whatever_is_held(void **state)
{
    (void)state;
    struct asker a = { 0 }, b = { 0 }, c = { 0 };
    kit_configure(CONFIG);
    fetch(&a, 3600);
    const struct xa_wish fresh = { .name = xa_slice_of("prod"), .refresh = true };
    assert_int_equal(ask_for(&b, &fresh), XA_WILL_ANSWER);
    assert_int_equal(ask(&c, "prod"), XA_ANSWERED);  /* others are served meanwhile */
    assert_string_equal(c.key_id, a.key_id);
    answer_good(3600);
    assert_string_not_equal(b.key_id, a.key_id);
    assert_int_equal(ask(&c, "prod"), XA_ANSWERED);
    assert_string_equal(c.key_id, b.key_id);
    assert_int_equal(xa_broker_count(kit.broker), 1);
}

static void what_expired_is_counted_and_purged_as_gone(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    fetch(&a, 900);
    pass_ms(900 * 1000 - 1);
    xa_broker_run(kit.broker);
    assert_int_equal(xa_broker_count(kit.broker), 1);
    assert_int_equal(xa_broker_expiry_of(kit.broker, xa_slice_of("prod")), a.expires_at);
    pass_ms(1);
    assert_int_equal(xa_broker_count(kit.broker), 0);
    assert_int_equal(xa_broker_expiry_of(kit.broker, xa_slice_of("prod")), 0);
    assert_true(xa_arena_used(kit.arena) > 0);
    xa_broker_run(kit.broker);
    assert_int_equal(xa_arena_used(kit.arena), 0);
}

/* --- outages --------------------------------------------------------------------- */

/* The answer to a renewal, with this much of the old ones left. */
static void renew(struct asker *b, int64_t left_ms)
{
    struct asker a = { 0 };
    fetch(&a, 3600);
    pass_ms(3600 * 1000 - left_ms);
    memset(b, 0, sizeof *b);
    assert_int_equal(ask(b, "prod"), XA_WILL_ANSWER);
}

static const enum xa_code outages[] = { XA_UNREACHABLE, XA_TIMED_OUT, XA_CERTIFICATE,
                                        XA_COURIER_UNUSABLE };
static const enum xa_code others[] = { XA_NO_MEMORY, XA_INTERNAL, XA_BAD_MESSAGE };

static void an_outage_leaves_what_is_held_in_use(void **state)
{
    (void)state;
    struct asker b;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof outages / sizeof outages[0]; i++) {
        renew(&b, 15000);
        kit_fail(outages[i]);
        assert_int_equal(b.code, XA_OK);
        assert_false(b.fresh);
        assert_int_equal(b.good_until_ms, kit.boot_ms + 15000);
        renew(&b, 14999);
        kit_fail(outages[i]);
        assert_int_equal(b.code, outages[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        renew(&b, 900000);
        kit_fail(others[i]);
        assert_int_equal(b.code, others[i]);
    }
}

static const struct {
    uint32_t status;
    const char *code;
    enum xa_code told;
} answers[] = {
    { 503, "ServiceUnavailable", XA_OK },
    { 500, "InternalFailure", XA_OK },
    { 400, "Throttling", XA_OK },
    { 503, "", XA_OK },
    { 429, "", XA_OK },
    { 403, "AccessDenied", XA_AWS_REFUSED },
    { 403, "InvalidClientTokenId", XA_AWS_REFUSED },
    { 403, "SignatureDoesNotMatch", XA_AWS_REFUSED },
    { 404, "", XA_BAD_REPLY },
    { 302, "", XA_BAD_REPLY },
};

static void a_refusal_ends_what_is_held(void **state)
{
    (void)state;
    struct asker b;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        pass_ms(1000);                               /* what was refused is asked once a second */
        renew(&b, 900000);
        struct xa_record record = kit_error(answers[i].status, answers[i].code, "");
        kit_answer(&record);
        record = kit_devices("");
        if (kit_first("ListMFADevices"))
            kit_answer(&record);
        if (b.code != answers[i].told)
            fail_msg("%u %s: %s", answers[i].status, answers[i].code, b.message);
    }
    pass_ms(1000);
    renew(&b, 900000);                               /* another account is no outage either */
    struct xa_record record = kit_issue("333333333333", "Admin", 3600);
    kit_answer(&record);
    assert_int_equal(b.code, XA_OTHER_ACCOUNT);
}

/* N13: STS is dead for a whole life. Every request until 15 s before the end is
 * served, with the true expiry; after it, none. */
static void a_dead_sts_fails_nobody_too_early(void **state)
{
    (void)state;
    struct asker a = { 0 };
    unsigned n_sent = 0, n_calls = 0;
    kit_configure(CONFIG);
    fetch(&a, 3600);
    n_sent = kit.n_sent;
    for (int64_t left_ms = 3600 * 1000; left_ms > -60000; left_ms -= 1000, pass_ms(1000)) {
        struct asker b = { 0 };
        if (ask(&b, "prod") == XA_WILL_ANSWER)
            kit_fail(n_calls++ % 2 == 0 ? XA_UNREACHABLE : XA_TIMED_OUT);
        assert_int_equal(b.code == XA_OK, left_ms >= 15000);
        if (b.code != XA_OK)
            continue;
        assert_string_equal(b.key_id, a.key_id);
        assert_int_equal(b.expires_at, a.expires_at);
        assert_true(b.good_until_ms > kit.boot_ms);
    }
    assert_int_equal(kit.n_sent - n_sent, n_calls);
    struct asker b = { 0 };
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
    assert_int_equal(b.code, XA_OK);
}

/* --- patience -------------------------------------------------------------------- */

static void who_can_wait_no_longer_gets_what_is_held(void **state)
{
    (void)state;
    struct asker b, c = { 0 };
    struct xa_granted granted;
    kit_configure(CONFIG "region = eu-west-1\n");
    renew(&b, 20000);
    const struct xa_wish wish = { .name = xa_slice_of("prod"),
                                           .region = xa_slice_of("us-west-2") };
    assert_int_equal(ask_for(&c, &wish), XA_WILL_ANSWER);
    pass_ms(5000);
    assert_true(xa_broker_settle(&c.waiter, &granted));
    assert_non_null(granted.issued);
    assert_int_equal(granted.issued->good_until_ms, kit.boot_ms + 15000);
    assert_string_equal(granted.identity->region, "us-west-2");
    assert_string_equal(granted.identity->name, "prod");
    assert_false(granted.fresh);
    assert_false(xa_broker_settle(&c.waiter, &granted));         /* it waits no longer */
    pass_ms(1);
    assert_false(xa_broker_settle(&b.waiter, &granted));         /* too little is left */
    answer_good(3600);
    assert_int_equal(b.n_done, 1);
    assert_int_equal(c.n_done, 0);

    struct asker d = { 0 };                                      /* nothing is held */
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    assert_int_equal(ask(&d, "prod"), XA_WILL_ANSWER);
    assert_false(xa_broker_settle(&d.waiter, &granted));
    xa_broker_cancel(&d.waiter);
    answer_good(3600);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(the_wall_clock_decides_nothing),
        T(a_wrong_clock_costs_no_life),
        T(no_life_is_longer_than_asked),
        T(the_way_takes_its_time_from_the_life),
        T(credentials_are_good_enough_or_renewed),
        T(a_refresh_asks_sts_whatever_is_held),
        T(what_expired_is_counted_and_purged_as_gone),
        T(an_outage_leaves_what_is_held_in_use),
        T(a_refusal_ends_what_is_held),
        T(a_dead_sts_fails_nobody_too_early),
        T(who_can_wait_no_longer_gets_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
