#include "client/link/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/descriptors.h"
#include "client/base/output.h"
#include "client/link/spawn.h"

#define CONNECT_MS 5000     /* an agent whose backlog stays full is stuck */
#define LOCK_WAIT_S 20      /* XA_SPAWN_MS and some: the holder is bounded by that */

static bool none_running(const struct xa_paths *paths, struct xa_error *err)
{
    xa_fail(err, XA_NO_AGENT, "no agent is running");
    return xa_why(err, "nobody listens on %s", paths->socket);
}

/* --- the directory ---------------------------------------------------------- */

static bool dir_missing(const struct xa_paths *paths)
{
    char dir[XA_PATH_MAX];
    struct stat st;
    size_t len = (size_t)(strrchr(paths->socket, '/') - paths->socket);
    memcpy(dir, paths->socket, len);
    dir[len] = '\0';
    return len > 0 && lstat(dir, &st) != 0 && errno == ENOENT;
}

static int open_above(struct xa_link *l, const struct xa_paths *paths, bool make,
                      struct xa_error *err)
{
    int fd = xa_open_socket_dir(paths, make, &l->name, err);
    int above = xa_descriptors_above(fd);
    if (fd >= 0 && above < 0)
        xa_fail(err, XA_AGENT_UNUSABLE, "a standard descriptor is closed, and /dev/null cannot be "
                "opened in its place: %s", strerror(errno));
    return above;
}

static bool open_dir(struct xa_link *l, const struct xa_paths *paths, bool make,
                     struct xa_error *err)
{
    if (l->dir >= 0)
        return true;
    l->dir = open_above(l, paths, false, err);
    if (l->dir >= 0)
        return true;
    if (!dir_missing(paths))
        return false;
    if (!make)
        return none_running(paths, err);
    l->dir = open_above(l, paths, true, err);
    return l->dir >= 0;
}

/* --- the socket --------------------------------------------------------------- */

/* The name is looked up in the directory that was checked, whatever has happened to
 * its path since, and a long path does not meet the 107 bytes of sun_path. */
static bool address(const struct xa_link *l, struct sockaddr_un *ret, struct xa_error *err)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    struct xa_out path = xa_out_begin(-1, ret->sun_path, sizeof ret->sun_path - 1);
    path.whole = true;
    xa_out_text(&path, "/proc/self/fd/");
    xa_out_number(&path, (uint64_t)l->dir);
    xa_out_char(&path, '/');
    xa_out_text(&path, l->name);
    return !path.failed ||
           xa_fail(err, XA_AGENT_UNUSABLE, "the socket's name is too long: '%s'", l->name);
}

/* Security P2: a squatter gets a connection and not one byte. */
static bool server_is_ours(int fd, const struct xa_paths *paths, struct xa_error *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot tell who serves %s: %s", paths->socket,
                       strerror(errno));
    if (peer.uid != paths->uid)
        return xa_fail(err, XA_AGENT_UNUSABLE, "%s is served by uid %ju, not by you", paths->socket,
                       (uintmax_t)peer.uid);
    return true;
}

/* A full backlog answers EAGAIN at once, and no event tells when it has room. */
static int connect_patiently(int fd, const struct sockaddr_un *addr)
{
    int64_t deadline = 0;
    const struct timespec pause = { 0, 5 * 1000 * 1000 };
    while (connect(fd, (const struct sockaddr *)addr, sizeof *addr) != 0) {
        if (errno == EINTR)
            continue;
        if (deadline == 0)
            deadline = xa_clock_ms() + CONNECT_MS;
        if (errno != EAGAIN || xa_clock_ms() >= deadline)
            return errno;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static bool try_connect(struct xa_link *l, const struct xa_paths *paths, struct xa_error *err)
{
    struct sockaddr_un addr;
    if (!address(l, &addr, err))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "no socket: %s", strerror(errno));
    int cause = connect_patiently(fd, &addr);
    if (cause == ENOENT || cause == ECONNREFUSED)
        none_running(paths, err);
    else if (cause != 0)
        xa_fail(err, XA_AGENT_UNUSABLE, "cannot reach the agent at %s: %s", paths->socket,
                cause == EAGAIN ? "it takes no connections" : strerror(cause));
    else if (server_is_ours(fd, paths, err)) {
        l->fd = fd;
        l->number = 0;
        return true;
    }
    close(fd);
    return false;
}

bool xa_connect_socket_there(const struct xa_link *l)
{
    return faccessat(l->dir, l->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool xa_connect_agent_lives(const struct xa_link *l)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = l->dir < 0 ? -1 : openat(l->dir, XA_AGENT_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return held;
}

/* --- the start ------------------------------------------------------------------ */

static void wake(int signal_number)
{
    (void)signal_number;
}

/* Waits for whoever is starting the agent, but not for one who was stopped (Ctrl-Z)
 * with the lock in hand: the alarm interrupts the wait. */
static bool lock_patiently(int fd)
{
    struct sigaction action = { .sa_handler = wake }, before;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    sigaction(SIGALRM, &action, &before);
    alarm(LOCK_WAIT_S);
    bool locked = flock(fd, LOCK_EX) == 0;
    alarm(0);
    sigaction(SIGALRM, &before, NULL);
    return locked;
}

/* Fifty clients at once: one holds the lock and starts the agent, the others wait
 * for it here and then find the agent there. */
static bool start_and_connect(struct xa_link *l, const struct xa_paths *paths,
                              struct xa_error *err)
{
    bool ok = false;
    int fd = openat(l->dir, XA_START_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot open start.lock beside %s: %s",
                       paths->socket, strerror(errno));
    if (!lock_patiently(fd)) {
        xa_fail(err, XA_AGENT_UNUSABLE, "another xacct has been starting the agent for %d s",
                LOCK_WAIT_S);
        goto out;
    }
    ok = try_connect(l, paths, err);
    if (ok || err->code != XA_NO_AGENT)
        goto out;
    ok = xa_spawn_agent(err) && try_connect(l, paths, err);
out:
    close(fd);
    return ok;
}

bool xa_connect(struct xa_link *l, const struct xa_paths *paths, bool may_start,
                struct xa_error *err)
{
    if (!open_dir(l, paths, may_start, err))
        return false;
    if (try_connect(l, paths, err))
        return true;
    if (err->code != XA_NO_AGENT || !may_start)
        return false;
    return start_and_connect(l, paths, err);
}
