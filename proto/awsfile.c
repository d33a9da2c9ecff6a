#include "proto/awsfile.h"

#include <string.h>

#include "proto/ini.h"
#include "proto/line.h"

static struct xa_slice upto(struct xa_slice s, size_t len)
{
    return (struct xa_slice){ s.at, len };
}

static struct xa_slice from(struct xa_slice s, size_t start)
{
    return (struct xa_slice){ s.at + start, s.len - start };
}

/* What stands before a comment. A comment needs a blank before it where `apart`; behind
 * a header it may touch. */
static struct xa_slice without_comment(struct xa_slice s, bool apart)
{
    for (size_t i = 0; i < s.len; i++)
        if (xa_line_is_comment(s.at[i]) && (!apart || (i > 0 && xa_line_is_blank(s.at[i - 1]))))
            return xa_line_trim(upto(s, i));
    return xa_line_trim(s);
}

/* Of properties, sso-sessions and services; profiles are xacct's names besides. */
static bool word_valid(struct xa_slice name)
{
    static const char more[] = "_-/.%@:+";
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && memchr(more, c, sizeof more - 1) == NULL)
            return false;
    }
    return name.len > 0;
}

void xa_awsfile_init(struct xa_awsfile *f, const char *file, enum xa_awsfile_flavour flavour,
                     struct xa_slice text)
{
    memset(f, 0, sizeof *f);
    f->file = file;
    f->flavour = flavour;
    f->rest = text;
}

static struct xa_slice next_line(struct xa_awsfile *f)
{
    f->line++;
    return xa_line_take(&f->rest, &f->line_text);
}

static enum xa_awsfile_event wrong(const struct xa_awsfile *f, struct xa_error *err,
                                   const char *what)
{
    xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s", f->file, f->line, what);
    return XA_AWSFILE_ERROR;
}

/* --- headers ---------------------------------------------------------------------- */

/* What a header's words mean in this flavour. Returns false for a section that does not
 * count. `type` is empty where the header is one word. */
static bool take_header(struct xa_awsfile *f, struct xa_slice type, struct xa_slice name)
{
    f->name = name;
    f->prefixed = type.len > 0;
    f->section = XA_AWSFILE_PROFILE;
    if (f->flavour == XA_AWSFILE_CREDENTIALS)
        return type.len == 0 && xa_name_valid(name);
    if (type.len == 0)
        return xa_slice_is(name, "default");
    if (xa_slice_is(type, "profile"))
        return xa_name_valid(name);
    f->section = xa_slice_is(type, "services") ? XA_AWSFILE_SERVICES : XA_AWSFILE_SSO_SESSION;
    return word_valid(name) &&
           (f->section == XA_AWSFILE_SERVICES || xa_slice_is(type, "sso-session"));
}

static bool header(struct xa_awsfile *f, struct xa_slice line, enum xa_awsfile_event *ret,
                   struct xa_error *err)
{
    line = without_comment(line, false);
    *ret = XA_AWSFILE_HEADER;
    if (line.len < 2 || line.at[line.len - 1] != ']') {
        *ret = wrong(f, err, "a section's header does not end with ]");
        return true;
    }
    struct xa_slice inside = xa_line_trim((struct xa_slice){ line.at + 1, line.len - 2 });
    size_t word = 0;
    while (word < inside.len && !xa_line_is_blank(inside.at[word]))
        word++;
    f->in_section = true;
    f->in_key = false;
    f->ignored = word == inside.len ? !take_header(f, (struct xa_slice){ 0 }, inside)
                                    : !take_header(f, upto(inside, word),
                                                   xa_line_trim(from(inside, word)));
    return !f->ignored;
}

/* --- keys ------------------------------------------------------------------------- */

bool xa_awsfile_split(struct xa_slice line, struct xa_slice *ret_key, struct xa_slice *ret_value)
{
    const uint8_t *equals = line.len > 0 ? memchr(line.at, '=', line.len) : NULL;
    if (equals == NULL)
        return false;
    size_t key_len = (size_t)(equals - line.at);
    *ret_key = xa_line_trim(upto(line, key_len));
    *ret_value = xa_line_trim(from(line, key_len + 1));
    return ret_key->len > 0;
}

static bool key(struct xa_awsfile *f, struct xa_slice line, enum xa_awsfile_event *ret,
                struct xa_error *err)
{
    struct xa_slice name, value;
    line = without_comment(line, true);
    *ret = XA_AWSFILE_KEY;
    if (!f->in_section) {
        *ret = wrong(f, err, "a key before any [section]");
        return true;
    }
    if (!xa_awsfile_split(line, &name, &value)) {
        bool has_equals = line.len > 0 && memchr(line.at, '=', line.len) != NULL;
        *ret = wrong(f, err, has_equals ? "a value without a key"
                                        : "neither [section] nor key = value");
        return true;
    }
    f->key = name;
    f->value = value;
    f->in_key = true;
    f->nested = value.len == 0;
    f->key_ignored = !word_valid(name);
    return !f->ignored && !f->key_ignored;
}

/* Comments in a continuation are part of it. */
static bool more(struct xa_awsfile *f, struct xa_slice line, enum xa_awsfile_event *ret,
                 struct xa_error *err)
{
    struct xa_slice name, value;
    f->value = xa_line_trim(line);
    *ret = XA_AWSFILE_MORE;
    const char *fault = !f->in_section ? "an indented line before any [section]"
                        : !f->in_key ? "an indented line that continues no key"
                        : f->nested && !xa_awsfile_split(f->value, &name, &value)
                            ? "an indented line below a key without a value is no key = value"
                            : NULL;
    if (fault != NULL)
        *ret = wrong(f, err, fault);
    return fault != NULL || (!f->ignored && !f->key_ignored);
}

enum xa_awsfile_event xa_awsfile_next(struct xa_awsfile *f, struct xa_error *err)
{
    while (f->rest.len > 0) {
        enum xa_awsfile_event event;
        struct xa_slice line = next_line(f);
        if (xa_line_trim(line).len == 0 || xa_line_is_comment(line.at[0]))
            continue;
        bool counts = line.at[0] == '['     ? header(f, line, &event, err)
                      : xa_line_is_blank(line.at[0]) ? more(f, line, &event, err)
                                          : key(f, line, &event, err);
        if (counts)
            return event;
    }
    return XA_AWSFILE_END;
}

/* --- secrets ---------------------------------------------------------------------- */

bool xa_awsfile_key_is_secret(struct xa_slice key)
{
    return xa_ini_key_is(key, "aws_secret_access_key") ||
           xa_ini_key_is(key, "aws_session_token") || xa_ini_key_is(key, "aws_security_token");
}

bool xa_awsfile_line_secret(struct xa_slice line, struct xa_slice *ret_value)
{
    struct xa_slice name, value;
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    while (line.len > 0 && (xa_line_is_blank(line.at[0]) || xa_line_is_comment(line.at[0])))
        line = from(line, 1);
    if (!xa_awsfile_split(line, &name, &value) || !xa_awsfile_key_is_secret(name))
        return false;
    *ret_value = value;
    return true;
}
