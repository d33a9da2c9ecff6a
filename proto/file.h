/* Files as both sides read and replace them: configuration and the AWS files. */
#ifndef XA_PROTO_FILE_H
#define XA_PROTO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/error.h"

/* G1: what others may write, others decide. True for a regular file of ours or of
 * root's that nobody else may write and that is not longer than max bytes; path is for
 * the message. XA_BAD_CONFIG. */
bool xa_file_trusted(const char *path, const struct stat *st, size_t max,
                     struct xa_error *err) XA_MUST_CHECK;

/* Reads to the end of the file, or until cap bytes are there. False: errno. */
bool xa_file_read(int fd, void *room, size_t cap, size_t *ret_len) XA_MUST_CHECK;

/* Writes all of it. False: errno. */
bool xa_file_write(int fd, const void *bytes, size_t len) XA_MUST_CHECK;

/* Makes a rename in the directory of path last through a power cut. It is too late for
 * an error: the new file stands already. */
void xa_file_sync_dir_of(const char *path);

/* What tells one version of a file from another, as far as the system can tell. */
struct xa_file_version {
    bool there;
    dev_t dev;
    ino_t ino;
    mode_t mode;
    off_t size;
    struct timespec mtime, ctime;
};

/* The version that lies at path now; the one that was looked at. */
struct xa_file_version xa_file_version_at(const char *path);
struct xa_file_version xa_file_version_of(const struct stat *st);
bool xa_file_version_same(const struct xa_file_version *a, const struct xa_file_version *b);

#endif
