#include "agent/broker/errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/aws/console.h"
#include "agent/aws/token.h"
#include "agent/broker/errand_impl.h"
#include "agent/vault/hash.h"

/* --- what is wanted ---------------------------------------------------------------------- */

static bool unfit(const char *what, struct xa_slice value, struct xa_error *err)
{
    return xa_fail(err, XA_USAGE, "'%.*s' is not %s", value.len > 100 ? 100 : (int)value.len,
                   value.len > 0 ? (const char *)value.at : "", what);
}

static bool check_rds(const struct xa_errand_order *order, struct xa_error *err)
{
    if (!xa_host_valid(order->host))
        return unfit("a database's host name", order->host, err);
    if (order->port < 1 || order->port > 65535)
        return xa_fail(err, XA_USAGE, "a database's port is from 1 to 65535");
    return order->user.len > 0 || xa_fail(err, XA_USAGE, "the database's user is missing");
}

static bool check_order(const struct xa_errand_order *order, struct xa_error *err)
{
    switch (order->kind) {
    case XA_ERRAND_EKS:
        return xa_eks_cluster_valid(order->cluster) ||
               unfit("a cluster's name", order->cluster, err);
    case XA_ERRAND_RDS:
        return check_rds(order, err);
    case XA_ERRAND_GIT:
        if (xa_git_region(order->host).len == 0)
            return unfit("a host of CodeCommit", order->host, err);
        return xa_git_path_valid(order->path) || unfit("a repository's path", order->path, err);
    case XA_ERRAND_ECR:
        return true;
    case XA_ERRAND_CONSOLE:
        if (!xa_console_service_valid(order->service))
            return unfit("a service, such as s3", order->service, err);
        return order->signed_in_s == 0 ||
               (order->signed_in_s >= XA_SIGNIN_MIN_S && order->signed_in_s <= XA_SIGNIN_MAX_S) ||
               xa_fail(err, XA_USAGE, "a console session lasts from 15m to 12h");
    }
    return xa_fail(err, XA_USAGE, "no such kind of token");
}

static void keep(struct xa_slice *s, char **at)
{
    if (s->len > 0)
        memcpy(*at, s->at, s->len);
    *s = (struct xa_slice){ (const uint8_t *)*at, s->len };
    *at += s->len;
}

struct xa_errand *xa_errand_new(struct xa_broker *broker, const struct xa_errand_order *order,
                                struct xa_error *err)
{
    if (!check_order(order, err))
        return NULL;
    size_t texts = order->cluster.len + order->host.len + order->user.len + order->path.len +
                   order->service.len;
    struct xa_errand *e = calloc(1, sizeof *e + texts);
    if (e == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a token");
        return NULL;
    }
    char *at = (char *)(e + 1);
    e->broker = broker;
    e->order = *order;
    keep(&e->order.cluster, &at);
    keep(&e->order.host, &at);
    keep(&e->order.user, &at);
    keep(&e->order.path, &at);
    keep(&e->order.service, &at);
    return e;
}

void xa_errand_free(struct xa_errand **errand)
{
    struct xa_errand *e = *errand;
    *errand = NULL;
    if (e == NULL)
        return;
    xa_broker_cancel(&e->waiter);
    if (e->call != NULL)
        e->broker->setup.port.cancel(e->call);
    xa_arena_give(e->broker->setup.arena, e->token);
    free(e);
}

/* --- the way ------------------------------------------------------------------------------- */

/* Copied: what was granted is the broker's, and goes with its next request. */
static void note_who(struct xa_errand *e, const struct xa_granted *granted)
{
    const struct xa_issued *issued = granted->issued;
    e->identity = *granted->identity;
    e->identity.policy = e->identity.policy_arns = (struct xa_slice){ 0 };
    e->identity.tags = e->identity.transitive_tags = (struct xa_slice){ 0 };
    e->credentials_end = issued->expires_at;
    if (!xa_slice_copy(issued->arn, e->arn, sizeof e->arn))
        e->arn[0] = '\0';
    if (!xa_slice_copy(issued->access_key_id, e->access_key_id, sizeof e->access_key_id))
        e->access_key_id[0] = '\0';
}

