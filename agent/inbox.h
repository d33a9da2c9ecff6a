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

/* Where all inboxes have their memory. */
struct xa_inbox_room {
    struct xa_arena *arena;
    unsigned n_secret;       /* inboxes that lie in the arena                          */
};

/* So many may lie in the arena (style.md, section 7): more would take the place of
 * issued credentials. */
#define XA_INBOX_SECRET_MAX 32

/* Makes bytes the content; they may be the content's own, moved to its start.
 * What may hold a secret, or the start of one, lies in the arena, and nothing
 * else does. False: no memory, or XA_INBOX_SECRET_MAX are there; nothing changed. */
bool xa_inbox_keep(struct xa_inbox *inbox, struct xa_inbox_room *room, const uint8_t *bytes,
                   size_t len) XA_MUST_CHECK;

/* Wipes and empties it; it may be empty. */
void xa_inbox_drop(struct xa_inbox *inbox, struct xa_inbox_room *room);

#endif
