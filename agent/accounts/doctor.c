/* doctor DEST: why can the role not be assumed, and what exactly mends it? The causes are
 * walked in the order in which they can be told apart: the key, AWS's own answer, the
 * caller's side, the role's. Nothing is changed, neither here nor at AWS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/accounts/doctor_impl.h"
#include "agent/aws/refusal.h"

enum step {
    ASK_WHOSE,           /* GetCallerIdentity with the source's key itself                */
    TRY,                 /* the credentials, as anybody would have them                    */
    JUDGE,               /* what AWS's answer says                                         */
    LOOK_AT_USER,        /* GetUser: its boundary, its unique id                           */
    SIMULATE,            /* the caller's policies                                          */
    SIMULATE_WITH_MFA,   /* ... if a code went with the call                               */
    ASK_ADMIN,           /* whose rights look at the role                                  */
    LOOK_AT_ROLE,        /* GetRole: is it there, and whom does it trust?                  */
    CONCLUDE,
    N_STEPS,
};

enum flag {
    SOURCE_ALLOWS = 1,       /* the simulation says so for all that the call needs         */
    TRUST_SAID = 2,          /* AWS itself names the trust policy                          */
};

#define CLOCK_SLACK_S 60
#define N_POSSIBLE_MAX 12

#define S(slice) (int)(slice).len, (slice).len > 0 ? (const char *)(slice).at : ""

static struct xa_slice of(const char *text)
{
    return xa_slice_of(text);
}

/* --- the scene --------------------------------------------------------------------------------- */

/* The principal of a policy, where GetCallerIdentity names a session of a role. */
static bool role_of_session(struct xa_slice arn, char *room, size_t size)
{
    struct xa_slice account, role, session, rest = arn;
    if (!xa_assumed_role_parse(arn, &account, &role, &session))
        return false;
    (void)xa_slice_cut(&rest, ':');
    struct xa_slice partition = xa_slice_cut(&rest, ':');
    snprintf(room, size, "arn:%.*s:iam::%.*s:role/%.*s", S(partition), S(account), S(role));
    return true;
}

/* Goes into documents and commands as it is, so it holds nothing that would mean more there. */
static bool is_arn(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("\"'\\$`;&|<>()", s.at[i]) != NULL)
            return false;
    return s.len > 4 && memcmp(s.at, "arn:", 4) == 0;
}

static void find_caller(const struct xa_task *t, struct scene *s)
{
    struct xa_slice whose = of(s->source->user_arn);
    if (whose.len == 0)
        whose = task_noted(t, "caller");
    if (!is_arn(whose))
        whose = (struct xa_slice){ 0 };
    if (s->chained)
        snprintf(s->principal, sizeof s->principal, "%s", s->parent->role_arn);
    else if (role_of_session(whose, s->principal, sizeof s->principal))
        s->call.session_arn = whose;
    else if (!xa_slice_copy(whose, s->principal, sizeof s->principal))
        s->principal[0] = '\0';
    if (!s->chained)
        s->call.user_name = xa_user_name_of(of(s->principal));
}

static void fill_call(const struct xa_task *t, struct scene *s)
{
    const struct xa_identity *hop = s->hop;
    struct xa_trust_call *c = &s->call;
    struct xa_slice rest;
    find_caller(t, s);
    c->principal_arn = rest = of(s->principal);
    (void)xa_slice_cut(&rest, ':');
    c->partition = xa_slice_cut(&rest, ':');
    (void)xa_slice_cut(&rest, ':');
    (void)xa_slice_cut(&rest, ':');
    c->account = xa_slice_cut(&rest, ':');
    c->unique_id = s->chained ? (struct xa_slice){ 0 } : task_noted(t, "id");
    c->external_id = of(hop->external_id);
    c->session_name = of(hop->session_name);
    c->source_identity = of(hop->source_identity);
    c->tags = hop->tags;
    c->transitive_tags = hop->transitive_tags;
    c->temporary = s->parent->temporary;
    c->mfa = (hop->mfa_serial[0] != '\0' && (!hop->doubtful || t->request.asking.can_ask)) ||
             (s->parent->kind == XA_IDENTITY_SESSION && s->parent->mfa_serial[0] != '\0');
    s->same_account = xa_slice_is(c->account, hop->account);
}

