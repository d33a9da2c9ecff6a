#include "client/base/json_indent.h"

static void new_line(struct xa_out *o, size_t blanks)
{
    xa_out_char(o, '\n');
    while (blanks-- > 0)
        xa_out_char(o, ' ');
}

/* How long the text is that begins at json.at[i], with both quotes. */
static size_t text_length(struct xa_slice json, size_t i)
{
    size_t from = i++;
    while (i < json.len && json.at[i] != '"')
        i += json.at[i] == '\\' ? 2 : 1;
    return (i < json.len ? i + 1 : json.len) - from;
}

static bool closes(char c)
{
    return c == '}' || c == ']';
}

static bool opens(char c)
{
    return c == '{' || c == '[';
}

void xa_out_json(struct xa_out *o, struct xa_slice json, size_t indent)
{
    size_t depth = 0;
    char before = ',';
    for (size_t i = 0, n; i < json.len; i += n) {
        char c = (char)json.at[i];
        n = c == '"' ? text_length(json, i) : 1;
        if (closes(c) && depth > 0)
            depth--;
        if ((opens(before) && !closes(c)) || (closes(c) && !opens(before)) ||
            (before == ',' && i > 0))
            new_line(o, indent + 2 * depth);
        xa_out_slice(o, (struct xa_slice){ json.at + i, n });
        if (c == ':')
            xa_out_char(o, ' ');
        if (opens(c))
            depth++;
        before = n == 1 ? c : '"';
    }
}
