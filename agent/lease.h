/* Who is asked. The agent never asks a person itself: it leases the question to
 * one client that can, and parks the others that need the same answer
 * (design.md, section 5; C10). */
#ifndef XA_AGENT_LEASE_H
#define XA_AGENT_LEASE_H

#include <uv.h>

#include "proto/message.h"

struct xa_agent;
struct xa_conn;

struct xa_lease {
    struct xa_agent *agent;
    struct xa_conn *holder;        /* NULL: nobody is being asked              */
    struct xa_conn *parked;        /* in the order they came                   */
    bool passing;                  /* a new holder is being looked for         */
    uv_timer_t timer;              /* .data = this                             */
};

void xa_lease_init(struct xa_lease *lease, struct xa_agent *agent);
void xa_lease_close(struct xa_lease *lease);

/* The request of conn needs the vault open, and it is not. conn is told NEED and
 * holds the lease; or is parked; or fails with XA_LOCKED because neither it nor
 * anyone else can ask. body is the request's, to be kept. */
void xa_lease_ask(struct xa_lease *lease, struct xa_conn *conn, const struct xa_asking *asking,
                  struct xa_slice body);

/* The vault is open: all parked requests go on. */
void xa_lease_granted(struct xa_lease *lease);

/* The person gave three wrong answers, or would not: all parked share it. */
void xa_lease_refused(struct xa_lease *lease, const struct xa_error *err);

bool xa_lease_is_held_by(const struct xa_lease *lease, const struct xa_conn *conn);

#endif
