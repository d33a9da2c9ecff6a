/* What the vault's body holds once it is opened: the keys, in the order of their
 * names. Pure. FORMAT.md, section 4. */
#ifndef XA_AGENT_VAULT_BODY_H
#define XA_AGENT_VAULT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/secret.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* One key. The slices borrow the body, or whatever its maker gave them. */
struct xa_entry {
    struct xa_slice name, access_key_id, secret;
    struct xa_slice account, arn;      /* both empty if the key was never proven */
    int64_t created_at;                /* Unix seconds                           */
};

/* One change of a body. What is not wanted stays empty; both, of one name, put another
 * entry in its place. */
struct xa_body_change {
    const struct xa_entry *add;
    struct xa_slice remove;
};

/* [A-Za-z0-9_][A-Za-z0-9_.@:+/%-]{0,63} (design.md, section 7) */
bool xa_entry_name_valid(struct xa_slice name);

/* True if every field keeps its limits and its alphabet. */
bool xa_entry_valid(const struct xa_entry *entry);

/* Checks a whole body: nothing missing, nothing left over, every entry valid,
 * names rising. *ret_n: how many. XA_VAULT_DAMAGED. Every other function here
 * wants a body that has passed. */
bool xa_body_check(struct xa_slice body, size_t *ret_n, struct xa_error *err) XA_MUST_CHECK;

bool xa_body_at(struct xa_slice body, size_t index, struct xa_entry *ret) XA_MUST_CHECK;
bool xa_body_find(struct xa_slice body, struct xa_slice name, struct xa_entry *ret) XA_MUST_CHECK;

/* The body without any key. NULL as xa_secret_new. Sealed. */
struct xa_secret *xa_body_new(struct xa_error *err) XA_MUST_CHECK;

/* A new body, sealed: the old one with the change. NULL: XA_NAME_TAKEN,
 * XA_NO_SUCH_NAME, XA_IO (the vault is full), or as xa_secret_new. */
struct xa_secret *xa_body_changed(struct xa_slice body, const struct xa_body_change *change,
                                  struct xa_error *err) XA_MUST_CHECK;

#endif
