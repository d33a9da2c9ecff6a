/* The one verdict, and what goes with it. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/doctor/impl.h"

/* The one verdict; what mends it comes behind. */
static void give(struct xa_task *t, enum cause cause, const char *sure, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text, "%s: %s%s", sure, cause_text(cause), more);
    task_show(t, XA_ITEM_VERDICT, of(cause_name(cause)), text, (struct xa_slice){ 0 });
}

enum xa_task_turn doctor_conclude(struct xa_task *t, const struct scene *s, enum cause cause,
                                     const char *action, const char *more)
{
    bool known = cause != CAUSE_NONE;
    give(t, known ? cause : CAUSE_UNKNOWN, known ? "sure" : "unknown", more);
    doctor_mend(t, s, cause, action, NULL);
    return task_end(t);
}

void doctor_note_cause(struct xa_task *t, enum cause cause, const char *action)
{
    char line[128];
    snprintf(line, sizeof line, "%s %s", cause_name(cause), action);
    (void)!task_renote(t, "cause", of(line));
}

static enum cause noted_cause(const struct xa_task *t, const char **ret_action)
{
    struct xa_slice line = task_noted(t, "cause");
    enum cause cause = cause_of_name(xa_slice_cut(&line, ' '));
    *ret_action = doctor_actions[0];
    for (size_t i = 0; i < DOCTOR_ACTIONS; i++)
        if (xa_slice_is(line, doctor_actions[i]))
            *ret_action = doctor_actions[i];
    return cause;
}

/* What is wanted and what is there, behind the cause's own words. */
void doctor_detail(const struct scene *s, enum cause cause, const char *action,
                   const struct xa_trust_finding *f, char *room, size_t size)
{
    bool fault = f != NULL && f->fault.key.len > 0;
    room[0] = '\0';
    if (cause == CAUSE_TRUST_EXTERNAL_ID && fault)
        snprintf(room, size, ": '%.*s', not %s%s%s", S(f->fault.want),
                 s->hop->external_id[0] != '\0' ? "'" : "", s->hop->external_id[0] != '\0'
                 ? s->hop->external_id : "none", s->hop->external_id[0] != '\0' ? "'" : "");
    else if (cause == CAUSE_TRUST_SESSION_NAME && fault)
        snprintf(room, size, ": '%.*s', not '%s'", S(f->fault.want), s->hop->session_name);
    else if (fault)
        snprintf(room, size, ": %.*s %.*s '%.*s'", S(f->fault.key), S(f->fault.op),
                 S(f->fault.want));
    else if (cause == CAUSE_TRUST_PRINCIPAL || cause == CAUSE_PRINCIPAL_RECREATED)
        snprintf(room, size, ": %s%s%.*s", s->principal, f != NULL && f->principal.len > 0
                 ? ", but " : "", S(f != NULL ? f->principal : (struct xa_slice){ 0 }));
    else if (cause == CAUSE_SOURCE_POLICY_MISSING || cause == CAUSE_BOUNDARY ||
             cause == CAUSE_SOURCE_POLICY_DENIES)
        snprintf(room, size, ": %s on %s, for %s", action, s->hop->role_arn, s->principal);
}

static void possible(struct xa_task *t, enum cause cause)
{
    task_tell(t, XA_ITEM_POSSIBLE, of(cause_name(cause)), "%s", cause_text(cause));
}

static void possible_in_trust(struct xa_task *t, const struct scene *s)
{
    possible(t, CAUSE_ROLE_MISSING);
    possible(t, CAUSE_TRUST_PRINCIPAL);
    possible(t, CAUSE_TRUST_EXTERNAL_ID);
    if (!s->call.mfa)
        possible(t, CAUSE_TRUST_MFA);
    possible(t, CAUSE_TRUST_SESSION_NAME);
    possible(t, CAUSE_TRUST_CONDITION);
    possible(t, CAUSE_TRUST_DENIES);
    possible(t, CAUSE_PRINCIPAL_RECREATED);
    if (s->call.source_identity.len > 0)
        possible(t, CAUSE_TRUST_SOURCE_IDENTITY);
    if (s->call.tags.len > 0)
        possible(t, CAUSE_TRUST_TAGS);
}

/* A session policy is of the caller's own session, which no simulation knows. */
static enum cause what_narrows(const struct scene *s)
{
    const struct xa_identity *p = s->parent;
    bool has = p->policy.len + p->policy_arns.len > 0 || p->readonly;
    return s->chained && has ? CAUSE_SESSION_POLICY : CAUSE_NONE;
}

static void possible_at_source(struct xa_task *t, const struct scene *s)
{
    possible(t, CAUSE_SOURCE_POLICY_MISSING);
    possible(t, CAUSE_SOURCE_POLICY_DENIES);
    possible(t, CAUSE_BOUNDARY);
    possible(t, CAUSE_SCP);
    if (what_narrows(s) != CAUSE_NONE)
        possible(t, CAUSE_SESSION_POLICY);
}

bool cause_is_of_trust(enum cause cause)
{
    return cause >= CAUSE_TRUST && cause <= CAUSE_ROLE_PATH;
}

static bool assumes_itself(const struct scene *s)
{
    return s->chained && strcmp(s->parent->role_arn, s->hop->role_arn) == 0;
}

/* A cause that was made out on the caller's side. The role may be in the way too: that is
 * said, so that both are mended at once. */
