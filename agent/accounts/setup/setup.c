/* setup: two accounts brought in order, by IAM, a call a step. Nothing is remembered but in
 * AWS: a run that was cut is completed by the next, which finds what is there. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"
#include "agent/aws/arn.h"

#define WAIT_MS 2000                 /* facts 9.4 */
#define WAITS_MAX 15                 /* 30 s in all */
#define ROUNDS_MAX 8                 /* own choice */

struct own { struct xa_setup_terms terms; };

const struct xa_setup_terms *setup_terms(const struct xa_task *t)
{
    const struct own *own = t->own;
    return &own->terms;
}

/* --- the steps ------------------------------------------------------------------------------ */

static const struct setup_step *step_of(uint16_t step)
{
    const struct { const struct setup_step *at; size_t n; } groups[] = {
        { setup_role_steps, setup_n_role_steps },
        { setup_source_steps, setup_n_source_steps },
        { setup_undo_role_steps, setup_n_undo_role_steps },
        { setup_undo_source_steps, setup_n_undo_source_steps },
        { setup_version_steps, setup_n_version_steps },
    };
    size_t group = step >> 4, i = step & 15;
    assert(group < sizeof groups / sizeof groups[0] && i < groups[group].n);
    return &groups[group].at[i];
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    if (!xa_setup_terms_make(t->broker, t->vault, &t->request, &own->terms, err))
        return false;
    return t->request.dest_admin.len > 0 ||
           xa_fail(err, XA_USAGE, "nobody is named who acts in the account %.*s",
                   (int)t->request.account.len, (const char *)t->request.account.at);
}

/* What is made is what was shown: files that were changed while a person read have the work
 * begin anew, and ask anew. */
