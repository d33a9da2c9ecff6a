/* One locked arena for secrets in bulk: issued credentials, frames that carry a
 * secret, signed requests. Guard pages at both ends, not in core files, not
 * inherited by a fork; every byte is wiped when it is given back. */
#ifndef XA_AGENT_VAULT_ARENA_H
#define XA_AGENT_VAULT_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"

struct xa_arena;

/* Maps `size` bytes (rounded up to pages). Call after the last fork: a lock is
 * not inherited. A lock that fails is no failure here (xa_arena_locked tells):
 * the agent must be able to say so to its clients. NULL: XA_NO_MEMORY. */
struct xa_arena *xa_arena_new(size_t size, struct xa_error *err) XA_MUST_CHECK;
void xa_arena_free(struct xa_arena **arena);         /* wipes all; NULL is fine */
bool xa_arena_locked(const struct xa_arena *arena);
size_t xa_arena_size(const struct xa_arena *arena);
size_t xa_arena_used(const struct xa_arena *arena);

/* What to do when there is no room: make some, by giving back what can be had
 * again, and return true; false if there is nothing left (M3). Called from inside
 * xa_arena_take, which then tries once more. */
typedef bool xa_arena_full_fn(void *ctx);
void xa_arena_when_full(struct xa_arena *arena, xa_arena_full_fn *full, void *ctx);

/* len bytes, zeroed, aligned to 16; NULL when no gap is large enough, nor becomes
 * so (xa_arena_when_full). Nothing is ever spilled into other memory. */
void *xa_arena_take(struct xa_arena *arena, size_t len) XA_MUST_CHECK;

/* Wipes and gives back; at may be NULL. */
void xa_arena_give(struct xa_arena *arena, void *at);

#endif
