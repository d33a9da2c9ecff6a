/* Inside of the broker, for its own files. */
#ifndef XA_AGENT_BROKER_BROKER_IMPL_H
#define XA_AGENT_BROKER_BROKER_IMPL_H

#include "agent/broker/broker.h"

struct xa_broker {
    struct xa_broker_setup setup;
    struct xa_cache *cache;
    struct xa_fetch *fetches;              /* one per cache key under way */
    unsigned locks;                        /* how often it was locked     */
    struct xa_identity resolved;           /* of the request in hand      */
};

static inline int64_t broker_boot_ms(const struct xa_broker *b)
{
    return b->setup.clock.boot_ms(b->setup.clock.ctx);
}

static inline int64_t broker_wall_s(const struct xa_broker *b)
{
    return b->setup.clock.wall_s(b->setup.clock.ctx);
}

#endif
