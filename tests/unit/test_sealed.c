/* The sealed cache's content: what is alive is written, what is still good comes
 * back, for no longer than it was good (security T1, promise 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/sealed.h"

#define ARENA (2 * 1024 * 1024)
#define BOOT "0b5f1d1e-8a3c-4c50-9f57-3f6f2d1a7c11"
#define OTHER_BOOT "d1e2c3b4-0000-4c50-9f57-3f6f2d1a7c11"
#define YEAR_S (365 * 24 * 3600LL)
#define HOUR_MS (3600 * 1000LL)

static struct xa_arena *arena;
static struct xa_cache *cache;
static struct xa_secret *plain;        /* what was encoded last                  */
static size_t n_encoded;
static struct xa_sealed sealed;        /* what was decoded last: borrows `plain` */
static bool held_open;

static struct xa_sealed_moment moment(const char *boot, int64_t boot_ms, int64_t wall_s)
{
    return (struct xa_sealed_moment){ xa_slice_of(boot), boot_ms, wall_s };
}

static const int64_t at_ms = 5000000, at_s = 1768480000;     /* when it is sealed */

static void new_cache(size_t size)
{
    struct xa_error err;
    xa_cache_free(&cache);
    xa_arena_free(&arena);
    arena = xa_arena_new(size, &err);
    cache = arena != NULL ? xa_cache_new(arena, &err) : NULL;
    assert_non_null(cache);
}

static int start(void **state)
{
    (void)state;
    xa_secret_allow_unlocked(true);
    new_cache(ARENA);
    return 0;
}

static void drop_plain(void)
{
    if (held_open)
        xa_secret_shut(plain);
    held_open = false;
    xa_secret_free(&plain);
}

static int end(void **state)
{
    (void)state;
    drop_plain();
    xa_cache_free(&cache);
    assert_int_equal(xa_arena_used(arena), 0);
    xa_arena_free(&arena);
    return 0;
}

static const uint8_t *key_of(unsigned n)
{
    static uint8_t key[32];
    memset(key, 0x40, sizeof key);
    memcpy(key, &n, sizeof n);
    return key;
}

static struct xa_issued issued_until(int64_t good_until_ms)
{
    return (struct xa_issued){
        xa_slice_of("ASIAEXAMPLE000000001"), xa_slice_of("secret+of/this"),
        xa_slice_of("a token"), xa_slice_of("arn:aws:sts::2:assumed-role/a/b"),
        at_s + 3600, good_until_ms, 3600,
    };
}

static void put(unsigned n, const char *name, const struct xa_issued *issued)
{
    assert_true(xa_cache_put(cache, key_of(n), xa_slice_of(name), issued, at_ms));
}

static void encode(void)
{
    const struct xa_sealed_moment at = moment(BOOT, at_ms, at_s);
    drop_plain();
    plain = xa_sealed_encode(cache, &at, 7, &n_encoded, NULL);
    assert_non_null(plain);
}

static void decode(void)
{
    struct xa_slice bytes = { xa_secret_open(plain), xa_secret_len(plain) };
    held_open = true;
    assert_true(xa_sealed_decode(bytes, &sealed, NULL));
    assert_int_equal(sealed.n_entries, n_encoded);
}

/* Into an empty cache, as a later process does. */
static size_t restore(struct xa_sealed_moment now)
{
    new_cache(ARENA);
    struct xa_sealed copy = sealed;
    return xa_sealed_restore(&copy, &now, cache);
}

static void assert_slices(struct xa_slice a, struct xa_slice b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, a.len);
}

static void holds(unsigned n, const struct xa_issued *was, int64_t now_ms)
{
    const struct xa_issued *issued = xa_cache_find(cache, key_of(n), now_ms);
    assert_non_null(issued);
    assert_slices(issued->access_key_id, was->access_key_id);
    assert_slices(issued->secret, was->secret);
    assert_slices(issued->token, was->token);
    assert_slices(issued->arn, was->arn);
    assert_int_equal(issued->expires_at, was->expires_at);
    assert_int_equal(issued->good_until_ms, was->good_until_ms);
    assert_int_equal(issued->issued_for_s, was->issued_for_s);
}

