/* The way from a source to what was wished, as the files tell it. */
#ifndef XA_AGENT_BROKER_WAY_H
#define XA_AGENT_BROKER_WAY_H

#include "agent/broker/target.h"

/* One step: what is assumed, or where the way begins. */
struct xa_step {
    struct xa_target target;
    struct xa_step *next;          /* the role that is assumed from here; NULL: the goal */
};

/* Walks from wish->name back to its source. Returns the source's step, at whose end
 * stands the goal, which the caller frees; or NULL with the errors of
 * xa_target_find and xa_target_parent, XA_NO_MEMORY, or XA_BAD_CONFIG for a chain
 * that comes back to itself, which the message names: "a -> b -> a". */
struct xa_step *xa_way_find(const struct xa_sight *sight, const struct xa_wish *wish,
                            struct xa_error *err) XA_MUST_CHECK;
void xa_way_free(struct xa_step **way);        /* NULL is fine */

#endif
