/* setup --undo, in the destination's account: the role goes without a question only if it is what
 * setup makes for this destination and nothing else: its tags, its trust policy, what is attached
 * to it. All of it is looked at before anything is deleted. Whatever differs is somebody's work,
 * is shown, and goes only after a yes, and only if it is still what was shown; without one the
 * role is left as it is, all of it, since a part of it would serve nobody. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"
#include "agent/vault/hash.h"

#define REASONS_MAX 360              /* of task->question; what else there is was shown */

static const char *arn_of(const struct xa_task *t)
{
    return setup_terms(t)->role_arn;
}

static bool has_yes(const struct xa_task *t)
{
    return (t->flags & SETUP_YES) != 0;
}

/* --- what was seen ---------------------------------------------------------------------------- */

/* Of all answers so far, in their order. */
static bool note_seen(struct xa_task *t, struct xa_slice details)
{
    const struct xa_slice parts[] = { task_noted(t, "seen"), details };
    char text[XA_HASH_TEXT_SIZE];
    xa_hash_text(text, parts, sizeof parts / sizeof parts[0]);
    return task_renote(t, "seen", xa_slice_of(text));
}

static void forget_seen(struct xa_task *t)
{
    static const char *const keys[] = { "seen", "tagged", "trust", "detach", "extra", "inline",
                                        "show", "marker" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        task_forget_notes(t, keys[i]);
}

/* --- the role --------------------------------------------------------------------------------- */

static enum xa_task_turn leave_unasked(struct xa_task *t)
{
    task_tell(t, XA_ITEM_WARNING, xa_slice_of(arn_of(t)), "%s is left as it is, with all that is "
              "attached to it: nobody has said yes to deleting what setup did not make", arn_of(t));
    forget_seen(t);
    task_forget_notes(t, "asked");
    return setup_to_source(t);
}

static enum xa_task_turn look_at_role(struct xa_task *t, struct xa_error *err)
{
    if (t->agreed && task_noted(t, "asked").len > 0)
        t->flags |= SETUP_YES;
    if (task_noted(t, "asked").len > 0 && !has_yes(t))
        return leave_unasked(t);
    setup_form_dest(t, XA_ACTION_GET_ROLE);
    setup_add_role(t);
    return task_call(t, err);
}

static enum xa_task_turn leave_foreign(struct xa_task *t)
{
    task_tell(t, XA_ITEM_WARNING, xa_slice_of(arn_of(t)), "the role %s was not made by xacct, and "
              "stays, with its trust policy and its longest session as they are now", arn_of(t));
    return task_go(t, STEP_UNDO_LEFT_LOOK);
}

static void show(struct xa_task *t, const char *what, struct xa_slice details)
{
    char text[XA_NAME_MAX + 256];
    struct xa_slice document = xa_details_find(details, "document");
    snprintf(text, sizeof text, document.len > 0 ? "%s as it stands" : "%s is too long to be shown",
             what);
    if (!has_yes(t))
        task_show(t, XA_ITEM_NOW, xa_slice_of(arn_of(t)), text, document);
}

static bool judge(struct xa_task *t, struct xa_slice details)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice dest = setup_made_for(details);
    bool noted = note_seen(t, details);
    if (!setup_is_made_for(s, details))
        noted = task_note(t, "tagged", dest.len > 0 ? dest : xa_slice_of("-")) && noted;
    if (!setup_is_trusted_as_shown(s, details)) {
        noted = task_note(t, "trust", xa_slice_of("differs")) && noted;
        show(t, "the role's trust policy", details);
    }
    return noted;
}

static enum xa_task_turn took_role(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL && !setup_is_gone(refusal))
        return setup_refused(t, refusal, err);
    if (refusal != NULL ||
        !xa_slice_is(xa_details_find(record->details, "arn"), arn_of(t))) {
        task_tell(t, XA_ITEM_SAME, xa_slice_of(arn_of(t)), "there is no role %s", arn_of(t));
        return setup_to_source(t);
    }
    if (!setup_is_ours(record->details))
        return leave_foreign(t);
    forget_seen(t);
    return judge(t, record->details) ? task_go(t, STEP_UNDO_ATTACHED_LOOK) : setup_no_room(err);
}

/* --- what is attached to it ------------------------------------------------------------------- */

static enum xa_task_turn look_at_attached(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_LIST_ATTACHED_ROLE);
    setup_add_role(t);
    setup_add_marker(t);
    return task_call(t, err);
}

static bool note_attached(struct xa_task *t, struct xa_slice details)
{
    struct xa_detail line;
    bool noted = note_seen(t, details);
    while (xa_detail_next(&details, &line)) {
        if (!xa_slice_is(line.key, "policy"))
            continue;
        noted = task_note(t, "detach", line.value) && noted;
        if (setup_is_permission(setup_terms(t), line.value))
            continue;
        noted = task_note(t, "extra", line.value) && noted;
        if (!has_yes(t))
            task_tell(t, XA_ITEM_NOW, line.value, "%.*s is attached to the role, and not by "
                      "this setup", (int)line.value.len, (const char *)line.value.at);
    }
    return noted;
}