static void what_was_alive_comes_back(void **state)
{
    (void)state;
    struct xa_issued role = issued_until(at_ms + HOUR_MS), session = role, dead = role;
    session.arn = (struct xa_slice){ 0 };
    session.issued_for_s = XA_SESSION_DURATION_MAX_S;
    session.good_until_ms = at_ms + XA_SESSION_DURATION_MAX_S * 1000LL;
    dead.good_until_ms = at_ms;
    put(1, "prod", &role);
    put(2, "main", &session);
    put(3, "gone", &dead);
    encode();
    assert_int_equal(n_encoded, 2);
    decode();
    assert_int_equal(sealed.serial, 7);
    assert_true(xa_slice_is(sealed.at.boot, BOOT));
    assert_int_equal(sealed.at.boot_ms, at_ms);
    assert_int_equal(sealed.at.wall_s, at_s);
    assert_int_equal(restore(moment(BOOT, at_ms + 1, at_s)), 2);
    holds(1, &role, at_ms + 1);
    holds(2, &session, at_ms + 1);
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("main")), 1);
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("prod")), 1);
}

static void nothing_alive_is_nothing(void **state)
{
    (void)state;
    encode();
    decode();
    assert_int_equal(restore(moment(BOOT, at_ms, at_s)), 0);
}

/* --- time ----------------------------------------------------------------------------- */

/* For how long the one entry, good for an hour when it was sealed, is good now. */
static int64_t left(const char *boot, int64_t boot_ms, int64_t wall_s)
{
    if (restore(moment(boot, boot_ms, wall_s)) == 0)
        return 0;
    const struct xa_issued *issued = xa_cache_find(cache, key_of(1), boot_ms);
    assert_non_null(issued);
    assert_int_equal(issued->expires_at, at_s + 3600);
    return issued->good_until_ms - boot_ms;
}

static void seal_an_hour(void)
{
    struct xa_issued issued = issued_until(at_ms + HOUR_MS);
    put(1, "prod", &issued);
    encode();
    decode();
}

static void in_the_same_boot_only_boottime_counts(void **state)
{
    (void)state;
    static const int64_t jumps[] = { 0, 3600, -3600, 10 * YEAR_S, -10 * YEAR_S, -at_s };
    seal_an_hour();
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        assert_int_equal(left(BOOT, at_ms, at_s + jumps[i]), HOUR_MS);
        assert_int_equal(left(BOOT, at_ms + 1, at_s + jumps[i]), HOUR_MS - 1);
        assert_int_equal(left(BOOT, at_ms + HOUR_MS - 1, at_s + jumps[i]), 1);
        assert_int_equal(left(BOOT, at_ms + HOUR_MS, at_s + jumps[i]), 0);
        assert_int_equal(left(BOOT, at_ms - 1, at_s + jumps[i]), 0);
    }
}

static void in_another_boot_the_wall_clock_counts(void **state)
{
    (void)state;
    static const int64_t boots[] = { 0, at_ms - 1, at_ms, at_ms + 100 * HOUR_MS };
    seal_an_hour();
    for (size_t i = 0; i < sizeof boots / sizeof boots[0]; i++) {
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s), HOUR_MS - 1000);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s + 60), HOUR_MS - 61000);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s + 3598), 1000);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s + 3599), 0);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s - 1), 0);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s - 10 * YEAR_S), 0);
        assert_int_equal(left(OTHER_BOOT, boots[i], at_s + 10 * YEAR_S), 0);
        assert_int_equal(left(OTHER_BOOT, boots[i], INT64_MAX), 0);
        assert_int_equal(left("", boots[i], at_s + 60), HOUR_MS - 61000);
    }
}

