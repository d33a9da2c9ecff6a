/* rotate: a new access key takes the place of a source's. What has happened is journaled in
 * the vault, a save a step (agent/vault/rotation.h), and every step begins by reading that:
 * the journal says what is under way, never the place, which a client has had in its hands.
 * The place holds what AWS has answered, and judge.h says what follows from both.
 *
 * The vault's current key works at every instant: the old one is touched only once the new
 * one, which AWS has been seen to take, is current. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/rotate/impl.h"
#include "agent/aws/arn.h"
#include "agent/vault/others.h"

/* A step decides, calls and saves as the only one at this vault, of all agents: else one
 * would delete what another has just had made, or has just switched to. The turn is one
 * step's, and ends with its answer: the next step may begin before this one is freed. */
static const struct xa_task *at_turn;

static struct xa_slice name_of(const struct xa_task *t)
{
    return t->request.wish.name;
}

/* --- what is known -------------------------------------------------------------------------- */

static void see_who_shares(struct xa_task *t, struct scene *s)
{
    for (size_t i = 0; i < s->keys.n; i++)
        if (xa_vault_shares_key(t->vault, name_of(t), s->keys.at[i].id, s->shared[i]))
            s->keys.at[i].stored_as = xa_slice_of(s->shared[i]);
}

bool rotate_look(struct xa_task *t, struct scene *s, struct xa_error *err)
{
    if (xa_vault_condition(t->vault) == XA_VAULT_IS_LOCKED)
        return xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
    if (!task_source(t, name_of(t), &s->source, err))
        return false;
    if (!xa_vault_rotation(t->vault, name_of(t), &s->journal))
        return xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
    rotate_keys_read(task_notes(t), &s->keys);
    see_who_shares(t, s);
    s->facts = (struct rotate_facts){
        .current = xa_slice_of(s->source.access_key_id),
        .journal = &s->journal,
        .keys = &s->keys,
        .goes = t->request.goes,
        .now_s = t->now_s,
        .patient = (t->flags & ROTATE_IMPATIENT) == 0,
        .listed = (t->flags & ROTATE_LISTED) != 0,
        .refused = (t->flags & ROTATE_NEW_REFUSED) != 0,
    };
    return true;
}

/* --- the turn ------------------------------------------------------------------------------- */

static bool has_answered(const struct xa_task *t)
{
    return t->finished || t->place_len > 0;
}

static bool take_turn(struct xa_task *t, struct xa_error *err)
{
    if (at_turn != NULL && !has_answered(at_turn))
        return xa_fail(err, XA_BUSY, "another rotation is under way");
    if (at_turn == NULL && !xa_vault_take_turn(t->vault, err))
        return false;
    at_turn = t;
    return true;
}

static void finish(struct xa_task *t)
{
    struct own *own = t->own;
    if (at_turn == t) {
        at_turn = NULL;
        xa_vault_give_turn(t->vault);
    }
    xa_secret_free(&own->secret);
}

static void current_id(struct xa_task *t, char ret[XA_ACCESS_KEY_ID_MAX + 1])
{
    struct xa_vault_info info = { .access_key_id = "" };
    (void)!xa_vault_find(t->vault, name_of(t), &info);
    memcpy(ret, info.access_key_id, sizeof info.access_key_id);
}

/* What another agent has saved by now is what this one goes on from; what was listed before
 * is not. What was bought with a key that it has replaced is of no use. */
static bool catch_up(struct xa_task *t, struct xa_error *err)
{
    char before[XA_ACCESS_KEY_ID_MAX + 1], after[XA_ACCESS_KEY_ID_MAX + 1];
    bool changed;
    current_id(t, before);
    if (!xa_vault_catch_up(t->vault, &changed, err))
        return false;
    if (!changed)
        return true;
    current_id(t, after);
    if (strcmp(before, after) != 0)
        (void)!xa_slice_copy(name_of(t), t->forgets, sizeof t->forgets);
    t->flags &= ~(ROTATE_NEW_REFUSED | ROTATE_PROVEN);
    (void)rotate_look_again(t);
    return true;
}

