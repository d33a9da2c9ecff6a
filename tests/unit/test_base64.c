/* Base64: RFC 4648's own examples, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/base64.h"

static void examples_of_the_rfc(void **state)
{
    static const char *const table[][2] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xef\xff", "--__" },
    };
    char room[64];
    (void)state;
    for (size_t i = 1; i < sizeof table / sizeof table[0]; i++) {
        size_t len = xa_base64url_encode(xa_slice_of(table[i][0]), room, sizeof room);
        assert_int_equal(len, strlen(table[i][1]));
        assert_memory_equal(room, table[i][1], len);
        assert_int_equal(xa_base64url_encode(xa_slice_of(table[i][0]), room, len - 1), 0);
    }
}

static void decoded(void **state)
{
    static const char *const table[][2] = {
        { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "QVdTOnNlY3JldA==", "AWS:secret" },
        { "++//", "\xfb\xef\xff" },
    };
    char room[64];
    size_t len;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(xa_base64_decode(xa_slice_of(table[i][0]), room, sizeof room, &len));
        assert_int_equal(len, strlen(table[i][1]));
        assert_memory_equal(room, table[i][1], len);
    }
    assert_false(xa_base64_decode(xa_slice_of("Zm9v"), room, 2, &len));
}

static void what_is_none(void **state)
{
    static const char *const table[] = { "Z", "Zg=", "Zm9v!", "Zm 9v", "Zg==Zg==", "=", "--__" };
    char room[64];
    size_t len;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_false(xa_base64_decode(xa_slice_of(table[i]), room, sizeof room, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc), cmocka_unit_test(decoded),
        cmocka_unit_test(what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
