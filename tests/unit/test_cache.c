/* Issued credentials in the locked arena: found, replaced, forgotten, evicted,
 * wiped (security M1, M3, N6, T1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/cache.h"

#define SIZE (64 * 1024)
#define TOKEN_LEN 800

static struct xa_arena *arena;
static struct xa_cache *cache;

static int start(void **state)
{
    (void)state;
    struct xa_error err;
    arena = xa_arena_new(SIZE, &err);
    cache = arena != NULL ? xa_cache_new(arena, &err) : NULL;
    return cache == NULL;
}

static int end(void **state)
{
    (void)state;
    xa_cache_free(&cache);
    assert_null(cache);
    xa_cache_free(&cache);
    assert_int_equal(xa_arena_used(arena), 0);
    xa_arena_free(&arena);
    return 0;
}

/* A key as a hash has them, but with many in one bucket. */
static const uint8_t *key_of(unsigned n)
{
    static uint8_t key[32];
    memset(key, 0, sizeof key);
    key[0] = (uint8_t)(n % 7);
    memcpy(key + 20, &n, sizeof n);
    return key;
}

static bool put(unsigned n, const char *name, int64_t good_until_ms, int64_t now_ms)
{
    char key_id[32], token[TOKEN_LEN + 1];
    snprintf(key_id, sizeof key_id, "ASIAEXAMPLE%09u", n);
    memset(token, 'a' + (int)(n % 26), TOKEN_LEN);
    token[TOKEN_LEN] = '\0';
    const struct xa_issued issued = {
        .access_key_id = xa_slice_of(key_id),
        .secret = xa_slice_of("secret+of/this"),
        .token = xa_slice_of(token),
        .arn = xa_slice_of("arn:aws:sts::2:assumed-role/a/b"),
        .expires_at = 1768480000 + good_until_ms / 1000,
        .good_until_ms = good_until_ms,
        .issued_for_s = 3600,
    };
    return xa_cache_put(cache, key_of(n), xa_slice_of(name), &issued, now_ms);
}

static bool holds(unsigned n, int64_t now_ms)
{
    char key_id[32];
    snprintf(key_id, sizeof key_id, "ASIAEXAMPLE%09u", n);
    const struct xa_issued *issued = xa_cache_find(cache, key_of(n), now_ms);
    if (issued == NULL)
        return false;
    assert_true(xa_slice_is(issued->access_key_id, key_id));
    assert_true(xa_slice_is(issued->secret, "secret+of/this"));
    assert_true(xa_slice_is(issued->arn, "arn:aws:sts::2:assumed-role/a/b"));
    assert_int_equal(issued->token.len, TOKEN_LEN);
    for (size_t i = 0; i < TOKEN_LEN; i++)
        assert_int_equal(issued->token.at[i], 'a' + n % 26);
    assert_int_equal(issued->issued_for_s, 3600);
    return true;
}

static void what_was_put_is_found_until_it_expires(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 40; n++)
        assert_true(put(n, "prod", 1000 + n, 0));
    assert_int_equal(xa_cache_count(cache, 0), 40);
    for (unsigned n = 0; n < 40; n++) {
        assert_true(holds(n, 999 + n));
        assert_false(holds(n, 1000 + n));           /* to the millisecond, and for good */
        assert_false(holds(n, 0));
    }
    assert_false(holds(40, 0));
    assert_int_equal(xa_cache_count(cache, 0), 0);
    assert_int_equal(xa_arena_used(arena), 0);
}

static void one_key_holds_one(void **state)
{
    (void)state;
    assert_true(put(1, "prod", 1000, 0));
    size_t used = xa_arena_used(arena);
    for (unsigned i = 0; i < 500; i++)
        assert_true(put(1, i % 2 == 0 ? "prod" : "other", 2000 + i, 0));
    assert_int_equal(xa_arena_used(arena), used);
    assert_int_equal(xa_cache_count(cache, 0), 1);
    assert_true(holds(1, 2498));
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("prod")), 0);
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("other")), 1);
}

