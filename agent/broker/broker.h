/* The broker: name -> credentials. The request's way reads top to bottom in
 * broker.c (design.md, sections 3 and 4). */
#ifndef XA_AGENT_BROKER_BROKER_H
#define XA_AGENT_BROKER_BROKER_H

#include "agent/broker/cache.h"
#include "agent/broker/identity.h"
#include "agent/broker/port.h"
#include "agent/broker/roles_file.h"
#include "agent/vault/arena.h"
#include "agent/vault/vault.h"

struct xa_broker;
struct xa_fetch;
struct xa_waiter;

struct xa_broker_setup {                   /* all borrowed for the broker's life        */
    struct xa_vault *vault;
    struct xa_arena *arena;
    struct xa_roles_file *config;
    struct xa_port port;
    struct xa_clock clock;
    const char *login_name;                /* names sessions of keys never proven       */
};

struct xa_broker *xa_broker_new(const struct xa_broker_setup *setup,
                                struct xa_error *err) XA_MUST_CHECK;
void xa_broker_free(struct xa_broker **broker);   /* no waiter may be left; NULL is fine */

/* What a caller gets. Both borrow the broker, until it is called again. */
struct xa_granted {
    const struct xa_issued *issued;
    const struct xa_identity *identity;
    bool fresh;                            /* came from STS just now, not from the cache */
};

/* granted is NULL on failure. Runs exactly once, from the loop; not after cancel. */
typedef void xa_waiter_done_fn(struct xa_waiter *waiter, const struct xa_granted *granted,
                               const struct xa_error *err);

/* A caller that waits for a fetch; embedded in the caller, who zeroes it once and
 * sets done. */
struct xa_waiter {
    struct xa_waiter *next, **link;        /* link: the pointer that points here         */
    struct xa_fetch *fetch;                /* NULL: not waiting                          */
    struct xa_outward *outward;            /* what this caller alone asked for           */
    xa_waiter_done_fn *done;
};

/* What is known at once is returned, not called back. */
enum xa_outlook { XA_ANSWERED, XA_WILL_ANSWER, XA_FAILED };

/* Credentials of a destination that last at least min_left_s. From the cache, or
 * from STS: one call for any number of waiters for the same thing. The vault
 * must be open.
 * XA_FAILED: the errors of xa_identity_resolve and of xa_call_send, XA_USAGE (a
 * min_left_s of the duration or more), XA_NOT_SERVED (a name that is a source's:
 * its session is not served by this release). The waiter's error may be these of
 * xa_sts_check_assume_role, of the port, XA_LOCKED, or XA_BUSY (forgotten between
 * the answer and the waiter's turn). */
enum xa_outlook xa_broker_credentials(struct xa_broker *broker, const struct xa_wish *wish,
                                      struct xa_waiter *waiter, struct xa_granted *ret,
                                      struct xa_error *err) XA_MUST_CHECK;

/* The fetch goes on: its answer is cached for the next one. Twice is fine. */
void xa_broker_cancel(struct xa_waiter *waiter);

/* The caller's patience is over. If credentials are held that can still be used,
 * with less life than it asked for, it gets these and waits no longer (N13);
 * else false, and it waits as before. */
bool xa_broker_settle(struct xa_waiter *waiter, struct xa_granted *ret) XA_MUST_CHECK;

/* Forgets what was issued for a name, or all (empty). Returns how many. */
size_t xa_broker_forget(struct xa_broker *broker, struct xa_slice name);

/* Call when the vault was locked: every waiter fails with XA_LOCKED, fetches
 * under way are dropped, issued credentials are wiped unless `keep`. */
void xa_broker_locked(struct xa_broker *broker, bool keep);

/* Wipes what has expired. */
void xa_broker_purge(struct xa_broker *broker);

/* For `list` and `status`. */
int64_t xa_broker_expiry_of(struct xa_broker *broker, struct xa_slice name);
size_t xa_broker_count(struct xa_broker *broker);

/* The configuration in force, read again if its file has changed; XA_BAD_CONFIG
 * if none could ever be read. */
const struct xa_roles *xa_broker_roles(struct xa_broker *broker, struct xa_error *err);

/* --- who am I --------------------------------------------------------------- */

struct xa_inquiry;
typedef void xa_inquiry_done_fn(struct xa_inquiry *inquiry, const struct xa_record *record,
                                int64_t expires_at, const struct xa_error *err);

/* One GetCallerIdentity; embedded in the caller, who sets done. */
struct xa_inquiry {
    struct xa_broker *broker;
    struct xa_waiter waiter;               /* first the role's credentials */
    struct xa_port_call *call;             /* then the call                */
    bool custom_endpoint;
    int64_t expires_at;
    xa_inquiry_done_fn *done;
};

/* Asks AWS who a destination or source is. False: as xa_broker_credentials. */
bool xa_broker_whoami(struct xa_broker *broker, const struct xa_wish *wish,
                      struct xa_inquiry *inquiry, struct xa_error *err) XA_MUST_CHECK;

/* Asks AWS whose key this is, before it is stored as `name`. */
bool xa_broker_prove(struct xa_broker *broker, struct xa_slice name,
                     const struct xa_sigv4_key *key, struct xa_inquiry *inquiry,
                     struct xa_error *err) XA_MUST_CHECK;
void xa_inquiry_cancel(struct xa_inquiry *inquiry);    /* twice is fine */

#endif
