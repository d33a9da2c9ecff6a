#include "client/browser.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client/base/child.h"
#include "client/base/clock.h"
#include "client/base/room.h"
#include "client/serve/answer.h"
#include "client/serve/port.h"
#include "proto/ini.h"

#define COME_MS 60000                /* for a browser that has to start first; own choice    */
#define HEAD_MS 2000                 /* for its request                                      */
#define SIGN_OUT_MS 2000             /* for the page that signs out to have done it          */
#define LOOK_MS 200                  /* how often to look whether the command has failed     */
#define COMMAND_MAX 1024
#define WORDS_MAX 16

/* --- the command ------------------------------------------------------------------------ */

struct command {
    char room[COMMAND_MAX];
    char *argv[WORDS_MAX + 2];       /* room for the address, and NULL                       */
};

static bool has_display(void)
{
    static const char names[][16] = { "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return true;
    }
    return false;
}

/* BROWSER may name several, one behind a colon; the first is taken. */
static struct xa_slice command_line(const char *wish)
{
    const char *usual = getenv("BROWSER");
    if (wish != NULL)
        return xa_slice_of(wish);
    if (usual != NULL && usual[0] != '\0')
        return (struct xa_slice){ (const uint8_t *)usual, strcspn(usual, ":") };
    return xa_slice_of(has_display() ? "xdg-open" : "");
}

/* In words; %s stands for the address, which else comes last. */
static bool make_command(const char *wish, char *address, struct command *ret,
                         struct xa_error *err)
{
    struct xa_slice line = command_line(wish);
    size_t n = 0;
    bool placed = false;
    if (line.len == 0)
        return xa_fail(err, XA_IO, "there is no command for a browser");
    if (!xa_ini_split(line, ret->room, sizeof ret->room, ret->argv, WORDS_MAX, err))
        return false;
    for (; ret->argv[n] != NULL; n++)
        if (strcmp(ret->argv[n], "%s") == 0) {
            ret->argv[n] = address;
            placed = true;
        }
    if (!placed) {
        ret->argv[n] = address;
        ret->argv[n + 1] = NULL;
    }
    return true;
}

bool xa_browser_possible(const char *wish)
{
    return isatty(STDOUT_FILENO) && command_line(wish).len > 0;
}

/* A session of its own: the browser outlives this command and its terminal. */
static XA_NORETURN void become(const struct command *command)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    setsid();
    xa_child_keep_descriptors();
    if (nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
        dup2(nowhere, STDERR_FILENO) >= 0)
        execvp(command->argv[0], command->argv);
    _exit(XA_CHILD_NOT_EXECUTED);
}

static pid_t start(const char *wish, char *address, struct xa_error *err)
{
    struct command command;
    if (!make_command(wish, address, &command, err))
        return -1;
    pid_t pid = xa_child_fork();
    if (pid == 0)
        become(&command);
    if (pid < 0)
        xa_fail(err, XA_IO, "no process for the browser: %s", strerror(errno));
    return pid;
}

/* A browser that is there already takes the address over, and its command ends well. */
static bool has_failed(pid_t *pid, const char *wish, struct xa_error *err)
{
    if (*pid <= 0 || !xa_child_ended(*pid))
        return false;
    int status = xa_child_wait(*pid, 0);
    struct xa_slice line = command_line(wish);
    *pid = 0;
    if (status == 0)
        return false;
    if (status == XA_CHILD_NOT_EXECUTED)
        xa_fail(err, XA_IO, "the browser's command cannot be executed: %.*s", (int)line.len,
                (const char *)line.at);
    else
        xa_fail(err, XA_IO, "the browser's command failed with exit %d: %.*s", status,
                (int)line.len, (const char *)line.at);
    return true;
}

/* --- the address that is good once ------------------------------------------------------ */

/* The gate's own draw of 256 bits, as a path. */
struct doorway {
    struct xa_gate gate;
    int listener;
    char path[XA_GATE_TOKEN_LEN + 2], address[XA_GATE_TOKEN_LEN + 64];
};

