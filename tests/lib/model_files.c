#include "tests/lib/model_files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIR_FD 100                     /* the descriptors of the directories: 100, 101 */

static bool off(const struct model *m)
{
    return m->stop_after > 0 && m->calls >= m->stop_after;
}

/* Counts a call that changes something. False: the power is gone. */
static bool on(struct model *m)
{
    if (off(m))
        return false;
    m->calls++;
    return true;
}

static struct model_name *find(struct model_name *names, int dir, const char *name)
{
    for (int i = 0; i < MODEL_NAMES; i++)
        if (names[i].used && names[i].dir == dir && strcmp(names[i].name, name) == 0)
            return &names[i];
    return NULL;
}

static void set_name(struct model_name *names, int dir, const char *name, int file)
{
    struct model_name *n = find(names, dir, name);
    for (int i = 0; n == NULL && i < MODEL_NAMES; i++)
        if (!names[i].used)
            n = &names[i];
    assert(n != NULL);
    n->used = file >= 0;
    n->dir = dir;
    n->file = file;
    snprintf(n->name, sizeof n->name, "%s", name);
}

static void apply(struct model_name *names, const struct model_change *c)
{
    set_name(names, c->dir, c->name, c->file);
    if (c->from[0] != '\0')
        set_name(names, c->dir, c->from, -1);
}

static void change(struct model *m, int dir, const char *name, const char *from, int file)
{
    assert(m->n_pending < MODEL_PENDING);
    struct model_change *c = &m->pending[m->n_pending++];
    c->dir = dir;
    c->file = file;
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->from, sizeof c->from, "%s", from);
    apply(m->now, c);
}

static bool m_make_dirs(void *ctx, const char *path, struct xa_error *err)
{
    (void)ctx;
    (void)path;
    (void)err;
    return true;
}

static int m_open_dir(void *ctx, const char *path)
{
    (void)ctx;
    return strcmp(path, "/data") == 0 ? DIR_FD : strcmp(path, "/state") == 0 ? DIR_FD + 1 : -EACCES;
}

static int m_open(void *ctx, int dir, const char *name, int flags)
{
    struct model *m = ctx;
    dir -= DIR_FD;
    const struct model_name *n = find(m->now, dir, name);
    if (n == NULL && (flags & O_CREAT) == 0)
        return -ENOENT;
    if (n != NULL && (flags & O_EXCL) != 0)
        return -EEXIST;
    int file = n != NULL ? n->file : m->n_files;
    if (n == NULL) {
        if (!on(m))
            return -EIO;
        assert(m->n_files < MODEL_FILES);
        m->n_files++;
        change(m, dir, name, "", file);
    }
    for (int fd = 0; fd < MODEL_FDS; fd++) {
        if (m->fds[fd].used)
            continue;
        m->fds[fd].used = true;
        m->fds[fd].file = file;
        m->fds[fd].at = 0;
        return fd;
    }
    return -EMFILE;
}

static int m_stat(void *ctx, int fd, struct stat *ret)
{
    const struct model *m = ctx;
    *ret = (struct stat){ .st_mode = S_IFREG | 0600, .st_uid = geteuid(), .st_nlink = 1 };
    ret->st_size = (off_t)m->files[m->fds[fd].file].now.len;
    return 0;
}

static int m_make_private(void *ctx, int fd) { (void)fd; return on(ctx) ? 0 : -EIO; }

static ssize_t m_read(void *ctx, int fd, void *room, size_t len)
{
    struct model *m = ctx;
    const struct model_bytes *bytes = &m->files[m->fds[fd].file].now;
    size_t left = bytes->len - m->fds[fd].at;
    size_t n = len < left ? len : left;
    memcpy(room, bytes->at + m->fds[fd].at, n);
    m->fds[fd].at += n;
    return (ssize_t)n;
}

/* In pieces, so that a cut comes between them too. */
static ssize_t m_write(void *ctx, int fd, const void *bytes, size_t len)
{
    struct model *m = ctx;
    if (!on(m))
        return -EIO;
    struct model_file *file = &m->files[m->fds[fd].file];
    size_t n = len < 1500 ? len : 1500;
    assert(file->now.len + n <= MODEL_SIZE);
    memcpy(file->now.at + file->now.len, bytes, n);
    file->now.len += n;
    file->dirty = true;
    return (ssize_t)n;
}

