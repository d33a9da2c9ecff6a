/* The destinations that this person chose last, for the picker: names alone, in a file of the
 * state directory. What goes wrong with it is nobody's concern. */
#ifndef XA_CLIENT_SHELL_RECENT_H
#define XA_CLIENT_SHELL_RECENT_H

#include "proto/limits.h"
#include "proto/sockpath.h"
#include "proto/wire.h"

#define XA_RECENT_MAX 32               /* names; own choice: what a picker shows at once  */

struct xa_recent {
    char names[XA_RECENT_MAX][XA_NAME_MAX + 1];      /* the last one first                */
    size_t n;
};

/* Reads what there is. A line that is no name is passed over. */
void xa_recent_read(const struct xa_paths *paths, struct xa_recent *ret);

/* Where the name stands in it, from 0; XA_RECENT_MAX: nowhere. */
size_t xa_recent_place(const struct xa_recent *recent, struct xa_slice name);

/* Puts the name first in the file, which is replaced as a whole (mode 0600). */
void xa_recent_note(const struct xa_paths *paths, const char *name);

#endif
