/* rotate: a new access key takes the place of a source's. What has happened is journaled in
 * the vault, a save a step (agent/vault/rotation.h), and every step begins by reading that:
 * the journal says what is under way, never the place, which a client has had in its hands.
 * The place holds what AWS has answered, and rotate_judge.h says what follows from both.
 *
 * The vault's current key works at every instant: the old one is touched only once the new
 * one, which AWS has been seen to take, is current. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/accounts/rotate_words.h"
#include "agent/accounts/task_impl.h"
#include "agent/aws/arn.h"
#include "agent/aws/sts.h"

#define AGAIN_MS 2000
#define LAGS_MAX 30                    /* a minute: facts 9.4                                */
#define LOOKS_MAX 10                   /* for what a list does not show                      */
#define DENIALS_MAX 5                  /* of what a new key may be denied at first           */
#define PROOFS 3                       /* in a row: AWS learns of a key in many places       */
#define PROOF_MS 300

/* task->flags */
#define PROVEN 0xffu                   /* so many proofs in a row                            */
#define REFUSED 0x100u                 /* one of them each time that AWS had two keys ...    */
#define REFUSED_MAX (LOOKS_MAX * REFUSED)
#define REFUSALS 0xff00u
#define IMPATIENT 0x10000u             /* a list was looked at often enough                  */

enum save { SAVES_NONE, SAVES_INTENT, DROPS_INTENT, SAVES_NEW, SWITCHES, TAKES_BACK, SETTLES };

struct own {
    enum save save;
    struct xa_vault_info made;         /* the new key ...                                   */
    struct xa_secret *secret;          /* ... and what must not be lost                     */
    struct xa_error refused;           /* why AWS made none                                 */
    char old[XA_ACCESS_KEY_ID_MAX + 1];
    bool stays;                        /* the old key does, inactive                        */
};

/* All that a step judges by. */
struct scene {
    struct xa_vault_info source;
    struct xa_vault_rotation journal;
    struct rotate_keys keys;
    struct rotate_facts facts;
};

/* While AWS is being asked for a key and until it is stored, it looks like one that was
 * lost: no other step may judge by what AWS lists then. One agent has one such call. */
static const struct xa_task *creating;

static struct xa_slice name_of(const struct xa_task *t)
{
    return t->request.wish.name;
}

