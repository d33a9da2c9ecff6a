/* The broker: name -> credentials. The request's way reads top to bottom in
 * broker.c (design.md, sections 3 and 4). */
#ifndef XA_AGENT_BROKER_BROKER_H
#define XA_AGENT_BROKER_BROKER_H

#include "agent/broker/cache.h"
#include "agent/broker/identity.h"
#include "agent/broker/plan.h"
#include "agent/broker/port.h"
#include "agent/broker/profiles_file.h"
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
    struct xa_profiles_file *profiles;     /* the person's ~/.aws/config                */
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

/* granted is NULL on failure. An err->code of XA_OK then is none: what was learned
 * meanwhile changes the plan, and the same wish is to be asked again. Runs exactly
 * once, from the loop; not after cancel. */
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
enum xa_outlook {
    XA_ANSWERED, XA_WILL_ANSWER, XA_FAILED,
    XA_ASKS,                               /* a person is needed: *ret_question          */
};

struct xa_ask {
    const struct xa_wish *wish;
    bool has_person;                       /* this caller could be asked                  */
    uint32_t patience_ms;                  /* how long it waits for AWS                   */
    bool at_hand;                          /* credentials only if they are held: XA_NOT_ASKED */
    struct xa_slice request;               /* the bytes it came in, for xa_broker_recall;
                                            * empty: they are not kept                    */
};

/* What a person, or a program of theirs, is needed for. */
struct xa_question {
    enum xa_need_kind kind;                /* an MFA code, or foreign credentials         */
    uint8_t id[32];                        /* the same for all who need the same answer   */
    char name[XA_ARN_MAX + 1];             /* for whose credentials                       */
    char source[XA_NAME_MAX + 1];          /* whose device or credential_process          */
    char serial[XA_MFA_SERIAL_MAX + 1];
    char devices[XA_DEVICES_MAX];          /* to choose from, each behind a blank         */
    size_t devices_len;                    /* 0: there is no choice                       */
    bool used;                             /* the code in the wish is used up             */
    bool doubtful;                         /* nobody said that AWS wants a code: why is
                                            * what it said                               */
    struct xa_error why;
    /* what the answer is for */
    struct xa_identity hop, signer;
    char *texts;
};

void xa_question_free(struct xa_question **question);     /* NULL is fine */

/* Credentials of what wish->name means that last at least wish->min_left_s. From the
 * cache, or from STS: one call a hop for any number of waiters. The vault must be open.
 * XA_ANSWERED: *ret. XA_WILL_ANSWER: the waiter is called. XA_ASKS: *ret_question is
 * the caller's, who answers it and asks again. XA_FAILED: *err holds an error of
 * xa_plan_make or of xa_call_send, XA_USAGE (a min_left_s of the duration or more), or
 * AWS's refusal a while ago. The waiter's error may be these, of
 * xa_sts_check_assume_role, of the port, XA_LOCKED, or XA_BUSY (forgotten between
 * the answer and the waiter's turn). */
enum xa_outlook xa_broker_credentials(struct xa_broker *broker, const struct xa_ask *ask,
                                      struct xa_waiter *waiter, struct xa_granted *ret,
                                      struct xa_question **ret_question,
                                      struct xa_error *err) XA_MUST_CHECK;

/* What a client is given: the credentials, and what goes with them. */
struct xa_handout {
    const struct xa_issued *issued;
    struct xa_slice account, region, name, label, level, label_variables;
    struct xa_slice why;                   /* what is not as it was wished                */
};

/* The same request as before, byte for byte, and what it was given then is as good now: what
 * xa_broker_credentials would answer, in a fraction of the time. False: it is to be asked;
 * nothing is said by that. *ret borrows as xa_granted does. */
bool xa_broker_recall(struct xa_broker *broker, struct xa_slice request,
                      struct xa_handout *ret) XA_MUST_CHECK;

/* The answer to a question for an MFA code: makes the call that needs it. serial: of
 * the device chosen, or empty. XA_WILL_ANSWER: the waiter is called when AWS has
 * answered. XA_FAILED: XA_USAGE (no six digits, no such device), XA_MFA_CODE_USED, and
 * as above. */
enum xa_outlook xa_broker_give_code(struct xa_broker *broker, const struct xa_question *question,
                                    struct xa_slice code, struct xa_slice serial,
                                    uint32_t patience_ms, struct xa_waiter *waiter,
                                    struct xa_error *err) XA_MUST_CHECK;

/* The answer to a question for foreign credentials: kept until they expire. XA_USAGE
 * (a field is not what it should be; expired), XA_NO_MEMORY. */
bool xa_broker_give_foreign(struct xa_broker *broker, const struct xa_question *question,
                            const struct xa_foreign *foreign, struct xa_error *err) XA_MUST_CHECK;

