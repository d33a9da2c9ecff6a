#include "proto/ini.h"

#include <string.h>
#include <strings.h>

#include "proto/line.h"

/* "value ; words" has a comment, "value;words" has none (facts 4.2). */
static struct xa_slice without_comment(struct xa_slice s)
{
    for (size_t i = 1; i < s.len; i++)
        if (xa_line_is_comment(s.at[i]) && xa_line_is_blank(s.at[i - 1])) {
            s.len = i;
            break;
        }
    return xa_line_trim(s);
}

void xa_ini_init(struct xa_ini *ini, const char *file, struct xa_slice text)
{
    memset(ini, 0, sizeof *ini);
    ini->file = file;
    ini->rest = text;
}

static struct xa_slice next_line(struct xa_ini *ini)
{
    ini->line++;
    return xa_line_take(&ini->rest, &ini->line_text);
}

static enum xa_ini_event wrong(struct xa_ini *ini, struct xa_error *err, const char *what,
                               struct xa_slice value)
{
    int shown = value.len > 80 ? 80 : (int)value.len;
    xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s: '%.*s'", ini->file, ini->line, what, shown,
            value.len > 0 ? (const char *)value.at : "");
    return XA_INI_ERROR;
}

/* [type] or [type name]; a comment may touch the bracket. */
static enum xa_ini_event section(struct xa_ini *ini, struct xa_slice line, struct xa_error *err)
{
    const uint8_t *close = memchr(line.at, ']', line.len);
    if (close == NULL)
        return wrong(ini, err, "a section without ]", line);
    struct xa_slice inside =
        xa_line_trim((struct xa_slice){ line.at + 1, (size_t)(close - line.at) - 1 });
    struct xa_slice after =
        xa_line_trim((struct xa_slice){ close + 1, line.len - (size_t)(close - line.at) - 1 });
    if (after.len > 0 && !xa_line_is_comment(after.at[0]))
        return wrong(ini, err, "text after a section's ]", after);
    size_t type_len = 0;
    while (type_len < inside.len && !xa_line_is_blank(inside.at[type_len]))
        type_len++;
    if (type_len == 0)
        return wrong(ini, err, "a section without a name", line);
    ini->type = (struct xa_slice){ inside.at, type_len };
    ini->name = xa_line_trim((struct xa_slice){ inside.at + type_len, inside.len - type_len });
    ini->key = ini->value = (struct xa_slice){ 0 };
    ini->in_section = true;
    return XA_INI_SECTION;
}

static enum xa_ini_event key(struct xa_ini *ini, struct xa_slice line, struct xa_error *err)
{
    const uint8_t *equals = memchr(line.at, '=', line.len);
    if (equals == NULL)
        return wrong(ini, err, "neither [section] nor key = value", line);
    size_t key_len = (size_t)(equals - line.at);
    ini->key = xa_line_trim((struct xa_slice){ line.at, key_len });
    ini->value = (struct xa_slice){ equals + 1, line.len - key_len - 1 };
    /* The blank before a comment may be the one after '='. */
    ini->value = ini->value.len > 0 ? without_comment(ini->value) : ini->value;
    if (ini->key.len == 0)
        return wrong(ini, err, "a value without a key", line);
    if (!ini->in_section)
        return wrong(ini, err, "a key before any [section]", line);
    return XA_INI_KEY;
}

/* Printable, but for tabs, which are blanks to this grammar. */
static bool is_text(struct xa_slice s)
{
    const uint8_t *tab;
    while (s.len > 0 && (tab = memchr(s.at, '\t', s.len)) != NULL) {
        size_t len = (size_t)(tab - s.at);
        if (!xa_text_printable((struct xa_slice){ s.at, len }))
            return false;
        s = (struct xa_slice){ tab + 1, s.len - len - 1 };
    }
    return xa_text_printable(s);
}

enum xa_ini_event xa_ini_next(struct xa_ini *ini, struct xa_error *err)
{
    while (ini->rest.len > 0) {
        struct xa_slice line = next_line(ini);
        struct xa_slice text = xa_line_trim(line);
        if (text.len == 0 || xa_line_is_comment(text.at[0]))
            continue;
        if (!is_text(text))
            return wrong(ini, err, "not printable UTF-8 text", text);
        if (xa_line_is_blank(line.at[0]))
            return wrong(ini, err, "a line that starts with a blank", text);
        return line.at[0] == '[' ? section(ini, text, err) : key(ini, text, err);
    }
    return XA_INI_END;
}

bool xa_ini_key_is(struct xa_slice key, const char *name)
{
    return key.len == strlen(name) && strncasecmp((const char *)key.at, name, key.len) == 0;
}

/* One word, to the next blank outside quotes. Returns false for an open quote or
 * a full room. */
static bool split_word(struct xa_slice *rest, char *room, size_t size, size_t *used)
{
    bool quoted = false;
    while (rest->len > 0 && (quoted || !xa_line_is_blank(rest->at[0]))) {
        uint8_t c = rest->at[0];
        rest->at++, rest->len--;
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (c == 0 || *used + 1 >= size)
            return false;
        room[(*used)++] = (char)c;
    }
    if (quoted || *used >= size)
        return false;
    room[(*used)++] = '\0';
    return true;
}

bool xa_ini_split(struct xa_slice value, char *room, size_t size, char **argv, size_t n_argv,
                  struct xa_error *err)
{
    size_t n = 0, used = 0;
    struct xa_slice rest = xa_line_trim(value);
    while (rest.len > 0) {
        if (n + 1 >= n_argv)
            return xa_fail(err, XA_BAD_CONFIG, "a command of more than %zu words", n_argv - 1);
        argv[n++] = room + used;
        if (!split_word(&rest, room, size, &used))
            return xa_fail(err, XA_BAD_CONFIG,
                           "a command with an open quote, or longer than %zu bytes", size);
        rest = xa_line_trim(rest);
    }
    if (n == 0)
        return xa_fail(err, XA_BAD_CONFIG, "an empty command");
    argv[n] = NULL;
    return true;
}

bool xa_name_valid(struct xa_slice name)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    static const char more[] = ".@:+/%-";
    if (name.len == 0 || name.len > 64 || memchr(first, name.at[0], sizeof first - 1) == NULL)
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (memchr(first, name.at[i], sizeof first - 1) == NULL &&
            memchr(more, name.at[i], sizeof more - 1) == NULL)
            return false;
    return true;
}