static bool look(struct xa_task *t, struct scene *s, struct xa_error *err)
{
    if (!task_source(t, name_of(t), &s->source, err))
        return false;
    if (!xa_vault_rotation(t->vault, name_of(t), &s->journal))
        return xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
    rotate_keys_read(task_notes(t), &s->keys);
    s->facts = (struct rotate_facts){
        .current = xa_slice_of(s->source.access_key_id),
        .journal = &s->journal,
        .keys = &s->keys,
        .goes = t->request.goes,
        .now_s = t->now_s,
        .patient = (t->flags & IMPATIENT) == 0,
    };
    return true;
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
    return xa_hint(err, "xacct add NAME with the key of an IAM user");
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

static enum xa_task_turn save(struct xa_task *t, enum save what)
{
    ((struct own *)t->own)->save = what;
    return XA_TASK_SAVES;
}

/* First the note, then the key. An old note is made anew, so that it tells when. */
static enum xa_task_turn create(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    int64_t age_s = t->now_s - s->journal.created_at;
    if (s->journal.kind != XA_KEY_INTENT)
        return save(t, SAVES_INTENT);
    if (age_s > ROTATE_INTENT_S || age_s < -ROTATE_INTENT_S)
        return save(t, DROPS_INTENT);
    form_for_user(t, XA_ACTION_CREATE_ACCESS_KEY, s);
    t->repeatable = false;             /* a second time would make a second key */
    enum xa_task_turn turn = task_call(t, err);
    if (turn == XA_TASK_CALLS)
        creating = t;
    return turn;
}

static enum xa_task_turn prove(struct xa_task *t, struct xa_error *err)
{
    task_form(t, XA_ACTION_CALLER_IDENTITY, name_of(t));
    t->pending = true;
    return task_call(t, err);
}

/* --- what it all means ---------------------------------------------------------------------- */

static struct xa_slice old_id(const struct scene *s)
{
    return xa_slice_of(s->journal.kind == XA_KEY_RETIRED ? s->journal.access_key_id
                                                         : s->source.access_key_id);
}

/* What a failure leaves behind, for whoever reads of it. */
static void explain(struct xa_task *t, struct xa_error *err)
{
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
    struct scene s;
    struct xa_error none;
    if (!look(t, &s, &none))
        return;
    struct xa_error told = *err;
    if (s.journal.kind == XA_KEY_RETIRED) {
        snprintf(err->message, sizeof err->message,
                 "'%s' is rotated, but its old key, %s, is still at AWS: %.350s", s.source.name,
                 rotate_tail(old_id(&s), old), told.message);
        if (err->code != XA_MFA_CODE_USED)       /* the new key wants one of its own */
            xa_hint(err, "xacct rotate %s, which goes on from here", s.source.name);
    } else if (s.journal.kind == XA_KEY_PENDING) {
        snprintf(err->message, sizeof err->message,
                 "the new key of '%s', %s, is stored and not in use yet: %.350s", s.source.name,
                 rotate_tail(xa_slice_of(s.journal.access_key_id), new), told.message);
        xa_hint(err, "xacct rotate %s, which goes on from here", s.source.name);
    } else if (t->action == XA_ACTION_CREATE_ACCESS_KEY && err->code != XA_AWS_REFUSED) {
        snprintf(err->message, sizeof err->message,
                 "AWS may have made a key for '%s' or not: %.350s", s.source.name, told.message);
        xa_hint(err, "xacct rotate %s, which takes back such a key and goes on", s.source.name);
    }
}

static enum xa_task_turn fail(struct xa_task *t, struct xa_error *err, const struct xa_error *why)
{
    struct xa_error told = *why;
    explain(t, &told);
    return task_fail(err, &told);
}

static enum xa_task_turn is_gone(const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_AWS_REFUSED, "AWS does not list the key of '%s', %s, among those of its user",
            s->source.name, rotate_tail(s->facts.current, tail));
    xa_why(err, "it was deleted");
    xa_hint(err, "xacct remove %s, then xacct add %s with a good key", s->source.name,
            s->source.name);
    return XA_TASK_FAILS;
}

static enum xa_task_turn is_inactive(const struct scene *s, const struct rotate_key *key,
                                     struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    struct xa_slice id = key != NULL ? key->id : s->facts.current;
    xa_fail(err, XA_AWS_REFUSED, "the %skey of '%s', %s, is inactive at AWS",
            key != NULL ? "new " : "", s->source.name, rotate_tail(id, tail));
    xa_hint(err, "activate it in the console, then: xacct rotate %s", s->source.name);
    return XA_TASK_FAILS;
}

static enum xa_task_turn is_stored(const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_USAGE, "%s is the key that '%s' signs with: it goes last, when the new one is "
            "proven", rotate_tail(s->facts.current, tail), s->source.name);
    xa_hint(err, "xacct rotate %s --delete with the other one", s->source.name);
    return XA_TASK_FAILS;
}

static enum xa_task_turn let_choose(struct xa_task *t, const struct scene *s)
{
    char text[512];
    for (size_t i = 0; i < s->keys.n; i++) {
        rotate_describe(&s->keys.at[i], &s->facts, text, sizeof text);
        task_show(t, XA_ITEM_KEY, s->keys.at[i].id, text, (struct xa_slice){ 0 });
    }
    return task_end(t);
}

static enum xa_task_turn ask_to_drop(struct xa_task *t, const struct scene *s,
                                     const struct rotate_key *key)
{
    char tail[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE];
    return task_ask(t, ROTATE_DROPS, "Delete at AWS the access key %s of '%s', made %s?",
                    rotate_tail(key->id, tail), s->source.name, rotate_day(key->created_at, day));
}

