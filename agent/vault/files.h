/* The file operations of the vault as a table, so that a test can fail any of
 * them (V11) and play a power cut (V10). Every int and ssize_t is a result of 0
 * or more, or a negative errno. */
#ifndef XA_AGENT_VAULT_FILES_H
#define XA_AGENT_VAULT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "proto/error.h"

struct xa_files {
    void *ctx;                         /* first argument of all of them                  */
    /* As xa_make_dirs of proto/sockpath.h. */
    bool (*make_dirs)(void *ctx, const char *path, struct xa_error *err);
    int (*open_dir)(void *ctx, const char *path);
    /* Close-on-exec, never through a link, never waiting; what O_CREAT makes has
     * mode 0600. */
    int (*open)(void *ctx, int dir, const char *name, int flags);
    int (*stat)(void *ctx, int fd, struct stat *ret);
    int (*make_private)(void *ctx, int fd);             /* mode 0600, whatever the umask */
    ssize_t (*read)(void *ctx, int fd, void *room, size_t len);
    ssize_t (*write)(void *ctx, int fd, const void *bytes, size_t len);
    int (*sync)(void *ctx, int fd);                     /* a file or a directory         */
    int (*rename)(void *ctx, int dir, const char *from, const char *to);
    int (*remove)(void *ctx, int dir, const char *name);
    int (*lock)(void *ctx, int fd);                     /* -EAGAIN: somebody else has it */
    void (*wait)(void *ctx, unsigned ms);
    void (*close)(void *ctx, int fd);                   /* gives up the lock too         */
};

extern const struct xa_files xa_files_real;

#endif
