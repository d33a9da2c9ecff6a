#include "client/base/output.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/base/room.h"

struct xa_out xa_out_begin(int fd, void *room, size_t cap)
{
    return (struct xa_out){ .at = room, .cap = cap, .fd = fd };
}

struct xa_out xa_out_stdout(bool whole)
{
    struct xa_out o = xa_out_begin(STDOUT_FILENO, xa_result_room.out, sizeof xa_result_room.out);
    o.whole = whole;
    return o;
}

/* The descriptor is someone else's: it can be a full pipe that does not block. */
static bool wait_writable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static void note_most(struct xa_out *o)
{
    if (o->len > o->most)
        o->most = o->len;
}

static void flush(struct xa_out *o)
{
    for (size_t done = 0; done < o->len && !o->failed;) {
        ssize_t n = write(o->fd, o->at + done, o->len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && (errno == EINTR || (errno == EAGAIN && wait_writable(o->fd))))
            continue;
        else {
            o->cause = n == 0 ? EIO : errno;
            o->failed = true;
        }
    }
    note_most(o);
    o->len = 0;
}

/* More than there is room for. */
static void put_in_parts(struct xa_out *o, const void *bytes, size_t len)
{
    const char *from = bytes;
    while (len > 0 && !o->failed) {
        size_t part = o->cap - o->len < len ? o->cap - o->len : len;
        if (part < len && o->whole) {
            o->failed = true;
            return;
        }
        memcpy(o->at + o->len, from, part);
        o->len += part;
        from += part;
        len -= part;
        if (len > 0)
            flush(o);
    }
}

static void put(struct xa_out *o, const void *bytes, size_t len)
{
    if (o->failed || len > o->cap - o->len) {
        put_in_parts(o, bytes, len);
        return;
    }
    if (len > 0)
        memcpy(o->at + o->len, bytes, len);
    o->len += len;
}

void xa_out_char(struct xa_out *o, char c)
{
    if (o->failed || o->len == o->cap)
        put_in_parts(o, &c, 1);
    else
        o->at[o->len++] = c;
}

void xa_out_slice(struct xa_out *o, struct xa_slice s) { put(o, s.at, s.len); }

void xa_out_number(struct xa_out *o, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    put(o, digits + at, sizeof digits - at);
}

void xa_out_padded(struct xa_out *o, struct xa_slice text, size_t width)
{
    xa_out_slice(o, text);
    for (size_t n = xa_text_characters(text); n < width; n++)
        xa_out_char(o, ' ');
}

void xa_out_count(struct xa_out *o, uint64_t n, const char *thing)
{
    if (n == 0)
        xa_out_text(o, "no");
    else
        xa_out_number(o, n);
    xa_out_char(o, ' ');
    xa_out_text(o, thing);
    if (n != 1)
        xa_out_char(o, 's');
}

void xa_out_format(struct xa_out *o, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    xa_out_text(o, text);
}

bool xa_out_finish(struct xa_out *o, struct xa_error *err)
{
    note_most(o);
    if (!o->failed)
        flush(o);
    if (o->at == xa_result_room.out && o->most > xa_used.out)
        xa_used.out = o->most;
    if (!o->failed)
        return true;
    if (o->cause == 0)
        return xa_fail(err, XA_IO, "more than %zu bytes to print at once", o->cap);
    if (o->cause == EPIPE) {
        xa_fail(err, XA_IO, "%s", "");
        return false;
    }
    return xa_fail(err, XA_IO, "standard output: %s", strerror(o->cause));
}

static bool notes_off;

void xa_notes_off(void) { notes_off = true; }
bool xa_notes_are_off(void) { return notes_off; }

void xa_text_plain(char *line)
{
    if (xa_text_printable(xa_slice_of(line)))
        return;
    for (char *p = line; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            *p = '?';
}

void xa_note(const char *fmt, ...)
{
    if (notes_off)
        return;
    char line[1280] = "xacct: ";
    size_t len = strlen(line);
    va_list args;
    va_start(args, fmt);
    vsnprintf(line + len, sizeof line - len - 1, fmt, args);
    va_end(args);
    xa_text_plain(line);
    char room[sizeof line + 1];
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    xa_out_text(&o, line);
    xa_out_char(&o, '\n');
    struct xa_error nobody_reads;
    if (!xa_out_finish(&o, &nobody_reads))
        return;    /* standard error is closed: there is nowhere left to say so */
}