/* The fetch goes on: its answer is cached for the next one. Twice is fine. */
void xa_broker_cancel(struct xa_waiter *waiter);

/* The caller's patience is over. If credentials are held that can still be used,
 * with less life than it asked for, it gets these and waits no longer (N13);
 * else false, and it waits as before. */
bool xa_broker_settle(struct xa_waiter *waiter, struct xa_granted *ret) XA_MUST_CHECK;

/* Does what is due: retries, renewals before a client would have to wait for them,
 * wiping what has expired. Says by port.wake when it wants to be called again; to
 * call it at other times does no harm. */
void xa_broker_run(struct xa_broker *broker);

/* The machine was suspended: exchanges under way are lost, and sent again (T2). */
void xa_broker_resumed(struct xa_broker *broker);

/* Forgets what was issued for a name, or all (empty). Returns how many. */
size_t xa_broker_forget(struct xa_broker *broker, struct xa_slice name);

/* Call when the vault was locked: every waiter fails with XA_LOCKED, fetches
 * under way are dropped, issued credentials are wiped unless `keep`. */
void xa_broker_locked(struct xa_broker *broker, bool keep);

/* What is held, for sealing it; and how often that has changed. */
struct xa_cache *xa_broker_cache(struct xa_broker *broker);
unsigned long xa_broker_changes(const struct xa_broker *broker);

/* The time at AWS, Unix seconds: by its own word, as soon as it was heard. */
int64_t xa_broker_time(const struct xa_broker *broker);

/* CLOCK_BOOTTIME, in ms: how long it is between two moments. */
int64_t xa_broker_boot_ms(const struct xa_broker *broker);

/* Chance, to spread what is tried again. */
uint32_t xa_broker_chance(const struct xa_broker *broker);

/* By how much this computer's clock differs from it: negative, it is fast. */
int64_t xa_broker_clock_lag_s(const struct xa_broker *broker);

/* For `list` and `status`. */
int64_t xa_broker_expiry_of(struct xa_broker *broker, struct xa_slice name);
size_t xa_broker_count(struct xa_broker *broker);

/* The configuration in force, read again if its file has changed; XA_BAD_CONFIG
 * if none could ever be read. */
const struct xa_roles *xa_broker_roles(struct xa_broker *broker, struct xa_error *err);

/* The files in force, with what a request brought along; fails as xa_broker_roles. */
bool xa_broker_sight(struct xa_broker *broker, struct xa_slice sent, struct xa_sight *ret,
                     struct xa_error *err) XA_MUST_CHECK;

/* What xa_broker_credentials would do with this wish: nothing is asked of anyone, and
 * the vault may be locked. *ret borrows the broker until it is called again. Errors of
 * xa_plan_make. */
bool xa_broker_plan(struct xa_broker *broker, const struct xa_wish *wish,
                    const struct xa_plan **ret, struct xa_error *err) XA_MUST_CHECK;

/* Until when a hop of such a plan is held, Unix seconds; 0: it is not, or not for as
 * long as it would have to be. */
int64_t xa_broker_held_until(struct xa_broker *broker, const struct xa_identity *hop);

/* --- who am I --------------------------------------------------------------- */

struct xa_inquiry;
typedef void xa_inquiry_done_fn(struct xa_inquiry *inquiry, const struct xa_record *record,
                                int64_t expires_at, const struct xa_error *err);

/* One GetCallerIdentity; embedded in the caller, who sets done. done's err->code is
 * XA_OK where the waiter's would be. */
struct xa_inquiry {
    struct xa_broker *broker;
    struct xa_waiter waiter;               /* first the role's credentials */
    struct xa_port_call *call;             /* then the call                */
    bool custom_endpoint;
    int64_t expires_at;
    char source[XA_NAME_MAX + 1];          /* whose stored key signed it; "": none did */
    char access_key_id[XA_ACCESS_KEY_ID_MAX + 1];
    xa_inquiry_done_fn *done;
};

/* Asks AWS who a destination or source is. As xa_broker_credentials, never
 * XA_ANSWERED. */
enum xa_outlook xa_broker_whoami(struct xa_broker *broker, const struct xa_ask *ask,
                                 struct xa_inquiry *inquiry, struct xa_question **ret_question,
                                 struct xa_error *err) XA_MUST_CHECK;

/* Asks AWS whose key this is, before it is stored as `name`. */
bool xa_broker_prove(struct xa_broker *broker, struct xa_slice name,
                     const struct xa_sigv4_key *key, struct xa_inquiry *inquiry,
                     struct xa_error *err) XA_MUST_CHECK;
void xa_inquiry_cancel(struct xa_inquiry *inquiry);    /* twice is fine */

#endif
