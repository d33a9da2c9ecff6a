/* Base64 (RFC 4648), by libsodium: it takes the same time for every text of a length. */
#ifndef XA_AGENT_VAULT_BASE64_H
#define XA_AGENT_VAULT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/attr.h"
#include "proto/wire.h"

/* The alphabet for URLs, without padding. Writes into room[cap], a NUL behind it, and
 * returns the text's length; 0: it does not fit. */
size_t xa_base64url_encode(struct xa_slice bytes, char *room, size_t cap);

/* The usual alphabet, padded; nothing else may stand in it. False: it is not that, or
 * does not fit room[cap]. */
bool xa_base64_decode(struct xa_slice text, void *room, size_t cap, size_t *ret_len) XA_MUST_CHECK;

#endif
