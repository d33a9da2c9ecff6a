#include "client/asking/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/base/child.h"
#include "client/base/clock.h"
#include "client/base/output.h"

#define LOOK_MS 50             /* how often to look whether a silent helper has ended */

static XA_NORETURN void become(char *const *argv, int in, int out)
{
    xa_child_keep_descriptors();
    if (in < 0)
        in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (xa_notes_are_off()) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, STDERR_FILENO) < 0)
            _exit(XA_CHILD_NOT_EXECUTED);
    }
    if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execvp(argv[0], argv);
    _exit(XA_CHILD_NOT_EXECUTED);
}

static void close_both(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

bool xa_helper_start(struct xa_helper *h, char *const *argv, bool talk, int64_t deadline_ms,
                     struct xa_error *err)
{
    int to[2] = { -1, -1 }, from[2] = { -1, -1 };
    *h = (struct xa_helper){ .name = argv[0], .to = -1, .from = -1, .deadline_ms = deadline_ms };
    pid_t pid = -1;
    if (pipe2(from, O_CLOEXEC) == 0 && (!talk || pipe2(to, O_CLOEXEC) == 0))
        pid = xa_child_fork();
    if (pid < 0) {
        xa_fail(err, XA_NOT_ASKED, "%s cannot be started: %s", argv[0], strerror(errno));
        close_both(to);
        close_both(from);
        return false;
    }
    if (pid == 0)
        become(argv, to[0], from[1]);
    if (talk)
        close(to[0]);
    close(from[1]);
    h->pid = pid;
    h->to = to[1];
    h->from = from[0];
    return true;
}

/* A helper that has gone must cost us an error, not a SIGPIPE: blocked here, and
 * taken off the list again if it came. */
static ssize_t write_quietly(int fd, const char *at, size_t len)
{
    const struct timespec now = { 0, 0 };
    sigset_t pipe_only, before;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t n = write(fd, at, len);
    int cause = errno;
    if (n < 0 && cause == EPIPE)
        sigtimedwait(&pipe_only, NULL, &now);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return n;
}

bool xa_helper_say(struct xa_helper *h, const char *line, struct xa_error *err)
{
    size_t len = strlen(line);
    while (len > 0) {
        ssize_t n = write_quietly(h->to, line, len);
        if (n > 0) {
            line += n;
            len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            return xa_fail(err, XA_NOT_ASKED, "%s does not listen", h->name);
        }
    }
    return true;
}

static bool wait_helper(struct xa_helper *h, struct xa_error *err)
{
    for (;;) {
        int64_t left = h->deadline_ms != 0 ? h->deadline_ms - xa_clock_ms() : -1;
        struct pollfd p = { .fd = h->from, .events = POLLIN };
        int n = poll(&p, 1, h->deadline_ms == 0 ? -1 : left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0)
            return xa_fail(err, XA_NOT_ASKED, "%s gave no answer in time", h->name);
        if (errno != EINTR)
            return xa_fail(err, XA_NOT_ASKED, "%s: %s", h->name, strerror(errno));
    }
}

/* The line handed out last is at the front of the room until now. */
static void drop_taken(struct xa_helper *h, size_t taken)
{
    memmove(xa_room.raw, xa_room.raw + taken, h->len - taken);
    h->len -= taken;
    explicit_bzero(xa_room.raw + h->len, sizeof xa_room.raw - h->len);
}

bool xa_helper_line(struct xa_helper *h, struct xa_slice *ret, struct xa_error *err)
{
    drop_taken(h, h->taken);
    h->taken = 0;
    for (;;) {
        uint8_t *end = h->len > 0 ? memchr(xa_room.raw, '\n', h->len) : NULL;
        if (end != NULL) {
            *ret = (struct xa_slice){ xa_room.raw, (size_t)(end - xa_room.raw) };
            h->taken = ret->len + 1;
            return true;
        }
        if (h->len == sizeof xa_room.raw)
            return xa_fail(err, XA_NOT_ASKED, "%s answers in a line that is too long", h->name);
        if (!wait_helper(h, err))
            return false;
        ssize_t n = read(h->from, xa_room.raw + h->len, sizeof xa_room.raw - h->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return xa_fail(err, XA_NOT_ASKED, "%s: %s", h->name, strerror(errno));
        if (n == 0) {
            *ret = (struct xa_slice){ h->len > 0 ? xa_room.raw : NULL, h->len };
            h->taken = h->len;
            return true;
        }
        h->len += (size_t)n;
    }
}

/* What follows the first line is taken and thrown away: a helper whose pipe is closed
 * under it dies of SIGPIPE, and its answer would count for nothing. Until its end or, if
 * a child of its own keeps the pipe open, until it has ended. */
static bool discard_rest(struct xa_helper *h, struct xa_error *err)
{
    for (;;) {
        explicit_bzero(xa_room.raw, sizeof xa_room.raw);
        struct pollfd p = { .fd = h->from, .events = POLLIN };
        int n = poll(&p, 1, LOOK_MS);
        if (n > 0) {
            ssize_t got = read(h->from, xa_room.raw, sizeof xa_room.raw);
            if (got == 0 || (got < 0 && errno != EINTR))
                return true;
        } else if (n == 0 && xa_child_ended(h->pid)) {
            return true;
        }
        if (h->deadline_ms != 0 && xa_clock_ms() >= h->deadline_ms)
            return xa_fail(err, XA_NOT_ASKED, "%s did not end in time", h->name);
    }
}

int xa_helper_finish(struct xa_helper *h)
{
    int status = 0;
    if (h->pid > 0) {
        if (h->to >= 0)
            close(h->to);
        close(h->from);
        status = xa_child_wait(h->pid, 0);
    }
    explicit_bzero(xa_room.raw, sizeof xa_room.raw);
    *h = (struct xa_helper){ .to = -1, .from = -1 };
    return status;
}

bool xa_helper_first_line(char *const *argv, int64_t deadline_ms, struct xa_phrase *ret,
                          int *ret_status, struct xa_error *err)
{
    struct xa_helper h;
    struct xa_slice line = { 0 };
    if (!xa_helper_start(&h, argv, false, deadline_ms, err))
        return false;
    bool ok = xa_helper_line(&h, &line, err);
    if (ok && line.len > XA_PASSPHRASE_MAX)
        ok = xa_fail(err, XA_NOT_ASKED, "%s: its answer is longer than %d characters", argv[0],
                     XA_PASSPHRASE_MAX);
    if (ok) {
        if (line.len > 0)
            memcpy(ret->at, line.at, line.len);
        ret->at[line.len] = '\0';
        ret->len = line.len;
        ok = line.at == NULL || discard_rest(&h, err);
    }
    *ret_status = xa_helper_finish(&h);
    return ok;
}
