/* What can be said about an access key before anybody is asked (facts 13). */
#ifndef XA_CLIENT_BASE_KEY_CHECK_H
#define XA_CLIENT_BASE_KEY_CHECK_H

#include "proto/error.h"
#include "proto/wire.h"

/* True for [A-Za-z0-9_]{16,128} that is not a temporary key's id. XA_USAGE never
 * repeats what was given: it may be the secret in the wrong place. */
bool xa_key_id_valid(struct xa_slice id, struct xa_error *err) XA_MUST_CHECK;

/* True if it can be a secret key at all: graphic ASCII of bearable length. */
bool xa_key_secret_valid(struct xa_slice secret, struct xa_error *err) XA_MUST_CHECK;

/* True if it looks as AWS's do: 40 characters of [A-Za-z0-9/+]. Other servers' may
 * look otherwise. */
bool xa_key_secret_usual(struct xa_slice secret);

#endif
