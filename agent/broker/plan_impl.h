/* Planning, inside of itself: plan.c walks the way, plan_role.c says what a role is
 * asked with, plan_mfa.c where a code goes. */
#ifndef XA_AGENT_BROKER_PLAN_IMPL_H
#define XA_AGENT_BROKER_PLAN_IMPL_H

#include "agent/broker/plan.h"
#include "agent/broker/way.h"

/* A policy that was read from its file. */
struct plan_text { struct plan_text *next; char text[]; };

/* What planning looks at. */
struct planning {
    struct xa_plan *plan;
    const struct xa_plan_setup *setup;
    const struct xa_wish *wish;
    const struct xa_step *way;           /* the source's step first      */
    const struct xa_source *source;      /* its section; may be NULL     */
    struct xa_error *err;
};

/* The first that is not empty. */
static inline struct xa_slice first_of(struct xa_slice a, struct xa_slice b, struct xa_slice c)
{
    return a.len > 0 ? a : b.len > 0 ? b : c;
}

/* False: it does not fit, and *err says so of `what`. */
static inline bool copy(struct xa_slice s, char *room, size_t size, const char *what,
                        struct xa_error *err)
{
    return xa_slice_copy(s, room, size) ||
           xa_fail(err, XA_USAGE, "%s is longer than %zu bytes", what, size - 1);
}

static inline struct xa_identity *parent_of(const struct planning *p)
{
    return &p->plan->hops[p->plan->n - 2];
}

/* --- plan.c ----------------------------------------------------------------------- */

/* One more hop, zeroed, at the end. Others may move. NULL: no memory. */
struct xa_identity *plan_add_hop(struct planning *p, enum xa_identity_kind kind);

/* Endpoint, CA and proxy: the destination's, else the source's, else [agent]'s. dest may
 * be NULL. */
bool plan_place(const struct planning *p, const struct xa_dest *dest, struct xa_slice partition,
                struct xa_identity *hop);

/* "1h", "15m", "899s" */
void plan_say_duration(uint32_t s, char *ret, size_t size);

/* True if the wish is within what this call gives (who: "AssumeRole"), else XA_USAGE. */
bool plan_duration_fits(const struct planning *p, uint32_t s, uint32_t min_s, uint32_t max_s,
                        const char *who);

/* --- plan_role.c ------------------------------------------------------------------- */

/* Adds the role of this step behind the hop it is assumed from. */
bool plan_role(struct planning *p, const struct xa_step *step);

/* --- plan_mfa.c -------------------------------------------------------------------- */

/* hop, the last one, is signed by the user's own key: puts a session before it, or the
 * code on the call itself, or neither. Sets the hop's key. */
bool plan_first_role(struct planning *p, struct xa_identity *hop);

/* A source that was asked for itself: a session of its own, with MFA only when a person
 * gave a code for it. */
bool plan_own_session(struct planning *p);

/* A source that signs for itself: the session that roles are assumed with, if a device is
 * configured; else nothing is added, and its key signs. */
bool plan_signer(struct planning *p);

/* True unless a word on the way says that there must be a code, where there can be none. */
bool plan_may_lack_mfa(const struct planning *p);

#endif
