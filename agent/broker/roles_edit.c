#include "agent/broker/roles_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ini.h"

char *xa_roles_edit_add(struct xa_slice text, const char *type, struct xa_slice name,
                        const char *keys, size_t *ret_len)
{
    size_t cap = text.len + strlen(type) + name.len + strlen(keys) + 16;
    char *out = malloc(cap);
    if (out == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(out, text.at, text.len);
    size_t len = text.len;
    if (len > 0 && out[len - 1] != '\n')
        out[len++] = '\n';
    int n = snprintf(out + len, cap - len, "%s[%s %.*s]\n%s", len > 0 ? "\n" : "", type,
                     (int)name.len, (const char *)name.at, keys);
    *ret_len = len + (size_t)n;
    return out;
}

/* Where the section stands: from the start of its header to the end of its last
 * key, in offsets of the text. */
static bool span_of(struct xa_slice text, const char *type, struct xa_slice name, size_t *ret_from,
                    size_t *ret_to)
{
    struct xa_ini ini;
    bool inside = false, found = false;
    xa_ini_init(&ini, "", text);
    for (;;) {
        enum xa_ini_event event = xa_ini_next(&ini, NULL);
        if (event == XA_INI_END || event == XA_INI_ERROR)
            return found;
        size_t start = (size_t)(ini.line_text.at - text.at);
        if (event == XA_INI_SECTION) {
            inside = !found && xa_slice_is(ini.type, type) && ini.name.len == name.len &&
                     memcmp(ini.name.at, name.at, name.len) == 0;
            if (inside)
                *ret_from = start;
            found = found || inside;
        }
        if (inside)
            *ret_to = start + ini.line_text.len;
    }
}

char *xa_roles_edit_remove(struct xa_slice text, const char *type, struct xa_slice name,
                           size_t *ret_len, bool *ret_found)
{
    size_t from = 0, to = 0;
    *ret_found = span_of(text, type, name, &from, &to);
    if (!*ret_found)
        return NULL;
    /* The empty line that `add` put before it goes with it, but not one that then
     * would be missing between its neighbours. */
    if (from >= 2 && text.at[from - 1] == '\n' && text.at[from - 2] == '\n' &&
        (to == text.len || text.at[to] == '\n'))
        from--;
    char *out = malloc(text.len - (to - from) + 1);
    if (out == NULL)
        return NULL;
    memcpy(out, text.at, from);
    memcpy(out + from, text.at + to, text.len - to);
    *ret_len = text.len - (to - from);
    return out;
}
