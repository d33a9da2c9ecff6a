/* setup, in the source's account: the policy by which the user may assume the roles that setup
 * made, one of them for all, and that the user has it. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup_impl.h"

#define POLICY_MAX 6144              /* characters of a managed policy, facts 9.3 */

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

static enum xa_task_turn took_look(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    if (task_refused_as(refusal, "NoSuchEntity"))
        return task_go(t, STEP_POLICY_MAKE);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (task_renote(t, "version", xa_details_find(record->details, "version")))
        return task_go(t, STEP_VERSION_LOOK);
    xa_fail(err, XA_NO_MEMORY, "no room for what AWS has answered");
    return XA_TASK_FAILS;
}

static enum xa_task_turn look_at_version(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "VersionId", task_noted(t, "version"));
    return task_call(t, err);
}

/* --- its grants, and ours among them -------------------------------------------------------- */

static int compare(struct xa_slice a, struct xa_slice b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* Notes the grant in the order of the ARNs of its key. False: no room. */
static bool insert(struct xa_task *t, const char *key, struct xa_slice arn)
{
    char kept[TASK_NOTES_MAX];
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    struct xa_writer w = xa_writer_init(kept, sizeof kept);
    while (xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, key)) {
            xa_write_bytes(&w, line.value.at, line.value.len);
            xa_write_u8(&w, '\n');
        }
    task_forget_notes(t, key);
    rest = (struct xa_slice){ w.at, w.len };
    bool put = false;
    while (rest.len > 0) {
        struct xa_slice other = xa_slice_cut(&rest, '\n');
        if (!put && compare(arn, other) < 0) {
            if (!task_note(t, key, arn))
                return false;
            put = true;
        }
        if (!task_note(t, key, other))
            return false;
    }
    return !w.bad && (put || task_note(t, key, arn));
}

static bool add_grants(struct xa_task *t, bool *ret_changed)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice rest = { (const uint8_t *)s->grants, s->grants_len };
    struct xa_detail line;
    char key[16];
    *ret_changed = false;
    while (xa_detail_next(&rest, &line)) {
        if (!xa_slice_copy(line.key, key, sizeof key))
            return false;
        if (xa_details_have(task_notes(t), key, line.value))
            continue;
        *ret_changed = true;
        if (!insert(t, key, line.value))
            return false;
    }
    return true;
}

static size_t document_of(const struct xa_task *t, char *room, size_t size)
{
    return xa_source_document(task_notes(t), room, size);
}

static enum xa_task_turn fail_foreign(const struct xa_setup_terms *s, struct xa_error *err)
{
    xa_fail(err, XA_NAME_TAKEN, "the policy %s says other things than setup writes, and is left "
            "as it is", s->policy_arn);
    xa_hint(err, "the same command with --policy-name and another name");
    return XA_TASK_FAILS;
}

static enum xa_task_turn fail_full(const struct xa_setup_terms *s, struct xa_error *err)
{
    xa_fail(err, XA_USAGE, "with this role the policy %s would be longer than the %d characters "
            "that AWS takes", s->policy_arn, POLICY_MAX);
    xa_hint(err, "the same command with --policy-name and another name");
    return XA_TASK_FAILS;
}

static enum xa_task_turn took_version(struct xa_task *t, const struct xa_record *record,
                                      const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    char document[XA_DOCUMENT_MAX];
    enum xa_task_turn turn;
    bool changed;
    TURN(task_refused_as(refusal, "NoSuchEntity") && setup_anew(t, STEP_POLICY_LOOK, &turn));
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    if (!setup_note_grants(t, record->details))
        return fail_foreign(s, err);
    bool fits = add_grants(t, &changed);
    size_t len = document_of(t, document, sizeof document);
    if (!fits || len == 0 || len > POLICY_MAX)
        return fail_full(s, err);
    if (changed)
        return task_go(t, STEP_VERSION_MAKE);
    setup_forget_grants(t);
    task_tell(t, XA_ITEM_SAME, xa_slice_of(s->policy_arn), "the policy %s allows it",
              s->policy_arn);
    return task_go(t, STEP_USER_LOOK);
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
    TURN(setup_waits(t, refusal, &turn));
    TURN(task_refused_as(refusal, "EntityAlreadyExists") &&
         setup_anew(t, STEP_POLICY_LOOK, &turn));
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    t->flags |= SETUP_MADE_POLICY;
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(s->policy_arn), "the policy %s, which allows it",
              s->policy_arn);
    return task_go(t, STEP_USER_ATTACH);
}

/* --- a new version of it -------------------------------------------------------------------- */

