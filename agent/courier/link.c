#include "agent/courier/link.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/courier/packet.h"
#include "agent/supervisor.h"

#define START_MS 5000                  /* from 'C' to 'H'; a start takes about 10 ms  */
#define TRIES 2

/* Owner: the link, from xa_link_send() until it is finished, which is when its
 * record has come, or nothing can come any more. */
struct xa_link_call {
    struct xa_link *link;
    struct xa_link_call *next;
    uint32_t number;
    uint8_t *packet;                   /* in the arena, for a second try              */
    size_t len;
    xa_link_done_fn *done;             /* NULL: cancelled, but the courier has it     */
    void *ctx;
    bool once, sent;
    unsigned couriers_lost;
    uint32_t timeout_ms;
    uint64_t deadline_ms;              /* of uv_now                                   */
    enum xa_code failed;               /* to be finished with this; XA_OK: lives      */
};

/* A courier, starting or ready. Owner: the link until courier_drop(), then the
 * loop until its handle has closed. */
struct courier {
    uv_poll_t poll;                    /* .data = this */
    struct xa_link *link;
    int fd;
    pid_t pid;                         /* 0: it has not said hello                    */
};

/* Owner: the loop, from xa_link_new() until the last handle has closed. */
struct xa_link {
    uv_loop_t *loop;
    uv_poll_t supervisor;              /* .data = this */
    uv_timer_t timer;                  /* .data = this; the earliest deadline         */
    unsigned open_handles;
    int supervisor_fd;                 /* borrowed */
    struct xa_arena *arena;            /* borrowed */
    void (*gone)(void *ctx);
    void *ctx;
    bool closed;
    struct courier *courier;           /* NULL: none runs */
    bool starting;                     /* asked for, or there but without its hello   */
    uint64_t start_deadline_ms;
    struct xa_link_call *calls;        /* oldest first */
    unsigned n_calls;
    uint32_t last_number;
    uint8_t *record_room;              /* XA_RECORD_MAX in the arena; wiped after use */
};

static void flush(struct xa_link *link);
static void set_timer(struct xa_link *link);

/* --- the end of calls -------------------------------------------------------- */

static void call_free(struct xa_link_call *call)
{
    struct xa_link *link = call->link;
    struct xa_link_call **at = &link->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    link->n_calls--;
    xa_arena_give(link->arena, call->packet);
    free(call);
}

/* Its done may do anything: send, cancel others, close the link. */
static void call_finish(struct xa_link_call *call, const struct xa_record *record,
                        const struct xa_error *err)
{
    xa_link_done_fn *done = call->done;
    void *ctx = call->ctx;
    call_free(call);
    if (done != NULL)
        done(ctx, record, err);
}

static void say_failure(const struct xa_link_call *call, struct xa_error *err)
{
    if (call->failed == XA_TIMED_OUT)
        (void)xa_fail(err, XA_TIMED_OUT, "the courier did not answer within %u s",
                      (call->timeout_ms + XA_LINK_GRACE_MS) / 1000);
    else if (call->couriers_lost == 0)
        (void)xa_fail(err, call->failed, "xacct-courier could not be started");
    else
        (void)xa_fail(err, call->failed, "%s", call->couriers_lost < TRIES
                          ? "the courier ended; a request with an MFA code is sent once only"
                          : "the courier ended, or did not start, twice");
}

/* One after the other from the head: each done may change the list. */
static void finish_failed(struct xa_link *link)
{
    for (;;) {
        struct xa_link_call *call = link->calls;
        struct xa_error err;
        while (call != NULL && call->failed == XA_OK)
            call = call->next;
        if (call == NULL)
            return;
        say_failure(call, &err);
        call_finish(call, NULL, &err);
    }
}

/* --- couriers ---------------------------------------------------------------- */

static void link_handle_closed(struct xa_link *link)
{
    if (--link->open_handles == 0)
        free(link);
}

static void courier_closed(uv_handle_t *handle)
{
    struct courier *courier = handle->data;
    struct xa_link *link = courier->link;
    free(courier);
    link_handle_closed(link);
}

