#include "client/link/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/base/child.h"
#include "client/base/clock.h"
#include "proto/message.h"

#define AGENT_NAME "xacct-agent"
#define NOTE_MAX 4096           /* 'R', or 'F' and an encoded error */

/* --- what is started ---------------------------------------------------------- */

/* The link is followed, so `xacct` finds its agent too; a client that was replaced
 * while it runs has " (deleted)" after its name, but the same directory. */
static bool find_agent(char *room, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", room, size - sizeof AGENT_NAME);
    if (n > 0) {
        room[n] = '\0';
        char *slash = strrchr(room, '/');
        if (slash != NULL) {
            memcpy(slash + 1, AGENT_NAME, sizeof AGENT_NAME);
            if (access(room, X_OK) == 0)
                return true;
        }
    }
    snprintf(room, size, "%s", XACCT_AGENT);
    return access(room, X_OK) == 0;
}

/* Security H3: nothing but this. The values stay where they are: the pointers go to
 * "NAME=value" texts in our own environment. */
static char **agent_environment(void)
{
    static const char wanted[][17] = {
        "HOME=", "LANG=", "XDG_RUNTIME_DIR=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME=",
        "XDG_STATE_HOME=", "XDG_CACHE_HOME=", "XACCT_SOCK=",
    };
    enum { N_WANTED = sizeof wanted / sizeof wanted[0] };
    static char *list[N_WANTED + 2];
    static char path[] = "PATH=/usr/bin:/bin";
    size_t n = 0;
    list[n++] = path;
    for (char **e = environ; *e != NULL; e++)
        for (size_t i = 0; i < N_WANTED && n <= N_WANTED; i++)
            if (strncmp(*e, wanted[i], strlen(wanted[i])) == 0)
                list[n++] = *e;
    list[n] = NULL;
    return list;
}

/* --- the child ------------------------------------------------------------------ */

/* Says why there will be no agent, in the agent's own way. */
static XA_NORETURN void give_up(int ready, const char *path)
{
    struct xa_error err;
    uint8_t room[1024];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_fail(&err, XA_AGENT_UNUSABLE, "%s cannot be executed: %s", path, strerror(errno));
    struct xa_error_reply reply = xa_error_to_reply(&err);
    xa_write_u8(&w, 'F');
    xa_message_encode(&xa_msg_error, &reply, &w);
    ssize_t n = w.bad ? -1 : write(ready, w.at, w.len);
    _exit(n > 0 ? 1 : 2);
}

static XA_NORETURN void become_agent(const char *path, int ready)
{
    char number[12];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        chdir("/") != 0)
        give_up(ready, path);
    xa_child_keep_descriptors();
    fcntl(ready, F_SETFD, 0);
    snprintf(number, sizeof number, "%d", ready);
    char name[] = AGENT_NAME, flag[] = "--ready-fd";
    char *argv[] = { name, flag, number, NULL };
    execve(path, argv, agent_environment());
    give_up(ready, path);
}

/* --- its word ------------------------------------------------------------------- */

/* Reads until the end, which is when the agent closes its side. */
static bool read_note(int fd, uint8_t *room, size_t *ret_len, struct xa_error *err)
{
    int64_t deadline = xa_clock_ms() + XA_SPAWN_MS;
    size_t len = 0;
    while (len < NOTE_MAX) {
        int64_t left = deadline - xa_clock_ms();
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int ready = poll(&p, 1, left > 0 ? (int)left : 0);
        ssize_t n = ready > 0 ? read(fd, room + len, NOTE_MAX - len) : -1;
        if (n == 0)
            break;
        if (n > 0)
            len += (size_t)n;
        else if (ready == 0)
            return xa_fail(err, XA_AGENT_UNUSABLE, AGENT_NAME " was not ready within %d s",
                           XA_SPAWN_MS / 1000);
        else if (errno != EINTR)
            return xa_fail(err, XA_AGENT_UNUSABLE, "cannot hear from " AGENT_NAME ": %s",
                           strerror(errno));
    }
    *ret_len = len;
    return true;
}

static bool judge_note(const uint8_t *note, size_t len, struct xa_error *err)
{
    struct xa_error_reply reply;
    if (len == 1 && note[0] == 'R')
        return true;
    if (len < 1 || note[0] != 'F') {
        xa_fail(err, XA_AGENT_UNUSABLE, AGENT_NAME " ended before it was ready");
        return xa_hint(err, AGENT_NAME);    /* in the foreground it says more */
    }
    if (xa_message_decode(&xa_msg_error, (struct xa_slice){ note + 1, len - 1 }, &reply, err))
        xa_error_from_reply(&reply, err);
    return false;
}

/* Through a process that ends at once: a program that this one becomes would wait for the agent
 * as for a child of its own. Returns the agent's pid, or -1. */
static pid_t fork_apart(const char *path, const int ready[2])
{
    int ends[2];
    pid_t agent = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t between = xa_child_fork();
    if (between == 0) {
        agent = xa_child_fork();
        if (agent == 0)
            become_agent(path, ready[1]);
        ssize_t told = write(ends[1], &agent, sizeof agent);
        _exit(told == (ssize_t)sizeof agent ? 0 : 1);
    }
    close(ends[1]);
    if (between > 0) {
        if (read(ends[0], &agent, sizeof agent) != (ssize_t)sizeof agent)
            agent = -1;
        while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close(ends[0]);
    return agent;
}

bool xa_spawn_agent(struct xa_error *err)
{
    char path[PATH_MAX];
    uint8_t note[NOTE_MAX];
    size_t len = 0;
    int ends[2];
    if (!find_agent(path, sizeof path))
        return xa_fail(err, XA_AGENT_UNUSABLE, "%s: %s", path, strerror(errno));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "no pipe: %s", strerror(errno));
    pid_t agent = fork_apart(path, ends);
    close(ends[1]);
    bool told = agent > 0 ? read_note(ends[0], note, &len, err)
                          : xa_fail(err, XA_AGENT_UNUSABLE, "no process: %s", strerror(errno));
    close(ends[0]);
    if (!told && agent > 0)
        kill(agent, SIGTERM);            /* it has not said anything yet, so it is still there */
    return told && judge_note(note, len, err);
}
