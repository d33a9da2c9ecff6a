#include "client/shell/recent.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/file.h"

#define FILE_MAX (XA_RECENT_MAX * (XA_NAME_MAX + 1))

static bool path_of(const struct xa_paths *paths, const char *file, char ret[XA_PATH_MAX])
{
    int n = snprintf(ret, XA_PATH_MAX, "%s/%s", paths->state, file);
    return n > 0 && n < XA_PATH_MAX;
}

static void take(struct xa_recent *r, const char *at, size_t len)
{
    struct xa_slice name = { (const uint8_t *)at, len };
    if (len > 0 && r->n < XA_RECENT_MAX && xa_text_printable(name) &&
        xa_slice_copy(name, r->names[r->n], sizeof r->names[r->n]))
        r->n++;
}

void xa_recent_read(const struct xa_paths *paths, struct xa_recent *ret)
{
    char path[XA_PATH_MAX], text[FILE_MAX];
    size_t len = 0;
    ret->n = 0;
    int fd = path_of(paths, "recent", path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0)
        return;
    if (!xa_file_read(fd, text, sizeof text, &len))
        len = 0;
    close(fd);
    for (size_t i = 0, start = 0; i < len; i++)
        if (text[i] == '\n') {
            take(ret, text + start, i - start);
            start = i + 1;
        }
}

size_t xa_recent_place(const struct xa_recent *recent, struct xa_slice name)
{
    for (size_t i = 0; i < recent->n; i++)
        if (xa_slice_is(name, recent->names[i]))
            return i;
    return XA_RECENT_MAX;
}

static size_t add_line(char *text, size_t len, const char *name)
{
    return len + (size_t)snprintf(text + len, FILE_MAX + 1 - len, "%s\n", name);
}

void xa_recent_note(const struct xa_paths *paths, const char *name)
{
    struct xa_recent r;
    struct xa_error unsaid;
    char path[XA_PATH_MAX], next[XA_PATH_MAX], file[32], text[FILE_MAX + 1];
    xa_recent_read(paths, &r);
    if (strlen(name) > XA_NAME_MAX || (r.n > 0 && strcmp(r.names[0], name) == 0))
        return;
    size_t len = add_line(text, 0, name);
    for (size_t i = 0, kept = 1; i < r.n && kept < XA_RECENT_MAX; i++)
        if (strcmp(r.names[i], name) != 0) {
            len = add_line(text, len, r.names[i]);
            kept++;
        }
    snprintf(file, sizeof file, ".recent-%ld", (long)getpid());
    if (!xa_make_dirs(paths->state, &unsaid) || !path_of(paths, "recent", path) ||
        !path_of(paths, file, next))
        return;
    int fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    bool written = xa_file_write(fd, text, len);
    close(fd);
    if (!written || rename(next, path) != 0)
        unlink(next);
}
