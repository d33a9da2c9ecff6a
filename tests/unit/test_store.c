/* The vault's file, byte by byte: V1 to V4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

#define FILE_LEN (XA_STORE_HEAD + XA_STORE_BLOCK + XA_STORE_TAG)
#define PASS "correct horse"

enum outcome { STRUCTURE, REFUSED, OPENED };

struct made {
    uint8_t bytes[FILE_LEN + 64];
    uint8_t plain[XA_STORE_BLOCK];
};

static void derive(xa_kdf_fn *kdf, const char *pass, const uint8_t *salt, struct xa_kdf_cost cost,
                   uint8_t out[XA_KDF_OUT])
{
    assert_true(kdf(out, (const uint8_t *)pass, strlen(pass), salt, cost.t, cost.m_kib));
}

static void make(struct made *m, xa_kdf_fn *kdf, struct xa_kdf_cost cost)
{
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT], key[XA_STORE_KEY];
    struct xa_store_wrap wrap;
    xa_random(salt, sizeof salt);
    xa_random(key, sizeof key);
    xa_random(m->plain, sizeof m->plain);
    derive(kdf, PASS, salt, cost, derived);
    xa_store_wrap_new(cost, salt, derived, key, &wrap);
    assert_int_equal(xa_store_file_len(sizeof m->plain), FILE_LEN);
    xa_store_encode(&wrap, 7, key, (struct xa_slice){ m->plain, sizeof m->plain }, m->bytes);
}

/* All the way from bytes and passphrase to the plaintext. */
static enum outcome try_open(xa_kdf_fn *kdf, const uint8_t *bytes, size_t len, const char *pass,
                             uint8_t *ret_plain)
{
    struct xa_store store;
    struct xa_error err = { 0 };
    unsigned runs = kit_kdf_runs;
    if (!xa_store_decode((struct xa_slice){ bytes, len }, &store, &err)) {
        assert_int_equal(err.code, XA_VAULT_DAMAGED);
        assert_int_equal(kit_kdf_runs, runs);
        return STRUCTURE;
    }
    uint8_t derived[XA_KDF_OUT], key[XA_STORE_KEY];
    derive(kdf, pass, store.salt, store.cost, derived);
    if (!xa_store_unwrap(&store, derived, key) || !xa_store_open(&store, key, ret_plain))
        return REFUSED;
    return OPENED;
}

static enum outcome cheap(const uint8_t *bytes, size_t len)
{
    static uint8_t plain[XA_STORE_BODY_MAX];
    return try_open(kit_cheap_kdf, bytes, len, PASS, plain);
}

static const struct xa_kdf_cost usual = { XA_KDF_T, XA_KDF_M_KIB };

static void what_was_sealed_opens(void **state)
{
    (void)state;
    struct made m;
    uint8_t plain[XA_STORE_BLOCK];
    make(&m, kit_cheap_kdf, usual);
    assert_int_equal(try_open(kit_cheap_kdf, m.bytes, FILE_LEN, PASS, plain), OPENED);
    assert_memory_equal(plain, m.plain, sizeof plain);
    assert_int_equal(try_open(kit_cheap_kdf, m.bytes, FILE_LEN, PASS "x", plain), REFUSED);
    struct xa_store store;
    assert_true(xa_store_decode((struct xa_slice){ m.bytes, FILE_LEN }, &store, NULL));
    assert_int_equal(store.generation, 7);
    assert_int_equal(store.cost.t, usual.t);
    assert_int_equal(store.cost.m_kib, usual.m_kib);
    assert_int_equal(store.plain_len, XA_STORE_BLOCK);
}

/* A wrap that the derived key opens, but whose commitment is another's. */
static void the_commitment_is_checked(void **state)
{
    (void)state;
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT] = { 0 }, key[XA_STORE_KEY] = { 0 };
    uint8_t plain[XA_STORE_BLOCK] = { 0 }, file[FILE_LEN];
    struct xa_store_wrap wrap;
    derive(kit_cheap_kdf, PASS, salt, usual, derived);
    for (int other = 0; other <= 1; other++) {
        derived[XA_KDF_OUT - 1] ^= (uint8_t)other;
        xa_store_wrap_new(usual, salt, derived, key, &wrap);
        xa_store_encode(&wrap, 1, key, (struct xa_slice){ plain, sizeof plain }, file);
        assert_int_equal(cheap(file, FILE_LEN), other ? REFUSED : OPENED);
    }
}

