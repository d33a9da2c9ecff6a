/* Inside of the link: link.c has the calls and their time, link_courier.c the couriers
 * and what the supervisor says. */
#ifndef XA_AGENT_COURIER_LINK_IMPL_H
#define XA_AGENT_COURIER_LINK_IMPL_H

#include "agent/courier/link.h"

#define LINK_TRIES 2

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
    bool alone;                        /* by a courier of its own ...                 */
    struct link_courier *own;          /* ... which ends with the call                */
    unsigned couriers_lost;
    uint32_t timeout_ms;
    uint64_t deadline_ms;              /* of uv_now                                   */
    enum xa_code failed;               /* to be finished with this; XA_OK: lives      */
};

/* A courier: asked for, come, or ready. Owner: the link until link_drop(), then the
 * loop until its handle has closed. */
struct link_courier {
    uv_poll_t poll;                    /* .data = this; once it has come              */
    struct xa_link *link;
    struct link_courier *next;
    struct xa_link_call *only;         /* it carries this and nothing else; NULL: the
                                        * usual one, which carries all others         */
    int fd;                            /* -1: it has not come                         */
    pid_t pid;                         /* 0: it has not said hello                    */
    uint64_t start_deadline_ms;        /* until when that is waited for               */
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
    struct link_courier *couriers;     /* in the order they were asked for            */
    struct xa_link_call *calls;        /* oldest first */
    unsigned n_calls, n_alone;
    uint32_t last_number;
    uint8_t *record_room;              /* XA_RECORD_MAX in the arena; wiped after use */
};

/* --- link_courier.c --- */

/* Asks the supervisor for a courier: for one call, or, with NULL, the usual one. NULL:
 * no memory is left. */
struct link_courier *link_ask(struct xa_link *link, struct xa_link_call *only);

/* The usual one; NULL: none is there, nor asked for. */
struct link_courier *link_usual(const struct xa_link *link);

/* Its end of the link closes, so it ends too, whatever state it is in. */
void link_drop(struct link_courier *courier);

/* Sends what it is to carry and has not got. */
void link_flush(struct link_courier *courier);

void link_on_supervisor(uv_poll_t *poll, int status, int events);
void link_handle_closed(struct xa_link *link);

/* --- link.c --- */

/* The courier is lost, with what it carried: it is dropped, each call is tried once more or
 * marked as failed, and a new one asked for if need be. `refused`: no call is
 * tried again, for asking again would be answered alike. */
void link_lost(struct link_courier *courier, bool refused);

/* Finishes the calls that are marked as failed. Their done may do anything. */
void link_finish_failed(struct xa_link *link);

/* False if it is no record of a call that this courier has. The call's done may do
 * anything. */
bool link_take_record(struct link_courier *courier, struct xa_slice packet);

/* True if a courier for `only` is to carry the call. */
bool link_carries(const struct xa_link_call *only, const struct xa_link_call *call);

void link_set_timer(struct xa_link *link);

#endif
