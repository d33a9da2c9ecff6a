/* Times as servers write them; the C library's timegm is the second opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/courier/date.h"

static void expirations(void **state)
{
    (void)state;
    static const struct { const char *text; int64_t s; } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2019-11-09T13:34:41Z", 1573306481 },
        { "2019-11-09T13:34:41.5Z", 1573306481 },
        { "2019-11-09T13:34:41.695428Z", 1573306481 },
        { "2019-11-09T13:34:41.123456789Z", 1573306481 },
        { "2019-11-09T13:34:41+00:00", 1573306481 },
        { "2019-11-09T13:34:41.999999999-00:00", 1573306481 },
        { "2019-11-09T22:34:41+09:00", 1573306481 },
        { "2019-11-09T08:04:41-05:30", 1573306481 },
        { "2020-02-29T00:00:00Z", 1582934400 },
        { "2000-02-29T00:00:00Z", 951782400 },
        { "2038-01-19T03:14:08Z", 2147483648 },
        { "2106-02-07T06:28:16Z", 4294967296 },
        { "9999-12-31T23:59:59Z", 253402300799 },
        { "1969-12-31T23:59:59Z", -1 },
        { "2016-12-31T23:59:60Z", 1483228800 },
        { "2017-01-01T08:59:60+09:00", 1483228800 },
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t s = -1;
        assert_int_equal(xa_date_of_expiration(xa_slice_of(good[i].text), &s), good[i].s >= 0);
        if (s != good[i].s)
            fail_msg("%s: %lld", good[i].text, (long long)s);
    }
    static const char *const bad[] = {
        "",
        "Z",
        "2019-11-09",
        "2019-11-09T13:34:41",
        "2019-11-09 13:34:41Z",
        "2019-11-09t13:34:41Z",
        "2019-11-09T13:34:41z",
        "2019-11-09T13:34Z",
        "2019-11-09T13:34:41.Z",
        "2019-11-09T13:34:41.1234567890Z",
        "2019-11-09T13:34:41,5Z",
        "2019-11-09T13:34:41Z ",
        " 2019-11-09T13:34:41Z",
        "2019-11-09T13:34:41ZZ",
        "2019-11-09T13:34:41+0900",
        "2019-11-09T13:34:41+09",
        "2019-11-09T13:34:41+24:00",
        "2019-11-09T13:34:41+09:60",
        "2019-11-09T13:34:41*09:00",
        "2019-13-09T13:34:41Z",
        "2019-00-09T13:34:41Z",
        "2019-11-00T13:34:41Z",
        "2019-11-31T13:34:41Z",
        "2019-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2019-11-09T24:00:00Z",
        "2019-11-09T13:60:41Z",
        "2019-11-09T13:34:61Z",
        "2019-11-09T13:34:60Z",
        "2019-11-09T23:59:60+09:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "1969-01-01T00:00:00Z",
        "19-11-09T13:34:41Z",
        "+019-11-09T13:34:41Z",
        "2019-1-09T13:34:41Z",
        "20191109T133441Z",
        "1573306481",
        "2019-11-09T-3:34:41Z",
        "1970-01-01T00:00:00+00:01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t s = 42;
        if (xa_date_of_expiration(xa_slice_of(bad[i]), &s))
            fail_msg("let through: %s", bad[i]);
        assert_int_equal(s, 42);
    }
}

static void headers(void **state)
{
    (void)state;
    int64_t s = 0;
    assert_true(xa_date_of_header(xa_slice_of("Tue, 15 Nov 1994 08:12:31 GMT"), &s));
    assert_int_equal(s, 784887151);
    assert_true(xa_date_of_header(xa_slice_of("Thu, 01 Jan 1970 00:00:00 GMT"), &s));
    assert_int_equal(s, 0);
    static const char *const bad[] = {
        "",
        "Mon, 15 Nov 1994 08:12:31 GMT",
        "Tue, 15 Nov 1994 08:12:31 UTC",
        "Tue, 15 Nov 1994 08:12:31",
        "Tuesday, 15-Nov-94 08:12:31 GMT",
        "Tue Nov 15 08:12:31 1994",
        "tue, 15 Nov 1994 08:12:31 GMT",
        "Tue, 15 nov 1994 08:12:31 GMT",
        "Tue, 31 Nov 1994 08:12:31 GMT",
        "Tue, 15 Nov 1994 24:12:31 GMT",
        "Tue, 15 Nov 1994 08:12:31 GMT ",
        "Tue,15 Nov 1994 08:12:31 GMT",
        "784887151",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (xa_date_of_header(xa_slice_of(bad[i]), &s))
            fail_msg("let through: %s", bad[i]);
}

static void every_day_of_four_centuries(void **state)
{
    (void)state;
    for (int64_t s = 43200; s < INT64_C(400) * 366 * 86400; s += 86400) {
        time_t t = (time_t)s;
        struct tm tm;
        char text[64];
        int64_t back;
        assert_non_null(gmtime_r(&t, &tm));
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
        assert_true(xa_date_of_expiration(xa_slice_of(text), &back));
        assert_int_equal(back, s);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_true(xa_date_of_header(xa_slice_of(text), &back));
        assert_int_equal(back, s);
    }
}

static void every_truncation(void **state)
{
    (void)state;
    const char *texts[] = { "2019-11-09T22:34:41.123456789+09:00",
                            "Tue, 15 Nov 1994 08:12:31 GMT" };
    for (int k = 0; k < 2; k++)
        for (size_t n = 0; n < strlen(texts[k]); n++) {
            int64_t s;
            struct xa_slice cut = { (const uint8_t *)texts[k], n };
            assert_false(k == 0 ? xa_date_of_expiration(cut, &s) : xa_date_of_header(cut, &s));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expirations), cmocka_unit_test(headers),
        cmocka_unit_test(every_day_of_four_centuries), cmocka_unit_test(every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