/* Nothing is changed before this: a dry run has nobody wait. */
static bool begin_step(struct xa_task *t, struct xa_error *err)
{
    return (t->request.dry_run || take_turn(t, err)) && catch_up(t, err);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct xa_vault_info source;
    if (!task_source(t, name_of(t), &source, err))
        return false;
    if (xa_user_name_of(xa_slice_of(source.arn)).len > 0)
        return true;
    xa_fail(err, XA_USAGE, "the key of '%s' is not an IAM user's: %s", source.name, source.arn);
    xa_why(err, "a root user's key can be rotated in the console only, and is better deleted");
    return xa_hint(err, "xacct remove %s, then xacct add %s with the key of an IAM user",
                   source.name, source.name);
}

/* --- what is asked of AWS ----------------------------------------------------------------- */

static void form_for_user(struct xa_task *t, enum xa_action action, const struct scene *s)
{
    task_form(t, action, name_of(t));
    xa_query_add(&t->form, "UserName", xa_user_name_of(xa_slice_of(s->source.arn)));
}

static enum xa_task_turn list_keys(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    form_for_user(t, XA_ACTION_LIST_ACCESS_KEYS, s);
    return task_call(t, err);
}

static enum xa_task_turn ask_use(struct xa_task *t, const struct rotate_key *key,
                                 struct xa_error *err)
{
    task_form(t, XA_ACTION_ACCESS_KEY_LAST_USED, name_of(t));
    xa_query_add(&t->form, "AccessKeyId", key->id);
    return task_call(t, err);
}

static enum xa_task_turn delete_key(struct xa_task *t, const struct scene *s, struct xa_slice id,
                                    struct xa_error *err)
{
    form_for_user(t, XA_ACTION_DELETE_ACCESS_KEY, s);
    xa_query_add(&t->form, "AccessKeyId", id);
    return task_call(t, err);
}

static enum xa_task_turn deactivate(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    form_for_user(t, XA_ACTION_UPDATE_ACCESS_KEY, s);
    xa_query_add(&t->form, "AccessKeyId", xa_slice_of(s->journal.access_key_id));
    xa_query_add(&t->form, "Status", xa_slice_of("Inactive"));
    return task_call(t, err);
}

enum xa_task_turn rotate_save(struct xa_task *t, enum save what)
{
    ((struct own *)t->own)->save = what;
    return XA_TASK_SAVES;
}

/* First the note, then the key. An old note is made anew, so that it tells when. */
static enum xa_task_turn create(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    int64_t age_s = t->now_s - s->journal.created_at;
    if (s->journal.kind != XA_KEY_INTENT)
        return rotate_save(t, SAVES_INTENT);
    if (age_s > ROTATE_INTENT_S || age_s < -ROTATE_INTENT_S)
        return rotate_save(t, DROPS_INTENT);
    form_for_user(t, XA_ACTION_CREATE_ACCESS_KEY, s);
    t->repeatable = false;             /* a second time would make a second key */
    return task_call(t, err);
}

static enum xa_task_turn prove(struct xa_task *t, enum xa_key_kind which, struct xa_error *err)
{
    task_form(t, XA_ACTION_CALLER_IDENTITY, name_of(t));
    t->key = which;
    return task_call(t, err);
}

/* The key that is named may be another one by now than when it was asked about. */
static enum xa_task_turn drop(struct xa_task *t, const struct scene *s,
                              const struct rotate_key *key, struct xa_error *err)
{
    if (t->agreed && xa_slice_same(task_noted(t, "asked"), key->id))
        return delete_key(t, s, key->id, err);
    return rotate_ask_to_drop(t, s, key, err);
}

