#include "agent/courier/link.h"

#include <assert.h>
#include <stdlib.h>

#include "agent/courier/link_impl.h"

/* --- the end of calls -------------------------------------------------------- */

static void call_free(struct xa_link_call *call)
{
    struct xa_link *link = call->link;
    struct xa_link_call **at = &link->calls;
    if (call->own != NULL)
        link_drop(call->own);
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    link->n_calls--;
    link->n_alone -= call->alone;
    xa_arena_give(link->arena, call->packet);
    free(call);
}

/* Its done may do anything: send, cancel others, close the link. A courier of its own
 * is gone by then. */
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
    else if (call->couriers_lost == LINK_TRIES)
        (void)xa_fail(err, call->failed, "the courier ended, or did not start, twice");
    else if (!call->once || !call->sent)
        (void)xa_fail(err, call->failed, "the courier ended, and no other could be started");
    else
        (void)xa_fail(err, call->failed, "the courier ended; a request %s is sent once only",
                      call->alone ? "for a new key" : "with an MFA code");
}

/* One after the other from the head: each done may change the list. */
void link_finish_failed(struct xa_link *link)
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

/* --- calls and couriers ------------------------------------------------------- */

bool link_carries(const struct xa_link_call *only, const struct xa_link_call *call)
{
    return only == NULL ? !call->alone : only == call;
}

/* True if it may be tried once more. */
static bool may_be_tried_again(struct xa_link_call *call)
{
    call->couriers_lost++;
    if (call->done == NULL || call->couriers_lost == LINK_TRIES || (call->once && call->sent))
        return false;
    call->sent = false;
    call->deadline_ms = uv_now(call->link->loop) + call->timeout_ms + XA_LINK_GRACE_MS;
    return true;
}

static void fail_all(struct xa_link *link, const struct xa_link_call *only)
{
    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next)
        if (link_carries(only, call) && call->failed == XA_OK)
            call->failed = XA_COURIER_UNUSABLE;
}

void link_lost(struct link_courier *courier, bool refused)
{
    struct xa_link *link = courier->link;
    struct xa_link_call *only = courier->only;
    bool again = false;

    link_drop(courier);
    if (refused)
        fail_all(link, only);
    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next) {
        if (!link_carries(only, call) || call->failed != XA_OK)
            continue;
        if (may_be_tried_again(call))
            again = true;
        else
            call->failed = XA_COURIER_UNUSABLE;
    }
    if (again && link_ask(link, only) == NULL)
        fail_all(link, only);
}

bool link_take_record(struct link_courier *courier, struct xa_slice packet)
{
    struct xa_record record;
    struct xa_link_call *call = courier->link->calls;
    if (!xa_record_decode(packet, &record, NULL))
        return false;
    while (call != NULL &&
           (call->number != record.number || !call->sent || !link_carries(courier->only, call)))
        call = call->next;
    if (call == NULL)
        return false;
    call_finish(call, &record, NULL);
    return true;
}

/* --- time -------------------------------------------------------------------- */

/* Calls whose time has come fail. If the usual courier has one of them, it has stalled,
 * for curl keeps its own time: it is replaced, and the others are tried again. One
 * that carries a single call ends with it. */
static void on_timer(uv_timer_t *timer)
{
    struct xa_link *link = timer->data;
    uint64_t now_ms = uv_now(link->loop);
    bool stalled = false;

    for (struct xa_link_call *call = link->calls; call != NULL; call = call->next) {
        if (call->deadline_ms > now_ms)
            continue;
        call->failed = XA_TIMED_OUT;
        stalled = stalled || (call->sent && !call->alone);
    }
    for (struct link_courier *courier = link->couriers, *next; courier != NULL; courier = next) {
        next = courier->next;
        if ((courier->pid == 0 && courier->start_deadline_ms <= now_ms) ||
            (courier->only == NULL && stalled))
            link_lost(courier, false);
    }
    link_finish_failed(link);
    if (!link->closed)
        link_set_timer(link);
}

