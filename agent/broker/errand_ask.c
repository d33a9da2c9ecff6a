/* Tokens that AWS gives: ECR's, and the console's sign-in. */
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/console.h"
#include "agent/aws/token.h"
#include "agent/broker/call.h"
#include "agent/broker/errand_impl.h"
#include "agent/vault/base64.h"
#include "agent/vault/hash.h"

static bool send(struct xa_errand *e, struct xa_call_order *order, const struct xa_sigv4_key *key,
                 xa_port_done_fn *done, struct xa_error *err)
{
    order->reach = &e->identity;
    order->key = key;
    order->signer = e->identity.kind;
    order->signer_is_temporary = key->token.len > 0;
    order->time_s = broker_aws_s(e->broker, e->identity.custom_endpoint);
    e->locks = e->broker->locks;
    e->call = xa_call_send(&e->broker->setup.port, order, done, e, err);
    return e->call != NULL;
}

static void fail(struct xa_errand *e, const struct xa_error *err)
{
    e->done(e->ctx, NULL, err);
}

/* True if what came may be handed out. What was asked for before a lock is nobody's after it
 * (P6). */
static bool answered(struct xa_errand *e, const struct xa_record *record,
                     const struct xa_error *failure)
{
    struct xa_error locked;
    e->call = NULL;
    if (e->locks != e->broker->locks) {
        xa_fail(&locked, XA_LOCKED, "the vault was locked meanwhile");
        fail(e, &locked);
    } else if (record == NULL) {
        fail(e, failure);
    } else {
        return true;
    }
    return false;
}

static struct xa_slice custom_url(const struct xa_errand *e)
{
    return xa_slice_of(e->identity.custom_endpoint ? e->identity.sts.url : "");
}

/* --- ECR ----------------------------------------------------------------------------------- */

/* "AWS:password" in base64: docker wants the two apart. Both stay in the room. */
bool errand_open_ecr(struct xa_errand *e, struct xa_errand_result *ret)
{
    size_t len;
    if (!xa_base64_decode(ret->token, e->work, e->work_cap, &len))
        return false;
    const char *colon = memchr(e->work, ':', len);
    if (colon == NULL || colon == e->work)
        return false;
    size_t name = (size_t)(colon - e->work);
    ret->username = (struct xa_slice){ (const uint8_t *)e->work, name };
    ret->token = (struct xa_slice){ (const uint8_t *)colon + 1, len - name - 1 };
    return xa_is_graphic(ret->username) && xa_is_graphic(ret->token);
}

static void on_ecr(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_errand *e = ctx;
    struct xa_broker *b = e->broker;
    struct xa_errand_result result = { .fresh = true };
    struct xa_error err = { 0 };
    bool custom = e->identity.custom_endpoint;
    if (!answered(e, record, failure))
        return;
    if (broker_learns_the_time(b, record, custom)) {
        fail(e, &err);                 /* to be asked again: no failure */
        return;
    }
    int64_t now_s = broker_aws_s(b, custom);
    if (!xa_ecr_check(record, xa_slice_of(e->identity.account), now_s, custom, &err) ||
        !errand_take_room(e, record->token.len, record->token.len, &err)) {
        fail(e, &err);
        return;
    }
    memcpy(e->token, record->token.at, record->token.len);
    result.token = (struct xa_slice){ (const uint8_t *)e->token, record->token.len };
    result.expires_at = record->expires_at;
    if (!xa_slice_copy(record->registry, e->endpoint, sizeof e->endpoint))
        e->endpoint[0] = '\0';
    result.endpoint = xa_slice_of(e->endpoint);
    int64_t life_s = record->expires_at - (record->date_s != 0 ? record->date_s : now_s);
    errand_remember(e, result.token, result.expires_at, (uint32_t)life_s);
    errand_describe(e, &result);
    if (errand_open_ecr(e, &result)) {
        e->done(e->ctx, &result, NULL);
        return;
    }
    xa_fail(&err, XA_BAD_REPLY, "the registry's token is not a name and a password");
    fail(e, &err);
}

enum xa_outlook errand_ecr(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err)
{
    const struct xa_endpoint_wish wish = {
        .region = xa_slice_of(e->identity.region), .endpoint_url = custom_url(e),
        .fips = e->identity.fips, .dualstack = e->identity.dualstack,
    };
    struct xa_endpoint ecr;
    struct xa_call_order order = {
        .at = &ecr, .action = XA_ACTION_ECR_TOKEN, .body = xa_slice_of(XA_ECR_BODY),
    };
    (void)ret;
    return xa_endpoint_ecr(&wish, &ecr, err) && send(e, &order, key, on_ecr, err) ? XA_WILL_ANSWER
                                                                                  : XA_FAILED;
}