bool errand_take_room(struct xa_errand *e, size_t token_cap, size_t work_cap,
                      struct xa_error *err)
{
    struct xa_arena *arena = e->broker->setup.arena;
    xa_arena_give(arena, e->token);
    e->token = xa_arena_take(arena, token_cap + work_cap);
    if (e->token == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no locked memory for a token");
    e->work = e->token + token_cap;
    e->token_cap = token_cap;
    e->work_cap = work_cap;
    return true;
}

/* In a URL or a form a byte may take three. */
static size_t encoded_size(size_t session_len)
{
    return 3 * (session_len + XA_ACCESS_KEY_ID_MAX + XA_SECRET_KEY_MAX) + 2048;
}

bool errand_take_console_room(struct xa_errand *e, size_t session_len, struct xa_error *err)
{
    return errand_take_room(e, 0, encoded_size(session_len), err);
}

/* What AWS is asked for has its room when it comes. */
static bool take_room(struct xa_errand *e, size_t session_len, struct xa_error *err)
{
    const size_t encoded = encoded_size(session_len);
    switch (e->order.kind) {
    case XA_ERRAND_EKS: return errand_take_room(e, XA_EKS_TOKEN_MAX + 64, encoded, err);
    case XA_ERRAND_RDS: return errand_take_room(e, encoded + 3 * XA_DB_USER_MAX, 0, err);
    case XA_ERRAND_GIT:
        return errand_take_room(e, 256, XA_ACCESS_KEY_ID_MAX + 1 + session_len, err);
    case XA_ERRAND_ECR: return true;
    case XA_ERRAND_CONSOLE: return errand_take_console_room(e, session_len, err);
    }
    return true;
}

/* Everything that a token depends on, but not which of the session's keys signed: ECR's
 * outlives them. It is forgotten with the credentials that made it, since both have one name. */
static void token_key(const struct xa_errand *e, uint8_t ret[XA_HASH_LEN])
{
    char kind[16];
    snprintf(kind, sizeof kind, "token %d", (int)e->order.kind);
    const struct xa_slice parts[] = {
        xa_slice_of(kind), { e->identity.key, sizeof e->identity.key },
        xa_slice_of(e->identity.region), e->order.cluster,
    };
    xa_hash(ret, parts, sizeof parts / sizeof parts[0]);
}

/* A token made before, as long as it lasts a while: EKS's a little, since kubectl asks anew;
 * ECR's, of twelve hours, for a build. */
static bool recall(struct xa_errand *e, struct xa_errand_result *ret)
{
    uint8_t key[XA_HASH_LEN];
    int64_t usual_ms = e->order.kind == XA_ERRAND_EKS ? 2 * 60000 : 15 * 60000;
    int64_t wished_ms = (int64_t)e->min_left_s * 1000;
    int64_t min_left_ms = wished_ms > usual_ms ? wished_ms : usual_ms;
    int64_t now_ms = broker_boot_ms(e->broker);
    token_key(e, key);
    const struct xa_issued *held = xa_cache_find(e->broker->cache, key, now_ms);
    if ((e->order.kind != XA_ERRAND_EKS && e->order.kind != XA_ERRAND_ECR) || e->refresh ||
        held == NULL || held->good_until_ms - now_ms < min_left_ms ||
        !xa_slice_copy(held->arn, e->endpoint, sizeof e->endpoint) ||
        !errand_take_room(e, held->token.len, held->token.len, NULL) ||
        (held = xa_cache_find(e->broker->cache, key, now_ms)) == NULL)
        return false;
    memcpy(e->token, held->token.at, held->token.len);
    ret->token = (struct xa_slice){ (const uint8_t *)e->token, held->token.len };
    ret->expires_at = held->expires_at;
    ret->endpoint = xa_slice_of(e->endpoint);
    errand_describe(e, ret);
    return e->order.kind != XA_ERRAND_ECR || errand_open_ecr(e, ret);
}

/* The room comes first: what has to give way for it may be the key itself. */
static enum xa_outlook deliver(struct xa_errand *e, const struct xa_granted *granted,
                               struct xa_errand_result *ret, struct xa_error *err)
{
    struct xa_sigv4_key key;
    size_t session_len = granted->issued->token.len;
    note_who(e, granted);
    memset(ret, 0, sizeof *ret);
    if (recall(e, ret))
        return XA_ANSWERED;
    if (!take_room(e, session_len, err))
        return XA_FAILED;
    if (!broker_signing_key(e->broker, &e->identity, &key)) {
        (void)xa_fail(err, XA_BUSY, "the credentials of '%s' were forgotten", e->identity.name);
        return XA_FAILED;
    }
    switch (e->order.kind) {
    case XA_ERRAND_EKS: return errand_eks(e, &key, ret, err);
    case XA_ERRAND_RDS: return errand_rds(e, &key, ret, err);
    case XA_ERRAND_GIT: return errand_git(e, &key, ret, err);
    case XA_ERRAND_ECR: return errand_ecr(e, &key, ret, err);
    case XA_ERRAND_CONSOLE: return errand_console(e, &key, ret, err);
    }
    (void)xa_fail(err, XA_INTERNAL, "an errand without a kind");
    return XA_FAILED;
}

static void on_credentials(struct xa_waiter *waiter, const struct xa_granted *granted,
                           const struct xa_error *failure)
{
    struct xa_errand *e = (void *)((char *)waiter - offsetof(struct xa_errand, waiter));
    struct xa_errand_result result;
    struct xa_error err = { 0 };
    if (granted == NULL) {
        e->done(e->ctx, NULL, failure);
        return;
    }
    switch (deliver(e, granted, &result, &err)) {
    case XA_ANSWERED: e->done(e->ctx, &result, NULL); break;
    case XA_WILL_ANSWER: break;
    case XA_ASKS: case XA_FAILED: e->done(e->ctx, NULL, &err); break;
    }
}

enum xa_outlook xa_errand_begin(struct xa_errand *e, const struct xa_ask *ask,
                                xa_errand_done_fn *done, void *ctx, struct xa_errand_result *ret,
                                struct xa_question **ret_question, struct xa_error *err)
{
    struct xa_granted granted;
    e->done = done;
    e->ctx = ctx;
    e->refresh = ask->wish->refresh;
    e->min_left_s = ask->wish->min_left_s;
    e->waiter.done = on_credentials;
    enum xa_outlook outlook = xa_broker_credentials(e->broker, ask, &e->waiter, &granted,
                                                    ret_question, err);
    return outlook == XA_ANSWERED ? deliver(e, &granted, ret, err) : outlook;
}

enum xa_outlook xa_errand_settle(struct xa_errand *e, struct xa_errand_result *ret,
                                 struct xa_error *err)
{
    bool asks_more = e->order.kind == XA_ERRAND_ECR || e->order.kind == XA_ERRAND_CONSOLE;
    struct xa_granted granted;
    return !asks_more && xa_broker_settle(&e->waiter, &granted)
               ? deliver(e, &granted, ret, err) : XA_WILL_ANSWER;
}

/* --- for the kinds ---------------------------------------------------------------------------- */

void errand_describe(const struct xa_errand *e, struct xa_errand_result *ret)
{
    ret->identity = &e->identity;
    ret->arn = xa_slice_of(e->arn);
    ret->access_key_id = xa_slice_of(e->access_key_id);
    ret->note = xa_slice_of(e->note);
}

void errand_remember(struct xa_errand *e, struct xa_slice token, int64_t expires_at,
                     uint32_t life_s)
{
    uint8_t key[XA_HASH_LEN];
    int64_t now_ms = broker_boot_ms(e->broker);
    const struct xa_issued issued = {
        .token = token,
        .arn = xa_slice_of(e->endpoint),
        .expires_at = expires_at,
        .good_until_ms = now_ms + (int64_t)life_s * 1000,
        .issued_for_s = life_s,
    };
    struct xa_sigv4_key held;
    if (!broker_signing_key(e->broker, &e->identity, &held))
        return;
    token_key(e, key);
    (void)!xa_cache_put(e->broker->cache, key, xa_slice_of(e->identity.name), &issued, now_ms);
}