static void an_unknown_boot_is_never_the_same(void **state)
{
    (void)state;
    struct xa_issued issued = issued_until(at_ms + HOUR_MS);
    const struct xa_sealed_moment at = moment("", at_ms, at_s);
    put(1, "prod", &issued);
    plain = xa_sealed_encode(cache, &at, 7, &n_encoded, NULL);
    assert_non_null(plain);
    decode();
    assert_int_equal(left("", at_ms, at_s + 60), HOUR_MS - 61000);
    assert_int_equal(left("", at_ms, at_s - 1), 0);
    const struct xa_sealed_moment later = moment("", at_ms - 1, at_s), back = moment("", at_ms, 0);
    assert_true(xa_sealed_is_past(&sealed.at, &later));
    assert_false(xa_sealed_is_past(&sealed.at, &back));
}

static void nothing_lasts_longer_than_it_was_issued_for(void **state)
{
    (void)state;
    struct xa_issued issued = issued_until(at_ms + 100 * HOUR_MS);
    put(1, "prod", &issued);
    encode();
    decode();
    assert_int_equal(left(BOOT, at_ms, at_s), HOUR_MS);
    assert_int_equal(left(OTHER_BOOT, at_ms, at_s), HOUR_MS - 1000);
}

/* --- bounds --------------------------------------------------------------------------- */

static void too_many_entries_are_left_out(void **state)
{
    (void)state;
    struct xa_issued issued = issued_until(at_ms + HOUR_MS);
    issued.token = xa_slice_of("t");
    issued.arn = (struct xa_slice){ 0 };
    for (unsigned n = 0; n < XA_SEALED_ENTRIES_MAX + 5; n++)
        put(n, "prod", &issued);
    assert_int_equal(xa_cache_count(cache, at_ms), XA_SEALED_ENTRIES_MAX + 5);
    encode();
    assert_int_equal(n_encoded, XA_SEALED_ENTRIES_MAX);
    decode();
}

static void what_makes_the_file_too_large_is_left_out(void **state)
{
    (void)state;
    static uint8_t token[XA_TOKEN_MAX];
    memset(token, 't', sizeof token);
    struct xa_issued issued = issued_until(at_ms + HOUR_MS);
    issued.token = (struct xa_slice){ token, sizeof token };
    for (unsigned n = 0; n < 80; n++)
        put(n, "prod", &issued);
    encode();
    assert_int_equal(n_encoded, XA_SEALED_PLAIN_MAX / (sizeof token + 130));
    assert_true(xa_seal_len(xa_secret_len(plain)) <= XA_SEALED_FILE_MAX);
    decode();
}

static void what_would_not_be_read_is_not_written(void **state)
{
    (void)state;
    static char arn[XA_ARN_MAX + 2];
    memset(arn, 'a', XA_ARN_MAX + 1);
    struct xa_issued good = issued_until(at_ms + HOUR_MS), bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].issued_for_s = 0;
    bad[1].issued_for_s = XA_SESSION_DURATION_MAX_S + 1;
    bad[2].token = xa_slice_of("a\ntoken");
    bad[3].secret.len = 0;
    bad[4].arn = xa_slice_of(arn);
    bad[5].expires_at = -1;
    for (unsigned i = 0; i < 6; i++)
        put(i, "prod", &bad[i]);
    put(6, "", &good);
    encode();
    assert_int_equal(n_encoded, 0);
    put(7, "prod", &good);
    encode();
    assert_int_equal(n_encoded, 1);
    decode();
}