/* The step is over: what is the next one about? */
enum xa_task_turn rotate_proceed(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    const struct rotate_key *key;
    if (!rotate_look(t, &s, err))
        return XA_TASK_FAILS;
    enum rotate_verdict verdict = rotate_judge(&s.facts, &key);
    rotate_tell_next(t, &s, verdict);
    if (verdict == ROTATE_PROVES && t->step != ROTATE_PROVES)
        t->flags &= ~ROTATE_PROVEN;
    switch (verdict) {
    case ROTATE_IS_GONE: return rotate_is_gone(&s, err);
    case ROTATE_IS_INACTIVE: return rotate_is_inactive(&s, key, err);
    case ROTATE_IS_STORED: return rotate_is_stored(&s, err);
    case ROTATE_IS_SHARED: return rotate_is_shared(&s, key, err);
    case ROTATE_CHOOSES:
        key = t->request.dry_run ? NULL : rotate_shared_other(&s);
        return key != NULL ? rotate_is_shared(&s, key, err) : rotate_show_keys(t, &s);
    case ROTATE_WAITS: {
        enum xa_task_turn turn = task_go(t, ROTATE_WAITS);
        t->flags |= ++t->count >= ROTATE_LOOKS_MAX ? ROTATE_IMPATIENT : 0;
        t->wait_ms = ROTATE_AGAIN_MS;
        return turn;
    }
    case ROTATE_LOOKS:
    case ROTATE_ASKS_USE: return task_go(t, (uint16_t)verdict);
    default: break;
    }
    if (t->request.dry_run)
        return rotate_show_plan(t, &s, verdict, key);
    return verdict == ROTATE_DROPS ? rotate_ask_to_drop(t, &s, key, err)
                                   : task_go(t, (uint16_t)verdict);
}

enum xa_task_turn rotate_look_again(struct xa_task *t)
{
    task_forget_notes(t, "key");
    task_forget_notes(t, "used");
    t->flags &= ~(ROTATE_IMPATIENT | ROTATE_LISTED);
    return task_go(t, ROTATE_LOOKS);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    const struct rotate_key *key;
    bool begun = begin_step(t, err);
    if (!begun && err->code == XA_BUSY) {
        task_tell(t, XA_ITEM_NEXT, name_of(t), "waiting for another rotation");
        return task_again(t, ROTATE_AGAIN_MS);
    }
    if (!begun || !rotate_look(t, &s, err))
        return XA_TASK_FAILS;
    enum rotate_verdict verdict = rotate_judge(&s.facts, &key);
    if (verdict == ROTATE_IS_STORED)
        return rotate_is_stored(&s, err);
    if (t->step == ROTATE_LOOKS || t->step == ROTATE_WAITS)
        return list_keys(t, &s, err);
    if (verdict != t->step || (t->request.dry_run && verdict != ROTATE_ASKS_USE))
        return rotate_proceed(t, err);        /* somebody else has gone on with it */
    switch (verdict) {
    case ROTATE_ASKS_USE: return ask_use(t, key, err);
    case ROTATE_DROPS: return drop(t, &s, key, err);
    case ROTATE_DELETES: return delete_key(t, &s, key->id, err);
    case ROTATE_CREATES: return create(t, &s, err);
    case ROTATE_PROVES: return prove(t, XA_KEY_PENDING, err);
    case ROTATE_TURNS_BACK: return prove(t, XA_KEY_RETIRED, err);
    case ROTATE_DEACTIVATES: return deactivate(t, &s, err);
    case ROTATE_TAKES_BACK: return rotate_save(t, TAKES_BACK);
    case ROTATE_SETTLES: return rotate_save(t, SETTLES);
    default: return rotate_proceed(t, err);
    }
}

/* --- saves ------------------------------------------------------------------------------------ */

static int64_t due_at(const struct xa_task *t)
{
    return t->request.keep_inactive ? ROTATE_NEVER_DUE : t->now_s + (int64_t)t->request.grace_s;
}