void link_set_timer(struct xa_link *link)
{
    uint64_t now_ms = uv_now(link->loop), first_ms = UINT64_MAX;
    for (const struct link_courier *courier = link->couriers; courier != NULL;
         courier = courier->next)
        if (courier->pid == 0 && courier->start_deadline_ms < first_ms)
            first_ms = courier->start_deadline_ms;
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
    uv_poll_start(&link->supervisor, UV_READABLE, link_on_supervisor);
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
    while (link->calls != NULL)
        call_free(link->calls);
    while (link->couriers != NULL)
        link_drop(link->couriers);
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
    link->n_alone += call->alone;
}

/* A long-lived key comes into no address space that has carried, or will carry,
 * anything else. */
static bool may_be_sent(const struct xa_link *link, const struct xa_request *request,
                        struct xa_error *err)
{
    if (request->answer == XA_ANSWER_ACCESS_KEY && !request->alone)
        return xa_fail(err, XA_INTERNAL, "a new key needs a courier of its own");
    if (link->n_calls == XA_LINK_CALLS_MAX)
        return xa_fail(err, XA_BUSY, "%d requests to AWS are under way", XA_LINK_CALLS_MAX);
    if (request->alone && link->n_alone == XA_LINK_ALONE_MAX)
        return xa_fail(err, XA_BUSY, "%d requests with a courier of their own are under way",
                       XA_LINK_ALONE_MAX);
    return true;
}

static struct link_courier *courier_for(struct xa_link_call *call, struct xa_error *err)
{
    struct link_courier *courier = call->alone ? NULL : link_usual(call->link);
    if (courier == NULL)
        courier = link_ask(call->link, call->alone ? call : NULL);
    if (courier == NULL)
        (void)xa_fail(err, XA_NO_MEMORY, "no memory for a courier");
    return courier;
}

struct xa_link_call *xa_link_send(struct xa_link *link, const struct xa_request *request,
                                  xa_link_done_fn *done, void *ctx, struct xa_error *err)
{
    assert(!link->closed && done != NULL);
    if (!may_be_sent(link, request, err))
        return NULL;
    struct xa_link_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        (void)xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    call->link = link;
    call->number = ++link->last_number;
    call->done = done;
    call->ctx = ctx;
    call->alone = request->alone;
    call->once = request->once || request->alone;
    call->timeout_ms = request->timeout_ms;
    if (call->timeout_ms == 0 || call->timeout_ms > XA_EXCHANGE_TIMEOUT_MAX_MS)
        call->timeout_ms = XA_EXCHANGE_TIMEOUT_MAX_MS;
    call->deadline_ms = uv_now(link->loop) + call->timeout_ms + XA_LINK_GRACE_MS;
    struct link_courier *courier = NULL;
    if (!encode(call, request, err) || (courier = courier_for(call, err)) == NULL) {
        xa_arena_give(link->arena, call->packet);
        free(call);
        return NULL;
    }
    append(link, call);
    link_flush(courier);
    link_set_timer(link);
    return call;
}

void xa_link_cancel(struct xa_link_call *call)
{
    struct xa_link *link = call->link;
    if (call->sent && !call->alone) {  /* its record must still be known for one */
        call->done = NULL;
        xa_arena_give(link->arena, call->packet);
        call->packet = NULL;
        return;
    }
    call_free(call);
    link_set_timer(link);
}

pid_t xa_link_courier_pid(const struct xa_link *link)
{
    const struct link_courier *courier = link_usual(link);
    return courier != NULL ? courier->pid : 0;
}

bool xa_link_is_courier(const struct xa_link *link, pid_t pid)
{
    for (const struct link_courier *c = link->couriers; c != NULL; c = c->next)
        if (c->pid != 0 && c->pid == pid)
            return true;
    return false;
}