static int sync_dir(struct model *m, int dir)
{
    int kept = 0;
    for (int i = 0; i < m->n_pending; i++) {
        if (m->pending[i].dir == dir)
            apply(m->safe, &m->pending[i]);
        else
            m->pending[kept++] = m->pending[i];
    }
    m->n_pending = kept;
    return 0;
}

static int m_sync(void *ctx, int fd)
{
    struct model *m = ctx;
    if (!on(m))
        return -EIO;
    if (fd >= DIR_FD)
        return sync_dir(m, fd - DIR_FD);
    struct model_file *file = &m->files[m->fds[fd].file];
    file->safe = file->now;
    file->dirty = false;
    return 0;
}

static int m_rename(void *ctx, int dir, const char *from, const char *to)
{
    struct model *m = ctx;
    const struct model_name *n = find(m->now, dir - DIR_FD, from);
    if (n == NULL)
        return -ENOENT;
    if (!on(m))
        return -EIO;
    change(m, dir - DIR_FD, to, from, n->file);
    return 0;
}

static int m_remove(void *ctx, int dir, const char *name)
{
    struct model *m = ctx;
    if (find(m->now, dir - DIR_FD, name) == NULL)
        return -ENOENT;
    if (!on(m))
        return -EIO;
    change(m, dir - DIR_FD, name, "", -1);
    return 0;
}

static int m_lock(void *ctx, int fd) { (void)ctx; (void)fd; return 0; }
static void m_wait(void *ctx, unsigned ms) { (void)ctx; (void)ms; }

static void m_close(void *ctx, int fd)
{
    struct model *m = ctx;
    if (fd < DIR_FD)
        m->fds[fd].used = false;
}

struct xa_files model_files(struct model *m)
{
    return (struct xa_files){
        m, m_make_dirs, m_open_dir, m_open, m_stat, m_make_private, m_read,
        m_write, m_sync, m_rename, m_remove, m_lock, m_wait, m_close,
    };
}

static void fill(struct model_bytes *b, size_t at, size_t len, bool garbage)
{
    for (size_t i = at; i < at + len && i < b->len; i++)
        b->at[i] = garbage ? (uint8_t)rand() : 0;
}

static void lose(struct model_file *file, int damage)
{
    struct model_bytes *now = &file->now;
    if (damage == MODEL_OLD)
        *now = file->safe;
    else if (damage == MODEL_BYTE_SHORT)
        now->len -= now->len > 0;
    else if (damage == MODEL_ZEROS || damage == MODEL_GARBAGE)
        fill(now, 0, now->len, damage == MODEL_GARBAGE);
    else if (damage >= MODEL_SECTOR_GARBAGE)
        fill(now, (size_t)(damage - MODEL_SECTOR_GARBAGE) * MODEL_SECTOR, MODEL_SECTOR, true);
    else if (damage >= MODEL_SECTOR_ZERO)
        fill(now, (size_t)(damage - MODEL_SECTOR_ZERO) * MODEL_SECTOR, MODEL_SECTOR, false);
    else if (damage >= MODEL_CUT_OFF && (size_t)(damage - MODEL_CUT_OFF) * MODEL_SECTOR < now->len)
        now->len = (size_t)(damage - MODEL_CUT_OFF) * MODEL_SECTOR;
}

void model_cut(const struct model *m, unsigned kept, int damage, struct model *ret)
{
    *ret = *m;
    memcpy(ret->now, m->safe, sizeof ret->now);
    for (int i = 0; i < m->n_pending; i++)
        if ((kept & 1u << i) != 0)
            apply(ret->now, &m->pending[i]);
    memcpy(ret->safe, ret->now, sizeof ret->safe);
    for (int i = 0; i < ret->n_files; i++) {
        if (ret->files[i].dirty)
            lose(&ret->files[i], damage);
        ret->files[i].safe = ret->files[i].now;
        ret->files[i].dirty = false;
    }
    memset(ret->fds, 0, sizeof ret->fds);
    ret->n_pending = 0;
    ret->calls = ret->stop_after = 0;
}

bool model_has(const struct model *m, int dir, const char *name)
{
    struct model copy = *m;
    return find(copy.now, dir, name) != NULL;
}
