/* A caller of the broker, for its tests: asks, and keeps what it was told. */
#ifndef XA_TESTS_ASKER_H
#define XA_TESTS_ASKER_H

#include <stdio.h>

#include "agent/broker/broker.h"
#include "tests/lib/broker_kit.h"

struct asker {
    struct xa_waiter waiter;
    enum xa_outlook outlook;           /* what the broker returned                     */
    unsigned n_done;                   /* how often done ran                           */
    enum xa_code code;                 /* XA_OK: it has credentials                    */
    char message[512];
    char key_id[64], name[80], region[80], label[80];
    int64_t good_until_ms, expires_at;
    bool fresh;
    void (*then)(struct asker *);      /* runs at the end of done                      */
};

static inline void asker_keep(struct asker *a, const struct xa_granted *granted,
                              const struct xa_error *err)
{
    a->code = granted != NULL ? XA_OK : err->code;
    snprintf(a->message, sizeof a->message, "%s", granted != NULL ? "" : err->message);
    if (granted == NULL)
        return;
    bool fits = xa_slice_copy(granted->issued->access_key_id, a->key_id, sizeof a->key_id);
    snprintf(a->name, sizeof a->name, "%s", fits ? granted->identity->name : "?");
    snprintf(a->region, sizeof a->region, "%s", granted->identity->region);
    snprintf(a->label, sizeof a->label, "%s", granted->identity->label);
    a->good_until_ms = granted->issued->good_until_ms;
    a->expires_at = granted->issued->expires_at;
    a->fresh = granted->fresh;
}

static inline void asker_done(struct xa_waiter *waiter, const struct xa_granted *granted,
                              const struct xa_error *err)
{
    struct asker *a = (struct asker *)(void *)waiter;      /* its first member */
    a->n_done++;
    asker_keep(a, granted, err);
    if (a->then != NULL)
        a->then(a);
}

static inline enum xa_outlook ask_for(struct asker *a, const struct xa_wish *ask)
{
    struct xa_granted granted;
    struct xa_error err = { 0 };
    a->waiter.done = asker_done;
    a->code = XA_INTERNAL;
    a->outlook = xa_broker_credentials(kit.broker, ask, &a->waiter, &granted, &err);
    if (a->outlook != XA_WILL_ANSWER)
        asker_keep(a, a->outlook == XA_ANSWERED ? &granted : NULL, &err);
    return a->outlook;
}

static inline enum xa_outlook ask(struct asker *a, const char *name)
{
    return ask_for(a, &(struct xa_wish){ .name = xa_slice_of(name) });
}

#endif
