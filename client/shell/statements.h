/* An environment as the statements of a shell. */
#ifndef XA_CLIENT_SHELL_STATEMENTS_H
#define XA_CLIENT_SHELL_STATEMENTS_H

#include "client/shell/environment.h"
#include "client/shell/shell.h"

/* Appends them: one line without its end, each closed by ';', fit for an unquoted
 * eval $(…). */
void xa_statements(struct xa_out *o, enum xa_shell shell, const struct xa_environment *e);

#endif
