/* The two ways in which a server writes the time, held against the C library's. */
#include <time.h>

#include "agent/courier/date.h"
#include "tests/fuzz/fuzz.h"

static void check_format(int64_t when, struct xa_slice text, bool is_header)
{
    char said[64];
    time_t seconds = (time_t)when;
    struct tm tm;
    HOLDS(when >= 0 && when <= INT64_C(253402300799));
    HOLDS(gmtime_r(&seconds, &tm) != NULL);
    HOLDS((is_header ? strftime(said, sizeof said, "%a, %d %b %Y %H:%M:%S GMT", &tm)
                     : strftime(said, sizeof said, "%Y-%m-%dT%H:%M:%SZ", &tm)) > 0);
    /* Of a leap second only that it is taken: here it has no second of its own. */
    HOLDS(memmem(text.at, text.len, ":60", 3) != NULL || xa_slice_is(text, said));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice text = { data, size };
    int64_t when;
    if (xa_date_of_header(text, &when))
        check_format(when, text, true);
    if (!xa_date_of_expiration(text, &when))
        return 0;
    HOLDS(when >= 0 && when <= INT64_C(253402300799));
    if (size == 20)
        check_format(when, text, false);
    return 0;
}
