#include "agent/broker/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/iam.h"
#include "agent/aws/limits.h"
#include "agent/broker/policy_file.h"
#include "agent/broker/way.h"

#define REFRESH_MS 1000                /* N12 */

/* A policy that was read from its file. */
struct plan_text { struct plan_text *next; char text[]; };

/* What planning looks at. */
struct planning {
    struct xa_plan *plan;
    const struct xa_plan_setup *setup;
    const struct xa_wish *wish;
    const struct xa_step *way;           /* the source's step first      */
    const struct xa_source *source;      /* its section; may be NULL     */
    struct xa_error *err;
};

static struct xa_slice first_of(struct xa_slice a, struct xa_slice b, struct xa_slice c)
{
    return a.len > 0 ? a : b.len > 0 ? b : c;
}

static bool copy(struct xa_slice s, char *room, size_t size, const char *what, struct xa_error *err)
{
    return xa_slice_copy(s, room, size) ||
           xa_fail(err, XA_USAGE, "%s is longer than %zu bytes", what, size - 1);
}

static void say_duration(uint32_t s, char *ret, size_t size)
{
    if (s % 3600 == 0)
        snprintf(ret, size, "%uh", s / 3600);
    else if (s % 60 == 0)
        snprintf(ret, size, "%um", s / 60);
    else
        snprintf(ret, size, "%us", s);
}

/* --- room ---------------------------------------------------------------------------- */

static void drop_texts(struct xa_plan *plan)
{
    for (struct plan_text *t = plan->texts, *next; t != NULL; t = next) {
        next = t->next;
        free(t);
    }
    plan->texts = NULL;
}

void xa_plan_finish(struct xa_plan *plan)
{
    drop_texts(plan);
    free(plan->hops);
    memset(plan, 0, sizeof *plan);
}

static struct xa_identity *add_hop(struct planning *p, enum xa_identity_kind kind)
{
    struct xa_plan *plan = p->plan;
    if (plan->n == plan->cap) {
        size_t cap = plan->cap == 0 ? 4 : plan->cap * 2;
        struct xa_identity *hops = realloc(plan->hops, cap * sizeof *hops);
        if (hops == NULL) {
            xa_fail(p->err, XA_NO_MEMORY, "no memory for a plan");
            return NULL;
        }
        plan->hops = hops;
        plan->cap = cap;
    }
    struct xa_identity *hop = &plan->hops[plan->n++];
    memset(hop, 0, sizeof *hop);
    hop->kind = kind;
    return hop;
}

static struct xa_identity *parent_of(const struct planning *p)
{
    return &p->plan->hops[p->plan->n - 2];
}

/* --- where AWS is asked ----------------------------------------------------------------- */

/* Endpoint, CA and proxy: the destination's, else the source's, else [agent]'s. */
static bool reach(const struct planning *p, const struct xa_dest *dest, struct xa_slice partition,
                  struct xa_identity *hop)
{
    static const struct xa_dest nothing;
    static const struct xa_reach nowhere;
    const struct xa_dest *d = dest != NULL ? dest : &nothing;
    const struct xa_reach *b = p->source != NULL ? &p->source->reach : &nowhere;
    const struct xa_reach *c = &p->setup->sight.roles->agent.reach;
    const struct xa_endpoint_wish wish = {
        .region = first_of(d->sts_region, b->region, c->region),
        .partition = partition,
        .endpoint_url = first_of(d->reach.endpoint_url, b->endpoint_url, c->endpoint_url),
        .fips = d->use_fips_endpoint,
        .dualstack = d->use_dualstack_endpoint,
        .legacy_global = d->sts_legacy,
    };
    hop->custom_endpoint = wish.endpoint_url.len > 0;
    return xa_endpoint_sts(&wish, &hop->sts, p->err) &&
           copy(first_of(d->reach.ca_bundle, b->ca_bundle, c->ca_bundle), hop->ca_bundle,
                sizeof hop->ca_bundle, "ca_bundle", p->err) &&
           copy(first_of(d->reach.proxy, b->proxy, c->proxy), hop->proxy, sizeof hop->proxy,
                "proxy", p->err);
}