static struct xa_vault_job *begin_save(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    struct scene s;
    if (!rotate_look(t, &s, err))
        return NULL;
    struct xa_slice id = xa_slice_of(s.journal.access_key_id);
    switch (own->save) {
    case SAVES_INTENT: return xa_vault_begin_intend(t->vault, name_of(t), t->now_s, err);
    case DROPS_INTENT:
        return xa_vault_begin_settle(t->vault, name_of(t), XA_KEY_INTENT, (struct xa_slice){ 0 },
                                     err);
    case SAVES_NEW: return xa_vault_begin_pend(t->vault, &own->made, &own->secret, err);
    case SWITCHES: return xa_vault_begin_switch(t->vault, name_of(t), id, t->now_s, due_at(t), err);
    case SWITCHES_BACK: return xa_vault_begin_switch_back(t->vault, name_of(t), id, err);
    case TAKES_BACK:
        return xa_vault_begin_settle(t->vault, name_of(t), XA_KEY_PENDING, id, err);
    case SETTLES:
        memcpy(own->old, s.journal.access_key_id, sizeof own->old);
        own->stays = s.journal.due_at == ROTATE_NEVER_DUE &&
                     t->action != XA_ACTION_DELETE_ACCESS_KEY &&
                     rotate_keys_find(&s.keys, id) != NULL;
        own->goes_on = rotate_old_waits(t, &s);
        own->was_due = !own->stays && s.journal.due_at > s.source.created_at &&
                       s.journal.due_at <= t->now_s;
        return xa_vault_begin_settle(t->vault, name_of(t), XA_KEY_RETIRED, id, err);
    case SAVES_NONE: break;
    }
    xa_fail(err, XA_INTERNAL, "there is nothing to save");
    return NULL;
}

static enum xa_task_turn not_saved(struct xa_task *t, const struct xa_error *failure,
                                   struct xa_error *err)
{
    struct own *own = t->own;
    *err = own->refused.code != XA_OK ? own->refused : *failure;
    if (own->save == SAVES_NEW)
        rotate_explain_lost(t, own->made.access_key_id, err);
    else if (own->refused.code == XA_OK)
        rotate_explain(t, err);
    return XA_TASK_FAILS;
}

static enum xa_task_turn stored(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    struct xa_slice id = xa_slice_of(s->journal.access_key_id);
    task_tell(t, XA_ITEM_CHANGED, id, "a new key, %s, is stored", rotate_tail(id, tail));
    return rotate_note_key(t, id, "Active", s->journal.created_at) ? rotate_proceed(t, err)
                                                                   : rotate_look_again(t);
}

/* What the old key has bought is held for it no more; what roles have given stays. */
static enum xa_task_turn switched(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    t->flags |= ROTATE_SWITCHED;
    snprintf(t->forgets, sizeof t->forgets, "%s", s->source.name);
    task_tell(t, XA_ITEM_CHANGED, s->facts.current, "AWS takes %s: '%s' signs with it from now on",
              rotate_tail(s->facts.current, tail), s->source.name);
    return rotate_proceed(t, err);
}

/* Of an old key that was left waiting the rotation was told when it was done. */
static enum xa_task_turn settled(struct xa_task *t, const struct scene *s)
{
    const struct own *own = t->own;
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
    if (own->goes_on || own->was_due) {
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(own->old),
                  "the old key of '%s', %s, is deleted at AWS%s", s->source.name,
                  rotate_tail(xa_slice_of(own->old), old),
                  own->goes_on ? "" : ": its time had come");
        return own->goes_on ? rotate_look_again(t) : task_end(t);
    }
    task_tell(t, XA_ITEM_CHANGED, s->facts.current, "rotated '%s': %s → %s, %s", s->source.name,
              rotate_tail(xa_slice_of(own->old), old), rotate_tail(s->facts.current, new),
              own->stays ? "the old key stays, inactive" : "deleted at AWS");
    return task_end(t);
}

static enum xa_task_turn saved(struct xa_task *t, bool ok, const struct xa_error *failure,
                               struct xa_error *err)
{
    struct own *own = t->own;
    struct scene s;
    if (!ok || own->refused.code != XA_OK)
        return not_saved(t, failure, err);
    if (!rotate_look(t, &s, err))
        return XA_TASK_FAILS;
    switch (own->save) {
    case SAVES_NEW: return stored(t, &s, err);
    case SWITCHES: return switched(t, &s, err);
    case SWITCHES_BACK: return rotate_is_back(&s, err);
    case SETTLES: return settled(t, &s);
    case TAKES_BACK: return rotate_look_again(t);
    default: return rotate_proceed(t, err);
    }
}

const struct task_kind task_rotate = {
    .type = XA_ROTATE, .check = check, .next = next, .took = rotate_took, .save = begin_save,
    .saved = saved, .explain = rotate_explain, .finish = finish,
    .own_size = sizeof(struct own),
};
