#include "client/asking/pinentry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/helper.h"

/* GPG_ERR_CANCELED and GPG_ERR_FULLY_CANCELED in the low 16 bits of the number */
#define CANCELED 99
#define FULLY_CANCELED 198

static bool display(void)
{
    const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    return (x != NULL && x[0] != '\0') || (wayland != NULL && wayland[0] != '\0');
}

const char *xa_pinentry_find(void)
{
    static const char usual[][24] = { "/usr/bin/pinentry", "/usr/local/bin/pinentry" };
    const char *wished = getenv("XACCT_PINENTRY");
    if (wished != NULL && wished[0] != '\0')
        return wished;
    for (size_t i = 0; display() && i < sizeof usual / sizeof usual[0]; i++)
        if (access(usual[i], X_OK) == 0)
            return usual[i];
    return NULL;
}

static int hex(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool xa_pinentry_decode(struct xa_slice line, struct xa_phrase *ret)
{
    for (size_t i = 0; i < line.len; i++) {
        int c = line.at[i];
        if (c == '%') {
            if (line.len - i < 3 || hex(line.at[i + 1]) < 0 || hex(line.at[i + 2]) < 0)
                return false;
            c = hex(line.at[i + 1]) << 4 | hex(line.at[i + 2]);
            i += 2;
        }
        if (c == 0 || ret->len == XA_PASSPHRASE_MAX)
            return false;
        ret->at[ret->len++] = (char)c;
    }
    ret->at[ret->len] = '\0';
    return true;
}

static bool starts(struct xa_slice line, const char *word)
{
    size_t n = strlen(word);
    return line.len >= n && memcmp(line.at, word, n) == 0 &&
           (line.len == n || line.at[n] == ' ');
}

/* "ERR 83886179 Operation cancelled <Pinentry>" */
static bool refused(const struct xa_helper *h, struct xa_slice line, struct xa_error *err)
{
    unsigned long code = 0;
    for (size_t i = 4; i < line.len && line.at[i] >= '0' && line.at[i] <= '9'; i++)
        code = code * 10 + (unsigned long)(line.at[i] - '0');
    code &= 0xffff;
    if (code == CANCELED || code == FULLY_CANCELED)
        return xa_fail(err, XA_CANCELLED, "cancelled");
    return xa_fail(err, XA_NOT_ASKED, "%s: %.*s", h->name, (int)line.len, (const char *)line.at);
}

/* Reads to the OK that ends every answer. D lines, the data, go to *data; S lines
 * (status) and # lines (comments) mean nothing here. */
static bool read_answer(struct xa_helper *h, struct xa_phrase *data, struct xa_error *err)
{
    for (;;) {
        struct xa_slice line;
        if (!xa_helper_line(h, &line, err))
            return false;
        if (line.at == NULL)
            return xa_fail(err, XA_NOT_ASKED, "%s ended without an answer", h->name);
        if (starts(line, "OK"))
            return true;
        if (starts(line, "ERR"))
            return refused(h, line, err);
        if (!starts(line, "D") || line.len < 2)
            continue;
        struct xa_slice text = { line.at + 2, line.len - 2 };
        if (data == NULL || !xa_pinentry_decode(text, data))
            return xa_fail(err, XA_NOT_ASKED, "%s: its answer is too long or broken", h->name);
    }
}

/* A percent sign is an escape in a command's text. Ours hold none but perhaps in the
 * vault's path; there a '_' does as well. */
static bool command(struct xa_helper *h, const char *verb, const char *text, struct xa_error *err)
{
    char line[512];
    snprintf(line, sizeof line - 1, "%s %s", verb, text);
    for (char *p = line; *p != '\0'; p++)
        if (*p == '%' || (unsigned char)*p < 0x20)
            *p = '_';
    size_t len = strlen(line);
    line[len] = '\n';
    line[len + 1] = '\0';
    return xa_helper_say(h, line, err) && read_answer(h, NULL, err);
}

static bool converse(struct xa_helper *h, const struct xa_question *q, struct xa_phrase *ret,
                     struct xa_error *err)
{
    const char *about = q->about != NULL ? q->about : "xacct keeps your AWS keys in a vault.";
    ret->len = 0;
    return read_answer(h, NULL, err) &&
           command(h, "SETTITLE", "xacct", err) &&
           command(h, "SETDESC", about, err) &&
           command(h, "SETPROMPT", q->about != NULL ? "Answer:" : q->text, err) &&
           (q->complaint == NULL || command(h, "SETERROR", q->complaint, err)) &&
           xa_helper_say(h, "GETPIN\n", err) && read_answer(h, ret, err);
}

bool xa_pinentry_read(const char *program, const struct xa_question *q, struct xa_phrase *ret,
                      struct xa_error *err)
{
    char name[512];
    struct xa_helper h;
    snprintf(name, sizeof name, "%s", program);
    char *argv[] = { name, NULL };
    if (!xa_helper_start(&h, argv, true, q->deadline_ms, err))
        return false;
    bool ok = converse(&h, q, ret, err);
    xa_helper_finish(&h);
    if (!ok)
        xa_phrase_wipe(ret);
    return ok;
}
