#include "agent/broker/broker.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/sts.h"
#include "agent/broker/broker_impl.h"
#include "agent/broker/call.h"
#include "agent/vault/hash.h"

/* Held credentials are given out until this long before their end, when STS
 * cannot be reached (N13). */
#define LAST_USE_MS 15000

/* One AssumeRole under way, and who waits for it. */
struct xa_fetch {
    struct xa_fetch *next;
    struct xa_broker *broker;
    uint8_t key[32];
    struct xa_identity identity;
    struct xa_port_call *call;
    int64_t sent_ms;
    struct xa_waiter *waiters;
};

/* What is handed out beside the credentials: two callers of one fetch can want
 * another region, or know the role by another name. */
struct xa_outward {
    char name[XA_NAME_MAX + 1], region[XA_REGION_MAX + 1];
    char label[XA_LABEL_MAX + 1], level[XA_LABEL_MAX + 1];
};

struct xa_broker *xa_broker_new(const struct xa_broker_setup *setup, struct xa_error *err)
{
    struct xa_broker *broker = calloc(1, sizeof *broker);
    if (broker == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the broker");
        return NULL;
    }
    broker->setup = *setup;
    broker->cache = xa_cache_new(setup->arena, err);
    if (broker->cache == NULL)
        xa_broker_free(&broker);
    return broker;
}

void xa_broker_free(struct xa_broker **broker)
{
    if (*broker == NULL)
        return;
    if ((*broker)->cache != NULL)
        xa_broker_locked(*broker, false);
    xa_cache_free(&(*broker)->cache);
    free(*broker);
    *broker = NULL;
}

/* --- 1. is there something good enough already? ----------------------------- */

static uint32_t min_left(const struct xa_wish *wish, uint32_t issued_for_s)
{
    if (wish->min_left_s > 0)
        return wish->min_left_s;
    return issued_for_s < 40 * 60 ? issued_for_s / 5 : 15 * 60 + 30;
}

static const struct xa_issued *cached(struct xa_broker *broker, const uint8_t key[32],
                                      const struct xa_wish *wish)
{
    int64_t now_ms = broker_boot_ms(broker);
    const struct xa_issued *held = xa_cache_find(broker->cache, key, now_ms);
    if (held == NULL || wish->refresh)
        return NULL;
    int64_t need_ms = (int64_t)min_left(wish, held->issued_for_s) * 1000;
    return held->good_until_ms - now_ms >= need_ms ? held : NULL;
}

/* --- 2. is someone fetching it already? -------------------------------------- */

static struct xa_fetch *under_way(const struct xa_broker *broker, const uint8_t key[32])
{
    for (struct xa_fetch *f = broker->fetches; f != NULL; f = f->next)
        if (memcmp(f->key, key, 32) == 0)
            return f;
    return NULL;
}

