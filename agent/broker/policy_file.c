#include "agent/broker/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/broker/roles_disk.h"

static const char scheme[] = "file://";

static bool find_path(struct xa_slice policy, const char *config_path, char *ret, size_t size,
                      struct xa_error *err)
{
    size_t skip = sizeof scheme - 1;
    if (policy.len <= skip || memcmp(policy.at, scheme, skip) != 0)
        return xa_fail(err, XA_BAD_CONFIG, "policy = %.*s: neither JSON nor file://PATH",
                       policy.len > 80 ? 80 : (int)policy.len, (const char *)policy.at);
    const char *slash = strrchr(config_path, '/');
    int dir = policy.at[skip] == '/' || slash == NULL ? 0 : (int)(slash + 1 - config_path);
    int n = snprintf(ret, size, "%.*s%.*s", dir, config_path, (int)(policy.len - skip),
                     (const char *)policy.at + skip);
    return (n > 0 && (size_t)n < size) ||
           xa_fail(err, XA_BAD_CONFIG, "the path of a policy's file is too long");
}

static size_t trim(char *text, size_t len)
{
    size_t start = 0;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
            text[i] = ' ';
    while (len > 0 && text[len - 1] == ' ')
        len--;
    while (start < len && text[start] == ' ')
        start++;
    memmove(text, text + start, len - start);
    return len - start;
}

bool xa_policy_file_read(struct xa_slice policy, const char *config_path,
                         char room[XA_POLICY_MAX + 1], size_t *ret_len, struct xa_error *err)
{
    char path[XA_PATH_MAX];
    struct xa_file_version version;
    size_t len;
    if (!find_path(policy, config_path, path, sizeof path, err))
        return false;
    char *text = xa_roles_disk_read(path, &version, &len, err);
    if (text == NULL)
        return false;
    len = trim(text, len);
    bool fits = version.there && len > 0 && len <= XA_POLICY_MAX &&
                xa_text_printable((struct xa_slice){ (const uint8_t *)text, len });
    if (fits) {
        memcpy(room, text, len);
        room[len] = '\0';
        *ret_len = len;
    } else {
        xa_fail(err, XA_BAD_CONFIG, "%s: %s", path,
                !version.there || len == 0 ? "there is no policy in it"
                : len > XA_POLICY_MAX ? "a policy this long is not sent" : "it is not text");
    }
    free(text);
    return fits;
}