/* What would be done, and nothing of it. */
static enum xa_task_turn show_plan(struct xa_task *t, const struct scene *s,
                                   enum rotate_verdict verdict, const struct rotate_key *key)
{
    char tail[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE], old[ROTATE_TAIL_SIZE];
    struct xa_slice id = key != NULL ? key->id : s->facts.current;
    const struct rotate_key *current = rotate_keys_find(&s->keys, s->facts.current);
    rotate_tail(id, tail);
    rotate_tail(s->facts.current, old);
    if (current != NULL)
        task_tell(t, XA_ITEM_NOTE, current->id, "'%s' signs with %s, made %s", s->source.name, old,
                  rotate_day(current->created_at, day));
    if (verdict == ROTATE_DROPS || verdict == ROTATE_DROPS_LOST)
        task_tell(t, XA_ITEM_NOTE, id, verdict == ROTATE_DROPS
                  ? "would delete %s at AWS"
                  : "would delete %s at AWS: it was made here, and its secret never came", tail);
    if (verdict == ROTATE_PROVES)
        task_tell(t, XA_ITEM_NOTE, id, "would go on with %s, the new key, which is stored", tail);
    if (verdict == ROTATE_TAKES_BACK)
        task_tell(t, XA_ITEM_NOTE, id, "would forget the new key, which AWS does not list");
    if (verdict == ROTATE_DEACTIVATES || verdict == ROTATE_DELETES || verdict == ROTATE_SETTLES) {
        task_tell(t, XA_ITEM_NOTE, id, "would end what was begun: the old key, %s, goes",
                  rotate_tail(xa_slice_of(s->journal.access_key_id), tail));
        return task_end(t);
    }
    task_tell(t, XA_ITEM_NOTE, s->facts.current,
              "would make a new key, store it, prove it, sign with it, and %s %s",
              t->request.keep_inactive || t->request.grace_s > 0 ? "make inactive" : "delete", old);
    return task_end(t);
}

/* What the person reads while AWS is waited for. */
static void tell_next(struct xa_task *t, const struct scene *s, enum rotate_verdict verdict)
{
    static const char *const texts[] = {
        [ROTATE_ASKS_USE] = "asking AWS when the keys were last used",
        [ROTATE_CREATES] = "asking AWS for a new key",
        [ROTATE_WAITS] = "waiting until AWS lists the keys",
        [ROTATE_TAKES_BACK] = "taking back what was begun",
        [ROTATE_PROVES] = "waiting until AWS knows the new key",
        [ROTATE_DEACTIVATES] = "making the old key inactive",
        [ROTATE_DELETES] = "deleting the old key",
        [ROTATE_SETTLES] = "noting that it is done",
    };
    if ((size_t)verdict < sizeof texts / sizeof texts[0] && texts[verdict] != NULL)
        task_tell(t, XA_ITEM_NEXT, s->facts.current, "%s", texts[verdict]);
}

/* The step is over: what is the next one about? */
static enum xa_task_turn proceed(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    const struct rotate_key *key;
    if (!look(t, &s, err))
        return XA_TASK_FAILS;
    enum rotate_verdict verdict = rotate_judge(&s.facts, &key);
    tell_next(t, &s, verdict);
    if (verdict == ROTATE_PROVES && t->step != ROTATE_PROVES)
        t->flags &= ~PROVEN;
    switch (verdict) {
    case ROTATE_IS_GONE: return is_gone(&s, err);
    case ROTATE_IS_INACTIVE: return is_inactive(&s, key, err);
    case ROTATE_IS_STORED: return is_stored(&s, err);
    case ROTATE_CHOOSES: return let_choose(t, &s);
    case ROTATE_WAITS: {
        enum xa_task_turn turn = task_go(t, ROTATE_WAITS);
        t->flags |= ++t->count >= LOOKS_MAX ? IMPATIENT : 0;
        t->wait_ms = AGAIN_MS;
        return turn;
    }
    case ROTATE_LOOKS:
    case ROTATE_ASKS_USE: return task_go(t, (uint16_t)verdict);
    default: break;
    }
    if (t->request.dry_run)
        return show_plan(t, &s, verdict, key);
    return verdict == ROTATE_DROPS ? ask_to_drop(t, &s, key) : task_go(t, (uint16_t)verdict);
}

