#include "agent/courier/date.h"

#include <string.h>

#define DAY_S 86400

struct moment { unsigned year, month, day, hour, minute, second; };

/* Takes exactly n digits. */
static unsigned take_number(struct xa_reader *r, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = xa_read_u8(r);
        if (c < '0' || c > '9')
            r->bad = true;
        value = value * 10 + (unsigned)(c - '0');
    }
    return r->bad ? 0 : value;
}

static void take_text(struct xa_reader *r, const char *text)
{
    size_t len = strlen(text);
    struct xa_slice s = xa_read_bytes(r, len);
    if (r->bad || memcmp(s.at, text, len) != 0)
        r->bad = true;
}

/* Which of the names of three letters stands next; 0 is the first. */
static unsigned take_name(struct xa_reader *r, const char *names)
{
    struct xa_slice s = xa_read_bytes(r, 3);
    for (unsigned i = 0; !r->bad && names[3 * i] != '\0'; i++)
        if (memcmp(s.at, names + (size_t)3 * i, 3) == 0)
            return i;
    r->bad = true;
    return 0;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned month, unsigned year)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the given valid date. */
static int64_t days_to(unsigned year, unsigned month, unsigned day)
{
    unsigned past = year - 1;          /* whole years before this one, from year 1 */
    int64_t days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 - 719162;
    for (unsigned m = 1; m < month; m++)
        days += days_in(m, year);
    return days + day - 1;
}

/* UTC is the moment less the offset. Second 60 is let through where a leap second
 * can be, at the end of a day of UTC, and counts as the second after it. */
static bool to_unix(const struct moment *m, int64_t offset_s, int64_t *ret)
{
    if (m->year < 1970 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > days_in(m->month, m->year) || m->hour > 23 || m->minute > 59 || m->second > 60)
        return false;
    int64_t s = days_to(m->year, m->month, m->day) * DAY_S + m->hour * 3600 + m->minute * 60 +
                m->second - offset_s;
    if (s < 0 || s > 253402300799 || (m->second == 60 && s % DAY_S != 0))
        return false;
    *ret = s;
    return true;
}

static void skip_decimals(struct xa_reader *r)
{
    if (r->bad || r->at == r->end || *r->at != '.')
        return;
    take_text(r, ".");
    take_number(r, 1);
    for (int more = 0; more < 8 && r->at < r->end && *r->at >= '0' && *r->at <= '9'; more++)
        take_number(r, 1);
}

static int64_t take_offset(struct xa_reader *r)
{
    uint8_t sign = xa_read_u8(r);
    if (sign == 'Z')
        return 0;
    unsigned hours = take_number(r, 2);
    take_text(r, ":");
    unsigned minutes = take_number(r, 2);
    if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59)
        r->bad = true;
    int64_t offset_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return sign == '-' ? -offset_s : offset_s;
}

bool xa_date_of_expiration(struct xa_slice text, int64_t *ret)
{
    struct xa_reader r = xa_reader_init(text);
    struct moment m;

    m.year = take_number(&r, 4);
    take_text(&r, "-");
    m.month = take_number(&r, 2);
    take_text(&r, "-");
    m.day = take_number(&r, 2);
    take_text(&r, "T");
    m.hour = take_number(&r, 2);
    take_text(&r, ":");
    m.minute = take_number(&r, 2);
    take_text(&r, ":");
    m.second = take_number(&r, 2);
    skip_decimals(&r);
    int64_t offset_s = take_offset(&r);
    return xa_read_done(&r) && to_unix(&m, offset_s, ret);
}

bool xa_date_of_header(struct xa_slice text, int64_t *ret)
{
    struct xa_reader r = xa_reader_init(text);
    struct moment m;

    unsigned weekday = take_name(&r, "ThuFriSatSunMonTueWed");   /* 1970-01-01 was a Thursday */
    take_text(&r, ", ");
    m.day = take_number(&r, 2);
    take_text(&r, " ");
    m.month = take_name(&r, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
    take_text(&r, " ");
    m.year = take_number(&r, 4);
    take_text(&r, " ");
    m.hour = take_number(&r, 2);
    take_text(&r, ":");
    m.minute = take_number(&r, 2);
    take_text(&r, ":");
    m.second = take_number(&r, 2);
    take_text(&r, " GMT");
    int64_t s;
    if (!xa_read_done(&r) || !to_unix(&m, 0, &s) || days_to(m.year, m.month, m.day) % 7 != weekday)
        return false;
    *ret = s;
    return true;
}
