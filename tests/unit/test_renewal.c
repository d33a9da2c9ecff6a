/* Renewal in the background: when, how often, of what, and when no more (design.md,
 * section 3; security N11, N13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/renewal.h"

#define S(text) xa_slice_of(text)
#define START 10000000LL
#define MINUTE 60000LL
#define HOUR (60 * MINUTE)

static struct xa_arena *arena;
static struct xa_cache *cache;
static struct xa_renewal *renewal;

static int start(void **state)
{
    struct xa_error err;
    (void)state;
    arena = xa_arena_new(256 * 1024, &err);
    cache = arena != NULL ? xa_cache_new(arena, &err) : NULL;
    renewal = xa_renewal_new(&err);
    return cache == NULL || renewal == NULL;
}

static int end(void **state)
{
    (void)state;
    xa_renewal_free(&renewal);
    assert_null(renewal);
    xa_renewal_free(&renewal);
    xa_cache_free(&cache);
    xa_arena_free(&arena);
    return 0;
}

static const uint8_t *key_of(unsigned n)
{
    static uint8_t key[32];
    memset(key, 0, sizeof key);
    memcpy(key, &n, sizeof n);
    return key;
}

/* Credentials as AWS issues them at this time, for so long. */
static void issue(unsigned n, uint32_t life_s, int64_t now_ms)
{
    const struct xa_issued issued = { .access_key_id = S("ASIAX"), .secret = S("s"),
                                      .token = S("t"), .issued_for_s = life_s,
                                      .good_until_ms = now_ms + (int64_t)life_s * 1000 };
    assert_true(xa_cache_put(cache, key_of(n), S("prod"), &issued, now_ms));
}

static void note(unsigned n, const char *name, uint32_t chance)
{
    const struct xa_wish wish = { .name = S(name) };
    xa_renewal_note(renewal, key_of(n), &wish, chance);
}

static struct { unsigned n; char last[64]; } calls;

static void count(void *ctx, const struct xa_wish *wish)
{
    assert_ptr_equal(ctx, &calls);
    calls.n++;
    snprintf(calls.last, sizeof calls.last, "%.*s", (int)wish->name.len,
             (const char *)wish->name.at);
}

/* How many are tried at this time. */
static unsigned tried_at(int64_t now_ms)
{
    calls.n = 0;
    (void)xa_renewal_run(renewal, cache, now_ms, count, &calls);
    return calls.n;
}

static int64_t next_at(int64_t now_ms)
{
    return xa_renewal_run(renewal, cache, now_ms, count, &calls);
}

/* --- when -------------------------------------------------------------------------- */

/* N13: 20 minutes before the end, spread over the 2 minutes before; a quarter of a life
 * of less than 40 minutes. */
static const struct { uint32_t life_s, chance; int64_t ahead_ms; } moments[] = {
    { 3600, 0, 20 * MINUTE },
    { 3600, 1, 20 * MINUTE + 1 },
    { 3600, 119999, 22 * MINUTE - 1 },
    { 3600, 120000, 20 * MINUTE },
    { 3600, UINT32_MAX, 20 * MINUTE + UINT32_MAX % 120000 },
    { 43200, 60000, 21 * MINUTE },
    { 2400, 5, 20 * MINUTE + 5 },
    { 2399, 5, 2399 * 250 },
    { 900, 119999, 225 * 1000 },
};

static void it_is_due_near_the_end(void **state)
{
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        note(1, "prod", moments[i].chance);
        issue(1, moments[i].life_s, START);
        int64_t due_ms = START + moments[i].life_s * 1000LL - moments[i].ahead_ms;
        assert_non_null(xa_cache_find(cache, key_of(1), due_ms - 1));        /* in use */
        assert_int_equal(next_at(START), due_ms - START);
        assert_int_equal(tried_at(due_ms - 1), 0);
        assert_int_equal(next_at(due_ms - 1), 1);
        assert_int_equal(tried_at(due_ms), 1);
        assert_string_equal(calls.last, "prod");
        end(state);
        assert_int_equal(start(state), 0);
    }
}