static enum xa_task_turn took_attached(struct xa_task *t, const struct xa_record *record,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL && !setup_is_gone(refusal))
        return setup_refused(t, refusal, err);
    if (refusal == NULL && !note_attached(t, record->details))
        return setup_no_room(err);
    bool more = refusal == NULL && setup_more(t, record);
    return task_go(t, more ? STEP_UNDO_ATTACHED_LOOK : STEP_UNDO_INLINE_LOOK);
}

static enum xa_task_turn look_at_inline(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_LIST_ROLE);
    setup_add_role(t);
    setup_add_marker(t);
    return task_call(t, err);
}

static bool note_inline(struct xa_task *t, struct xa_slice details)
{
    struct xa_detail line;
    bool noted = note_seen(t, details);
    while (xa_detail_next(&details, &line))
        if (xa_slice_is(line.key, "name"))
            noted = task_note(t, "inline", line.value) && task_note(t, "show", line.value) && noted;
    return noted;
}

/* --- is it only what setup makes? ------------------------------------------------------------- */

static enum xa_task_turn drop(struct xa_task *t)
{
    return task_go(t, task_noted(t, "detach").len > 0   ? STEP_UNDO_DETACH
                      : task_noted(t, "inline").len > 0 ? STEP_UNDO_INLINE_DROP
                                                        : STEP_UNDO_ROLE_DROP);
}

static bool is_only_ours(const struct xa_task *t)
{
    return task_noted(t, "tagged").len == 0 && task_noted(t, "trust").len == 0 &&
           task_noted(t, "extra").len == 0 && task_noted(t, "inline").len == 0;
}

static void add(struct xa_writer *w, const char *text)
{
    xa_write_bytes(w, text, strlen(text));
}

/* Each value of such a note, as many as there is room for. */
static void add_each(struct xa_task *t, struct xa_writer *w, const char *words, const char *key)
{
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    const char *before = words;
    if (task_noted(t, key).len == 0)
        return;
    add(w, w->len > 0 ? "; " : "");
    while (xa_detail_next(&rest, &line)) {
        if (!xa_slice_is(line.key, key))
            continue;
        if (w->len + strlen(before) + line.value.len + 8 > REASONS_MAX) {
            add(w, " …");
            return;
        }
        add(w, before);
        xa_write_bytes(w, line.value.at, line.value.len);
        before = ", ";
    }
}

static enum xa_task_turn ask(struct xa_task *t)
{
    char reasons[REASONS_MAX + 64];
    struct xa_writer w = xa_writer_init(reasons, sizeof reasons);
    add_each(t, &w, "it is tagged as made for the destination ", "tagged");
    add_each(t, &w, "its trust policy is not setup's, it ", "trust");
    add_each(t, &w, "policies of its own that would be deleted: ", "inline");
    add_each(t, &w, "also attached: ", "extra");
    return task_ask(t, STEP_UNDO_ROLE_LOOK, "delete the role %s, which is more than this setup "
                    "makes (%.*s)?", arn_of(t), (int)w.len, (const char *)w.at);
}

/* A yes is for what was shown; what has changed since is shown anew. */
static enum xa_task_turn decide(struct xa_task *t, struct xa_error *err)
{
    enum xa_task_turn turn;
    if (is_only_ours(t))
        return drop(t);
    if (has_yes(t) && xa_slice_same(task_noted(t, "asked"), task_noted(t, "seen")))
        return drop(t);
    if (!has_yes(t)) {
        task_forget_notes(t, "asked");
        return task_note(t, "asked", task_noted(t, "seen")) ? ask(t) : setup_no_room(err);
    }
    t->flags &= ~(uint32_t)SETUP_YES;
    task_forget_notes(t, "asked");
    TURN(setup_anew(t, STEP_UNDO_ROLE_LOOK, &turn));
    xa_fail(err, XA_BUSY, "the role %s is being changed by somebody else", arn_of(t));
    return XA_TASK_FAILS;
}

static enum xa_task_turn took_inline(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL && !setup_is_gone(refusal))
        return setup_refused(t, refusal, err);
    if (refusal == NULL && !note_inline(t, record->details))
        return setup_no_room(err);
    if (refusal == NULL && setup_more(t, record))
        return task_go(t, STEP_UNDO_INLINE_LOOK);
    return task_noted(t, "show").len > 0 ? task_go(t, STEP_UNDO_INLINE_SHOW) : decide(t, err);
}

static enum xa_task_turn look_into_inline(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_GET_ROLE_POLICY);
    setup_add_role(t);
    xa_query_add(&t->form, "PolicyName", task_noted(t, "show"));
    return task_call(t, err);
}

