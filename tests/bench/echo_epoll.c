/* The floor of a server: epoll and nothing else. echo.h has what it does. */
#include <sys/epoll.h>

#include "echo.h"

#define FDS_MAX 65536
#define EVENTS 64

static size_t wanted[FDS_MAX];      /* of each connection, until its next reply */
static uint8_t in[64 * 1024];
static struct echo echo;

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

static void arrive(int epoll, int listening)
{
    int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (fd >= FDS_MAX) {
        close(fd);
        return;
    }
    wanted[fd] = echo.first_len;
    watch(epoll, fd);
}

static void serve(int fd)
{
    ssize_t n = read(fd, in, sizeof in);
    if (n <= 0) {
        close(fd);
        return;
    }
    size_t left = (size_t)n;
    while (left >= wanted[fd]) {
        left -= wanted[fd];
        wanted[fd] = echo.next_len;
        if (write(fd, echo.reply.at, echo.reply.len) != (ssize_t)echo.reply.len) {
            close(fd);
            return;
        }
    }
    wanted[fd] -= left;
}

int main(int argc, char **argv)
{
    echo = echo_options(argc, argv);
    struct sockaddr_un at = address_of(argv[1]);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listening < 0 || epoll < 0 || bind(listening, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(listening, 1024) != 0)
        die(argv[1]);
    watch(epoll, listening);
    echo_ready();
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == listening)
                arrive(epoll, listening);
            else
                serve(events[i].data.fd);
    }
}
