#include "agent/broker/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/sts.h"
#include "agent/broker/call.h"
#include "agent/vault/hash.h"

/* Held credentials are given out until this long before their end, when STS
 * cannot be reached (N13). */
#define LAST_USE_MS 15000

/* Who waited as the machine fell asleep waits on, and the network may come up late. */
#define RESUMED_MS 30000

/* What is handed out beside the credentials: two callers of one fetch can want
 * another region, or know the role by another name. */
struct xa_outward {
    char name[XA_ARN_MAX + 1], region[XA_REGION_MAX + 1];
    char label[XA_LABEL_MAX + 1], level[XA_LABEL_MAX + 1];
    char label_variables[XA_LABEL_VARIABLES_MAX + 1];
    char why[sizeof ((struct xa_identity *)0)->why];
};

/* --- birth --------------------------------------------------------------------------- */

struct xa_fetch *fetch_under_way(const struct xa_broker *b, const uint8_t key[32])
{
    for (struct xa_fetch *f = b->fetches; f != NULL; f = f->next)
        if (memcmp(f->hop.key, key, 32) == 0)
            return f;
    return NULL;
}

struct xa_fetch *fetch_new(struct xa_broker *b, const struct xa_identity *hop,
                           const struct xa_identity *signer, struct xa_slice code,
                           struct xa_error *err)
{
    struct xa_fetch *f = calloc(1, sizeof *f);
    if (f == NULL || !xa_identity_copy(hop, &f->hop, &f->texts) ||
        !xa_slice_copy(code, f->code, sizeof f->code)) {
        free(f != NULL ? f->texts : NULL);
        free(f);
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    /* A session that a person's code made is that person's: nobody else finds it. */
    if (f->hop.handed_out && code.len > 0)
        xa_random(f->hop.key, sizeof f->hop.key);
    f->broker = b;
    f->signer = *signer;
    f->signer.policy = f->signer.policy_arns = f->signer.tags = f->signer.transitive_tags =
        (struct xa_slice){ 0 };
    f->next = b->fetches;
    b->fetches = f;
    return f;
}

static void unlink_fetch(struct xa_fetch *fetch)
{
    struct xa_fetch **link = &fetch->broker->fetches;
    while (*link != NULL && *link != fetch)
        link = &(*link)->next;
    if (*link != NULL)
        *link = fetch->next;
}

static void free_fetch(struct xa_fetch *f)
{
    xa_wipe(f->code, sizeof f->code);
    free(f->texts);
    free(f);
}

void fetch_drop(struct xa_fetch *f)
{
    if (f->call != NULL)
        f->broker->setup.port.cancel(f->call);
    xa_broker_cancel(&f->parent);
    unlink_fetch(f);
    free_fetch(f);
}

void fetch_be_patient(struct xa_fetch *f, uint32_t patience_ms)
{
    int64_t until = broker_boot_ms(f->broker) + patience_ms;
    if (until > f->deadline_ms)
        f->deadline_ms = until;
    if (f->parent.fetch != NULL)
        fetch_be_patient(f->parent.fetch, patience_ms);
}

/* --- the call -------------------------------------------------------------------------- */

bool broker_signing_key(struct xa_broker *b, const struct xa_identity *signer,
                        struct xa_sigv4_key *ret)
{
    const struct xa_issued *held = xa_cache_peek(b->cache, signer->key, broker_boot_ms(b));
    if (held == NULL)
        return false;
    *ret = (struct xa_sigv4_key){ held->access_key_id, held->secret, held->token };
    return true;
}

static size_t compose(const struct xa_fetch *f, char *room, size_t cap)
{
    const struct xa_identity *hop = &f->hop;
    struct xa_slice arns = hop->policy_arns;
    char read_only[96];
    const struct xa_mfa_proof mfa = { xa_slice_of(hop->mfa_serial), xa_slice_of(f->code) };
    if (hop->kind == XA_IDENTITY_SESSION) {
        const struct xa_session_token call = { mfa, hop->duration_s };
        return xa_sts_session_token_body(&call, room, cap);
    }
    if (hop->readonly)
        arns = xa_sts_read_only_policy(xa_slice_of(hop->role_arn), read_only, sizeof read_only);
    const struct xa_assume_role call = {
        .role_arn = xa_slice_of(hop->role_arn),
        .session_name = xa_slice_of(hop->session_name),
        .external_id = xa_slice_of(hop->external_id),
        .source_identity = xa_slice_of(hop->source_identity),
        .policy = hop->policy,
        .policy_arns = arns,
        .tags = hop->tags,
        .transitive_tags = hop->transitive_tags,
        .mfa = mfa,
        .duration_s = hop->duration_s,
    };
    return xa_sts_assume_role_body(&call, room, cap);
}

static bool send_body(struct xa_fetch *f, struct xa_slice body, struct xa_error *err)
{
    struct xa_broker *b = f->broker;
    struct xa_sigv4_key key;
    struct xa_call_order order = {
        .reach = &f->hop,
        .at = &f->hop.sts,
        .action = f->hop.kind == XA_IDENTITY_SESSION ? XA_ACTION_SESSION_TOKEN
                                                     : XA_ACTION_ASSUME_ROLE,
        .body = body,
        .signer = f->signer.kind,
        .signer_is_temporary = f->signer.temporary,
        .time_s = broker_aws_s(b, f->hop.custom_endpoint),
        .once = f->code[0] != '\0',
    };
    if (f->signer.kind == XA_IDENTITY_SOURCE) {
        order.vault = b->setup.vault;
        order.source = xa_slice_of(f->signer.source);
    } else if (broker_signing_key(b, &f->signer, &key)) {
        order.key = &key;
    } else {
        return xa_fail(err, XA_BUSY, "the credentials of '%s' were forgotten meanwhile",
                       f->signer.name);
    }
    f->call = xa_call_send(&b->setup.port, &order, verdict_on_credentials, f, err);
    return f->call != NULL;
}

bool fetch_send(struct xa_fetch *f, struct xa_error *err)
{
    char *room = malloc(XA_STS_BODY_MAX);
    if (room == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    size_t len = compose(f, room, XA_STS_BODY_MAX);
    bool sent = len > 0 ? send_body(f, (struct xa_slice){ (const uint8_t *)room, len }, err)
                        : xa_fail(err, XA_USAGE, "what AWS is to be told about '%s' is too long",
                                  f->hop.name);
    xa_wipe(room, len);      /* it may hold a code */
    free(room);
    if (!sent)
        return false;
    if (f->code[0] != '\0')
        xa_codes_note(&f->broker->codes, xa_slice_of(f->hop.mfa_serial), xa_slice_of(f->code),
                      broker_boot_ms(f->broker));
    f->state = FETCH_CALLING;
    f->sent_ms = broker_boot_ms(f->broker);
    f->attempts++;
    return true;
}

/* AWS names a role by its ARN; who asked knows it by another name. */
static void fail_by_way(struct xa_fetch *f, const struct xa_error *failure)
{
    struct xa_error err;
    xa_fail(&err, failure->code, "by way of '%.64s': %s", f->signer.name, failure->message);
    memcpy(err.why, failure->why, sizeof err.why);
    memcpy(err.hint, failure->hint, sizeof err.hint);
    memcpy(err.aws_code, failure->aws_code, sizeof err.aws_code);
    memcpy(err.request_id, failure->request_id, sizeof err.request_id);
    fetch_fail(f, &err);
}

static void on_parent(struct xa_waiter *waiter, const struct xa_granted *granted,
                      const struct xa_error *failure)
{
    struct xa_fetch *f = (void *)((char *)waiter - offsetof(struct xa_fetch, parent));
    struct xa_error err = { 0 };
    if (granted != NULL && fetch_send(f, &err))
        return;
    if (granted == NULL)
        err = *failure;
    if (err.code == XA_OK)
        fetch_plan_again(f);
    else if (f->signer.kind == XA_IDENTITY_ROLE)
        fail_by_way(f, &err);
    else
        fetch_fail(f, &err);
}

bool fetch_go_after(struct xa_fetch *f, struct xa_fetch *parent, struct xa_error *err)
{
    f->state = FETCH_PARENT;
    f->parent.done = on_parent;
    return fetch_join(parent, &parent->hop, &f->parent, err);
}

void fetch_rest(struct xa_fetch *f, int64_t ms)
{
    const struct xa_port *port = &f->broker->setup.port;
    f->state = FETCH_RESTING;
    f->due_ms = broker_boot_ms(f->broker) + ms;
    port->wake(port->ctx, ms);
}

/* It ran out while the fetch rested or the machine slept, or was forgotten. */
static bool signer_is_gone(const struct xa_fetch *f)
{
    struct xa_sigv4_key key;
    return f->signer.kind != XA_IDENTITY_SOURCE &&
           !broker_signing_key(f->broker, &f->signer, &key);
}

static bool run_if_due(struct xa_fetch *f, int64_t now_ms)
{
    struct xa_error err;
    if (f->state != FETCH_RESTING || f->due_ms > now_ms)
        return false;
    if (signer_is_gone(f))
        fetch_plan_again(f);
    else if (!fetch_send(f, &err))
        fetch_fail(f, &err);
    return true;
}

int64_t fetch_run_due(struct xa_broker *b)
{
    int64_t now_ms = broker_boot_ms(b), next_ms = -1;
    struct xa_fetch *f = b->fetches;
    while (f != NULL)      /* from the start again: a failure frees, and may free others */
        f = run_if_due(f, now_ms) ? b->fetches : f->next;
    for (f = b->fetches; f != NULL; f = f->next)
        if (f->state == FETCH_RESTING && (next_ms < 0 || f->due_ms - now_ms < next_ms))
            next_ms = f->due_ms - now_ms;
    return next_ms;
}

/* What was on its way when the machine fell asleep will not come (T2). A code that may
 * have been looked at is not sent again. */
void fetch_resend_all(struct xa_broker *b)
{
    for (struct xa_fetch *f = b->fetches; f != NULL; f = f->next) {
        fetch_be_patient(f, RESUMED_MS);
        if (f->state != FETCH_CALLING || f->code[0] != '\0')
            continue;
        b->setup.port.cancel(f->call);
        f->call = NULL;
        fetch_rest(f, 0);
    }
}

/* --- who waits ---------------------------------------------------------------------------- */

bool fetch_join(struct xa_fetch *fetch, const struct xa_identity *asked, struct xa_waiter *waiter,
                struct xa_error *err)
{
    struct xa_outward *o = malloc(sizeof *o);
    if (o == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    memcpy(o->name, asked->name, sizeof o->name);
    memcpy(o->region, asked->region, sizeof o->region);
    memcpy(o->label, asked->label, sizeof o->label);
    memcpy(o->level, asked->level, sizeof o->level);
    memcpy(o->label_variables, asked->label_variables, sizeof o->label_variables);
    memcpy(o->why, asked->why, sizeof o->why);
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
    memcpy(identity->label_variables, o->label_variables, sizeof o->label_variables);
    memcpy(identity->why, o->why, sizeof o->why);
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

const struct xa_issued *broker_still_useful(struct xa_broker *b, const uint8_t key[32])
{
    int64_t now_ms = broker_boot_ms(b);
    const struct xa_issued *held = xa_cache_peek(b->cache, key, now_ms);
    return held != NULL && held->good_until_ms - now_ms >= LAST_USE_MS ? held : NULL;
}

bool xa_broker_settle(struct xa_waiter *waiter, struct xa_granted *ret)
{
    if (waiter->fetch == NULL)
        return false;
    struct xa_broker *broker = waiter->fetch->broker;
    const struct xa_issued *held = broker_still_useful(broker, waiter->fetch->hop.key);
    if (held == NULL)
        return false;
    broker->handed = waiter->fetch->hop;
    wear(&broker->handed, waiter->outward);
    xa_broker_cancel(waiter);
    *ret = (struct xa_granted){ held, &broker->handed, false };
    return true;
}

/* --- the end -------------------------------------------------------------------------------- */

static void gone_meanwhile(const struct xa_broker *broker, unsigned locks, struct xa_error *err)
{
    if (broker->locks != locks)
        xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
    else
        xa_fail(err, XA_BUSY, "the credentials were forgotten as they came");
}

/* A waiter may ask again, cancel another, lock or forget from inside its done, so what
 * the next one gets is looked up when its turn comes. failure is NULL if there is
 * something to hand out. */
static void conclude(struct xa_fetch *fetch, bool fresh, const struct xa_error *failure)
{
    struct xa_broker *broker = fetch->broker;
    unsigned locks = broker->locks;
    unlink_fetch(fetch);
    while (fetch->waiters != NULL) {
        struct xa_waiter *waiter = fetch->waiters;
        struct xa_granted granted = { NULL, &fetch->hop, fresh };
        struct xa_error err = { 0 };
        wear(&fetch->hop, waiter->outward);
        xa_broker_cancel(waiter);
        if (failure == NULL && broker->locks == locks)
            granted.issued = xa_cache_peek(broker->cache, fetch->hop.key, broker_boot_ms(broker));
        if (failure != NULL)
            err = *failure;
        else if (granted.issued == NULL)
            gone_meanwhile(broker, locks, &err);
        waiter->done(waiter, granted.issued != NULL ? &granted : NULL, &err);
    }
    if (fetch->hop.handed_out && fetch->code[0] != '\0')
        xa_cache_drop(broker->cache, fetch->hop.key);
    free_fetch(fetch);
}

void fetch_grant(struct xa_fetch *fetch, bool fresh)
{
    const struct xa_port *port = &fetch->broker->setup.port;
    port->wake(port->ctx, 0);      /* to see when it is to be renewed */
    conclude(fetch, fresh, NULL);
}

void fetch_fail(struct xa_fetch *fetch, const struct xa_error *err)
{
    const struct xa_error kept = *err;
    conclude(fetch, false, &kept);
}

void fetch_plan_again(struct xa_fetch *fetch)
{
    const struct xa_error none = { 0 };
    conclude(fetch, false, &none);
}

void fetch_fail_all(struct xa_broker *b, const struct xa_error *err)
{
    while (b->fetches != NULL) {
        struct xa_fetch *f = b->fetches;
        b->fetches = f->next;
        if (f->call != NULL)
            b->setup.port.cancel(f->call);
        f->call = NULL;
        xa_broker_cancel(&f->parent);
        fetch_fail(f, err);
    }
}
