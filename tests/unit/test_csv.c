/* Tables as spreadsheets write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/setup/csv.h"

static char text[256];

static struct xa_csv begin(const char *table)
{
    snprintf(text, sizeof text, "%s", table);
    return xa_csv_begin(text, strlen(text));
}

/* The rows as "LINE:[cell][cell]", one behind the other, and what is wrong. */
static const char *read_all(const char *table)
{
    static char said[512];
    struct xa_csv csv = begin(table);
    struct xa_csv_row row;
    struct xa_error err;
    size_t n = 0;
    said[0] = '\0';
    while (xa_csv_next(&csv, &row, &err)) {
        n += (size_t)snprintf(said + n, sizeof said - n, "%u:", row.line);
        for (size_t i = 0; i < row.n; i++)
            n += (size_t)snprintf(said + n, sizeof said - n, "[%s]", row.cells[i]);
    }
    if (err.code != XA_OK)
        snprintf(said + n, sizeof said - n, "!%s", err.message);
    return said;
}

static void rows(void **state)
{
    static const struct { const char *table, *wanted; } cases[] = {
        { "", "" }, { "\n\r\n", "" }, { "a", "1:[a]" }, { "a,b\nc,d\n", "1:[a][b]2:[c][d]" },
        { "a,b\r\nc,\r\n", "1:[a][b]2:[c][]" }, { ",", "" }, { "a,b\n,\n, \t\n\"\",\nc,", "1:[a][b]5:[c][]" }, { "\n\na\n\nb", "3:[a]5:[b]" },
        { "\xef\xbb\xbf" "dest", "1:[dest]" }, { "\"a,b\",c", "1:[a,b][c]" },
        { "\"say \"\"x\"\"\"\n", "1:[say \"x\"]" }, { "\"\",\"\"", "" }, { "\"\",x", "1:[][x]" },
        { "\"two\nlines\",x\ny", "1:[two\nlines][x]3:[y]" }, { "a b , c", "1:[a b ][ c]" },
        { "a\rb", "1:[a\rb]" },
        { "x\n\"a", "1:[x]!line 2: a quote is open" },
        { "\"a\nb", "!line 1: a quote is open" },
        { "\"a\"b", "!line 1: something stands behind a closing quote" },
        { "a\"b", "!line 1: a quote inside of a cell that does not begin with one" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(read_all(cases[i].table), cases[i].wanted);
}

static void limits(void **state)
{
    char many[2 * XA_CSV_CELLS_MAX + 2];
    struct xa_csv_row row;
    struct xa_error err;
    (void)state;
    memset(many, ',', sizeof many);
    many[0] = 'a';
    many[XA_CSV_CELLS_MAX] = '\0';
    struct xa_csv csv = begin(many);
    assert_true(xa_csv_next(&csv, &row, &err));
    assert_int_equal(row.n, XA_CSV_CELLS_MAX);
    many[XA_CSV_CELLS_MAX] = ',';
    many[XA_CSV_CELLS_MAX + 1] = '\0';
    csv = begin(many);
    assert_false(xa_csv_next(&csv, &row, &err));
    assert_int_equal(err.code, XA_USAGE);
    memcpy(text, "a\0b", 4);
    csv = xa_csv_begin(text, 3);
    assert_false(xa_csv_next(&csv, &row, &err));
    assert_int_equal(err.code, XA_USAGE);
}

static void other_encodings(void **state)
{
    (void)state;
    assert_true(xa_csv_is_utf16("\xff\xfe" "d\0e\0", 6));
    assert_true(xa_csv_is_utf16("\xfe\xff" "\0d\0e", 6));
    assert_true(xa_csv_is_utf16("d\0e\0", 4));
    assert_true(xa_csv_is_utf16("\0d\0e", 4));
    assert_false(xa_csv_is_utf16("dest", 4));
    assert_false(xa_csv_is_utf16("\xef\xbb\xbf" "dest", 7));
    assert_false(xa_csv_is_utf16("d", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows), cmocka_unit_test(limits),
                                        cmocka_unit_test(other_encodings) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
