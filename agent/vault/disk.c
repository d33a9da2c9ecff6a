#include "agent/vault/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/vault/hash.h"

/* A call that was interrupted is made again, but not for ever. */
#define INTERRUPTIONS 100
#define PATIENTLY(rc, call)                                                       \
    do {                                                                          \
        int tries_ = INTERRUPTIONS;                                               \
        while (((rc) = (call)) == -EINTR && --tries_ > 0)                         \
            continue;                                                             \
    } while (0)

#define LOCK_STEP_MS 10
#define LOCK_SUFFIX ".lock"
#define NEW_SUFFIX ".new"
#define TURN_SUFFIX ".turn"
#define NAME_SIZE (XA_DISK_NAME_SIZE + sizeof LOCK_SUFFIX)

static bool io_failed(struct xa_error *err, const char *what, const struct xa_place *place,
                      const char *suffix, long rc)
{
    return xa_fail(err, XA_IO, "cannot %s %s/%s%s: %s", what, place->dir, place->name, suffix,
                   strerror((int)-rc));
}

bool xa_place_init(struct xa_place *place, const struct xa_files *files, const char *path,
                   struct xa_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t dir_len = slash != NULL ? (size_t)(slash - path) : 0;
    if (path[0] != '/' || slash == NULL || slash[1] == '\0')
        return xa_fail(err, XA_IO, "'%s' is no absolute path of a file", path);
    if (dir_len + 2 > sizeof place->dir || strlen(slash + 1) >= sizeof place->name)
        return xa_fail(err, XA_IO, "the path '%s' is too long", path);
    place->files = files;
    snprintf(place->dir, sizeof place->dir, "%.*s", dir_len > 0 ? (int)dir_len : 1, path);
    snprintf(place->name, sizeof place->name, "%s", slash + 1);
    return true;
}

static void name_with(char room[NAME_SIZE], const struct xa_place *place, const char *suffix)
{
    snprintf(room, NAME_SIZE, "%s%s", place->name, suffix);
}

void xa_disk_close(const struct xa_place *place, int fd)
{
    if (fd >= 0)
        place->files->close(place->files->ctx, fd);
}

int xa_disk_open_dir(const struct xa_place *place, bool make, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    if (make && !f->make_dirs(f->ctx, place->dir, err))
        return -1;
    int fd;
    PATIENTLY(fd, f->open_dir(f->ctx, place->dir));
    if (fd >= 0)
        return fd;
    if (fd == -ENOENT)
        xa_fail(err, XA_NO_VAULT, "there is no %s/%s", place->dir, place->name);
    else
        xa_fail(err, XA_IO, "cannot open the directory %s: %s", place->dir, strerror(-fd));
    return -1;
}

bool xa_disk_exists(const struct xa_place *place)
{
    const struct xa_files *f = place->files;
    int dir, fd;
    PATIENTLY(dir, f->open_dir(f->ctx, place->dir));
    if (dir < 0)
        return dir != -ENOENT && dir != -ENOTDIR;
    PATIENTLY(fd, f->open(f->ctx, dir, place->name, O_RDONLY));
    xa_disk_close(place, fd);
    xa_disk_close(place, dir);
    return fd != -ENOENT;
}

/* --- reading ------------------------------------------------------------------- */

static bool refuse(struct xa_error *err, const struct xa_place *place, const char *what)
{
    return xa_fail(err, XA_VAULT_DAMAGED, "%s/%s %s", place->dir, place->name, what);
}

static bool judge(const struct xa_place *place, const struct stat *st, size_t max,
                  struct xa_error *err)
{
    if (!S_ISREG(st->st_mode))
        return refuse(err, place, "is not a regular file");
    if (st->st_uid != geteuid())
        return refuse(err, place, "belongs to another user");
    if ((st->st_mode & 077) != 0) {
        refuse(err, place, "can be read or changed by others");
        return xa_hint(err, "chmod 600 %s/%s", place->dir, place->name);
    }
    if (st->st_nlink > 1)        /* 0: replaced since it was opened, and whole all the same */
        return refuse(err, place, "has a second name (a hard link)");
    if (st->st_size < 0 || (uint64_t)st->st_size > max)
        return refuse(err, place, "is larger than it can be");
    return true;
}

