#include "client/base/diff.h"

#include <string.h>

/* A text and the part of it that is shown as changed: in lines, and in bytes. */
struct side {
    struct xa_slice text, changed;
    size_t first, n;               /* line of the first one changed, from 0; how many   */
};

static struct xa_slice first_line(struct xa_slice s)
{
    const uint8_t *end = s.len > 0 ? memchr(s.at, '\n', s.len) : NULL;
    return (struct xa_slice){ s.at, end != NULL ? (size_t)(end - s.at) + 1 : s.len };
}

static struct xa_slice last_line(struct xa_slice s)
{
    size_t start = s.len > 0 ? s.len - 1 : 0;
    while (start > 0 && s.at[start - 1] != '\n')
        start--;
    return (struct xa_slice){ s.at + start, s.len - start };
}

static size_t count_lines(struct xa_slice s)
{
    size_t n = 0;
    for (; s.len > 0; n++) {
        struct xa_slice line = first_line(s);
        s = (struct xa_slice){ s.at + line.len, s.len - line.len };
    }
    return n;
}

/* Takes what both begin with, and then what both end with, line by line. */
static void narrow(struct side *a, struct side *b)
{
    a->changed = a->text;
    b->changed = b->text;
    for (;;) {
        struct xa_slice x = first_line(a->changed), y = first_line(b->changed);
        if (x.len == 0 || !xa_slice_same(x, y))
            break;
        a->changed = (struct xa_slice){ a->changed.at + x.len, a->changed.len - x.len };
        b->changed = (struct xa_slice){ b->changed.at + y.len, b->changed.len - y.len };
        a->first++;
        b->first++;
    }
    for (;;) {
        struct xa_slice x = last_line(a->changed), y = last_line(b->changed);
        if (x.len == 0 || !xa_slice_same(x, y))
            break;
        a->changed.len -= x.len;
        b->changed.len -= y.len;
    }
    a->n = count_lines(a->changed);
    b->n = count_lines(b->changed);
}

static void put_lines(struct xa_out *o, char mark, struct xa_slice text)
{
    while (text.len > 0) {
        struct xa_slice line = first_line(text);
        xa_out_char(o, mark);
        xa_out_slice(o, line);
        if (line.at[line.len - 1] != '\n')
            xa_out_text(o, "\n\\ No newline at end of file\n");
        text = (struct xa_slice){ text.at + line.len, text.len - line.len };
    }
}

static void put_range(struct xa_out *o, char mark, size_t first, size_t n)
{
    xa_out_char(o, mark);
    xa_out_number(o, n > 0 ? first + 1 : first);
    xa_out_char(o, ',');
    xa_out_number(o, n);
    xa_out_char(o, ' ');
}

/* The last n lines of a text; *n is how many there are. */
static struct xa_slice last_lines(struct xa_slice text, size_t *n)
{
    struct xa_slice rest = text, found = { text.at + text.len, 0 };
    size_t i = 0;
    for (; i < *n && rest.len > 0; i++) {
        struct xa_slice line = last_line(rest);
        rest.len -= line.len;
        found = (struct xa_slice){ line.at, found.len + line.len };
    }
    *n = i;
    return found;
}

static struct xa_slice first_lines(struct xa_slice text, size_t *n)
{
    struct xa_slice rest = text;
    size_t i = 0;
    for (; i < *n && rest.len > 0; i++) {
        struct xa_slice line = first_line(rest);
        rest = (struct xa_slice){ rest.at + line.len, rest.len - line.len };
    }
    *n = i;
    return (struct xa_slice){ text.at, text.len - rest.len };
}

static struct xa_slice before(const struct side *s)
{
    return (struct xa_slice){ s->text.at, (size_t)(s->changed.at - s->text.at) };
}

static struct xa_slice behind(const struct side *s)
{
    const uint8_t *end = s->changed.at + s->changed.len;
    return (struct xa_slice){ end, (size_t)(s->text.at + s->text.len - end) };
}

void xa_diff(struct xa_out *o, const struct xa_diff *d)
{
    struct side a = { .text = d->old }, b = { .text = d->fresh };
    size_t n_before = d->around, n_behind = d->around;
    narrow(&a, &b);
    if (a.n + b.n == 0)
        return;
    struct xa_slice head = { 0 }, tail = { 0 };
    if (n_before > 0 && a.first > 0)
        head = last_lines(before(&a), &n_before);
    else
        n_before = 0;
    if (n_behind > 0 && a.changed.at != NULL)
        tail = first_lines(behind(&a), &n_behind);
    else
        n_behind = 0;
    xa_out_text(o, "--- ");
    xa_out_text(o, d->old_name);
    xa_out_text(o, "\n+++ ");
    xa_out_text(o, d->fresh_name);
    xa_out_text(o, "\n@@ ");
    put_range(o, '-', a.first - n_before, a.n + n_before + n_behind);
    put_range(o, '+', b.first - n_before, b.n + n_before + n_behind);
    xa_out_text(o, "@@\n");
    put_lines(o, ' ', head);
    put_lines(o, '-', a.changed);
    put_lines(o, '+', b.changed);
    put_lines(o, ' ', tail);
}
