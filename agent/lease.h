/* Who is asked. The agent never asks a person itself: for each question it leases the
 * prompt to one client that can, and parks the others that need the same answer
 * (design.md, section 5; C10). */
#ifndef XA_AGENT_LEASE_H
#define XA_AGENT_LEASE_H

#include <uv.h>

#include "agent/broker/broker.h"
#include "proto/message.h"

struct xa_agent;
struct xa_conn;

struct xa_lease {
    struct xa_agent *agent;
    struct xa_lease *next;           /* of the agent's questions                 */
    struct xa_question *question;    /* NULL: the vault's passphrase             */
    struct xa_conn *holder;          /* NULL: nobody is being asked              */
    struct xa_conn *parked;          /* in the order they came                   */
    bool passing;                    /* a new holder is being looked for         */
    uv_timer_t timer;                /* .data = this                             */
};

/* The lease on the passphrase, which is always there; and the end of all of them. */
void xa_lease_init(struct xa_lease *lease, struct xa_agent *agent);
void xa_lease_close_all(struct xa_agent *agent);

/* The lease on this question, which it takes over (sets *question to NULL): the one
 * that is there, or another. It goes by itself when nobody holds it or waits for it.
 * NULL: XA_NO_MEMORY, XA_BUSY (64 are open). */
struct xa_lease *xa_lease_for(struct xa_agent *agent, struct xa_question **question,
                              struct xa_error *err) XA_MUST_CHECK;

/* The request of conn needs what the lease is about. conn is told NEED and holds the
 * lease; or is parked; or fails because neither it nor anyone else can ask. Another
 * question that it holds is given up. body is the request's, to be kept. */
void xa_lease_ask(struct xa_lease *lease, struct xa_conn *conn, const struct xa_asking *asking,
                  struct xa_slice body);

/* The answer was good: all parked requests go on. */
void xa_lease_granted(struct xa_lease *lease);

/* The answers were wrong, or the person would not: all parked share it. */
void xa_lease_refused(struct xa_lease *lease, const struct xa_error *err);

bool xa_lease_is_held_by(const struct xa_lease *lease, const struct xa_conn *conn);

/* The lease that conn holds, or NULL. */
struct xa_lease *xa_lease_of(const struct xa_conn *conn);

#endif
