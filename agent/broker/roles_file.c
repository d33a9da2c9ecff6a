#include "agent/broker/roles_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/broker/roles_edit.h"
#include "proto/limits.h"
#include "proto/sockpath.h"

/* What tells one version of a file from another. */
struct version {
    bool there;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

struct xa_roles_file {
    char *path;
    struct version version;       /* of what was looked at last, good or bad */
    bool looked;
    struct xa_roles *roles;       /* in force                                */
    bool refused;
    struct xa_error fault;
};

struct xa_roles_file *xa_roles_file_new(const char *path, struct xa_error *err)
{
    struct xa_roles_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->path = strdup(path)) == NULL) {
        free(file);
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    return file;
}

void xa_roles_file_free(struct xa_roles_file **file)
{
    if (*file == NULL)
        return;
    xa_roles_free(&(*file)->roles);
    free((*file)->path);
    free(*file);
    *file = NULL;
}

const char *xa_roles_file_path(const struct xa_roles_file *file)
{
    return file->path;
}

const struct xa_error *xa_roles_file_fault(const struct xa_roles_file *file)
{
    return file->refused ? &file->fault : NULL;
}

static struct version version_of(const struct stat *st)
{
    return (struct version){ true, st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

static bool same_version(const struct version *a, const struct version *b)
{
    return a->there == b->there &&
           (!a->there ||
            (a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
             a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec &&
             a->ctime.tv_sec == b->ctime.tv_sec && a->ctime.tv_nsec == b->ctime.tv_nsec));
}

/* G1: what others may write, others decide. */
static bool check_file(const char *path, const struct stat *st, struct xa_error *err)
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
    return st->st_size <= XA_CONFIG_FILE_MAX ||
           xa_fail(err, XA_BAD_CONFIG, "%s is larger than %d bytes", path, XA_CONFIG_FILE_MAX);
}

/* Reads at most XA_CONFIG_FILE_MAX bytes; a file that grows meanwhile is another
 * version, and is read at the next look. */
static char *read_whole(int fd, size_t *ret_len)
{
    char *text = malloc(XA_CONFIG_FILE_MAX + 1);
    size_t len = 0;
    while (text != NULL && len < XA_CONFIG_FILE_MAX) {
        ssize_t n = read(fd, text + len, XA_CONFIG_FILE_MAX - len);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(text);
            return NULL;
        }
        len += (size_t)n;
    }
    *ret_len = len;
    return text;
}

/* The file's text, which the caller frees; an empty one if there is no file.
 * NULL with *err. */
static char *load(const char *path, struct version *ret_version, size_t *ret_len,
                  struct xa_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *ret_version = (struct version){ 0 };
    *ret_len = 0;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return calloc(1, 1);
    struct stat st;
    char *text = NULL;
    if (fd < 0 || fstat(fd, &st) != 0) {
        xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    } else {
        *ret_version = version_of(&st);
        if (check_file(path, &st, err) && (text = read_whole(fd, ret_len)) == NULL)
            xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return text;
}

static void take_in_force(struct xa_roles_file *file)
{
    size_t len;
    struct xa_error err;
    char *text = load(file->path, &file->version, &len, &err);
    struct xa_roles *roles = NULL;
    if (text != NULL)
        roles = xa_roles_parse(file->path, (struct xa_slice){ (const uint8_t *)text, len }, &err);
    free(text);
    file->refused = roles == NULL;
    if (roles == NULL) {
        file->fault = err;
        return;
    }
    xa_roles_free(&file->roles);
    file->roles = roles;
}

const struct xa_roles *xa_roles_file_current(struct xa_roles_file *file, struct xa_error *err)
{
    struct stat st;
    struct version now = { 0 };
    if (stat(file->path, &st) == 0)
        now = version_of(&st);
    if (!file->looked || !same_version(&now, &file->version))
        take_in_force(file);
    file->looked = true;
    if (file->roles == NULL && err != NULL)
        *err = file->fault;
    return file->roles;
}

/* --- edits ---------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

static void sync_dir_of(const char *path)
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

/* A configuration that is a symbolic link, as managers of dotfiles make them,
 * stays one: what it points to is replaced. */
static bool replace(const char *path, const char *text, size_t len, struct xa_error *err)
{
    char real[PATH_MAX], temp[PATH_MAX + 16];
    struct stat st;
    mode_t mode = 0600;
    if (realpath(path, real) != NULL && stat(real, &st) == 0)
        mode = st.st_mode & 0777;
    else if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        return xa_fail(err, XA_IO, "%s is a symbolic link to a file that is not there", path);
    else
        snprintf(real, sizeof real, "%s", path);
    snprintf(temp, sizeof temp, "%s.xacct-new", real);      /* a killed edit's goes with the next */
    unlink(temp);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_all(fd, text, len) && fchmod(fd, mode) == 0;
    int cause = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        cause = errno;
        ok = false;
    }
    if (ok && rename(temp, real) != 0) {
        cause = errno;
        ok = false;
    }
    if (!ok) {
        if (fd >= 0)
            unlink(temp);
        return xa_fail(err, XA_IO, "cannot write %s: %s", real, strerror(cause));
    }
    sync_dir_of(real);
    return true;
}

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

