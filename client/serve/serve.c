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

#define ACCEPTS_MAX 32

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
static XA_NORETURN void become(const struct xa_serving *s, char *const *argv, int told)
{
    sigprocmask(SIG_SETMASK, &s->before, NULL);
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

/* In a process that is not this one: its copies would hold connections open. */
static void let_go(void *ctx)
{
    struct xa_serving *s = ctx;
    close(s->listener);
    if (s->signals >= 0)
        close(s->signals);
    if (s->witness.pid != 0)
        close(s->witness.line);
    xa_seats_close(&s->seats);
}

static bool start(struct xa_serving *s, char *const *argv, int *ret_cause, struct xa_error *err)
{
    sigset_t ours;
    int ends[2];
    *ret_cause = 0;
    signals_of(&ours);
    sigprocmask(SIG_BLOCK, &ours, &s->before);
    xa_witness_start(&s->witness, &ours, let_go, s);
    s->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return xa_fail(err, XA_IO, "no pipe for the program: %s", strerror(errno));
    s->child = xa_child_fork();
    if (s->child == 0)
        become(s, argv, ends[1]);
    close(ends[1]);
    bool ok = s->child > 0 && executed(ends[0], ret_cause);
    close(ends[0]);
    if (s->child < 0)
        return xa_fail(err, XA_IO, "no process for the program: %s", strerror(errno));
    if (!ok) {
        waitpid(s->child, NULL, 0);
        xa_witness_end(&s->witness);
    }
    return ok;
}

/* --- signals -------------------------------------------------------------------------------- */

/* True if it is stopped now: what is told of may be over, as after a key that stopped us too. */
static bool is_stopped(pid_t pid)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
}

/* Only a shell in front of us, which has lent us its terminal, would continue us. */
static bool has_terminal(void)
{
    int tty = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool ours = tty >= 0 && tcgetpgrp(tty) == getpgrp() && getsid(0) != getpgrp();
    if (tty >= 0)
        close(tty);
    return ours;
}

/* A program that stops itself gives the terminal back to the shell before it, which looks at
 * this process alone. SIGCONT comes to both. */
static void stop_with(struct xa_serving *s)
{
    if (!is_stopped(s->child) || !has_terminal())
        return;
    raise(SIGSTOP);
    siginfo_t seen;
    (void)waitid(P_PID, (id_t)s->child, &seen, WSTOPPED | WNOHANG);
}

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
        } else if (pid == s->asker) {
            s->asker = 0;
        } else if (pid == s->witness.pid) {
            close(s->witness.line);
            s->witness.pid = 0;
        }
    }
    if (!s->ended)
        stop_with(s);
}

/* What a key at the terminal sends goes to the whole group, and so does what others send to
 * it. The rest is meant for the program. */
static bool is_for_program(const struct xa_serving *s, const struct signalfd_siginfo *info)
{
    return info->ssi_code <= 0 &&
           !xa_witness_saw(&s->witness, (int)info->ssi_signo, (pid_t)info->ssi_pid);
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

static void become_fetcher(void *ctx)
{
    struct xa_serving *s = ctx;
    let_go(s);
    sigprocmask(SIG_SETMASK, &s->before, NULL);
}

/* Somebody waits for credentials: someone is to get them, unless someone is under way or has
 * not said all. While a person is being asked, another looks whether they can be had by now: the
 * vault may have been unlocked elsewhere. */
static void serve_waiting(struct xa_serving *s)
{
    if (xa_seats_wait(&s->seats) && s->fetcher.pid == 0 && s->fetcher.from < 0)
        (void)!xa_fetcher_start(&s->fetcher, s->client, s->asker == 0, become_fetcher, s);
}

static void take_answer(struct xa_serving *s, int64_t now_ms)
{
    struct xa_slice answer;
    if (!xa_fetcher_read(&s->fetcher, &answer))
        return;
    if (s->fetcher.asks) {
        s->asker = s->fetcher.pid;
        xa_fetcher_ended(&s->fetcher);
    }
    xa_seats_answer(&s->seats, answer, now_ms);
    xa_fetcher_wipe(&s->fetcher);
}

/* So many in one turn: who comes and comes keeps nobody from being answered. */
static void accept_some(struct xa_serving *s, int64_t now_ms)
{
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = xa_port_accept(s->listener, s->port);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE))
            xa_seats_make_room(&s->seats);
        if (fd < 0)
            return;
        xa_seats_take(&s->seats, fd, now_ms);
    }
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
    int64_t due_ms = xa_seats_due(&s->seats, xa_fetcher_still(s->asker != 0), now_ms);
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
        accept_some(s, now_ms);
    serve_waiting(s);
}

/* A fetcher and what it has started: nobody is to be asked for a program that has ended. */
static void end_group(pid_t pid)
{
    if (pid == 0)
        return;
    kill(-pid, SIGTERM);
    kill(-pid, SIGCONT);                 /* or one that was stopped would not hear it */
    (void)xa_child_wait(pid, 0);
    kill(-pid, SIGKILL);
}

/* shutdown, so that the address is gone even where a process that the program left behind
 * still holds it. */
static void stop(struct xa_serving *s)
{
    shutdown(s->listener, SHUT_RDWR);
    close(s->listener);
    xa_seats_close(&s->seats);
    xa_witness_end(&s->witness);
    end_group(s->fetcher.pid);
    end_group(s->asker);
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
