/* Older copies of a vault (V5), and vaults with an older key derivation (V6). */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/body.h"
#include "agent/vault/files.h"
#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

static char other[4300];

static struct xa_vault *vault_with(xa_kdf_fn *kdf, xa_clock_fn *clock)
{
    struct xa_vault_setup setup = { kit_path, kit_state_path, NULL, kdf, clock };
    struct xa_vault *v = xa_vault_new(&setup, NULL);
    assert_non_null(v);
    return v;
}

static int make_place_and_dir(void **state)
{
    char data[4300];
    (void)kit_make_place(state);
    snprintf(data, sizeof data, "%s/data", kit_dir);
    snprintf(other, sizeof other, "%s/other", kit_dir);
    return mkdir(data, 0700);
}

/* --- V5 ------------------------------------------------------------------------- */

static void refused_as_older(bool ok, const struct xa_error *err)
{
    assert_false(ok);
    assert_int_equal(err->code, XA_VAULT_ROLLED_BACK);
    assert_non_null(strstr(err->hint, "--accept-rollback"));
}

static void memory_notices_an_older_copy(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    kit_copy_file(kit_path, kit_aside);
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    kit_copy_file(kit_aside, kit_path);
    (void)unlink(kit_state_path);
    refused_as_older(kit_add(v, "third", KIT_SECRET, &err), &err);
    xa_vault_lock(v);
    refused_as_older(kit_unlock(v, "first", &err), &err);
    refused_as_older(kit_passwd(v, "first", "second", &err), &err);
    assert_true(kit_unlock_accepting_rollback(v, "first", &err));
    assert_string_equal(kit_names(v), " main");
    assert_true(kit_add(v, "third", KIT_SECRET, &err));
    xa_vault_free(&v);
}

static void the_state_file_notices_an_older_copy(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    kit_copy_file(kit_path, kit_aside);
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    xa_vault_free(&v);
    kit_copy_file(kit_aside, kit_path);
    v = kit_vault(NULL);
    refused_as_older(kit_unlock(v, "first", &err), &err);
    assert_non_null(strstr(err.why, "generation 1, the last seen was 2"));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_LOCKED);
    refused_as_older(kit_passwd(v, "first", "second", &err), &err);
    assert_true(kit_unlock_accepting_rollback(v, "first", &err));
    xa_vault_free(&v);
    v = kit_vault(NULL);                       /* accepted once is accepted */
    assert_true(kit_unlock(v, "first", &err));
    assert_true(kit_add(v, "third", KIT_SECRET, &err));
    assert_string_equal(kit_names(v), " main third");
    xa_vault_free(&v);
}

static void another_file_of_the_same_generation_is_noticed(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    kit_copy_file(kit_path, kit_aside);
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    kit_copy_file(kit_path, other);
    xa_vault_free(&v);
    kit_copy_file(kit_aside, kit_path);
    assert_int_equal(unlink(kit_state_path), 0);
    v = kit_vault(NULL);
    assert_true(kit_unlock(v, "first", &err));
    assert_true(kit_add(v, "fork", KIT_SECRET, &err));
    kit_copy_file(other, kit_path);
    refused_as_older(kit_unlock(v, "first", &err), &err);
    assert_non_null(strstr(err.why, "another file"));
    xa_vault_free(&v);
}

static void a_newer_copy_is_fine(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault(), *w = kit_vault(NULL);
    struct xa_error err;
    kit_copy_file(kit_state_path, kit_aside);
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    kit_copy_file(kit_aside, kit_state_path);
    assert_true(kit_unlock(w, "first", &err));
    assert_string_equal(xa_vault_warning(w), "");
    assert_string_equal(kit_names(w), " main more");
    xa_vault_free(&v);
    xa_vault_free(&w);
}

/* A state file that does not open is reported, is no rollback, and is replaced. */
static void a_damaged_state_file_is_reported(void **state)
{
    (void)state;
    uint8_t whole[256];
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    xa_vault_free(&v);
    size_t len = kit_read_file(kit_state_path, whole, sizeof whole);
    for (size_t at = 0; at < len; at += 5) {
        uint8_t bad[sizeof whole];
        memcpy(bad, whole, len);
        bad[at] ^= 1;
        kit_write_file(kit_state_path, bad, at % 2 == 0 ? len : at);
        v = kit_vault(NULL);
        assert_true(kit_unlock(v, "first", &err));
        assert_non_null(strstr(xa_vault_warning(v), "would not be noticed"));
        assert_true(kit_unlock(v, "first", &err));
        assert_string_equal(xa_vault_warning(v), "");
        xa_vault_free(&v);
    }
}

