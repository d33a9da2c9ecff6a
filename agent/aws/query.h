/* Forms, as the Query API takes them (facts 1.1). */
#ifndef XA_AGENT_AWS_QUERY_H
#define XA_AGENT_AWS_QUERY_H

#include "proto/wire.h"

/* Appends NAME=VALUE to the form in w, behind '&' unless it is the first. Every
 * byte of the value outside A-Za-z0-9-_.~ is written as %XX; a blank is %20,
 * which all real servers read, as '+' is not (facts 14.1). name is ours and goes
 * as it is. */
void xa_query_add(struct xa_writer *w, const char *name, struct xa_slice value);

#endif
