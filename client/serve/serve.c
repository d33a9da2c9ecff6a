#include "client/serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/base/child.h"
#include "client/base/clock.h"
#include "client/base/room.h"
#include "client/serve/answer.h"
#include "client/serve/port.h"

bool xa_serve_open(struct xa_serving *s, struct xa_client *c, struct xa_error *err)
{
    memset(s, 0, sizeof *s);
    s->client = c;
    s->signals = s->fetcher.from = -1;
    s->listener = xa_port_listen(&s->port, err);
    if (s->listener < 0 || !xa_port_prove(s->listener, s->port, err) ||
        !xa_gate_init(&s->seats.gate, s->port, err))
        return false;
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u" XA_GATE_PATH, (unsigned)s->port);
    return true;
}

/* --- the program ------------------------------------------------------------------------- */

static void signals_of(sigset_t *ret)
{
    static const int ours[] = { SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
                                SIGCONT, SIGWINCH };
    sigemptyset(ret);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigaddset(ret, ours[i]);
}

/* The port is the program's too: when this process is killed nobody else can take it, and
 * with it the program's token, as long as the program lives (L1). */
static XA_NORETURN void become(const struct xa_serving *s, char *const *argv,
                               const sigset_t *before, int told)
{
    sigprocmask(SIG_SETMASK, before, NULL);
    int cause = fcntl(s->listener, F_SETFD, 0) == 0 ? 0 : errno;
    if (cause == 0) {
        xa_room_give_limits_back();
        execvp(argv[0], argv);
        cause = errno;
    }
    ssize_t unread = write(told, &cause, sizeof cause);
    _exit(unread == (ssize_t)sizeof cause ? XA_CHILD_NOT_EXECUTED : 125);
}

/* The pipe closes as the program begins. */
static bool executed(int told, int *ret_cause)
{
    ssize_t n;
    do
        n = read(told, ret_cause, sizeof *ret_cause);
    while (n < 0 && errno == EINTR);
    return n != (ssize_t)sizeof *ret_cause;
}

static bool start(struct xa_serving *s, char *const *argv, int *ret_cause, struct xa_error *err)
{
    sigset_t ours, before;
    int ends[2];
    *ret_cause = 0;
    signals_of(&ours);
    sigprocmask(SIG_BLOCK, &ours, &before);
    s->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return xa_fail(err, XA_IO, "no pipe for the program: %s", strerror(errno));
    s->child = fork();
    if (s->child == 0)
        become(s, argv, &before, ends[1]);
    close(ends[1]);
    bool ok = s->child > 0 && executed(ends[0], ret_cause);
    close(ends[0]);
    if (s->child < 0)
        return xa_fail(err, XA_IO, "no process for the program: %s", strerror(errno));
    if (!ok)
        waitpid(s->child, NULL, 0);
    return ok;
}

/* --- signals -------------------------------------------------------------------------------- */

static void reap(struct xa_serving *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == s->child) {
            s->ended = true;
            s->status = status;
        } else if (pid == s->fetcher.pid) {
            xa_fetcher_ended(&s->fetcher);
        }
    }
}

/* What the terminal sends goes to the program as well as to us, and what a process of the
 * program's own group sends it has sent to all of its group. The rest is meant for it. */
static bool is_for_program(const struct xa_serving *s, const struct signalfd_siginfo *info)
{
    if (info->ssi_code > 0)
        return false;                    /* the kernel's: a key, a hang-up */
    return info->ssi_pid == 0 || getpgid((pid_t)info->ssi_pid) != getpgid(s->child);
}

static void obey_signals(struct xa_serving *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(s);
        else if (!s->ended && is_for_program(s, &info))
            kill(s->child, (int)info.ssi_signo);
    }
}

/* --- the loop --------------------------------------------------------------------------------- */

/* In the process that gets credentials: its copies would hold connections open. */
static void let_go(void *ctx)
{
    struct xa_serving *s = ctx;
    close(s->listener);
    close(s->signals);
    xa_seats_close(&s->seats);
}

/* Somebody waits for credentials: someone is to get them. */
static void serve_waiting(struct xa_serving *s, int64_t now_ms)
{
    if (!xa_seats_wait(&s->seats))
        return;
    if (s->fetcher.asks) {
        xa_seats_answer(&s->seats, xa_answer_refusal(xa_fetcher_still(&s->fetcher)), now_ms);
        return;
    }
    if (s->fetcher.pid == 0)
        (void)!xa_fetcher_start(&s->fetcher, s->client, let_go, s);
}

static void take_answer(struct xa_serving *s, int64_t now_ms)
{
    struct xa_slice answer;
    if (!xa_fetcher_read(&s->fetcher, &answer))
        return;
    xa_seats_answer(&s->seats, answer, now_ms);
    xa_fetcher_wipe(&s->fetcher);
}

static void accept_all(struct xa_serving *s, int64_t now_ms)
{
    for (int fd; (fd = xa_port_accept(s->listener, s->port)) >= 0;)
        xa_seats_take(&s->seats, fd, now_ms);
}

enum { LISTENER, SIGNALS, FETCHER, SEATS };

static void turn(struct xa_serving *s)
{
    struct pollfd polls[SEATS + XA_SEATS] = {
        [LISTENER] = { .fd = s->listener, .events = POLLIN },
        [SIGNALS] = { .fd = s->signals, .events = POLLIN },
        [FETCHER] = { .fd = s->fetcher.from, .events = POLLIN },
    };
    int64_t now_ms = xa_clock_ms();
    int64_t due_ms = xa_seats_due(&s->seats, xa_fetcher_still(&s->fetcher), now_ms);
    xa_seats_poll(&s->seats, polls + SEATS);
    if (poll(polls, SEATS + XA_SEATS, due_ms == 0 ? -1 : (int)(due_ms - now_ms)) < 0)
        return;
    now_ms = xa_clock_ms();
    if (polls[SIGNALS].revents != 0)
        obey_signals(s);
    for (size_t i = 0; i < XA_SEATS; i++)
        if (polls[SEATS + i].revents != 0)
            xa_seats_read(&s->seats, i, now_ms);
    if (polls[FETCHER].revents != 0)
        take_answer(s, now_ms);
    if (polls[LISTENER].revents != 0)
        accept_all(s, now_ms);
    serve_waiting(s, now_ms);
}

/* shutdown, so that the address is gone even where a process that the program left behind
 * still holds it. */
static void stop(struct xa_serving *s)
{
    shutdown(s->listener, SHUT_RDWR);
    close(s->listener);
    xa_seats_close(&s->seats);
    if (s->fetcher.pid > 0) {
        kill(s->fetcher.pid, SIGTERM);
        kill(s->fetcher.pid, SIGCONT);       /* or one that was stopped would not hear it */
        waitpid(s->fetcher.pid, NULL, 0);
    }
}

bool xa_serve_run(struct xa_serving *s, char *const *argv, int *ret_status, int *ret_cause,
                  struct xa_error *err)
{
    if (!start(s, argv, ret_cause, err))
        return false;
    while (!s->ended)
        turn(s);
    stop(s);
    *ret_status = WIFEXITED(s->status) ? WEXITSTATUS(s->status) : 128 + WTERMSIG(s->status);
    return true;
}
