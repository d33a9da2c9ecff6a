/* What a credential_process prints (facts 5.1): one JSON object. Pure: bytes in, a
 * message out; the bytes are a stranger's. */
#ifndef XA_CLIENT_ASKING_PROCESS_OUTPUT_H
#define XA_CLIENT_ASKING_PROCESS_OUTPUT_H

#include "proto/message.h"

/* Reads text[len] into *ret, whose slices borrow it: the text is changed, since escapes
 * are undone in place. A member that is null or "" is not there; one that is unknown is
 * passed over; `SessionToken` may be called `Token`. now_s is Unix seconds.
 *
 * XA_IO: not a JSON object and nothing else; a member twice, missing, or not of
 * its kind; Version other than the number 1; credentials that have expired, or a
 * temporary key (ASIA…) without its token. No message holds a value. */
bool xa_process_output_parse(uint8_t *text, size_t len, uint64_t now_s, struct xa_foreign *ret,
                             struct xa_error *err) XA_MUST_CHECK;

#endif
