#include "proto/sockpath.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool join(char *room, struct xa_error *err, const char *fmt, ...) XA_PRINTF(3, 4);

static bool join(char *room, struct xa_error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(room, XA_PATH_MAX, fmt, args);
    va_end(args);
    return (n >= 0 && n < XA_PATH_MAX) ||
           xa_fail(err, XA_AGENT_UNUSABLE, "a path is longer than %d bytes", XA_PATH_MAX - 1);
}

/* "All paths set in these environment variables must be absolute. If an
 * implementation encounters a relative path in any of these variables it should
 * consider the path invalid and ignore it." (XDG Base Directory Specification) */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] == '/' ? value : NULL;
}

static const char *home(void)
{
    const char *at = absolute("HOME");
    if (at != NULL)
        return at;
    const struct passwd *pw = getpwuid(getuid());
    return pw != NULL && pw->pw_dir != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
}

static bool under(char *room, const char *variable, const char *below_home, const char *what,
                  struct xa_error *err)
{
    const char *base = absolute(variable);
    if (base != NULL)
        return join(room, err, "%s/xacct%s", base, what);
    const char *at = home();
    if (at == NULL)
        return xa_fail(err, XA_AGENT_UNUSABLE, "no home directory: HOME is not set");
    return join(room, err, "%s/%s/xacct%s", at, below_home, what);
}

static bool our_private_dir(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() &&
           (st.st_mode & 07777) == 0700;
}

/* FNV-1a, 32 bit, of the host name: a home shared by several machines must not
 * share their sockets. */
static uint32_t host_hash(void)
{
    char host[256] = "";
    uint32_t hash = 2166136261u;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    for (const char *p = host; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    return hash;
}

/* Beside the socket lie the locks: bound over one of them, it would end it. */
static bool is_taken(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    return strcmp(name, XA_AGENT_LOCK) == 0 || strcmp(name, XA_START_LOCK) == 0 ||
           strcmp(name, XA_NEW_SOCKET) == 0;
}

static bool find_socket(struct xa_paths *ret, struct xa_error *err)
{
    const char *wished = getenv("XACCT_SOCK"), *runtime = absolute("XDG_RUNTIME_DIR");
    if (wished != NULL && wished[0] != '\0') {
        size_t len = strlen(wished);
        ret->socket_from = "XACCT_SOCK";
        if (wished[0] != '/' || wished[len - 1] == '/') {
            xa_fail(err, XA_AGENT_UNUSABLE, "XACCT_SOCK is not the absolute path of a socket: '%s'",
                    wished);
            return xa_hint(err, "unset XACCT_SOCK");
        }
        if (is_taken(wished)) {
            xa_fail(err, XA_AGENT_UNUSABLE, "XACCT_SOCK has a name that xacct uses itself: '%s'",
                    wished);
            return xa_hint(err, "unset XACCT_SOCK");
        }
        return join(ret->socket, err, "%s", wished);
    }
    if (runtime != NULL && our_private_dir(runtime)) {
        ret->socket_from = "XDG_RUNTIME_DIR";
        return join(ret->socket, err, "%s/xacct/agent.sock", runtime);
    }
    char run_user[64];
    snprintf(run_user, sizeof run_user, "/run/user/%ju", (uintmax_t)getuid());
    if (our_private_dir(run_user)) {
        ret->socket_from = "/run/user";
        return join(ret->socket, err, "%s/xacct/agent.sock", run_user);
    }
    ret->socket_from = "the state directory";
    return join(ret->socket, err, "%s/run-%08x/agent.sock", ret->state, host_hash());
}

bool xa_paths_find(struct xa_paths *ret, struct xa_error *err)
{
    return under(ret->config, "XDG_CONFIG_HOME", ".config", "/config", err) &&
           under(ret->vault, "XDG_DATA_HOME", ".local/share", "/vault", err) &&
           under(ret->state, "XDG_STATE_HOME", ".local/state", "", err) &&
           find_socket(ret, err);
}

/* The mode of a directory that we just made, whatever the umask took from it.
 * Through a descriptor that follows no link: in a parent that others may write
 * to, the name can already be something else (S3). */
static bool set_private(const char *dir, struct xa_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && fchmod(fd, 0700) == 0;
    if (fd >= 0)
        close(fd);
    return ok || xa_fail(err, XA_IO, "the directory %s was changed while it was made", dir);
}

static bool make_dir(const char *dir, struct xa_error *err)
{
    if (mkdir(dir, 0700) == 0)
        return set_private(dir, err);
    int cause = errno;
    struct stat st;
    /* A parent that is there but that we may not write to is no failure. */
    return (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)) ||
           xa_fail(err, XA_IO, "cannot make the directory %s: %s", dir, strerror(cause));
}

bool xa_make_dirs(const char *path, struct xa_error *err)
{
    char part[XA_PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return xa_fail(err, XA_IO, "a path is empty or longer than %d bytes", XA_PATH_MAX - 1);
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        part[i] = '\0';
        if (!make_dir(part, err))
            return false;
        part[i] = path[i];
    }
    return true;
}

static bool check_socket_dir(int fd, const char *dir, bool chosen, struct xa_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot look at %s: %s", dir, strerror(errno));
    if (st.st_uid != getuid()) {
        xa_fail(err, XA_AGENT_UNUSABLE, "the socket's directory %s belongs to uid %ju, not to you",
                dir, (uintmax_t)st.st_uid);
        xa_why(err, "its owner could put an agent of their own there");
        return xa_hint(err, "export XACCT_SOCK=PATH with a directory of yours");
    }
    if ((st.st_mode & 077) != 0) {
        xa_fail(err, XA_AGENT_UNUSABLE, "the socket's directory %s has mode %04o, not 0700", dir,
                (unsigned)st.st_mode & 07777u);
        xa_why(err, "others could reach the agent's socket");
        /* A directory that a person chose may serve other ends, which a mode would end. */
        return chosen ? xa_hint(err, "export XACCT_SOCK=PATH with a directory of its own")
                      : xa_hint(err, "chmod 700 %s", dir);
    }
    return true;
}

int xa_open_socket_dir(const struct xa_paths *paths, bool make, const char **ret_name,
                       struct xa_error *err)
{
    char dir[XA_PATH_MAX];
    const char *slash = strrchr(paths->socket, '/');
    size_t len = (size_t)(slash - paths->socket);
    memcpy(dir, paths->socket, len);
    dir[len] = '\0';
    if (len == 0)
        memcpy(dir, "/", 2);

    if (make && access(dir, F_OK) != 0) {
        if (!xa_make_dirs(dir, err)) {
            if (err != NULL)
                err->code = XA_AGENT_UNUSABLE;
            return -1;
        }
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int cause = errno;
        bool link = cause == ELOOP || cause == ENOTDIR;
        xa_fail(err, XA_AGENT_UNUSABLE, "cannot open the socket's directory %s: %s", dir,
                link ? "it is not a real directory" : strerror(cause));
        xa_why(err, "the path comes from %s", paths->socket_from);
        xa_hint(err, "ls -ld %s", dir);
        return -1;
    }
    if (!check_socket_dir(fd, dir, strcmp(paths->socket_from, "XACCT_SOCK") == 0, err)) {
        close(fd);
        return -1;
    }
    *ret_name = slash + 1;
    return fd;
}
