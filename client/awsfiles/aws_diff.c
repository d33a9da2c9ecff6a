#include "client/awsfiles/aws_diff.h"

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

void xa_aws_diff(struct xa_out *o, const char *path, struct xa_slice old, struct xa_slice fresh)
{
    struct side a = { .text = old }, b = { .text = fresh };
    narrow(&a, &b);
    if (a.n + b.n == 0)
        return;
    xa_out_text(o, "--- ");
    xa_out_text(o, path);
    xa_out_text(o, "\n+++ ");
    xa_out_text(o, path);
    xa_out_text(o, "\n@@ ");
    put_range(o, '-', a.first, a.n);
    put_range(o, '+', b.first, b.n);
    xa_out_text(o, "@@\n");
    put_lines(o, '-', a.changed);
    put_lines(o, '+', b.changed);
}
