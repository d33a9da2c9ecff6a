#include "client/requests/policy_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proto/file.h"

#define SCHEME "file://"

static bool too_long(struct xa_error *err)
{
    return xa_fail(err, XA_USAGE, "--policy: more than %d bytes", XA_POLICY_MAX);
}

static bool read_file(const char *path, char *room, size_t *ret_len, struct xa_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return xa_fail(err, XA_USAGE, "--policy %.300s: %s", path, strerror(errno));
    bool ok = xa_file_read(fd, room, XA_POLICY_MAX + 1, ret_len);
    int cause = errno;
    close(fd);
    if (!ok)
        return xa_fail(err, XA_USAGE, "--policy %.300s: %s", path, strerror(cause));
    return *ret_len <= XA_POLICY_MAX || too_long(err);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool xa_policy_text(const char *value, char room[XA_POLICY_MAX + 1], struct xa_slice *ret,
                    struct xa_error *err)
{
    size_t len = strlen(value), from = 0;
    if (strncmp(value, SCHEME, strlen(SCHEME)) == 0) {
        if (!read_file(value + strlen(SCHEME), room, &len, err))
            return false;
    } else if (value[0] != '{') {
        xa_fail(err, XA_USAGE, "--policy: neither JSON that begins with '{' nor file://PATH");
        return xa_hint(err, "%s", "--policy file://policy.json");
    } else if (len > XA_POLICY_MAX) {
        return too_long(err);
    } else {
        memcpy(room, value, len + 1);
    }
    for (size_t i = 0; i < len; i++)
        if (is_blank(room[i]))
            room[i] = ' ';
    while (len > 0 && room[len - 1] == ' ')
        len--;
    while (from < len && room[from] == ' ')
        from++;
    *ret = (struct xa_slice){ (const uint8_t *)room + from, len - from };
    if (ret->len == 0 || ret->at[0] != '{')
        return xa_fail(err, XA_USAGE, "--policy %.300s: it holds no JSON object", value);
    return xa_text_printable(*ret) ||
           xa_fail(err, XA_USAGE, "--policy: there is a character in it that cannot be printed");
}