static enum xa_task_turn look_again(struct xa_task *t)
{
    task_forget_notes(t, "key");
    task_forget_notes(t, "used");
    t->flags &= ~IMPATIENT;
    return task_go(t, ROTATE_LOOKS);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    const struct rotate_key *key;
    if (!look(t, &s, err))
        return XA_TASK_FAILS;
    if (creating != NULL)
        return task_again(t, AGAIN_MS);
    enum rotate_verdict verdict = rotate_judge(&s.facts, &key);
    if (verdict == ROTATE_IS_STORED)
        return is_stored(&s, err);
    if (t->step == ROTATE_LOOKS || t->step == ROTATE_WAITS)
        return list_keys(t, &s, err);
    if (verdict != t->step || (t->request.dry_run && verdict != ROTATE_ASKS_USE))
        return proceed(t, err);        /* somebody else has gone on with it */
    switch (verdict) {
    case ROTATE_ASKS_USE: return ask_use(t, key, err);
    case ROTATE_DROPS:
        return t->request.confirmed ? delete_key(t, &s, key->id, err) : ask_to_drop(t, &s, key);
    case ROTATE_DROPS_LOST:
    case ROTATE_DELETES: return delete_key(t, &s, key->id, err);
    case ROTATE_CREATES: return create(t, &s, err);
    case ROTATE_PROVES: return prove(t, err);
    case ROTATE_DEACTIVATES: return deactivate(t, &s, err);
    case ROTATE_TAKES_BACK: return save(t, TAKES_BACK);
    case ROTATE_SETTLES: return save(t, SETTLES);
    default: return proceed(t, err);
    }
}

/* --- what AWS answers ------------------------------------------------------------------------ */

/* A key that is seconds old is not known everywhere. */
static bool comes_again(struct xa_task *t, const struct xa_error *refusal)
{
    bool lags = (task_refused_as(refusal, "InvalidClientTokenId") && t->count < LAGS_MAX) ||
                (task_refused_as(refusal, "AccessDenied") && t->count < DENIALS_MAX);
    if (lags)
        t->count++;
    return lags;
}

/* A line of details that belongs to a key which was begun by another. */
static bool note_key(struct xa_task *t, struct xa_slice id, const char *status, int64_t created_at)
{
    char line[XA_ACCESS_KEY_ID_MAX + 64];
    int len = snprintf(line, sizeof line, "%.*s %s %" PRId64, (int)id.len, (const char *)id.at,
                       status, created_at);
    bool whole = id.len > 0 && memchr(id.at, ' ', id.len) == NULL && len < (int)sizeof line;
    return whole && task_note(t, "key", (struct xa_slice){ (const uint8_t *)line, (size_t)len });
}

static bool note_keys(struct xa_task *t, struct xa_slice details, struct xa_error *err)
{
    struct xa_detail line = { 0 }, id = { 0 };
    struct xa_slice part = { 0 };
    bool more = true, ok = true;
    task_forget_notes(t, "key");
    task_forget_notes(t, "used");
    while (more && ok) {
        struct xa_slice before = details;
        more = xa_detail_next(&details, &line);
        if (more && !xa_slice_is(line.key, "key"))
            continue;
        if (id.value.len > 0) {
            part.len = (size_t)(before.at - part.at);
            ok = note_key(t, id.value, xa_slice_is(xa_details_find(part, "status"), "Active")
                          ? "Active" : "Inactive", xa_details_number(part, "created"));
        }
        id = line;
        part = details;
    }
    return ok || xa_fail(err, XA_BAD_REPLY, "what AWS lists are no access keys");
}

/* The stored key is refused while the new one waits to be proven: somebody has deleted the
 * old one, and the new one is what is left. */
