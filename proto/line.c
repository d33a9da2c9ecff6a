#include "proto/line.h"

#include <string.h>

bool xa_line_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

bool xa_line_is_comment(uint8_t c)
{
    return c == '#' || c == ';';
}

struct xa_slice xa_line_trim(struct xa_slice s)
{
    while (s.len > 0 && xa_line_is_blank(s.at[0]))
        s.at++, s.len--;
    while (s.len > 0 && xa_line_is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

struct xa_slice xa_line_take(struct xa_slice *rest, struct xa_slice *ret_whole)
{
    struct xa_slice s = *rest;
    const uint8_t *end = memchr(s.at, '\n', s.len);
    size_t whole = end != NULL ? (size_t)(end - s.at) + 1 : s.len;
    *ret_whole = (struct xa_slice){ s.at, whole };
    *rest = (struct xa_slice){ s.at + whole, s.len - whole };
    s.len = end != NULL ? whole - 1 : whole;
    if (s.len > 0 && s.at[s.len - 1] == '\r')
        s.len--;
    return s;
}
