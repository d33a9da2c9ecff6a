/* Whose credentials are asked for and how they are wished: what `env`,
 * `credential-process` and `whoami` have in common on the command line. */
#ifndef XA_CLIENT_REQUESTS_WISH_H
#define XA_CLIENT_REQUESTS_WISH_H

#include "client/client.h"
#include "proto/message.h"

/* Fills the wish from the first name and the options. What can be judged here costs no
 * start of the agent. Reads --policy's file, the line of `-t -`, and AWS's files if the
 * environment names some. Slices borrow the command line and a place of their own.
 * XA_USAGE; XA_POLICY (client/asking/foreign.h); XA_BAD_CONFIG (client/awsfiles/aws_files.h). */
bool xa_wish_fill(struct xa_client *c, struct xa_wish *ret, struct xa_error *err) XA_MUST_CHECK;

/* The MFA code of -t, or of standard input; empty if none was given. XA_USAGE. */
bool xa_wish_code(struct xa_client *c, struct xa_slice *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
