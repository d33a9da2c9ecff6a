/* This shell's own variables: what is stale in them, and what contradicts what (facts 7). */
#include "client/doctor/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/shell/environment.h"
#include "proto/label.h"

#define NAME "variables"
#define LOOPBACK "http://127.0.0.1:"
#define LISTEN_MS 300                /* on this machine that is long                      */

static const char *value(const char *name)
{
    const char *v = getenv(name);
    return v != NULL && v[0] != '\0' ? v : NULL;
}

/* Long-lived ids begin so, temporary ones with ASIA (facts 1). */
static bool long_lived(struct xa_doctor *d)
{
    const char *id = value("AWS_ACCESS_KEY_ID");
    if (id == NULL || strncmp(id, "AKIA", 4) != 0)
        return false;
    xa_doctor_finds(d, XA_ILL, NAME, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, and store "
                    "the key: xacct add NAME",
                    "a long-lived key stands in AWS_ACCESS_KEY_ID: every program here has it");
    return true;
}

static bool half_a_key(struct xa_doctor *d)
{
    bool id = value("AWS_ACCESS_KEY_ID") != NULL, secret = value("AWS_SECRET_ACCESS_KEY") != NULL;
    if (id == secret)
        return false;
    xa_doctor_finds(d, XA_ILL, NAME, "eval $(xacct env --unset)",
                    "%s is set without %s: SDKs refuse that", id ? "AWS_ACCESS_KEY_ID"
                                                               : "AWS_SECRET_ACCESS_KEY",
                    id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    return true;
}

static bool old_token(struct xa_doctor *d)
{
    const char *old = value("AWS_SECURITY_TOKEN"), *token = value("AWS_SESSION_TOKEN");
    if (old == NULL || (token != NULL && strcmp(old, token) == 0))
        return false;
    xa_doctor_finds(d, XA_ILL, NAME, "unset AWS_SECURITY_TOKEN",
                    "AWS_SECURITY_TOKEN is not the session's token, and some SDKs take it first");
    return true;
}

static bool expired(struct xa_doctor *d)
{
    uint64_t end = xa_environment_end();
    if (value("XACCT_EXPIRES") == NULL || value("AWS_ACCESS_KEY_ID") == NULL)
        return false;
    if (end == 0) {
        xa_doctor_finds(d, XA_DOUBTFUL, NAME, "unset XACCT_EXPIRES",
                        "XACCT_EXPIRES is no time that xacct has set");
        return true;
    }
    if (end > xa_clock_unix())
        return false;
    xa_doctor_finds(d, XA_ILL, NAME, "eval $(xacct env $XACCT_DEST)",
                    "the credentials of '%s' have run out", value("XACCT_DEST") != NULL
                                                        ? value("XACCT_DEST") : "this shell");
    return true;
}

static bool profile_beside_keys(struct xa_doctor *d)
{
    const char *name = value("AWS_PROFILE") != NULL ? "AWS_PROFILE" : "AWS_DEFAULT_PROFILE";
    if (value(name) == NULL || value("AWS_ACCESS_KEY_ID") == NULL)
        return false;
    xa_doctor_finds(d, XA_DOUBTFUL, NAME, name[4] == 'P' ? "unset AWS_PROFILE"
                                                         : "unset AWS_DEFAULT_PROFILE",
                    "%s is set beside AWS_ACCESS_KEY_ID, and SDKs do not agree which one wins",
                    name);
    return true;
}

static bool two_regions(struct xa_doctor *d)
{
    const char *region = value("AWS_REGION"), *other = value("AWS_DEFAULT_REGION");
    if (region == NULL || other == NULL || strcmp(region, other) == 0)
        return false;
    xa_doctor_finds(d, XA_DOUBTFUL, NAME, "export AWS_DEFAULT_REGION=$AWS_REGION",
                    "AWS_REGION is %.64s and AWS_DEFAULT_REGION is %.64s: which one holds "
                    "depends on the SDK", region, other);
    return true;
}

/* A label promises an account; without anything behind it, it promises too much. */
static bool label_of_nothing(struct xa_doctor *d)
{
    bool found = false;
    if (value("AWS_ACCESS_KEY_ID") != NULL || value("AWS_PROFILE") != NULL ||
        value("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL)
        return false;
    for (size_t i = 0; i < XA_N_LABEL_VARIABLES; i++) {
        const char *name = xa_label_variables[i];
        if (value(name) == NULL)
            continue;
        xa_doctor_finds(d, XA_DOUBTFUL, NAME, "unset it, or eval $(xacct env --unset)",
                        "%s says '%.64s' to prompts, but this shell has no credentials", name,
                        value(name));
        found = true;
    }
    return found;
}

/* True if a program of this machine takes connections on the endpoint's port, and soon. */
static bool listens(const char *url)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    unsigned long port = strtoul(url + strlen(LOOPBACK), NULL, 10);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), cause = 0;
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    socklen_t len = sizeof cause;
    at.sin_port = htons((uint16_t)port);
    bool there = fd >= 0 && port > 0 && port < 65536 &&
                 (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 ||
                  (errno == EINPROGRESS && poll(&p, 1, LISTEN_MS) == 1 &&
                   getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) == 0 && cause == 0));
    if (fd >= 0)
        close(fd);
    return there;
}

static bool endpoint(struct xa_doctor *d)
{
    const char *url = value("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (url == NULL)
        return false;
    if (value("AWS_ACCESS_KEY_ID") != NULL) {
        xa_doctor_finds(d, XA_DOUBTFUL, NAME, "unset AWS_CONTAINER_CREDENTIALS_FULL_URI",
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, but AWS_ACCESS_KEY_ID wins "
                        "over it");
        return true;
    }
    if (strncmp(url, LOOPBACK, strlen(LOOPBACK)) != 0 || listens(url))
        return false;
    xa_doctor_finds(d, XA_ILL, NAME, "unset AWS_CONTAINER_CREDENTIALS_FULL_URI, or xacct exec "
                    "--server DEST",
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to a port where nobody answers");
    return true;
}

void xa_doctor_shell(struct xa_doctor *d)
{
    bool found = long_lived(d);
    found |= half_a_key(d);
    found |= old_token(d);
    found |= expired(d);
    found |= profile_beside_keys(d);
    found |= two_regions(d);
    found |= label_of_nothing(d);
    found |= endpoint(d);
    if (found)
        return;
    if (value("XACCT_DEST") != NULL)
        xa_doctor_well(d, NAME, "this shell is '%.64s'", value("XACCT_DEST"));
    else
        xa_doctor_well(d, NAME, "nothing stale in this shell");
}