/* --- the console ------------------------------------------------------------------------------ */

static struct xa_slice partition_of(const struct xa_errand *e)
{
    struct xa_role_arn arn;
    if (xa_role_arn_parse(xa_slice_of(e->identity.role_arn), &arn, NULL))
        return arn.partition;
    return xa_slice_of(xa_partition_of(xa_slice_of(e->identity.sts.region)));
}

static bool signin_endpoint(const struct xa_errand *e, struct xa_endpoint *ret,
                            struct xa_error *err)
{
    const struct xa_endpoint_wish wish = {
        .partition = partition_of(e), .endpoint_url = custom_url(e),
    };
    return xa_endpoint_signin(&wish, ret, err);
}

static bool ask_to_sign_in(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_error *err);

/* "Invalid credentials parameter" is also said of a SessionDuration that does not please
 * (facts 8.3): once more without. */
static bool try_without_duration(struct xa_errand *e, const struct xa_record *record,
                                 struct xa_error *err)
{
    struct xa_sigv4_key key;
    if (record->outcome != XA_OUTCOME_ANSWERED || record->status != 400 || e->signin_s == 0 ||
        !broker_signing_key(e->broker, &e->identity, &key) ||
        !errand_take_console_room(e, key.token.len, err) ||     /* renewed, it may be longer */
        !broker_signing_key(e->broker, &e->identity, &key))     /* that can make it move     */
        return false;
    e->signin_s = 0;
    e->note = "AWS took no duration for the console session: it ends with the credentials";
    return ask_to_sign_in(e, &key, err);
}

static void on_signin(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_errand *e = ctx;
    struct xa_errand_result result = { .fresh = true };
    struct xa_endpoint at;
    struct xa_error err = { 0 };
    if (!answered(e, record, failure) || try_without_duration(e, record, &err))
        return;
    struct xa_slice partition = partition_of(e);
    const struct xa_console_page page = { partition, e->order.service,
                                          xa_slice_of(e->identity.region) };
    if (!xa_signin_check(record, e->identity.custom_endpoint, &err) ||
        !signin_endpoint(e, &at, &err) || !errand_take_room(e, XA_CONSOLE_URL_MAX, 0, &err)) {
        fail(e, &err);
        return;
    }
    size_t len = xa_console_url(xa_slice_of(at.url), record->token, &page, e->token,
                                e->token_cap);
    size_t out = xa_console_logout_url(partition, e->endpoint, sizeof e->endpoint - 1);
    if (len == 0) {
        xa_fail(&err, XA_BAD_REPLY, "the sign-in token makes no link: it is too long, or this "
                                    "partition has no console");
        fail(e, &err);
        return;
    }
    e->endpoint[out] = '\0';
    result.token = (struct xa_slice){ (const uint8_t *)e->token, len };
    result.endpoint = xa_slice_of(e->endpoint);
    result.expires_at = e->credentials_end;
    errand_describe(e, &result);
    e->done(e->ctx, &result, NULL);
}

static bool ask_to_sign_in(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_error *err)
{
    const struct xa_signin signin = { key->access_key_id, key->secret, key->token, e->signin_s };
    struct xa_endpoint at = { .host = "" };
    size_t len = xa_signin_body(&signin, e->work, e->work_cap);
    if (len == 0)
        return xa_fail(err, XA_INTERNAL, "the sign-in's form does not fit its room");
    struct xa_call_order order = {
        .at = &at,
        .action = XA_ACTION_SIGNIN_TOKEN,
        .body = { (const uint8_t *)e->work, len },
    };
    bool sent = signin_endpoint(e, &at, err) && send(e, &order, key, on_signin, err);
    xa_wipe(e->work, len);
    return sent;
}

enum xa_outlook errand_console(struct xa_errand *e, const struct xa_sigv4_key *key,
                               struct xa_errand_result *ret, struct xa_error *err)
{
    (void)ret;
    if (e->identity.kind == XA_IDENTITY_SESSION || key->token.len == 0) {
        xa_fail(err, XA_USAGE, "the console takes a role's credentials, and '%s' is a source",
                e->identity.source);
        xa_hint(err, "xacct list, for a destination");
        return XA_FAILED;
    }
    if (e->identity.signed_by_key)
        e->signin_s = e->order.signed_in_s > 0 ? e->order.signed_in_s : XA_SIGNIN_MAX_S;
    else if (e->order.signed_in_s > 0)
        e->note = "the console session ends with the credentials: AWS allows it no duration of "
                  "its own when they were had by temporary ones";
    return ask_to_sign_in(e, key, err) ? XA_WILL_ANSWER : XA_FAILED;
}
