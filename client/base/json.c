#include "client/base/json.h"

#include <assert.h>

#include "client/base/clock.h"

struct xa_json xa_json_begin(struct xa_out *out)
{
    return (struct xa_json){ .out = out };
}

static void begin_value(struct xa_json *j, const char *key)
{
    if (j->follows[j->depth])
        xa_out_char(j->out, ',');
    j->follows[j->depth] = true;
    if (key != NULL) {
        xa_out_char(j->out, '"');
        xa_out_text(j->out, key);
        xa_out_text(j->out, "\":");
    }
}

void xa_json_open(struct xa_json *j, const char *key, char bracket)
{
    begin_value(j, key);
    xa_out_char(j->out, bracket);
    assert(j->depth < XA_JSON_DEPTH);
    j->follows[++j->depth] = false;
}

void xa_json_close(struct xa_json *j, char bracket)
{
    assert(j->depth > 0);
    j->depth--;
    xa_out_char(j->out, bracket);
}

void xa_json_raw(struct xa_json *j, const char *key, struct xa_slice json)
{
    begin_value(j, key);
    xa_out_slice(j->out, json);
}

static void escape(struct xa_out *o, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    xa_out_text(o, "\\u00");
    xa_out_char(o, hex[c >> 4]);
    xa_out_char(o, hex[c & 15]);
}

void xa_json_text(struct xa_json *j, const char *key, struct xa_slice text)
{
    begin_value(j, key);
    if (text.len == 0) {
        xa_out_text(j->out, "null");
        return;
    }
    /* All text has come through a decoder that wants it printable; what has not is
     * escaped byte by byte, so that the result is JSON in any case. */
    bool printable = xa_text_printable(text);
    size_t start = 0;
    xa_out_char(j->out, '"');
    for (size_t i = 0; i <= text.len; i++) {
        bool end = i == text.len;
        uint8_t c = end ? 0 : text.at[i];
        bool plain = !end && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f &&
                     (c < 0x80 || printable);
        if (plain)
            continue;
        xa_out_slice(j->out, (struct xa_slice){ text.at + start, i - start });
        start = i + 1;
        if (!end)
            escape(j->out, c);
    }
    xa_out_char(j->out, '"');
}

void xa_json_number(struct xa_json *j, const char *key, uint64_t v)
{
    begin_value(j, key);
    xa_out_number(j->out, v);
}

void xa_json_flag(struct xa_json *j, const char *key, bool v)
{
    begin_value(j, key);
    xa_out_text(j->out, v ? "true" : "false");
}

void xa_json_time(struct xa_json *j, const char *key, uint64_t unix_s)
{
    char text[XA_UTC_SIZE] = "";
    if (unix_s != 0)
        xa_clock_utc(unix_s, text);
    xa_json_text(j, key, xa_slice_of(text));
}
