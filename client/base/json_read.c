#include "client/base/json_read.h"

#include <string.h>

int xa_json_peek(const struct xa_json_reader *r)
{
    return r->bad || r->at == r->end ? -1 : *r->at;
}

void xa_json_blanks(struct xa_json_reader *r)
{
    for (int c; (c = xa_json_peek(r)) == ' ' || c == '\t' || c == '\n' || c == '\r';)
        r->at++;
}

void xa_json_expect(struct xa_json_reader *r, const char *text)
{
    size_t n = strlen(text);
    if (r->bad || (size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        r->bad = true;
    else
        r->at += n;
}

bool xa_json_take(struct xa_json_reader *r, char c)
{
    xa_json_blanks(r);
    if (xa_json_peek(r) != c)
        return false;
    r->at++;
    return true;
}

static unsigned take_hex(struct xa_json_reader *r)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        int c = xa_json_peek(r);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) {
            r->bad = true;
            return 0;
        }
        v = v << 4 | (unsigned)digit;
        r->at++;
    }
    return v;
}

/* What is written is never longer than the escape that it stands for. */
static uint8_t *put_utf8(uint8_t *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (uint8_t)c;
    } else if (c < 0x800) {
        *to++ = (uint8_t)(0xc0 | c >> 6);
        *to++ = (uint8_t)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (uint8_t)(0xe0 | c >> 12);
        *to++ = (uint8_t)(0x80 | (c >> 6 & 63));
        *to++ = (uint8_t)(0x80 | (c & 63));
    } else {
        *to++ = (uint8_t)(0xf0 | c >> 18);
        *to++ = (uint8_t)(0x80 | (c >> 12 & 63));
        *to++ = (uint8_t)(0x80 | (c >> 6 & 63));
        *to++ = (uint8_t)(0x80 | (c & 63));
    }
    return to;
}

/* What follows "\u": one unit, or two that make one character. */
static uint8_t *unescape_unicode(struct xa_json_reader *r, uint8_t *to)
{
    unsigned c = take_hex(r);
    if (c >= 0xdc00 && c <= 0xdfff)
        r->bad = true;
    if (c >= 0xd800 && c <= 0xdbff) {
        xa_json_expect(r, "\\u");
        unsigned low = take_hex(r);
        if (low < 0xdc00 || low > 0xdfff)
            r->bad = true;
        else
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    return r->bad ? to : put_utf8(to, c);
}

static uint8_t *unescape(struct xa_json_reader *r, uint8_t *to)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int c = xa_json_peek(r);
    const char *p = c > 0 ? strchr(letters, c) : NULL;
    if (c == 'u') {
        r->at++;
        return unescape_unicode(r, to);
    }
    if (p == NULL) {
        r->bad = true;
        return to;
    }
    r->at++;
    *to = (uint8_t)meant[p - letters];
    return to + 1;
}

struct xa_slice xa_json_take_string(struct xa_json_reader *r)
{
    xa_json_expect(r, "\"");
    uint8_t *start = r->at, *to = start;
    for (;;) {
        int c = xa_json_peek(r);
        if (c < 0x20) {
            r->bad = true;
            return (struct xa_slice){ 0 };
        }
        r->at++;
        if (c == '"')
            return (struct xa_slice){ start, (size_t)(to - start) };
        if (c == '\\')
            to = unescape(r, to);
        else
            *to++ = (uint8_t)c;
    }
}

static size_t skip_digits(struct xa_json_reader *r)
{
    const uint8_t *start = r->at;
    while (xa_json_peek(r) >= '0' && xa_json_peek(r) <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

static void skip_digits_at_least_one(struct xa_json_reader *r)
{
    if (skip_digits(r) == 0)
        r->bad = true;
}

struct xa_slice xa_json_take_number(struct xa_json_reader *r)
{
    const uint8_t *start = r->at;
    if (xa_json_peek(r) == '-')
        r->at++;
    if (xa_json_peek(r) == '0')
        r->at++;
    else
        skip_digits_at_least_one(r);
    if (xa_json_peek(r) == '.') {
        r->at++;
        skip_digits_at_least_one(r);
    }
    if (xa_json_peek(r) == 'e' || xa_json_peek(r) == 'E') {
        r->at++;
        if (xa_json_peek(r) == '+' || xa_json_peek(r) == '-')
            r->at++;
        skip_digits_at_least_one(r);
    }
    return (struct xa_slice){ start, (size_t)(r->at - start) };
}

static void skip_nested(struct xa_json_reader *r, unsigned depth)
{
    bool object = *r->at++ == '{';
    char end = object ? '}' : ']';
    if (depth == XA_JSON_READ_DEPTH)
        r->bad = true;
    if (r->bad || xa_json_take(r, end))
        return;
    do {
        xa_json_blanks(r);
        if (object) {
            xa_json_take_string(r);
            xa_json_blanks(r);
            xa_json_expect(r, ":");
        }
        xa_json_skip(r, depth + 1);
    } while (!r->bad && xa_json_take(r, ','));
    if (!xa_json_take(r, end))
        r->bad = true;
}

void xa_json_skip(struct xa_json_reader *r, unsigned depth)
{
    xa_json_blanks(r);
    switch (xa_json_peek(r)) {
    case '{': case '[': skip_nested(r, depth); return;
    case '"': xa_json_take_string(r); return;
    case 't': xa_json_expect(r, "true"); return;
    case 'f': xa_json_expect(r, "false"); return;
    case 'n': xa_json_expect(r, "null"); return;
    default: xa_json_take_number(r);
    }
}

bool xa_json_find_text(struct xa_json_reader *r, const char *name, struct xa_slice *ret)
{
    struct xa_slice found = { 0 };
    if (!xa_json_take(r, '{'))
        return false;
    bool more = !xa_json_take(r, '}');
    while (more && !r->bad) {
        xa_json_blanks(r);
        struct xa_slice key = xa_json_take_string(r);
        xa_json_blanks(r);
        xa_json_expect(r, ":");
        xa_json_blanks(r);
        if (xa_slice_is(key, name) && xa_json_peek(r) == '"')
            found = xa_json_take_string(r);
        else
            xa_json_skip(r, 1);
        more = xa_json_take(r, ',');
        if (!more && !xa_json_take(r, '}'))
            r->bad = true;
    }
    xa_json_blanks(r);
    *ret = found;
    return !r->bad && r->at == r->end;
}
