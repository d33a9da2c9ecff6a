#include "client/serve/witness.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/base/child.h"

#define SETTLE_NS (3 * 1000 * 1000)  /* between the first and the last of a group            */
#define ANSWER_MS 200                /* one that is stopped does not answer                  */
#define SENDERS 16

/* What it says: who sent the signal that it was asked about. */
struct testimony { pid_t senders[SENDERS]; int n; };

static struct testimony recall(const sigset_t *held, int signal)
{
    const struct timespec at_once = { 0, 0 };
    struct testimony said = { .n = 0 };
    siginfo_t info;
    while (sigtimedwait(held, &info, &at_once) > 0)
        if (info.si_signo == signal && info.si_code <= 0 && said.n < SENDERS)
            said.senders[said.n++] = info.si_pid;
    return said;
}

static void stand_by(int line, const sigset_t *held)
{
    int signal;
    while (read(line, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        struct testimony said = recall(held, signal);
        if (write(line, &said, sizeof said) != (ssize_t)sizeof said)
            return;
    }
}

void xa_witness_start(struct xa_witness *w, const sigset_t *held, void (*idle)(void *ctx),
                      void *ctx)
{
    int ends[2];
    *w = (struct xa_witness){ .line = -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    pid_t pid = xa_child_fork();
    if (pid == 0) {
        close(ends[0]);
        sigprocmask(SIG_BLOCK, held, NULL);
        idle(ctx);
        /* Whoever reads what the program writes waits for the end of the last writer. */
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
            close(fd);
        stand_by(ends[1], held);
        _exit(0);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return;
    }
    *w = (struct xa_witness){ pid, ends[0] };
}

bool xa_witness_saw(const struct xa_witness *w, int signal, pid_t sender)
{
    const struct timespec settle = { 0, SETTLE_NS };
    struct testimony said;
    struct pollfd answer = { .fd = w->line, .events = POLLIN };
    if (w->pid == 0)
        return false;
    nanosleep(&settle, NULL);
    while (recv(w->line, &said, sizeof said, MSG_DONTWAIT) > 0)
        continue;                        /* too late an answer to an earlier question */
    if (send(w->line, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ||
        poll(&answer, 1, ANSWER_MS) != 1 ||
        recv(w->line, &said, sizeof said, MSG_DONTWAIT) != (ssize_t)sizeof said)
        return false;
    for (int i = 0; i < said.n; i++)
        if (said.senders[i] == sender)
            return true;
    return false;
}

void xa_witness_end(struct xa_witness *w)
{
    if (w->pid == 0)
        return;
    close(w->line);
    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    w->pid = 0;
}
