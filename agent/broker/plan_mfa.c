#include "agent/broker/plan_impl.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/iam.h"

#define REFRESH_MS 1000                /* N12 */

static bool is_root(const char *user_arn)
{
    size_t len = strlen(user_arn);
    return len > 5 && strcmp(user_arn + len - 5, ":root") == 0;
}

/* The strictest word on the way: `always` of any role, else what the first role says,
 * else its source. */
static enum xa_mfa mfa_mode(const struct planning *p)
{
    enum xa_mfa first = XA_MFA_UNSET;
    for (const struct xa_step *s = p->way->next; s != NULL; s = s->next) {
        if (s->target.dest.mfa == XA_MFA_ALWAYS)
            return XA_MFA_ALWAYS;
        if (s == p->way->next)
            first = s->target.dest.mfa;
    }
    if (first == XA_MFA_UNSET && p->source != NULL)
        first = p->source->mfa;
    return first == XA_MFA_UNSET ? XA_MFA_AUTO : first;
}

/* The device that is configured: the nearest role's, else the source's. Only the first
 * call of a chain is signed by the user whose device it is. */
static struct xa_slice configured_serial(const struct planning *p)
{
    for (const struct xa_step *s = p->way->next; s != NULL; s = s->next)
        if (s->target.dest.mfa_serial.len > 0)
            return s->target.dest.mfa_serial;
    return p->source != NULL ? p->source->mfa_serial : (struct xa_slice){ 0 };
}

static bool hint_device(const struct planning *p)
{
    struct xa_slice source = p->way->target.name;
    return xa_hint(p->err, "in [source %.*s]: mfa_serial = arn:aws:iam::ACCOUNT:mfa/NAME",
                   (int)source.len, (const char *)source.at);
}

static bool refuse_without_device(const struct planning *p)
{
    struct xa_slice name = p->wish->name;
    xa_fail(p->err, XA_BAD_CONFIG, "'%.*s' says mfa = always, but no mfa_serial is configured",
            (int)name.len, (const char *)name.at);
    return hint_device(p);
}

static bool refuse_code(const struct planning *p)
{
    struct xa_slice name = p->wish->name;
    xa_fail(p->err, XA_BAD_CONFIG, "an MFA code for '%.*s', but no mfa_serial is configured",
            (int)name.len, (const char *)name.at);
    return hint_device(p);
}

/* The first of those that were found, until a person has chosen. */
static struct xa_slice found_serial(const struct planning *p)
{
    struct xa_slice devices, serial, rest;
    const struct xa_identity *source = &p->plan->hops[0];
    if (!xa_learned_devices(p->setup->learned, source->key, p->setup->now_ms, &devices))
        return (struct xa_slice){ 0 };
    rest = devices;
    if (!xa_iam_next_device(&rest, &serial))
        return (struct xa_slice){ 0 };
    if (rest.len > 0)
        p->plan->devices = devices;
    return serial;
}