static void bind(const struct xa_task *t, uint8_t ret[XA_HASH_LEN])
{
    const struct xa_setup_terms *s = setup_terms(t);
    uint8_t duration[4];
    struct xa_writer w = xa_writer_init(duration, sizeof duration);
    xa_write_u32(&w, s->max_duration_s);
    const struct xa_slice parts[] = {
        xa_slice_of(s->source.arn), xa_slice_of(s->role_arn), xa_slice_of(s->policy_arn),
        xa_slice_of(s->permissions), { (const uint8_t *)s->trust_policy, s->trust_policy_len },
        { (const uint8_t *)s->grants, s->grants_len }, { duration, w.len },
    };
    xa_hash(ret, parts, sizeof parts / sizeof parts[0]);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    return step_of(t->step)->next(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn = step_of(t->step)->took(t, record, refusal, err);
    if (turn == XA_TASK_ANSWERS && !t->finished && t->question[0] == '\0' && t->wait_ms < WAIT_MS)
        task_tell(t, XA_ITEM_NEXT, (struct xa_slice){ 0 }, "%s", step_of(t->step)->words);
    return turn;
}

const struct task_kind task_setup = {
    .type = XA_SETUP, .check = check, .bind = bind, .next = next, .took = took,
    .own_size = sizeof(struct own),
};

/* --- for the steps: forms ------------------------------------------------------------------- */

void setup_form_dest(struct xa_task *t, enum xa_action action)
{
    task_form(t, action, t->request.dest_admin);
}

void setup_form_source(struct xa_task *t, enum xa_action action)
{
    struct xa_slice admin = t->request.source_admin;
    task_form(t, action, admin.len > 0 ? admin : xa_slice_of(setup_terms(t)->source.name));
}

void setup_add(struct xa_task *t, const char *name, const char *value)
{
    xa_query_add(&t->form, name, xa_slice_of(value));
}

void setup_add_role(struct xa_task *t)
{
    xa_query_add(&t->form, "RoleName", setup_terms(t)->role.name);
}

void setup_add_marker(struct xa_task *t)
{
    struct xa_slice marker = task_noted(t, "marker");
    if (marker.len > 0)
        xa_query_add(&t->form, "Marker", marker);
}

bool setup_more(struct xa_task *t, const struct xa_record *record)
{
    struct xa_slice marker = xa_details_find(record->details, "more");
    task_forget_notes(t, "marker");
    return marker.len > 0 && task_note(t, "marker", marker);
}

/* --- for the steps: refusals ---------------------------------------------------------------- */

static bool is_for_a_moment(const struct xa_task *t, const struct xa_error *refusal)
{
    if (task_refused_as(refusal, "ConcurrentModification") ||
        task_refused_as(refusal, "EntityTemporarilyUnmodifiable"))
        return true;
    if (task_refused_as(refusal, "MalformedPolicyDocument"))
        return strstr(refusal->message, "Invalid principal") != NULL;
    if (!task_refused_as(refusal, "NoSuchEntity"))
        return false;
    return (t->flags & SETUP_MADE_ROLE && t->step == STEP_ATTACH &&
            strstr(refusal->message, "role") != NULL) ||
           (t->flags & SETUP_MADE_POLICY && t->step == STEP_USER_ATTACH);
}

static bool waits(struct xa_task *t, const struct xa_error *refusal, enum xa_task_turn *ret)
{
    if (t->count >= WAITS_MAX || !is_for_a_moment(t, refusal))
        return false;
    t->count++;
    task_tell(t, XA_ITEM_NEXT, (struct xa_slice){ 0 },
              "waiting until AWS knows everywhere what was made just now");
    *ret = task_again(t, WAIT_MS);
    return true;
}

static bool is_source_side(uint16_t step)
{
    return (step >> 4 == 1 || step >> 4 >= 3) && step != STEP_SOURCE_WHO;
}

enum xa_task_turn setup_refused(struct xa_task *t, const struct xa_error *refusal,
                                struct xa_error *err)
{
    struct xa_error said = *refusal;
    if (task_refused_as(refusal, "MalformedPolicyDocument"))
        xa_why(&said, "AWS does not take the policy; the principal must exist");
    if (task_refused_as(refusal, "AccessDenied") && is_source_side(t->step) &&
        t->request.source_admin.len == 0)
        xa_hint(&said, "the same command with --source-admin NAME: who may write policies in %s",
                setup_terms(t)->source.account);
    else if (task_refused_as(refusal, "AccessDenied"))
        xa_hint(&said, "the same command as another: --%s-admin NAME",
                is_source_side(t->step) ? "source" : "dest");
    return task_fail(err, &said);
}

bool setup_stops(struct xa_task *t, const struct xa_error *refusal, enum xa_task_turn *ret,
                 struct xa_error *err)
{
    if (refusal == NULL)
        return false;
    if (!waits(t, refusal, ret))
        *ret = setup_refused(t, refusal, err);
    return true;
}

bool setup_is_gone(const struct xa_error *refusal)
{
    return task_refused_as(refusal, "NoSuchEntity");
}

enum xa_task_turn setup_no_room(struct xa_error *err)
{
    xa_fail(err, XA_NO_MEMORY, "no room for what AWS has answered");
    return XA_TASK_FAILS;
}

bool setup_anew(struct xa_task *t, uint16_t step, enum xa_task_turn *ret)
{
    if (t->flags / SETUP_ROUND >= ROUNDS_MAX)
        return false;
    t->flags += SETUP_ROUND;
    *ret = task_go(t, step);
    t->wait_ms = WAIT_MS / 2;
    return true;
}

bool setup_agreed(struct xa_task *t, struct xa_error *err)
{
    return t->agreed || xa_fail(err, XA_CANCELLED, "nothing of it was changed");
}

void setup_forget_sessions(struct xa_task *t)
{
    snprintf(t->forgets, sizeof t->forgets, "%s", setup_terms(t)->role_arn);
}

enum xa_task_turn setup_to_source(struct xa_task *t)
{
    bool undo = t->request.undo;
    return task_go(t, t->request.source_admin.len > 0 ? STEP_SOURCE_WHO
                      : undo ? STEP_UNDO_POLICY_LOOK : STEP_POLICY_LOOK);
}

/* --- the grants of a policy ----------------------------------------------------------------- */

static const char *const grant_keys[] = { "assume", "tag", "identity" };

#define N_GRANT_KEYS (sizeof grant_keys / sizeof grant_keys[0])

void setup_forget_grants(struct xa_task *t)
{
    for (size_t i = 0; i < N_GRANT_KEYS; i++)
        task_forget_notes(t, grant_keys[i]);
}

bool setup_is_grant(struct xa_slice key)
{
    for (size_t i = 0; i < N_GRANT_KEYS; i++)
        if (xa_slice_is(key, grant_keys[i]))
            return true;
    return false;
}

bool setup_note_lines(struct xa_task *t, struct xa_slice grants)
{
    struct xa_detail line;
    char key[16];
    while (xa_detail_next(&grants, &line))
        if (!xa_slice_copy(line.key, key, sizeof key) || !task_note(t, key, line.value))
            return false;
    return true;
}

static bool note_statement(struct xa_task *t, const struct xa_statement *statement)
{
    struct xa_slice rest = statement->lines;
    struct xa_detail line;
    struct xa_role_arn role;
    const char *key = xa_grant_key(xa_details_find(rest, "action"));
    while (key != NULL && xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, "resource") &&
            (!xa_role_arn_parse(line.value, &role, NULL) || !task_note(t, key, line.value)))
            return false;
    return key != NULL;
}

/* Whatever the statements say otherwise, the document made of their grants is another then. */
bool setup_note_grants(struct xa_task *t, struct xa_slice details)
{
    char document[XA_DOCUMENT_MAX];
    struct xa_slice rest = details;
    struct xa_statement statement;
    setup_forget_grants(t);
    while (xa_statements_next(&rest, &statement))
        if (!note_statement(t, &statement))
            return false;
    size_t len = xa_source_document(task_notes(t), document, sizeof document);
    struct xa_slice made = { (const uint8_t *)document, len };
    return len > 0 && xa_slice_same(made, xa_details_find(details, "document"));
}