static void a_renewed_one_is_due_at_its_own_end(void **state)
{
    (void)state;
    note(1, "prod", 0);
    issue(1, 3600, START);
    assert_int_equal(tried_at(START + 40 * MINUTE), 1);
    issue(1, 3600, START + 40 * MINUTE);
    assert_int_equal(tried_at(START + 41 * MINUTE), 0);
    assert_int_equal(next_at(START + 41 * MINUTE), 39 * MINUTE);
    assert_int_equal(tried_at(START + 80 * MINUTE), 1);
}

static void the_next_of_all_is_told(void **state)
{
    (void)state;
    assert_int_equal(next_at(START), -1);
    note(1, "a", 0);
    note(2, "b", 0);
    note(3, "c", 0);
    issue(1, 7200, START);
    issue(2, 3600, START);
    issue(3, 43200, START);
    assert_int_equal(next_at(START), 40 * MINUTE);
    assert_int_equal(next_at(START + 40 * MINUTE), 20000);           /* b again, if it must be */
    assert_string_equal(calls.last, "b");
}

/* --- how often ----------------------------------------------------------------------- */

/* N11, with STS dead for the rest of a life: 5 a minute at most, and the end is tried to
 * the last. */
static void one_that_fails_is_tried_within_its_budget(void **state)
{
    (void)state;
    int64_t times[1000] = { 0 };
    unsigned n = 0;
    note(1, "prod", 0);
    issue(1, 3600, START);
    for (int64_t now_ms = START; now_ms < START + HOUR; now_ms += 50)
        if (tried_at(now_ms) > 0)
            times[n++] = now_ms;
    assert_in_range(n, 20, 100);
    assert_int_equal(times[0], START + 40 * MINUTE);
    for (unsigned i = 5; i < n; i++)
        assert_true(times[i] - times[i - 5] >= MINUTE);
    assert_true(times[n - 1] > START + 59 * MINUTE);
}

static int64_t history[4000];
static unsigned n_history;
static int64_t history_now_ms;

static void remember(void *ctx, const struct xa_wish *wish)
{
    (void)ctx;
    (void)wish;
    assert_true(n_history < sizeof history / sizeof history[0]);
    history[n_history++] = history_now_ms;
}

/* No minute, wherever it begins, has more than 60. */
static void all_together_keep_to_sixty_a_minute(void **state)
{
    (void)state;
    n_history = 0;
    for (unsigned i = 0; i < 200; i++) {
        note(i, "prod", 0);
        /* One that is due, 59 more just before its minute is over, the rest just after. */
        issue(i, 3600, i == 0 ? START : i < 60 ? START + 59000 : START + MINUTE + 500);
    }
    for (int64_t now_ms = START; now_ms < START + HOUR - 1; now_ms += 100) {
        history_now_ms = now_ms;
        (void)xa_renewal_run(renewal, cache, now_ms, remember, NULL);
    }
    assert_true(n_history >= 15 * 60);
    for (unsigned i = 60; i < n_history; i++)
        if (history[i] - history[i - 60] < MINUTE)
            fail_msg("61 within %lld ms", (long long)(history[i] - history[i - 60]));
}

static bool was_tried[250];

static void mark(void *ctx, const struct xa_wish *wish)
{
    unsigned n = 0;
    (void)ctx;
    for (size_t i = 1; i < wish->name.len; i++)
        n = n * 10 + (wish->name.at[i] - '0');
    was_tried[n] = true;
}

/* When none succeeds, the budget goes round: 250 have their turn within five minutes. */
static void those_that_fail_leave_room_for_the_others(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "n%u", i);
        note(i, name, 0);
        issue(i, 3600, START);
    }
    memset(was_tried, 0, sizeof was_tried);
    for (int64_t at_ms = 40 * MINUTE; at_ms < 45 * MINUTE; at_ms += 500)
        (void)xa_renewal_run(renewal, cache, START + at_ms, mark, NULL);
    for (unsigned i = 0; i < 250; i++)
        if (!was_tried[i])
            fail_msg("%u was never tried", i);
}

static void the_first_minute_after_a_boot_has_its_budget(void **state)
{
    (void)state;
    note(1, "prod", 0);
    const struct xa_issued issued = { .issued_for_s = 900, .good_until_ms = 1000 };
    assert_true(xa_cache_put(cache, key_of(1), S("prod"), &issued, 0));
    assert_int_equal(tried_at(0), 1);
}