static void a_name_is_forgotten_whole(void **state)
{
    (void)state;
    assert_true(put(1, "prod", 9000, 0) && put(2, "prod", 5000, 0) && put(3, "prod-eu", 8000, 0));
    assert_int_equal(xa_cache_expiry_of(cache, xa_slice_of("prod"), 0), 1768480009);
    assert_int_equal(xa_cache_expiry_of(cache, xa_slice_of("prod"), 9000), 0);
    assert_int_equal(xa_cache_expiry_of(cache, xa_slice_of("dev"), 0), 0);
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("pro")), 0);
    assert_int_equal(xa_cache_forget(cache, xa_slice_of("prod")), 2);
    assert_false(holds(1, 0) || holds(2, 0));
    assert_true(holds(3, 0));
    assert_int_equal(xa_cache_forget(cache, (struct xa_slice){ 0 }), 1);
    assert_int_equal(xa_arena_used(arena), 0);
    assert_int_equal(xa_cache_forget(cache, (struct xa_slice){ 0 }), 0);
}

static void a_purge_takes_the_expired(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 30; n++)
        assert_true(put(n, "prod", 1000 * (1 + n % 3), 0));
    assert_int_equal(xa_cache_count(cache, 1000), 20);
    assert_int_equal(xa_cache_purge(cache, 999), 0);
    assert_int_equal(xa_cache_purge(cache, 1000), 10);
    assert_int_equal(xa_cache_purge(cache, 1000), 0);
    assert_int_equal(xa_cache_count(cache, 0), 20);
    assert_int_equal(xa_cache_purge(cache, INT64_MAX), 20);
    assert_int_equal(xa_arena_used(arena), 0);
}

/* M3: ten times as many as fit. What was used last stays, what was not goes first. */
static void the_unused_make_room(void **state)
{
    (void)state;
    unsigned capacity = 0;
    while (xa_cache_count(cache, 0) == capacity) {
        assert_true(put(capacity, "prod", 1 << 30, capacity));
        capacity++;
    }
    capacity--;                                      /* the last one took the first one's place */
    assert_true(capacity > 40);
    xa_cache_forget(cache, (struct xa_slice){ 0 });

    for (unsigned n = 0; n < 10 * capacity; n++) {
        assert_true(put(n, "prod", 1 << 30, n));
        assert_true(holds(0, n));                    /* in constant use */
    }
    assert_int_equal(xa_cache_count(cache, 0), capacity);
    for (unsigned n = 1; n < 10 * capacity; n++)
        assert_int_equal(holds(n, 10 * capacity), n > 9 * capacity);
}

/* With the arena full, one is replaced in the room of its own predecessor. */
static void a_renewal_drives_no_other_out(void **state)
{
    (void)state;
    unsigned n = 0;
    while (xa_cache_count(cache, 0) == n) {
        assert_true(put(n, "prod", 1 << 30, n));
        n++;
    }
    size_t count = xa_cache_count(cache, 0);
    for (unsigned i = 1; i < n; i++) {
        assert_true(put(i, "prod", 1 << 30, 1000 + i));
        assert_int_equal(xa_cache_count(cache, 0), count);
    }
    for (unsigned i = 1; i < n; i++)
        assert_true(holds(i, 0));
}

static void what_never_fits_is_refused(void **state)
{
    (void)state;
    static uint8_t large[SIZE];
    memset(large, 'x', sizeof large);
    const struct xa_issued issued = { .token = { large, sizeof large }, .good_until_ms = 1000 };
    assert_false(xa_cache_put(cache, key_of(1), xa_slice_of("prod"), &issued, 0));
    assert_int_equal(xa_arena_used(arena), 0);
    assert_true(put(1, "prod", 1000, 0));            /* nor does it leave what was there */
    assert_false(xa_cache_put(cache, key_of(1), xa_slice_of("prod"), &issued, 0));
    assert_false(holds(1, 0));
}

