#include "agent/accounts/rotate/judge.h"

#include <string.h>

#include "agent/accounts/details.h"

/* --- what AWS has said ------------------------------------------------------------------------ */

/* The next word of a line of notes; the last takes what is left. */
static struct xa_slice word(struct xa_slice *rest, bool last)
{
    const uint8_t *blank = rest->len > 0 && !last ? memchr(rest->at, ' ', rest->len) : NULL;
    struct xa_slice found = *rest;
    if (blank == NULL) {
        *rest = (struct xa_slice){ 0 };
        return found;
    }
    found.len = (size_t)(blank - rest->at);
    *rest = (struct xa_slice){ blank + 1, rest->len - found.len - 1 };
    return found;
}

static bool number(struct xa_slice text, int64_t *ret)
{
    int64_t n = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        n = n * 10 + (text.at[i] - '0');
    }
    *ret = n;
    return true;
}

static struct rotate_key *find(struct rotate_keys *keys, struct xa_slice id)
{
    for (size_t i = 0; i < keys->n; i++)
        if (xa_slice_same(keys->at[i].id, id))
            return &keys->at[i];
    return NULL;
}

const struct rotate_key *rotate_keys_find(const struct rotate_keys *keys, struct xa_slice id)
{
    return find((struct rotate_keys *)keys, id);
}

static void read_key(struct xa_slice line, struct rotate_keys *keys)
{
    struct rotate_key key = { .id = word(&line, false) };
    struct xa_slice status = word(&line, false);
    if (key.id.len == 0 || find(keys, key.id) != NULL || keys->n == ROTATE_KEYS_MAX ||
        !number(word(&line, true), &key.created_at))
        return;
    key.active = xa_slice_is(status, "Active");
    keys->at[keys->n++] = key;
}

static void read_use(struct xa_slice line, struct rotate_keys *keys)
{
    struct rotate_key *key = find(keys, word(&line, false));
    struct xa_slice when = word(&line, false);
    if (key == NULL || key->asked)
        return;
    key->asked = true;
    key->told = number(when, &key->used_at);
    key->service = word(&line, true);
}

void rotate_keys_read(struct xa_slice notes, struct rotate_keys *ret)
{
    struct xa_slice again = notes;
    struct xa_detail line;
    *ret = (struct rotate_keys){ 0 };
    while (xa_detail_next(&notes, &line))
        if (xa_slice_is(line.key, "key"))
            read_key(line.value, ret);
    while (xa_detail_next(&again, &line))
        if (xa_slice_is(line.key, "used"))
            read_use(line.value, ret);
}

/* --- what follows from it --------------------------------------------------------------------- */

/* The first whose use is not known yet; NULL if none. */
static const struct rotate_key *unasked(const struct rotate_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        if (!keys->at[i].asked)
            return &keys->at[i];
    return NULL;
}

static enum rotate_verdict let_choose(const struct rotate_facts *f,
                                      const struct rotate_key **ret_key)
{
    *ret_key = unasked(f->keys);
    return *ret_key != NULL ? ROTATE_ASKS_USE : ROTATE_CHOOSES;
}

/* The old key goes when its time has come, or a person says so; the new one, which takes
 * its place, must be good. */
static enum rotate_verdict finish(const struct rotate_facts *f, const struct rotate_key **ret_key)
{
    const struct rotate_key *current = rotate_keys_find(f->keys, f->current);
    struct xa_slice old_id = xa_slice_of(f->journal->access_key_id);
    const struct rotate_key *old = rotate_keys_find(f->keys, old_id);
    if (current == NULL)
        return f->patient ? ROTATE_WAITS : ROTATE_TURNS_BACK;
    if (!current->active)
        return ROTATE_IS_INACTIVE;
    if (old == NULL)
        return ROTATE_SETTLES;
    *ret_key = old;
    if (old->stored_as.len > 0)
        return ROTATE_IS_SHARED;
    if (old->active)
        return ROTATE_DEACTIVATES;
    if (f->now_s >= f->journal->due_at || xa_slice_same(f->goes, old->id))
        return ROTATE_DELETES;
    if (f->journal->due_at == ROTATE_NEVER_DUE)
        return ROTATE_SETTLES;
    return let_choose(f, ret_key);
}

/* The new key is listed, though perhaps not at once; the stored one may even have been
 * taken away meanwhile. A list with neither of them says nothing. */
static enum rotate_verdict go_on(const struct rotate_facts *f, const struct rotate_key **ret_key)
{
    struct xa_slice new_id = xa_slice_of(f->journal->access_key_id);
    const struct rotate_key *new = rotate_keys_find(f->keys, new_id);
    const struct rotate_key *current = rotate_keys_find(f->keys, f->current);
    if (new == NULL)
        return f->patient ? ROTATE_WAITS : current != NULL ? ROTATE_TAKES_BACK : ROTATE_IS_GONE;
    bool goes = xa_slice_same(f->goes, new->id);
    *ret_key = goes || current == NULL ? new : current;
    if ((*ret_key)->stored_as.len > 0)
        return ROTATE_IS_SHARED;
    *ret_key = new;
    return goes ? ROTATE_DROPS
         : new->active ? ROTATE_PROVES : ROTATE_IS_INACTIVE;
}

/* AWS was asked for a key right after the note was saved, when it listed no other; whoever
 * uses a key has its secret. */
bool rotate_may_be_lost(const struct rotate_facts *f, const struct rotate_key *key)
{
    int64_t noted_at = f->journal->created_at;
    return f->journal->kind == XA_KEY_INTENT && !xa_slice_same(key->id, f->current) &&
           key->created_at >= noted_at - ROTATE_SLACK_S &&
           key->created_at <= noted_at + ROTATE_INTENT_S + ROTATE_SLACK_S &&
           (!key->told || key->used_at == 0);
}

/* A key beside the stored one may be somebody's, whenever it was made and used or not: it
 * goes if it is named, and else not. */
static enum rotate_verdict begin(const struct rotate_facts *f, const struct rotate_key **ret_key)
{
    const struct rotate_key *current = rotate_keys_find(f->keys, f->current), *other = NULL;
    if (current == NULL)
        return f->patient ? ROTATE_WAITS : ROTATE_IS_GONE;
    if (!current->active)
        return ROTATE_IS_INACTIVE;
    *ret_key = current;
    if (current->stored_as.len > 0)
        return ROTATE_IS_SHARED;
    *ret_key = NULL;
    for (size_t i = 0; i < f->keys->n && other == NULL; i++)
        if (&f->keys->at[i] != current)
            other = &f->keys->at[i];
    if (other == NULL)
        return ROTATE_CREATES;
    *ret_key = rotate_keys_find(f->keys, f->goes);
    if (*ret_key == NULL)
        return let_choose(f, ret_key);
    return (*ret_key)->stored_as.len > 0 ? ROTATE_IS_SHARED : ROTATE_DROPS;
}

enum rotate_verdict rotate_judge(const struct rotate_facts *f, const struct rotate_key **ret_key)
{
    *ret_key = NULL;
    if (f->goes.len > 0 && xa_slice_same(f->goes, f->current))
        return ROTATE_IS_STORED;
    if (f->journal->kind == XA_KEY_RETIRED && f->refused)
        return ROTATE_TURNS_BACK;
    if (f->keys->n == 0 && !f->listed)
        return ROTATE_LOOKS;
    switch (f->journal->kind) {
    case XA_KEY_RETIRED: return finish(f, ret_key);
    case XA_KEY_PENDING: return go_on(f, ret_key);
    case XA_KEY_INTENT:
    case XA_KEY_CURRENT: break;
    }
    return begin(f, ret_key);
}
