#include "proto/wire.h"

#include <string.h>

#include "proto/chars.h"

static const uint8_t *take(struct xa_reader *r, size_t n)
{
    if (r->bad || (size_t)(r->end - r->at) < n) {
        r->bad = true;
        return NULL;
    }
    r->at += n;
    return r->at - n;
}

struct xa_reader xa_reader_init(struct xa_slice bytes)
{
    static const uint8_t nothing;
    const uint8_t *at = bytes.at != NULL ? bytes.at : &nothing;
    return (struct xa_reader){ at, at + bytes.len, false };
}

static uint64_t read_number(struct xa_reader *r, size_t n)
{
    const uint8_t *p = take(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t xa_read_u8(struct xa_reader *r) { return (uint8_t)read_number(r, 1); }
uint16_t xa_read_u16(struct xa_reader *r) { return (uint16_t)read_number(r, 2); }
uint32_t xa_read_u32(struct xa_reader *r) { return (uint32_t)read_number(r, 4); }
uint64_t xa_read_u64(struct xa_reader *r) { return read_number(r, 8); }

struct xa_slice xa_read_bytes(struct xa_reader *r, size_t len)
{
    const uint8_t *p = take(r, len);
    return p != NULL ? (struct xa_slice){ p, len } : (struct xa_slice){ 0 };
}

bool xa_read_done(const struct xa_reader *r)
{
    return !r->bad && r->at == r->end;
}

struct xa_writer xa_writer_init(void *room, size_t cap)
{
    return (struct xa_writer){ room, 0, cap, false };
}

void xa_write_bytes(struct xa_writer *w, const void *bytes, size_t len)
{
    if (w->bad || w->cap - w->len < len) {
        w->bad = true;
        return;
    }
    if (len > 0)
        memcpy(w->at + w->len, bytes, len);
    w->len += len;
}

static void write_number(struct xa_writer *w, uint64_t v, size_t n)
{
    uint8_t be[8];
    for (size_t i = n; i-- > 0; v >>= 8)
        be[i] = (uint8_t)v;
    xa_write_bytes(w, be, n);
}

void xa_write_u8(struct xa_writer *w, uint8_t v) { write_number(w, v, 1); }
void xa_write_u16(struct xa_writer *w, uint16_t v) { write_number(w, v, 2); }
void xa_write_u32(struct xa_writer *w, uint32_t v) { write_number(w, v, 4); }
void xa_write_u64(struct xa_writer *w, uint64_t v) { write_number(w, v, 8); }

bool xa_slice_is(struct xa_slice s, const char *text)
{
    return strlen(text) == s.len && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

bool xa_slice_same(struct xa_slice a, struct xa_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool xa_slice_copy(struct xa_slice s, char *room, size_t size)
{
    room[0] = '\0';
    if (s.len >= size || (s.len > 0 && memchr(s.at, 0, s.len) != NULL))
        return false;
    if (s.len > 0)
        memcpy(room, s.at, s.len);
    room[s.len] = '\0';
    return true;
}

struct xa_slice xa_slice_cut(struct xa_slice *rest, char end)
{
    const uint8_t *at = rest->len > 0 ? memchr(rest->at, end, rest->len) : NULL;
    struct xa_slice part = { rest->at, at != NULL ? (size_t)(at - rest->at) : rest->len };
    *rest = at != NULL ? (struct xa_slice){ at + 1, rest->len - part.len - 1 }
                       : (struct xa_slice){ 0 };
    return part;
}

/* Decodes one UTF-8 character of s at *i; returns false for anything that is
 * not its shortest form, for surrogates and beyond U+10FFFF (RFC 3629). */
static bool next_char(struct xa_slice s, size_t *i, uint32_t *ret)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    uint8_t first = s.at[(*i)++];
    size_t more = first < 0x80 ? 0 : (first & 0xe0) == 0xc0 ? 1 : (first & 0xf0) == 0xe0 ? 2
                  : (first & 0xf8) == 0xf0 ? 3 : 4;
    if (more == 4 || s.len - *i < more)
        return false;
    uint32_t c = more == 0 ? first : first & (0x3fu >> more);
    for (size_t k = 0; k < more; k++) {
        uint8_t b = s.at[(*i)++];
        if ((b & 0xc0) != 0x80)
            return false;
        c = c << 6 | (b & 0x3f);
    }
    *ret = c;
    return c >= least[more] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

size_t xa_text_characters(struct xa_slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += (s.at[i] & 0xc0) != 0x80;
    return n;
}

bool xa_text_printable(struct xa_slice s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t c;
        i += xa_chars_span((struct xa_slice){ s.at + i, s.len - i }, XA_CHARS_PRINTABLE);
        if (i == s.len)
            break;                                   /* nearly all text is ASCII */
        if (!next_char(s, &i, &c))
            return false;
        if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
            return false;
        if (c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
            (c >= 0x2066 && c <= 0x2069))
            return false;
    }
    return true;
}
