#include "agent/broker/plan_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/limits.h"
#include "agent/broker/policy_file.h"

/* account and role become an ARN of the partition in which STS is asked. */
static bool name_role(const struct planning *p, const struct xa_dest *dest,
                      struct xa_identity *hop)
{
    struct xa_role_arn arn = { 0 };
    if (dest->role_arn.len > 0 && !xa_role_arn_parse(dest->role_arn, &arn, p->err))
        return false;
    if (!plan_place(p, dest, arn.partition, hop))
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
    plan_say_duration(most_s, most, sizeof most);
    plan_say_duration(hop->wished_s, wished, sizeof wished);
    hop->duration_s = most_s;
    snprintf(hop->why, sizeof hop->why, "%s at most, not %s: %s", most, wished, because);
}

static bool plan_duration(const struct planning *p, const struct xa_dest *dest, bool goal,
                          struct xa_identity *hop)
{
    hop->wished_s = hop->duration_s = wished_duration(p, dest, goal);
    if (!plan_duration_fits(p, hop->duration_s, XA_ROLE_DURATION_MIN_S, XA_ROLE_DURATION_MAX_S,
                            "AssumeRole"))
        return false;
    limit_duration(hop, xa_learned_limit(p->setup->learned, xa_slice_of(hop->role_arn)),
                   "the role's own maximum");
    return true;
}

bool plan_role(struct planning *p, const struct xa_step *step)
{
    const struct xa_dest *dest = &step->target.dest;
    bool goal = step->next == NULL;
    struct xa_identity *hop = plan_add_hop(p, XA_IDENTITY_ROLE);
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
    if (!plan_may_lack_mfa(p))
        return false;
    limit_duration(hop, XA_CHAINED_DURATION_MAX_S,
                   "it is assumed with temporary credentials (role chaining)");
    xa_identity_hash(hop, parent);
    return true;
}
