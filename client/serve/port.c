#include "client/serve/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64
#define PROOF_MS 1000
#define ESTABLISHED (1u << 1)        /* TCP_ESTABLISHED, as a state's bit */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int xa_port_listen(uint16_t *ret_port, struct xa_error *err)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, BACKLOG) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *ret_port = ntohs(address.sin_port);
        return fd;
    }
    xa_fail(err, XA_IO, "no port on 127.0.0.1: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --- whose is it? -------------------------------------------------------------------- */

/* The kernel's answer about one TCP socket: its owner, or false. */
static bool ask_owner(int netlink, uint16_t its_port, uint16_t our_port, uid_t *ret)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = { .nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                  .nlmsg_flags = NLM_F_REQUEST },
        .body = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP,
                  .idiag_states = ESTABLISHED },
    };
    struct inet_diag_sockid *id = &request.body.id;
    id->idiag_sport = htons(its_port);
    id->idiag_dport = htons(our_port);
    id->idiag_src[0] = id->idiag_dst[0] = htonl(INADDR_LOOPBACK);
    id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (send(netlink, &request, sizeof request, 0) != (ssize_t)sizeof request)
        return false;
    union { struct nlmsghdr head; char room[4096]; } answer;
    ssize_t n = recv(netlink, &answer, sizeof answer, 0);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) ||
        answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    const struct inet_diag_msg *message = NLMSG_DATA(&answer.head);
    if (message->id.idiag_sport != htons(its_port) || message->id.idiag_dport != htons(our_port))
        return false;
    *ret = message->idiag_uid;
    return true;
}

static bool is_ours(uint16_t its_port, uint16_t our_port)
{
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    uid_t owner = (uid_t)-1;
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool known = fd >= 0 && connect(fd, (struct sockaddr *)&kernel, sizeof kernel) == 0 &&
                 ask_owner(fd, its_port, our_port, &owner);
    if (fd >= 0)
        close(fd);
    return known && owner == getuid();
}

int xa_port_accept(int listener, uint16_t port)
{
    for (;;) {
        struct sockaddr_in peer = { 0 };
        socklen_t len = sizeof peer;
        int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return -1;
        if (len == sizeof peer && peer.sin_family == AF_INET &&
            peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && is_ours(ntohs(peer.sin_port), port))
            return fd;
        close(fd);
    }
}

bool xa_port_prove(int listener, uint16_t port, struct xa_error *err)
{
    struct sockaddr_in address = loopback(port);
    struct pollfd waits = { .fd = listener, .events = POLLIN };
    int ours = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), theirs = -1;
    if (ours >= 0 && connect(ours, (struct sockaddr *)&address, sizeof address) == 0 &&
        poll(&waits, 1, PROOF_MS) == 1)
        theirs = xa_port_accept(listener, port);
    if (ours >= 0)
        close(ours);
    if (theirs < 0) {
        xa_fail(err, XA_POLICY, "the kernel does not say whose a connection to 127.0.0.1 is");
        return xa_why(err, "another user of this machine could come for what is served there");
    }
    close(theirs);
    return true;
}
