/* Forms, as the Query API takes them (facts 1.1), and the lists that go into them. */
#ifndef XA_AGENT_AWS_QUERY_H
#define XA_AGENT_AWS_QUERY_H

#include "proto/wire.h"

/* Appends NAME=VALUE to the form in w, behind '&' unless it is the first. Every
 * byte of the value outside A-Za-z0-9-_.~ is written as %XX; a blank is %20,
 * which all real servers read, as '+' is not (facts 14.1). name is ours and goes
 * as it is. */
void xa_query_add(struct xa_writer *w, const char *name, struct xa_slice value);

/* --- lists, as configuration and command lines have them --------------------- */

/* Takes the next item off a comma-separated list, without the blanks around it; it
 * may be empty, and so is the only item of an empty list. False at the end. */
bool xa_list_item(struct xa_slice *list, struct xa_slice *ret_item);

/* The key of "key=value"; the first '=' divides them. */
struct xa_slice xa_tag_split(struct xa_slice tag, struct xa_slice *ret_value);

#endif