/* --- of what ---------------------------------------------------------------------------- */

static void what_no_client_used_for_four_hours_is_let_go(void **state)
{
    (void)state;
    note(1, "prod", 0);
    issue(1, 43200, START);
    int64_t due_ms = START + 43200 * 1000LL - 20 * MINUTE;
    assert_int_equal(tried_at(due_ms), 0);
    assert_int_equal(next_at(due_ms), -1);
    (void)xa_cache_find(cache, key_of(1), due_ms - 4 * HOUR - 1);
    assert_int_equal(tried_at(due_ms), 0);
    (void)xa_cache_find(cache, key_of(1), due_ms - 4 * HOUR);
    assert_int_equal(tried_at(due_ms), 1);
    (void)xa_cache_peek(cache, key_of(1), due_ms + 1);               /* a look is no use */
    assert_int_equal(tried_at(due_ms + 10 * MINUTE), 0);
}

/* A renewal is no use either: with nobody there it ends, hour by hour as it may go. */
static void renewals_do_not_feed_themselves(void **state)
{
    (void)state;
    unsigned n = 0;
    note(1, "prod", 0);
    issue(1, 3600, START);
    for (int64_t now_ms = START; now_ms < START + 24 * HOUR; now_ms += MINUTE)
        if (tried_at(now_ms) > 0) {
            n++;
            issue(1, 3600, now_ms);
        }
    assert_int_equal(n, 6);                     /* each 40 minutes, for 4 hours */
}

/* It is noted when its fetch begins, whose answers make others run meanwhile. */
static void what_is_being_fetched_is_not_forgotten(void **state)
{
    (void)state;
    note(1, "prod", 0);
    for (int64_t now_ms = START; now_ms < START + 5 * MINUTE; now_ms += 1000)
        assert_int_equal(tried_at(now_ms), 0);
    issue(1, 3600, START + 5 * MINUTE - 1);
    assert_int_equal(next_at(START + 5 * MINUTE), 40 * MINUTE - 1);
}

static void what_is_gone_for_five_minutes_is_forgotten(void **state)
{
    (void)state;
    note(1, "prod", 0);
    note(2, "test", 0);
    issue(1, 3600, START);
    issue(2, 3600, START);
    assert_int_equal(tried_at(START + 1), 0);
    xa_cache_drop(cache, key_of(1));
    assert_int_equal(tried_at(START + 1000), 0);
    assert_int_equal(tried_at(START + 1000 + 5 * MINUTE), 0);
    issue(1, 3600, START);                       /* another's now, nobody wished it */
    assert_int_equal(tried_at(START + 40 * MINUTE), 1);
    assert_string_equal(calls.last, "test");
    note(1, "prod", 0);
    assert_int_equal(tried_at(START + 41 * MINUTE), 2);
}

static void all_is_forgotten_at_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        note(i, "prod", 0);
        issue(i, 3600, START);
    }
    xa_renewal_forget_all(renewal);
    assert_int_equal(tried_at(START + 45 * MINUTE), 0);
    assert_int_equal(next_at(START + 45 * MINUTE), -1);
    note(3, "prod", 0);
    assert_int_equal(tried_at(START + 45 * MINUTE), 1);
}

static void one_key_is_known_once(void **state)
{
    (void)state;
    note(1, "prod", 0);
    note(1, "other", 7);
    issue(1, 3600, START);
    assert_int_equal(tried_at(START + 40 * MINUTE), 1);
    assert_string_equal(calls.last, "prod");
}

/* Whether it is known: alone in the cache and due, it is tried. */
static bool is_known(unsigned n, int64_t now_ms)
{
    const struct xa_issued issued = { .issued_for_s = 3600, .good_until_ms = now_ms + 1000 };
    assert_true(xa_cache_put(cache, key_of(n), S("x"), &issued, now_ms));
    unsigned tried = tried_at(now_ms);
    xa_cache_drop(cache, key_of(n));
    return tried > 0;
}

