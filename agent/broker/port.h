/* What the broker is handed: the way out to AWS, the time, and chance. The hall gives
 * the courier's link and the system's clocks, tests give their own. */
#ifndef XA_AGENT_BROKER_PORT_H
#define XA_AGENT_BROKER_PORT_H

#include "agent/courier/exchange.h"
#include "proto/error.h"

struct xa_port_call;

/* Runs exactly once, never from inside send; not after cancel. record is NULL on
 * failure; both are the port's and end when it returns. */
typedef void xa_port_done_fn(void *ctx, const struct xa_record *record, const struct xa_error *err);

struct xa_port {
    void *ctx;
    /* Copies the request. NULL with *err: XA_NO_MEMORY, XA_BUSY. */
    struct xa_port_call *(*send)(void *ctx, const struct xa_request *request,
                                 xa_port_done_fn *done, void *done_ctx, struct xa_error *err);
    void (*cancel)(struct xa_port_call *call);
    /* xa_broker_run is to be called within that many ms: there is something to do
     * then. A later call may name an earlier time; none takes one back. */
    void (*wake)(void *ctx, int64_t in_ms);
    uint32_t (*random)(void *ctx);     /* spreads retries and renewals               */
};

struct xa_clock {
    void *ctx;
    int64_t (*boot_ms)(void *ctx);     /* CLOCK_BOOTTIME: decides (T1)               */
    int64_t (*wall_s)(void *ctx);      /* Unix seconds: signs until AWS has said its
                                        * own time, and is shown                     */
    /* Which round of work this is, counted from 1. What the files say is looked up once a
     * round: whoever begins one that a request may have come in between begins another.
     * NULL: each question is a round of its own. */
    uint64_t (*turn)(void *ctx);
};

#endif
