/* The couriers of a link: asked for, come, ready, gone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/courier/link_impl.h"
#include "agent/courier/packet.h"
#include "agent/supervisor.h"

#define START_MS 5000                  /* from 'C' to 'H'; a start takes about 10 ms  */

/* --- their lives --------------------------------------------------------------- */

void link_handle_closed(struct xa_link *link)
{
    if (--link->open_handles == 0)
        free(link);
}

static void courier_closed(uv_handle_t *handle)
{
    struct link_courier *courier = handle->data;
    struct xa_link *link = courier->link;
    free(courier);
    link_handle_closed(link);
}

/* An answer to this is awaited until start_deadline_ms. A supervisor that cannot
 * be asked is gone, or ours is a bug: either way no courier comes. */
struct link_courier *link_ask(struct xa_link *link, struct xa_link_call *only)
{
    const char ask = XA_SUPERVISOR_COURIER;
    struct link_courier *courier = calloc(1, sizeof *courier), **at = &link->couriers;
    if (courier == NULL)
        return NULL;
    bool asked = send(link->supervisor_fd, &ask, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
    courier->start_deadline_ms = uv_now(link->loop) + (asked ? START_MS : 0);
    courier->link = link;
    courier->fd = -1;
    courier->only = only;
    if (only != NULL)
        only->own = courier;
    while (*at != NULL)
        at = &(*at)->next;
    *at = courier;
    return courier;
}

struct link_courier *link_usual(const struct xa_link *link)
{
    struct link_courier *courier = link->couriers;
    while (courier != NULL && courier->only != NULL)
        courier = courier->next;
    return courier;
}

void link_drop(struct link_courier *courier)
{
    struct link_courier **at = &courier->link->couriers;
    while (*at != courier)
        at = &(*at)->next;
    *at = courier->next;
    if (courier->only != NULL)
        courier->only->own = NULL;
    if (courier->fd < 0) {
        free(courier);
        return;
    }
    uv_poll_stop(&courier->poll);
    close(courier->fd);
    uv_close((uv_handle_t *)&courier->poll, courier_closed);
}

/* --- what they send -------------------------------------------------------------- */

static bool take_hello(struct link_courier *courier, const struct xa_packet *packet,
                       const uint8_t *at)
{
    if (packet->len != 1 || at[0] != XA_COURIER_HELLO || packet->pid <= 0 ||
        packet->uid != geteuid())
        return false;
    courier->pid = packet->pid;
    link_flush(courier);
    return true;
}

/* Only the process that said hello may go on. */
static bool take_packet(struct link_courier *courier, const struct xa_packet *packet,
                        const uint8_t *at)
{
    if (!packet->whole)
        return false;
    if (courier->pid == 0)
        return take_hello(courier, packet, at);
    return packet->pid == courier->pid &&
           link_take_record(courier, (struct xa_slice){ at, packet->len });
}

/* One packet a turn of the loop: after a done nothing here may still be there, but for
 * the link and this courier, which live until their handles have closed. */
static void on_courier(uv_poll_t *poll, int status, int events)
{
    struct link_courier *courier = poll->data;
    struct xa_link *link = courier->link;
    struct xa_packet packet;

    if (status == 0 && (events & UV_WRITABLE) != 0)
        link_flush(courier);
    enum xa_packet_state state =
        xa_packet_receive(courier->fd, link->record_room, XA_RECORD_MAX, false, &packet);
    if (state == XA_PACKET_NONE)
        return;
    bool good = state == XA_PACKET_GOT && take_packet(courier, &packet, link->record_room);
    if (link->closed)
        return;                        /* the room went back to the arena, wiped */
    if (state == XA_PACKET_GOT)
        explicit_bzero(link->record_room, packet.len);
    if (!good) {
        link_lost(courier, false);
        link_finish_failed(link);
    }
    if (!link->closed)
        link_set_timer(link);
}

/* --- what goes to them ------------------------------------------------------------ */

/* Any failure but a full socket means that the courier is gone: its end is read
 * from the same socket soon, and dealt with there. */
static bool send_call(const struct link_courier *courier, struct xa_link_call *call)
{
    ssize_t sent = send(courier->fd, call->packet, call->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return false;
    call->sent = true;
    return true;
}

void link_flush(struct link_courier *courier)
{
    int events = UV_READABLE;
    if (courier->pid == 0)
        return;
    for (struct xa_link_call *call = courier->link->calls; call != NULL; call = call->next) {
        if (!link_carries(courier->only, call) || call->sent || call->failed != XA_OK ||
            send_call(courier, call))
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
            events |= UV_WRITABLE;
        break;
    }
    uv_poll_start(&courier->poll, events, on_courier);
}

/* --- the supervisor ------------------------------------------------------------------ */

/* It answers in the order it was asked, and a courier that comes does not know for whom:
 * so each goes to whoever has waited longest. Only one of those that we gave up
 * on can come too late, and any other may have it. */
static struct link_courier *first_awaited(const struct xa_link *link)
{
    struct link_courier *courier = link->couriers;
    while (courier != NULL && courier->fd >= 0)
        courier = courier->next;
    return courier;
}

/* One that comes when none is waited for, because we gave up on it, is let go: it
 * ends when its link closes. */
static void adopt(struct xa_link *link, int fd)
{
    struct link_courier *courier = first_awaited(link);
    if (courier == NULL || uv_poll_init(link->loop, &courier->poll, fd) != 0) {
        close(fd);
        return;
    }
    courier->poll.data = courier;
    courier->fd = fd;
    link->open_handles++;
    uv_poll_start(&courier->poll, UV_READABLE, on_courier);
}

static void take_refusal(struct xa_link *link)
{
    struct link_courier *courier = first_awaited(link);
    if (courier == NULL)
        return;
    link_lost(courier, true);
    link_finish_failed(link);
}

void link_on_supervisor(uv_poll_t *poll, int status, int events)
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
        adopt(link, packet.fd);
    else if (what[0] == XA_SUPERVISOR_NO_COURIER)
        take_refusal(link);
    if (!link->closed)
        link_set_timer(link);
}
