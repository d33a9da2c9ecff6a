#include "agent/vault/change.h"

#include <assert.h>

#include "agent/vault/body.h"

static struct xa_entry entry_of(const struct xa_vault_info *info, enum xa_key_kind kind)
{
    return (struct xa_entry){
        .name = xa_slice_of(info->name), .access_key_id = xa_slice_of(info->access_key_id),
        .account = xa_slice_of(info->account), .arn = xa_slice_of(info->arn),
        .created_at = info->created_at, .kind = kind,
    };
}

static struct xa_secret *put(struct xa_slice body, unsigned drop, const struct xa_entry *entries,
                             size_t n, struct xa_error *err)
{
    const struct xa_body_change change = {
        .name = entries[0].name, .drop = drop, .put = entries, .n_put = n,
    };
    return xa_body_changed(body, &change, err);
}

static struct xa_secret *drop(struct xa_slice body, struct xa_slice name, unsigned kinds,
                              struct xa_error *err)
{
    const struct xa_body_change change = { .name = name, .drop = kinds };
    return xa_body_changed(body, &change, err);
}

/* Puts the key that the change brings there. */
static struct xa_secret *store(const struct xa_change *c, enum xa_key_kind kind,
                               unsigned instead_of, struct xa_slice body, struct xa_error *err)
{
    struct xa_entry entry = entry_of(&c->info, kind);
    entry.secret = (struct xa_slice){ xa_secret_open(c->secret), xa_secret_len(c->secret) };
    struct xa_secret *changed = put(body, instead_of, &entry, 1, err);
    xa_secret_shut(c->secret);
    return changed;
}

/* The entry that is there, now with its account and ARN. Another key may have taken the
 * name meanwhile. */
static struct xa_secret *prove(const struct xa_vault_info *info, struct xa_slice body,
                               struct xa_error *err)
{
    struct xa_entry entry;
    if (!xa_body_find(body, xa_slice_of(info->name), &entry) ||
        !xa_slice_is(entry.access_key_id, info->access_key_id)) {
        xa_fail(err, XA_NO_SUCH_NAME, "the vault holds another key as '%s' by now", info->name);
        return NULL;
    }
    entry.account = xa_slice_of(info->account);
    entry.arn = xa_slice_of(info->arn);
    if (!xa_entry_valid(&entry)) {
        xa_fail(err, XA_BAD_REPLY, "what AWS calls the key of '%s' cannot be stored", info->name);
        return NULL;
    }
    return put(body, XA_KEY_SET(XA_KEY_CURRENT), &entry, 1, err);
}

/* --- a rotation ----------------------------------------------------------------- */

static bool find_current(const struct xa_vault_info *info, struct xa_slice body,
                         struct xa_entry *ret, struct xa_error *err)
{
    return xa_body_find(body, xa_slice_of(info->name), ret) ||
           xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key '%s' by now", info->name);
}

/* What a step begins from must be there as its caller has seen it: another process may
 * have gone on with the rotation, taken it back, or begun another. */
static bool find_journaled(const char *name, enum xa_key_kind kind, const char *access_key_id,
                           struct xa_slice body, struct xa_entry *ret, struct xa_error *err)
{
    static const char *const what[] = {
        [XA_KEY_INTENT] = "the note of a key to be created",
        [XA_KEY_PENDING] = "the new key", [XA_KEY_RETIRED] = "the old key",
    };
    if (xa_body_find_kind(body, xa_slice_of(name), kind, ret) &&
        xa_slice_is(ret->access_key_id, access_key_id))
        return true;
    xa_fail(err, XA_NO_SUCH_NAME, "the rotation of '%s' is not where it was: %s is not there",
            name, what[kind]);
    return xa_hint(err, "xacct rotate %s", name);
}

static struct xa_secret *intend(const struct xa_vault_info *info, struct xa_slice body,
                                struct xa_error *err)
{
    struct xa_entry current, other, note = entry_of(info, XA_KEY_INTENT);
    if (!find_current(info, body, &current, err))
        return NULL;
    if (xa_body_find_journaled(body, note.name, &other)) {
        xa_fail(err, XA_NAME_TAKEN, "a rotation of '%s' is under way already", info->name);
        xa_hint(err, "xacct rotate %s", info->name);
        return NULL;
    }
    return put(body, 0, &note, 1, err);
}

static struct xa_secret *pend(const struct xa_change *c, struct xa_slice body, struct xa_error *err)
{
    struct xa_entry current, intent;
    if (!find_current(&c->info, body, &current, err) ||
        !find_journaled(c->info.name, XA_KEY_INTENT, "", body, &intent, err))
        return NULL;
    if (xa_slice_is(current.access_key_id, c->info.access_key_id)) {
        xa_fail(err, XA_BAD_REPLY, "the new key of '%s' is the one that it has", c->info.name);
        return NULL;
    }
    return store(c, XA_KEY_PENDING, XA_KEY_SET(XA_KEY_INTENT), body, err);
}

static struct xa_secret *switch_over(const struct xa_change *c, struct xa_slice body,
                                     struct xa_error *err)
{
    struct xa_entry old, new;
    if (!find_current(&c->info, body, &old, err) ||
        !find_journaled(c->info.name, XA_KEY_PENDING, c->info.access_key_id, body, &new, err))
        return NULL;
    new.kind = XA_KEY_CURRENT;
    new.created_at = c->info.created_at;
    old.kind = XA_KEY_RETIRED;
    old.due_at = c->due_at;
    const struct xa_entry both[] = { new, old };
    return put(body, XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_PENDING), both, 2, err);
}

static struct xa_secret *switch_back(const struct xa_vault_info *info, struct xa_slice body,
                                     struct xa_error *err)
{
    struct xa_entry old, new;
    if (!find_current(info, body, &new, err) ||
        !find_journaled(info->name, XA_KEY_RETIRED, info->access_key_id, body, &old, err))
        return NULL;
    old.kind = XA_KEY_CURRENT;
    old.due_at = 0;
    new.kind = XA_KEY_PENDING;
    const struct xa_entry both[] = { old, new };
    return put(body, XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_RETIRED), both, 2, err);
}

static struct xa_secret *settle(const struct xa_change *c, struct xa_slice body,
                                struct xa_error *err)
{
    struct xa_entry current, entry;
    if (!find_current(&c->info, body, &current, err) ||
        !find_journaled(c->info.name, c->journaled, c->info.access_key_id, body, &entry, err))
        return NULL;
    return drop(body, entry.name, XA_KEY_SET(c->journaled), err);
}

struct xa_secret *xa_change_apply(const struct xa_change *c, struct xa_slice body,
                                  struct xa_error *err)
{
    switch (c->kind) {
    case XA_CHANGE_ADD: return store(c, XA_KEY_CURRENT, 0, body, err);
    case XA_CHANGE_REMOVE: return drop(body, xa_slice_of(c->info.name), XA_KEY_SET_ALL, err);
    case XA_CHANGE_PROVE: return prove(&c->info, body, err);
    case XA_CHANGE_INTEND: return intend(&c->info, body, err);
    case XA_CHANGE_PEND: return pend(c, body, err);
    case XA_CHANGE_SWITCH: return switch_over(c, body, err);
    case XA_CHANGE_SWITCH_BACK: return switch_back(&c->info, body, err);
    case XA_CHANGE_SETTLE: return settle(c, body, err);
    }
    assert(false);
    return NULL;
}
