/* Frames to and from the agent over one connected socket. */
#ifndef XA_CLIENT_LINK_LINK_H
#define XA_CLIENT_LINK_LINK_H

#include "proto/error.h"
#include "proto/message.h"
#include "proto/sockpath.h"

struct xa_link {
    int fd;                       /* -1: not connected                               */
    int dir;                      /* the socket's directory; -1: not open            */
    const char *name;             /* the socket's name in it; borrowed               */
    uint32_t number;              /* of the last request sent; 0: not even a HELLO   */
};

/* One answer. body lies in xa_result_room and is good until the next one. */
struct xa_answer {
    uint8_t type;
    struct xa_slice body;
};

/* Sends a request in one write, with a HELLO in front of the first one (design.md,
 * section 5). The bytes are wiped at once. XA_USAGE: too long.
 * XA_AGENT_UNUSABLE: the agent has gone. */
bool xa_link_send(struct xa_link *l, const struct xa_paths *paths, uint8_t type,
                  const struct xa_message *table, const void *message,
                  struct xa_error *err) XA_MUST_CHECK;

/* Waits for the answer to the last request, at most wait_ms, and as long again for its rest if it
 * comes in pieces. `progress` is what to
 * tell a person at a terminal who waits longer than 400 ms, or NULL. XA_TIMED_OUT;
 * XA_AGENT_UNUSABLE: the agent closed; XA_BAD_VERSION, XA_BAD_MESSAGE: not an answer. */
bool xa_link_receive(struct xa_link *l, int64_t wait_ms, const char *progress,
                     struct xa_answer *ret, struct xa_error *err) XA_MUST_CHECK;

/* Waits, at most wait_ms, until the agent has closed its end. */
bool xa_link_wait_closed(struct xa_link *l, int64_t wait_ms);

/* Closes the connection, not the directory. Twice is fine. */
void xa_link_close(struct xa_link *l);

#endif
