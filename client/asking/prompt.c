#include "client/asking/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/output.h"

/* How often to stop ourselves again when we are continued in the background. More
 * means that nobody stops us (an orphaned process group): then we cannot ask. */
#define BACKGROUND_TRIES 100

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define N_SIGNALS (sizeof signals / sizeof signals[0])

static volatile sig_atomic_t caught;

static void catch(int number)
{
    caught = number;
}

/* --- the terminal ------------------------------------------------------------ */

static int open_tty(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static bool foreground(int tty)
{
    return tcgetpgrp(tty) == getpgrp();
}

bool xa_prompt_available(void)
{
    int tty = open_tty();
    bool ok = tty >= 0 && foreground(tty);
    if (tty >= 0)
        close(tty);
    return ok;
}

static bool be_foreground(int tty)
{
    for (int i = 0; i < BACKGROUND_TRIES; i++) {
        if (foreground(tty))
            return true;
        raise(SIGTTIN);
    }
    return false;
}

static void say(int tty, const char *text)
{
    char room[512];
    struct xa_out o = xa_out_begin(tty, room, sizeof room);
    struct xa_error nobody_reads;
    xa_out_text(&o, text);
    if (!xa_out_finish(&o, &nobody_reads))
        return;    /* the read that follows fails too and says so */
}

/* --- one line ------------------------------------------------------------------ */

/* Waits for input. The signals are blocked except in here, so that none can slip in
 * between looking at `caught` and going to sleep. */
static bool wait_input(int tty, int64_t deadline_ms, const sigset_t *unblocked,
                       struct xa_error *err)
{
    struct pollfd p = { .fd = tty, .events = POLLIN };
    for (;;) {
        int64_t left = deadline_ms != 0 ? deadline_ms - xa_clock_ms() : 0;
        struct timespec wait = { .tv_sec = left > 0 ? left / 1000 : 0,
                                 .tv_nsec = left > 0 ? left % 1000 * 1000000 : 0 };
        int n = ppoll(&p, 1, deadline_ms != 0 ? &wait : NULL, unblocked);
        if (n > 0)
            return true;
        if (n == 0) {
            xa_fail(err, XA_NOT_ASKED, "nobody answered the question");
            return false;
        }
        if (errno != EINTR)
            return xa_fail(err, XA_NOT_ASKED, "the terminal cannot be read: %s", strerror(errno));
        if (caught != 0)
            return xa_fail(err, XA_CANCELLED, "cancelled");
    }
}

/* The kernel gives whole lines; one that is too long comes in pieces, and all of
 * them must be taken, or the rest would answer the next question. */
static bool read_line(int tty, const struct xa_question *q, const sigset_t *unblocked,
                      struct xa_phrase *ret, struct xa_error *err)
{
    bool too_long = false;
    ret->len = 0;
    for (;;) {
        if (!wait_input(tty, q->deadline_ms, unblocked, err))
            return false;
        ssize_t n = read(tty, ret->at + ret->len, sizeof ret->at - ret->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)    /* Ctrl-D, or the terminal has gone */
            return xa_fail(err, XA_CANCELLED, "cancelled");
        ret->len += (size_t)n;
        bool ended = ret->at[ret->len - 1] == '\n';
        if (ended && !too_long) {
            ret->at[--ret->len] = '\0';
            return true;
        }
        if (ended)
            return xa_fail(err, XA_USAGE, "what was typed is longer than %d characters",
                           XA_PASSPHRASE_MAX);
        if (ret->len == sizeof ret->at) {
            ret->len = 0;
            too_long = true;
        }
    }
}

static bool ask_once(int tty, const struct xa_question *q, const sigset_t *unblocked,
                     struct xa_phrase *ret, struct xa_error *err)
{
    struct termios before, now;
    if (tcgetattr(tty, &before) != 0)
        return xa_fail(err, XA_NOT_ASKED, "the terminal: %s", strerror(errno));
    now = before;
    now.c_lflag |= ICANON | ISIG;
    now.c_iflag |= ICRNL;
    if (q->echo)
        now.c_lflag |= ECHO;
    else
        now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    /* What was typed before the question was not meant for it. */
    if (tcsetattr(tty, TCSAFLUSH, &now) != 0)
        return xa_fail(err, XA_NOT_ASKED, "the terminal: %s", strerror(errno));
    if (q->complaint != NULL) {
        say(tty, q->complaint);
        say(tty, "\n");
    }
    say(tty, q->text);
    bool ok = read_line(tty, q, unblocked, ret, err);
    tcsetattr(tty, TCSAFLUSH, &before);
    if (!q->echo || !ok)
        say(tty, "\n");
    return ok;
}

/* --- the question ---------------------------------------------------------------- */

struct handling {
    struct sigaction before[N_SIGNALS];
    sigset_t unblocked;
};

/* A signal that the caller ignores (nohup) stays ignored. So is Ctrl-Z where our output
 * does not go to the terminal: a shell that waits for it, in eval $(…), could not be
 * typed into, and nobody could continue us. */
static void catch_signals(struct handling *h)
{
    struct sigaction action = { .sa_handler = catch }, ignored = { .sa_handler = SIG_IGN };
    bool may_stop = isatty(STDOUT_FILENO);
    sigset_t ours;
    sigemptyset(&action.sa_mask);
    sigemptyset(&ours);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        sigaction(signals[i], NULL, &h->before[i]);
        if (h->before[i].sa_handler == SIG_IGN)
            continue;
        if (signals[i] == SIGTSTP && !may_stop) {
            sigaction(SIGTSTP, &ignored, NULL);
            continue;
        }
        sigaction(signals[i], &action, NULL);
        sigaddset(&ours, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &ours, &h->unblocked);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigdelset(&h->unblocked, signals[i]);
    caught = 0;
}

static void release_signals(const struct handling *h)
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &h->before[i], NULL);
    sigprocmask(SIG_SETMASK, &h->unblocked, NULL);
}

/* A signal that came meanwhile, also one that came right after the answer, has its
 * usual effect now. Returns true if the question is to be put again. */
static bool obey_signal(int tty, struct xa_phrase *ret)
{
    int number = caught;
    if (number == 0 || number == SIGINT)
        return false;
    xa_phrase_wipe(ret);
    if (number != SIGTSTP)
        xa_room_wipe();
    raise(number);
    return number == SIGTSTP && be_foreground(tty);
}

bool xa_prompt_read(const struct xa_question *q, struct xa_phrase *ret, struct xa_error *err)
{
    int tty = open_tty();
    bool ok = false, again = true;
    if (tty < 0 || !be_foreground(tty)) {
        xa_fail(err, XA_NOT_ASKED, "there is no terminal to ask on");
        again = false;
    }
    while (again) {
        struct handling handling;
        catch_signals(&handling);
        ok = ask_once(tty, q, &handling.unblocked, ret, err);
        release_signals(&handling);
        again = obey_signal(tty, ret);
    }
    if (!ok)
        xa_phrase_wipe(ret);
    if (tty >= 0)
        close(tty);
    return ok;
}