/* Its end of the link closes, so it ends too, whatever state it is in. */
static void courier_drop(struct xa_link *link)
{
    struct courier *courier = link->courier;
    link->courier = NULL;
    link->starting = false;
    if (courier == NULL)
        return;
    uv_poll_stop(&courier->poll);
    close(courier->fd);
    uv_close((uv_handle_t *)&courier->poll, courier_closed);
}

/* An answer to this is awaited until start_deadline_ms. A supervisor that cannot
 * be asked is gone, or ours is a bug: either way no courier comes. */
static void courier_ask(struct xa_link *link)
{
    const char ask = XA_SUPERVISOR_COURIER;
    bool asked = send(link->supervisor_fd, &ask, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
    link->starting = true;
    link->start_deadline_ms = uv_now(link->loop) + (asked ? START_MS : 0);
}

/* The courier is lost, with what it carried: each call is tried once more. */
static void courier_lost(struct xa_link *link)
{
    bool again = false;
    courier_drop(link);
    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next) {
        if (call->failed != XA_OK)
            continue;
        call->couriers_lost++;
        if (call->done == NULL || call->couriers_lost == TRIES || (call->once && call->sent)) {
            call->failed = XA_COURIER_UNUSABLE;
            continue;
        }
        call->sent = false;
        call->deadline_ms = uv_now(link->loop) + call->timeout_ms + XA_LINK_GRACE_MS;
        again = true;
    }
    if (again)
        courier_ask(link);
    finish_failed(link);
}

/* --- what couriers send ------------------------------------------------------ */

static bool take_hello(struct courier *courier, const struct xa_packet *packet, const uint8_t *at)
{
    if (packet->len != 1 || at[0] != XA_COURIER_HELLO || packet->pid <= 0 ||
        packet->uid != geteuid())
        return false;
    courier->pid = packet->pid;
    courier->link->starting = false;
    flush(courier->link);
    return true;
}

/* False if it is no record of a call under way. */
static bool take_record(struct xa_link *link, struct xa_slice packet)
{
    struct xa_record record;
    struct xa_link_call *call = link->calls;
    if (!xa_record_decode(packet, &record, NULL))
        return false;
    while (call != NULL && (call->number != record.number || !call->sent))
        call = call->next;
    if (call == NULL)
        return false;
    call_finish(call, &record, NULL);
    return true;
}

/* Only the process that said hello may go on. */
static bool take_packet(struct courier *courier, const struct xa_packet *packet, const uint8_t *at)
{
    if (!packet->whole)
        return false;
    if (courier->pid == 0)
        return take_hello(courier, packet, at);
    return packet->pid == courier->pid &&
           take_record(courier->link, (struct xa_slice){ at, packet->len });
}

/* One packet a turn of the loop: after a done nothing here may still be there. */
static void on_courier(uv_poll_t *poll, int status, int events)
{
    struct courier *courier = poll->data;
    struct xa_link *link = courier->link;
    struct xa_packet packet;

    if (status == 0 && (events & UV_WRITABLE) != 0)
        flush(link);
    enum xa_packet_state state =
        xa_packet_receive(courier->fd, link->record_room, XA_RECORD_MAX, false, &packet);
    if (state == XA_PACKET_NONE)
        return;
    bool good = state == XA_PACKET_GOT && take_packet(courier, &packet, link->record_room);
    if (link->closed)
        return;                        /* the room went back to the arena, wiped */
    if (state == XA_PACKET_GOT)
        explicit_bzero(link->record_room, packet.len);
    if (!good)
        courier_lost(link);
    if (!link->closed)
        set_timer(link);
}

/* --- what goes to couriers --------------------------------------------------- */

/* Any failure but a full socket means that the courier is gone: its end is read
 * from the same socket soon, and dealt with there. */