void xa_plan_choose(struct xa_identity *hop, const struct xa_identity *parent,
                    struct xa_slice serial)
{
    if (xa_slice_copy(serial, hop->mfa_serial, sizeof hop->mfa_serial))
        xa_identity_hash(hop, parent);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* GetSessionToken: the one that MFA codes buy, or one to hand out. */
static struct xa_identity *plan_session(struct planning *p, struct xa_slice serial,
                                        uint32_t duration_s)
{
    struct xa_identity *hop = plan_add_hop(p, XA_IDENTITY_SESSION);
    if (hop == NULL)
        return NULL;
    const struct xa_identity *source = &p->plan->hops[0];
    memcpy(hop->name, source->name, sizeof hop->name);
    memcpy(hop->source, source->source, sizeof hop->source);
    hop->sts = source->sts;
    hop->custom_endpoint = source->custom_endpoint;
    memcpy(hop->ca_bundle, source->ca_bundle, sizeof hop->ca_bundle);
    memcpy(hop->proxy, source->proxy, sizeof hop->proxy);
    memcpy(hop->user_arn, source->user_arn, sizeof hop->user_arn);
    memcpy(hop->account, source->account, sizeof hop->account);
    hop->temporary = true;
    hop->wished_s = hop->duration_s = duration_s;
    if (is_root(hop->user_arn) && duration_s > XA_CHAINED_DURATION_MAX_S) {
        hop->duration_s = XA_CHAINED_DURATION_MAX_S;
        snprintf(hop->why, sizeof hop->why, "a root user's session lasts an hour at most");
    }
    if (!copy(serial, hop->mfa_serial, sizeof hop->mfa_serial, "the MFA serial", p->err))
        return NULL;
    return hop;
}

/* The way begins with temporary credentials: the code would have had to go with them. */
bool plan_may_lack_mfa(const struct planning *p)
{
    if (p->plan->hops[0].kind != XA_IDENTITY_FOREIGN || !p->plan->hops[0].temporary ||
        mfa_mode(p) != XA_MFA_ALWAYS)
        return true;
    xa_fail(p->err, XA_BAD_CONFIG, "'%.*s' says mfa = always, but the credentials of '%s' are "
            "temporary", (int)p->wish->name.len, (const char *)p->wish->name.at,
            p->plan->hops[0].name);
    return xa_why(p->err, "a code can go only with the user's own key");
}

bool plan_own_session(struct planning *p)
{
    uint32_t wished_s = p->wish->duration_s > 0 ? p->wish->duration_s
                                                : XA_SESSION_DURATION_DEFAULT_S;
    struct xa_slice serial = { 0 };
    const struct xa_identity *source = &p->plan->hops[0];
    if (!plan_duration_fits(p, wished_s, XA_SESSION_DURATION_MIN_S, XA_SESSION_DURATION_MAX_S,
                            "GetSessionToken"))
        return false;
    if (source->kind == XA_IDENTITY_FOREIGN && source->temporary)
        return true;      /* temporary already: it is handed out as it is */
    if (p->wish->mfa_code.len > 0) {
        serial = first_of(configured_serial(p), found_serial(p), serial);
        if (serial.len == 0)
            return refuse_code(p);
    }
    struct xa_identity *hop = plan_session(p, serial, wished_s);
    if (hop == NULL)
        return false;
    hop->handed_out = true;
    xa_identity_hash(hop, parent_of(p));
    return true;
}

/* How long the session lasts that a code buys for every role. */
static uint32_t bought_session_s(const struct planning *p)
{
    return p->source != NULL && p->source->session_duration_s > 0
               ? p->source->session_duration_s : XA_SESSION_DURATION_DEFAULT_S;
}

bool plan_signer(struct planning *p)
{
    enum xa_mfa mode = mfa_mode(p);
    struct xa_slice serial = mode != XA_MFA_NEVER ? configured_serial(p) : (struct xa_slice){ 0 };
    if (p->plan->hops[0].kind == XA_IDENTITY_FOREIGN)
        return true;
    if (serial.len == 0)
        return mode != XA_MFA_ALWAYS || refuse_without_device(p);
    struct xa_identity *hop = plan_session(p, serial, bought_session_s(p));
    if (hop == NULL)
        return false;
    xa_identity_hash(hop, parent_of(p));
    return true;
}

/* Who has no person to ask, and wants AWS asked anew, is believed once a second. */
static bool denied_before(const struct planning *p, const uint8_t key[32])
{
    const struct xa_plan_setup *s = p->setup;
    if (p->wish->refresh && !s->has_person)
        return xa_learned_denied_since(s->learned, key, s->now_ms - REFRESH_MS);
    return xa_learned_denial(s->learned, key, s->has_person, s->now_ms) != NULL;
}

/* The key is the user's: a session bought with a code serves an hour, and every role;
 * longer, the code goes with the call itself. */
bool plan_first_role(struct planning *p, struct xa_identity *hop)
{
    enum xa_mfa mode = mfa_mode(p);
    size_t at = (size_t)(hop - p->plan->hops);
    struct xa_slice serial = mode != XA_MFA_NEVER ? configured_serial(p) : (struct xa_slice){ 0 };
    if (serial.len == 0 && mode == XA_MFA_ALWAYS)
        return refuse_without_device(p);
    xa_identity_hash(hop, parent_of(p));
    if (serial.len == 0 && mode == XA_MFA_AUTO) {
        hop->may_want_mfa = true;
        memcpy(hop->plain_key, hop->key, sizeof hop->plain_key);
        if (denied_before(p, hop->key))
            serial = found_serial(p);
        hop->doubtful = serial.len > 0;
    }
    if (serial.len == 0)
        return true;
    if (hop->duration_s > XA_CHAINED_DURATION_MAX_S ||
        (p->source != NULL && p->source->session_never)) {
        if (!copy(serial, hop->mfa_serial, sizeof hop->mfa_serial, "the MFA serial", p->err))
            return false;
        xa_identity_hash(hop, parent_of(p));
        return true;
    }
    struct xa_identity *session = plan_session(p, serial, bought_session_s(p));
    if (session == NULL)
        return false;
    hop = &p->plan->hops[at];      /* the array may have moved */
    const struct xa_identity role = *hop;
    *hop = *session;
    *session = role;
    hop->doubtful = session->doubtful;
    memcpy(hop->plain_key, session->plain_key, sizeof hop->plain_key);
    session->doubtful = session->may_want_mfa = false;
    xa_identity_hash(hop, &p->plan->hops[at - 1]);
    xa_identity_hash(session, hop);
    return true;
}
