/* The configuration's file: read and judged, locked, replaced. Nothing here knows
 * what it says. From any thread. */
#ifndef XA_AGENT_BROKER_ROLES_DISK_H
#define XA_AGENT_BROKER_ROLES_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"
#include "proto/file.h"

/* The file's text, which the caller frees; an empty one if there is no file. NULL
 * with XA_BAD_CONFIG (not a file, too large, others may write it: G1; it cannot be
 * read) or XA_NO_MEMORY. *ret_version is what was looked at, if it could be opened. */
char *xa_roles_disk_read(const char *path, struct xa_file_version *ret_version, size_t *ret_len,
                         struct xa_error *err) XA_MUST_CHECK;

/* An edit under way: who holds it excludes other agents and other edits. */
struct xa_roles_lock {
    int fd;
    char real[PATH_MAX];       /* what path points to, if it is a symbolic link */
};

/* Locks `<file>.lock` beside the file, whose directory is made if it has to be;
 * waits up to 10 s. The lock's file stays: to remove it would be to let two in.
 * XA_IO. */
bool xa_roles_disk_lock(struct xa_roles_lock *lock, const char *path,
                        struct xa_error *err) XA_MUST_CHECK;
void xa_roles_disk_unlock(struct xa_roles_lock *lock);

/* Writes text beside the locked file, as safe as the disk makes it, and puts it in
 * its place if path is still of this version; else *ret_moved. XA_IO. */
bool xa_roles_disk_replace(const struct xa_roles_lock *lock, const char *path,
                           const struct xa_file_version *version, const char *text, size_t len,
                           bool *ret_moved, struct xa_error *err) XA_MUST_CHECK;

#endif
