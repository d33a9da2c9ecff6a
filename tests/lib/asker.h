/* A caller of the broker, for its tests: asks, and keeps what it was told. */
#ifndef XA_TESTS_ASKER_H
#define XA_TESTS_ASKER_H

#include <stdio.h>

#include "agent/broker/broker.h"
#include "tests/lib/broker_kit.h"

struct asker {
    struct xa_waiter waiter;
    bool person;                       /* set before: it could be asked                */
    bool at_hand;                      /* and: only what is held                       */
    uint32_t patience_ms;              /* 0: the broker's own idea                     */
    struct xa_slice request;           /* the bytes it came in; empty: none are kept   */
    enum xa_outlook outlook;           /* what the broker returned                     */
    struct xa_question *question;      /* after XA_ASKS: ask_for and asker_end free it */
    unsigned n_done;                   /* how often done ran                           */
    enum xa_code code;                 /* XA_OK: it has credentials                    */
    bool plan_again;                   /* it is to ask once more                       */
    char message[512];
    char key_id[64], name[80], region[80], label[80];
    int64_t good_until_ms, expires_at;
    bool fresh;
    void (*then)(struct asker *);      /* runs at the end of done                      */
};

static inline void asker_keep(struct asker *a, const struct xa_granted *granted,
                              const struct xa_error *err)
{
    a->plan_again = granted == NULL && err->code == XA_OK;
    a->code = granted != NULL ? XA_OK : a->plan_again ? XA_INTERNAL : err->code;
    snprintf(a->message, sizeof a->message, "%s", granted != NULL ? "" : err->message);
    if (granted == NULL)
        return;
    if (!xa_slice_copy(granted->issued->access_key_id, a->key_id, sizeof a->key_id) ||
        !xa_slice_copy(xa_slice_of(granted->identity->name), a->name, sizeof a->name))
        snprintf(a->name, sizeof a->name, "?");
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

static inline void asker_end(struct asker *a)
{
    xa_broker_cancel(&a->waiter);
    xa_question_free(&a->question);
}

static inline enum xa_outlook ask_for(struct asker *a, const struct xa_wish *wish)
{
    struct xa_granted granted;
    struct xa_error err = { 0 };
    const struct xa_ask ask = { .wish = wish, .has_person = a->person,
                                .patience_ms = a->patience_ms, .at_hand = a->at_hand,
                                .request = a->request };
    asker_end(a);
    a->waiter.done = asker_done;
    a->code = XA_INTERNAL;
    a->outlook = xa_broker_credentials(kit.broker, &ask, &a->waiter, &granted, &a->question, &err);
    if (a->outlook == XA_ANSWERED || a->outlook == XA_FAILED)
        asker_keep(a, a->outlook == XA_ANSWERED ? &granted : NULL, &err);
    return a->outlook;
}

static inline enum xa_outlook ask(struct asker *a, const char *name)
{
    return ask_for(a, &(struct xa_wish){ .name = xa_slice_of(name) });
}

/* The answer to a's question; serial may be "". */
static inline enum xa_outlook give_code(struct asker *a, const char *code, const char *serial)
{
    struct xa_error err = { 0 };
    a->waiter.done = asker_done;
    a->code = XA_INTERNAL;
    enum xa_outlook outlook =
        xa_broker_give_code(kit.broker, a->question, xa_slice_of(code), xa_slice_of(serial),
                            a->patience_ms, &a->waiter, &err);
    if (outlook == XA_FAILED)
        asker_keep(a, NULL, &err);
    return outlook;
}

#endif