/* Fills room[len], or fewer bytes if the file ends before. */
static ssize_t read_up_to(const struct xa_files *f, int fd, uint8_t *room, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n;
        PATIENTLY(n, f->read(f->ctx, fd, room + have, len - have));
        if (n < 0)
            return n;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static bool read_open(const struct xa_place *place, int fd, size_t max, uint8_t **ret,
                      size_t *ret_len, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    struct stat st;
    int rc;
    PATIENTLY(rc, f->stat(f->ctx, fd, &st));
    if (rc < 0)
        return io_failed(err, "look at", place, "", rc);
    if (!judge(place, &st, max, err))
        return false;
    size_t size = (size_t)st.st_size;
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory to read %zu bytes", size);
    ssize_t n = read_up_to(f, fd, bytes, size + 1);    /* one more, to see that it ends */
    if (n != (ssize_t)size) {
        free(bytes);
        if (n < 0)
            return io_failed(err, "read", place, "", n);
        return xa_fail(err, XA_IO, "%s/%s changes while it is read", place->dir, place->name);
    }
    *ret = bytes;
    *ret_len = size;
    return true;
}

bool xa_disk_read(const struct xa_place *place, int dir, size_t max, uint8_t **ret, size_t *ret_len,
                  struct xa_error *err)
{
    const struct xa_files *f = place->files;
    int fd;
    PATIENTLY(fd, f->open(f->ctx, dir, place->name, O_RDONLY));
    if (fd == -ENOENT)
        return xa_fail(err, XA_NO_VAULT, "there is no %s/%s", place->dir, place->name);
    if (fd == -ELOOP)
        return refuse(err, place, "is a symbolic link");
    if (fd < 0)
        return io_failed(err, "open", place, "", fd);
    bool ok = read_open(place, fd, max, ret, ret_len, err);
    xa_disk_close(place, fd);
    return ok;
}

/* --- replacing ----------------------------------------------------------------- */

/* What a killed process left. */
static int remove_new(const struct xa_place *place, int dir)
{
    const struct xa_files *f = place->files;
    char name[NAME_SIZE];
    int rc;
    name_with(name, place, NEW_SUFFIX);
    PATIENTLY(rc, f->remove(f->ctx, dir, name));
    return rc == -ENOENT ? 0 : rc;
}

static int write_all(const struct xa_files *f, int fd, struct xa_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t n;
        PATIENTLY(n, f->write(f->ctx, fd, bytes.at, bytes.len));
        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        bytes.at += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

static bool write_new(const struct xa_place *place, int dir, const char *name,
                      struct xa_slice bytes, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    int fd, rc;
    PATIENTLY(fd, f->open(f->ctx, dir, name, O_WRONLY | O_CREAT | O_EXCL));
    if (fd < 0)
        return io_failed(err, "make", place, NEW_SUFFIX, fd);
    PATIENTLY(rc, f->make_private(f->ctx, fd));
    if (rc == 0)
        rc = write_all(f, fd, bytes);
    if (rc == 0)
        PATIENTLY(rc, f->sync(f->ctx, fd));
    xa_disk_close(place, fd);
    return rc == 0 || io_failed(err, "write", place, NEW_SUFFIX, rc);
}

static bool read_back(const struct xa_place *place, int dir, const char *name,
                      struct xa_slice bytes, xa_disk_good_fn *good, void *ctx,
                      struct xa_error *err)
{
    const struct xa_files *f = place->files;
    uint8_t *back = malloc(bytes.len + 1);
    int fd;
    if (back == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory to read back %zu bytes", bytes.len);
    PATIENTLY(fd, f->open(f->ctx, dir, name, O_RDONLY));
    ssize_t n = fd >= 0 ? read_up_to(f, fd, back, bytes.len + 1) : fd;
    xa_disk_close(place, fd);
    bool same = n == (ssize_t)bytes.len && memcmp(back, bytes.at, bytes.len) == 0 &&
                good(ctx, (struct xa_slice){ back, bytes.len });
    free(back);
    if (n < 0)
        return io_failed(err, "read back", place, NEW_SUFFIX, n);
    return same || xa_fail(err, XA_IO, "%s/%s" NEW_SUFFIX " reads back other than it was written",
                           place->dir, place->name);
}

static bool put_in_place(const struct xa_place *place, int dir, const char *name,
                         struct xa_error *err)
{
    const struct xa_files *f = place->files;
    int rc;
    PATIENTLY(rc, f->rename(f->ctx, dir, name, place->name));
    return rc == 0 || io_failed(err, "replace", place, "", rc);
}

bool xa_disk_replace(const struct xa_place *place, int dir, struct xa_slice bytes,
                     xa_disk_good_fn *good, void *ctx, bool *ret_placed, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    char name[NAME_SIZE];
    *ret_placed = false;
    name_with(name, place, NEW_SUFFIX);
    int rc = remove_new(place, dir);
    if (rc < 0)
        return io_failed(err, "remove", place, NEW_SUFFIX, rc);
    if (!write_new(place, dir, name, bytes, err) ||
        !read_back(place, dir, name, bytes, good, ctx, err) ||
        !put_in_place(place, dir, name, err)) {
        (void)remove_new(place, dir);
        return false;
    }
    *ret_placed = true;
    PATIENTLY(rc, f->sync(f->ctx, dir));
    if (rc == 0)
        return true;
    io_failed(err, "confirm the change of", place, "", rc);
    return xa_why(err, "the new file is in place, but may not survive a power cut");
}

void xa_disk_sync_parents(const struct xa_place *place)
{
    const struct xa_files *f = place->files;
    char path[XA_PATH_MAX];
    snprintf(path, sizeof path, "%s", place->dir);
    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        bool top = slash == path;
        slash[top ? 1 : 0] = '\0';
        int dir = f->open_dir(f->ctx, path);
        if (dir >= 0)
            (void)f->sync(f->ctx, dir);
        xa_disk_close(place, dir);
        if (top)
            break;
    }
}

/* --- the locks ----------------------------------------------------------------- */

static int open_lock(const struct xa_place *place, int dir, const char *suffix,
                     struct xa_error *err)
{
    const struct xa_files *f = place->files;
    char name[NAME_SIZE];
    int fd;
    name_with(name, place, suffix);
    PATIENTLY(fd, f->open(f->ctx, dir, name, O_RDWR | O_CREAT));
    if (fd >= 0)
        return fd;
    io_failed(err, "open", place, suffix, fd);
    return -1;
}

int xa_disk_take_turn(const struct xa_place *place, int dir, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    int rc, fd = open_lock(place, dir, TURN_SUFFIX, err);
    if (fd < 0)
        return -1;
    PATIENTLY(rc, f->lock(f->ctx, fd));
    if (rc == 0)
        return fd;
    xa_disk_close(place, fd);
    if (rc == -EAGAIN)
        xa_fail(err, XA_BUSY, "another agent is at it");
    else
        io_failed(err, "lock", place, TURN_SUFFIX, rc);
    return -1;
}

int xa_disk_lock(const struct xa_place *place, int dir, struct xa_error *err)
{
    const struct xa_files *f = place->files;
    int rc, fd = open_lock(place, dir, LOCK_SUFFIX, err);
    if (fd < 0)
        return -1;
    unsigned waited_ms = 0;
    for (;;) {
        PATIENTLY(rc, f->lock(f->ctx, fd));
        if (rc != -EAGAIN || waited_ms >= XA_DISK_LOCK_WAIT_MS)
            break;
        f->wait(f->ctx, LOCK_STEP_MS);
        waited_ms += LOCK_STEP_MS;
    }
    if (rc == 0) {
        (void)remove_new(place, dir);
        return fd;
    }
    xa_disk_close(place, fd);
    if (rc == -EAGAIN)
        xa_fail(err, XA_IO, "another process has held %s/%s" LOCK_SUFFIX " for %u s", place->dir,
                place->name, XA_DISK_LOCK_WAIT_MS / 1000);
    else
        io_failed(err, "lock", place, LOCK_SUFFIX, rc);
    return -1;
}
