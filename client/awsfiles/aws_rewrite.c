#include "client/awsfiles/aws_rewrite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/awsfiles/import_clean.h"
#include "proto/file.h"

/* What it is called: the file's own name, this, and what mkostemp draws. */
#define MARK ".xacct-"
#define DRAWN "XXXXXX"
#define TRIES 8                    /* own choice: one other run in the way is rare already */

/* A file on its way: written under a name of its own, renamed once it is whole and on the
 * disk. */
struct fresh {
    char temp[XA_PATH_MAX];
    int fd;
};

static bool write_part(struct xa_slice part, void *ctx)
{
    const struct fresh *f = ctx;
    return xa_file_write(f->fd, part.at, part.len);
}

static bool is_fresh_of(const char *entry, const char *name)
{
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && strncmp(entry + len, MARK, strlen(MARK)) == 0 &&
           strlen(entry + len) == strlen(MARK DRAWN);
}

/* One that nobody holds any more is what a run left that was killed: keys may stand in it. */
static void remove_dead(int dir, const char *entry)
{
    struct stat st;
    int fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(dir, entry, 0);
    close(fd);
}

static void remove_dead_of(const char *path)
{
    char dir[XA_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + 2 > sizeof dir)
        return;
    snprintf(dir, sizeof dir, "%.*s/", (int)(slash - path), path);
    DIR *d = opendir(dir);
    if (d == NULL)
        return;
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        if (is_fresh_of(e->d_name, slash + 1))
            remove_dead(dirfd(d), e->d_name);
    closedir(d);
}

/* mkostemp makes it 0600, whatever the umask. Between that and the lock another run may take it
 * for dead. */
static bool fresh_open(struct fresh *f, const char *beside, struct xa_error *err)
{
    struct stat st;
    remove_dead_of(beside);
    for (int tries = 0; tries < TRIES; tries++) {
        int len = snprintf(f->temp, sizeof f->temp, "%s" MARK DRAWN, beside);
        f->fd = -1;
        if (len < 0 || (size_t)len >= sizeof f->temp)
            return xa_fail(err, XA_IO, "the path '%.80s…' is too long", beside);
        f->fd = mkostemp(f->temp, O_CLOEXEC);
        if (f->fd < 0)
            break;
        if (flock(f->fd, LOCK_EX | LOCK_NB) == 0 && fstat(f->fd, &st) == 0 && st.st_nlink > 0)
            return true;
        close(f->fd);
        f->fd = -1;
        errno = EBUSY;
    }
    return xa_fail(err, XA_IO, "cannot write beside %s: %s", beside, strerror(errno));
}

/* Closes it, and takes it away unless it is the real one by now. Keeps errno. */
static void fresh_drop(struct fresh *f, bool kept)
{
    int cause = errno;
    if (f->fd >= 0) {
        close(f->fd);
        if (!kept)
            unlink(f->temp);
    }
    f->fd = -1;
    errno = cause;
}

/* The group of a file is its owner's business; where we may not give it, ours stays. */
static bool take_mode(const struct fresh *f, const struct stat *st)
{
    if (st->st_gid != getegid() && fchown(f->fd, (uid_t)-1, st->st_gid) != 0 && errno != EPERM)
        return false;
    return fchmod(f->fd, st->st_mode & 0777) == 0;
}

static bool is_as_read(const char *real, const struct stat *was)
{
    struct xa_file_version now = xa_file_version_at(real), before = xa_file_version_of(was);
    return xa_file_version_same(&now, &before);
}

static bool write_backup(const struct xa_aws_file *file, const char *backup,
                         struct xa_error *err)
{
    struct fresh f;
    if (!fresh_open(&f, backup, err))
        return false;
    bool ok = xa_clean_backup(file->text, write_part, &f) && fsync(f.fd) == 0 &&
              rename(f.temp, backup) == 0;
    fresh_drop(&f, ok);
    return ok || xa_fail(err, XA_IO, "cannot write %s: %s", backup, strerror(errno));
}

static bool changed_meanwhile(const char *path, struct xa_error *err)
{
    xa_fail(err, XA_IO, "%s was changed meanwhile and is left as it is", path);
    return xa_hint(err, "the same command again");
}

/* An editor takes no lock: what it saved after we read is what the person wants. */
static bool write_new(const struct xa_aws_file *file, const struct xa_aws_new *what,
                      const char *real, struct xa_error *err)
{
    struct fresh f;
    if (!fresh_open(&f, real, err))
        return false;
    bool ok = what->text(what, write_part, &f) && take_mode(&f, &file->as_read) &&
              fsync(f.fd) == 0;
    if (ok && !is_as_read(real, &file->as_read)) {
        fresh_drop(&f, false);
        return changed_meanwhile(file->path, err);
    }
    ok = ok && rename(f.temp, real) == 0;
    fresh_drop(&f, ok);
    return ok || xa_fail(err, XA_IO, "cannot write %s: %s", real, strerror(errno));
}

/* --- a file that is not there yet -------------------------------------------------------- */

static bool make_directory(const char *path, struct xa_error *err)
{
    char dir[XA_PATH_MAX];
    if (!xa_slice_copy(xa_slice_of(path), dir, sizeof dir))
        return xa_fail(err, XA_IO, "the path '%.80s…' is too long", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL || slash == dir)
        return true;
    *slash = '\0';
    return mkdir(dir, 0700) == 0 || errno == EEXIST ||
           xa_fail(err, XA_IO, "cannot make the directory %s: %s", dir, strerror(errno));
}

/* By link(2): it does not replace one that came meanwhile. */
static bool make_file(const struct xa_aws_file *file, const struct xa_aws_new *what,
                      struct xa_error *err)
{
    struct fresh f;
    struct stat st;
    if (lstat(file->path, &st) == 0 && S_ISLNK(st.st_mode)) {
        xa_fail(err, XA_IO, "%s is a link that leads nowhere", file->path);
        return xa_hint(err, "the same command when what it leads to is there");
    }
    if (!make_directory(file->path, err) || !fresh_open(&f, file->path, err))
        return false;
    bool ok = what->text(what, write_part, &f) && fsync(f.fd) == 0 && link(f.temp, file->path) == 0;
    fresh_drop(&f, false);
    if (!ok && errno == EEXIST)
        return changed_meanwhile(file->path, err);
    if (!ok)
        return xa_fail(err, XA_IO, "cannot write %s: %s", file->path, strerror(errno));
    xa_file_sync_dir_of(file->path);
    return true;
}

bool xa_aws_rewrite(const struct xa_aws_file *file, const struct xa_aws_new *what,
                    char ret_backup[XA_PATH_MAX], struct xa_error *err)
{
    char real[PATH_MAX], backup[XA_PATH_MAX] = "";
    if (file->as_read.st_nlink == 0) {
        if (!make_file(file, what, err))
            return false;
        memcpy(ret_backup, backup, sizeof backup);
        return true;
    }
    if (realpath(file->path, real) == NULL)
        return xa_fail(err, XA_IO, "cannot find %s: %s", file->path, strerror(errno));
    int len = snprintf(backup, sizeof backup, "%s" XA_AWS_BACKUP, real);
    if (len < 0 || len >= XA_PATH_MAX)
        return xa_fail(err, XA_IO, "the path '%.80s…' is too long", real);
    if (!write_backup(file, backup, err) || !write_new(file, what, real, err))
        return false;
    xa_file_sync_dir_of(real);
    memcpy(ret_backup, backup, sizeof backup);
    return true;
}
