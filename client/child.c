#include "client/child.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include "client/clock.h"

#define GRACE_MS 2000

bool xa_child_ended(pid_t pid)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

int xa_child_wait(pid_t pid)
{
    const struct timespec pause = { 0, 10 * 1000 * 1000 };
    int64_t deadline = xa_clock_ms() + GRACE_MS;
    int status = 0;
    for (bool killed = false;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (done < 0 && errno != EINTR)
            return XA_CHILD_NOT_EXECUTED;
        if (!killed && xa_clock_ms() > deadline)
            killed = kill(pid, SIGKILL) == 0;
        nanosleep(&pause, NULL);
    }
}
