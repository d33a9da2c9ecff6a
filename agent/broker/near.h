/* "Did you mean": the nearest of many names. */
#ifndef XA_AGENT_BROKER_NEAR_H
#define XA_AGENT_BROKER_NEAR_H

#include <stdbool.h>

#include "proto/wire.h"

struct xa_near {
    struct xa_slice typed;        /* borrowed                                             */
    struct xa_slice nearest;      /* of those offered; borrowed; empty if none is near    */
    unsigned beyond;              /* so many edits are one too many to be the next        */
};

struct xa_near xa_near_begin(struct xa_slice typed);

/* True if it is the nearest so far, and near enough to be what was meant. */
bool xa_near_offer(struct xa_near *near, struct xa_slice name);

#endif
