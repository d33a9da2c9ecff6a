#include "client/serve/seats.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/serve/answer.h"

#define LATE_MS 1000                 /* for one wrong token too many: L2                    */
#define LEAVE_MS 1000

static void leave(struct xa_seat *s)
{
    close(s->fd);
    explicit_bzero(s->head, s->len);     /* the token was in it */
    s->len = 0;
    s->state = XA_SEAT_FREE;
}

/* The answer fits the socket's buffer whole, or it is not sent: this reader never waits for a
 * peer. To close at once could take the answer from one that is still sending (RST). */
static void answer(struct xa_seat *s, struct xa_slice bytes, int64_t now_ms)
{
    ssize_t n = send(s->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n != (ssize_t)bytes.len || shutdown(s->fd, SHUT_WR) != 0) {
        leave(s);
        return;
    }
    explicit_bzero(s->head, s->len);
    s->len = 0;
    s->state = XA_SEAT_LEAVING;
    s->deadline_ms = now_ms + LEAVE_MS;
}

static void refuse(struct xa_seat *s, const struct xa_refusal *refusal, int64_t now_ms)
{
    answer(s, xa_answer_refusal(refusal), now_ms);
}

/* --- coming ------------------------------------------------------------------------------ */

static struct xa_seat *free_seat(struct xa_seats *seats)
{
    static const enum xa_seat_state first[] = { XA_SEAT_FREE, XA_SEAT_LEAVING, XA_SEAT_LATE,
                                                XA_SEAT_READING };
    for (size_t k = 0; k < sizeof first / sizeof first[0]; k++) {
        struct xa_seat *oldest = NULL;
        for (size_t i = 0; i < XA_SEATS; i++)
            if (seats->at[i].state == first[k] &&
                (oldest == NULL || seats->at[i].deadline_ms < oldest->deadline_ms))
                oldest = &seats->at[i];
        if (oldest == NULL)
            continue;
        if (oldest->state != XA_SEAT_FREE)
            leave(oldest);
        return oldest;
    }
    return NULL;
}

void xa_seats_make_room(struct xa_seats *seats)
{
    static const enum xa_seat_state first[] = { XA_SEAT_LEAVING, XA_SEAT_LATE, XA_SEAT_READING };
    for (size_t k = 0; k < sizeof first / sizeof first[0]; k++)
        for (size_t i = 0; i < XA_SEATS; i++)
            if (seats->at[i].state == first[k]) {
                leave(&seats->at[i]);
                return;
            }
}

void xa_seats_take(struct xa_seats *seats, int fd, int64_t now_ms)
{
    struct xa_seat *s = free_seat(seats);
    if (s == NULL) {
        close(fd);
        return;
    }
    s->fd = fd;
    s->len = 0;
    s->state = XA_SEAT_READING;
    s->deadline_ms = now_ms + XA_SEAT_READ_MS;
}

/* --- reading ------------------------------------------------------------------------------- */

static void judge(struct xa_seats *seats, struct xa_seat *s, int64_t now_ms)
{
    struct xa_http_request request;
    struct xa_slice bytes = { (const uint8_t *)s->head, s->len };
    bool late = false;
    switch (xa_http_read(bytes, &request)) {
    case XA_HTTP_MORE:
        return;
    case XA_HTTP_BAD:
        refuse(s, xa_gate_unreadable(), now_ms);
        return;
    case XA_HTTP_WHOLE:
        break;
    }
    const struct xa_refusal *refusal = xa_gate_judge(&seats->gate, &request, now_ms, &late);
    if (refusal != NULL && !late) {
        refuse(s, refusal, now_ms);
        return;
    }
    s->state = refusal != NULL ? XA_SEAT_LATE : XA_SEAT_WAITING;
    s->refusal = refusal;
    s->deadline_ms = now_ms + (refusal != NULL ? LATE_MS : XA_SEAT_WAIT_MS);
}

/* What comes behind the request is of no use; that the peer hangs up is. */
static void drain(struct xa_seat *s)
{
    char nothing[512];
    ssize_t n = recv(s->fd, nothing, sizeof nothing, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        leave(s);
}

void xa_seats_read(struct xa_seats *seats, size_t i, int64_t now_ms)
{
    struct xa_seat *s = &seats->at[i];
    if (s->state != XA_SEAT_READING) {
        drain(s);
        return;
    }
    ssize_t n = recv(s->fd, s->head + s->len, sizeof s->head - s->len, 0);
    if (n > 0) {
        s->len += (size_t)n;
        judge(seats, s, now_ms);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        leave(s);
    }
}

/* --- answering ------------------------------------------------------------------------------ */

bool xa_seats_wait(const struct xa_seats *seats)
{
    for (size_t i = 0; i < XA_SEATS; i++)
        if (seats->at[i].state == XA_SEAT_WAITING)
            return true;
    return false;
}

void xa_seats_answer(struct xa_seats *seats, struct xa_slice bytes, int64_t now_ms)
{
    for (size_t i = 0; i < XA_SEATS; i++)
        if (seats->at[i].state == XA_SEAT_WAITING)
            answer(&seats->at[i], bytes, now_ms);
}

static void overdue(struct xa_seat *s, const struct xa_refusal *still, int64_t now_ms)
{
    switch (s->state) {
    case XA_SEAT_WAITING: refuse(s, still, now_ms); break;
    case XA_SEAT_LATE: refuse(s, s->refusal, now_ms); break;
    case XA_SEAT_READING: case XA_SEAT_LEAVING: leave(s); break;
    case XA_SEAT_FREE: break;
    }
}

int64_t xa_seats_due(struct xa_seats *seats, const struct xa_refusal *still, int64_t now_ms)
{
    int64_t next_ms = 0;
    for (size_t i = 0; i < XA_SEATS; i++) {
        struct xa_seat *s = &seats->at[i];
        if (s->state != XA_SEAT_FREE && s->deadline_ms <= now_ms)
            overdue(s, still, now_ms);
        if (s->state != XA_SEAT_FREE && (next_ms == 0 || s->deadline_ms < next_ms))
            next_ms = s->deadline_ms;
    }
    return next_ms;
}

void xa_seats_poll(const struct xa_seats *seats, struct pollfd *polls)
{
    for (size_t i = 0; i < XA_SEATS; i++)
        polls[i] = (struct pollfd){
            .fd = seats->at[i].state != XA_SEAT_FREE ? seats->at[i].fd : -1, .events = POLLIN,
        };
}

void xa_seats_close(struct xa_seats *seats)
{
    for (size_t i = 0; i < XA_SEATS; i++)
        if (seats->at[i].state != XA_SEAT_FREE)
            leave(&seats->at[i]);
    explicit_bzero(seats->gate.token, sizeof seats->gate.token);
}
