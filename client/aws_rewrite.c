#include "client/aws_rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/import_clean.h"
#include "proto/file.h"

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

/* mkostemp makes it 0600, whatever the umask. */
static bool fresh_open(struct fresh *f, const char *beside, struct xa_error *err)
{
    int len = snprintf(f->temp, sizeof f->temp, "%s.xacct-XXXXXX", beside);
    f->fd = -1;
    if (len < 0 || (size_t)len >= sizeof f->temp)
        return xa_fail(err, XA_IO, "the path '%.80s…' is too long", beside);
    f->fd = mkostemp(f->temp, O_CLOEXEC);
    return f->fd >= 0 || xa_fail(err, XA_IO, "cannot write beside %s: %s", beside,
                                 strerror(errno));
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
    char real[PATH_MAX];
    ret_backup[0] = '\0';
    if (file->as_read.st_nlink == 0)
        return make_file(file, what, err);
    if (realpath(file->path, real) == NULL)
        return xa_fail(err, XA_IO, "cannot find %s: %s", file->path, strerror(errno));
    int len = snprintf(ret_backup, XA_PATH_MAX, "%s" XA_AWS_BACKUP, real);
    if (len < 0 || len >= XA_PATH_MAX)
        return xa_fail(err, XA_IO, "the path '%.80s…' is too long", real);
    if (!write_backup(file, ret_backup, err) || !write_new(file, what, real, err))
        return false;
    xa_file_sync_dir_of(real);
    return true;
}
