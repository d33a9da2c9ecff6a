/* setup, in the destination's account: the role, its trust policy, what it may do. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"
#include "agent/vault/hash.h"

static const char *arn_of(const struct xa_task *t)
{
    return setup_terms(t)->role_arn;
}

/* --- who acts there ------------------------------------------------------------------------- */

static enum xa_task_turn ask_who(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_CALLER_IDENTITY);
    return task_call(t, err);
}

static enum xa_task_turn took_who(struct xa_task *t, const struct xa_record *record,
                                  const struct xa_error *refusal, struct xa_error *err)
{
    struct xa_slice account = setup_terms(t)->role.account;
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!xa_slice_same(record->account, account)) {
        xa_fail(err, XA_OTHER_ACCOUNT, "'%s' acts in the account %.*s, and the role is to be in "
                "%.*s", t->signer, (int)record->account.len,
                record->account.len > 0 ? (const char *)record->account.at : "", XA_ACCOUNT_LEN,
                (const char *)account.at);
        return XA_TASK_FAILS;
    }
    return task_go(t, t->request.undo ? STEP_UNDO_ROLE_LOOK : STEP_PERMISSION_LOOK);
}

/* --- are there such policies? --------------------------------------------------------------- */

/* The first permission without its bit. */
static size_t first_missing(const struct xa_task *t)
{
    size_t i = 0;
    while (i < setup_terms(t)->n_permissions && t->flags & 1u << i)
        i++;
    return i;
}

static enum xa_task_turn look_at_permission(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_GET_POLICY);
    xa_query_add(&t->form, "PolicyArn", xa_setup_permission(setup_terms(t), first_missing(t)));
    return task_call(t, err);
}

static enum xa_task_turn fail_unknown(struct xa_task *t, const struct xa_error *refusal,
                                      struct xa_error *err)
{
    struct xa_slice arn = xa_setup_permission(setup_terms(t), first_missing(t));
    struct xa_error said = *refusal;
    snprintf(said.message, sizeof said.message, "there is no policy %.*s", (int)arn.len,
             (const char *)arn.at);
    xa_hint(&said, "the same command with other --permissions");
    return task_fail(err, &said);
}

/* A wrong name is found before anything is made. Who may not look finds it when it is attached. */
static enum xa_task_turn took_permission(struct xa_task *t, const struct xa_record *record,
                                         const struct xa_error *refusal, struct xa_error *err)
{
    (void)record;
    if (task_refused_as(refusal, "NoSuchEntity"))
        return fail_unknown(t, refusal, err);
    if (refusal != NULL && !task_refused_as(refusal, "AccessDenied"))
        return setup_refused(t, refusal, err);
    t->flags |= 1u << first_missing(t);
    if (first_missing(t) < setup_terms(t)->n_permissions)
        return task_go(t, STEP_PERMISSION_LOOK);
    t->flags &= ~(uint32_t)(SETUP_FOREIGN - 1);
    return task_go(t, STEP_ROLE_LOOK);
}

/* --- the role as it stands ------------------------------------------------------------------ */

static enum xa_task_turn look(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_GET_ROLE);
    setup_add_role(t);
    return task_call(t, err);
}

static enum xa_task_turn after_trust(struct xa_task *t)
{
    if (!(t->flags & SETUP_DURATION))
        return task_go(t, STEP_ATTACHED_LOOK);
    if (!(t->flags & SETUP_FOREIGN))
        return task_go(t, STEP_DURATION_SET);
    return task_ask(t, STEP_DURATION_SET, "the role %s was not made by xacct for '%s'; make its "
                    "longest session %u seconds?", arn_of(t), setup_terms(t)->dest,
                    setup_terms(t)->max_duration_s);
}

/* A policy that is too long to be shown is not known, and the same only if all of it is. */
static void fingerprint(struct xa_slice details, char ret[XA_HASH_TEXT_SIZE])
{
    struct xa_slice document = xa_details_find(details, "document");
    const struct xa_slice parts[] = { document.len > 0 ? document : details };
    xa_hash_text(ret, parts, 1);
}

