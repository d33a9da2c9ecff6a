#include "proto/sockpath.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/variables.h"

enum variable { HOME, SOCK, RUNTIME, CONFIG, DATA, STATE, N_VARIABLES };

static void find_variables(struct xa_variable_wanted ret[N_VARIABLES])
{
    static const struct xa_variable_wanted names[N_VARIABLES] = {
        [HOME] = { "HOME", NULL }, [SOCK] = { "XACCT_SOCK", NULL },
        [RUNTIME] = { "XDG_RUNTIME_DIR", NULL }, [CONFIG] = { "XDG_CONFIG_HOME", NULL },
        [DATA] = { "XDG_DATA_HOME", NULL }, [STATE] = { "XDG_STATE_HOME", NULL },
    };
    memcpy(ret, names, sizeof names);
    xa_variables_find(ret, N_VARIABLES);
}

/* Three pieces, one behind the other, as the next text. NULL: too long. */
static const char *join(struct xa_paths *p, const char *a, const char *b, const char *c,
                        struct xa_error *err)
{
    const char *pieces[] = { a, b, c };
    char *text = p->texts + p->used;
    size_t len = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(pieces[i]);
        if (n >= XA_PATH_MAX - len) {
            xa_fail(err, XA_AGENT_UNUSABLE, "a path is longer than %d bytes", XA_PATH_MAX - 1);
            return NULL;
        }
        memcpy(text + len, pieces[i], n + 1);
        len += n;
    }
    p->used += len + 1;
    return text;
}

/* "All paths set in these environment variables must be absolute. If an
 * implementation encounters a relative path in any of these variables it should
 * consider the path invalid and ignore it." (XDG Base Directory Specification) */
static const char *absolute(const struct xa_variable_wanted *v, enum variable which)
{
    const char *value = v[which].value;
    return value != NULL && value[0] == '/' ? value : NULL;
}

static const char *home(const struct xa_variable_wanted *v)
{
    const char *at = absolute(v, HOME);
    if (at != NULL)
        return at;
    const struct passwd *pw = getpwuid(getuid());
    return pw != NULL && pw->pw_dir != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
}

static const char *under(struct xa_paths *p, const struct xa_variable_wanted *v,
                         enum variable which, const char *below_home, const char *what,
                         struct xa_error *err)
{
    const char *base = absolute(v, which);
    if (base != NULL)
        return join(p, base, "/xacct", what, err);
    const char *at = home(v);
    if (at != NULL)
        return join(p, at, below_home, what, err);
    xa_fail(err, XA_AGENT_UNUSABLE, "no home directory: HOME is not set");
    return NULL;
}

static bool our_private_dir(const char *path, uid_t uid)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid &&
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

static const char *find_socket(const struct xa_variable_wanted *v, struct xa_paths *ret,
                               struct xa_error *err)
{
    const char *wished = v[SOCK].value, *runtime = absolute(v, RUNTIME);
    if (wished != NULL && wished[0] != '\0') {
        size_t len = strlen(wished);
        ret->socket_from = "XACCT_SOCK";
        if (wished[0] != '/' || wished[len - 1] == '/') {
            xa_fail(err, XA_AGENT_UNUSABLE, "XACCT_SOCK is not the absolute path of a socket: '%s'",
                    wished);
            xa_hint(err, "unset XACCT_SOCK");
            return NULL;
        }
        if (is_taken(wished)) {
            xa_fail(err, XA_AGENT_UNUSABLE, "XACCT_SOCK has a name that xacct uses itself: '%s'",
                    wished);
            xa_hint(err, "unset XACCT_SOCK");
            return NULL;
        }
        return join(ret, wished, "", "", err);
    }
    if (runtime != NULL && our_private_dir(runtime, ret->uid)) {
        ret->socket_from = "XDG_RUNTIME_DIR";
        return join(ret, runtime, "/xacct/", "agent.sock", err);
    }
    char run_user[64];
    snprintf(run_user, sizeof run_user, "/run/user/%ju", (uintmax_t)ret->uid);
    if (our_private_dir(run_user, ret->uid)) {
        ret->socket_from = "/run/user";
        return join(ret, run_user, "/xacct/", "agent.sock", err);
    }
    char of_host[64];
    snprintf(of_host, sizeof of_host, "/run-%08x/", host_hash());
    ret->socket_from = "the state directory";
    return join(ret, ret->state, of_host, "agent.sock", err);
}

/* The kernel hands it to each program; asking for it is a call. */
static uid_t our_uid(void)
{
    errno = 0;
    unsigned long uid = getauxval(AT_UID);
    return errno == 0 ? (uid_t)uid : getuid();
}

bool xa_paths_find(struct xa_paths *ret, struct xa_error *err)
{
    struct xa_variable_wanted v[N_VARIABLES];
    find_variables(v);
    ret->used = 0;
    ret->uid = our_uid();
    return (ret->config = under(ret, v, CONFIG, "/.config/xacct", "/config", err)) != NULL &&
           (ret->vault = under(ret, v, DATA, "/.local/share/xacct", "/vault", err)) != NULL &&
           (ret->state = under(ret, v, STATE, "/.local/state/xacct", "", err)) != NULL &&
           (ret->socket = find_socket(v, ret, err)) != NULL;
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

static bool check_socket_dir(int fd, const char *dir, uid_t uid, bool chosen,
                             struct xa_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot look at %s: %s", dir, strerror(errno));
    if (st.st_uid != uid) {
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
    int fd = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int cause = errno;
        bool link = cause == ELOOP || cause == ENOTDIR;
        xa_fail(err, XA_AGENT_UNUSABLE, "cannot open the socket's directory %s: %s", dir,
                link ? "it is not a real directory" : strerror(cause));
        xa_why(err, "the path comes from %s", paths->socket_from);
        xa_hint(err, "ls -ld %s", dir);
        return -1;
    }
    bool chosen = strcmp(paths->socket_from, "XACCT_SOCK") == 0;
    if (!check_socket_dir(fd, dir, paths->uid, chosen, err)) {
        close(fd);
        return -1;
    }
    *ret_name = slash + 1;
    return fd;
}
