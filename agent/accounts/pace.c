#include "agent/accounts/pace.h"

#include <string.h>

/* The one whose time is over first. */
static size_t oldest(const struct xa_pace *pace)
{
    size_t at = 0;
    for (size_t i = 1; i < XA_PACE_STEPS; i++)
        if (pace->steps[i].until_ms < pace->steps[at].until_ms)
            at = i;
    return at;
}

uint32_t xa_pace_wait_ms(const struct xa_pace *pace, const uint8_t digest[XA_HASH_LEN],
                         int64_t now_ms)
{
    int64_t until_ms = pace->steps[oldest(pace)].until_ms;     /* else there is no room */
    for (size_t i = 0; i < XA_PACE_STEPS; i++)
        if (memcmp(pace->steps[i].digest, digest, XA_HASH_LEN) == 0)
            until_ms = pace->steps[i].until_ms;
    return until_ms > now_ms ? (uint32_t)(until_ms - now_ms) : 0;
}

void xa_pace_note(struct xa_pace *pace, const uint8_t digest[XA_HASH_LEN], int64_t now_ms)
{
    size_t at = oldest(pace);
    for (size_t i = 0; i < XA_PACE_STEPS; i++)
        if (memcmp(pace->steps[i].digest, digest, XA_HASH_LEN) == 0)
            at = i;
    memcpy(pace->steps[at].digest, digest, XA_HASH_LEN);
    pace->steps[at].until_ms = now_ms + XA_PACE_MS;
}