static enum xa_task_turn show_trust(struct xa_task *t, struct xa_slice details,
                                    struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice document = xa_details_find(details, "document");
    const struct xa_slice ours = { (const uint8_t *)s->trust_policy, s->trust_policy_len };
    char seen[XA_HASH_TEXT_SIZE];
    fingerprint(details, seen);
    if (document.len == 0 && xa_details_find(details, "cut").len > 0) {
        xa_fail(err, XA_USAGE, "the trust policy of %s is too long to be looked at", arn_of(t));
        return XA_TASK_FAILS;
    }
    if (!task_renote(t, "seen", xa_slice_of(seen)))
        return setup_no_room(err);
    task_show(t, XA_ITEM_NOW, xa_slice_of(s->role_arn),
              document.len > 0 ? "the role's trust policy as it stands"
                               : "the role's trust policy is too long to be shown", document);
    task_show(t, XA_ITEM_THEN, xa_slice_of(s->role_arn), "the one that would stand in its place",
              ours);
    t->unshown = t->unshown || document.len == 0;
    return task_ask(t, STEP_TRUST_LOOK, "the role %s is there%s%s%s: change its trust policy as "
                    "shown?", s->role_arn,
                    t->flags & SETUP_FOREIGN ? " and was not made by xacct for '" : "",
                    t->flags & SETUP_FOREIGN ? s->dest : "",
                    t->flags & SETUP_FOREIGN ? "'" : "");
}

/* Of the role as it stands; where AWS does not say it, what it says of a new one. */
static uint32_t longest_of(struct xa_slice details)
{
    int64_t max_s = xa_details_number(details, "max");
    return max_s > 0 && max_s <= XA_ROLE_DURATION_MAX_S ? (uint32_t)max_s : XA_SETUP_DURATION_S;
}

static enum xa_task_turn judge(struct xa_task *t, struct xa_slice details, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice arn = xa_details_find(details, "arn");
    if (!xa_slice_is(arn, s->role_arn)) {
        xa_fail(err, XA_NAME_TAKEN, "the account has a role of this name already: %.*s",
                (int)arn.len, arn.len > 0 ? (const char *)arn.at : "");
        xa_why(err, "a role's path is part of what it is and cannot be changed");
        xa_hint(err, "the same command with its --path and its name, or another --role");
        return XA_TASK_FAILS;
    }
    t->flags &= ~(uint32_t)(SETUP_FOREIGN | SETUP_DURATION);
    if (!setup_is_made_for(s, details))
        t->flags |= SETUP_FOREIGN;
    if (s->max_duration_s != 0 && xa_details_number(details, "max") != s->max_duration_s)
        t->flags |= SETUP_DURATION;
    if (s->max_duration_s == 0 && !xa_setup_lasts(s, longest_of(details), err))
        return XA_TASK_FAILS;
    if (!setup_is_trusted_as_shown(s, details))
        return show_trust(t, details, err);
    task_tell(t, XA_ITEM_SAME, xa_slice_of(s->role_arn), "the role %s, with the trust policy as "
              "shown", s->role_arn);
    return after_trust(t);
}

static enum xa_task_turn took_look(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    if (task_refused_as(refusal, "NoSuchEntity"))
        return s->max_duration_s != 0 || xa_setup_lasts(s, XA_SETUP_DURATION_S, err)
                   ? task_go(t, STEP_ROLE_MAKE) : XA_TASK_FAILS;
    return refusal != NULL ? setup_refused(t, refusal, err) : judge(t, record->details, err);
}

/* --- a new one ------------------------------------------------------------------------------ */

static void add_tags(struct xa_task *t)
{
    char name[XA_NAME_MAX + 1];
    setup_dest_tag(setup_terms(t), name);
    setup_add(t, "Tags.member.1.Key", XA_SETUP_TAG);
    setup_add(t, "Tags.member.1.Value", XA_SETUP_TAG_VALUE);
    setup_add(t, "Tags.member.2.Key", XA_SETUP_DEST_TAG);
    setup_add(t, "Tags.member.2.Value", name);
}

static void add_trust(struct xa_task *t, const char *parameter)
{
    const struct xa_setup_terms *s = setup_terms(t);
    xa_query_add(&t->form, parameter,
                 (struct xa_slice){ (const uint8_t *)s->trust_policy, s->trust_policy_len });
}

static void add_duration(struct xa_task *t)
{
    char text[16];
    snprintf(text, sizeof text, "%u", setup_terms(t)->max_duration_s);
    if (setup_terms(t)->max_duration_s != 0)
        setup_add(t, "MaxSessionDuration", text);
}

