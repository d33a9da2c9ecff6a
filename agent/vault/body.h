/* What the vault's body holds once it is opened: the keys, in the order of their
 * names. Pure. FORMAT.md, section 4.
 *
 * Under a name stands its current key and, while that is being replaced, one entry
 * more, which journals how far the rotation has come. Who does not ask for it by its
 * kind sees the current keys alone. */
#ifndef XA_AGENT_VAULT_BODY_H
#define XA_AGENT_VAULT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/key_kind.h"
#include "agent/vault/secret.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* One key, or the note that there will be one. The slices borrow the body, or whatever
 * its maker gave them. */
struct xa_entry {
    struct xa_slice name, access_key_id, secret;
    struct xa_slice account, arn;      /* both empty if the key was never proven      */
    int64_t created_at;                /* Unix seconds                                */
    enum xa_key_kind kind;             /* an intent has a name and created_at only    */
    int64_t due_at;                    /* Unix seconds: a retired key lives until then; else 0 */
};

/* One change of a body: what stands under one name afterwards. */
struct xa_body_change {
    struct xa_slice name;
    unsigned drop;                     /* XA_KEY_SET of the kinds that go; others stay */
    const struct xa_entry *put;        /* entries of this name, their kinds rising     */
    size_t n_put;
};

/* [A-Za-z0-9_][A-Za-z0-9_.@:+/%-]{0,63} (design.md, section 7) */
bool xa_entry_name_valid(struct xa_slice name);

/* True if every field keeps its limits and its alphabet, for an entry of its kind. */
bool xa_entry_valid(const struct xa_entry *entry);

/* Checks a whole body: nothing missing, nothing left over, every entry valid,
 * names rising, beside a current key one other entry at most and none without it.
 * *ret_n: how many names. XA_VAULT_DAMAGED. Every other function here wants a body
 * that has passed. */
bool xa_body_check(struct xa_slice body, size_t *ret_n, struct xa_error *err) XA_MUST_CHECK;

/* The current key of the index-th name; of this name. */
bool xa_body_at(struct xa_slice body, size_t index, struct xa_entry *ret) XA_MUST_CHECK;
bool xa_body_find(struct xa_slice body, struct xa_slice name, struct xa_entry *ret) XA_MUST_CHECK;

/* The name's entry of this kind; what is journaled of it, whatever its kind. */
bool xa_body_find_kind(struct xa_slice body, struct xa_slice name, enum xa_key_kind kind,
                       struct xa_entry *ret) XA_MUST_CHECK;
bool xa_body_find_journaled(struct xa_slice body, struct xa_slice name,
                            struct xa_entry *ret) XA_MUST_CHECK;

/* An entry of another name than `name` that has this key, whatever its kind. */
bool xa_body_find_shared(struct xa_slice body, struct xa_slice name, struct xa_slice access_key_id,
                         struct xa_entry *ret) XA_MUST_CHECK;

/* The body without any key. NULL as xa_secret_new. Sealed. */
struct xa_secret *xa_body_new(struct xa_error *err) XA_MUST_CHECK;

/* A new body, sealed: the old one with the change, which must leave a body that passes
 * the check. NULL: XA_NAME_TAKEN (what it would put is there), XA_NO_SUCH_NAME (nothing
 * of what it would drop is), XA_IO (the vault is full), or as xa_secret_new. */
struct xa_secret *xa_body_changed(struct xa_slice body, const struct xa_body_change *change,
                                  struct xa_error *err) XA_MUST_CHECK;

#endif