/* The first of the hops that is not had, or the goal; said once, and kept for later steps. */
static size_t hop_at_fault(struct xa_task *t, const struct xa_plan *plan)
{
    size_t noted = (size_t)xa_details_number(task_notes(t), "hop"), i = 1;
    if (noted > 0)
        return noted < plan->n ? noted : plan->n - 1;
    while (i < plan->n - 1 && xa_broker_held_until(t->broker, &plan->hops[i]) > 0)
        i++;
    return i;
}

/* The role that the hop is, or that a session is bought for. */
static bool find_role(const struct xa_task *t, struct scene *s, const struct xa_plan *plan,
                      size_t at, struct xa_error *err)
{
    while (at < plan->n - 1 && plan->hops[at].kind != XA_IDENTITY_ROLE)
        at++;
    s->hop = &plan->hops[at];
    s->parent = &plan->hops[at - 1];
    s->source = &plan->hops[0];
    s->device = s->hop->doubtful ? s->hop->mfa_serial : "";
    if (s->parent->kind == XA_IDENTITY_SESSION && s->parent->doubtful &&
        xa_broker_held_until(t->broker, s->parent) == 0) {
        s->device = s->parent->mfa_serial;
        s->parent = s->source;
    }
    s->chained = s->parent->kind == XA_IDENTITY_ROLE;
    return xa_role_arn_parse(of(s->hop->role_arn), &s->role, err);
}

bool doctor_see(struct xa_task *t, struct scene *ret, struct xa_error *err)
{
    const struct xa_plan *plan;
    memset(ret, 0, sizeof *ret);
    if (!xa_broker_plan(t->broker, &t->request.wish, &plan, err))
        return false;
    const struct xa_identity *goal = xa_plan_goal(plan);
    if (goal->kind != XA_IDENTITY_ROLE || plan->n < 2) {
        xa_fail(err, XA_USAGE, "'%s' is a source: there is no role to be assumed", goal->name);
        return xa_hint(err, "xacct whoami %s", goal->name);
    }
    if (!find_role(t, ret, plan, hop_at_fault(t, plan), err))
        return false;
    fill_call(t, ret);
    return true;
}

bool doctor_needs(const struct scene *s, size_t i)
{
    return i == 0 || (i == 1 ? s->call.tags.len > 0 : s->call.source_identity.len > 0);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    bool wants_admin = t->step == ASK_ADMIN || t->step == LOOK_AT_ROLE;
    if (t->step >= N_STEPS || (wants_admin && t->request.dest_admin.len == 0))
        return xa_fail(err, XA_BAD_MESSAGE, "this is no place in such work");
    return doctor_see(t, &s, err);
}

/* --- the verdict ---------------------------------------------------------------------------------- */

/* The one verdict; what mends it comes behind. */
static void give(struct xa_task *t, enum cause cause, const char *sure, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text, "%s: %s%s", sure, cause_text(cause), more);
    task_show(t, XA_ITEM_VERDICT, of(cause_name(cause)), text, (struct xa_slice){ 0 });
}

static enum xa_task_turn conclude_as(struct xa_task *t, const struct scene *s, enum cause cause,
                                     const char *action, const char *more)
{
    bool known = cause != CAUSE_NONE;
    give(t, known ? cause : CAUSE_UNKNOWN, known ? "sure" : "unknown", more);
    doctor_mend(t, s, cause, action, NULL);
    return task_end(t);
}

