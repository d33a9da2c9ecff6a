#include "client/base/json.h"

#include <assert.h>

#include "client/base/clock.h"
#include "proto/chars.h"

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

static struct xa_slice rest_of(struct xa_slice s, size_t from)
{
    return (struct xa_slice){ s.at + from, s.len - from };
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
    xa_out_char(j->out, '"');
    size_t plain = xa_chars_span(text, XA_CHARS_JSON);
    bool printable = plain == text.len || xa_text_printable(text);
    while (plain < text.len) {
        uint8_t c = text.at[plain];
        if (c >= 0x80 && printable) {
            plain++;
        } else {
            xa_out_slice(j->out, (struct xa_slice){ text.at, plain });
            escape(j->out, c);
            text = rest_of(text, plain + 1);
            plain = 0;
        }
        plain += xa_chars_span(rest_of(text, plain), XA_CHARS_JSON);
    }
    xa_out_slice(j->out, text);
    xa_out_char(j->out, '"');
}

void xa_json_plain(struct xa_json *j, const char *key, struct xa_slice text)
{
    begin_value(j, key);
    xa_out_char(j->out, '"');
    xa_out_slice(j->out, text);
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