static bool join(struct xa_fetch *fetch, const struct xa_identity *asked, struct xa_waiter *waiter,
                 struct xa_error *err)
{
    struct xa_outward *o = malloc(sizeof *o);
    if (o == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    memcpy(o->name, asked->name, sizeof o->name);
    memcpy(o->region, asked->region, sizeof o->region);
    memcpy(o->label, asked->label, sizeof o->label);
    memcpy(o->level, asked->level, sizeof o->level);
    waiter->outward = o;
    waiter->fetch = fetch;
    waiter->next = fetch->waiters;
    waiter->link = &fetch->waiters;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    fetch->waiters = waiter;
    return true;
}

/* Turns the fetch's identity into the one that this waiter asked for. */
static void wear(struct xa_identity *identity, const struct xa_outward *o)
{
    memcpy(identity->name, o->name, sizeof o->name);
    memcpy(identity->region, o->region, sizeof o->region);
    memcpy(identity->label, o->label, sizeof o->label);
    memcpy(identity->level, o->level, sizeof o->level);
}

void xa_broker_cancel(struct xa_waiter *waiter)
{
    if (waiter->fetch == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    free(waiter->outward);
    waiter->outward = NULL;
    waiter->fetch = NULL;
}

static void unlink_fetch(struct xa_fetch *fetch)
{
    struct xa_fetch **link = &fetch->broker->fetches;
    while (*link != fetch)
        link = &(*link)->next;
    *link = fetch->next;
}

static bool gone_meanwhile(const struct xa_broker *broker, unsigned locks, struct xa_error *err)
{
    return broker->locks != locks
               ? xa_fail(err, XA_LOCKED, "the vault was locked meanwhile")
               : xa_fail(err, XA_BUSY, "the credentials were forgotten as they came");
}

/* Tells all waiters and ends the fetch; failure is NULL if there is something to
 * hand out. A waiter may ask again, cancel another, lock or forget from inside
 * its done, so what the next one gets is looked up when its turn comes. */
static void conclude(struct xa_fetch *fetch, bool fresh, const struct xa_error *failure)
{
    struct xa_broker *broker = fetch->broker;
    unsigned locks = broker->locks;
    unlink_fetch(fetch);
    while (fetch->waiters != NULL) {
        struct xa_waiter *waiter = fetch->waiters;
        struct xa_granted granted = { NULL, &fetch->identity, fresh };
        struct xa_error err = { 0 };
        wear(&fetch->identity, waiter->outward);
        xa_broker_cancel(waiter);
        if (failure == NULL && broker->locks == locks)
            granted.issued = xa_cache_find(broker->cache, fetch->key, broker_boot_ms(broker));
        if (failure != NULL)
            err = *failure;
        else if (granted.issued == NULL)
            gone_meanwhile(broker, locks, &err);
        waiter->done(waiter, granted.issued != NULL ? &granted : NULL, &err);
    }
    free(fetch);
}

/* --- 4. what STS said ---------------------------------------------------------- */

static bool is_outage(enum xa_code code)
{
    return code == XA_UNREACHABLE || code == XA_TIMED_OUT || code == XA_CERTIFICATE ||
           code == XA_AWS_THROTTLED || code == XA_COURIER_UNUSABLE;
}

/* What is held under the key and may be used although it is not what was asked. */
static const struct xa_issued *still_useful(struct xa_broker *broker, const uint8_t key[32])
{
    int64_t now_ms = broker_boot_ms(broker);
    const struct xa_issued *held = xa_cache_find(broker->cache, key, now_ms);
    return held != NULL && held->good_until_ms - now_ms >= LAST_USE_MS ? held : NULL;
}

static bool accept(struct xa_fetch *fetch, const struct xa_record *record, struct xa_error *err)
{
    struct xa_broker *broker = fetch->broker;
    const struct xa_identity *identity = &fetch->identity;
    struct xa_sts_expect expect = {
        .account = xa_slice_of(identity->account),
        .role_name = xa_slice_of(identity->role_name),
        .duration_s = identity->duration_s,
        .custom_endpoint = identity->custom_endpoint,
        .now_s = broker_wall_s(broker),
    };
    int64_t left_s, now_ms = broker_boot_ms(broker);
    if (!xa_sts_check_assume_role(record, &expect, &left_s, err))
        return false;
    /* AWS dated its answer after the request was sent: counted from there, no
     * slow network and no suspend on the way makes them live longer (T1, T2). */
    int64_t good_until_ms = fetch->sent_ms + left_s * 1000;
    if (good_until_ms <= now_ms)
        return xa_fail(err, XA_TIMED_OUT, "the credentials of '%s' ran out on their way here",
                       identity->name);
    struct xa_issued issued = {
        .access_key_id = record->access_key_id,
        .secret = record->secret,
        .token = record->token,
        .arn = record->role_arn,
        .expires_at = record->expires_at,
        .good_until_ms = good_until_ms,
        .issued_for_s = (uint32_t)left_s,
    };
    return xa_cache_put(broker->cache, fetch->key, xa_slice_of(identity->name), &issued, now_ms) ||
           xa_fail(err, XA_NO_MEMORY, "no room in locked memory for the credentials of '%s'",
                   identity->name);
}

static void fetched(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_fetch *fetch = ctx;
    struct xa_error err = { 0 };
    fetch->call = NULL;
    if (record == NULL)
        err = *failure;
    bool fresh = record != NULL && accept(fetch, record, &err);
    bool held = !fresh && is_outage(err.code) && still_useful(fetch->broker, fetch->key) != NULL;
    conclude(fetch, fresh, fresh || held ? NULL : &err);
}

bool xa_broker_settle(struct xa_waiter *waiter, struct xa_granted *ret)
{
    if (waiter->fetch == NULL)
        return false;
    struct xa_broker *broker = waiter->fetch->broker;
    const struct xa_issued *held = still_useful(broker, waiter->fetch->key);
    if (held == NULL)
        return false;
    broker->resolved = waiter->fetch->identity;
    wear(&broker->resolved, waiter->outward);
    xa_broker_cancel(waiter);
    *ret = (struct xa_granted){ held, &broker->resolved, false };
    return true;
}

/* --- 3. ask STS ------------------------------------------------------------------ */

static struct xa_fetch *begin_fetch(struct xa_broker *broker, const uint8_t key[32],
                                    struct xa_error *err)
{
    char body[8192];
    const struct xa_identity *identity = &broker->resolved;
    const struct xa_assume_role call = {
        .role_arn = xa_slice_of(identity->role_arn),
        .session_name = xa_slice_of(identity->session_name),
        .external_id = xa_slice_of(identity->external_id),
        .duration_s = identity->duration_s,
    };
    size_t len = xa_sts_assume_role_body(&call, body, sizeof body);
    struct xa_fetch *fetch = len > 0 ? calloc(1, sizeof *fetch) : NULL;
    if (fetch == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    fetch->broker = broker;
    fetch->identity = *identity;
    fetch->sent_ms = broker_boot_ms(broker);
    memcpy(fetch->key, key, 32);
    const struct xa_call_order order = {
        .reach = &fetch->identity,
        .action = XA_ACTION_ASSUME_ROLE,
        .body = { (const uint8_t *)body, len },
        .vault = broker->setup.vault,
        .source = xa_slice_of(fetch->identity.source),
        .signer = XA_IDENTITY_SOURCE,
        .time_s = broker_wall_s(broker),
    };
    fetch->call = xa_call_send(&broker->setup.port, &order, fetched, fetch, err);
    if (fetch->call == NULL) {
        free(fetch);
        return NULL;
    }
    fetch->next = broker->fetches;
    broker->fetches = fetch;
    return fetch;
}

/* --- the request's way -------------------------------------------------------------- */

static bool check_wish(const struct xa_identity *identity, const struct xa_wish *wish,
                      struct xa_error *err)
{
    if (identity->kind == XA_IDENTITY_SOURCE) {
        xa_fail(err, XA_NOT_SERVED,
                "'%s' is a source: a session of its own is not served by this release",
                identity->name);
        xa_why(err, "the stored key itself is never handed out; name a destination");
        return xa_hint(err, "xacct list");
    }
    if (wish->min_left_s >= identity->duration_s)
        return xa_fail(err, XA_USAGE, "--min-ttl %u s is not less than the duration, %u s",
                       wish->min_left_s, identity->duration_s);
    return true;
}

enum xa_outlook xa_broker_credentials(struct xa_broker *broker, const struct xa_wish *wish,
                                      struct xa_waiter *waiter, struct xa_granted *ret,
                                      struct xa_error *err)
{
    uint8_t key[32];
    const struct xa_roles *roles = xa_broker_roles(broker, err);
    if (roles == NULL)
        return XA_FAILED;
    if (!xa_identity_resolve(roles, broker->setup.vault, wish, broker->setup.login_name,
                             &broker->resolved, err) ||
        !check_wish(&broker->resolved, wish, err))
        return XA_FAILED;

    xa_identity_hash(&broker->resolved, key);
    const struct xa_issued *held = cached(broker, key, wish);
    if (held != NULL) {
        *ret = (struct xa_granted){ held, &broker->resolved, false };
        return XA_ANSWERED;
    }
    struct xa_fetch *fetch = under_way(broker, key);
    if (fetch == NULL && (fetch = begin_fetch(broker, key, err)) == NULL)
        return XA_FAILED;
    return join(fetch, &broker->resolved, waiter, err) ? XA_WILL_ANSWER : XA_FAILED;
}

/* --- the rest -------------------------------------------------------------------------- */

void xa_broker_locked(struct xa_broker *broker, bool keep)
{
    struct xa_error err;
    broker->locks++;
    if (!keep)
        xa_cache_forget(broker->cache, (struct xa_slice){ 0 });
    xa_fail(&err, XA_LOCKED, "the vault was locked meanwhile");
    while (broker->fetches != NULL) {
        struct xa_fetch *fetch = broker->fetches;
        broker->setup.port.cancel(fetch->call);
        conclude(fetch, false, &err);
    }
}

size_t xa_broker_forget(struct xa_broker *broker, struct xa_slice name)
{
    return xa_cache_forget(broker->cache, name);
}

void xa_broker_purge(struct xa_broker *broker)
{
    xa_cache_purge(broker->cache, broker_boot_ms(broker));
}

int64_t xa_broker_expiry_of(struct xa_broker *broker, struct xa_slice name)
{
    return xa_cache_expiry_of(broker->cache, name, broker_boot_ms(broker));
}

size_t xa_broker_count(struct xa_broker *broker)
{
    return xa_cache_count(broker->cache, broker_boot_ms(broker));
}

const struct xa_roles *xa_broker_roles(struct xa_broker *broker, struct xa_error *err)
{
    return xa_roles_file_current(broker->setup.config, err);
}