static void note_cause(struct xa_task *t, enum cause cause, const char *action)
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
static void detail(const struct scene *s, enum cause cause, const char *action,
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

static bool is_of_trust(enum cause cause)
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
    detail(s, cause, action, NULL, more, sizeof more);
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

static enum xa_task_turn conclude_role(struct xa_task *t, const struct scene *s,
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
    detail(s, cause, action, f, more, sizeof more);
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

/* --- the role's side --------------------------------------------------------------------------------- */

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
    if (cause == CAUSE_NONE || is_of_trust(cause))
        return false;
    return cause != CAUSE_SOURCE_POLICY_MISSING || !s->same_account ||
           f->answer != XA_TRUST_LETS_IN || !f->by_name;
}

static enum xa_task_turn conclude_seen(struct xa_task *t, struct scene *s,
                                       struct xa_slice policy)
{
    const char *action, *at_source;
    struct xa_trust_finding f;
    enum cause trust = weigh_trust(s, policy, &action, &f);
    enum cause source = noted_cause(t, &at_source);
    if (source_counts(s, source, &f))
        return conclude_source(t, s, source, at_source, &f, trust, action);
    if (trust != CAUSE_NONE)
        return conclude_role(t, s, trust, action, &f);
    task_tell(t, XA_ITEM_SAME, of("trust policy"), "it lets %s in%s", s->principal,
              f.maybe_denied ? ", as far as its conditions can be judged here" : "");
    if (f.maybe_denied)
        possible(t, CAUSE_TRUST_DENIES);
    return conclude_unknown(t, s, true);
}

static enum xa_task_turn took_role(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity")) {
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s': %s",
                  S(t->request.dest_admin), refusal->message);
        return task_go(t, CONCLUDE);
    }
    if (refusal != NULL)
        return conclude_role(t, &s, CAUSE_ROLE_MISSING, doctor_actions[0], NULL);
    struct xa_slice arn = xa_details_find(record->details, "arn");
    struct xa_slice max = xa_details_find(record->details, "max");
    if (!task_renote(t, "arn", arn) || !task_renote(t, "max", max))
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    if (!xa_slice_is(arn, s.hop->role_arn))
        return conclude_role(t, &s, CAUSE_ROLE_PATH, doctor_actions[0], NULL);
    task_tell(t, XA_ITEM_SAME, of("role"), "%.*s is there; its sessions last up to %lld s", S(arn),
              (long long)xa_details_number(record->details, "max"));
    if (task_noted(t, "granted").len > 0) {
        return conclude_as(t, &s, CAUSE_DURATION_ROLE, doctor_actions[0], "; a shorter one works");
    }
    return conclude_seen(t, &s, record->details);
}

static enum xa_task_turn look_at_role(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    task_form(t, XA_ACTION_GET_ROLE, t->request.dest_admin);
    xa_query_add(&t->form, "RoleName", s.role.name);
    return task_call(t, err);
}

/* Rights of another account see nothing, and a role of the same name there says nothing. */
static enum xa_task_turn took_admin(struct xa_task *t, const struct xa_record *record,
                                    const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    struct xa_slice admin = t->request.dest_admin;
    if (refusal == NULL && xa_slice_is(record->account, s.hop->account))
        return task_go(t, LOOK_AT_ROLE);
    if (refusal != NULL)
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s': %s", S(admin),
                  refusal->message);
    else
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s', who is of account "
                  "%.*s: the role is of %s", S(admin), S(record->account), s.hop->account);
    return task_go(t, CONCLUDE);
}

static enum xa_task_turn to_role(struct xa_task *t)
{
    return task_go(t, t->request.dest_admin.len > 0 ? ASK_ADMIN : CONCLUDE);
}

static enum xa_task_turn conclude_unseen(struct xa_task *t, struct xa_error *err)
{
    const char *action;
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    enum cause cause = noted_cause(t, &action);
    if (cause == CAUSE_TRUST_DENIES)
        return conclude_role(t, &s, cause, action, NULL);
    if (cause == CAUSE_NONE || is_of_trust(cause))
        return conclude_unknown(t, &s, false);
    return conclude_source(t, &s, cause, action, NULL, CAUSE_NONE, action);
}

/* --- the caller's side ---------------------------------------------------------------------------------- */

static struct xa_slice source_admin(const struct xa_task *t, const struct scene *s)
{
    if (s->chained)
        return of(s->parent->name);
    return t->request.source_admin.len > 0 ? t->request.source_admin : of(s->source->name);
}

static enum xa_task_turn look_at_user(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (s.chained || s.call.user_name.len == 0)
        return task_go(t, SIMULATE);
    task_form(t, XA_ACTION_GET_USER, source_admin(t, &s));
    xa_query_add(&t->form, "UserName", s.call.user_name);
    return task_call(t, err);
}

static enum xa_task_turn took_user(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal)
{
    if (refusal != NULL) {
        task_tell(t, XA_ITEM_NOTE, of("user"), "it cannot be looked at: %s", refusal->message);
        return task_go(t, SIMULATE);
    }
    struct xa_slice id = xa_details_find(record->details, "id");
    struct xa_slice boundary = xa_details_find(record->details, "boundary");
    (void)!task_renote(t, "id", id);       /* without it less is known, no more */
    if (boundary.len > 0)
        (void)!task_renote(t, "boundary", boundary);
    task_tell(t, XA_ITEM_SAME, of("user"), "%.*s, with %s%.*s",
              S(xa_details_find(record->details, "arn")),
              boundary.len > 0 ? "the permissions boundary " : "no permissions boundary",
              S(boundary));
    return task_go(t, SIMULATE);
}