static bool send_call(const struct courier *courier, struct xa_link_call *call)
{
    ssize_t sent = send(courier->fd, call->packet, call->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return false;
    call->sent = true;
    return true;
}

static void flush(struct xa_link *link)
{
    struct courier *courier = link->courier;
    int events = UV_READABLE;
    if (courier == NULL || courier->pid == 0)
        return;
    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next) {
        if (call->sent || call->failed != XA_OK || send_call(courier, call))
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
            events |= UV_WRITABLE;
        break;
    }
    uv_poll_start(&courier->poll, events, on_courier);
}

/* --- the supervisor ---------------------------------------------------------- */

/* One that comes when none is waited for, because we gave up on it, is let go: it
 * ends when its link closes. */
static void courier_adopt(struct xa_link *link, int fd)
{
    struct courier *courier = NULL;
    if (!link->starting || link->courier != NULL)
        goto refuse;
    courier = calloc(1, sizeof *courier);
    if (courier == NULL || uv_poll_init(link->loop, &courier->poll, fd) != 0)
        goto refuse;
    courier->poll.data = courier;
    courier->link = link;
    courier->fd = fd;
    link->courier = courier;
    link->open_handles++;
    uv_poll_start(&courier->poll, UV_READABLE, on_courier);
    return;
refuse:
    free(courier);
    close(fd);
}

/* Asking again would be answered alike. */
static void courier_refused(struct xa_link *link)
{
    if (!link->starting || link->courier != NULL)
        return;
    link->starting = false;
    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next)
        if (call->failed == XA_OK)
            call->failed = XA_COURIER_UNUSABLE;
    finish_failed(link);
}

static void on_supervisor(uv_poll_t *poll, int status, int events)
{
    struct xa_link *link = poll->data;
    uint8_t what[XA_SUPERVISOR_PACKET_MAX];
    struct xa_packet packet;

    (void)status, (void)events;
    switch (xa_packet_receive(link->supervisor_fd, what, sizeof what, true, &packet)) {
    case XA_PACKET_NONE:
        return;
    case XA_PACKET_END:
        uv_poll_stop(&link->supervisor);
        link->gone(link->ctx);
        return;
    case XA_PACKET_GOT:
        break;
    }
    if (packet.fd >= 0)
        courier_adopt(link, packet.fd);
    else if (what[0] == XA_SUPERVISOR_NO_COURIER)
        courier_refused(link);
    if (!link->closed)
        set_timer(link);
}

/* --- time -------------------------------------------------------------------- */

/* Calls whose time has come fail. If the courier has one of them, it has stalled,
 * for curl keeps its own time: it is replaced, and the others are tried again. */
static void on_timer(uv_timer_t *timer)
{
    struct xa_link *link = timer->data;
    uint64_t now_ms = uv_now(link->loop);
    bool stalled = link->starting && link->start_deadline_ms <= now_ms;

    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next) {
        if (call->deadline_ms > now_ms)
            continue;
        call->failed = XA_TIMED_OUT;
        stalled = stalled || call->sent;
    }
    if (stalled)
        courier_lost(link);
    else
        finish_failed(link);
    if (!link->closed)
        set_timer(link);
}

static void set_timer(struct xa_link *link)
{
    uint64_t now_ms = uv_now(link->loop), first_ms = UINT64_MAX;
    if (link->starting)
        first_ms = link->start_deadline_ms;
    for (const struct xa_link_call *call = link->calls; call != NULL; call = call->next)
        if (call->deadline_ms < first_ms)
            first_ms = call->deadline_ms;
    if (first_ms == UINT64_MAX)
        uv_timer_stop(&link->timer);
    else
        uv_timer_start(&link->timer, on_timer, first_ms > now_ms ? first_ms - now_ms : 0, 0);
}

/* --- door -------------------------------------------------------------------- */

