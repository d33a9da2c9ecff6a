/* setup, in the source's account: the policy by which the user may assume the roles that setup
 * made, one of them for all, and that the user has it. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"

/* --- who acts there ------------------------------------------------------------------------- */

static enum xa_task_turn ask_who(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_CALLER_IDENTITY);
    return task_call(t, err);
}

static enum xa_task_turn took_who(struct xa_task *t, const struct xa_record *record,
                                  const struct xa_error *refusal, struct xa_error *err)
{
    const char *account = setup_terms(t)->source.account;
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!xa_slice_is(record->account, account)) {
        xa_fail(err, XA_OTHER_ACCOUNT, "'%s' acts in the account %.*s, and the source's is %s",
                t->signer, (int)record->account.len,
                record->account.len > 0 ? (const char *)record->account.at : "", account);
        return XA_TASK_FAILS;
    }
    return task_go(t, t->request.undo ? STEP_UNDO_POLICY_LOOK : STEP_POLICY_LOOK);
}

/* --- the policy as it stands ---------------------------------------------------------------- */

static enum xa_task_turn look(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    return task_call(t, err);
}

/* Whose it is, and how many have it: what is asked depends on that. */
static bool note_policy(struct xa_task *t, struct xa_slice details)
{
    task_forget_notes(t, "foreign");
    task_forget_notes(t, "held");
    return task_renote(t, "version", xa_details_find(details, "version")) &&
           task_renote(t, "attached", xa_details_find(details, "attached")) &&
           (setup_is_ours(details) || task_note(t, "foreign", xa_slice_of("yes")));
}

static enum xa_task_turn took_look(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (task_refused_as(refusal, "NoSuchEntity"))
        return task_go(t, STEP_POLICY_MAKE);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    TURN(setup_is_before_ours(t, record->details) && setup_anew(t, STEP_POLICY_LOOK, &turn));
    if (note_policy(t, record->details))
        return task_go(t, STEP_VERSION_LOOK);
    return setup_no_room(err);
}

static enum xa_task_turn look_at_version(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "VersionId", task_noted(t, "version"));
    return task_call(t, err);
}

/* --- whose it is ---------------------------------------------------------------------------- */

static enum xa_task_turn fail_foreign(const struct xa_setup_terms *s, struct xa_error *err)
{
    xa_fail(err, XA_NAME_TAKEN, "the policy %s says other things than setup writes, and is left "
            "as it is", s->policy_arn);
    xa_hint(err, "the same command with --policy-name and another name");
    return XA_TASK_FAILS;
}

static bool is_foreign(const struct xa_task *t)
{
    return task_noted(t, "foreign").len > 0;
}

/* To how many, beside the user. */
static unsigned n_others(const struct xa_task *t)
{
    unsigned n = (unsigned)xa_details_number(task_notes(t), "attached");
    return n > 0 && xa_slice_is(task_noted(t, "held"), "yes") ? n - 1 : n;
}

static enum xa_task_turn ask_to_change(struct xa_task *t, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    char others[96] = "";
    unsigned n = n_others(t);
    bool attaches = is_foreign(t) && !xa_slice_is(task_noted(t, "held"), "yes");
    if (n > 0)
        snprintf(others, sizeof others, "%s is attached to %u other%s, who would get the right too",
                 is_foreign(t) ? " and" : "", n, n > 1 ? "s" : "");
    t->flags &= ~(uint32_t)SETUP_YES;
    if (!task_renote(t, "consent", xa_slice_of("wanted")))
        return setup_no_room(err);
    return task_ask(t, STEP_VERSION_MAKE, "the policy %s%s%s; let it allow the role %s%s%.*s?",
                    s->policy_arn, is_foreign(t) ? " was not made by xacct" : "", others,
                    s->role_arn, attaches ? ", and attach it to " : "",
                    attaches ? (int)s->user_name.len : 0, (const char *)s->user_name.at);
}

/* Who has the policy is looked at only where it matters: somebody has it already. */
static enum xa_task_turn change(struct xa_task *t, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (task_noted(t, "wrote").len > 0)          /* somebody has taken it out again */
        return setup_anew(t, STEP_VERSION_MAKE, &turn) ? turn : setup_fail_busy(t, err);
    if (setup_has_consent(t))
        return task_go(t, STEP_VERSION_MAKE);
    if (task_noted(t, "held").len == 0 && n_others(t) > 0)
        return task_go(t, STEP_HOLDER_LOOK);
    return is_foreign(t) || n_others(t) > 0 ? ask_to_change(t, err)
                                            : task_go(t, STEP_VERSION_MAKE);
}

static enum xa_task_turn took_version(struct xa_task *t, const struct xa_record *record,
                                      const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    bool changed;
    TURN(task_refused_as(refusal, "NoSuchEntity") && setup_anew(t, STEP_POLICY_LOOK, &turn));
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!setup_note_grants(t, record->details))
        return fail_foreign(s, err);
    if (!setup_add_grants(t, &changed))
        return setup_fail_full(t, err);
    if (changed)
        return change(t, err);
    setup_forget_grants(t);
    if (task_noted(t, "wrote").len == 0)
        task_tell(t, XA_ITEM_SAME, xa_slice_of(s->policy_arn), "the policy %s allows it",
                  s->policy_arn);
    return task_go(t, STEP_USER_LOOK);
}

