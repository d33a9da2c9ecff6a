/* The configuration file in force: read again when it has changed, kept when the
 * new one cannot be read (design.md, section 7). */
#ifndef XA_AGENT_BROKER_ROLES_FILE_H
#define XA_AGENT_BROKER_ROLES_FILE_H

#include "agent/broker/roles.h"

struct xa_roles_file;

/* path is copied. No file is an empty configuration. */
struct xa_roles_file *xa_roles_file_new(const char *path, struct xa_error *err) XA_MUST_CHECK;
void xa_roles_file_free(struct xa_roles_file **file);    /* NULL is fine */
const char *xa_roles_file_path(const struct xa_roles_file *file);

/* What is in force, after a look at the file: mtime, size and inode. NULL with
 * *err if no version of it could ever be read. Valid until the next call. */
const struct xa_roles *xa_roles_file_current(struct xa_roles_file *file, struct xa_error *err);

/* Why the file as it stands is refused, or NULL if it is in force. */
const struct xa_error *xa_roles_file_fault(const struct xa_roles_file *file);

/* Edits. Each makes the new text, checks that it can be read, writes it beside
 * the old one and renames; every other byte stays. The directory is made if it
 * has to be. XA_BAD_CONFIG (also when the file as it stands is refused),
 * XA_NAME_TAKEN, XA_NO_SUCH_NAME, XA_IO. */

/* Adds [TYPE NAME] with the lines of `keys` ("key = value\n", each checked by
 * the reader like any other). type is "source" or "dest". */
bool xa_roles_file_add(struct xa_roles_file *file, const char *type, struct xa_slice name,
                       const char *keys, struct xa_error *err) XA_MUST_CHECK;

/* Takes [TYPE NAME] and its lines away. */
bool xa_roles_file_remove(struct xa_roles_file *file, const char *type, struct xa_slice name,
                          struct xa_error *err) XA_MUST_CHECK;

#endif
