#include "client/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "proto/limits.h"

#define GRACE_MS 2000
#define DESCRIPTORS 1024

void xa_child_expect(void)
{
    signal(SIGCHLD, SIG_DFL);
}

pid_t xa_child_fork(void)
{
    xa_child_expect();
    return fork();
}

/* Kernels before 5.11 lack the call. They are asked for each; more than a shell would
 * give a number to is not looked at. */
void xa_child_keep_descriptors(void)
{
    const unsigned cloexec = 1u << 2;      /* CLOSE_RANGE_CLOEXEC */
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, cloexec) == 0)
        return;
    for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool xa_child_in_path(const char *program)
{
    char path[XA_PATH_MAX];
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, ":");
        int n = snprintf(path, sizeof path, "%.*s/%s", (int)len, at, program);
        if (len > 0 && n > 0 && n < (int)sizeof path && access(path, X_OK) == 0)
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

bool xa_child_ended(pid_t pid)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

int xa_child_wait(pid_t pid, int64_t deadline_ms)
{
    const struct timespec pause = { 0, 10 * 1000 * 1000 };
    int64_t grace_ms = xa_clock_ms() + GRACE_MS;
    int status = 0;
    for (bool killed = false;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (done < 0 && errno != EINTR)
            return XA_CHILD_NOT_EXECUTED;
        if (!killed && xa_clock_ms() > grace_ms && xa_clock_ms() > deadline_ms)
            killed = kill(pid, SIGKILL) == 0;
        nanosleep(&pause, NULL);
    }
}
