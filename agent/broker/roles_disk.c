#include "agent/broker/roles_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"
#include "proto/sockpath.h"

#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 10
#define LOCK_SUFFIX ".lock"
#define NEW_SUFFIX ".xacct-new"

/* --- reading -------------------------------------------------------------------- */

/* Reads at most XA_CONFIG_FILE_MAX bytes; a file that grows meanwhile is another
 * version, and is read at the next look. */
static char *read_whole(int fd, size_t *ret_len)
{
    char *text = malloc(XA_CONFIG_FILE_MAX + 1);
    if (text == NULL || xa_file_read(fd, text, XA_CONFIG_FILE_MAX, ret_len))
        return text;
    int cause = errno;
    free(text);
    errno = cause;
    return NULL;
}

static char *read_nothing(struct xa_error *err)
{
    char *text = calloc(1, 1);
    if (text == NULL)
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
    return text;
}

char *xa_roles_disk_read(const char *path, struct xa_file_version *ret_version, size_t *ret_len,
                         struct xa_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *ret_version = (struct xa_file_version){ 0 };
    *ret_len = 0;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return read_nothing(err);
    struct stat st;
    char *text = NULL;
    if (fd < 0 || fstat(fd, &st) != 0) {
        xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    } else {
        *ret_version = xa_file_version_of(&st);
        if (xa_file_trusted(path, &st, XA_CONFIG_FILE_MAX, err) &&
            (text = read_whole(fd, ret_len)) == NULL)
            xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return text;
}

/* --- the lock ------------------------------------------------------------------- */

static bool make_dir_of(const char *path, struct xa_error *err)
{
    char dir[PATH_MAX];
    snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL || slash == dir)
        return true;
    *slash = '\0';
    return access(dir, F_OK) == 0 || xa_make_dirs(dir, err);
}

/* A configuration that is a symbolic link, as managers of dotfiles make them,
 * stays one: what it points to is replaced, and locked. */
static bool find_real(const char *path, char real[PATH_MAX], struct xa_error *err)
{
    struct stat st;
    if (realpath(path, real) != NULL)
        return true;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        return xa_fail(err, XA_IO, "%s is a symbolic link to a file that is not there", path);
    return snprintf(real, PATH_MAX, "%s", path) < PATH_MAX ||
           xa_fail(err, XA_IO, "the path '%s' is too long", path);
}

/* A lock of the open file description: it excludes edits of other threads, too. */
static bool try_lock(int fd)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

static bool wait_for_lock(int fd, const char *real, struct xa_error *err)
{
    for (int waited = 0; !try_lock(fd); waited += LOCK_STEP_MS) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return xa_fail(err, XA_IO, "cannot lock %s: %s", real, strerror(errno));
        if (waited >= LOCK_WAIT_MS) {
            xa_fail(err, XA_IO, "%s is being changed by another process", real);
            return xa_why(err, "%s" LOCK_SUFFIX " was locked for %d seconds", real,
                          LOCK_WAIT_MS / 1000);
        }
        (void)poll(NULL, 0, LOCK_STEP_MS);
    }
    return true;
}

bool xa_roles_disk_lock(struct xa_roles_lock *lock, const char *path, struct xa_error *err)
{
    char name[PATH_MAX + sizeof LOCK_SUFFIX];
    lock->fd = -1;
    if (!make_dir_of(path, err) || !find_real(path, lock->real, err))
        return false;
    snprintf(name, sizeof name, "%s" LOCK_SUFFIX, lock->real);
    lock->fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (lock->fd < 0)
        return xa_fail(err, XA_IO, "cannot open %s: %s", name, strerror(errno));
    if (wait_for_lock(lock->fd, lock->real, err))
        return true;
    xa_roles_disk_unlock(lock);
    return false;
}

void xa_roles_disk_unlock(struct xa_roles_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

/* --- writing -------------------------------------------------------------------- */

/* Only who holds the lock gets here: what lies there is a killed edit's. */
static bool write_new(const char *temp, mode_t mode, const char *text, size_t len)
{
    unlink(temp);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && xa_file_write(fd, text, len) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int cause = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        cause = errno;
        ok = false;
    }
    if (!ok && fd >= 0)
        unlink(temp);
    errno = cause;
    return ok;
}

bool xa_roles_disk_replace(const struct xa_roles_lock *lock, const char *path,
                           const struct xa_file_version *version, const char *text, size_t len,
                           bool *ret_moved, struct xa_error *err)
{
    char temp[PATH_MAX + sizeof NEW_SUFFIX];
    snprintf(temp, sizeof temp, "%s" NEW_SUFFIX, lock->real);
    mode_t mode = version->there ? version->mode & 0777 : 0600;
    if (!write_new(temp, mode, text, len))
        return xa_fail(err, XA_IO, "cannot write %s: %s", lock->real, strerror(errno));
    /* An editor takes no lock. Its save, after we read, is what the person wants. */
    struct xa_file_version now = xa_file_version_at(path);
    *ret_moved = !xa_file_version_same(&now, version);
    if (*ret_moved) {
        unlink(temp);
        return xa_fail(err, XA_IO, "%s changed while it was being edited", path);
    }
    if (rename(temp, lock->real) != 0) {
        xa_fail(err, XA_IO, "cannot write %s: %s", lock->real, strerror(errno));
        unlink(temp);
        return false;
    }
    xa_file_sync_dir_of(lock->real);
    return true;
}
