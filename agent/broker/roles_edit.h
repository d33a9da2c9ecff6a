/* Changes to a configuration's text, as pure functions. */
#ifndef XA_AGENT_BROKER_ROLES_EDIT_H
#define XA_AGENT_BROKER_ROLES_EDIT_H

#include "proto/error.h"
#include "proto/wire.h"

/* The text with [TYPE NAME] and keys appended, after an empty line; a last line
 * without an end gets one. The caller frees it; NULL: no memory. */
char *xa_roles_edit_add(struct xa_slice text, const char *type, struct xa_slice name,
                        const char *keys, size_t *ret_len) XA_MUST_CHECK;

/* The text without [TYPE NAME] and its keys. Comments and empty lines between
 * its last key and the next section stay; the empty line before it goes when
 * nothing or another empty line follows, so that it undoes `add`. NULL with
 * *ret_found false: there is no such section. The caller frees it. */
char *xa_roles_edit_remove(struct xa_slice text, const char *type, struct xa_slice name,
                           size_t *ret_len, bool *ret_found) XA_MUST_CHECK;

#endif