/* V3: every bit. Nothing opens, and no derivation beyond the ceiling is run. */
static void no_bit_can_change(void **state)
{
    (void)state;
    struct made m;
    make(&m, kit_cheap_kdf, usual);
    for (size_t bit = 0; bit < 8 * FILE_LEN; bit++) {
        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(cheap(m.bytes, FILE_LEN), OPENED);
        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(cheap(m.bytes, FILE_LEN), OPENED);
    assert_true(kit_kdf_highest.t <= XA_KDF_T_MAX && kit_kdf_highest.m_kib <= XA_KDF_M_MAX_KIB);
}

/* Every truncation is a structural fault, and so is every byte too many. The copy
 * has no room behind it, so that a sanitizer sees a read too far. */
static void no_byte_is_missing_or_too_many(void **state)
{
    (void)state;
    struct made m;
    make(&m, kit_cheap_kdf, usual);
    for (size_t len = 0; len < FILE_LEN; len++) {
        uint8_t *copy = malloc(len + (len == 0));
        memcpy(copy, m.bytes, len);
        assert_int_equal(cheap(copy, len), STRUCTURE);
        free(copy);
    }
    for (int fill = 0; fill <= 0xff; fill += 0xff) {
        memset(m.bytes + FILE_LEN, fill, 64);
        for (size_t more = 1; more <= 64; more++)
            assert_int_equal(cheap(m.bytes, FILE_LEN + more), STRUCTURE);
    }
    static uint8_t large[XA_VAULT_FILE_MAX + 1];
    memcpy(large, m.bytes, FILE_LEN);
    for (size_t more = XA_STORE_BLOCK; FILE_LEN + more <= sizeof large; more += XA_STORE_BLOCK)
        assert_int_equal(cheap(large, FILE_LEN + more), STRUCTURE);
}

/* Two vaults of one user, with one passphrase: no block of one fits the other,
 * and none fits another place of its own. */
static void no_block_can_be_swapped(void **state)
{
    (void)state;
    enum { BLOCK = 16, BLOCKS = FILE_LEN / BLOCK };
    struct made a, b;
    make(&a, kit_cheap_kdf, usual);
    make(&b, kit_cheap_kdf, usual);
    for (size_t to = 0; to < BLOCKS; to++) {
        for (size_t from = 0; from < BLOCKS; from++) {
            struct made copy = a;
            memcpy(copy.bytes + BLOCK * to, b.bytes + BLOCK * from, BLOCK);
            if (memcmp(copy.bytes, a.bytes, FILE_LEN) != 0)
                assert_int_not_equal(cheap(copy.bytes, FILE_LEN), OPENED);
            memcpy(copy.bytes + BLOCK * to, a.bytes + BLOCK * from, BLOCK);
            if (memcmp(copy.bytes, a.bytes, FILE_LEN) != 0)
                assert_int_not_equal(cheap(copy.bytes, FILE_LEN), OPENED);
        }
    }
    for (size_t cut = 1; cut < FILE_LEN; cut++) {    /* the head of one, the rest of the other */
        struct made copy = a;
        memcpy(copy.bytes + cut, b.bytes + cut, FILE_LEN - cut);
        if (memcmp(copy.bytes, a.bytes, FILE_LEN) != 0 &&
            memcmp(copy.bytes, b.bytes, FILE_LEN) != 0)
            assert_int_not_equal(cheap(copy.bytes, FILE_LEN), OPENED);
    }
}

static void random_changes_are_refused(void **state)
{
    (void)state;
    struct made m;
    make(&m, kit_cheap_kdf, usual);
    srand(3);
    for (int round = 0; round < 100000; round++) {
        struct made copy = m;
        for (int n = 1 + rand() % 8; n > 0; n--)
            copy.bytes[rand() % (rand() % 4 == 0 ? FILE_LEN : XA_STORE_HEAD)] = (uint8_t)rand();
        if (memcmp(copy.bytes, m.bytes, FILE_LEN) != 0)
            assert_int_not_equal(cheap(copy.bytes, FILE_LEN), OPENED);
    }
}

static void put_u32(uint8_t *at, uint32_t v)
{
    struct xa_writer w = xa_writer_init(at, 4);
    xa_write_u32(&w, v);
}

/* V4: each structural fault says what it is. */
static void each_fault_has_its_message(void **state)
{
    (void)state;
    static const struct { size_t at; uint32_t value; size_t len; const char *says; } faults[] = {
        { 0, 0x58616363, FILE_LEN, "no xacct vault" },
        { 8, 2u << 16 | XA_STORE_HEAD, FILE_LEN, "version 2" },
        { 8, 0u << 16 | XA_STORE_HEAD, FILE_LEN, "version 0" },
        { 8, 1u << 16 | 255, FILE_LEN, "header of 255" },
        { 12, 2, FILE_LEN, "key derivation 2" },
        { 16, 0, FILE_LEN, "t=0" },
        { 16, XA_KDF_T_MAX + 1, FILE_LEN, "t=17" },
        { 16, UINT32_MAX, FILE_LEN, "outside the limits" },
        { 20, XA_KDF_M_MIN_KIB - 1, FILE_LEN, "m=7 KiB" },
        { 20, XA_KDF_M_MAX_KIB + 1, FILE_LEN, "m=2097153 KiB" },
        { 24, 0, FILE_LEN, "p=0" },
        { 24, 2, FILE_LEN, "p=2" },
        { 28, 1, FILE_LEN, "not zero" },
        { 188, 1, FILE_LEN, "not zero" },
        { 252, 1u << 24, FILE_LEN, "not zero" },
        { 184, 0, FILE_LEN, "cannot be" },
        { 184, XA_STORE_BLOCK + XA_STORE_TAG + 1, FILE_LEN, "cannot be" },
        { 184, XA_STORE_BODY_MAX + XA_STORE_BLOCK + XA_STORE_TAG, FILE_LEN, "cannot be" },
        { 184, 2 * XA_STORE_BLOCK + XA_STORE_TAG, FILE_LEN, "cut off in its body" },
        { 28, 0, 255, "cut off in its header" },
        { 28, 0, 40, "cut off in its header" },
        { 28, 0, FILE_LEN - 1, "cut off in its body" },
        { 28, 0, FILE_LEN + 1, "behind its end" },
        { 28, 0, 0, "no xacct vault" },
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct made m;
        struct xa_store store;
        struct xa_error err;
        make(&m, kit_cheap_kdf, usual);
        put_u32(m.bytes + faults[i].at, faults[i].value);
        assert_false(xa_store_decode((struct xa_slice){ m.bytes, faults[i].len }, &store, &err));
        assert_int_equal(err.code, XA_VAULT_DAMAGED);
        if (strstr(err.message, faults[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, faults[i].says);
    }
}

static void limits_of_the_cost_are_inclusive(void **state)
{
    (void)state;
    static const struct xa_kdf_cost costs[] = {
        { 1, XA_KDF_M_MIN_KIB }, { XA_KDF_T_MAX, XA_KDF_M_MIN_KIB }, { 1, XA_KDF_M_MAX_KIB },
    };
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        struct made m;
        make(&m, kit_cheap_kdf, costs[i]);
        assert_int_equal(cheap(m.bytes, FILE_LEN), OPENED);
    }
}

static void the_largest_body_fits_the_largest_file(void **state)
{
    (void)state;
    size_t len = xa_store_file_len(XA_STORE_BODY_MAX);
    assert_true(len <= XA_VAULT_FILE_MAX && len + XA_STORE_BLOCK > XA_VAULT_FILE_MAX);
    uint8_t *file = malloc(len), *plain = calloc(1, XA_STORE_BODY_MAX);
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT] = { 0 }, key[XA_STORE_KEY] = { 0 };
    struct xa_store_wrap wrap;
    derive(kit_cheap_kdf, PASS, salt, usual, derived);
    xa_store_wrap_new(usual, salt, derived, key, &wrap);
    xa_store_encode(&wrap, 1, key, (struct xa_slice){ plain, XA_STORE_BODY_MAX }, file);
    assert_int_equal(cheap(file, len), OPENED);
    free(file);
    free(plain);
}

/* Two saves of one content share no nonce and no ciphertext. */
static void every_save_has_fresh_nonces(void **state)
{
    (void)state;
    struct made m;
    struct xa_store store;
    struct xa_store_wrap wrap;
    uint8_t again[FILE_LEN], derived[XA_KDF_OUT], key[XA_STORE_KEY];
    make(&m, kit_cheap_kdf, usual);
    assert_true(xa_store_decode((struct xa_slice){ m.bytes, FILE_LEN }, &store, NULL));
    derive(kit_cheap_kdf, PASS, store.salt, store.cost, derived);
    assert_true(xa_store_unwrap(&store, derived, key));
    xa_store_wrap_of(&store, &wrap);
    xa_store_encode(&wrap, 7, key, (struct xa_slice){ m.plain, sizeof m.plain }, again);
    assert_memory_equal(again, m.bytes, XA_STORE_WRAP + 8);
    assert_memory_not_equal(again + 160, m.bytes + 160, 24);
    assert_memory_not_equal(again + XA_STORE_HEAD, m.bytes + XA_STORE_HEAD, 32);
    uint8_t one[XA_HASH_LEN], two[XA_HASH_LEN];
    xa_store_hash(&store, one);
    assert_true(xa_store_decode((struct xa_slice){ again, FILE_LEN }, &store, NULL));
    xa_store_hash(&store, two);
    assert_memory_not_equal(one, two, sizeof one);
}

/* V3: 20 cases with Argon2id itself, one of them at the cost of a new vault. */
static void real_derivation_agrees(void **state)
{
    (void)state;
    static const size_t places[] = {     /* a bit in each field that a key protects */
        19 * 8 + 1, 22 * 8, 32 * 8, 47 * 8 + 7, 48 * 8, 79 * 8, 80 * 8, 103 * 8, 104 * 8, 151 * 8,
        152 * 8 + 7, 159 * 8, 160 * 8, 183 * 8, 256 * 8, 4000 * 8, (FILE_LEN - 1) * 8 + 7,
    };
    static uint8_t plain[XA_STORE_BLOCK];
    struct made m;
    make(&m, xa_kdf_argon2id, (struct xa_kdf_cost){ 1, 1024 });
    assert_int_equal(try_open(xa_kdf_argon2id, m.bytes, FILE_LEN, PASS, plain), OPENED);
    assert_int_equal(try_open(xa_kdf_argon2id, m.bytes, FILE_LEN, "Correct horse", plain), REFUSED);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct made copy = m;
        copy.bytes[places[i] / 8] ^= (uint8_t)(1u << places[i] % 8);
        assert_int_equal(try_open(xa_kdf_argon2id, copy.bytes, FILE_LEN, PASS, plain), REFUSED);
    }
    make(&m, xa_kdf_argon2id, usual);
    assert_int_equal(try_open(xa_kdf_argon2id, m.bytes, FILE_LEN, PASS, plain), OPENED);
}

