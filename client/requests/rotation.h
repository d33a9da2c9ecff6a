/* Whether a source's key wants to be rotated, by what LIST says of it. */
#ifndef XA_CLIENT_REQUESTS_ROTATION_H
#define XA_CLIENT_REQUESTS_ROTATION_H

#include "client/client.h"

#define XA_ROTATION_TEXT_SIZE 192

/* True if it does, and why: "the key of 'main' is 97 days old". Of a locked vault nothing is
 * known, and nothing said. now: Unix seconds. */
bool xa_rotation_due(const struct xa_list_entry *entry, uint64_t now,
                     char ret[XA_ROTATION_TEXT_SIZE]);

#endif
