#include "agent/broker/plan_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct xa_identity *plan_add_hop(struct planning *p, enum xa_identity_kind kind)
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

/* --- durations -------------------------------------------------------------------------- */

void plan_say_duration(uint32_t s, char *ret, size_t size)
{
    if (s % 3600 == 0)
        snprintf(ret, size, "%uh", s / 3600);
    else if (s % 60 == 0)
        snprintf(ret, size, "%um", s / 60);
    else
        snprintf(ret, size, "%us", s);
}

bool plan_duration_fits(const struct planning *p, uint32_t s, uint32_t min_s, uint32_t max_s,
                        const char *who)
{
    char wished[16], least[16], most[16];
    if (s >= min_s && s <= max_s)
        return true;
    plan_say_duration(s, wished, sizeof wished);
    plan_say_duration(min_s, least, sizeof least);
    plan_say_duration(max_s, most, sizeof most);
    return xa_fail(p->err, XA_USAGE, "a duration of %s is not from %s to %s, which %s gives",
                   wished, least, most, who);
}

/* --- where AWS is asked ----------------------------------------------------------------- */

bool plan_place(const struct planning *p, const struct xa_dest *dest, struct xa_slice partition,
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
    hop->fips = wish.fips;
    hop->dualstack = wish.dualstack;
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
    enum xa_vault_condition condition = xa_vault_condition(p->setup->vault);
    if (p->setup->may_be_locked && condition == XA_VAULT_IS_LOCKED)
        return true;
    if (condition == XA_VAULT_IS_ABSENT) {
        xa_fail(p->err, XA_NO_VAULT, "no source account's key is stored yet");
        return xa_hint(p->err, "xacct add %.*s", len, name);
    }
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
        plan_add_hop(p, foreign ? XA_IDENTITY_FOREIGN : XA_IDENTITY_SOURCE);
    if (hop == NULL || !copy(t->name, hop->name, sizeof hop->name, "the name", p->err) ||
        !copy(t->name, hop->source, sizeof hop->source, "the source's name", p->err) ||
        !plan_place(p, NULL, (struct xa_slice){ 0 }, hop))
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

/* --- what is handed out beside ---------------------------------------------------------------- */

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
           copy(d->level, goal->level, sizeof goal->level, "level", p->err) &&
           copy(p->setup->sight.roles->agent.label_variables, goal->label_variables,
                sizeof goal->label_variables, "label_variables", p->err);
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
                     : w->readonly ? "readonly"
                     : w->source.len > 0 && !xa_slice_same(w->source, p->way->target.name)
                         ? "another source" : NULL;
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
    if (p->way->next == NULL && !p->setup->as_source &&
        !(p->setup->to_sign ? plan_signer(p) : plan_own_session(p)))
        return false;
    for (const struct xa_step *s = p->way->next; s != NULL; s = s->next) {
        if (!plan_role(p, s))
            return false;
        goal = &s->target.dest;
    }
    if (goal != NULL)
        xa_plan_goal(p->plan)->signed_by_key = !parent_of(p)->temporary;
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
    return plan_place(&p, NULL, (struct xa_slice){ 0 }, ret);
}

bool xa_plan_known(const struct xa_sight *sight, const struct xa_wish *wish, struct xa_error *err)
{
    struct xa_step *way = xa_way_find(sight, wish, err);
    bool known = way != NULL;
    xa_way_free(&way);
    return known;
}