/* As much as there is room for comes back, and nothing that is held goes for it. */
static void a_full_arena_gives_nothing_away(void **state)
{
    (void)state;
    struct xa_issued issued = issued_until(at_ms + HOUR_MS);
    for (unsigned n = 0; n < 200; n++)
        put(n, "prod", &issued);
    encode();
    decode();
    new_cache(16 * 1024);
    put(1000, "held", &issued);
    struct xa_sealed copy = sealed;
    const struct xa_sealed_moment now = moment(BOOT, at_ms, at_s);
    size_t n = xa_sealed_restore(&copy, &now, cache);
    assert_in_range(n, 20, 80);
    assert_int_equal(xa_cache_count(cache, at_ms), n + 1);
    holds(1000, &issued, at_ms);
    void *more = xa_arena_take(arena, 4096);         /* the cache still makes room for others */
    assert_non_null(more);
    xa_arena_give(arena, more);

    while (xa_cache_count(cache, at_ms) <= n)        /* full again */
        put((unsigned)xa_cache_count(cache, at_ms) + 2000, "more", &issued);
    size_t count = xa_cache_count(cache, at_ms);
    encode();
    assert_int_equal(n_encoded, count);
    assert_int_equal(xa_cache_count(cache, at_ms), count);
}

static void what_is_held_is_not_replaced(void **state)
{
    (void)state;
    struct xa_issued held = issued_until(at_ms + 2 * HOUR_MS);
    held.token = xa_slice_of("the later token");
    seal_an_hour();
    new_cache(ARENA);
    put(1, "prod", &held);
    struct xa_sealed copy = sealed;
    struct xa_sealed_moment now = moment(BOOT, at_ms, at_s);
    assert_int_equal(xa_sealed_restore(&copy, &now, cache), 0);
    holds(1, &held, at_ms);

    held.good_until_ms = at_ms + 1;                  /* but an expired one is */
    put(1, "prod", &held);
    now.boot_ms++;
    copy = sealed;
    assert_int_equal(xa_sealed_restore(&copy, &now, cache), 1);
    held = issued_until(at_ms + HOUR_MS);
    holds(1, &held, now.boot_ms);
}

/* --- strict decoding ------------------------------------------------------------------ */

/* One entry, each field as long as its number says. */
struct made { size_t boot, name, key_id, secret, token, arn; };
struct numbers { uint64_t boot_ms, wall_s, expires_at, good_until_ms; uint32_t n, issued_for_s; };

static const struct made most = {
    XA_SEALED_BOOT_MAX, XA_ARN_MAX, XA_ACCESS_KEY_ID_MAX, XA_SECRET_KEY_MAX, XA_TOKEN_MAX,
    XA_ARN_MAX };
static const struct numbers usual = { 1, 2, 3, 4, 1, 5 };
static uint8_t bytes[64 * 1024];

static void write_text(struct xa_writer *w, size_t len)
{
    xa_write_u16(w, (uint16_t)len);
    for (size_t i = 0; i < len; i++)
        xa_write_u8(w, 'x');
}

static struct xa_slice make(const struct made *made, const struct numbers *numbers)
{
    struct xa_writer w = xa_writer_init(bytes, sizeof bytes);
    write_text(&w, made->boot);
    xa_write_u64(&w, numbers->boot_ms);
    xa_write_u64(&w, numbers->wall_s);
    xa_write_u64(&w, 9);
    xa_write_u32(&w, numbers->n);
    xa_write_bytes(&w, key_of(1), 32);
    write_text(&w, made->name);
    write_text(&w, made->key_id);
    write_text(&w, made->secret);
    write_text(&w, made->token);
    write_text(&w, made->arn);
    xa_write_u64(&w, numbers->expires_at);
    xa_write_u64(&w, numbers->good_until_ms);
    xa_write_u32(&w, numbers->issued_for_s);
    assert_false(w.bad);
    return (struct xa_slice){ bytes, w.len };
}

static bool decodes(struct xa_slice from)
{
    struct xa_error err = { 0 };
    uint8_t *exact = malloc(from.len + (from.len == 0));
    assert_non_null(exact);
    memcpy(exact, from.at, from.len);
    bool ok = xa_sealed_decode((struct xa_slice){ exact, from.len }, &sealed, &err);
    assert_int_equal(err.code, ok ? XA_OK : XA_VAULT_DAMAGED);
    free(exact);
    return ok;
}

