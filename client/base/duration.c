#include "client/base/duration.h"

#include <stdio.h>

#define DURATION_MAX_S (999u * 86400u)

/* The seconds of a unit's letter; 0 for a letter that is none. */
static uint32_t unit_s(char c)
{
    return c == 'd' ? 86400 : c == 'h' ? 3600 : c == 'm' ? 60 : c == 's' ? 1 : 0;
}

bool xa_duration_parse(const char *text, uint32_t *ret_s)
{
    uint64_t total = 0;
    uint32_t last_unit = UINT32_MAX;
    bool bare = true;
    for (const char *p = text; *p != '\0';) {
        uint64_t n = 0;
        if (*p < '0' || *p > '9' || last_unit == 1)
            return false;
        for (; *p >= '0' && *p <= '9'; p++)
            if ((n = n * 10 + (uint64_t)(*p - '0')) > DURATION_MAX_S)
                return false;
        /* Digits alone are seconds; after "1h" a unit must be said. */
        uint32_t unit = *p == '\0' && bare ? 1 : unit_s(*p);
        if (unit == 0 || unit >= last_unit)
            return false;
        total += n * unit;
        last_unit = unit;
        bare = false;
        p += *p != '\0';
    }
    if (bare || total > DURATION_MAX_S)
        return false;
    *ret_s = (uint32_t)total;
    return true;
}

void xa_duration_text(uint64_t s, char ret[XA_DURATION_SIZE])
{
    unsigned long long v = s;
    if (v < 60)
        snprintf(ret, XA_DURATION_SIZE, "%llus", v);
    else if (v < 3600)
        snprintf(ret, XA_DURATION_SIZE, "%llum", v / 60);
    else if (v < 86400)
        snprintf(ret, XA_DURATION_SIZE, "%lluh%02llum", v / 3600, v / 60 % 60);
    else if (v / 3600 % 24 == 0)
        snprintf(ret, XA_DURATION_SIZE, "%llud", v / 86400 % 100000);
    else
        snprintf(ret, XA_DURATION_SIZE, "%llud%lluh", v / 86400 % 100000, v / 3600 % 24);
}
