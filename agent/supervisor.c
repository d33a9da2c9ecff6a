#include "agent/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/message.h"

struct supervisor {
    pid_t agent;
    int link_fd, ready_fd, signal_fd;
};

static void watched(sigset_t *set)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };
    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(set, signals[i]);
}

void xa_supervisor_block_signals(void)
{
    sigset_t set;
    watched(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void xa_supervisor_unblock_signals(void)
{
    sigset_t set;
    watched(&set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- readiness ---------------------------------------------------------------- */

/* sd_notify(3): one datagram to the socket that the service manager named. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t len = path != NULL ? strlen(path) : 0;
    if (len == 0 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, to_len);
    close(fd);
}

static void tell_ready(int *ready_fd, const void *packet, size_t len)
{
    if (*ready_fd < 0)
        return;
    (void)!write(*ready_fd, packet, len);   /* whoever waited may be gone */
    close(*ready_fd);
    *ready_fd = -1;
}

static void print_error(const struct xa_error *err)
{
    dprintf(STDERR_FILENO, "xacct-agent: cannot start: %s\n", err->message);
    if (err->why[0] != '\0')
        dprintf(STDERR_FILENO, "  why: %s\n", err->why);
    if (err->hint[0] != '\0')
        dprintf(STDERR_FILENO, "  try: %s\n", err->hint);
}

int xa_supervisor_report(int ready_fd, const struct xa_error *err)
{
    uint8_t packet[XA_SUPERVISOR_PACKET_MAX];
    struct xa_writer w = xa_writer_init(packet, sizeof packet);
    struct xa_error_reply reply = xa_error_to_reply(err);
    xa_write_u8(&w, XA_SUPERVISOR_FAILED);
    xa_message_encode(&xa_msg_error, &reply, &w);
    if (ready_fd >= 0)
        tell_ready(&ready_fd, packet, w.len);
    else
        print_error(err);
    return xa_code_exit(err->code);
}

static void take_failure(struct supervisor *s, struct xa_slice packet)
{
    struct xa_error_reply reply;
    struct xa_error err;
    if (s->ready_fd >= 0) {
        tell_ready(&s->ready_fd, packet.at, packet.len);
    } else if (xa_message_decode(&xa_msg_error, (struct xa_slice){ packet.at + 1, packet.len - 1 },
                                 &reply, NULL)) {
        xa_error_from_reply(&reply, &err);
        print_error(&err);
    }
}

/* --- the courier ---------------------------------------------------------------- */

/* In the child. Nothing of ours stays open; the environment is empty: no proxy,
 * no certificate directory, no loader variable reaches the courier (H3). */
static void become_courier(int fd)
{
    char name[] = "xacct-courier";
    char *const argv[] = { name, NULL }, *const empty[] = { NULL };
    xa_supervisor_unblock_signals();
    if (fd == XA_COURIER_FD) {
        if (fcntl(fd, F_SETFD, 0) != 0)
            _exit(126);
    } else if (dup2(fd, XA_COURIER_FD) < 0) {
        _exit(126);
    }
    execve(XACCT_COURIER, argv, empty);
    _exit(127);
}

static bool send_descriptor(int link_fd, int fd)
{
    char byte = XA_SUPERVISOR_COURIER;
    struct iovec iov = { &byte, 1 };
    union { char room[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { .room = { 0 } };
    struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    return sendmsg(link_fd, &message, MSG_NOSIGNAL) == 1;
}

static bool start_courier(const struct supervisor *s)
{
    int pair[2], on = 1;
    if (access(XACCT_COURIER, X_OK) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    bool ok = setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0;
    pid_t pid = ok ? fork() : -1;
    if (pid == 0)
        become_courier(pair[1]);
    ok = pid > 0 && send_descriptor(s->link_fd, pair[0]);
    close(pair[0]);
    close(pair[1]);
    return ok;
}

/* --- the loop ------------------------------------------------------------------- */

/* Returns false when the agent has closed its end. */
static bool take_packet(struct supervisor *s)
{
    uint8_t packet[XA_SUPERVISOR_PACKET_MAX];
    ssize_t n = recv(s->link_fd, packet, sizeof packet, 0);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    switch (packet[0]) {
    case XA_SUPERVISOR_READY:
        tell_ready(&s->ready_fd, packet, 1);
        notify("READY=1");
        break;
    case XA_SUPERVISOR_FAILED:
        take_failure(s, (struct xa_slice){ packet, (size_t)n });
        break;
    case XA_SUPERVISOR_COURIER:
        if (!start_courier(s)) {
            const char none = XA_SUPERVISOR_NO_COURIER;
            (void)!send(s->link_fd, &none, 1, MSG_NOSIGNAL);
        }
        break;
    default:
        break;
    }
    return true;
}

/* Couriers are reaped in passing. True: the agent is gone, with this status. */
static bool reap(const struct supervisor *s, int *ret_status)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        if (pid == s->agent) {
            *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            return true;
        }
    return false;
}

static bool take_signal(const struct supervisor *s, int *ret_status)
{
    struct signalfd_siginfo info;
    if (read(s->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return false;
    if (info.ssi_signo == SIGCHLD)
        return reap(s, ret_status);
    kill(s->agent, (int)info.ssi_signo);
    return false;
}

int xa_supervise(pid_t agent, int link_fd, int ready_fd)
{
    sigset_t set;
    int status = 1;
    watched(&set);
    struct supervisor s = { agent, link_fd, ready_fd,
                            signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) };
    if (s.signal_fd < 0) {
        /* Without signals we could not pass on a TERM; the closed link ends the agent. */
        close(link_fd);
        waitpid(agent, &status, 0);
        return 1;
    }
    struct pollfd polled[] = { { s.signal_fd, POLLIN, 0 }, { link_fd, POLLIN, 0 } };
    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            break;
        if (polled[1].revents != 0 && !take_packet(&s))
            polled[1].fd = -1;      /* the agent is about to end: SIGCHLD says so */
        if (polled[0].revents != 0 && take_signal(&s, &status))
            break;
    }
    notify("STOPPING=1");
    return status;
}
