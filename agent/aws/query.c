#include "agent/aws/query.h"

#include <string.h>

static bool unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '~';
}

void xa_query_add(struct xa_writer *w, const char *name, struct xa_slice value)
{
    static const char hex[] = "0123456789ABCDEF";

    if (w->len > 0)
        xa_write_u8(w, '&');
    xa_write_bytes(w, name, strlen(name));
    xa_write_u8(w, '=');
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.at[i];
        const char escaped[3] = { '%', hex[c >> 4], hex[c & 15] };
        if (unreserved(c))
            xa_write_u8(w, c);
        else
            xa_write_bytes(w, escaped, sizeof escaped);
    }
}
