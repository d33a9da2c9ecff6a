/* The connections to the endpoint: each sends one request and gets one answer (L6). The loop
 * calls; nothing here waits. */
#ifndef XA_CLIENT_SERVE_SEATS_H
#define XA_CLIENT_SERVE_SEATS_H

#include <poll.h>

#include "client/serve/gate.h"

#define XA_SEATS 64                  /* L6                                                  */
#define XA_SEAT_READ_MS 2000         /* for a whole head: L6                                */
#define XA_SEAT_WAIT_MS 800          /* for credentials: an SDK gives the whole of it 1 s   */

enum xa_seat_state {
    XA_SEAT_FREE,
    XA_SEAT_READING,                 /* its request                                         */
    XA_SEAT_WAITING,                 /* it was let in, and waits for credentials            */
    XA_SEAT_LATE,                    /* it is not let in, and hears so after a second       */
    XA_SEAT_LEAVING,                 /* it has its answer, and is to hang up                */
};

struct xa_seat {
    enum xa_seat_state state;
    int fd;
    int64_t deadline_ms;             /* of this state                                       */
    const struct xa_refusal *refusal;   /* of LATE                                          */
    size_t len;
    char head[XA_HTTP_HEAD_MAX + 1];
};

struct xa_seats {
    struct xa_gate gate;
    struct xa_seat at[XA_SEATS];
};

/* Gives a connection a seat, and closes it only if all are taken by such as wait for
 * credentials: who has not shown the token makes room for one who may. */
void xa_seats_take(struct xa_seats *seats, int fd, int64_t now_ms);

/* Descriptors have run out: ends one who has not shown the token, if there is one. */
void xa_seats_make_room(struct xa_seats *seats);

/* Reads what has come at one seat, and answers it or lets it wait. */
void xa_seats_read(struct xa_seats *seats, size_t i, int64_t now_ms);

/* Gives all that wait for credentials this answer. */
void xa_seats_answer(struct xa_seats *seats, struct xa_slice bytes, int64_t now_ms);
bool xa_seats_wait(const struct xa_seats *seats);

/* Does what has come due: ends who is too slow, answers who was made to wait; who waited for
 * credentials for too long hears `still`. Returns the next time that something is due; 0: none
 * is. */
int64_t xa_seats_due(struct xa_seats *seats, const struct xa_refusal *still, int64_t now_ms);

/* Fills polls[XA_SEATS]; a seat that waits for nothing has fd -1. */
void xa_seats_poll(const struct xa_seats *seats, struct pollfd *polls);

/* Closes all of them. */
void xa_seats_close(struct xa_seats *seats);

#endif