static bool new_is_left(const struct scene *s, const struct xa_error *refusal)
{
    return s->journal.kind == XA_KEY_PENDING && task_refused_as(refusal, "InvalidClientTokenId");
}

static enum xa_task_turn took_list(struct xa_task *t, const struct scene *s,
                                   const struct xa_record *record, const struct xa_error *refusal,
                                   struct xa_error *err)
{
    if (refusal == NULL)
        return note_keys(t, record->details, err) ? proceed(t, err) : XA_TASK_FAILS;
    if (s->journal.kind == XA_KEY_RETIRED && comes_again(t, refusal))
        return task_again(t, AGAIN_MS);
    if (new_is_left(s, refusal) &&
        note_key(t, xa_slice_of(s->journal.access_key_id), "Active", s->journal.created_at))
        return proceed(t, err);
    return fail(t, err, refusal);
}

/* Who may not ask learns what is known without. */
static enum xa_task_turn took_use(struct xa_task *t, const struct scene *s,
                                  const struct xa_record *record, const struct xa_error *refusal,
                                  struct xa_error *err)
{
    char line[XA_ACCESS_KEY_ID_MAX + 300], when[24] = "-";
    const struct rotate_key *key;
    struct xa_slice service = { 0 };
    if (rotate_judge(&s->facts, &key) != ROTATE_ASKS_USE)
        return look_again(t);
    if (refusal == NULL) {
        snprintf(when, sizeof when, "%" PRId64, xa_details_number(record->details, "used"));
        service = xa_details_find(record->details, "service");
    }
    int len = snprintf(line, sizeof line, "%.*s %s %.*s", (int)key->id.len,
                       (const char *)key->id.at, when, (int)service.len,
                       service.len > 0 ? (const char *)service.at : "");
    if (len >= (int)sizeof line ||
        !task_note(t, "used", (struct xa_slice){ (const uint8_t *)line, (size_t)len })) {
        xa_fail(err, XA_BAD_REPLY, "what AWS says of an access key is too long");
        return XA_TASK_FAILS;
    }
    return proceed(t, err);
}

static bool keep_secret(struct own *own, struct xa_slice secret, struct xa_error *err)
{
    if (secret.len == 0 || own->made.access_key_id[0] == '\0')
        return xa_fail(err, XA_BAD_REPLY, "the answer to CreateAccessKey has no key in it");
    own->secret = xa_secret_new(secret.len, err);
    if (own->secret == NULL)
        return false;
    memcpy(xa_secret_fill(own->secret), secret.at, secret.len);
    xa_secret_seal(own->secret);
    return true;
}

static void explain_lost(const struct scene *s, struct xa_error *err)
{
    struct xa_error told = *err;
    snprintf(err->message, sizeof err->message,
             "AWS has made a key for '%s', which could not be stored: %.350s", s->source.name,
             told.message);
    xa_hint(err, "xacct rotate %s, which takes it back and goes on", s->source.name);
}

/* AWS says that there are two keys, though it listed one: it will list both. Anything else
 * it refuses for good, and the note that a key may be there is taken away again. */
static enum xa_task_turn took_refusal_to_create(struct xa_task *t, const struct xa_error *refusal)
{
    struct own *own = t->own;
    if (task_refused_as(refusal, "LimitExceeded") && (t->flags & REFUSALS) < REFUSED_MAX) {
        t->flags += REFUSED;
        look_again(t);
        return task_again(t, AGAIN_MS);
    }
    own->refused = *refusal;
    return save(t, DROPS_INTENT);
}

static enum xa_task_turn took_new(struct xa_task *t, const struct scene *s,
                                  const struct xa_record *record, const struct xa_error *refusal,
                                  struct xa_error *err)
{
    struct own *own = t->own;
    if (refusal != NULL) {
        creating = NULL;
        return took_refusal_to_create(t, refusal);
    }
    own->made = s->source;
    own->made.created_at = t->now_s;
    own->made.access_key_id[0] = '\0';
    (void)!xa_slice_copy(record->access_key_id, own->made.access_key_id,
                         sizeof own->made.access_key_id);
    if (keep_secret(own, record->secret, err))
        return save(t, SAVES_NEW);
    explain_lost(s, err);
    return XA_TASK_FAILS;
}

