#include "agent/vault/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "proto/sockpath.h"

static bool real_make_dirs(void *ctx, const char *path, struct xa_error *err)
{
    (void)ctx;
    return xa_make_dirs(path, err);
}

static int real_open_dir(void *ctx, const char *path)
{
    (void)ctx;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

static int real_open(void *ctx, int dir, const char *name, int flags)
{
    (void)ctx;
    int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    return fd >= 0 ? fd : -errno;
}

static int real_stat(void *ctx, int fd, struct stat *ret)
{
    (void)ctx;
    return fstat(fd, ret) == 0 ? 0 : -errno;
}

static int real_make_private(void *ctx, int fd)
{
    (void)ctx;
    return fchmod(fd, 0600) == 0 ? 0 : -errno;
}

static ssize_t real_read(void *ctx, int fd, void *room, size_t len)
{
    (void)ctx;
    ssize_t n = read(fd, room, len);
    return n >= 0 ? n : -errno;
}

static ssize_t real_write(void *ctx, int fd, const void *bytes, size_t len)
{
    (void)ctx;
    ssize_t n = write(fd, bytes, len);
    return n >= 0 ? n : -errno;
}

/* Some file systems cannot sync a directory and say EINVAL: nothing is lost by
 * going on, they order their names by themselves or not at all. */
static int real_sync(void *ctx, int fd)
{
    (void)ctx;
    struct stat st;
    if (fsync(fd) == 0)
        return 0;
    int cause = errno;
    return cause == EINVAL && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : -cause;
}

static int real_rename(void *ctx, int dir, const char *from, const char *to)
{
    (void)ctx;
    return renameat(dir, from, dir, to) == 0 ? 0 : -errno;
}

static int real_remove(void *ctx, int dir, const char *name)
{
    (void)ctx;
    return unlinkat(dir, name, 0) == 0 ? 0 : -errno;
}

/* A lock of the open file description: it belongs to this descriptor, not to the
 * process, so two vaults of one process exclude each other too. */
static int real_lock(void *ctx, int fd)
{
    (void)ctx;
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

static void real_wait(void *ctx, unsigned ms)
{
    (void)ctx;
    (void)poll(NULL, 0, (int)ms);
}

static void real_close(void *ctx, int fd)
{
    (void)ctx;
    (void)close(fd);
}

const struct xa_files xa_files_real = {
    NULL, real_make_dirs, real_open_dir, real_open, real_stat, real_make_private, real_read,
    real_write, real_sync, real_rename, real_remove, real_lock, real_wait, real_close,
};
