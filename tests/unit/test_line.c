/* Lines, blanks and comments, as the readers of configuration see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/line.h"

static void blanks_and_comments(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        assert_int_equal(xa_line_is_blank((uint8_t)c), c == ' ' || c == '\t');
        assert_int_equal(xa_line_is_comment((uint8_t)c), c == '#' || c == ';');
    }
}

static void trimmed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" }, { " ", "" }, { "\t \t", "" }, { "a", "a" }, { " a\t", "a" },
        { "a b", "a b" }, { " \ta  b \t ", "a  b" }, { "\ra\r", "\ra\r" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(xa_slice_is(xa_line_trim(xa_slice_of(cases[i][0])), cases[i][1]));
}

/* Each line without its end, and with it what it was made of: nothing is lost. */
static void taken_one_by_one(void **state)
{
    (void)state;
    static const struct { const char *line, *whole; } lines[] = {
        { "one", "one\n" }, { "", "\n" }, { "two", "two\r\n" }, { "", "\r\n" },
        { "a\rb", "a\rb\n" }, { "c\r", "c\r\r\n" }, { "last", "last" },
    };
    struct xa_slice rest = xa_slice_of("one\n\ntwo\r\n\r\na\rb\nc\r\r\nlast"), whole;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_true(xa_slice_is(xa_line_take(&rest, &whole), lines[i].line));
        assert_true(xa_slice_is(whole, lines[i].whole));
    }
    assert_int_equal(rest.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_comments),
        cmocka_unit_test(trimmed),
        cmocka_unit_test(taken_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
