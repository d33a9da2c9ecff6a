#include "client/base/json_indent.h"

#define STEP 2

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void put_line_end(struct xa_out *o, unsigned margin)
{
    xa_out_char(o, '\n');
    for (unsigned i = 0; i < margin; i++)
        xa_out_char(o, ' ');
}

/* Appends the text that begins at i; returns where it has ended. */
static size_t put_text(struct xa_out *o, struct xa_slice json, size_t i)
{
    size_t end = i + 1;
    while (end < json.len && json.at[end] != '"')
        end += json.at[end] == '\\' ? 2 : 1;
    end = end < json.len ? end + 1 : json.len;
    xa_out_slice(o, (struct xa_slice){ json.at + i, end - i });
    return end;
}

static size_t next_sign(struct xa_slice json, size_t i)
{
    while (i < json.len && is_blank(json.at[i]))
        i++;
    return i;
}

void xa_json_indent(struct xa_out *o, struct xa_slice json, unsigned margin)
{
    unsigned depth = 0;
    for (size_t i = next_sign(json, 0); i < json.len; i = next_sign(json, i)) {
        uint8_t c = json.at[i];
        if (c == '"') {
            i = put_text(o, json, i);
            continue;
        }
        size_t after = next_sign(json, i + 1);
        if ((c == '{' || c == '[') && after < json.len &&
            (json.at[after] == '}' || json.at[after] == ']')) {
            xa_out_char(o, (char)c);
            xa_out_char(o, (char)json.at[after]);
            i = after + 1;
            continue;
        }
        if ((c == '}' || c == ']') && depth > 0)
            put_line_end(o, margin + STEP * --depth);
        xa_out_char(o, (char)c);
        if (c == '{' || c == '[')
            put_line_end(o, margin + STEP * ++depth);
        else if (c == ',')
            put_line_end(o, margin + STEP * depth);
        else if (c == ':')
            xa_out_char(o, ' ');
        i++;
    }
}
