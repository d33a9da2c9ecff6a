/* Variables of the environment, several in one walk: a shell has a hundred of them, and the usual
 * run of the client looks for nine. */
#ifndef XA_PROTO_VARIABLES_H
#define XA_PROTO_VARIABLES_H

#include <stddef.h>

#define XA_VARIABLE_NAME_SIZE 28

struct xa_variable_wanted {
    char name[XA_VARIABLE_NAME_SIZE];
    const char *value;               /* borrowed from the environment; NULL: it is not set */
};

/* Finds them. Of a name that is there twice the first counts, as for getenv. */
void xa_variables_find(struct xa_variable_wanted *wanted, size_t n);

#endif
