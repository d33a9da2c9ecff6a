/* Lengths of time, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/base/clock.h"
#include "client/base/duration.h"

static void what_is_read(void **state)
{
    static const struct { const char *text; uint32_t s; } rows[] = {
        { "1h", 3600 },      { "90m", 5400 },     { "3600", 3600 },      { "3600s", 3600 },
        { "1h30m", 5400 },   { "1h30m10s", 5410 }, { "1h10s", 3610 },    { "0", 0 },
        { "0h", 0 },         { "999h", 3596400 }, { "3596400", 3596400 }, { "0001h", 3600 },
        { "7d", 604800 },    { "1d12h", 129600 }, { "1d1s", 86401 },     { "1d2h3m4s", 93784 },
        { "1000h", 3600000 }, { "999d", 86313600 }, { "86313600", 86313600 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t s = 77;
        assert_true(xa_duration_parse(rows[i].text, &s));
        assert_int_equal(s, rows[i].s);
    }
}

static void what_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "h", "m", "d", "1D", "1h1d", "1d1d", "1d12", "1h30", "30m1h", "1h1h", "1s1", "1 h", " 1h", "1h ", "-1h", "+1h",
        "1.5h", "1H",
        "1000d", "86313601", "999d1s", "99999999999999999999", "1h\n", "0x10", "10s5", "soon",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t s = 77;
        if (xa_duration_parse(rows[i], &s))
            fail_msg("'%s' was read", rows[i]);
        assert_int_equal(s, 77);
    }
}

static void what_is_written(void **state)
{
    static const struct { uint64_t s; const char *text; } rows[] = {
        { 0, "0s" },          { 59, "59s" },           { 60, "1m" },        { 3599, "59m" },
        { 3600, "1h00m" },    { 14399, "3h59m" },      { 86399, "23h59m" }, { 86400, "1d" },
        { 187200, "2d4h" },
    };
    char text[XA_DURATION_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        xa_duration_text(rows[i].s, text);
        assert_string_equal(text, rows[i].text);
    }
    xa_duration_text(UINT64_MAX, text);    /* fits */
}

static void dates(void **state)
{
    static const struct { uint64_t unix_s; const char *text; } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },           { 951782399, "2000-02-28T23:59:59Z" },
        { 951782400, "2000-02-29T00:00:00Z" },   { 951868800, "2000-03-01T00:00:00Z" },
        { 1768480496, "2026-01-15T12:34:56Z" },  { 1735689599, "2024-12-31T23:59:59Z" },
        { 2147483648, "2038-01-19T03:14:08Z" },  { 4107542400, "2100-03-01T00:00:00Z" },
        { 4107542399, "2100-02-28T23:59:59Z" },  { 253402300799, "9999-12-31T23:59:59Z" },
        { UINT64_MAX, "9999-12-31T23:59:59Z" },
    };
    char text[XA_UTC_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        xa_clock_utc(rows[i].unix_s, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_written),
        cmocka_unit_test(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
