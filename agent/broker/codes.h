/* MFA codes that were sent: each works once, so none is sent twice (facts 1.7, N9).
 * Remembered as long as AWS could still take them, and nowhere but here. */
#ifndef XA_AGENT_BROKER_CODES_H
#define XA_AGENT_BROKER_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "proto/wire.h"

#define XA_CODES_MAX 32                /* own choice: of all devices together */

/* Zeroed: none. */
struct xa_codes {
    struct { uint8_t device[32]; char code[XA_MFA_CODE_LEN]; int64_t at_ms; } sent[XA_CODES_MAX];
};

bool xa_codes_was_sent(const struct xa_codes *codes, struct xa_slice serial,
                       struct xa_slice code, int64_t now_ms);
void xa_codes_note(struct xa_codes *codes, struct xa_slice serial, struct xa_slice code,
                   int64_t now_ms);

/* AWS did not look at it (a refusal for the clock): it may be sent again. */
void xa_codes_unsent(struct xa_codes *codes, struct xa_slice serial, struct xa_slice code);

#endif
