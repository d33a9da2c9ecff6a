/* What would change in a text of which one part is replaced, as a unified diff. */
#ifndef XA_CLIENT_BASE_DIFF_H
#define XA_CLIENT_BASE_DIFF_H

#include "client/base/output.h"

/* The two texts, and how many lines that both have are shown around what differs. A file with
 * secrets shows none. */
struct xa_diff {
    const char *old_name, *fresh_name;
    struct xa_slice old, fresh;
    size_t around;
};

/* Appends the difference as diff -u shows it; nothing if the texts are the same. All that
 * differs is one hunk. */
void xa_diff(struct xa_out *o, const struct xa_diff *diff);

#endif
