/* How often the same step of the same work may ask AWS: once a second (N12), whoever begins it
 * again and again, or comes back with the same place. Different ones do not wait for each
 * other, up to so many a second. */
#ifndef XA_AGENT_ACCOUNTS_PACE_H
#define XA_AGENT_ACCOUNTS_PACE_H

#include <stdint.h>

#include "agent/vault/hash.h"

#define XA_PACE_MS 1000
#define XA_PACE_STEPS 64               /* own choice: as many as there are tasks at once  */

struct xa_pace {                       /* all zero at first                               */
    struct { uint8_t digest[XA_HASH_LEN]; int64_t until_ms; } steps[XA_PACE_STEPS];
};

/* How long this step still waits; 0: it may ask. now_ms: CLOCK_BOOTTIME. */
uint32_t xa_pace_wait_ms(const struct xa_pace *pace, const uint8_t digest[XA_HASH_LEN],
                         int64_t now_ms);

/* It has asked. */
void xa_pace_note(struct xa_pace *pace, const uint8_t digest[XA_HASH_LEN], int64_t now_ms);

#endif
