#include "client/asking/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/child.h"
#include "client/base/clock.h"

#define LOOK_MS 50             /* how often to look whether a silent process has ended */
#define WORDS_KEPT 300         /* of its standard error: what err->why holds           */

/* The pipes to a process. Each of them is -1 once it is closed. */
struct ends {
    int out, words;            /* its standard output and standard error             */
    int cause;                 /* errno of an execvp that failed comes through here  */
};

struct run {
    const char *name;
    pid_t pid;
    struct ends ours;
    char words[WORDS_KEPT + 1];
    size_t n_words;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(struct ends *e)
{
    close_end(&e->out);
    close_end(&e->words);
    close_end(&e->cause);
}

static bool make_pipe(int *ret_ours, int *ret_theirs)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *ret_ours = ends[0];
    *ret_theirs = ends[1];
    return true;
}

static XA_NORETURN void become(char *const *argv, const char *source, const struct ends *theirs)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    xa_child_keep_descriptors();
    if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(theirs->out, STDOUT_FILENO) >= 0 &&
        dup2(theirs->words, STDERR_FILENO) >= 0 && setenv(XA_PROCESS_VARIABLE, source, 1) == 0)
        execvp(argv[0], argv);
    int cause = errno;
    ssize_t unread = write(theirs->cause, &cause, sizeof cause);
    _exit(unread == (ssize_t)sizeof cause ? XA_CHILD_NOT_EXECUTED : EXIT_FAILURE);
}

static bool start(struct run *r, char *const *argv, const char *source, struct xa_error *err)
{
    struct ends theirs = { -1, -1, -1 };
    r->pid = -1;
    if (make_pipe(&r->ours.out, &theirs.out) && make_pipe(&r->ours.words, &theirs.words) &&
        make_pipe(&r->ours.cause, &theirs.cause))
        r->pid = xa_child_fork();
    if (r->pid == 0)
        become(argv, source, &theirs);
    if (r->pid < 0)
        xa_fail(err, XA_IO, "%s cannot be started: %s", r->name, strerror(errno));
    close_all(&theirs);
    return r->pid > 0;
}

/* The other end closes as the program begins, so this does not wait for it to end. */
static bool executed(struct run *r, struct xa_error *err)
{
    int cause = 0;
    ssize_t n;
    do
        n = read(r->ours.cause, &cause, sizeof cause);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof cause)
        return true;
    return xa_fail(err, XA_BAD_CONFIG, "credential_process: %s cannot be executed: %s", r->name,
                   strerror(cause));
}

/* The end of what it says counts: there stands what was wrong. */
static void keep_words(struct run *r, const char *at, size_t len)
{
    if (len > WORDS_KEPT) {
        at += len - WORDS_KEPT;
        len = WORDS_KEPT;
    }
    size_t over = r->n_words + len > WORDS_KEPT ? r->n_words + len - WORDS_KEPT : 0;
    memmove(r->words, r->words + over, r->n_words - over);
    r->n_words -= over;
    memcpy(r->words + r->n_words, at, len);
    r->n_words += len;
    r->words[r->n_words] = '\0';
}

static void take_words(struct run *r)
{
    char part[512];
    ssize_t n = read(r->ours.words, part, sizeof part);
    if (n > 0)
        keep_words(r, part, (size_t)n);
    else if (n == 0 || errno != EINTR)
        close_end(&r->ours.words);
}

static bool take_output(struct run *r, struct xa_error *err)
{
    size_t left = sizeof xa_output_room.at - xa_used.output;
    char beyond;
    ssize_t n = left > 0 ? read(r->ours.out, xa_output_room.at + xa_used.output, left)
                         : read(r->ours.out, &beyond, 1);
    if (n > 0 && left == 0)
        return xa_fail(err, XA_IO, "credential_process: %s printed more than %zu bytes",
                       r->name, sizeof xa_output_room.at);
    if (n > 0)
        xa_used.output += (size_t)n;
    else if (n == 0 || errno != EINTR)
        close_end(&r->ours.out);
    return true;
}

/* Until both pipes are closed or, if a child of the process keeps them open, until it
 * has ended and they are empty. */
static bool gather(struct run *r, int64_t deadline_ms, struct xa_error *err)
{
    while (r->ours.out >= 0 || r->ours.words >= 0) {
        int64_t left = deadline_ms - xa_clock_ms();
        struct pollfd p[2] = { { .fd = r->ours.out, .events = POLLIN },
                               { .fd = r->ours.words, .events = POLLIN } };
        if (left <= 0)
            return xa_fail(err, XA_TIMED_OUT, "credential_process: %s did not end in time",
                           r->name);
        bool ended = xa_child_ended(r->pid);
        int n = poll(p, 2, ended ? 0 : left < LOOK_MS ? (int)left : LOOK_MS);
        if (n == 0 && ended)
            return true;
        if (p[0].revents != 0 && n > 0 && !take_output(r, err))
            return false;
        if (p[1].revents != 0 && n > 0)
            take_words(r);
    }
    return true;
}

/* One line of it; what else is not fit for a terminal falls at the door of the error. */
static void tidy_words(struct run *r)
{
    size_t from = 0;
    for (size_t i = 0; i < r->n_words; i++)
        if ((unsigned char)r->words[i] < 0x20)
            r->words[i] = ' ';
    while (r->n_words > 0 && r->words[r->n_words - 1] == ' ')
        r->words[--r->n_words] = '\0';
    while (r->words[from] == ' ')
        from++;
    memmove(r->words, r->words + from, r->n_words - from + 1);
}

static bool failed(struct run *r, int status, struct xa_error *err)
{
    xa_fail(err, XA_IO, "credential_process: %s ended with status %d", r->name, status);
    tidy_words(r);
    return xa_why(err, "%s", r->words);
}

bool xa_process_run(char *const *argv, const char *source, int64_t deadline_ms,
                    struct xa_error *err)
{
    struct run r = { .name = argv[0], .ours = { -1, -1, -1 } };
    xa_used.output = 0;
    bool ok = start(&r, argv, source, err) && executed(&r, err) && gather(&r, deadline_ms, err);
    close_all(&r.ours);
    if (r.pid <= 0)
        return false;
    if (!ok)
        kill(r.pid, SIGTERM);
    int status = xa_child_wait(r.pid, ok ? deadline_ms : 0);
    ok = ok && (status == 0 || failed(&r, status, err));
    explicit_bzero(r.words, sizeof r.words);      /* it may have said what it should not */
    return ok;
}
