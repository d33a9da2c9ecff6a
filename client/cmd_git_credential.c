/* git-credential: git's helper for CodeCommit (facts 10.3; gitcredentials(7)). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/requests/token.h"

#define LINE_MAX_LEN (XA_GIT_PATH_MAX + 16)    /* of those that count; others may be longer */

/* What git says of a URL; each line is its own, and what is none of ours is passed over. */
struct asked {
    char protocol[16], host[XA_HOST_MAX + 8], path[XA_GIT_PATH_MAX + 8];
    bool ended;
};

static void take_line(struct asked *asked, struct xa_slice line)
{
    static const char names[][10] = { "protocol=", "host=", "path=" };
    const struct { char *at; size_t size; } values[] = {
        { asked->protocol, sizeof asked->protocol }, { asked->host, sizeof asked->host },
        { asked->path, sizeof asked->path },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        if (line.len < len || memcmp(line.at, names[i], len) != 0)
            continue;
        if (!xa_slice_copy((struct xa_slice){ line.at + len, line.len - len }, values[i].at,
                           values[i].size))
            values[i].at[0] = '\0';
    }
    asked->ended = line.len == 0;
}

/* Everything up to the end or an empty line. A line that is too long is none of ours: git says
 * there what the server said. */
static bool read_all(struct asked *asked, struct xa_error *err)
{
    char line[LINE_MAX_LEN], part[1024];
    size_t len = 0;
    ssize_t n = 0;
    while (!asked->ended && (n = read(STDIN_FILENO, part, sizeof part)) != 0) {
        if (n < 0 && errno != EINTR)
            return xa_fail(err, XA_IO, "standard input: %s", strerror(errno));
        for (ssize_t i = 0; i < n && !asked->ended; i++) {
            if (part[i] != '\n' && len < sizeof line)
                line[len++] = part[i];
            if (part[i] != '\n')
                continue;
            if (len < sizeof line)
                take_line(asked, (struct xa_slice){ (const uint8_t *)line, len });
            len = 0;
        }
    }
    if (!asked->ended && len > 0 && len < sizeof line)
        take_line(asked, (struct xa_slice){ (const uint8_t *)line, len });
    return true;
}

/* A host's spelling is free, and its port the one that https has. */
static void tidy_host(char *host)
{
    size_t len = strlen(host);
    if (len > 4 && strcmp(host + len - 4, ":443") == 0)
        host[len - 4] = '\0';
    for (char *p = host; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 'a' - 'A');
}

static bool begins(struct xa_slice s, const char *with)
{
    return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

/* For another host nothing is said, so that git asks its next helper; the agent judges what
 * passes here once more. The suffixes are those of the partitions (facts 3.1). */
static bool is_codecommit(struct xa_slice host)
{
    static const char suffixes[][17] = { "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu",
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
    struct asked asked = { .ended = false };
    struct xa_token_result r;
    if (!read_all(&asked, err))
        return false;
    tidy_host(asked.host);
    if (strcmp(asked.protocol, "https") != 0 || !is_codecommit(xa_slice_of(asked.host)))
        return true;
    if (!begins(xa_slice_of(asked.path), "v1/repos/")) {
        xa_fail(err, XA_USAGE, "git does not say which repository");
        return xa_hint(err, "git config --global credential.https://%s.useHttpPath true",
                       asked.host);
    }
    struct xa_token ask = { .kind = XA_TOKEN_GIT, .host = xa_slice_of(asked.host),
                            .path = xa_slice_of(asked.path) };
    if (!xa_text_printable(ask.path))
        return xa_fail(err, XA_USAGE, "the repository's path holds what cannot be printed");
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