/* A role that no file names is called by its ARN. */
static void names_are_as_long_as_arns(void **state)
{
    (void)state;
    char name[XA_ARN_MAX + 1];
    memset(name, 'n', sizeof name);
    name[XA_ARN_MAX] = '\0';
    assert_true(put(1, name, 9000, 0));
    assert_true(holds(1, 999));
    assert_int_equal(xa_cache_expiry_of(cache, xa_slice_of(name), 0), 1768480009);
    name[XA_ARN_MAX - 1] = '\0';
    assert_int_equal(xa_cache_forget(cache, xa_slice_of(name)), 0);
    name[XA_ARN_MAX - 1] = 'n';
    assert_int_equal(xa_cache_forget(cache, xa_slice_of(name)), 1);
}

static void a_look_is_no_use(void **state)
{
    (void)state;
    assert_null(xa_cache_peek(cache, key_of(1), 0));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 0);
    assert_true(put(1, "prod", 1000, 100) && put(8, "prod", 1000, 200));      /* of one bucket */
    const struct xa_issued *issued = xa_cache_peek(cache, key_of(1), 999);
    assert_non_null(issued);
    assert_true(xa_slice_is(issued->access_key_id, "ASIAEXAMPLE000000001"));
    assert_null(xa_cache_peek(cache, key_of(1), 1000));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 100);
    assert_int_equal(xa_cache_used_ms(cache, key_of(8)), 200);
    assert_int_equal(xa_cache_count(cache, 0), 2);           /* it takes nothing away either */
    assert_true(holds(1, 999));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 999);
    assert_null(xa_cache_peek(cache, key_of(15), 0));
}

/* Renewals without anybody there would go on for ever. */
static void a_renewal_is_no_use_either(void **state)
{
    (void)state;
    assert_true(put(1, "prod", 1000, 100));
    assert_true(put(1, "prod", 2000, 900));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 100);
    assert_true(holds(1, 1999));
    assert_true(put(1, "prod", 3000, 2500));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 1999);
    xa_cache_drop(cache, key_of(1));
    assert_true(put(1, "prod", 3000, 2500));
    assert_int_equal(xa_cache_used_ms(cache, key_of(1)), 2500);
}

static void one_is_dropped(void **state)
{
    (void)state;
    xa_cache_drop(cache, key_of(1));                         /* none is fine */
    assert_true(put(1, "prod", 1000, 0) && put(8, "prod", 1000, 0) && put(15, "prod", 1000, 0));
    size_t used = xa_arena_used(arena);
    xa_cache_drop(cache, key_of(8));
    assert_int_equal(xa_arena_used(arena), used / 3 * 2);
    assert_true(holds(1, 0) && !holds(8, 0) && holds(15, 0));
    xa_cache_drop(cache, key_of(8));
    xa_cache_drop(cache, key_of(15));
    xa_cache_drop(cache, key_of(1));
    assert_int_equal(xa_arena_used(arena), 0);
}

/* Every byte of the arena's room is zero again, so that taking it shows nothing. */
static void what_goes_is_wiped(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 500; n++)
        assert_true(put(n, "prod", 1000 + n, n));
    xa_cache_forget(cache, xa_slice_of("prod"));
    assert_int_equal(xa_arena_used(arena), 0);
    size_t len = SIZE - 64;
    const uint8_t *all = xa_arena_take(arena, len);
    assert_non_null(all);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(all[i], 0);
    xa_arena_give(arena, (void *)(uintptr_t)all);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(what_was_put_is_found_until_it_expires),
        T(one_key_holds_one),
        T(a_name_is_forgotten_whole),
        T(a_purge_takes_the_expired),
        T(the_unused_make_room),
        T(a_renewal_drives_no_other_out),
        T(what_never_fits_is_refused),
        T(names_are_as_long_as_arns),
        T(a_look_is_no_use),
        T(a_renewal_is_no_use_either),
        T(one_is_dropped),
        T(what_goes_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