/* It will be no better another time. */
static enum xa_task_turn is_no_good(const struct scene *s, struct xa_error *err)
{
    xa_hint(err, "xacct rotate %s --delete %s, which takes the new key back", s->source.name,
            s->journal.access_key_id);
    return XA_TASK_FAILS;
}

static enum xa_task_turn took_proof(struct xa_task *t, const struct scene *s,
                                    const struct xa_record *record, const struct xa_error *refusal,
                                    struct xa_error *err)
{
    if (refusal != NULL) {
        t->flags &= ~PROVEN;           /* in a row */
        if (task_refused_as(refusal, "InvalidClientTokenId") && comes_again(t, refusal))
            return task_again(t, AGAIN_MS);
        (void)fail(t, err, refusal);
        return task_refused_as(refusal, "SignatureDoesNotMatch") ? is_no_good(s, err)
                                                                 : XA_TASK_FAILS;
    }
    if (!xa_sts_check_caller_identity(record, t->act.signer.custom_endpoint, err))
        return XA_TASK_FAILS;
    if (!xa_slice_is(record->arn, s->source.arn) ||
        !xa_slice_is(record->account, s->source.account)) {
        xa_fail(err, XA_OTHER_ACCOUNT, "the new key of '%s' is that of %.*s, not of %s",
                s->source.name, (int)record->arn.len, (const char *)record->arn.at, s->source.arn);
        xa_why(err, "nothing was switched");
        return is_no_good(s, err);
    }
    if ((t->flags & PROVEN) + 1 < PROOFS) {
        t->flags++;
        return task_again(t, PROOF_MS);
    }
    t->flags &= ~PROVEN;
    return save(t, SWITCHES);
}

static enum xa_task_turn took_deactivation(struct xa_task *t, const struct scene *s,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return comes_again(t, refusal) ? task_again(t, AGAIN_MS) : fail(t, err, refusal);
    task_forget_notes(t, "key");
    if (!note_key(t, s->facts.current, "Active", s->source.created_at) ||
        (refusal == NULL && !note_key(t, old_id(s), "Inactive", s->journal.created_at)))
        return look_again(t);
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, old_id(s), "the old key, %s, is inactive",
                  rotate_tail(old_id(s), tail));
    if (s->journal.due_at != ROTATE_NEVER_DUE && t->now_s < s->journal.due_at && refusal == NULL) {
        char new[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE];
        task_tell(t, XA_ITEM_CHANGED, s->facts.current,
                  "rotated '%s': %s → %s; the old key is to be deleted on %s: xacct rotate --due",
                  s->source.name, tail, rotate_tail(s->facts.current, new),
                  rotate_day(s->journal.due_at, day));
        return task_end(t);
    }
    return proceed(t, err);
}

static enum xa_task_turn took_deletion(struct xa_task *t, const struct scene *s,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    const struct rotate_key *key;
    char tail[ROTATE_TAIL_SIZE];
    bool is_old = t->step == ROTATE_DELETES;
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return is_old && comes_again(t, refusal) ? task_again(t, AGAIN_MS) : fail(t, err, refusal);
    if (is_old)
        return save(t, SETTLES);
    enum rotate_verdict verdict = rotate_judge(&s->facts, &key);
    if (verdict == ROTATE_DROPS_LOST && refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, key->id,
                  "deleted %s at AWS: it was made here, and its secret never came",
                  rotate_tail(key->id, tail));
    else if (verdict == ROTATE_DROPS && refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, key->id, "deleted %s at AWS", rotate_tail(key->id, tail));
    return look_again(t);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!look(t, &s, err))
        return XA_TASK_FAILS;
    switch (t->action) {
    case XA_ACTION_LIST_ACCESS_KEYS: return took_list(t, &s, record, refusal, err);
    case XA_ACTION_ACCESS_KEY_LAST_USED: return took_use(t, &s, record, refusal, err);
    case XA_ACTION_CREATE_ACCESS_KEY: return took_new(t, &s, record, refusal, err);
    case XA_ACTION_CALLER_IDENTITY: return took_proof(t, &s, record, refusal, err);
    case XA_ACTION_UPDATE_ACCESS_KEY: return took_deactivation(t, &s, refusal, err);
    default: return took_deletion(t, &s, refusal, err);
    }
}

