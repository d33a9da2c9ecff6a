/* Is STS there, and what time is it there? One request without a signature, in nobody's name.
 *
 * However many ask, there is one question at a time to each endpoint by each way (certificates,
 * proxy), and what came of it holds for a second (N12): neither AWS nor the requests of others
 * notice who asks again and again. */
#ifndef XA_AGENT_BROKER_PROBE_H
#define XA_AGENT_BROKER_PROBE_H

#include "agent/broker/broker.h"

struct xa_probe_answer {
    const char *url;                     /* where it was asked                             */
    int64_t aws_s;                       /* Unix seconds by the answer's Date; 0: not told */
    struct xa_error err;                 /* XA_OK: STS answered. Else XA_UNREACHABLE,
                                          * XA_TIMED_OUT, XA_CERTIFICATE, XA_BAD_REPLY or
                                          * the port's                                     */
};

/* Embedded in the caller, who sets done. */
struct xa_probe_waiter {
    struct xa_broker_probe *probe;       /* NULL: it waits for nothing                     */
    struct xa_probe_waiter *next;
    void (*done)(struct xa_probe_waiter *waiter, const struct xa_probe_answer *answer);
};

/* Asks as it would be asked for the source `name`, or by default if that is empty.
 * XA_ANSWERED: *ret, good until the broker is called again. XA_WILL_ANSWER: done runs once,
 * unless xa_probe_cancel comes first. XA_FAILED: XA_NO_SUCH_NAME, XA_BAD_CONFIG, XA_BUSY (too
 * many endpoints at once), XA_NO_MEMORY, the port's. */
enum xa_outlook xa_broker_probe(struct xa_broker *broker, struct xa_slice name,
                                struct xa_probe_waiter *waiter,
                                const struct xa_probe_answer **ret,
                                struct xa_error *err) XA_MUST_CHECK;

/* The waiter waits no longer; twice is fine. The question goes on. */
void xa_probe_cancel(struct xa_probe_waiter *waiter);

/* Ends all questions; nobody may wait any more. Before the port goes; twice is fine. */
void xa_probe_drop_all(struct xa_broker *broker);

#endif
