/* What `env` and `credential-process` have in common: asking for a destination's
 * credentials with the options of the command line, and judging the answer. */
#ifndef XA_CLIENT_REQUESTS_CREDENTIALS_H
#define XA_CLIENT_REQUESTS_CREDENTIALS_H

#include "client/client.h"

/* Asks for the credentials of the destination or source named first. What comes back is whole,
 * fit to be printed, and for the account that --expect names; else nothing of it may
 * be printed: XA_BAD_REPLY, XA_OTHER_ACCOUNT, or what the request met with. */
bool xa_credentials_get(struct xa_client *c, struct xa_credentials_result *ret,
                        struct xa_error *err) XA_MUST_CHECK;

/* True for a secret or a token that neither JSON nor a shell could misread: graphic
 * ASCII without quotes, backslash, backquote and pattern characters (G3). AWS's own
 * are [A-Za-z0-9+/=]. */
bool xa_credentials_fit(struct xa_slice value);

/* "asking AWS for NAME …", in a place of its own; cut if the name is long. */
const char *xa_credentials_progress(const char *name);

#endif