static enum xa_task_turn make(struct xa_task *t, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    char about[128];
    snprintf(about, sizeof about, "Switched into by %.*s of %s; made by xacct setup",
             (int)s->user_name.len, (const char *)s->user_name.at, s->source.account);
    setup_form_dest(t, XA_ACTION_CREATE_ROLE);
    setup_add_role(t);
    xa_query_add(&t->form, "Path", s->role.path);
    add_trust(t, "AssumeRolePolicyDocument");
    setup_add(t, "Description", about);
    add_duration(t);
    add_tags(t);
    return task_call(t, err);
}

static enum xa_task_turn took_make(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(task_refused_as(refusal, "EntityAlreadyExists") && setup_anew(t, STEP_ROLE_LOOK, &turn));
    TURN(setup_stops(t, refusal, &turn, err));
    t->flags &= ~(uint32_t)(SETUP_FOREIGN | SETUP_DURATION | (SETUP_FOREIGN - 1));
    t->flags |= SETUP_MADE_ROLE;
    setup_forget_sessions(t);
    task_tell(t, XA_ITEM_MADE, xa_slice_of(arn_of(t)),
              "the role %s, with the trust policy as shown", arn_of(t));
    return task_go(t, STEP_ATTACH);
}

/* --- another trust policy in the place of one that was shown -------------------------------- */

static enum xa_task_turn look_again(struct xa_task *t, struct xa_error *err)
{
    return setup_agreed(t, err) ? look(t, err) : XA_TASK_FAILS;
}

static enum xa_task_turn took_look_again(struct xa_task *t, const struct xa_record *record,
                                         const struct xa_error *refusal, struct xa_error *err)
{
    char seen[XA_HASH_TEXT_SIZE];
    if (task_refused_as(refusal, "NoSuchEntity"))
        return task_go(t, STEP_ROLE_MAKE);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    fingerprint(record->details, seen);
    if (!xa_slice_is(task_noted(t, "seen"), seen))
        return judge(t, record->details, err);     /* not what was agreed to */
    return task_go_agreed(t, STEP_TRUST_SET);
}

static enum xa_task_turn set_trust(struct xa_task *t, struct xa_error *err)
{
    if (!setup_agreed(t, err))
        return XA_TASK_FAILS;
    setup_form_dest(t, XA_ACTION_UPDATE_TRUST);
    setup_add_role(t);
    add_trust(t, "PolicyDocument");
    return task_call(t, err);
}

static enum xa_task_turn took_set_trust(struct xa_task *t, const struct xa_record *record,
                                        const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(setup_stops(t, refusal, &turn, err));
    task_forget_notes(t, "seen");
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(arn_of(t)), "the trust policy of %s", arn_of(t));
    return after_trust(t);
}

/* --- how long its sessions last ------------------------------------------------------------- */

/* What is not sent stays as it is: the description too. */
static enum xa_task_turn set_duration(struct xa_task *t, struct xa_error *err)
{
    if (t->flags & SETUP_FOREIGN && !setup_agreed(t, err))
        return XA_TASK_FAILS;
    setup_form_dest(t, XA_ACTION_UPDATE_ROLE);
    setup_add_role(t);
    add_duration(t);
    return task_call(t, err);
}

static enum xa_task_turn took_set_duration(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(setup_stops(t, refusal, &turn, err));
    t->flags &= ~(uint32_t)SETUP_DURATION;
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(arn_of(t)), "the longest session of %s is %u seconds",
              arn_of(t), setup_terms(t)->max_duration_s);
    return task_go(t, STEP_ATTACHED_LOOK);
}

/* --- what it may do ------------------------------------------------------------------------- */

static enum xa_task_turn look_attached(struct xa_task *t, struct xa_error *err)
{
    setup_form_dest(t, XA_ACTION_LIST_ATTACHED_ROLE);
    setup_add_role(t);
    setup_add_marker(t);
    return task_call(t, err);
}

static void note_attached(struct xa_task *t, struct xa_slice details)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_detail line;
    while (xa_detail_next(&details, &line)) {
        size_t i = 0;
        if (!xa_slice_is(line.key, "policy"))
            continue;
        while (i < s->n_permissions && !xa_slice_same(xa_setup_permission(s, i), line.value))
            i++;
        if (i < s->n_permissions)
            t->flags |= 1u << i;
        else
            task_tell(t, XA_ITEM_WARNING, line.value, "%.*s is attached to the role as well, and "
                      "stays", (int)line.value.len, (const char *)line.value.at);
    }
}