static bool doorway_open(struct doorway *d, struct xa_error *err)
{
    uint16_t port;
    d->listener = xa_port_listen(&port, err);
    if (d->listener < 0)
        return false;
    if (!xa_port_prove(d->listener, port, err) || !xa_gate_init(&d->gate, port, err)) {
        close(d->listener);
        return false;
    }
    snprintf(d->path, sizeof d->path, "/%s", d->gate.token);
    snprintf(d->address, sizeof d->address, "http://127.0.0.1:%u%s", (unsigned)port, d->path);
    return true;
}

static bool read_head(int fd, char *room, size_t size, struct xa_http_request *ret)
{
    int64_t deadline_ms = xa_clock_ms() + HEAD_MS;
    for (size_t len = 0;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int64_t left_ms = deadline_ms - xa_clock_ms();
        if (left_ms <= 0 || poll(&p, 1, (int)left_ms) <= 0)
            return false;
        ssize_t n = recv(fd, room + len, size - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        switch (xa_http_read((struct xa_slice){ (const uint8_t *)room, len }, ret)) {
        case XA_HTTP_MORE: break;
        case XA_HTTP_WHOLE: return true;
        case XA_HTTP_BAD: return false;
        }
    }
}

/* The request line alone decides: a browser sends what it likes beside it. */
static bool is_it(const struct doorway *d, const struct xa_http_request *r)
{
    return xa_slice_is(r->method, "GET") && xa_slice_is(r->target, d->path) &&
           xa_gate_host_good(r->host, d->gate.port);
}

static bool lead_on(int fd, struct xa_slice link)
{
    struct xa_out o = xa_out_stdout(true);
    size_t sent = 0;
    xa_out_text(&o, "HTTP/1.1 303 See Other\r\nLocation: ");
    xa_out_slice(&o, link);
    xa_out_text(&o, "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
                    "Content-Length: 0\r\nConnection: close\r\n\r\n");
    while (!o.failed && sent < o.len) {
        ssize_t n = send(fd, o.at + sent, o.len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    shutdown(fd, SHUT_WR);             /* one that has gone already has what it wanted */
    return !o.failed && sent == o.len;
}

static bool serve_one(const struct doorway *d, int fd, struct xa_slice link)
{
    static const struct xa_refusal other = { 404, "NotFound", "there is nothing here" };
    char room[XA_HTTP_HEAD_MAX];
    struct xa_http_request request;
    bool read = read_head(fd, room, sizeof room, &request);
    bool led = read && is_it(d, &request) && lead_on(fd, link);
    if (!led) {
        struct xa_slice answer = xa_answer_refusal(&other);
        (void)!send(fd, answer.at, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    close(fd);
    return led;
}

static bool wait_for_browser(const struct doorway *d, pid_t pid, const char *wish,
                             struct xa_slice link, struct xa_error *err)
{
    int64_t deadline_ms = xa_clock_ms() + COME_MS;
    while (xa_clock_ms() < deadline_ms) {
        struct pollfd p = { .fd = d->listener, .events = POLLIN };
        if (has_failed(&pid, wish, err))
            return false;
        if (poll(&p, 1, LOOK_MS) <= 0)
            continue;
        int fd = xa_port_accept(d->listener, d->gate.port);
        if (fd >= 0 && serve_one(d, fd, link))
            return true;
    }
    xa_fail(err, XA_TIMED_OUT, "no browser came for the link within a minute");
    xa_why(err, "one that runs as another user, or on another machine, is not let in");
    return xa_hint(err, "the same command with --print");
}

/* --- both ------------------------------------------------------------------------------- */

static bool open_first(const char *wish, struct xa_slice first, struct xa_error *err)
{
    static char address[XA_URL_MAX + 1];
    const struct timespec pause = { SIGN_OUT_MS / 1000, SIGN_OUT_MS % 1000 * 1000000L };
    if (first.len == 0 || !xa_slice_copy(first, address, sizeof address))
        return true;
    pid_t pid = start(wish, address, err);
    if (pid < 0)
        return false;
    nanosleep(&pause, NULL);
    return !has_failed(&pid, wish, err);
}

bool xa_browser_open(const char *wish, struct xa_slice first, struct xa_slice link,
                     struct xa_error *err)
{
    struct doorway d;
    if (!doorway_open(&d, err))
        return false;
    pid_t pid = open_first(wish, first, err) ? start(wish, d.address, err) : -1;
    bool ok = pid > 0 && wait_for_browser(&d, pid, wish, link, err);
    close(d.listener);
    return ok;
}