static enum xa_task_turn make_version(struct xa_task *t, struct xa_error *err)
{
    char document[XA_DOCUMENT_MAX];
    size_t len = document_of(t, document, sizeof document);
    setup_form_source(t, XA_ACTION_CREATE_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "PolicyDocument", (struct xa_slice){ (const uint8_t *)document, len });
    setup_add(t, "SetAsDefault", "true");
    return task_call(t, err);
}

static enum xa_task_turn took_make_version(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    (void)record;
    TURN(setup_waits(t, refusal, &turn));
    if (task_refused_as(refusal, "LimitExceeded"))
        return task_go(t, STEP_VERSIONS_LOOK);
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    setup_forget_grants(t);
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(s->policy_arn),
              t->request.undo ? "the policy %s no longer allows it" : "the policy %s allows it too",
              s->policy_arn);
    return t->request.undo ? task_end(t) : task_go(t, STEP_USER_LOOK);
}

/* --- room for one more version -------------------------------------------------------------- */

static enum xa_task_turn look_at_versions(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_POLICY_VERSIONS);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    return task_call(t, err);
}

/* The oldest version that is not in force; empty if there is none. */
static struct xa_slice oldest_spare(struct xa_slice details)
{
    struct xa_slice version = { 0 }, oldest = { 0 };
    struct xa_detail line;
    int64_t created, best = INT64_MAX;
    bool spare = false;
    while (xa_detail_next(&details, &line)) {
        if (xa_slice_is(line.key, "version")) {
            version = line.value;
            spare = false;
        } else if (xa_slice_is(line.key, "default")) {
            spare = xa_slice_is(line.value, "false");
        } else if (xa_slice_is(line.key, "created") && spare) {
            struct xa_slice here = { line.key.at, (size_t)(details.at - line.key.at) };
            created = xa_details_number(here, "created");
            if (created >= best)
                continue;
            best = created;
            oldest = version;
        }
    }
    return oldest;
}

static enum xa_task_turn took_versions(struct xa_task *t, const struct xa_record *record,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    struct xa_slice spare = oldest_spare(record->details);
    if (spare.len > 0 && task_renote(t, "drop", spare))
        return task_go(t, STEP_VERSION_DROP);
    xa_fail(err, XA_AWS_REFUSED, "the policy %s takes no more versions",
            setup_terms(t)->policy_arn);
    return XA_TASK_FAILS;
}

static enum xa_task_turn drop_version(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_DELETE_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "VersionId", task_noted(t, "drop"));
    return task_call(t, err);
}

/* What the policy says is read once more, since somebody may have written a version meanwhile. */
static enum xa_task_turn took_drop_version(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    struct xa_slice version = task_noted(t, "drop");
    (void)record;
    TURN(setup_waits(t, refusal, &turn));
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return setup_refused(t, refusal, err);
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(setup_terms(t)->policy_arn),
                  "the old version %.*s of %s is deleted, to make room", (int)version.len,
                  (const char *)version.at, setup_terms(t)->policy_arn);
    task_forget_notes(t, "drop");
    setup_forget_grants(t);
    if (setup_anew(t, t->request.undo ? STEP_UNDO_POLICY_LOOK : STEP_POLICY_LOOK, &turn))
        return turn;
    xa_fail(err, XA_BUSY, "the policy %s is being written by somebody else",
            setup_terms(t)->policy_arn);
    return XA_TASK_FAILS;
}

/* --- the user has it ------------------------------------------------------------------------ */

static enum xa_task_turn look_at_user(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_ATTACHED_USER);
    xa_query_add(&t->form, "UserName", setup_terms(t)->user_name);
    setup_add_marker(t);
    return task_call(t, err);
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
    return task_go(t, setup_more(t, record) ? STEP_USER_LOOK : STEP_USER_ATTACH);
}

static enum xa_task_turn attach(struct xa_task *t, struct xa_error *err)
{
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
    TURN(setup_waits(t, refusal, &turn));
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(s->source.arn), "%s is attached to %s",
              s->policy_arn, s->source.arn);
    return task_end(t);
}

const struct setup_step setup_source_steps[] = {
    { "asking AWS who acts in the source's account", ask_who, took_who },
    { "looking for the user's policy", look, took_look },
    { "making the user's policy", make, took_make },
    { "reading the user's policy", look_at_version, took_version },
    { "writing the user's policy", make_version, took_make_version },
    { "looking at the policy's old versions", look_at_versions, took_versions },
    { "deleting an old version of the policy", drop_version, took_drop_version },
    { "looking what the user has", look_at_user, took_user },
    { "attaching the policy to the user", attach, took_attach },
};
const size_t setup_n_source_steps = sizeof setup_source_steps / sizeof setup_source_steps[0];
