#include "client/awsfiles/aws_block.h"

#include <stdio.h>
#include <string.h>

#include "proto/ini.h"

#define PROFILE "[profile "
#define DEFAULT "[default]"
#define PROCESS "credential_process = "
#define COMMAND " credential-process "
#define REGION "region = "

/* The next line with its end. */
static struct xa_slice take_line(struct xa_slice *rest)
{
    const uint8_t *end = memchr(rest->at, '\n', rest->len);
    struct xa_slice line = { rest->at, end != NULL ? (size_t)(end - rest->at) + 1 : rest->len };
    *rest = (struct xa_slice){ rest->at + line.len, rest->len - line.len };
    return line;
}

/* Without the end, be it LF or CR LF: an editor may have changed all of them. */
static struct xa_slice bare(struct xa_slice line)
{
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    return line;
}

static bool begins(struct xa_slice s, const char *with)
{
    return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

/* The name in a header that we write; empty: it is none. */
static struct xa_slice name_of(struct xa_slice line)
{
    const struct xa_slice none = { 0 };
    if (xa_slice_is(line, DEFAULT))
        return xa_slice_of("default");
    if (!begins(line, PROFILE) || line.at[line.len - 1] != ']')
        return none;
    struct xa_slice name = { line.at + strlen(PROFILE), line.len - strlen(PROFILE) - 1 };
    return xa_name_valid(name) ? name : none;
}

static bool is_ours(struct xa_slice line)
{
    return line.len == 0 || name_of(line).len > 0 || begins(line, REGION) ||
           (begins(line, PROCESS) && memmem(line.at, line.len, COMMAND, strlen(COMMAND)) != NULL);
}

static bool damaged(const char *file, unsigned line, const char *what, struct xa_error *err)
{
    xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s", file, line, what);
    return xa_hint(err, "take the lines between '# xacct: begin' and '# xacct: end' out by hand");
}

bool xa_block_find(const char *file, struct xa_slice text, struct xa_block *ret,
                   struct xa_error *err)
{
    struct xa_slice rest = text;
    const uint8_t *start = NULL, *end = NULL;
    struct xa_block block = { .before = { text.at, 0 }, .block = { text.at, 0 }, .after = text };
    for (unsigned n = 1; rest.len > 0; n++) {
        struct xa_slice whole = take_line(&rest), line = bare(whole);
        bool inside = start != NULL && end == NULL;
        if (xa_slice_is(line, XA_BLOCK_BEGIN)) {
            if (start != NULL)
                return damaged(file, n, "xacct's lines begin a second time", err);
            start = whole.at;
            block.line = n;
        } else if (xa_slice_is(line, XA_BLOCK_END)) {
            if (!inside)
                return damaged(file, n, "xacct's lines end without having begun", err);
            end = whole.at + whole.len;
        } else if (inside && !is_ours(line)) {
            return damaged(file, n, "a line that is not xacct's stands among xacct's", err);
        }
    }
    if (start != NULL && end == NULL)
        return damaged(file, block.line, "xacct's lines begin here and have no end", err);
    if (start != NULL) {
        block.before.len = (size_t)(start - text.at);
        block.block = (struct xa_slice){ start, (size_t)(end - start) };
        block.after = (struct xa_slice){ end, (size_t)(text.at + text.len - end) };
    }
    *ret = block;
    return true;
}

bool xa_block_next(struct xa_slice *rest, struct xa_slice *ret_name)
{
    while (rest->len > 0) {
        *ret_name = name_of(bare(take_line(rest)));
        if (ret_name->len > 0)
            return true;
    }
    return false;
}

bool xa_block_program_good(const char *program)
{
    for (const char *p = program; *p != '\0'; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') && !(*p >= '0' && *p <= '9') &&
            strchr("-_./+@", *p) == NULL)
            return false;
    return program[0] == '/';
}

bool xa_block_write(const char *program, const struct xa_block_entry *entries, size_t n,
                    xa_aws_keep_fn *keep, void *ctx)
{
    char text[XA_PATH_MAX + 512];
    if (n == 0)
        return true;
    bool ok = keep(xa_slice_of(XA_BLOCK_BEGIN "\n"), ctx);
    for (size_t i = 0; i < n && ok; i++) {
        const char *name = entries[i].name, *region = entries[i].region;
        bool plain = strcmp(name, "default") == 0;
        int len = snprintf(text, sizeof text, "%s%s]\n" PROCESS "%s" COMMAND "%s\n%s%s%s",
                           plain ? "[" : PROFILE, name, program, name,
                           region[0] != '\0' ? REGION : "", region,
                           region[0] != '\0' ? "\n" : "");
        ok = len > 0 && (size_t)len < sizeof text && keep(xa_slice_of(text), ctx);
    }
    return ok && keep(xa_slice_of(XA_BLOCK_END "\n"), ctx);
}

/* --- the rest of the file -------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct xa_slice trim(struct xa_slice s)
{
    while (s.len > 0 && is_blank(s.at[0]))
        s = (struct xa_slice){ s.at + 1, s.len - 1 };
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

/* [profile x], [ profile  x ], [profile "x"], [default], [profile default]: one reader or the
 * other takes each for x. */
static bool names_profile(struct xa_slice line, const char *name)
{
    line = trim(line);
    const uint8_t *close = line.len > 0 ? memchr(line.at, ']', line.len) : NULL;
    if (close == NULL || line.at[0] != '[')
        return false;
    struct xa_slice inner = trim((struct xa_slice){ line.at + 1, (size_t)(close - line.at) - 1 });
    if (strcmp(name, "default") == 0 && xa_slice_is(inner, "default"))
        return true;
    if (!begins(inner, "profile") || inner.len == strlen("profile") ||
        !is_blank(inner.at[strlen("profile")]))
        return false;
    inner = trim((struct xa_slice){ inner.at + strlen("profile"), inner.len - strlen("profile") });
    if (inner.len >= 2 && (inner.at[0] == '"' || inner.at[0] == '\'') &&
        inner.at[inner.len - 1] == inner.at[0])
        inner = (struct xa_slice){ inner.at + 1, inner.len - 2 };
    return xa_slice_is(inner, name);
}

bool xa_block_swallows(struct xa_slice after)
{
    while (after.len > 0) {
        struct xa_slice line = take_line(&after), text = trim(line);
        if (text.len > 0 && text.at[0] != '#' && text.at[0] != ';')
            return is_blank(line.at[0]);
    }
    return false;
}

unsigned xa_block_elsewhere(struct xa_slice text, const struct xa_block *block, const char *name)
{
    struct xa_slice rest = text;
    for (unsigned n = 1; rest.len > 0; n++) {
        struct xa_slice line = take_line(&rest);
        bool inside = line.at >= block->block.at && line.at < block->block.at + block->block.len;
        if (!inside && names_profile(line, name))
            return n;
    }
    return 0;
}