static void add_context(struct xa_task *t, unsigned *n, const char *key, const char *type,
                        struct xa_slice value)
{
    char name[80];
    if (value.len == 0)
        return;
    ++*n;
    snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyName", *n);
    xa_query_add(&t->form, name, of(key));
    snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyType", *n);
    xa_query_add(&t->form, name, of(type));
    snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyValues.member.1", *n);
    xa_query_add(&t->form, name, value);
}

static void add_tags(struct xa_task *t, unsigned *n, struct xa_slice tags)
{
    struct xa_slice rest = tags, tag, value;
    char key[XA_TAG_KEY_MAX + 32], name[80];
    while (rest.len > 0 && xa_list_item(&rest, &tag)) {
        struct xa_slice its = xa_tag_split(tag, &value);
        snprintf(key, sizeof key, "aws:RequestTag/%.*s", S(its));
        add_context(t, n, key, "string", value);
    }
    if (tags.len == 0)
        return;
    ++*n;
    snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyName", *n);
    xa_query_add(&t->form, name, of("aws:TagKeys"));
    snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyType", *n);
    xa_query_add(&t->form, name, of("stringList"));
    for (unsigned i = 1; tags.len > 0 && xa_list_item(&tags, &tag); i++) {
        snprintf(name, sizeof name, "ContextEntries.member.%u.ContextKeyValues.member.%u", *n, i);
        xa_query_add(&t->form, name, xa_tag_split(tag, &value));
    }
}

/* As the call is, so that conditions of the caller's policies are held against the same. */
static void add_call(struct xa_task *t, const struct scene *s, bool mfa)
{
    char name[40];
    unsigned n = 0;
    for (size_t i = 0; i < DOCTOR_ACTIONS; i++) {
        if (!doctor_needs(s, i))
            continue;
        snprintf(name, sizeof name, "ActionNames.member.%u", ++n);
        xa_query_add(&t->form, name, of(doctor_actions[i]));
    }
    xa_query_add(&t->form, "ResourceArns.member.1", of(s->hop->role_arn));
    n = 0;
    if (mfa || s->call.temporary)
        add_context(t, &n, "aws:MultiFactorAuthPresent", "boolean", of(mfa ? "true" : "false"));
    if (mfa)
        add_context(t, &n, "aws:MultiFactorAuthAge", "numeric", of("1"));
    add_context(t, &n, "sts:ExternalId", "string", s->call.external_id);
    add_context(t, &n, "sts:RoleSessionName", "string", s->call.session_name);
    add_context(t, &n, "sts:SourceIdentity", "string", s->call.source_identity);
    add_tags(t, &n, s->call.tags);
}

static enum xa_task_turn simulate(struct xa_task *t, bool mfa, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (s.principal[0] == '\0')
        return to_role(t);
    task_form(t, XA_ACTION_SIMULATE, source_admin(t, &s));
    xa_query_add(&t->form, "PolicySourceArn", of(s.principal));
    add_call(t, &s, mfa || s.call.mfa);
    return task_call(t, err);
}

/* One action of a simulation. */
struct result {
    struct xa_slice action, decision, matched, boundary, organization;
};

static bool next_result(struct xa_slice *rest, struct result *ret)
{
    struct xa_detail line;
    struct xa_slice before;
    memset(ret, 0, sizeof *ret);
    for (before = *rest; xa_detail_next(rest, &line); before = *rest) {
        if (xa_slice_is(line.key, "action")) {
            if (ret->action.len > 0) {
                *rest = before;
                return true;
            }
            ret->action = line.value;
        } else if (xa_slice_is(line.key, "decision"))
            ret->decision = line.value;
        else if (xa_slice_is(line.key, "matched") && ret->matched.len == 0)
            ret->matched = line.value;
        else if (xa_slice_is(line.key, "boundary.allows"))
            ret->boundary = line.value;
        else if (xa_slice_is(line.key, "org.allows"))
            ret->organization = line.value;
    }
    return ret->action.len > 0;
}

static enum cause cause_of_result(const struct result *r)
{
    if (xa_slice_is(r->organization, "false"))
        return CAUSE_SCP;
    if (xa_slice_is(r->boundary, "false"))
        return CAUSE_BOUNDARY;
    if (xa_slice_is(r->decision, "allowed"))
        return CAUSE_NONE;
    return xa_slice_is(r->decision, "explicitDeny") ? CAUSE_SOURCE_POLICY_DENIES
                                                    : CAUSE_SOURCE_POLICY_MISSING;
}

