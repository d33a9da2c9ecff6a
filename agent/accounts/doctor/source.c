/* The caller's side: who it is, and what its policies say of the call (facts 9.1). */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/doctor/impl.h"

static struct xa_slice source_admin(const struct xa_task *t, const struct scene *s)
{
    if (s->chained)
        return of(s->parent->name);
    return t->request.source_admin.len > 0 ? t->request.source_admin : of(s->source->name);
}

enum xa_task_turn doctor_look_at_user(struct xa_task *t, struct xa_error *err)
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

enum xa_task_turn doctor_took_user(struct xa_task *t, const struct xa_record *record,
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

enum xa_task_turn doctor_simulate(struct xa_task *t, bool mfa, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (s.principal[0] == '\0')
        return doctor_to_role(t);
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

enum xa_task_turn doctor_took_simulation(struct xa_task *t, const struct xa_record *record,
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
        return doctor_to_role(t);
    }
    enum cause cause = read_simulation(record->details, &r, &action);
    if (cause == CAUSE_NONE) {
        t->flags |= SOURCE_ALLOWS;
        task_tell(t, XA_ITEM_SAME, of("source policy"), "the policies of %s allow it",
                  s.principal);
        return doctor_to_role(t);
    }
    doctor_note_cause(t, cause, action);
    if (r.matched.len > 0)
        (void)!task_renote(t, "matched", r.matched);
    bool asks_again = cause == CAUSE_SOURCE_POLICY_MISSING && !s.call.mfa && !s.chained;
    return asks_again ? task_go(t, SIMULATE_WITH_MFA) : doctor_to_role(t);
}

enum xa_task_turn doctor_took_second_simulation(struct xa_task *t, const struct xa_record *record,
                                                const struct xa_error *refusal)
{
    const char *action = doctor_actions[0];
    struct result r;
    if (refusal == NULL && read_simulation(record->details, &r, &action) == CAUSE_NONE)
        doctor_note_cause(t, CAUSE_SOURCE_MFA, action);
    return doctor_to_role(t);
}