/* The derivation is standard Argon2id 1.3: a value of the reference program
 * (argon2 0~20171227: printf password | argon2 somesaltsomesalt -id -t 2 -m 16
 * -p 1 -l 64). */
static void argon2id_is_the_standard_one(void **state)
{
    (void)state;
    static const uint8_t expected[XA_KDF_OUT] = {
#include "tests/unit/argon2id_case.inc"
    };
    uint8_t out[XA_KDF_OUT];
    derive(xa_kdf_argon2id, "password", (const uint8_t *)"somesaltsomesalt",
           (struct xa_kdf_cost){ 2, 65536 }, out);
    assert_memory_equal(out, expected, sizeof out);
}

int main(void)
{
    if (!xa_crypto_init(NULL))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens),
        cmocka_unit_test(the_commitment_is_checked),
        cmocka_unit_test(no_bit_can_change),
        cmocka_unit_test(no_byte_is_missing_or_too_many),
        cmocka_unit_test(no_block_can_be_swapped),
        cmocka_unit_test(random_changes_are_refused),
        cmocka_unit_test(each_fault_has_its_message),
        cmocka_unit_test(limits_of_the_cost_are_inclusive),
        cmocka_unit_test(the_largest_body_fits_the_largest_file),
        cmocka_unit_test(every_save_has_fresh_nonces),
        cmocka_unit_test(real_derivation_agrees),
        cmocka_unit_test(argon2id_is_the_standard_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
