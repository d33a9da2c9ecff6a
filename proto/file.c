#include "proto/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool xa_file_trusted(const char *path, const struct stat *st, size_t max, struct xa_error *err)
{
    if (!S_ISREG(st->st_mode))
        return xa_fail(err, XA_BAD_CONFIG, "%s is not a file", path);
    if (st->st_uid != getuid() && st->st_uid != 0)
        return xa_fail(err, XA_BAD_CONFIG, "%s belongs to uid %ju, not to you", path,
                       (uintmax_t)st->st_uid);
    if ((st->st_mode & 022) != 0) {
        xa_fail(err, XA_BAD_CONFIG, "%s may be written by others (mode %04o)", path,
                (unsigned)st->st_mode & 07777u);
        return xa_hint(err, "chmod go-w %s", path);
    }
    return (uintmax_t)st->st_size <= max ||
           xa_fail(err, XA_BAD_CONFIG, "%s is larger than %zu bytes", path, max);
}

bool xa_file_read(int fd, void *room, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t n = read(fd, (char *)room + len, cap - len);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        len += (size_t)n;
    }
    *ret_len = len;
    return true;
}

bool xa_file_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

void xa_file_sync_dir_of(const char *path)
{
    char dir[PATH_MAX];
    snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    int fd = open(dir[0] != '\0' ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

struct xa_file_version xa_file_version_of(const struct stat *st)
{
    return (struct xa_file_version){ true, st->st_dev, st->st_ino, st->st_mode, st->st_size,
                                     st->st_mtim, st->st_ctim };
}

struct xa_file_version xa_file_version_at(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? xa_file_version_of(&st) : (struct xa_file_version){ 0 };
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool xa_file_version_same(const struct xa_file_version *a, const struct xa_file_version *b)
{
    return a->there == b->there &&
           (!a->there ||
            (a->dev == b->dev && a->ino == b->ino && a->mode == b->mode && a->size == b->size &&
             same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime)));
}
