/* One call under way for one cache key, and who waits for it. Inside of the broker:
 * fetch.c is its life, verdict.c what AWS's answer means for it. */
#ifndef XA_AGENT_BROKER_FETCH_H
#define XA_AGENT_BROKER_FETCH_H

#include "agent/broker/broker_impl.h"

enum fetch_state {
    FETCH_NEW,
    FETCH_PARENT,              /* waits for the credentials that sign                 */
    FETCH_CALLING,
    FETCH_RESTING,             /* until due_ms, before the next attempt               */
    FETCH_LISTING,             /* was denied, and asks for the user's MFA devices     */
};

struct xa_fetch {
    struct xa_fetch *next;
    struct xa_broker *broker;
    struct xa_identity hop, signer;      /* hop's texts are in `texts`                */
    char *texts;
    char code[XA_MFA_CODE_LEN + 1];      /* ""; else it is sent once (N9)             */
    enum fetch_state state;
    struct xa_port_call *call;
    struct xa_waiter parent;             /* on the signer's fetch                     */
    int64_t sent_ms, due_ms;
    int64_t deadline_ms;                 /* no attempt is begun after it              */
    unsigned attempts;
    bool clock_corrected;                /* signed once more with AWS's time          */
    struct xa_error denial;              /* while FETCH_LISTING                       */
    struct xa_waiter *waiters;
};

/* Hand the outcome to all waiters and free the fetch. A waiter may ask again, cancel
 * another, lock or forget from inside its done. */
void fetch_grant(struct xa_fetch *fetch, bool fresh);
void fetch_fail(struct xa_fetch *fetch, const struct xa_error *err);
void fetch_plan_again(struct xa_fetch *fetch);

/* Sends the call once more, after a rest. */
void fetch_rest(struct xa_fetch *fetch, int64_t ms);

/* verdict.c: the port's answer to the call. */
xa_port_done_fn verdict_on_credentials, verdict_on_devices;

#endif