/* Checks the new text by reading it, then puts it in the old one's place. */
static bool change_to(struct xa_roles_file *file, char *text, size_t len, struct xa_error *err)
{
    struct xa_roles *roles =
        xa_roles_parse(file->path, (struct xa_slice){ (const uint8_t *)text, len }, err);
    if (roles == NULL)
        return false;
    xa_roles_free(&roles);
    if (len > XA_CONFIG_FILE_MAX)
        return xa_fail(err, XA_BAD_CONFIG, "%s would be larger than %d bytes", file->path,
                       XA_CONFIG_FILE_MAX);
    if (!make_dir_of(file->path, err) || !replace(file->path, text, len, err))
        return false;
    xa_roles_file_current(file, NULL);
    return true;
}

static char *load_to_edit(struct xa_roles_file *file, size_t *ret_len, struct xa_error *err)
{
    struct version version;
    if (xa_roles_file_current(file, err) == NULL)
        return NULL;
    if (file->refused) {
        *err = file->fault;
        return NULL;
    }
    return load(file->path, &version, ret_len, err);
}

bool xa_roles_file_add(struct xa_roles_file *file, const char *type, struct xa_slice name,
                       const char *keys, struct xa_error *err)
{
    size_t len, new_len;
    char *text = load_to_edit(file, &len, err);
    if (text == NULL)
        return false;
    char *changed = NULL;
    bool ok = false;
    if (xa_roles_source(file->roles, name) != NULL || xa_roles_dest(file->roles, name) != NULL) {
        xa_fail(err, XA_NAME_TAKEN, "'%.*s' stands in %s already", (int)name.len,
                (const char *)name.at, file->path);
    } else {
        struct xa_slice old = { (const uint8_t *)text, len };
        changed = xa_roles_edit_add(old, type, name, keys, &new_len);
        ok = changed != NULL ? change_to(file, changed, new_len, err)
                             : xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
    }
    free(changed);
    free(text);
    return ok;
}

bool xa_roles_file_remove(struct xa_roles_file *file, const char *type, struct xa_slice name,
                          struct xa_error *err)
{
    size_t len, new_len;
    bool found;
    char *text = load_to_edit(file, &len, err);
    if (text == NULL)
        return false;
    struct xa_slice old = { (const uint8_t *)text, len };
    char *changed = xa_roles_edit_remove(old, type, name, &new_len, &found);
    bool ok = false;
    if (changed != NULL)
        ok = change_to(file, changed, new_len, err);
    else if (found)
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
    else
        xa_fail(err, XA_NO_SUCH_NAME, "there is no [%s %.*s] in %s", type, (int)name.len,
                (const char *)name.at, file->path);
    free(changed);
    free(text);
    return ok;
}