/* Accepting an older vault must be written down, or the next save would refuse. */
static void accepting_needs_the_state_file(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    xa_vault_lock(v);
    char state_dir[4200];
    snprintf(state_dir, sizeof state_dir, "%s/state", kit_dir);
    assert_int_equal(unlink(kit_state_path), 0);
    assert_int_equal(rmdir(state_dir), 0);
    kit_write_file(state_dir, (const uint8_t *)"x", 1);
    assert_true(kit_unlock(v, "first", &err));
    assert_non_null(strstr(xa_vault_warning(v), "would not be noticed"));
    assert_false(kit_unlock_accepting_rollback(v, "first", &err));
    assert_int_equal(err.code, XA_IO);
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    assert_non_null(strstr(xa_vault_warning(v), "would not be noticed"));
    xa_vault_free(&v);
}

/* --- V6 ------------------------------------------------------------------------- */

static struct xa_kdf_cost cost_on_disk(uint64_t *generation)
{
    static uint8_t bytes[XA_VAULT_FILE_MAX];
    struct xa_store store;
    size_t len = kit_read_file(kit_path, bytes, sizeof bytes);
    assert_true(xa_store_decode((struct xa_slice){ bytes, len }, &store, NULL));
    if (generation != NULL)
        *generation = store.generation;
    return store.cost;
}

/* Writes a vault without a key, as an older xacct might have. */
static void put_vault(struct xa_kdf_cost cost)
{
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT] = { 1 }, key[XA_STORE_KEY] = { 2 };
    static uint8_t file[XA_STORE_HEAD + XA_STORE_BLOCK + XA_STORE_TAG];
    struct xa_store_wrap wrap;
    struct xa_secret *body = xa_body_new(NULL);
    assert_true(kit_cheap_kdf(derived, (const uint8_t *)"first", 5, salt, cost.t, cost.m_kib));
    xa_store_wrap_new(cost, salt, derived, key, &wrap);
    struct xa_slice plain = { xa_secret_open(body), XA_STORE_BLOCK };
    xa_store_encode(&wrap, 41, key, plain, file);
    xa_secret_shut(body);
    xa_secret_free(&body);
    kit_write_file(kit_path, file, sizeof file);
}

static void a_weak_derivation_is_raised_by_one_unlock(void **state)
{
    (void)state;
    static const struct xa_kdf_cost weak[] = {
        { 1, 8 }, { XA_KDF_T - 1, XA_KDF_M_KIB }, { XA_KDF_T_MAX, XA_KDF_M_KIB - 1 },
    };
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        uint64_t generation;
        struct xa_error err;
        (void)unlink(kit_state_path);
        put_vault(weak[i]);
        struct xa_vault *v = kit_vault(NULL);
        unsigned runs = kit_kdf_runs;
        assert_true(kit_unlock(v, "first", &err));
        assert_int_equal(kit_kdf_runs, runs + 2);
        struct xa_kdf_cost now = cost_on_disk(&generation);
        assert_int_equal(now.t, weak[i].t > XA_KDF_T ? weak[i].t : XA_KDF_T);
        assert_int_equal(now.m_kib, XA_KDF_M_KIB);
        assert_int_equal(generation, 42);
        assert_true(kit_unlock(v, "first", &err));
        assert_int_equal(kit_kdf_runs, runs + 3);
        assert_false(kit_unlock(v, "First", &err));
        xa_vault_free(&v);
    }
}

static void a_strong_derivation_is_never_lowered(void **state)
{
    (void)state;
    struct xa_error err;
    put_vault((struct xa_kdf_cost){ XA_KDF_T_MAX, 2 * XA_KDF_M_KIB });
    struct xa_vault *v = kit_vault(NULL);
    assert_true(kit_unlock(v, "first", &err));
    assert_true(kit_passwd(v, "first", "second", &err));
    assert_true(kit_add(v, "main", KIT_SECRET, &err));
    struct xa_kdf_cost now = cost_on_disk(NULL);
    assert_int_equal(now.t, XA_KDF_T_MAX);
    assert_int_equal(now.m_kib, 2 * XA_KDF_M_KIB);
    xa_vault_free(&v);
}

static int no_lock(void *ctx, int fd) { (void)ctx; (void)fd; return -ENOLCK; }

static void an_upgrade_that_fails_keeps_nothing_shut(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_files files = xa_files_real;
    files.lock = no_lock;
    put_vault((struct xa_kdf_cost){ 1, 8 });
    struct xa_vault *v = kit_vault(&files);
    assert_true(kit_unlock(v, "first", &err));
    assert_int_not_equal(xa_vault_warning(v)[0], '\0');
    assert_int_equal(cost_on_disk(NULL).t, 1);
    xa_vault_free(&v);
}

