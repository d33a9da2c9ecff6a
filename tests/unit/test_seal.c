/* Bytes that only one vault opens: every bit, every length, every other key
 * (security 2, V3; FORMAT.md, section 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/seal.h"
#include "tests/lib/vault_kit.h"

#define TEXT "a session token that nobody else may read"
#define TEXT_LEN (sizeof TEXT - 1)
#define LEN (XA_SEAL_HEAD + TEXT_LEN + XA_SEAL_TAG)

static const struct xa_slice text = { (const uint8_t *)TEXT, TEXT_LEN };
static const uint8_t key[XA_STORE_KEY] = { 1, 2, 3 };

static bool opens_with(const uint8_t *with, const uint8_t *bytes, size_t len, struct xa_error *err)
{
    struct xa_slice sealed = { bytes, len };
    uint8_t plain[LEN + 64];
    *err = (struct xa_error){ 0 };
    if (!xa_seal_check(with, sealed, err)) {
        assert_int_equal(err->code, XA_VAULT_DAMAGED);
        return false;
    }
    return xa_seal_open(with, sealed, plain) && xa_seal_plain_len(len) == TEXT_LEN &&
           memcmp(plain, TEXT, TEXT_LEN) == 0;
}

static bool opens(const uint8_t *bytes, size_t len)
{
    struct xa_error err;
    return opens_with(key, bytes, len, &err);
}

static void what_is_sealed_opens_and_shows_nothing(void **state)
{
    (void)state;
    uint8_t sealed[LEN], again[LEN];
    assert_int_equal(xa_seal_len(TEXT_LEN), LEN);
    xa_seal(key, text, sealed);
    assert_true(opens(sealed, LEN));
    assert_null(memmem(sealed, LEN, "session", 7));
    assert_null(memmem(sealed, LEN, key, 3));
    xa_seal(key, text, again);
    assert_memory_not_equal(sealed + XA_SEAL_HEAD - 24, again + XA_SEAL_HEAD - 24, 24);
    assert_memory_not_equal(sealed + XA_SEAL_HEAD, again + XA_SEAL_HEAD, TEXT_LEN);
}

/* Made by another implementation, from FORMAT.md: the key is 0, 1, … 31. */
static void the_bytes_are_those_of_the_format(void **state)
{
    (void)state;
    static const char hex[] =
        "786163637473656100010000000000002780de83153af519e7a1dbef14153bf1"
        "6465666768696a6b6c6d6e6f707172737475767778797a7b8ad76ffa280c3548"
        "96e9ff6913825da29bde2caaec4fd8fb35be79";
    uint8_t counted[XA_STORE_KEY], sealed[sizeof hex / 2], plain[64];
    for (size_t i = 0; i < sizeof counted; i++)
        counted[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof sealed; i++) {
        char byte[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        sealed[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    struct xa_slice bytes = { sealed, sizeof sealed };
    assert_true(xa_seal_check(counted, bytes, NULL));
    assert_int_equal(xa_seal_plain_len(bytes.len), 11);
    assert_true(xa_seal_open(counted, bytes, plain));
    assert_memory_equal(plain, "credentials", 11);
}

static void every_bit_counts(void **state)
{
    (void)state;
    uint8_t sealed[LEN];
    xa_seal(key, text, sealed);
    for (size_t bit = 0; bit < LEN * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(opens(sealed, LEN));
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(opens(sealed, LEN));
}

static void every_length_counts(void **state)
{
    (void)state;
    uint8_t sealed[LEN + 64] = { 0 };
    xa_seal(key, text, sealed);
    for (size_t len = 0; len <= LEN + 64; len++) {
        uint8_t *exact = malloc(len + (len == 0));       /* a sanitizer sees what is behind it */
        assert_non_null(exact);
        memcpy(exact, sealed, len);
        assert_int_equal(opens(exact, len), len == LEN);
        free(exact);
    }
}

static void refusals_say_why(void **state)
{
    (void)state;
    uint8_t sealed[LEN], other[XA_STORE_KEY] = { 1, 2, 4 };
    struct xa_error err;
    xa_seal(key, text, sealed);
    assert_false(opens_with(other, sealed, LEN, &err));
    assert_non_null(strstr(err.message, "another vault"));
    assert_false(opens_with(key, sealed, XA_SEAL_HEAD + XA_SEAL_TAG, &err));
    assert_non_null(strstr(err.message, "shorter"));
    sealed[9] = 2;
    assert_false(opens_with(key, sealed, LEN, &err));
    assert_non_null(strstr(err.message, "version"));
    sealed[0] = 'X';
    assert_false(opens_with(key, sealed, LEN, &err));
    assert_non_null(strstr(err.message, "no sealed cache"));
}

/* --- by the vault ------------------------------------------------------------------- */

static uint8_t *sealed_by(struct xa_vault *v, size_t *ret_len)
{
    struct xa_secret *plain = kit_secret(TEXT);
    struct xa_error err;
    uint8_t *sealed;
    assert_true(xa_vault_seal(v, plain, &sealed, ret_len, &err));
    xa_secret_free(&plain);
    return sealed;
}

static enum xa_code opened_by(struct xa_vault *v, const uint8_t *sealed, size_t len)
{
    struct xa_error err = { 0 };
    struct xa_secret *plain = xa_vault_unseal(v, (struct xa_slice){ sealed, len }, &err);
    if (plain == NULL)
        return err.code;
    assert_int_equal(xa_secret_len(plain), TEXT_LEN);
    assert_memory_equal(xa_secret_open(plain), TEXT, TEXT_LEN);
    xa_secret_shut(plain);
    xa_secret_free(&plain);
    return XA_OK;
}

static void a_vault_opens_its_own_for_as_long_as_it_is_open(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_vault *v = kit_saved_vault();
    size_t len, n = 0;
    uint8_t *sealed = sealed_by(v, &len), *none = NULL;
    assert_int_equal(opened_by(v, sealed, len), XA_OK);
    assert_true(kit_add(v, "another", KIT_SECRET, &err));
    assert_int_equal(opened_by(v, sealed, len), XA_OK);
    xa_vault_lock(v);
    assert_int_equal(opened_by(v, sealed, len), XA_LOCKED);
    struct xa_secret *plain = kit_secret(TEXT);
    assert_false(xa_vault_seal(v, plain, &none, &n, &err));
    assert_int_equal(err.code, XA_LOCKED);
    xa_secret_free(&plain);
    xa_vault_free(&v);

    v = kit_vault(NULL);                             /* the next process */
    assert_true(kit_unlock(v, "first", &err));
    assert_int_equal(opened_by(v, sealed, len), XA_OK);
    sealed[len - 1] ^= 1;
    assert_int_equal(opened_by(v, sealed, len), XA_VAULT_DAMAGED);
    xa_vault_free(&v);
    free(sealed);
}

static void no_other_vault_and_no_later_passphrase_opens_it(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_vault *v = kit_saved_vault();
    size_t len;
    uint8_t *sealed = sealed_by(v, &len);
    assert_true(kit_passwd(v, "first", "second", &err));
    assert_int_equal(opened_by(v, sealed, len), XA_VAULT_DAMAGED);
    free(sealed);
    sealed = sealed_by(v, &len);
    assert_int_equal(opened_by(v, sealed, len), XA_OK);
    xa_vault_free(&v);

    (void)kit_remove_place(NULL);
    (void)kit_make_place(NULL);
    v = kit_saved_vault();
    assert_int_equal(opened_by(v, sealed, len), XA_VAULT_DAMAGED);
    xa_vault_free(&v);
    free(sealed);
}

int main(void)
{
    struct xa_error err;
#define T(test) cmocka_unit_test_setup_teardown(test, kit_make_place, kit_remove_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_and_shows_nothing),
        cmocka_unit_test(the_bytes_are_those_of_the_format),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(every_length_counts),
        cmocka_unit_test(refusals_say_why),
        T(a_vault_opens_its_own_for_as_long_as_it_is_open),
        T(no_other_vault_and_no_later_passphrase_opens_it),
    };
    return !xa_crypto_init(&err) ? 9 : cmocka_run_group_tests(tests, NULL, NULL);
}
