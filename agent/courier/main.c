/* xacct-courier: carries signed requests over HTTPS and brings back small records.
 *
 * The supervisor starts it with one end of a socketpair as descriptor 3, its link
 * to the agent. Executing makes a process dumpable again, and memory opened while
 * it was stays open; so it becomes undumpable first and then forks: the child
 * alone ever reads from the link, its parent only waits (security H7). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "agent/courier/exchange.h"
#include "agent/courier/fetch.h"
#include "agent/courier/sandbox.h"
#include "agent/supervisor.h"

#define IDLE_S 60                      /* design.md, section 2                    */
#define SEND_WAIT_MS 5000              /* the agent reads at once, or is no more  */
#define DESCRIPTORS_MAX 512            /* 64 exchanges, their names, kept ones    */

/* One of them, on main's stack, for the life of the process. */
struct courier {
    uv_loop_t loop;
    uv_poll_t link;                    /* .data = this */
    uv_timer_t idle;                   /* .data = this */
    struct xa_fetch *fetch;
    unsigned idle_s;
    int status;                        /* to exit with */
};

static uint8_t request_room[XA_PACKET_MAX], record_room[XA_RECORD_MAX];   /* wiped after use */

static int complain(const char *what)
{
    fprintf(stderr, "xacct-courier: %s\n", what);
    return 1;
}

/* --- carrying ---------------------------------------------------------------- */

/* Closes every handle; the loop ends when they have gone. Twice is fine. */
static void stop(struct courier *c, int status)
{
    if (uv_is_closing((uv_handle_t *)&c->idle))
        return;
    c->status = status;
    xa_fetch_close(c->fetch);
    uv_close((uv_handle_t *)&c->link, NULL);
    uv_close((uv_handle_t *)&c->idle, NULL);
}

static bool send_packet(const void *at, size_t len)
{
    struct pollfd ready = { XA_COURIER_FD, POLLOUT, 0 };
    while (send(XA_COURIER_FD, at, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        if ((errno != EAGAIN && errno != EINTR) || poll(&ready, 1, SEND_WAIT_MS) == 0)
            return false;
    return true;
}

static void on_idle(uv_timer_t *timer)
{
    struct courier *c = timer->data;
    if (xa_fetch_active(c->fetch) == 0)
        stop(c, 0);
}

static void on_record(void *ctx, const struct xa_record *record)
{
    struct courier *c = ctx;
    size_t len = xa_record_encode(record, record_room, sizeof record_room);
    bool sent = len > 0 && send_packet(record_room, len);
    explicit_bzero(record_room, len);
    if (!sent)
        _exit(1);                      /* in the midst of libcurl's work, for nobody */
    uv_timer_start(&c->idle, on_idle, c->idle_s * 1000ULL, 0);
}

/* One packet a turn of the loop, so that none keeps the answers waiting. */
static void on_link(uv_poll_t *poll_handle, int status, int events)
{
    struct courier *c = poll_handle->data;
    struct xa_request request;

    (void)status, (void)events;
    ssize_t len = recv(XA_COURIER_FD, request_room, sizeof request_room, MSG_DONTWAIT | MSG_TRUNC);
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len <= 0) {
        stop(c, 0);
        return;
    }
    size_t read = (size_t)len <= sizeof request_room ? (size_t)len : sizeof request_room;
    struct xa_slice packet = { request_room, read };
    if (read < (size_t)len || !xa_request_decode(packet, &request, NULL)) {
        stop(c, complain("the agent sent what is no request"));
    } else {
        uv_timer_stop(&c->idle);
        xa_fetch_start(c->fetch, &request);
    }
    explicit_bzero(request_room, read);
}

static int carry(struct courier *c)
{
    struct xa_error err;
    const char hello = XA_COURIER_HELLO;

    if (uv_loop_init(&c->loop) != 0 ||
        (c->fetch = xa_fetch_new(&c->loop, on_record, c, &err)) == NULL)
        return complain("no event loop");
    uv_timer_init(&c->loop, &c->idle);
    c->idle.data = c;
    if (uv_poll_init(&c->loop, &c->link, XA_COURIER_FD) != 0)
        return complain("descriptor 3 cannot be polled");
    c->link.data = c;
    uv_poll_start(&c->link, UV_READABLE, on_link);
    uv_timer_start(&c->idle, on_idle, c->idle_s * 1000ULL, 0);
    if (!send_packet(&hello, 1))
        return complain("the agent has gone");
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
    return c->status;
}

/* --- the two processes ------------------------------------------------------- */

static int child_main(pid_t parent, unsigned idle_s)
{
    struct courier courier = { .idle_s = idle_s };
    struct xa_sandbox sandbox = { .descriptors_max = DESCRIPTORS_MAX };
    struct xa_error err;

    /* The parent may have died before the kernel knew that we want to follow. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    if (!xa_sandbox_enter(&sandbox, &err) || !xa_fetch_start_libraries(&err))
        return complain(err.message);
    return carry(&courier);
}

static int wait_for(pid_t child)
{
    int status;
    close(XA_COURIER_FD);              /* else the agent would not see the child end */
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Nothing of the environment is heeded: neither libcurl's, OpenSSL's nor the
 * resolver's variables (H3). Of descriptors, stderr and the link stay. */
static bool shed(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (clearenv() != 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
        return false;
    if (fcntl(2, F_GETFD) < 0 && dup2(null, 2) < 0)
        return false;
    return close_range(XA_COURIER_FD + 1, ~0U, 0) == 0;
}

static bool protect(void)
{
    struct rlimit none = { 0, 0 };
    return prctl(PR_SET_DUMPABLE, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool link_is_there(void)
{
    int type;
    socklen_t size = sizeof type;
    return getsockopt(XA_COURIER_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

/* --idle-s N is for tests, which have less than a minute. */
static bool parse_arguments(int argc, char **argv, unsigned *ret_idle_s)
{
    char *end;
    if (argc == 1)
        return true;
    if (argc != 3 || strcmp(argv[1], "--idle-s") != 0)
        return false;
    unsigned long idle_s = strtoul(argv[2], &end, 10);
    if (*end != '\0' || idle_s < 1 || idle_s > 3600)
        return false;
    *ret_idle_s = (unsigned)idle_s;
    return true;
}

int main(int argc, char **argv)
{
    unsigned idle_s = IDLE_S;

    if (!protect())
        return complain("this process cannot be protected from others");
    if (!link_is_there() || !parse_arguments(argc, argv, &idle_s)) {
        complain("xacct-agent starts this program, nobody else");
        return 2;
    }
    if (!shed())
        return complain("what was inherited cannot be closed");
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0)
        return complain("no process for the courier");
    if (child > 0)
        return wait_for(child);
    return child_main(parent, idle_s);
}
