#include "client/link/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"

#define LOOK_MS 10

/* Reads what /proc/PID/stat says of a process: "PID (NAME) STATE PARENT …", and NAME may
 * hold anything. False: there is no such process. */
static bool read_stat(pid_t pid, char *ret_state, long *ret_parent)
{
    char path[40], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL || strlen(name_end) < strlen(") S 1"))
        return false;
    *ret_state = name_end[2];
    *ret_parent = strtol(name_end + 3, NULL, 10);
    return true;
}

static int open_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

/* That the one is the other's parent here too tells that both numbers are of our
 * namespace. The agent still runs, since we are connected to it, so neither number has
 * passed to another process meanwhile. */
void xa_supervisor_hold(struct xa_supervisor *ret, pid_t agent, pid_t supervisor)
{
    char state;
    long parent = 0;
    *ret = (struct xa_supervisor){ .fd = -1 };
    if (agent <= 0 || supervisor <= 1)
        return;
    int fd = open_pidfd(supervisor);
    if (read_stat(agent, &state, &parent) && parent == (long)supervisor)
        *ret = (struct xa_supervisor){ supervisor, fd };
    else if (fd >= 0)
        close(fd);
}

/* One that has ended but was not waited for yet does nothing any more. */
static bool has_ended(const struct xa_supervisor *s)
{
    char state;
    long parent;
    struct pollfd p = { .fd = s->fd, .events = POLLIN };
    if (s->fd >= 0)
        return poll(&p, 1, LOOK_MS) > 0;    /* a pidfd is readable from then on */
    const struct timespec pause = { 0, LOOK_MS * 1000 * 1000 };
    bool ended = !read_stat(s->pid, &state, &parent) || state == 'Z' || state == 'X';
    if (!ended)
        nanosleep(&pause, NULL);
    return ended;
}

bool xa_supervisor_wait(struct xa_supervisor *s, int64_t deadline_ms)
{
    bool ended = s->pid == 0;
    while (!ended && xa_clock_ms() < deadline_ms)
        ended = has_ended(s);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct xa_supervisor){ .fd = -1 };
    return ended;
}