/* The first that was noted goes, also after others in between were forgotten. */
static void the_first_of_256_makes_room(void **state)
{
    (void)state;
    int64_t now_ms = START + 6 * MINUTE;
    for (unsigned i = 0; i < 10; i++)
        note(i, "early", 0);
    for (unsigned i = 1; i < 10; i++)
        issue(i, 43200, START);
    (void)tried_at(START);
    (void)tried_at(START + 5 * MINUTE);          /* 0, the first in the row, is forgotten */
    for (unsigned i = 10; i < 259; i++)
        note(i, "late", 0);                      /* 1 to 256 fill it */
    xa_cache_forget(cache, (struct xa_slice){ 0 });
    for (unsigned i = 0; i < 259; i++, now_ms += 1100)       /* within budget and memory */
        if (is_known(i, now_ms) != (i > 2))
            fail_msg("%u is %s", i, i > 2 ? "not known" : "known still");
}

/* --- the wish ----------------------------------------------------------------------------- */

static bool same(struct xa_slice a, struct xa_slice b)
{
    return a.len == b.len && (a.len == 0 || (a.at != b.at && memcmp(a.at, b.at, a.len) == 0));
}

static const struct xa_wish *wished;

static void compare(void *ctx, const struct xa_wish *wish)
{
    ++*(unsigned *)ctx;
    assert_true(same(wish->name, wished->name));
    assert_true(same(wish->source, wished->source));
    assert_true(same(wish->region, wished->region));
    assert_true(same(wish->session_name, wished->session_name));
    assert_true(same(wish->external_id, wished->external_id));
    assert_true(same(wish->role, wished->role));
    assert_true(same(wish->policy, wished->policy));
    assert_true(same(wish->policy_arns, wished->policy_arns));
    assert_true(same(wish->tags, wished->tags));
    assert_true(same(wish->transitive_tags, wished->transitive_tags));
    assert_true(same(wish->source_identity, wished->source_identity));
    assert_true(same(wish->profile, wished->profile));
    assert_int_equal(wish->duration_s, wished->duration_s);
    assert_int_equal(wish->readonly, wished->readonly);
    assert_int_equal(wish->mfa_code.len, 0);     /* N9: a code is not kept */
    assert_null(wish->mfa_code.at);
}

static void the_whole_wish_is_kept_but_its_code(void **state)
{
    (void)state;
    static char texts[13][16];
    for (int i = 0; i < 13; i++)
        snprintf(texts[i], sizeof texts[i], "text number %d", i);
    const struct xa_wish wish = {
        .name = S(texts[0]), .source = S(texts[1]), .region = S(texts[2]),
        .session_name = S(texts[3]), .external_id = S(texts[4]), .role = S(texts[5]),
        .policy = S(texts[6]), .policy_arns = S(texts[7]), .tags = S(texts[8]),
        .transitive_tags = S(texts[9]), .source_identity = S(texts[10]),
        .profile = S(texts[11]), .mfa_code = S(texts[12]),
        .duration_s = 1800, .readonly = true,
    };
    const struct xa_wish empty = { .name = S("x") };
    unsigned n = 0;
    xa_renewal_note(renewal, key_of(1), &wish, 0);
    issue(1, 3600, START);
    wished = &wish;
    (void)xa_renewal_run(renewal, cache, START + 40 * MINUTE, compare, &n);
    assert_int_equal(n, 1);
    xa_renewal_forget_all(renewal);
    xa_renewal_note(renewal, key_of(1), &empty, 0);
    wished = &empty;
    (void)xa_renewal_run(renewal, cache, START + 40 * MINUTE, compare, &n);
    assert_int_equal(n, 2);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(it_is_due_near_the_end),
        T(a_renewed_one_is_due_at_its_own_end),
        T(the_next_of_all_is_told),
        T(one_that_fails_is_tried_within_its_budget),
        T(all_together_keep_to_sixty_a_minute),
        T(those_that_fail_leave_room_for_the_others),
        T(the_first_minute_after_a_boot_has_its_budget),
        T(what_no_client_used_for_four_hours_is_let_go),
        T(renewals_do_not_feed_themselves),
        T(what_is_being_fetched_is_not_forgotten),
        T(what_is_gone_for_five_minutes_is_forgotten),
        T(all_is_forgotten_at_once),
        T(one_key_is_known_once),
        T(the_first_of_256_makes_room),
        T(the_whole_wish_is_kept_but_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
