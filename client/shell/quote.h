/* Words for a POSIX shell that reads a script, where xa_shell_fit's values would be too few. */
#ifndef XA_CLIENT_SHELL_QUOTE_H
#define XA_CLIENT_SHELL_QUOTE_H

#include "client/base/output.h"

/* Appends the value between single quotes, so that sh takes every byte of it as it stands: one
 * word, of which nothing is obeyed. A value has no NUL. Not for eval $(…), which splits it. */
void xa_shell_put_quoted(struct xa_out *o, struct xa_slice value);

#endif