static enum xa_task_turn look_at_holder(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_ATTACHED_USER);
    xa_query_add(&t->form, "UserName", setup_terms(t)->user_name);
    setup_add_marker(t);
    return task_call(t, err);
}

/* That the user has it not, and somebody has, may only be that it was taken from the user since:
 * it is counted once more before anybody is asked. */
static bool counts_again(struct xa_task *t, enum xa_task_turn *ret)
{
    return !is_foreign(t) && task_noted(t, "counted").len == 0 &&
           task_note(t, "counted", xa_slice_of("yes")) && setup_anew(t, STEP_POLICY_LOOK, ret);
}

static enum xa_task_turn took_holder(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    bool has = xa_details_have(record->details, "policy", xa_slice_of(setup_terms(t)->policy_arn));
    if (!has && setup_more(t, record))
        return task_go(t, STEP_HOLDER_LOOK);
    task_forget_notes(t, "marker");
    TURN(!has && counts_again(t, &turn));
    if (task_renote(t, "held", xa_slice_of(has ? "yes" : "no")))
        return change(t, err);
    return setup_no_room(err);
}

/* --- a new policy --------------------------------------------------------------------------- */

static enum xa_task_turn make(struct xa_task *t, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    const struct xa_slice grants = { (const uint8_t *)s->grants, s->grants_len };
    char document[XA_DOCUMENT_MAX];
    size_t len = xa_source_document(grants, document, sizeof document);
    setup_form_source(t, XA_ACTION_CREATE_POLICY);
    setup_add(t, "PolicyName", s->policy_name);
    xa_query_add(&t->form, "PolicyDocument", (struct xa_slice){ (const uint8_t *)document, len });
    setup_add(t, "Description", "The roles that xacct setup made for this user");
    setup_add(t, "Tags.member.1.Key", XA_SETUP_TAG);
    setup_add(t, "Tags.member.1.Value", XA_SETUP_TAG_VALUE);
    return task_call(t, err);
}

static enum xa_task_turn took_make(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    (void)record;
    TURN(task_refused_as(refusal, "EntityAlreadyExists") &&
         setup_anew(t, STEP_POLICY_LOOK, &turn));
    TURN(setup_stops(t, refusal, &turn, err));
    t->flags |= SETUP_MADE_POLICY;
    task_tell(t, XA_ITEM_MADE, xa_slice_of(s->policy_arn), "the policy %s, which allows it",
              s->policy_arn);
    return task_go(t, STEP_USER_ATTACH);
}

/* --- the user has it ------------------------------------------------------------------------ */

static enum xa_task_turn look_at_user(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_ATTACHED_USER);
    xa_query_add(&t->form, "UserName", setup_terms(t)->user_name);
    setup_add_marker(t);
    return task_call(t, err);
}

/* Whatever else it allows, the user would have too. */
static enum xa_task_turn ask_to_attach(struct xa_task *t, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    t->flags &= ~(uint32_t)SETUP_YES;
    if (task_renote(t, "consent", xa_slice_of("wanted")))
        return task_ask(t, STEP_USER_ATTACH, "the policy %s was not made by xacct; attach it to "
                        "%s?", s->policy_arn, s->source.arn);
    return setup_no_room(err);
}

static enum xa_task_turn took_user(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (xa_details_have(record->details, "policy", xa_slice_of(s->policy_arn))) {
        task_tell(t, XA_ITEM_SAME, xa_slice_of(s->source.arn), "%s is attached to %s",
                  s->policy_arn, s->source.arn);
        return task_end(t);
    }
    if (setup_more(t, record))
        return task_go(t, STEP_USER_LOOK);
    return is_foreign(t) && !setup_has_consent(t) ? ask_to_attach(t, err)
                                                  : task_go(t, STEP_USER_ATTACH);
}

static enum xa_task_turn attach(struct xa_task *t, struct xa_error *err)
{
    if (!setup_consents(t, err))
        return XA_TASK_FAILS;
    setup_form_source(t, XA_ACTION_ATTACH_USER);
    xa_query_add(&t->form, "UserName", setup_terms(t)->user_name);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    return task_call(t, err);
}

static enum xa_task_turn took_attach(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    (void)record;
    TURN(t->request.undo && task_refused_as(refusal, "NoSuchEntity") &&
         setup_anew(t, STEP_UNDO_POLICY_LOOK, &turn));
    TURN(setup_stops(t, refusal, &turn, err));
    task_tell(t, t->request.undo ? XA_ITEM_NOTE : XA_ITEM_MADE, xa_slice_of(s->source.arn),
              t->request.undo ? "%s stays attached to %s: another role was put into it meanwhile"
                              : "%s is attached to %s", s->policy_arn, s->source.arn);
    return task_end(t);
}

const struct setup_step setup_source_steps[] = {
    { "asking AWS who acts in the source's account", ask_who, took_who },
    { "looking for the user's policy", look, took_look },
    { "making the user's policy", make, took_make },
    { "reading the user's policy", look_at_version, took_version },
    { "looking who has the policy", look_at_holder, took_holder },
    { "looking what the user has", look_at_user, took_user },
    { "attaching the policy to the user", attach, took_attach },
};
const size_t setup_n_source_steps = sizeof setup_source_steps / sizeof setup_source_steps[0];