/* A clock by which one pass over the memory takes ms_per_t. */
static int64_t clock_ms, ms_per_t;
static uint32_t memory_limit_kib = UINT32_MAX;
static int64_t fake_clock(void) { return clock_ms; }

static bool timed_kdf(uint8_t out[XA_KDF_OUT], const uint8_t *passphrase, size_t len,
                      const uint8_t salt[XA_KDF_SALT], uint32_t t, uint32_t m_kib)
{
    if (m_kib > memory_limit_kib)
        return false;
    clock_ms += t * ms_per_t;
    return kit_cheap_kdf(out, passphrase, len, salt, t, m_kib);
}

static struct xa_kdf_cost calibrated(int64_t per_t, unsigned most_runs)
{
    struct xa_error err;
    ms_per_t = per_t;
    struct xa_vault *v = vault_with(timed_kdf, fake_clock);
    unsigned runs = kit_kdf_runs;
    assert_true(kit_create(v, "first", &err));
    assert_true(kit_kdf_runs - runs <= most_runs);
    assert_true(kit_add(v, "main", KIT_SECRET, &err));
    assert_true(kit_unlock(v, "first", &err));
    xa_vault_free(&v);
    struct xa_kdf_cost cost = cost_on_disk(NULL);
    assert_int_equal(unlink(kit_path), 0);
    return cost;
}

static void creation_raises_t_until_half_a_second(void **state)
{
    (void)state;
    static const struct { int64_t per_t; uint32_t t; unsigned runs; } cases[] = {
        { 500, 3, 1 }, { 167, 3, 1 }, { 166, 4, 2 }, { 100, 5, 2 }, { 50, 10, 2 }, { 32, 16, 2 },
        { 31, 16, 2 }, { 1, 16, 2 }, { 0, 16, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_kdf_cost cost = calibrated(cases[i].per_t, cases[i].runs);
        assert_int_equal(cost.t, cases[i].t);
        assert_int_equal(cost.m_kib, XA_KDF_M_KIB);
    }
}

static void creation_takes_less_memory_only_to_the_floor(void **state)
{
    (void)state;
    struct xa_error err;
    ms_per_t = 500;
    memory_limit_kib = XA_KDF_M_FLOOR_KIB;
    assert_int_equal(calibrated(500, 1).m_kib, XA_KDF_M_FLOOR_KIB);
    memory_limit_kib = XA_KDF_M_FLOOR_KIB - 1;
    struct xa_vault *v = vault_with(timed_kdf, fake_clock);
    assert_false(kit_create(v, "first", &err));
    assert_int_equal(err.code, XA_NO_MEMORY);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_ABSENT);
    xa_vault_free(&v);
    memory_limit_kib = UINT32_MAX;
}

/* Made where memory is short: passwd keeps what the machine can do. */
static void passwd_settles_for_the_old_cost(void **state)
{
    (void)state;
    struct xa_error err;
    ms_per_t = 500;
    put_vault((struct xa_kdf_cost){ 3, XA_KDF_M_FLOOR_KIB });
    memory_limit_kib = XA_KDF_M_FLOOR_KIB;
    struct xa_vault *v = vault_with(timed_kdf, fake_clock);
    assert_true(kit_unlock(v, "first", &err));
    assert_non_null(strstr(xa_vault_warning(v), "no memory for the key derivation"));
    assert_true(kit_passwd(v, "first", "second", &err));
    assert_int_equal(cost_on_disk(NULL).m_kib, XA_KDF_M_FLOOR_KIB);
    memory_limit_kib = XA_KDF_M_FLOOR_KIB - 1;
    assert_false(kit_unlock(v, "second", &err));
    assert_int_equal(err.code, XA_NO_MEMORY);
    memory_limit_kib = UINT32_MAX;
    xa_vault_free(&v);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place_and_dir, kit_remove_place)
    const struct CMUnitTest tests[] = {
        IN_PLACE(memory_notices_an_older_copy),
        IN_PLACE(the_state_file_notices_an_older_copy),
        IN_PLACE(another_file_of_the_same_generation_is_noticed),
        IN_PLACE(a_newer_copy_is_fine),
        IN_PLACE(a_damaged_state_file_is_reported),
        IN_PLACE(accepting_needs_the_state_file),
        IN_PLACE(a_weak_derivation_is_raised_by_one_unlock),
        IN_PLACE(a_strong_derivation_is_never_lowered),
        IN_PLACE(an_upgrade_that_fails_keeps_nothing_shut),
        IN_PLACE(creation_raises_t_until_half_a_second),
        IN_PLACE(creation_takes_less_memory_only_to_the_floor),
        IN_PLACE(passwd_settles_for_the_old_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