/* The missing ones; where there is no room for all of them, they are told first. */
static void name_missing(struct xa_task *t, struct xa_writer *w)
{
    const struct xa_setup_terms *s = setup_terms(t);
    bool cut = false;
    for (size_t i = 0; i < s->n_permissions; i++) {
        struct xa_slice arn = xa_setup_permission(s, i);
        cut = cut || (!(t->flags & 1u << i) && w->len + arn.len + 2 > w->cap);
        if (t->flags & 1u << i || cut)
            continue;
        xa_write_bytes(w, ", ", w->len > 0 ? 2 : 0);
        xa_write_bytes(w, arn.at, arn.len);
    }
    for (size_t i = 0; cut && i < s->n_permissions; i++)
        if (!(t->flags & 1u << i)) {
            struct xa_slice arn = xa_setup_permission(s, i);
            task_tell(t, XA_ITEM_THEN, arn, "%.*s would be attached to the role", (int)arn.len,
                      (const char *)arn.at);
        }
    if (cut) {
        w->len = 0;
        xa_write_bytes(w, "the policies told above", 23);
    }
}

static enum xa_task_turn ask_to_attach(struct xa_task *t)
{
    char names[256];
    struct xa_writer w = xa_writer_init(names, sizeof names);
    name_missing(t, &w);
    return task_ask(t, STEP_ATTACH, "the role %s was not made by xacct for '%s'; attach %.*s to "
                    "it?", arn_of(t), setup_terms(t)->dest, (int)w.len, (const char *)w.at);
}

static enum xa_task_turn took_attached(struct xa_task *t, const struct xa_record *record,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    note_attached(t, record->details);
    if (setup_more(t, record))
        return task_go(t, STEP_ATTACHED_LOOK);
    for (size_t i = 0; i < s->n_permissions; i++) {
        struct xa_slice arn = xa_setup_permission(s, i);
        if (t->flags & 1u << i)
            task_tell(t, XA_ITEM_SAME, arn, "%.*s is attached to the role", (int)arn.len,
                      (const char *)arn.at);
    }
    if (first_missing(t) == s->n_permissions)
        return setup_to_source(t);
    return t->flags & SETUP_FOREIGN ? ask_to_attach(t) : task_go(t, STEP_ATTACH);
}

static enum xa_task_turn attach(struct xa_task *t, struct xa_error *err)
{
    if (t->flags & SETUP_FOREIGN && !setup_agreed(t, err))
        return XA_TASK_FAILS;
    setup_form_dest(t, XA_ACTION_ATTACH_ROLE);
    setup_add_role(t);
    xa_query_add(&t->form, "PolicyArn", xa_setup_permission(setup_terms(t), first_missing(t)));
    return task_call(t, err);
}

static enum xa_task_turn took_attach(struct xa_task *t, const struct xa_record *record,
                                     const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    (void)record;
    TURN(setup_stops(t, refusal, &turn, err));
    size_t i = first_missing(t);
    struct xa_slice arn = xa_setup_permission(setup_terms(t), i);
    task_tell(t, XA_ITEM_MADE, arn, "%.*s is attached to the role", (int)arn.len,
              (const char *)arn.at);
    t->flags |= 1u << i;
    t->count = 0;
    return first_missing(t) < setup_terms(t)->n_permissions ? task_go(t, STEP_ATTACH)
                                                            : setup_to_source(t);
}

const struct setup_step setup_role_steps[] = {
    { "asking AWS who acts in the destination's account", ask_who, took_who },
    { "looking for the role", look, took_look },
    { "making the role", make, took_make },
    { "looking whether the trust policy is still the one shown", look_again, took_look_again },
    { "changing the trust policy", set_trust, took_set_trust },
    { "changing the role's longest session", set_duration, took_set_duration },
    { "looking what the role may do", look_attached, took_attached },
    { "attaching a policy to the role", attach, took_attach },
    { "looking for the policies that the role is to get", look_at_permission, took_permission },
};
const size_t setup_n_role_steps = sizeof setup_role_steps / sizeof setup_role_steps[0];