/* --- the source --------------------------------------------------------------------------- */

static bool no_key(const struct planning *p, const struct xa_target *t)
{
    int len = (int)t->name.len;
    const char *name = (const char *)t->name.at;
    if (p->setup->may_be_locked && xa_vault_condition(p->setup->vault) != XA_VAULT_IS_OPEN)
        return true;
    xa_fail(p->err, XA_NO_SUCH_NAME, "the vault holds no key for the source '%.*s'", len, name);
    if (t->source != NULL) {
        xa_why(p->err, "its section stands in the configuration, but its key was never added");
        return xa_hint(p->err, "xacct add %.*s", len, name);
    }
    xa_why(p->err, "keys that stand in a file in clear are not used");
    return xa_hint(p->err, "xacct import %.*s", len, name);
}

/* Whether foreign credentials are temporary shows when they are there; most are. */
static bool is_temporary(const struct planning *p, const struct xa_identity *hop)
{
    const struct xa_issued *held = xa_cache_peek(p->setup->cache, hop->key, p->setup->now_ms);
    return held == NULL || held->token.len > 0;
}

static bool plan_source(struct planning *p)
{
    const struct xa_target *t = &p->way->target;
    struct xa_vault_info info;
    bool foreign = t->kind == XA_TARGET_FOREIGN;
    struct xa_identity *hop =
        add_hop(p, foreign ? XA_IDENTITY_FOREIGN : XA_IDENTITY_SOURCE);
    if (hop == NULL || !copy(t->name, hop->name, sizeof hop->name, "the name", p->err) ||
        !copy(t->name, hop->source, sizeof hop->source, "the source's name", p->err) ||
        !reach(p, NULL, (struct xa_slice){ 0 }, hop))
        return false;
    if (foreign) {
        xa_identity_hash(hop, NULL);
        hop->temporary = is_temporary(p, hop);
        return true;
    }
    if (xa_vault_find(p->setup->vault, t->name, &info)) {
        memcpy(hop->access_key_id, info.access_key_id, sizeof hop->access_key_id);
        memcpy(hop->user_arn, info.arn, sizeof hop->user_arn);
        memcpy(hop->account, info.account, sizeof hop->account);
    } else if (!no_key(p, t)) {
        return false;
    }
    xa_identity_hash(hop, NULL);
    return true;
}

/* --- MFA ------------------------------------------------------------------------------------ */

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
    struct xa_identity *hop = add_hop(p, XA_IDENTITY_SESSION);
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

/* A source that was asked for itself: a session of its own, with MFA only when a person
 * gave a code for it. */
