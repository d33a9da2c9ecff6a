#include "agent/accounts/rotate/impl.h"

#include <stdio.h>
#include <string.h>

struct xa_slice rotate_old_id(const struct scene *s)
{
    return xa_slice_of(s->journal.kind == XA_KEY_RETIRED ? s->journal.access_key_id
                                                         : s->source.access_key_id);
}

bool rotate_old_waits(const struct xa_task *t, const struct scene *s)
{
    return s->journal.kind == XA_KEY_RETIRED && s->journal.due_at != ROTATE_NEVER_DUE &&
           t->now_s < s->journal.due_at && (t->flags & ROTATE_SWITCHED) == 0;
}

/* What a failure leaves behind, for whoever reads of it. */
void rotate_explain(struct xa_task *t, struct xa_error *err)
{
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
    struct scene s;
    struct xa_error none;
    if (!rotate_look(t, &s, &none))
        return;
    struct xa_error told = *err;
    if (s.journal.kind == XA_KEY_RETIRED) {
        snprintf(err->message, sizeof err->message,
                 "'%s' is rotated, but its old key, %s, is still at AWS: %.350s", s.source.name,
                 rotate_tail(rotate_old_id(&s), old), told.message);
        if (err->code != XA_MFA_CODE_USED)       /* the new key wants one of its own */
            xa_hint(err, "xacct rotate %s, which goes on from here", s.source.name);
    } else if (s.journal.kind == XA_KEY_PENDING) {
        snprintf(err->message, sizeof err->message,
                 "the new key of '%s', %s, is stored and not in use yet: %.350s", s.source.name,
                 rotate_tail(xa_slice_of(s.journal.access_key_id), new), told.message);
        xa_hint(err, "xacct rotate %s, which goes on from here", s.source.name);
    } else if (t->action == XA_ACTION_CREATE_ACCESS_KEY) {
        snprintf(err->message, sizeof err->message,
                 "AWS may have made a key for '%s' or not: %.350s", s.source.name, told.message);
        xa_hint(err, "xacct rotate %s, which shows what AWS lists and goes on", s.source.name);
    }
}

static void wants_a_good_key(const struct scene *s, struct xa_error *err)
{
    xa_hint(err, "xacct remove %s, then xacct add %s with a good key", s->source.name,
            s->source.name);
}

enum xa_task_turn rotate_fail(struct xa_task *t, struct xa_error *err, const struct xa_error *why)
{
    struct xa_error told = *why;
    struct scene s;
    bool known = rotate_look(t, &s, &(struct xa_error){ 0 });
    if (known && task_refused_as(&told, "InvalidClientTokenId"))
        wants_a_good_key(&s, &told);
    rotate_explain(t, &told);
    if (known)
        rotate_explain_denial(t, &s, &told);
    return task_fail(err, &told);
}

void rotate_explain_lost(const struct xa_task *t, const char *access_key_id, struct xa_error *err)
{
    struct xa_error told = *err;
    int len = (int)t->request.wish.name.len;
    const char *name = (const char *)t->request.wish.name.at;
    snprintf(err->message, sizeof err->message,
             "AWS has made a key for '%.*s', which could not be stored: %.350s", len, name,
             told.message);
    if (err->code == XA_LOCKED)
        err->code = XA_IO;                 /* to unlock and ask again would not bring it back */
    if (access_key_id[0] != '\0')
        xa_hint(err, "xacct rotate %.*s --delete %s, which takes it back and goes on", len, name,
                access_key_id);
    else
        xa_hint(err, "xacct rotate %.*s, which shows what AWS lists and goes on", len, name);
}

enum xa_task_turn rotate_is_gone(const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_AWS_REFUSED, "AWS does not list the key of '%s', %s, among those of its user",
            s->source.name, rotate_tail(s->facts.current, tail));
    xa_why(err, "it was deleted");
    wants_a_good_key(s, err);
    return XA_TASK_FAILS;
}

enum xa_task_turn rotate_is_inactive(const struct scene *s, const struct rotate_key *key,
                                     struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    struct xa_slice id = key != NULL ? key->id : s->facts.current;
    xa_fail(err, XA_AWS_REFUSED, "the %skey of '%s', %s, is inactive at AWS",
            key != NULL ? "new " : "", s->source.name, rotate_tail(id, tail));
    xa_hint(err, "activate it in the console, then: xacct rotate %s", s->source.name);
    return XA_TASK_FAILS;
}

enum xa_task_turn rotate_is_shared(const struct scene *s, const struct rotate_key *key,
                                   struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    const char *name = s->source.name, *other = (const char *)key->stored_as.at;
    bool is_stored = xa_slice_same(key->id, s->facts.current);
    bool is_old = xa_slice_is(key->id, s->journal.access_key_id);
    rotate_tail(key->id, tail);
    xa_fail(err, XA_USAGE, "%s, %s, is stored as '%s' too, which would sign with it no more",
            is_stored ? "the key of this source" : is_old ? "a key that this rotation is about"
                                                 : "the other access key of this user",
            tail, other);
    xa_why(err, "a user has two access keys at most: one of them would be deleted");
    if (is_stored || is_old)
        xa_hint(err, "xacct remove %s, then xacct rotate %s", other, name);
    else
        xa_hint(err, "xacct remove %s, then xacct rotate %s --delete %.*s", other, name,
                (int)key->id.len, (const char *)key->id.at);
    return XA_TASK_FAILS;
}