/* The first of the actions that is not allowed. */
static enum cause read_simulation(struct xa_slice details, struct result *ret,
                                  const char **ret_action)
{
    while (next_result(&details, ret)) {
        enum cause cause = cause_of_result(ret);
        for (size_t i = 0; i < DOCTOR_ACTIONS; i++)
            if (xa_slice_is(ret->action, doctor_actions[i]))
                *ret_action = doctor_actions[i];
        if (cause != CAUSE_NONE)
            return cause;
    }
    return CAUSE_NONE;
}

static enum xa_task_turn took_simulation(struct xa_task *t, const struct xa_record *record,
                                         const struct xa_error *refusal, struct xa_error *err)
{
    const char *action = doctor_actions[0];
    struct result r;
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (refusal != NULL) {
        task_tell(t, XA_ITEM_NOTE, of("source policy"), "it cannot be tried: %s",
                  refusal->message);
        return to_role(t);
    }
    enum cause cause = read_simulation(record->details, &r, &action);
    if (cause == CAUSE_NONE) {
        t->flags |= SOURCE_ALLOWS;
        task_tell(t, XA_ITEM_SAME, of("source policy"), "the policies of %s allow it",
                  s.principal);
        return to_role(t);
    }
    note_cause(t, cause, action);
    if (r.matched.len > 0)
        (void)!task_renote(t, "matched", r.matched);
    bool asks_again = cause == CAUSE_SOURCE_POLICY_MISSING && !s.call.mfa && !s.chained;
    return asks_again ? task_go(t, SIMULATE_WITH_MFA) : to_role(t);
}

static enum xa_task_turn took_second_simulation(struct xa_task *t, const struct xa_record *record,
                                                const struct xa_error *refusal)
{
    const char *action = doctor_actions[0];
    struct result r;
    if (refusal == NULL && read_simulation(record->details, &r, &action) == CAUSE_NONE)
        note_cause(t, CAUSE_SOURCE_MFA, action);
    return to_role(t);
}

/* --- AWS's own answer --------------------------------------------------------------------------------------- */

static enum xa_task_turn ask_whose(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    task_form(t, XA_ACTION_CALLER_IDENTITY, of(s.source->name));
    t->by_key = true;
    return task_call(t, err);
}

static enum xa_task_turn took_whose(struct xa_task *t, const struct xa_record *record,
                                    const struct xa_error *refusal, struct xa_error *err)
{
    const char *action;
    struct scene s;
    int64_t lag_s = xa_broker_clock_lag_s(t->broker);
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (refusal != NULL) {
        enum cause cause = cause_of_refusal(record->aws_code, record->aws_message, &action);
        task_tell(t, XA_ITEM_WARNING, of("key"), "%s", refusal->message);
        return conclude_as(t, &s, cause, action, "");
    }
    if (!task_renote(t, "caller", record->arn))
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    task_tell(t, XA_ITEM_SAME, of("key"), "that of '%s' is good: %.*s", s.source->name,
              S(record->arn));
    if (lag_s > CLOCK_SLACK_S || lag_s < -CLOCK_SLACK_S)
        task_tell(t, XA_ITEM_WARNING, of("clock"), "it is %lld s %s here; xacct goes by AWS's, other "
                  "programs do not: timedatectl set-ntp true",
                  (long long)(lag_s < 0 ? -lag_s : lag_s), lag_s < 0 ? "fast" : "slow");
    return task_go(t, TRY);
}

static enum xa_task_turn try_it(struct xa_task *t)
{
    struct xa_wish wish = t->request.wish;
    wish.refresh = true;
    return task_credentials(t, &wish);
}

static enum xa_task_turn took_credentials(struct xa_task *t, const struct xa_error *refusal,
                                          struct xa_error *err)
{
    char until[24];
    bool ok;
    if (refusal != NULL && refusal->code != XA_AWS_REFUSED)
        return task_fail(err, refusal);
    if (refusal == NULL) {
        snprintf(until, sizeof until, "%lld", (long long)t->granted_until);
        ok = task_renote(t, "granted", of(t->granted_arn)) && task_renote(t, "until", of(until));
    } else {
        ok = task_renote(t, "code", of(refusal->aws_code)) &&
             task_renote(t, "said", of(refusal->message));
    }
    if (!ok)
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    return task_go(t, JUDGE);
}

