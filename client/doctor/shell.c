/* This shell's own variables: what is stale in them, and what contradicts what (facts 7). */
#include "client/doctor/doctor.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/base/clock.h"

#define NAME "variables"
#define LOOPBACK "http://127.0.0.1:"

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
    const char *end = value("XACCT_EXPIRES");
    if (end == NULL || value("AWS_ACCESS_KEY_ID") == NULL ||
        strtoull(end, NULL, 10) > xa_clock_unix())
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
    const char *label = value("AWS_VAULT");
    if (label == NULL || value("AWS_ACCESS_KEY_ID") != NULL || value("AWS_PROFILE") != NULL ||
        value("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL)
        return false;
    xa_doctor_finds(d, XA_DOUBTFUL, NAME, "eval $(xacct env --unset), or unset AWS_VAULT",
                    "AWS_VAULT says '%.64s' to prompts, but this shell has no credentials", label);
    return true;
}

/* True if a program of this machine listens on the endpoint's port. */
static bool listens(const char *url)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    unsigned long port = strtoul(url + strlen(LOOPBACK), NULL, 10);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_port = htons((uint16_t)port);
    bool there = fd >= 0 && port > 0 && port < 65536 &&
                 connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
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
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to a port where nobody listens");
    return true;
}

void xa_doctor_shell(struct xa_doctor *d)
{
    static bool (*const checks[])(struct xa_doctor *) = {
        long_lived, half_a_key, old_token, expired, profile_beside_keys, two_regions,
        label_of_nothing, endpoint,
    };
    bool found = false;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        found |= checks[i](d);
    if (found)
        return;
    if (value("XACCT_DEST") != NULL)
        xa_doctor_well(d, NAME, "this shell is '%.64s'", value("XACCT_DEST"));
    else
        xa_doctor_well(d, NAME, "nothing stale in this shell");
}
