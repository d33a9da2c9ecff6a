/* git-credential: git's helper for CodeCommit (facts 10.3; gitcredentials(7)). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/token.h"

#define INPUT_MAX 4096               /* what git says of a URL; own choice */

struct asked { struct xa_slice protocol, host, path; };

/* Everything up to the end or an empty line. */
static bool read_all(char *room, size_t size, size_t *ret_len, struct xa_error *err)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, room + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return xa_fail(err, XA_IO, "standard input: %s", strerror(errno));
        len += (size_t)n;
        *ret_len = len;
        if (n == 0 || (len >= 2 && memcmp(room + len - 2, "\n\n", 2) == 0))
            return true;
        if (len == size)
            return xa_fail(err, XA_USAGE, "git says more than %zu bytes", size);
    }
}

static void take_line(struct xa_slice line, struct asked *asked)
{
    static const char *const names[] = { "protocol=", "host=", "path=" };
    struct xa_slice *const values[] = { &asked->protocol, &asked->host, &asked->path };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        if (line.len >= len && memcmp(line.at, names[i], len) == 0)
            *values[i] = (struct xa_slice){ line.at + len, line.len - len };
    }
}

static void take_lines(struct xa_slice text, struct asked *asked)
{
    while (text.len > 0)
        take_line(xa_slice_cut(&text, '\n'), asked);
}

static bool begins(struct xa_slice s, const char *with)
{
    return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

/* For another host nothing is said, so that git asks its next helper; the agent judges what
 * passes here once more. The suffixes are those of the partitions (facts 3.1). */
static bool is_codecommit(struct xa_slice host)
{
    static const char *const suffixes[] = { "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu",
                                            "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
                                            "csp.hci.ic.gov" };
    struct xa_slice label = xa_slice_cut(&host, '.');
    bool private_link = begins(label, "vpce-");
    if (private_link)
        label = xa_slice_cut(&host, '.');
    if (!xa_slice_is(label, "git-codecommit") && !xa_slice_is(label, "git-codecommit-fips"))
        return false;
    xa_slice_cut(&host, '.');               /* the region */
    if (private_link && !xa_slice_is(xa_slice_cut(&host, '.'), "vpce"))
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (xa_slice_is(host, suffixes[i]))
            return true;
    return false;
}

static bool print(const struct xa_token_result *r, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    xa_out_text(&o, "username=");
    xa_out_slice(&o, r->username);
    xa_out_text(&o, "\npassword=");
    xa_out_slice(&o, r->token);
    xa_out_text(&o, "\npassword_expiry_utc=");
    xa_out_number(&o, r->expires_at);
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

static bool get(struct xa_client *c, struct xa_error *err)
{
    char room[INPUT_MAX];
    struct asked asked = { 0 };
    struct xa_token_result r;
    size_t len = 0;
    if (!read_all(room, sizeof room, &len, err))
        return false;
    take_lines((struct xa_slice){ (const uint8_t *)room, len }, &asked);
    if (!xa_slice_is(asked.protocol, "https") || !is_codecommit(asked.host))
        return true;
    if (!begins(asked.path, "v1/repos/")) {
        xa_fail(err, XA_USAGE, "git does not say which repository");
        return xa_hint(err, "git config --global credential.https://%.*s.useHttpPath true",
                       (int)asked.host.len, (const char *)asked.host.at);
    }
    struct xa_token ask = { .kind = XA_TOKEN_GIT, .host = asked.host, .path = asked.path };
    return xa_token_get(c, &ask, &r, err) && print(&r, err);
}

bool xa_cmd_git_credential(struct xa_client *c, struct xa_error *err)
{
    const char *operation = xa_client_name(c, 1);
    if (operation == NULL || strcmp(operation, "get") == 0)
        return get(c, err);
    if (strcmp(operation, "store") == 0 || strcmp(operation, "erase") == 0)
        return true;                 /* each password is made anew */
    return xa_fail(err, XA_USAGE, "git-credential: '%s' is none of get, store, erase", operation);
}
