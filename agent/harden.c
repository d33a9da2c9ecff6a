#include "agent/harden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static bool steers_the_loader(const char *variable)
{
    return strncmp(variable, "LD_", 3) == 0 || strncmp(variable, "GLIBC_TUNABLES=", 15) == 0;
}

bool xa_harden_reexec(char **argv, struct xa_error *err)
{
    size_t kept = 0, n = 0;
    for (; environ[n] != NULL; n++)
        if (!steers_the_loader(environ[n]))
            environ[kept++] = environ[n];
    if (kept == n)
        return true;
    environ[kept] = NULL;
    execv("/proc/self/exe", argv);
    return xa_fail(err, XA_AGENT_UNUSABLE, "cannot start again without LD_* variables: %s",
                   strerror(errno));
}

/* The value of a line of /proc/self/status, or -1. The line of groups can be far
 * longer than the rest; it comes in pieces, none of which looks like a name. */
static long status_field(const char *name, int base)
{
    char line[256];
    long value = -1;
    size_t name_len = strlen(name);
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && value < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, name_len) == 0 && line[name_len] == ':')
            value = strtol(line + name_len + 1, NULL, base);
    if (file != NULL)
        fclose(file);
    return value;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);   /* fewer connections, no danger */
    }
}

bool xa_harden_self(struct xa_error *err)
{
    const struct rlimit none = { 0, 0 };
    if (getauxval(AT_SECURE) != 0 || getuid() != geteuid() || getgid() != getegid())
        return xa_fail(err, XA_AGENT_UNUSABLE, "xacct-agent must not be set-uid or set-gid");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot become undumpable: %s", strerror(errno));
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot switch core files off: %s", strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot give up new privileges: %s",
                       strerror(errno));
    raise_descriptor_limit();
    /* After becoming undumpable: a tracer of our uid cannot attach any more. */
    long tracer = status_field("TracerPid", 10);
    if (tracer == 0)
        return true;
    xa_fail(err, XA_AGENT_UNUSABLE,
            tracer > 0 ? "process %ld traces this one" : "cannot read /proc/self/status (%ld)",
            tracer);
    return xa_why(err, "a tracer would read every key");
}

static bool make_standard_valid(struct xa_error *err)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        int got = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
        if (got != fd)
            return xa_fail(err, XA_AGENT_UNUSABLE, "descriptor %d is closed and cannot be opened",
                           fd);
    }
    return true;
}

static bool is_kept(int fd, const int *keep, size_t n_keep)
{
    for (size_t i = 0; i < n_keep; i++)
        if (keep[i] == fd)
            return true;
    return fd <= 2;
}

bool xa_harden_descriptors(const int *keep, size_t n_keep, struct xa_error *err)
{
    if (!make_standard_valid(err))
        return false;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot list descriptors: %s", strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0' && fd != dirfd(dir) &&
            !is_kept((int)fd, keep, n_keep))
            close((int)fd);
    }
    closedir(dir);
    return true;
}

bool xa_harden_environment(struct xa_error *err)
{
    static const char *const known[] = { "HOME", "LANG", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
        "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XACCT_SOCK", "NOTIFY_SOCKET" };
    enum { N_KNOWN = sizeof known / sizeof known[0] };
    char *kept[N_KNOWN] = { 0 };
    bool ok = true;
    for (size_t i = 0; i < N_KNOWN; i++) {
        const char *value = getenv(known[i]);
        ok = ok && (value == NULL || (kept[i] = strdup(value)) != NULL);
    }
    ok = ok && clearenv() == 0 && setenv("PATH", "/usr/bin:/bin", 1) == 0;
    for (size_t i = 0; i < N_KNOWN; i++) {
        ok = ok && (kept[i] == NULL || setenv(known[i], kept[i], 1) == 0);
        free(kept[i]);
    }
    return ok || xa_fail(err, XA_NO_MEMORY, "no memory for the environment");
}

void xa_harden_read_back(struct xa_hardness *ret)
{
    struct rlimit core = { 1, 1 };
    long locked = status_field("VmLck", 10), seccomp = status_field("Seccomp", 10);
    getrlimit(RLIMIT_CORE, &core);
    *ret = (struct xa_hardness){
        .vm_locked_kib = locked > 0 ? (uint32_t)locked : 0,
        .seccomp = seccomp > 0 ? (uint32_t)seccomp : 0,
        .undumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0,
        .no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
        .core_limit_zero = core.rlim_cur == 0 && core.rlim_max == 0,
        .traced = status_field("TracerPid", 10) != 0,
    };
}