const struct rotate_key *rotate_shared_other(const struct scene *s)
{
    for (size_t i = 0; i < s->keys.n; i++)
        if (s->keys.at[i].stored_as.len > 0 && !xa_slice_same(s->keys.at[i].id, s->facts.current))
            return &s->keys.at[i];
    return NULL;
}

enum xa_task_turn rotate_is_back(const struct scene *s, struct xa_error *err)
{
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_AWS_REFUSED,
            "AWS takes the new key of '%s', %s, no more: '%s' signs with the old one, %s, again",
            s->source.name, rotate_tail(xa_slice_of(s->journal.access_key_id), new),
            s->source.name, rotate_tail(s->facts.current, old));
    xa_hint(err, "xacct rotate %s, which goes on from here", s->source.name);
    return XA_TASK_FAILS;
}

enum xa_task_turn rotate_is_refused(const struct scene *s, struct xa_error *err)
{
    char old[ROTATE_TAIL_SIZE], new[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_AWS_REFUSED,
            "AWS takes neither the key of '%s', %s, nor the one that it had before, %s",
            s->source.name, rotate_tail(s->facts.current, new),
            rotate_tail(xa_slice_of(s->journal.access_key_id), old));
    xa_why(err, "both were deleted or made inactive by somebody else");
    xa_hint(err, "activate one of them in the console, then: xacct rotate %s", s->source.name);
    return XA_TASK_FAILS;
}

enum xa_task_turn rotate_is_stored(const struct scene *s, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE];
    xa_fail(err, XA_USAGE, "%s is the key that '%s' signs with: it goes last, when the new one is "
            "proven", rotate_tail(s->facts.current, tail), s->source.name);
    xa_hint(err, "xacct rotate %s --delete with the other one", s->source.name);
    return XA_TASK_FAILS;
}

static void show_key(struct xa_task *t, const struct scene *s, const struct rotate_key *key)
{
    char text[512];
    rotate_describe(key, &s->facts, text, sizeof text);
    task_show(t, XA_ITEM_KEY, key->id, text, (struct xa_slice){ 0 });
}

/* The stored one first, so that whoever reads knows which the others are. */
enum xa_task_turn rotate_show_keys(struct xa_task *t, const struct scene *s)
{
    const struct rotate_key *current = rotate_keys_find(&s->keys, s->facts.current);
    if (current != NULL)
        show_key(t, s, current);
    for (size_t i = 0; i < s->keys.n; i++)
        if (&s->keys.at[i] != current)
            show_key(t, s, &s->keys.at[i]);
    return task_end(t);
}

enum xa_task_turn rotate_ask_to_drop(struct xa_task *t, const struct scene *s,
                                     const struct rotate_key *key, struct xa_error *err)
{
    char tail[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE], id[XA_ACCESS_KEY_ID_MAX + 1];
    enum xa_task_turn turn =
        task_ask(t, ROTATE_DROPS, "Delete at AWS the access key %s of '%s', made %s?",
                 rotate_tail(key->id, tail), s->source.name, rotate_day(key->created_at, day));
    if (xa_slice_copy(key->id, id, sizeof id) && task_renote(t, "asked", xa_slice_of(id)))
        return turn;
    xa_fail(err, XA_NO_MEMORY, "there is no room for what is asked about");
    return XA_TASK_FAILS;
}

/* What would be done, and nothing of it. */
enum xa_task_turn rotate_show_plan(struct xa_task *t, const struct scene *s,
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
    if (verdict == ROTATE_DROPS || (verdict == ROTATE_DELETES && rotate_old_waits(t, s)))
        task_tell(t, XA_ITEM_NOTE, id, "would delete %s at AWS", tail);
    if (verdict == ROTATE_PROVES)
        task_tell(t, XA_ITEM_NOTE, id, "would go on with %s, the new key, which is stored", tail);
    if (verdict == ROTATE_TURNS_BACK) {
        task_tell(t, XA_ITEM_NOTE, id, "AWS does not take %s: would go back to the old key, %s, "
                  "if it takes that", old,
                  rotate_tail(xa_slice_of(s->journal.access_key_id), tail));
        return task_end(t);
    }
    if (verdict == ROTATE_TAKES_BACK)
        task_tell(t, XA_ITEM_NOTE, id, "would forget the new key, which AWS does not list");
    if (verdict == ROTATE_DEACTIVATES ||
        ((verdict == ROTATE_DELETES || verdict == ROTATE_SETTLES) && !rotate_old_waits(t, s))) {
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
void rotate_tell_next(struct xa_task *t, const struct scene *s, enum rotate_verdict verdict)
{
    static const char *const texts[] = {
        [ROTATE_ASKS_USE] = "asking AWS when the keys were last used",
        [ROTATE_CREATES] = "asking AWS for a new key",
        [ROTATE_WAITS] = "waiting until AWS lists the keys",
        [ROTATE_TAKES_BACK] = "taking back what was begun",
        [ROTATE_PROVES] = "waiting until AWS knows the new key",
        [ROTATE_TURNS_BACK] = "asking AWS whether it takes the old key",
        [ROTATE_DEACTIVATES] = "making the old key inactive",
        [ROTATE_DELETES] = "deleting the old key",
        [ROTATE_SETTLES] = "noting that it is done",
    };
    if ((size_t)verdict < sizeof texts / sizeof texts[0] && texts[verdict] != NULL)
        task_tell(t, XA_ITEM_NEXT, s->facts.current, "%s", texts[verdict]);
}
