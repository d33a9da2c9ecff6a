/* setup --undo, in the source's account: the role is taken out of the user's policy, which goes
 * with its last role. What is not there any more is no failure, so that a run that was cut can
 * be run again. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"

static void add_policy(struct xa_task *t)
{
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
}

/* --- the policy ----------------------------------------------------------------------------- */

static enum xa_task_turn look_at_policy(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY);
    add_policy(t);
    return task_call(t, err);
}

static enum xa_task_turn leave_policy(struct xa_task *t)
{
    const char *arn = setup_terms(t)->policy_arn;
    task_tell(t, XA_ITEM_WARNING, xa_slice_of(arn), "%s was not made by xacct, or was changed "
              "since, and is left; `aws iam create-policy-version --policy-arn %s` would take the "
              "role out of it", arn, arn);
    return task_end(t);
}

static enum xa_task_turn end_without_policy(struct xa_task *t)
{
    const struct xa_setup_terms *s = setup_terms(t);
    task_tell(t, XA_ITEM_SAME, xa_slice_of(s->policy_arn), "no policy %s allows %s",
              s->policy_arn, s->role_arn);
    return task_end(t);
}

static enum xa_task_turn took_policy(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (setup_is_gone(refusal))
        return end_without_policy(t);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!setup_is_ours(record->details))
        return leave_policy(t);
    TURN(setup_is_before_ours(t, record->details) && setup_anew(t, STEP_UNDO_POLICY_LOOK, &turn));
    if (task_renote(t, "version", xa_details_find(record->details, "version")) &&
        task_renote(t, "attached", xa_details_find(record->details, "attached")))
        return task_go(t, STEP_UNDO_VERSION_LOOK);
    return setup_no_room(err);
}

static enum xa_task_turn look_at_version(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY_VERSION);
    add_policy(t);
    xa_query_add(&t->form, "VersionId", task_noted(t, "version"));
    return task_call(t, err);
}

/* To how many it was, when it was looked at. */
static int64_t n_attached(const struct xa_task *t)
{
    return xa_details_number(task_notes(t), "attached");
}

/* What was detached for a deletion that did not come about is attached again. */
static enum xa_task_turn end_with_policy(struct xa_task *t)
{
    setup_forget_grants(t);
    if (task_noted(t, "wrote").len == 0 && task_noted(t, "detached").len == 0)
        return end_without_policy(t);
    return task_noted(t, "detached").len > 0 ? task_go(t, STEP_USER_ATTACH) : task_end(t);
}

/* Another run may have brought back what was taken out. */
static enum xa_task_turn write_rest(struct xa_task *t, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (task_noted(t, "wrote").len == 0)
        return task_go(t, STEP_VERSION_MAKE);
    return setup_anew(t, STEP_VERSION_MAKE, &turn) ? turn : setup_fail_busy(t, err);
}

static enum xa_task_turn took_version(struct xa_task *t, const struct xa_record *record,
                                      const struct xa_error *refusal, struct xa_error *err)
{
    if (setup_is_gone(refusal))
        return end_without_policy(t);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!setup_note_grants(t, record->details))
        return leave_policy(t);
    if (!setup_take_out(t))
        return end_with_policy(t);
    if (task_noted(t, "assume").len > 0)
        return write_rest(t, err);
    setup_forget_grants(t);
    return task_go(t, n_attached(t) > 1 ? STEP_UNDO_USER_DETACH : STEP_UNDO_VERSIONS_LOOK);
}

static enum xa_task_turn look_at_versions(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_POLICY_VERSIONS);
    add_policy(t);
    return task_call(t, err);
}

static enum xa_task_turn took_versions(struct xa_task *t, const struct xa_record *record,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    struct xa_slice details = { 0 }, version = { 0 };
    enum xa_task_turn turn;
    struct xa_detail line;
    if (refusal != NULL && !setup_is_gone(refusal))
        return setup_refused(t, refusal, err);
    task_forget_notes(t, "drop");
    if (refusal == NULL)
        details = record->details;
    while (xa_detail_next(&details, &line)) {
        if (xa_slice_is(line.key, "version"))
            version = line.value;
        else if (xa_slice_is(line.key, "default") && xa_slice_is(line.value, "false") &&
                 !task_note(t, "drop", version))
            break;
        else if (xa_slice_is(line.key, "default") && xa_slice_is(line.value, "true"))
            TURN(!xa_slice_same(version, task_noted(t, "version")) &&
                 setup_anew(t, STEP_UNDO_POLICY_LOOK, &turn));   /* not the one that was read */
    }
    return task_go(t, task_noted(t, "drop").len > 0 ? STEP_UNDO_VERSION_DROP
                                                    : STEP_UNDO_USER_DETACH);
}

static enum xa_task_turn drop_version(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_DELETE_POLICY_VERSION);
    add_policy(t);
    xa_query_add(&t->form, "VersionId", task_noted(t, "drop"));
    return task_call(t, err);
}

static enum xa_task_turn took_drop_version(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    task_forget_first_note(t, "drop");
    return task_go(t, task_noted(t, "drop").len > 0 ? STEP_UNDO_VERSION_DROP
                                                    : STEP_UNDO_USER_DETACH);
}

static enum xa_task_turn detach_user(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_DETACH_USER);
    xa_query_add(&t->form, "UserName", setup_terms(t)->user_name);
    add_policy(t);
    return task_call(t, err);
}

static enum xa_task_turn leave_to_others(struct xa_task *t)
{
    const char *arn = setup_terms(t)->policy_arn;
    task_tell(t, XA_ITEM_WARNING, xa_slice_of(arn), "%s is attached to others as well, and is left "
              "as it is: it names the role %s", arn, setup_terms(t)->role_arn);
    return task_end(t);
}

static enum xa_task_turn took_detach_user(struct xa_task *t, const struct xa_record *record,
                                          const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    (void)record;
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    if (refusal == NULL && !task_renote(t, "detached", xa_slice_of("yes")))
        return setup_no_room(err);
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(s->source.arn), "%s is detached from %s",
                  s->policy_arn, s->source.arn);
    if (n_attached(t) > (refusal == NULL ? 1 : 0))
        return leave_to_others(t);
    return task_go(t, STEP_UNDO_POLICY_DROP);
}

static enum xa_task_turn drop_policy(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_DELETE_POLICY);
    add_policy(t);
    return task_call(t, err);
}

static enum xa_task_turn took_drop_policy(struct xa_task *t, const struct xa_record *record,
                                          const struct xa_error *refusal, struct xa_error *err)
{
    const char *arn = setup_terms(t)->policy_arn;
    enum xa_task_turn turn;
    (void)record;
    TURN(task_refused_as(refusal, "DeleteConflict") &&
         setup_anew(t, STEP_UNDO_POLICY_LOOK, &turn));   /* a version was written meanwhile */
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(arn), "the policy %s is deleted", arn);
    return task_end(t);
}

const struct setup_step setup_undo_source_steps[] = {
    { "looking for the user's policy", look_at_policy, took_policy },
    { "reading the user's policy", look_at_version, took_version },
    { "looking at the policy's old versions", look_at_versions, took_versions },
    { "deleting an old version of the policy", drop_version, took_drop_version },
    { "detaching the policy from the user", detach_user, took_detach_user },
    { "deleting the user's policy", drop_policy, took_drop_policy },
};
const size_t setup_n_undo_source_steps =
    sizeof setup_undo_source_steps / sizeof setup_undo_source_steps[0];