static bool plan_own_session(struct planning *p)
{
    uint32_t wished_s = p->wish->duration_s > 0 ? p->wish->duration_s
                                                : XA_SESSION_DURATION_DEFAULT_S;
    struct xa_slice serial = { 0 };
    const struct xa_identity *source = &p->plan->hops[0];
    if (wished_s < XA_SESSION_DURATION_MIN_S || wished_s > XA_SESSION_DURATION_MAX_S)
        return xa_fail(p->err, XA_USAGE,
                       "a duration of %u s is not from %d to %d s, which GetSessionToken gives",
                       wished_s, XA_SESSION_DURATION_MIN_S, XA_SESSION_DURATION_MAX_S);
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

/* --- roles -------------------------------------------------------------------------------------- */

/* account and role become an ARN of the partition in which STS is asked. */
static bool name_role(const struct planning *p, const struct xa_dest *dest,
                      struct xa_identity *hop)
{
    struct xa_role_arn arn = { 0 };
    if (dest->role_arn.len > 0 && !xa_role_arn_parse(dest->role_arn, &arn, p->err))
        return false;
    if (!reach(p, dest, arn.partition, hop))
        return false;
    if (dest->role_arn.len > 0) {
        if (!copy(dest->role_arn, hop->role_arn, sizeof hop->role_arn, "role_arn", p->err))
            return false;
    } else {
        struct xa_slice region = xa_slice_of(hop->sts.region);
        snprintf(hop->role_arn, sizeof hop->role_arn, "arn:%s:iam::%.*s:role/%.*s",
                 xa_partition_of(region), (int)dest->account.len, (const char *)dest->account.at,
                 (int)dest->role.len, (const char *)dest->role.at);
        if (!xa_role_arn_parse(xa_slice_of(hop->role_arn), &arn, p->err))
            return false;
    }
    return copy(arn.account, hop->account, sizeof hop->account, "account", p->err) &&
           copy(arn.name, hop->role_name, sizeof hop->role_name, "role", p->err);
}

/* The IAM user's name, so that a trust policy can demand it and CloudTrail shows who it
 * was; for a key that was never proven, the login name. */
static void name_session(const struct planning *p, struct xa_slice name, struct xa_identity *hop)
{
    struct xa_slice user = xa_user_name_of(xa_slice_of(p->plan->hops[0].user_arn));
    if (name.len == 0)
        xa_session_name_from(user.len > 0 ? user : xa_slice_of(p->setup->login_name),
                             hop->session_name);
    else if (!xa_slice_copy(name, hop->session_name, sizeof hop->session_name))
        hop->session_name[0] = '\0';      /* too long: refused with the rest below */
}

/* A policy is JSON, or in the configuration the file:// where it stands: which files are
 * read is not for a request to say. */
static bool find_policy(struct planning *p, struct xa_slice wished, struct xa_slice configured,
                        struct xa_identity *hop)
{
    struct xa_slice policy = wished.len > 0 ? wished : configured;
    char text[XA_POLICY_MAX + 1];
    size_t len;
    hop->policy = policy;
    if (wished.len > 0 || policy.len == 0 || policy.at[0] == '{')
        return true;
    if (!xa_policy_file_read(policy, p->setup->config_path, text, &len, p->err))
        return false;
    struct plan_text *kept = malloc(sizeof *kept + len + 1);
    if (kept == NULL)
        return xa_fail(p->err, XA_NO_MEMORY, "no memory for a policy");
    memcpy(kept->text, text, len);
    kept->next = p->plan->texts;
    p->plan->texts = kept;
    hop->policy = (struct xa_slice){ (const uint8_t *)kept->text, len };
    return true;
}

/* What AWS is told beside the role: as configured, and for the goal as wished. */
static bool fill_in(struct planning *p, const struct xa_dest *dest, bool goal,
                    struct xa_identity *hop)
{
    static const struct xa_wish nothing;
    const struct xa_wish *w = goal ? p->wish : &nothing;
    const struct xa_slice none = { 0 };
    struct xa_slice identity = first_of(w->source_identity, dest->source_identity, none);
    struct xa_slice external = first_of(w->external_id, dest->external_id, none);
    name_session(p, first_of(w->session_name, dest->session_name, none), hop);
    hop->policy_arns = first_of(w->policy_arns, dest->policy_arns, none);
    hop->tags = first_of(w->tags, dest->tags, none);
    hop->transitive_tags = first_of(w->transitive_tags, dest->transitive_tags, none);
    hop->readonly = w->readonly || dest->readonly;
    if (!copy(external, hop->external_id, sizeof hop->external_id, "the external id", p->err) ||
        !copy(identity, hop->source_identity, sizeof hop->source_identity, "the source identity",
              p->err) ||
        !find_policy(p, w->policy, dest->policy, hop))
        return false;
    if (hop->readonly && hop->policy.len + hop->policy_arns.len > 0) {
        xa_fail(p->err, XA_USAGE, "readonly and another session policy do not go together");
        return xa_why(p->err, "AWS would allow what either of them allows");
    }
    const struct xa_assume_role call = {
        .session_name = xa_slice_of(hop->session_name),
        .external_id = external, .source_identity = identity,
        .policy = hop->policy, .policy_arns = hop->policy_arns,
        .tags = hop->tags, .transitive_tags = hop->transitive_tags,
    };
    return xa_assume_role_fits(&call, p->err);
}

/* The session name as it was wished, when it does not even fit its array. */
static bool name_fits(const struct planning *p, const struct xa_dest *dest, bool goal)
{
    struct xa_slice name = goal && p->wish->session_name.len > 0 ? p->wish->session_name
                                                                 : dest->session_name;
    return name.len <= XA_SESSION_NAME_MAX ||
           xa_fail(p->err, XA_USAGE, "the session name is longer than %d bytes",
                   XA_SESSION_NAME_MAX);
}

static uint32_t wished_duration(const struct planning *p, const struct xa_dest *dest, bool goal)
{
    if (goal && p->wish->duration_s > 0)
        return p->wish->duration_s;
    return dest->duration_s > 0 ? dest->duration_s : XA_ROLE_DURATION_DEFAULT_S;
}

static void limit_duration(struct xa_identity *hop, uint32_t most_s, const char *because)
{
    char most[16], wished[16];
    if (most_s == 0 || hop->duration_s <= most_s)
        return;
    say_duration(most_s, most, sizeof most);
    say_duration(hop->wished_s, wished, sizeof wished);
    hop->duration_s = most_s;
    snprintf(hop->why, sizeof hop->why, "%s at most, not %s: %s", most, wished, because);
}

static bool plan_duration(const struct planning *p, const struct xa_dest *dest, bool goal,
                          struct xa_identity *hop)
{
    hop->wished_s = hop->duration_s = wished_duration(p, dest, goal);
    if (hop->duration_s < XA_ROLE_DURATION_MIN_S || hop->duration_s > XA_ROLE_DURATION_MAX_S)
        return xa_fail(p->err, XA_USAGE,
                       "a duration of %u s is not from %d to %d s, which is what STS gives",
                       hop->duration_s, XA_ROLE_DURATION_MIN_S, XA_ROLE_DURATION_MAX_S);
    limit_duration(hop, xa_learned_limit(p->setup->learned, xa_slice_of(hop->role_arn)),
                   "the role's own maximum");
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
static bool plan_first_role(struct planning *p, struct xa_identity *hop)
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
    uint32_t session_s = p->source != NULL && p->source->session_duration_s > 0
                             ? p->source->session_duration_s : XA_SESSION_DURATION_DEFAULT_S;
    struct xa_identity *session = plan_session(p, serial, session_s);
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

static bool plan_role(struct planning *p, const struct xa_step *step)
{
    const struct xa_dest *dest = &step->target.dest;
    bool goal = step->next == NULL;
    struct xa_identity *hop = add_hop(p, XA_IDENTITY_ROLE);
    if (hop == NULL)
        return false;
    const struct xa_identity *parent = parent_of(p);
    hop->temporary = true;
    memcpy(hop->source, parent->source, sizeof hop->source);
    memcpy(hop->user_arn, parent->user_arn, sizeof hop->user_arn);
    if (!copy(step->target.name, hop->name, sizeof hop->name, "the name", p->err) ||
        !name_role(p, dest, hop) || !name_fits(p, dest, goal) ||
        !fill_in(p, dest, goal, hop) || !plan_duration(p, dest, goal, hop))
        return false;
    if (!parent->temporary)
        return plan_first_role(p, hop);
    limit_duration(hop, XA_CHAINED_DURATION_MAX_S,
                   "it is assumed with temporary credentials (role chaining)");
    xa_identity_hash(hop, parent);
    return true;
}

/* --- what is handed out beside --------------------------------------------------------------------- */

static bool dress_goal(const struct planning *p, const struct xa_dest *dest)
{
    static const struct xa_dest nothing;
    const struct xa_dest *d = dest != NULL ? dest : &nothing;
    struct xa_identity *goal = xa_plan_goal(p->plan);
    const struct xa_slice none = { 0 };
    struct xa_slice label = first_of(d->label, p->setup->sight.roles->agent.label, none);
    struct xa_slice region = first_of(
        p->wish->region, d->reach.region,
        dest == NULL && p->source != NULL ? p->source->reach.region : none);
    if (region.len > 0 && !xa_region_valid(region))
        return xa_fail(p->err, XA_USAGE, "'%.*s' is not a region, such as eu-west-1",
                       (int)region.len, (const char *)region.at);
    return copy(region, goal->region, sizeof goal->region, "the region", p->err) &&
           copy(label, goal->label, sizeof goal->label, "label", p->err) &&
           copy(d->level, goal->level, sizeof goal->level, "level", p->err);
}

/* A key that restricts is never passed over in silence: until its feature is there,
 * what needs it is refused. */
static bool all_served(const struct planning *p)
{
    for (const struct xa_step *s = p->way; s != NULL; s = s->next) {
        const struct xa_dest *dest = s->target.kind == XA_TARGET_ROLE ? &s->target.dest : NULL;
        const char *key = xa_roles_not_served(p->setup->sight.roles, dest);
        if (key == NULL)
            continue;
        xa_fail(p->err, XA_NOT_SERVED,
                "'%s' is configured for '%.*s' and not served by this release", key,
                (int)s->target.name.len, (const char *)s->target.name.at);
        xa_why(p->err, "xacct does not go on without what was asked for");
        return xa_hint(p->err, "xacct config check");
    }
    return true;
}

/* What only a role's session can have would be passed over in silence. */
static bool source_can_have(const struct planning *p)
{
    const struct xa_wish *w = p->wish;
    const char *what = w->session_name.len > 0 ? "a session name"
                     : w->external_id.len > 0 ? "an external id"
                     : w->source_identity.len > 0 ? "a source identity"
                     : w->tags.len + w->transitive_tags.len > 0 ? "tags"
                     : w->policy.len + w->policy_arns.len > 0 ? "a session policy"
                     : w->readonly ? "readonly" : NULL;
    if (what == NULL)
        return true;
    xa_fail(p->err, XA_USAGE, "'%.*s' is a source, and its session cannot have %s",
            (int)w->name.len, (const char *)w->name.at, what);
    return xa_hint(p->err, "name a destination, or a role with --role ACCOUNT/ROLE");
}

static bool plan_way(struct planning *p)
{
    const struct xa_dest *goal = NULL;
    if (!all_served(p) || (p->way->next == NULL && !source_can_have(p)) || !plan_source(p))
        return false;
    if (p->way->next == NULL && !p->setup->as_source && !plan_own_session(p))
        return false;
    for (const struct xa_step *s = p->way->next; s != NULL; s = s->next) {
        if (!plan_role(p, s))
            return false;
        goal = &s->target.dest;
    }
    return dress_goal(p, goal);
}

bool xa_plan_make(struct xa_plan *plan, const struct xa_plan_setup *setup,
                  const struct xa_wish *wish, struct xa_error *err)
{
    struct xa_step *way = xa_way_find(&setup->sight, wish, err);
    if (way == NULL)
        return false;
    struct planning p = { plan, setup, wish, way, way->target.source, err };
    drop_texts(plan);
    plan->n = 0;
    plan->devices = (struct xa_slice){ 0 };
    bool ok = plan_way(&p);
    xa_way_free(&way);
    return ok;
}

bool xa_plan_reach(const struct xa_roles *roles, const struct xa_source *source,
                   struct xa_identity *ret, struct xa_error *err)
{
    const struct xa_plan_setup setup = { .sight = { .roles = roles } };
    const struct planning p = { .setup = &setup, .source = source, .err = err };
    memset(ret, 0, sizeof *ret);
    ret->kind = XA_IDENTITY_SOURCE;
    return reach(&p, NULL, (struct xa_slice){ 0 }, ret);
}

bool xa_plan_known(const struct xa_sight *sight, const struct xa_wish *wish, struct xa_error *err)
{
    struct xa_step *way = xa_way_find(sight, wish, err);
    bool known = way != NULL;
    xa_way_free(&way);
    return known;
}
