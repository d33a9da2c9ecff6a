/* The value of --policy: a session policy itself, or where it stands. */
#ifndef XA_CLIENT_REQUESTS_POLICY_TEXT_H
#define XA_CLIENT_REQUESTS_POLICY_TEXT_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* Reads a policy into room: JSON that begins with '{', or file://PATH, which may be a
 * pipe. Tabs and the ends of lines become blanks, and those at its end go. Whether it is
 * a policy is AWS's to say. *ret borrows room.
 * XA_USAGE: neither of the two; unreadable, empty, longer than XA_POLICY_MAX, no object,
 * or a character that is not printable. */
bool xa_policy_text(const char *value, char room[XA_POLICY_MAX + 1], struct xa_slice *ret,
                    struct xa_error *err) XA_MUST_CHECK;

#endif
