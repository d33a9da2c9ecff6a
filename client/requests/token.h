/* What the agent gives in place of keys: asking for it, and judging the answer. */
#ifndef XA_CLIENT_REQUESTS_TOKEN_H
#define XA_CLIENT_REQUESTS_TOKEN_H

#include "client/client.h"

/* Asks for the token of the destination named first; ask says which: kind and what belongs
 * to it. The rest is filled in here. What comes back is printable, whole, and for the
 * account that --expect names. Errors as xa_credentials_get. */
bool xa_token_get(struct xa_client *c, struct xa_token *ask, struct xa_token_result *ret,
                  struct xa_error *err) XA_MUST_CHECK;

#endif