static enum xa_task_turn conclude_source(struct xa_task *t, const struct scene *s,
                                         enum cause cause, const char *action,
                                         const struct xa_trust_finding *f, enum cause beside,
                                         const char *beside_action)
{
    char more[600];
    bool sure = !s->same_account || cause != CAUSE_SOURCE_POLICY_MISSING || f != NULL;
    doctor_detail(s, cause, action, NULL, more, sizeof more);
    give(t, cause, sure ? "sure" : "likely", more);
    doctor_mend(t, s, cause, action, NULL);
    if (beside == CAUSE_NONE && f == NULL && (t->flags & TRUST_SAID) != 0)
        beside = CAUSE_TRUST;
    if (beside != CAUSE_NONE) {
        task_tell(t, XA_ITEM_WARNING, of(cause_name(beside)), "and when that is mended: %s",
                  cause_text(beside));
        doctor_mend(t, s, beside, beside_action, f);
    }
    if (!sure)
        possible(t, CAUSE_TRUST_PRINCIPAL);
    return task_end(t);
}

enum xa_task_turn doctor_conclude_role(struct xa_task *t, const struct scene *s,
                                       enum cause cause, const char *action,
                                       const struct xa_trust_finding *f)
{
    char more[600];
    const char *sure = f != NULL && f->answer == XA_TRUST_UNCLEAR ? "likely"
                     : cause == CAUSE_PRINCIPAL_RECREATED ? "likely" : "sure";
    if (cause == CAUSE_TRUST_PRINCIPAL && assumes_itself(s)) {
        give(t, CAUSE_SELF_ASSUME, "sure", "");
        doctor_show_trust(t, s, action, "");
        return task_end(t);
    }
    doctor_detail(s, cause, action, f, more, sizeof more);
    give(t, cause, sure, more);
    doctor_mend(t, s, cause, action, f);
    return task_end(t);
}

/* What is left for an action that AWS names. */
static enum cause by_elimination(const struct scene *s, const char *action, bool source_unknown)
{
    if (assumes_itself(s))
        return CAUSE_SELF_ASSUME;
    if (source_unknown || action == doctor_actions[0])
        return CAUSE_NONE;
    return action == doctor_actions[1] ? CAUSE_TRUST_TAGS : CAUSE_TRUST_SOURCE_IDENTITY;
}

/* Neither side was seen to be in the way. */
static enum xa_task_turn conclude_unknown(struct xa_task *t, const struct scene *s, bool role_seen)
{
    bool source_unknown = (t->flags & SOURCE_ALLOWS) == 0;
    const char *action;
    enum cause cause = noted_cause(t, &action);
    if (cause == CAUSE_NONE)
        cause = role_seen ? what_narrows(s) : by_elimination(s, action, source_unknown);
    give(t, cause != CAUSE_NONE ? cause : CAUSE_UNKNOWN, cause != CAUSE_NONE ? "likely" : "unknown",
         source_unknown ? "" : "; the caller's own policies allow it");
    if (source_unknown && cause == CAUSE_NONE)
        possible_at_source(t, s);
    if (!role_seen && action == doctor_actions[0])
        possible_in_trust(t, s);
    if (cause == CAUSE_NONE)
        possible(t, CAUSE_RCP);
    doctor_would_tell(t, s, source_unknown, !role_seen);
    if (!role_seen)
        doctor_show_trust(t, s, action, ", if it is not there");
    if (source_unknown)
        doctor_show_source(t, s, action, ", if it is not there");
    return task_end(t);
}

/* The first of the actions that the trust policy does not let in for this call. */
static enum cause weigh_trust(struct scene *s, struct xa_slice policy, const char **ret_action,
                              struct xa_trust_finding *ret)
{
    struct xa_trust_finding first = { 0 };
    for (size_t i = 0; i < DOCTOR_ACTIONS; i++) {
        if (!doctor_needs(s, i))
            continue;
        xa_trust_weigh(policy, doctor_actions[i], &s->call, ret);
        *ret_action = doctor_actions[i];
        enum cause cause = cause_of_finding(ret, *ret_action);
        if (cause != CAUSE_NONE)
            return cause;
        if (i == 0)
            first = *ret;
    }
    *ret = first;
    *ret_action = doctor_actions[0];
    return CAUSE_NONE;
}

/* Within one account the role's own word is enough (facts 1.8). */
static bool source_counts(const struct scene *s, enum cause cause,
                          const struct xa_trust_finding *f)
{
    if (cause == CAUSE_NONE || cause_is_of_trust(cause))
        return false;
    return cause != CAUSE_SOURCE_POLICY_MISSING || !s->same_account ||
           f->answer != XA_TRUST_LETS_IN || !f->by_name;
}

enum xa_task_turn doctor_conclude_seen(struct xa_task *t, struct scene *s,
                                       struct xa_slice policy)
{
    const char *action, *at_source;
    struct xa_trust_finding f;
    enum cause trust = weigh_trust(s, policy, &action, &f);
    enum cause source = noted_cause(t, &at_source);
    if (source_counts(s, source, &f))
        return conclude_source(t, s, source, at_source, &f, trust, action);
    if (trust != CAUSE_NONE)
        return doctor_conclude_role(t, s, trust, action, &f);
    task_tell(t, XA_ITEM_SAME, of("trust policy"), "it lets %s in%s", s->principal,
              f.maybe_denied ? ", as far as its conditions can be judged here" : "");
    if (f.maybe_denied)
        possible(t, CAUSE_TRUST_DENIES);
    return conclude_unknown(t, s, true);
}

enum xa_task_turn doctor_conclude_unseen(struct xa_task *t, struct xa_error *err)
{
    const char *action;
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    enum cause cause = noted_cause(t, &action);
    if (cause == CAUSE_TRUST_DENIES)
        return doctor_conclude_role(t, &s, cause, action, NULL);
    if (cause == CAUSE_NONE || cause_is_of_trust(cause))
        return conclude_unknown(t, &s, false);
    return conclude_source(t, &s, cause, action, NULL, CAUSE_NONE, action);
}
