#include "client/base/clock.h"

#include <stddef.h>
#include <time.h>

#define DAY_S 86400u
#define LAST_SECOND 253402300799u        /* 9999-12-31T23:59:59Z */

int64_t xa_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t xa_clock_unix(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

/* Writes v with n digits and returns where to go on. */
static char *digits(char *at, unsigned v, size_t n)
{
    for (size_t i = n; i-- > 0; v /= 10)
        at[i] = (char)('0' + v % 10);
    return at + n;
}

static char *letter(char *at, char c)
{
    *at = c;
    return at + 1;
}

/* Years start in March here, so that the day a leap year adds comes last, and the
 * days before month m (March is 0) are (153 m + 2) / 5. */
void xa_clock_utc(uint64_t unix_s, char ret[XA_UTC_SIZE])
{
    if (unix_s > LAST_SECOND)
        unix_s = LAST_SECOND;
    unsigned second = (unsigned)(unix_s % DAY_S);
    unsigned days = (unsigned)(unix_s / DAY_S) + 719468;     /* since 1 March 0000 */
    unsigned era = days / 146097, of_era = days % 146097;    /* 400 years          */
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    unsigned day = of_year - (153 * month + 2) / 5 + 1;

    year += era * 400 + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;
    char *at = letter(digits(ret, year, 4), '-');
    at = letter(digits(at, month, 2), '-');
    at = letter(digits(at, day, 2), 'T');
    at = letter(digits(at, second / 3600, 2), ':');
    at = letter(digits(at, second / 60 % 60, 2), ':');
    at = letter(digits(at, second % 60, 2), 'Z');
    *at = '\0';
}

/* --- reading ------------------------------------------------------------------- */

static bool take_char(struct xa_slice *s, char a, char b)
{
    if (s->len == 0 || (s->at[0] != (uint8_t)a && s->at[0] != (uint8_t)b))
        return false;
    s->at++;
    s->len--;
    return true;
}

static bool is_digit(const struct xa_slice *s, size_t i)
{
    return i < s->len && s->at[i] >= '0' && s->at[i] <= '9';
}

/* A number of exactly n digits. */
static bool take_number(struct xa_slice *s, size_t n, unsigned max, unsigned *ret)
{
    unsigned v = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(s, i))
            return false;
        v = v * 10 + (unsigned)(s->at[i] - '0');
    }
    s->at += n;
    s->len -= n;
    *ret = v;
    return v <= max;
}

static bool take_fraction(struct xa_slice *s)
{
    if (!take_char(s, '.', '.'))
        return true;
    if (!is_digit(s, 0))
        return false;
    while (is_digit(s, 0)) {
        s->at++;
        s->len--;
    }
    return true;
}

/* Seconds east of Greenwich. */
static bool take_offset(struct xa_slice *s, int *ret_s)
{
    unsigned hours = 0, minutes = 0;
    *ret_s = 0;
    if (take_char(s, 'Z', 'z'))
        return true;
    int sign = take_char(s, '-', '-') ? -1 : 1;
    if (sign > 0 && !take_char(s, '+', '+'))
        return false;
    if (!take_number(s, 2, 23, &hours) || !take_char(s, ':', ':') ||
        !take_number(s, 2, 59, &minutes))
        return false;
    *ret_s = sign * (int)(hours * 3600 + minutes * 60);
    return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* The inverse of what xa_clock_utc reckons. */
static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return (int64_t)(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1) - 719468;
}

bool xa_clock_parse(struct xa_slice text, uint64_t *ret_unix_s)
{
    unsigned year, month, day, hour, minute, second;
    int offset_s;
    if (!take_number(&text, 4, 9999, &year) || !take_char(&text, '-', '-') ||
        !take_number(&text, 2, 12, &month) || !take_char(&text, '-', '-') ||
        !take_number(&text, 2, 31, &day) || !take_char(&text, 'T', 't') ||
        !take_number(&text, 2, 23, &hour) || !take_char(&text, ':', ':') ||
        !take_number(&text, 2, 59, &minute) || !take_char(&text, ':', ':') ||
        !take_number(&text, 2, 60, &second) || !take_fraction(&text) ||
        !take_offset(&text, &offset_s) || text.len > 0)
        return false;
    if (year < 1970 || month == 0 || day == 0 || day > days_in(year, month))
        return false;
    int64_t s = days_since_1970(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second -
                offset_s;
    if (s < 0)
        return false;
    *ret_unix_s = (uint64_t)s;
    return true;
}