/* --- saves ------------------------------------------------------------------------------------- */

static int64_t due_at(const struct xa_task *t)
{
    return t->request.keep_inactive ? ROTATE_NEVER_DUE : t->now_s + (int64_t)t->request.grace_s;
}

static struct xa_vault_job *begin_save(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    struct scene s;
    if (!look(t, &s, err))
        return NULL;
    struct xa_slice id = xa_slice_of(s.journal.access_key_id);
    switch (own->save) {
    case SAVES_INTENT: return xa_vault_begin_intend(t->vault, name_of(t), t->now_s, err);
    case DROPS_INTENT:
        return xa_vault_begin_settle(t->vault, name_of(t), XA_KEY_INTENT, (struct xa_slice){ 0 },
                                     err);
    case SAVES_NEW: return xa_vault_begin_pend(t->vault, &own->made, &own->secret, err);
    case SWITCHES: return xa_vault_begin_switch(t->vault, name_of(t), id, t->now_s, due_at(t), err);
    case TAKES_BACK:
        return xa_vault_begin_settle(t->vault, name_of(t), XA_KEY_PENDING, id, err);
    case SETTLES:
        memcpy(own->old, s.journal.access_key_id, sizeof own->old);
        own->stays = s.journal.due_at == ROTATE_NEVER_DUE &&
                     t->action != XA_ACTION_DELETE_ACCESS_KEY &&
                     rotate_keys_find(&s.keys, id) != NULL;
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
    struct scene s;
    *err = own->refused.code != XA_OK ? own->refused : *failure;
    if (own->save == SAVES_NEW && look(t, &s, &(struct xa_error){ 0 }))
        explain_lost(&s, err);
    else if (own->refused.code == XA_OK)
        explain(t, err);
    return XA_TASK_FAILS;
}

static enum xa_task_turn stored(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    struct xa_slice id = xa_slice_of(s->journal.access_key_id);
    task_tell(t, XA_ITEM_CHANGED, id, "a new key, %s, is stored", rotate_tail(id, tail));
    return note_key(t, id, "Active", s->journal.created_at) ? proceed(t, err) : look_again(t);
}

/* What the old key has bought is held for it no more; what roles have given stays. */
static enum xa_task_turn switched(struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    snprintf(t->forgets, sizeof t->forgets, "%s", s->source.name);
    task_tell(t, XA_ITEM_CHANGED, s->facts.current, "AWS takes %s: '%s' signs with it from now on",
              rotate_tail(s->facts.current, tail), s->source.name);
    return proceed(t, err);
}

static enum xa_task_turn settled(struct xa_task *t, const struct scene *s)
{
    const struct own *own = t->own;
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
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
    if (creating == t)
        creating = NULL;
    if (!ok || own->refused.code != XA_OK)
        return not_saved(t, failure, err);
    if (!look(t, &s, err))
        return XA_TASK_FAILS;
    switch (own->save) {
    case SAVES_NEW: return stored(t, &s, err);
    case SWITCHES: return switched(t, &s, err);
    case SETTLES: return settled(t, &s);
    case TAKES_BACK: return look_again(t);
    default: return proceed(t, err);
    }
}

static void finish(struct xa_task *t)
{
    struct own *own = t->own;
    if (creating == t)
        creating = NULL;
    xa_secret_free(&own->secret);
}

const struct task_kind task_rotate = {
    .type = XA_ROTATE, .check = check, .next = next, .took = took, .save = begin_save,
    .saved = saved, .explain = explain, .finish = finish, .own_size = sizeof(struct own),
};
