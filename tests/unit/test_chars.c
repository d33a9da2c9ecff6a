/* The kinds of characters, against the rules as a person would say them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "proto/chars.h"

static bool rule(enum xa_chars kind, int c)
{
    bool printable = c >= ' ' && c <= '~';
    bool json = printable && strchr("\"\\", c) == NULL;
    bool credential = json && strchr(" '`*?[]", c) == NULL;
    switch (kind) {
    case XA_CHARS_PRINTABLE: return printable;
    case XA_CHARS_JSON: return json;
    case XA_CHARS_CREDENTIAL: return credential;
    case XA_CHARS_SHELL: return credential && strchr("(){}<>|^~#$!", c) == NULL;
    }
    return false;
}

static const enum xa_chars kinds[] = {
    XA_CHARS_PRINTABLE, XA_CHARS_JSON, XA_CHARS_CREDENTIAL, XA_CHARS_SHELL,
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

static void each_byte_is_of_its_kinds(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        for (int c = 0; c < 256; c++) {
            uint8_t byte = (uint8_t)c;
            struct xa_slice one = { &byte, 1 };
            bool is = c != 0 && c < 128 && rule(kinds[k], c);
            assert_int_equal(xa_chars_all(one, kinds[k]), is);
            assert_int_equal(xa_chars_span(one, kinds[k]), is ? 1 : 0);
        }
}

/* Wherever the odd one stands, in texts of any length: they are read in blocks. */
static void one_odd_byte_is_found_anywhere(void **state)
{
    static const char odd[N_KINDS] = { '\t', '"', ' ', '$' };
    uint8_t text[67];
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t len = 0; len <= sizeof text; len++) {
            memset(text, 'a', sizeof text);
            struct xa_slice s = { text, len };
            assert_true(xa_chars_all(s, kinds[k]));
            assert_int_equal(xa_chars_span(s, kinds[k]), len);
            for (size_t at = 0; at < len; at++) {
                text[at] = (uint8_t)odd[k];
                assert_false(xa_chars_all(s, kinds[k]));
                assert_int_equal(xa_chars_span(s, kinds[k]), at);
                text[at] = 'a';
            }
        }
}

/* A text in any language is read once, not once for each of its characters. */
static void a_long_text_of_odd_ones_takes_no_longer(void **state)
{
    static uint8_t text[256 * 1024];
    (void)state;
    for (size_t i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "a\xe2\x82\xac", 4);
    struct xa_slice s = { text, sizeof text };
    clock_t begin = clock();
    for (int i = 0; i < 10; i++)
        assert_true(xa_text_printable(s));
    assert_true(clock() - begin < 2 * CLOCKS_PER_SEC);       /* 0.03 s; by squares 60 */
    text[sizeof text - 1] = 'x';
    assert_false(xa_text_printable(s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_is_of_its_kinds),
        cmocka_unit_test(one_odd_byte_is_found_anywhere),
        cmocka_unit_test(a_long_text_of_odd_ones_takes_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
