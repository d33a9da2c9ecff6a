#include "proto/chars.h"

#define PRINTABLE(c) ((c) >= 0x20 && (c) < 0x7f)
#define JSON(c) ((c) != '"' && (c) != '\\')
#define CREDENTIAL(c)                                                                           \
    ((c) != ' ' && (c) != '\'' && (c) != '`' && (c) != '*' && (c) != '?' && (c) != '[' &&       \
     (c) != ']')
#define SHELL(c)                                                                                \
    ((c) != '(' && (c) != ')' && (c) != '{' && (c) != '}' && (c) != '<' && (c) != '>' &&        \
     (c) != '|' && (c) != '^' && (c) != '~' && (c) != '#' && (c) != '$' && (c) != '!')

#define FROM_SHELL(c) (SHELL(c) ? XA_CHARS_SHELL : 0)
#define FROM_CREDENTIAL(c) (CREDENTIAL(c) ? XA_CHARS_CREDENTIAL | FROM_SHELL(c) : 0)
#define FROM_JSON(c) (JSON(c) ? XA_CHARS_JSON | FROM_CREDENTIAL(c) : 0)
#define KINDS(c) (PRINTABLE(c) ? XA_CHARS_PRINTABLE | FROM_JSON(c) : 0)
#define FOUR(c) KINDS(c), KINDS((c) + 1), KINDS((c) + 2), KINDS((c) + 3)
#define ROW(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)

static const uint8_t kinds[256] = {
    ROW(0x00), ROW(0x10), ROW(0x20), ROW(0x30), ROW(0x40), ROW(0x50), ROW(0x60), ROW(0x70),
};

#define BLOCK 8

/* What eight bytes have in common. */
static unsigned of_block(const uint8_t *p)
{
    return kinds[p[0]] & kinds[p[1]] & kinds[p[2]] & kinds[p[3]] & kinds[p[4]] & kinds[p[5]] &
           kinds[p[6]] & kinds[p[7]];
}

bool xa_chars_all(struct xa_slice s, enum xa_chars kind)
{
    const uint8_t *p = s.at;
    unsigned all = kind;
    for (; s.len >= BLOCK; s.len -= BLOCK, p += BLOCK)
        all &= of_block(p);
    for (; s.len > 0; s.len--, p++)
        all &= kinds[*p];
    return all != 0;
}

size_t xa_chars_span(struct xa_slice s, enum xa_chars kind)
{
    size_t n = 0;
    while (s.len - n >= BLOCK && (of_block(s.at + n) & kind) != 0)
        n += BLOCK;
    while (n < s.len && (kinds[s.at[n]] & kind) != 0)
        n++;
    return n;
}
