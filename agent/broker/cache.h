/* Issued credentials, in the locked arena, found by the hash of all that they
 * depend on. Time is an argument: milliseconds of CLOCK_BOOTTIME (T1). */
#ifndef XA_AGENT_BROKER_CACHE_H
#define XA_AGENT_BROKER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/arena.h"
#include "proto/limits.h"
#include "proto/wire.h"

struct xa_cache;

/* What STS issued; or, without a secret, a token that was made with it (errand.h). The slices
 * point into the arena and live until the entry is forgotten: use them before
 * returning to the loop. */
struct xa_issued {
    struct xa_slice access_key_id, secret, token, arn;
    int64_t expires_at;           /* AWS's own, Unix seconds: to show and hand out   */
    int64_t good_until_ms;        /* by our BOOTTIME: to decide                      */
    uint32_t issued_for_s;        /* how long it was good when it came               */
};

struct xa_cache *xa_cache_new(struct xa_arena *arena, struct xa_error *err) XA_MUST_CHECK;
void xa_cache_free(struct xa_cache **cache);        /* wipes; NULL is fine */

/* Stores a copy under key, in place of what was there; name is whom `forget`
 * means. When the arena is full, what has not been used for longest goes (it can
 * be had again, M3). False: it would not fit even then, and what was there is gone.
 * *issued must not point into the cache. */
bool xa_cache_put(struct xa_cache *cache, const uint8_t key[32], struct xa_slice name,
                  const struct xa_issued *issued, int64_t now_ms) XA_MUST_CHECK;

/* What is stored under key and not expired at now_ms; NULL if nothing is.
 * Valid until the next put or forget. */
const struct xa_issued *xa_cache_find(struct xa_cache *cache, const uint8_t key[32],
                                      int64_t now_ms);

/* As find, for one who does not use it: what is not used goes first when the arena is
 * full, and is not renewed. */
const struct xa_issued *xa_cache_peek(const struct xa_cache *cache, const uint8_t key[32],
                                      int64_t now_ms);

/* When the entry was found last, by BOOTTIME, or put where there was none; 0: there is
 * none. To put another in its place is no use of it. */
int64_t xa_cache_used_ms(const struct xa_cache *cache, const uint8_t key[32]);

/* How often an entry has been put or forgotten; expiry does not count. */
unsigned long xa_cache_changes(const struct xa_cache *cache);

/* Wipes one entry; none is fine. */
void xa_cache_drop(struct xa_cache *cache, const uint8_t key[32]);

/* Calls visit for each entry that is not expired at now_ms, in no order; the
 * slices are borrowed as those of xa_issued. visit leaves the cache alone. */
typedef void xa_cache_visit_fn(void *ctx, const uint8_t key[32], struct xa_slice name,
                               const struct xa_issued *issued);
void xa_cache_walk(const struct xa_cache *cache, int64_t now_ms, xa_cache_visit_fn *visit,
                   void *ctx);

/* As put, for what was kept elsewhere: nothing that is held gives way, neither an
 * entry of this key nor any other when the arena is full. False: not stored. */
bool xa_cache_restore(struct xa_cache *cache, const uint8_t key[32], struct xa_slice name,
                      const struct xa_issued *issued, int64_t now_ms) XA_MUST_CHECK;

/* The latest expiry among the credentials of a name, Unix seconds; 0: none. Tokens do not
 * count, here and in xa_cache_count. */
int64_t xa_cache_expiry_of(const struct xa_cache *cache, struct xa_slice name, int64_t now_ms);

/* Wipes the entries of one name, all of them (name.len 0), or the expired ones;
 * each returns how many went. */
size_t xa_cache_forget(struct xa_cache *cache, struct xa_slice name);
size_t xa_cache_purge(struct xa_cache *cache, int64_t now_ms);
size_t xa_cache_count(const struct xa_cache *cache, int64_t now_ms);

#endif