static void each_limit_is_kept(void **state)
{
    (void)state;
    assert_true(decodes(make(&most, &usual)));
    for (size_t field = 0; field < sizeof most / sizeof(size_t); field++) {
        struct made made = most;
        ((size_t *)&made)[field]++;
        assert_false(decodes(make(&made, &usual)));
        ((size_t *)&made)[field] = 0;
        assert_int_equal(decodes(make(&made, &usual)),
                         field == 0 || field == 5);
    }
    const uint64_t high = (uint64_t)1 << 63;
    const struct numbers bad[] = {
        { high, 2, 3, 4, 1, 5 }, { 1, high, 3, 4, 1, 5 }, { 1, 2, high, 4, 1, 5 },
        { 1, 2, 3, high, 1, 5 }, { 1, 2, 3, 4, 0, 5 },    { 1, 2, 3, 4, 2, 5 },
        { 1, 2, 3, 4, 1, 0 },    { 1, 2, 3, 4, 1, XA_SESSION_DURATION_MAX_S + 1 },
        { 1, 2, 3, 4, UINT32_MAX, 5 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(decodes(make(&most, &bad[i])));
}

static void one_entry_more_than_can_be_is_refused(void **state)
{
    (void)state;
    const struct made small = { 0, 1, 1, 1, 1, 0 };
    struct xa_slice one = make(&small, &usual);
    const size_t head = 2 + 8 + 8 + 8 + 4, len = one.len - head;
    for (size_t n = XA_SEALED_ENTRIES_MAX; n <= XA_SEALED_ENTRIES_MAX + 1; n++) {
        uint8_t *all = malloc(head + n * len);
        assert_non_null(all);
        memcpy(all, one.at, head);
        struct xa_writer w = xa_writer_init(all + head - 4, 4);
        xa_write_u32(&w, (uint32_t)n);
        for (size_t i = 0; i < n; i++)
            memcpy(all + head + i * len, one.at + head, len);
        assert_int_equal(decodes((struct xa_slice){ all, head + n * len }),
                         n == XA_SEALED_ENTRIES_MAX);
        free(all);
    }
}

static void every_length_and_every_bit_is_judged(void **state)
{
    (void)state;
    const struct made small = { 36, 4, 20, 40, 10, 0 };
    struct xa_slice whole = make(&small, &usual);
    for (size_t len = 0; len < whole.len; len++)
        assert_false(decodes((struct xa_slice){ whole.at, len }));
    for (size_t more = 1; more <= 64; more++)
        assert_false(decodes((struct xa_slice){ whole.at, whole.len + more }));
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)decodes(whole);                        /* a sanitizer watches */
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(decodes(whole));
    bytes[whole.len - 8 - 8 - 4 - 2 - 1] = '\n';     /* the token's last character */
    assert_false(decodes(whole));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(what_was_alive_comes_back),
        T(nothing_alive_is_nothing),
        T(in_the_same_boot_only_boottime_counts),
        T(in_another_boot_the_wall_clock_counts),
        T(an_unknown_boot_is_never_the_same),
        T(nothing_lasts_longer_than_it_was_issued_for),
        T(too_many_entries_are_left_out),
        T(what_makes_the_file_too_large_is_left_out),
        T(what_would_not_be_read_is_not_written),
        T(a_full_arena_gives_nothing_away),
        T(what_is_held_is_not_replaced),
        T(each_limit_is_kept),
        T(one_entry_more_than_can_be_is_refused),
        T(every_length_and_every_bit_is_judged),
    };
    struct xa_error err;
    return !xa_crypto_init(&err) ? 9 : cmocka_run_group_tests(tests, NULL, NULL);
}
