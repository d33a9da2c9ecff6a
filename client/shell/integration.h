/* The shells' integration: scripts of client/shell/integration, as text. */
#ifndef XA_CLIENT_SHELL_INTEGRATION_H
#define XA_CLIENT_SHELL_INTEGRATION_H

#include "client/shell/shell.h"

struct xa_integration {
    enum xa_shell shell;
    const char *function;          /* xa, and what renews before a prompt            */
    const char *completion;
};

/* NULL: there is none for this shell. */
const struct xa_integration *xa_integration_find(enum xa_shell shell);

#endif
