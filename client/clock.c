#include "client/clock.h"

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
