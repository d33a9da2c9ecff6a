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

bool xa_list_item(struct xa_slice *list, struct xa_slice *ret_item)
{
    if (list->at == NULL)
        return false;
    const uint8_t *comma = list->len > 0 ? memchr(list->at, ',', list->len) : NULL;
    struct xa_slice item = { list->at, comma != NULL ? (size_t)(comma - list->at) : list->len };
    *list = comma != NULL ? (struct xa_slice){ comma + 1, list->len - item.len - 1 }
                          : (struct xa_slice){ 0 };
    while (item.len > 0 && (item.at[0] == ' ' || item.at[0] == '\t'))
        item = (struct xa_slice){ item.at + 1, item.len - 1 };
    while (item.len > 0 && (item.at[item.len - 1] == ' ' || item.at[item.len - 1] == '\t'))
        item.len--;
    *ret_item = item;
    return true;
}

struct xa_slice xa_tag_split(struct xa_slice tag, struct xa_slice *ret_value)
{
    const uint8_t *equals = tag.len > 0 ? memchr(tag.at, '=', tag.len) : NULL;
    size_t len = equals != NULL ? (size_t)(equals - tag.at) : tag.len;
    *ret_value = equals != NULL ? (struct xa_slice){ equals + 1, tag.len - len - 1 }
                                : (struct xa_slice){ 0 };
    return (struct xa_slice){ tag.at, len };
}