static enum xa_task_turn judge_success(struct xa_task *t, const struct scene *s)
{
    char more[128];
    int64_t left_s = xa_details_number(task_notes(t), "until") - t->now_s;
    task_tell(t, XA_ITEM_SAME, of("assume role"), "%.*s, for %lld min", S(task_noted(t, "granted")),
              (long long)(left_s > 0 ? (left_s + 30) / 60 : 0));
    if (s->hop->duration_s >= s->hop->wished_s)
        return conclude_as(t, s, CAUSE_WORKS, doctor_actions[0], "");
    if (!s->parent->temporary && t->request.dest_admin.len > 0)
        return task_go(t, ASK_ADMIN);
    enum cause cause = s->parent->temporary ? CAUSE_DURATION_CHAINED : CAUSE_DURATION_ROLE;
    snprintf(more, sizeof more, "; one of %u min works", s->hop->duration_s / 60);
    return conclude_as(t, s, cause, doctor_actions[0], more);
}

/* What the message names is sure. What is behind a plain denial is looked for. */
static enum xa_task_turn judge(struct xa_task *t, struct xa_error *err)
{
    const struct xa_plan *plan;
    const char *action;
    char hop[24];
    struct scene s;
    if (task_noted(t, "granted").len > 0)
        return doctor_see(t, &s, err) ? judge_success(t, &s) : XA_TASK_FAILS;
    if (!xa_broker_plan(t->broker, &t->request.wish, &plan, err))
        return XA_TASK_FAILS;
    snprintf(hop, sizeof hop, "%zu", hop_at_fault(t, plan));
    if (!task_renote(t, "hop", of(hop)) || !doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    struct xa_slice said = task_noted(t, "said");
    enum cause cause = cause_of_refusal(task_noted(t, "code"), said, &action);
    task_tell(t, XA_ITEM_WARNING, of("assume role"), "'%s', %s: %.*s", s.hop->name,
              s.hop->role_arn, S(said));
    bool is_root = s.call.user_name.len == 0 && s.call.session_arn.len == 0 && !s.chained &&
                   s.call.principal_arn.len > 5 &&
                   memcmp(s.principal + s.call.principal_arn.len - 5, ":root", 5) == 0;
    if (cause == CAUSE_NONE && is_root)
        cause = CAUSE_ROOT_USER;
    bool look = cause == CAUSE_NONE || is_of_trust(cause) ||
                cause == CAUSE_SOURCE_POLICY_DENIES || cause == CAUSE_SOURCE_POLICY_MISSING ||
                cause == CAUSE_BOUNDARY;
    if (!xa_slice_is(task_noted(t, "code"), "AccessDenied") || !look) {
        char more[600];
        detail(&s, cause, action, NULL, more, sizeof more);
        return conclude_as(t, &s, cause, action, more);
    }
    if (is_of_trust(cause))
        t->flags |= TRUST_SAID;
    note_cause(t, cause, action);
    return task_go(t, LOOK_AT_USER);
}

/* --- the steps ------------------------------------------------------------------------------------------------ */

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    static const char *const doing[N_STEPS] = {
        "asking whose the key is", "assuming the role", "", "looking at the user",
        "trying the caller's policies", "trying them with an MFA code",
        "asking who looks at the role", "looking at the role", "",
    };
    task_tell(t, XA_ITEM_NEXT, (struct xa_slice){ 0 }, "%s", doing[t->step]);
    switch ((enum step)t->step) {
    case ASK_WHOSE: return ask_whose(t, err);
    case TRY: return try_it(t);
    case JUDGE: return judge(t, err);
    case LOOK_AT_USER: return look_at_user(t, err);
    case SIMULATE: return simulate(t, false, err);
    case SIMULATE_WITH_MFA: return simulate(t, true, err);
    case ASK_ADMIN:
        task_form(t, XA_ACTION_CALLER_IDENTITY, t->request.dest_admin);
        return task_call(t, err);
    case LOOK_AT_ROLE: return look_at_role(t, err);
    case CONCLUDE:
    case N_STEPS:
        break;
    }
    return conclude_unseen(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    switch ((enum step)t->step) {
    case ASK_WHOSE: return took_whose(t, record, refusal, err);
    case TRY: return took_credentials(t, refusal, err);
    case LOOK_AT_USER: return took_user(t, record, refusal);
    case SIMULATE: return took_simulation(t, record, refusal, err);
    case SIMULATE_WITH_MFA: return took_second_simulation(t, record, refusal);
    case ASK_ADMIN: return took_admin(t, record, refusal, err);
    case LOOK_AT_ROLE: return took_role(t, record, refusal, err);
    case JUDGE:
    case CONCLUDE:
    case N_STEPS:
        break;
    }
    return task_end(t);
}

const struct task_kind task_doctor = {
    .type = XA_DOCTOR, .check = check, .next = next, .took = took,
};
