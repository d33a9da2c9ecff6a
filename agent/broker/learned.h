/* What AWS has taught us about roles and MFA devices, for the agent's life: so that a
 * plan does not run into the same refusal twice (design.md, section 3). */
#ifndef XA_AGENT_BROKER_LEARNED_H
#define XA_AGENT_BROKER_LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/wire.h"

struct xa_learned;

struct xa_learned *xa_learned_new(struct xa_error *err) XA_MUST_CHECK;
void xa_learned_free(struct xa_learned **learned);       /* NULL is fine */
void xa_learned_clear(struct xa_learned *learned);

/* How often anything was noted or forgotten; what only grows old does not count. */
unsigned long xa_learned_changes(const struct xa_learned *learned);

/* The configuration has changed: what was denied may not be. Limits and devices are
 * AWS's, and stay. */
void xa_learned_forget_denials(struct xa_learned *learned);

/* The longest session that a role gives, after it refused a longer one. 0: not known. */
void xa_learned_note_limit(struct xa_learned *learned, struct xa_slice role_arn, uint32_t most_s);
uint32_t xa_learned_limit(const struct xa_learned *learned, struct xa_slice role_arn);

/* A role, by the cache key that it has without a code, that AWS denied in these words
 * although no device was known: a code is worth a try. */
void xa_learned_note_denial(struct xa_learned *learned, const uint8_t key[32],
                            const struct xa_error *err, int64_t now_ms);

/* That denial, or NULL. For who has no person to ask it is forgotten after 5 minutes:
 * the role may have been changed so that it wants no code. */
const struct xa_error *xa_learned_denial(const struct xa_learned *learned, const uint8_t key[32],
                                         bool has_person, int64_t now_ms);

/* True if it was denied at that time or later. */
bool xa_learned_denied_since(const struct xa_learned *learned, const uint8_t key[32],
                             int64_t since_ms);

/* --- the devices of a source's user, by the source's cache key ----------------- */

/* What ListMFADevices said: serials, each behind a blank; may be empty. guessed: it
 * was refused, and this is the usual name of a device. Asked once a day. */
void xa_learned_note_devices(struct xa_learned *learned, const uint8_t source[32],
                             struct xa_slice devices, bool guessed, int64_t now_ms);

/* False: it was not asked within a day. *ret is empty if there are none; if the person
 * has chosen one of several, it is that one. */
bool xa_learned_devices(const struct xa_learned *learned, const uint8_t source[32],
                        int64_t now_ms, struct xa_slice *ret);

void xa_learned_note_choice(struct xa_learned *learned, const uint8_t source[32],
                            struct xa_slice serial);

/* The guessed device is none: it is not tried again. */
void xa_learned_drop_guess(struct xa_learned *learned, const uint8_t source[32]);

#endif
