#include "agent/courier/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Keeps the first descriptor, if one is wanted, and closes the rest: a stranger
 * must not be able to fill our table. */
static void take_descriptors(const struct cmsghdr *c, bool wanted, struct xa_packet *packet)
{
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        if (wanted && packet->fd < 0) {
            packet->fd = fd;
            continue;
        }
        close(fd);
        packet->whole = false;
    }
}

static void take_sender(const struct cmsghdr *c, struct xa_packet *packet)
{
    struct ucred sender;
    memcpy(&sender, CMSG_DATA(c), sizeof sender);
    packet->pid = sender.pid;
    packet->uid = sender.uid;
}

enum xa_packet_state xa_packet_receive(int socket, void *room, size_t cap, bool wants_fd,
                                       struct xa_packet *ret)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } along;
    struct iovec part = { room, cap };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &along,
                              .msg_controllen = sizeof along };
    ssize_t len;

    do
        len = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return XA_PACKET_NONE;
    if (len <= 0)
        return XA_PACKET_END;          /* an empty packet cannot be told from the end */

    struct xa_packet packet = { .len = (size_t)len, .fd = -1,
                                .whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 };
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            take_descriptors(c, wants_fd, &packet);
        else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
            take_sender(c, &packet);
    }
    *ret = packet;
    return XA_PACKET_GOT;
}
