/* What was last seen of a vault, so that an older copy put in its place is
 * noticed (V5): remembered in the agent's memory, and in a state file sealed by a
 * key that comes from the data key. FORMAT.md, section 6. */
#ifndef XA_AGENT_VAULT_MARK_H
#define XA_AGENT_VAULT_MARK_H

#include "agent/vault/disk.h"
#include "agent/vault/store.h"

struct xa_mark {
    bool known;                        /* false: nothing was seen yet                */
    uint64_t generation;
    uint8_t hash[XA_HASH_LEN];         /* of the header                              */
};

struct xa_mark xa_mark_of(const struct xa_store *store);

/* True if `now` is older than `seen`, or another vault of the same generation. */
bool xa_mark_behind(const struct xa_mark *now, const struct xa_mark *seen);

bool xa_mark_same(const struct xa_mark *a, const struct xa_mark *b);

/* Reads the state file. One that is absent, cannot be read or does not open is
 * nothing known: warning[size] then says so, but for absence. */
struct xa_mark xa_mark_load(const struct xa_place *place, const uint8_t key[XA_STORE_KEY],
                            char *warning, size_t size);

/* Writes the state file; the caller holds the vault's lock. Errors as
 * xa_disk_replace. */
bool xa_mark_save(const struct xa_place *place, const uint8_t key[XA_STORE_KEY],
                  const struct xa_mark *mark, struct xa_error *err) XA_MUST_CHECK;

#endif
