/* Guarded memory for the few long-lived secrets: the data key, the opened vault
 * body, a passphrase on its way to the key derivation. One guarded allocation
 * each, locked, not in core files, gone in a fork; once sealed no access at all
 * but between open and shut. A grep for xa_secret_open and xa_secret_fill lists
 * everyone who can see one. For secrets in bulk: arena.h. */
#ifndef XA_AGENT_VAULT_SECRET_H
#define XA_AGENT_VAULT_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"

struct xa_secret;   /* opaque: it cannot be printed, copied or compared by accident */

/* Whether memory that cannot be locked (RLIMIT_MEMLOCK) may be used all the same.
 * Off at start; --allow-unlocked-memory turns it on for the process (M2). */
void xa_secret_allow_unlocked(bool allow);

/* True if every secret made so far lies in locked memory. */
bool xa_secret_all_locked(void);

/* A secret of len bytes (1 or more), zeroed and writable; the caller owns it.
 * NULL: XA_NO_MEMORY, or XA_UNLOCKED_MEMORY with the limit and the remedy. */
struct xa_secret *xa_secret_new(size_t len, struct xa_error *err) XA_MUST_CHECK;
size_t xa_secret_len(const struct xa_secret *s);
uint8_t *xa_secret_fill(struct xa_secret *s);        /* until seal()                     */
void xa_secret_seal(struct xa_secret *s);            /* from here: no access             */
const uint8_t *xa_secret_open(struct xa_secret *s);  /* the only way to read it ...      */
void xa_secret_shut(struct xa_secret *s);            /* ... and the end of it; nests     */
void xa_secret_free(struct xa_secret **s);           /* wipes, unmaps, sets NULL; NULL ok */

#endif
