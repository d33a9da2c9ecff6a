/* The load: requests as xacct's client sends them, and how long each reply takes.
 *
 *   load MODE SOCKET FIRST_FILE NEXT_FILE COUNT
 *
 * FIRST_FILE has what a connection begins with (HELLO and a request), NEXT_FILE each further
 * request of it.
 *
 *   once         one request; prints the reply
 *   persistent   COUNT requests on one connection
 *   while        as many as there is time for in COUNT milliseconds, on one connection
 *   each         COUNT requests, each on a connection of its own
 *   many         COUNT requests on 64 connections, each of which sends its next at once
 *   burst        COUNT connections with a request each, all sent before a reply is read
 *   idle         COUNT connections that have had their first reply; says "ready" and holds them
 *                until its input ends
 *
 * Prints "n p50 p99 max rate": requests, nanoseconds, requests a second. A reply that is no
 * RESULT ends it. */
#include <sys/epoll.h>
#include <sys/resource.h>

#include "bench.h"

#define MANY 64
#define RESULT 128              /* PROTOCOL.md, section 2 */

static const char *socket_path;
static struct bytes first, next;
static uint32_t *took_ns;
static size_t n_took, n_took_max;

static void took(uint64_t ns)
{
    if (n_took == n_took_max) {
        n_took_max = n_took_max * 2 + 1024;
        took_ns = realloc(took_ns, n_took_max * sizeof *took_ns);
        if (took_ns == NULL)
            die("memory");
    }
    took_ns[n_took++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void report(uint64_t ns)
{
    if (n_took == 0)
        die("no request");
    qsort(took_ns, n_took, sizeof *took_ns, compare);
    printf("%zu %u %u %u %.0f\n", n_took, took_ns[n_took / 2], took_ns[n_took * 99 / 100],
           took_ns[n_took - 1], (double)n_took * 1e9 / (double)ns);
}

/* --- one connection ---------------------------------------------------------------- */

static int join_agent(void)
{
    struct sockaddr_un to = address_of(socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die(socket_path);
    return fd;
}

static void say(int fd, struct bytes request)
{
    if (send(fd, request.at, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        die("send");
}

/* One read takes what is there: no reply is sent before the next is asked for. */
static size_t hear(int fd, uint8_t *reply)
{
    size_t have = 0;
    do {
        ssize_t n = recv(fd, reply + have, REPLY_MAX - have, 0);
        if (n <= 0)
            die("recv");
        have += (size_t)n;
    } while (have < 6 || have < frame_len(reply));
    if (reply[5] != RESULT) {
        fprintf(stderr, "bench: not served: ");
        for (size_t i = 10; i < have; i++)
            fputc(reply[i] >= ' ' && reply[i] < 127 ? reply[i] : '.', stderr);
        fputc('\n', stderr);
        exit(1);
    }
    return have;
}

static void ask(int fd, struct bytes request)
{
    static uint8_t reply[REPLY_MAX];
    uint64_t begin = now_ns();
    say(fd, request);
    hear(fd, reply);
    took(now_ns() - begin);
}

/* --- the modes ------------------------------------------------------------------------- */

static void once(void)
{
    static uint8_t reply[REPLY_MAX];
    int fd = join_agent();
    say(fd, first);
    size_t len = hear(fd, reply);
    if (fwrite(reply, 1, len, stdout) != len)
        die("stdout");
}

static void persistent(size_t count)
{
    int fd = join_agent();
    ask(fd, first);
    n_took = 0;
    for (size_t i = 0; i < count; i++)
        ask(fd, next);
    close(fd);
}

static void for_some_time(size_t ms)
{
    uint64_t end = now_ns() + (uint64_t)ms * 1000000;
    int fd = join_agent();
    ask(fd, first);
    n_took = 0;
    while (now_ns() < end)
        ask(fd, next);
    close(fd);
}

static void each(size_t count)
{
    static uint8_t reply[REPLY_MAX];
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = now_ns();
        int fd = join_agent();
        say(fd, first);
        hear(fd, reply);
        close(fd);
        took(now_ns() - begin);
    }
}

static void many(size_t count)
{
    static uint8_t reply[REPLY_MAX];
    static struct { int fd; uint64_t begin; } conns[MANY];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < MANY; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        conns[i].fd = join_agent();
        ask(conns[i].fd, first);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, conns[i].fd, &event) != 0)
            die("epoll_ctl");
    }
    n_took = 0;
    size_t n_sent = 0;
    for (unsigned i = 0; i < MANY; i++, n_sent++) {
        conns[i].begin = now_ns();
        say(conns[i].fd, next);
    }
    while (n_took < count) {
        struct epoll_event events[MANY];
        int n = epoll_wait(epoll, events, MANY, -1);
        for (int i = 0; i < n; i++) {
            unsigned at = events[i].data.u32;
            hear(conns[at].fd, reply);
            uint64_t now = now_ns();
            took(now - conns[at].begin);
            if (n_sent++ < count) {
                conns[at].begin = now;
                say(conns[at].fd, next);
            }
        }
    }
}

/* Returns the descriptors of so many connections. */
static int *join_all(size_t count)
{
    int *fds = calloc(count, sizeof *fds);
    if (fds == NULL)
        die("memory");
    for (size_t i = 0; i < count; i++)
        fds[i] = join_agent();
    return fds;
}

static void burst(size_t count)
{
    static uint8_t reply[REPLY_MAX];
    int *fds = join_all(count);
    uint64_t begin = now_ns();
    for (size_t i = 0; i < count; i++)
        say(fds[i], first);
    for (size_t i = 0; i < count; i++) {
        hear(fds[i], reply);
        took(now_ns() - begin);
    }
    free(fds);
}

static void idle(size_t count)
{
    char byte;
    for (size_t i = 0; i < count; i++)
        ask(join_agent(), first);
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
}

static void more_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(size_t); } modes[] = {
        { "persistent", persistent }, { "while", for_some_time }, { "each", each },
        { "many", many }, { "burst", burst }, { "idle", idle },
    };
    errno = EINVAL;
    if (argc != 6)
        die("MODE SOCKET FIRST_FILE NEXT_FILE COUNT");
    more_descriptors();
    socket_path = argv[2];
    first = read_file(argv[3]);
    next = read_file(argv[4]);
    if (strcmp(argv[1], "once") == 0) {
        once();
        return 0;
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(argv[1], modes[i].name) == 0) {
            uint64_t begin = now_ns();
            modes[i].run((size_t)atol(argv[5]));
            report(now_ns() - begin);
            return 0;
        }
    die(argv[1]);
}
