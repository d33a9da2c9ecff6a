/* What AWS's answers to the calls of rotate mean. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/accounts/rotate/impl.h"
#include "agent/aws/sts.h"

#define LAGS_MAX 30                    /* a minute: facts 9.4                                */
#define DENIALS_MAX 5                  /* of what a new key may be denied at first           */
#define PROOFS 3                       /* in a row: AWS learns of a key in many places       */
#define PROOF_MS 300
#define REFUSED_MAX (ROTATE_LOOKS_MAX * ROTATE_REFUSED)

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
bool rotate_note_key(struct xa_task *t, struct xa_slice id, const char *status, int64_t created_at)
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
            ok = rotate_note_key(t, id.value, xa_slice_is(xa_details_find(part, "status"), "Active")
                          ? "Active" : "Inactive", xa_details_number(part, "created"));
        }
        id = line;
        part = details;
    }
    t->flags |= ROTATE_LISTED;
    return ok || xa_fail(err, XA_BAD_REPLY, "what AWS lists are no access keys");
}

/* The stored key is refused while the new one waits to be proven: somebody has deleted the
 * old one, and the new one is what is left. */
static bool new_is_left(const struct scene *s, const struct xa_error *refusal)
{
    return s->journal.kind == XA_KEY_PENDING && task_refused_as(refusal, "InvalidClientTokenId");
}

/* AWS has taken the new key, or it would not be current, and takes it no more, for as long as
 * one that is new is waited for: there is the old one yet. */
static bool old_is_left(struct xa_task *t, const struct scene *s, const struct xa_error *refusal)
{
    if (s->journal.kind != XA_KEY_RETIRED || !task_refused_as(refusal, "InvalidClientTokenId"))
        return false;
    t->flags |= ROTATE_NEW_REFUSED;
    return true;
}

static enum xa_task_turn took_list(struct xa_task *t, const struct scene *s,
                                   const struct xa_record *record, const struct xa_error *refusal,
                                   struct xa_error *err)
{
    if (refusal == NULL)
        return note_keys(t, record->details, err) ? rotate_proceed(t, err) : XA_TASK_FAILS;
    if (s->journal.kind == XA_KEY_RETIRED && comes_again(t, refusal))
        return task_again(t, ROTATE_AGAIN_MS);
    if (old_is_left(t, s, refusal))
        return rotate_proceed(t, err);
    if (new_is_left(s, refusal) &&
        rotate_note_key(t, xa_slice_of(s->journal.access_key_id), "Active", s->journal.created_at))
        return rotate_proceed(t, err);
    return rotate_fail(t, err, refusal);
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
        return rotate_look_again(t);
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
    return rotate_proceed(t, err);
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

/* AWS says that there are two keys, though it listed one: it will list both. Anything else
 * it refuses for good, and the note that a key may be there is taken away again. (That AWS
 * had a fault of its own is no refusal: then the note stays, as rotate_explain says.) */
static enum xa_task_turn took_refusal_to_create(struct xa_task *t, const struct scene *s,
                                                const struct xa_error *refusal)
{
    struct own *own = t->own;
    if (task_refused_as(refusal, "LimitExceeded") && (t->flags & ROTATE_REFUSALS) < REFUSED_MAX) {
        t->flags += ROTATE_REFUSED;
        rotate_look_again(t);
        return task_again(t, ROTATE_AGAIN_MS);
    }
    own->refused = *refusal;
    rotate_explain_denial(t, s, &own->refused);
    return rotate_save(t, DROPS_INTENT);
}

static enum xa_task_turn took_new(struct xa_task *t, const struct scene *s,
                                  const struct xa_record *record, const struct xa_error *refusal,
                                  struct xa_error *err)
{
    struct own *own = t->own;
    if (refusal != NULL)
        return took_refusal_to_create(t, s, refusal);
    own->made = s->source;
    own->made.created_at = t->now_s;
    own->made.access_key_id[0] = '\0';
    (void)!xa_slice_copy(record->access_key_id, own->made.access_key_id,
                         sizeof own->made.access_key_id);
    if (keep_secret(own, record->secret, err))
        return rotate_save(t, SAVES_NEW);
    rotate_explain_lost(t, own->made.access_key_id, err);
    return XA_TASK_FAILS;
}

/* It will be no better another time. */
static enum xa_task_turn is_no_good(const struct scene *s, struct xa_error *err)
{
    xa_hint(err, "xacct rotate %s --delete %s, which takes the new key back", s->source.name,
            s->journal.access_key_id);
    return XA_TASK_FAILS;
}

/* The proofs so far are of one key; of another they count for nothing. */
static bool counts_for(struct xa_task *t, struct xa_slice id, struct xa_error *err)
{
    if (xa_slice_same(task_noted(t, "proven"), id))
        return true;
    t->flags &= ~ROTATE_PROVEN;
    return task_renote(t, "proven", id) ||
           xa_fail(err, XA_BAD_REPLY, "the id of the new key is too long");
}

/* Of the key that was replaced, which AWS has long known. */
static enum xa_task_turn took_proof_of_old(struct xa_task *t, const struct scene *s,
                                           const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL)
        return rotate_is_refused(s, err);
    if (!xa_sts_check_caller_identity(record, t->act.signer.custom_endpoint, err))
        return XA_TASK_FAILS;
    if (s->journal.kind == XA_KEY_RETIRED && xa_slice_is(record->arn, s->source.arn) &&
        xa_slice_is(record->account, s->source.account))
        return rotate_save(t, SWITCHES_BACK);
    return rotate_is_refused(s, err);
}

