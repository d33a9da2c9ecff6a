/* Who takes which hop, and with what: out of the files, the vault and what AWS has said. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/doctor/impl.h"

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
    if (!s->chained)
        c->unique_id = task_noted(t, "id");
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
size_t doctor_hop_at_fault(struct xa_task *t, const struct xa_plan *plan)
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
    if (!find_role(t, ret, plan, doctor_hop_at_fault(t, plan), err))
        return false;
    fill_call(t, ret);
    return true;
}

bool doctor_needs(const struct scene *s, size_t i)
{
    return i == 0 || (i == 1 ? s->call.tags.len > 0 : s->call.source_identity.len > 0);
}