static enum xa_task_turn took_into_inline(struct xa_task *t, const struct xa_record *record,
                                          const struct xa_error *refusal, struct xa_error *err)
{
    struct xa_slice name = task_noted(t, "show");
    char what[XA_POLICY_NAME_MAX + 64];
    if (refusal != NULL && !setup_is_gone(refusal))
        return setup_refused(t, refusal, err);
    if (refusal == NULL) {
        snprintf(what, sizeof what, "the role's own policy %.*s", (int)name.len,
                 (const char *)name.at);
        show(t, what, record->details);
        if (!note_seen(t, record->details))
            return setup_no_room(err);
    }
    task_forget_first_note(t, "show");
    return task_noted(t, "show").len > 0 ? task_go(t, STEP_UNDO_INLINE_SHOW) : decide(t, err);
}

/* --- it goes ---------------------------------------------------------------------------------- */

static enum xa_task_turn detach(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_DETACH_ROLE);
    setup_add_role(t);
    xa_query_add(&t->form, "PolicyArn", task_noted(t, "detach"));
    return task_call(t, err);
}

static enum xa_task_turn took_detach(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    struct xa_slice arn = task_noted(t, "detach");
    enum xa_task_turn turn;
    (void)record;
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, arn, "%.*s is detached from the role", (int)arn.len,
                  (const char *)arn.at);
    task_forget_first_note(t, "detach");
    return drop(t);
}

static enum xa_task_turn drop_inline(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_DELETE_ROLE_POLICY);
    setup_add_role(t);
    xa_query_add(&t->form, "PolicyName", task_noted(t, "inline"));
    return task_call(t, err);
}

static enum xa_task_turn took_drop_inline(struct xa_task *t, const struct xa_record *record,
                                          const struct xa_error *refusal, struct xa_error *err)
{
    struct xa_slice name = task_noted(t, "inline");
    enum xa_task_turn turn;
    (void)record;
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, name, "the role's own policy %.*s is deleted", (int)name.len,
                  (const char *)name.at);
    task_forget_first_note(t, "inline");
    return drop(t);
}

static enum xa_task_turn drop_role(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_DELETE_ROLE);
    setup_add_role(t);
    return task_call(t, err);
}

/* Somebody has put something into it just now: that is not what was looked at. */
static bool has_more(struct xa_task *t, const struct xa_error *refusal, enum xa_task_turn *ret)
{
    if (!task_refused_as(refusal, "DeleteConflict") ||
        !setup_anew(t, STEP_UNDO_ROLE_LOOK, ret))
        return false;
    t->flags &= ~(uint32_t)SETUP_YES;
    task_forget_notes(t, "asked");
    return true;
}

static enum xa_task_turn took_drop_role(struct xa_task *t, const struct xa_record *record,
                                        const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(has_more(t, refusal, &turn));
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    t->flags &= ~(uint32_t)SETUP_YES;
    task_forget_notes(t, "asked");
    forget_seen(t);
    setup_forget_sessions(t);
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(arn_of(t)), "the role %s is deleted", arn_of(t));
    return setup_to_source(t);
}

/* --- a role that is left -------------------------------------------------------------------- */

/* Who attached a policy cannot be told any more: whoever undoes it may know. */
static void tell_left(struct xa_task *t, struct xa_slice details)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice name = s->role.name;
    for (size_t i = 0; i < s->n_permissions; i++) {
        struct xa_slice arn = xa_setup_permission(s, i);
        if (xa_details_have(details, "policy", arn))
            task_tell(t, XA_ITEM_WARNING, arn, "%.*s is attached to the role, and stays; if setup "
                      "attached it: `aws iam detach-role-policy --role-name=%.*s "
                      "--policy-arn=%.*s`", (int)arn.len, (const char *)arn.at, (int)name.len,
                      (const char *)name.at, (int)arn.len, (const char *)arn.at);
    }
}

/* Who may not look has attached nothing either. */
static enum xa_task_turn took_left(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    (void)err;
    if (refusal != NULL)
        return setup_to_source(t);
    tell_left(t, record->details);
    return setup_more(t, record) ? task_go(t, STEP_UNDO_LEFT_LOOK) : setup_to_source(t);
}

const struct setup_step setup_undo_role_steps[] = {
    { "looking for the role", look_at_role, took_role },
    { "looking what is attached to the role", look_at_attached, took_attached },
    { "looking for policies of the role's own", look_at_inline, took_inline },
    { "reading a policy of the role's own", look_into_inline, took_into_inline },
    { "detaching a policy from the role", detach, took_detach },
    { "deleting a policy of the role's own", drop_inline, took_drop_inline },
    { "deleting the role", drop_role, took_drop_role },
    { "looking what stays attached to the role", look_at_attached, took_left },
};
const size_t setup_n_undo_role_steps =
    sizeof setup_undo_role_steps / sizeof setup_undo_role_steps[0];
