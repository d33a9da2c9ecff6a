/* Bytes of a connection that came too early or in part: kept until the rest is
 * there. A connection at rest has none. */
#ifndef XA_AGENT_INBOX_H
#define XA_AGENT_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/arena.h"

struct xa_inbox {
    uint8_t *at;             /* NULL: empty                                            */
    size_t len, cap;         /* cap: the first frame's size, so that no read passes it */
    bool plain;              /* not of the arena: it holds no secret                   */
};

/* Makes bytes the content; they may be the content's own, moved to its start.
 * What may hold a secret, or the start of one, lies in the arena, and nothing
 * else does, lest unfinished frames fill it. False: no memory; nothing changed. */
bool xa_inbox_keep(struct xa_inbox *inbox, struct xa_arena *arena, const uint8_t *bytes,
                   size_t len) XA_MUST_CHECK;

/* Wipes and empties it; it may be empty. */
void xa_inbox_drop(struct xa_inbox *inbox, struct xa_arena *arena);

#endif
