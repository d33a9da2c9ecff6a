/* One packet off a SOCK_SEQPACKET socket, with what the kernel says of it: the
 * sender, and a descriptor that came along. */
#ifndef XA_AGENT_COURIER_PACKET_H
#define XA_AGENT_COURIER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct xa_packet {
    size_t len;
    bool whole;              /* nothing was cut off, neither bytes nor what came along  */
    pid_t pid;               /* of the sender (SCM_CREDENTIALS); 0: the kernel did not say */
    uid_t uid;
    int fd;                  /* close-on-exec, the caller's to close; -1: none           */
};

enum xa_packet_state {
    XA_PACKET_NONE,          /* nothing there now                                        */
    XA_PACKET_END,           /* the other end is closed, or the socket is broken         */
    XA_PACKET_GOT,
};

/* Takes the next packet into room[cap] without waiting. wants_fd: one descriptor
 * may come along; otherwise, and beyond one, the kernel drops them or they are
 * closed, and the packet is not whole. */
enum xa_packet_state xa_packet_receive(int socket, void *room, size_t cap, bool wants_fd,
                                       struct xa_packet *ret);

#endif