struct xa_link *xa_link_new(uv_loop_t *loop, int supervisor_fd, struct xa_arena *arena,
                            void (*gone)(void *ctx), void *ctx, struct xa_error *err)
{
    struct xa_link *link = calloc(1, sizeof *link);
    if (link == NULL || (link->record_room = xa_arena_take(arena, XA_RECORD_MAX)) == NULL) {
        (void)xa_fail(err, XA_NO_MEMORY, "no room in locked memory for the courier's answers");
        goto out;
    }
    if (uv_poll_init(loop, &link->supervisor, supervisor_fd) != 0) {
        (void)xa_fail(err, XA_IO, "the supervisor's socket cannot be polled");
        goto out;
    }
    link->loop = loop;
    link->supervisor_fd = supervisor_fd;
    link->arena = arena;
    link->gone = gone;
    link->ctx = ctx;
    link->open_handles = 2;
    link->supervisor.data = link;
    link->timer.data = link;
    uv_timer_init(loop, &link->timer);
    uv_poll_start(&link->supervisor, UV_READABLE, on_supervisor);
    return link;
out:
    if (link != NULL)
        xa_arena_give(arena, link->record_room);
    free(link);
    return NULL;
}

static void handle_closed(uv_handle_t *handle)
{
    link_handle_closed(handle->data);
}

void xa_link_close(struct xa_link *link)
{
    if (link == NULL || link->closed)
        return;
    link->closed = true;
    courier_drop(link);
    while (link->calls != NULL)
        call_free(link->calls);
    xa_arena_give(link->arena, link->record_room);
    link->record_room = NULL;
    uv_close((uv_handle_t *)&link->timer, handle_closed);
    uv_close((uv_handle_t *)&link->supervisor, handle_closed);
}

static bool encode(struct xa_link_call *call, const struct xa_request *given, struct xa_error *err)
{
    struct xa_request request = *given;
    request.number = call->number;
    request.timeout_ms = call->timeout_ms;
    call->len = xa_request_length(&request);
    if (call->len > XA_PACKET_MAX)
        return xa_fail(err, XA_INTERNAL, "a request of %zu bytes is too long to send", call->len);
    call->packet = xa_arena_take(call->link->arena, call->len);
    if (call->packet == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no room in locked memory for a request");
    if (xa_request_encode(&request, call->packet, call->len) == call->len)
        return true;
    return xa_fail(err, XA_INTERNAL, "a request breaks a limit of its own");
}

static void append(struct xa_link *link, struct xa_link_call *call)
{
    struct xa_link_call **at = &link->calls;
    while (*at != NULL)
        at = &(*at)->next;
    *at = call;
    link->n_calls++;
}

struct xa_link_call *xa_link_send(struct xa_link *link, const struct xa_request *request,
                                  xa_link_done_fn *done, void *ctx, struct xa_error *err)
{
    assert(!link->closed && done != NULL);
    if (link->n_calls == XA_LINK_CALLS_MAX) {
        (void)xa_fail(err, XA_BUSY, "%d requests to AWS are under way", XA_LINK_CALLS_MAX);
        return NULL;
    }
    struct xa_link_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        (void)xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    call->link = link;
    call->number = ++link->last_number;
    call->done = done;
    call->ctx = ctx;
    call->once = request->once;
    call->timeout_ms = request->timeout_ms;
    if (call->timeout_ms == 0 || call->timeout_ms > XA_EXCHANGE_TIMEOUT_MAX_MS)
        call->timeout_ms = XA_EXCHANGE_TIMEOUT_MAX_MS;
    call->deadline_ms = uv_now(link->loop) + call->timeout_ms + XA_LINK_GRACE_MS;
    if (!encode(call, request, err)) {
        xa_arena_give(link->arena, call->packet);
        free(call);
        return NULL;
    }
    append(link, call);
    if (link->courier == NULL && !link->starting)
        courier_ask(link);
    flush(link);
    set_timer(link);
    return call;
}

void xa_link_cancel(struct xa_link_call *call)
{
    struct xa_link *link = call->link;
    if (call->sent) {                  /* its record must still be known for one */
        call->done = NULL;
        xa_arena_give(link->arena, call->packet);
        call->packet = NULL;
        return;
    }
    call_free(call);
    set_timer(link);
}

pid_t xa_link_courier_pid(const struct xa_link *link)
{
    return link->courier != NULL ? link->courier->pid : 0;
}
