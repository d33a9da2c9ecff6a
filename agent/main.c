/* xacct-agent: hardens itself, forks, and is the supervisor from then on
 * (design.md, section 2, gives the order of the steps). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include "agent/harden.h"
#include "agent/log.h"
#include "agent/serve.h"
#include "agent/supervisor.h"

#define LISTEN_FDS_START 3      /* sd_listen_fds(3) */

struct options {
    int ready_fd;               /* -1: in the foreground */
    int listen_fd;              /* -1: none was handed over */
};

static const char usage[] =
    "Usage: xacct-agent [--ready-fd N]\n"
    "Keeps source keys, signs, and serves xacct-client on a Unix socket.\n"
    "\n"
    "In the foreground it logs to stderr; xacct-client starts it by itself when it\n"
    "is needed, with --ready-fd. See xacct-client help.\n";

/* Returns -1 to go on, else the exit status. */
static int parse_arguments(int argc, char **argv, struct options *ret)
{
    for (int i = 1; i < argc; i++) {
        char *end;
        if (strcmp(argv[i], "--version") == 0) {
            printf("xacct-agent %s\n", XACCT_VERSION);
            return 0;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--ready-fd") == 0 && i + 1 < argc) {
            long fd = strtol(argv[++i], &end, 10);
            if (*end == '\0' && fd > 2 && fd < 65536 && fcntl((int)fd, F_GETFD) >= 0) {
                ret->ready_fd = (int)fd;
                continue;
            }
            fprintf(stderr, "xacct-agent: --ready-fd: '%s' is no open descriptor above 2\n",
                    argv[i]);
            return 2;
        }
        fprintf(stderr, "xacct-agent: unknown argument '%s'\n  try: xacct-agent --help\n", argv[i]);
        return 2;
    }
    return -1;
}

/* One socket, and only if it is meant for this process; what is meant for it and
 * not there is an error, since a socket of our own would be another one than the
 * service manager watches. */
static bool take_listen_fd(int *ret, struct xa_error *err)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    if (pid == NULL || n == NULL || strtol(pid, NULL, 10) != (long)getpid())
        return true;
    if (strcmp(n, "1") != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "LISTEN_FDS is '%s'; one socket can be handed over",
                       n);
    if (fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "LISTEN_FDS says so, but descriptor %d is not open",
                       LISTEN_FDS_START);
    *ret = LISTEN_FDS_START;
    return true;
}

/* Without a terminal to belong to, nor one to write to. */
static bool go_to_background(const struct xa_paths *paths, struct xa_error *err)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ok = null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2;
    if (null > 2)
        close(null);
    setsid();      /* fails only for a group leader, which then has no need of it */
    ok = ok && chdir("/") == 0;
    if (!ok)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot open /dev/null: %s", strerror(errno));
    /* A home that cannot be written to is no reason not to serve (R4, R5). */
    (void)!xa_log_to_file(paths->state, NULL);
    return true;
}

static bool prepare(char **argv, struct options *options, struct xa_paths *paths,
                    struct xa_error *err)
{
    if (!xa_harden_reexec(argv, err) || !xa_harden_self(err) ||
        !take_listen_fd(&options->listen_fd, err))
        return false;
    const int keep[] = { options->ready_fd, options->listen_fd };
    if (!xa_harden_descriptors(keep, 2, err) || !xa_harden_environment(err) ||
        !xa_paths_find(paths, err))
        return false;
    if (options->ready_fd < 0)
        return true;
    if (fcntl(options->ready_fd, F_SETFD, FD_CLOEXEC) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "descriptor %d: %s", options->ready_fd,
                       strerror(errno));
    return go_to_background(paths, err);
}

/* The serving process. It begins undumpable: nobody can have a handle on its
 * memory from before (H1). Its parent's death is seen on the socketpair. */
static int be_agent(const struct xa_paths *paths, int link_fd, pid_t supervisor,
                    const struct options *options)
{
    if (options->ready_fd >= 0)
        close(options->ready_fd);
    unsetenv("NOTIFY_SOCKET");
    xa_supervisor_unblock_signals();
    const struct xa_serve_setup setup = { paths, link_fd, supervisor, options->listen_fd };
    return xa_serve(&setup);
}

int main(int argc, char **argv)
{
    static struct xa_paths paths;
    struct options options = { -1, -1 };
    struct xa_error err;
    int pair[2], status = parse_arguments(argc, argv, &options);
    if (status >= 0)
        return status;
    if (!prepare(argv, &options, &paths, &err))
        return xa_supervisor_report(options.ready_fd, &err);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        xa_fail(&err, XA_AGENT_UNUSABLE, "cannot make a socketpair: %s", strerror(errno));
        return xa_supervisor_report(options.ready_fd, &err);
    }

    signal(SIGPIPE, SIG_IGN);      /* whoever waits for readiness may be gone */
    pid_t supervisor = getpid();
    xa_supervisor_block_signals();
    pid_t agent = fork();
    if (agent == 0) {
        close(pair[0]);
        return be_agent(&paths, pair[1], supervisor, &options);
    }
    close(pair[1]);
    if (options.listen_fd >= 0)
        close(options.listen_fd);
    if (agent < 0) {
        xa_fail(&err, XA_AGENT_UNUSABLE, "cannot fork: %s", strerror(errno));
        return xa_supervisor_report(options.ready_fd, &err);
    }
    return xa_supervise(agent, pair[0], options.ready_fd);
}