static enum xa_task_turn took_proof(struct xa_task *t, const struct scene *s,
                                    const struct xa_record *record, const struct xa_error *refusal,
                                    struct xa_error *err)
{
    if (refusal != NULL) {
        t->flags &= ~ROTATE_PROVEN;           /* in a row */
        if (task_refused_as(refusal, "InvalidClientTokenId") && comes_again(t, refusal))
            return task_again(t, ROTATE_AGAIN_MS);
        (void)rotate_fail(t, err, refusal);
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
    if (!counts_for(t, xa_slice_of(s->journal.access_key_id), err))
        return XA_TASK_FAILS;
    if ((t->flags & ROTATE_PROVEN) + 1 < PROOFS) {
        t->flags++;
        return task_again(t, PROOF_MS);
    }
    t->flags &= ~ROTATE_PROVEN;
    return rotate_save(t, SWITCHES);
}

static enum xa_task_turn took_deactivation(struct xa_task *t, const struct scene *s,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return comes_again(t, refusal) ? task_again(t, ROTATE_AGAIN_MS)
             : old_is_left(t, s, refusal) ? rotate_proceed(t, err) : rotate_fail(t, err, refusal);
    t->flags |= ROTATE_SWITCHED;
    task_forget_notes(t, "key");
    bool noted = rotate_note_key(t, s->facts.current, "Active", s->source.created_at);
    if (noted && refusal == NULL)
        noted = rotate_note_key(t, rotate_old_id(s), "Inactive", s->journal.created_at);
    if (!noted)
        return rotate_look_again(t);
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, rotate_old_id(s), "the old key, %s, is inactive",
                  rotate_tail(rotate_old_id(s), tail));
    if (s->journal.due_at != ROTATE_NEVER_DUE && t->now_s < s->journal.due_at && refusal == NULL) {
        char new[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE];
        task_tell(t, XA_ITEM_CHANGED, s->facts.current,
                  "rotated '%s': %s → %s; the old key is to be deleted on %s: xacct rotate --due",
                  s->source.name, tail, rotate_tail(s->facts.current, new),
                  rotate_day(s->journal.due_at, day));
        return task_end(t);
    }
    return rotate_proceed(t, err);
}

static enum xa_task_turn took_deletion(struct xa_task *t, const struct scene *s,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    const struct rotate_key *key;
    char tail[ROTATE_TAIL_SIZE];
    bool is_old = t->step == ROTATE_DELETES;
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return is_old && comes_again(t, refusal) ? task_again(t, ROTATE_AGAIN_MS)
             : old_is_left(t, s, refusal) ? rotate_proceed(t, err) : rotate_fail(t, err, refusal);
    if (is_old)
        return rotate_save(t, SETTLES);
    enum rotate_verdict verdict = rotate_judge(&s->facts, &key);
    if (verdict == ROTATE_DROPS && refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, key->id, "deleted %s at AWS", rotate_tail(key->id, tail));
    return rotate_look_again(t);
}

enum xa_task_turn rotate_took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!rotate_look(t, &s, err)) {
        char id[XA_ACCESS_KEY_ID_MAX + 1] = "";
        if (t->action == XA_ACTION_CREATE_ACCESS_KEY && refusal == NULL)
            rotate_explain_lost(
                t, xa_slice_copy(record->access_key_id, id, sizeof id) ? id : "", err);
        return XA_TASK_FAILS;
    }
    switch (t->action) {
    case XA_ACTION_LIST_ACCESS_KEYS: return took_list(t, &s, record, refusal, err);
    case XA_ACTION_ACCESS_KEY_LAST_USED: return took_use(t, &s, record, refusal, err);
    case XA_ACTION_CREATE_ACCESS_KEY: return took_new(t, &s, record, refusal, err);
    case XA_ACTION_CALLER_IDENTITY:
        return t->key == XA_KEY_RETIRED ? took_proof_of_old(t, &s, record, refusal, err)
                                        : took_proof(t, &s, record, refusal, err);
    case XA_ACTION_UPDATE_ACCESS_KEY: return took_deactivation(t, &s, refusal, err);
    default: return took_deletion(t, &s, refusal, err);
    }
}
