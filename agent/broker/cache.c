#include "agent/broker/cache.h"

#include <stdlib.h>
#include <string.h>

/* One block of the arena an entry: this head, then the texts it points to. */
struct entry {
    struct entry *next;            /* of the same bucket */
    uint8_t key[32];
    struct xa_slice name;
    struct xa_issued issued;
    int64_t used_ms;
};

#define BUCKETS 1024               /* a power of two; keys are hashes already */

struct xa_cache {
    struct xa_arena *arena;
    struct entry *bucket[BUCKETS];
    unsigned long changes;
};

static bool drop_oldest(void *ctx);

struct xa_cache *xa_cache_new(struct xa_arena *arena, struct xa_error *err)
{
    struct xa_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the cache");
        return NULL;
    }
    cache->arena = arena;
    xa_arena_when_full(arena, drop_oldest, cache);
    return cache;
}

void xa_cache_free(struct xa_cache **cache)
{
    if (*cache == NULL)
        return;
    xa_cache_forget(*cache, (struct xa_slice){ 0 });
    xa_arena_when_full((*cache)->arena, NULL, NULL);
    free(*cache);
    *cache = NULL;
}

static struct entry **link_of(struct xa_cache *cache, const uint8_t key[32])
{
    struct entry **link = &cache->bucket[(key[0] | (unsigned)key[1] << 8) & (BUCKETS - 1)];
    while (*link != NULL && memcmp((*link)->key, key, 32) != 0)
        link = &(*link)->next;
    return link;
}

static void drop(struct xa_cache *cache, struct entry **link)
{
    struct entry *entry = *link;
    *link = entry->next;
    xa_arena_give(cache->arena, entry);
}

typedef bool judge_fn(const struct entry *entry, const void *ctx);

static size_t drop_if(struct xa_cache *cache, judge_fn *judge, const void *ctx)
{
    size_t n = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **link = &cache->bucket[i]; *link != NULL;) {
            if (judge(*link, ctx)) {
                drop(cache, link);
                n++;
            } else {
                link = &(*link)->next;
            }
        }
    return n;
}

/* Whoever needs locked memory gets it from here: a session can be had again, what
 * has not been used for longest first (M3). */
static bool drop_oldest(void *ctx)
{
    struct xa_cache *cache = ctx;
    struct entry **oldest = NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **link = &cache->bucket[i]; *link != NULL; link = &(*link)->next)
            if (oldest == NULL || (*link)->used_ms < (*oldest)->used_ms)
                oldest = link;
    if (oldest != NULL)
        drop(cache, oldest);
    return oldest != NULL;
}

static struct xa_slice keep(uint8_t **at, struct xa_slice s)
{
    struct xa_slice kept = { *at, s.len };
    if (s.len > 0)
        memcpy(*at, s.at, s.len);
    *at += s.len;
    return kept;
}

bool xa_cache_put(struct xa_cache *cache, const uint8_t key[32], struct xa_slice name,
                  const struct xa_issued *issued, int64_t now_ms)
{
    size_t texts =
        name.len + issued->access_key_id.len + issued->secret.len + issued->token.len +
        issued->arn.len;
    struct entry *entry, **old = link_of(cache, key);
    int64_t used_ms = *old != NULL ? (*old)->used_ms : now_ms;
    if (*old != NULL)
        drop(cache, old);
    entry = xa_arena_take(cache->arena, sizeof *entry + texts);
    if (entry == NULL)
        return false;
    uint8_t *at = (uint8_t *)(entry + 1);
    memcpy(entry->key, key, 32);
    entry->name = keep(&at, name);
    entry->issued = *issued;
    entry->issued.access_key_id = keep(&at, issued->access_key_id);
    entry->issued.secret = keep(&at, issued->secret);
    entry->issued.token = keep(&at, issued->token);
    entry->issued.arn = keep(&at, issued->arn);
    entry->used_ms = used_ms;
    struct entry **bucket = &cache->bucket[(key[0] | (unsigned)key[1] << 8) & (BUCKETS - 1)];
    entry->next = *bucket;
    *bucket = entry;
    cache->changes++;
    return true;
}

const struct xa_issued *xa_cache_find(struct xa_cache *cache, const uint8_t key[32], int64_t now_ms)
{
    struct entry **link = link_of(cache, key);
    if (*link == NULL)
        return NULL;
    if ((*link)->issued.good_until_ms <= now_ms) {
        drop(cache, link);
        return NULL;
    }
    (*link)->used_ms = now_ms;
    return &(*link)->issued;
}

void xa_cache_walk(const struct xa_cache *cache, int64_t now_ms, xa_cache_visit_fn *visit,
                   void *ctx)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct entry *e = cache->bucket[i]; e != NULL; e = e->next)
            if (e->issued.good_until_ms > now_ms)
                visit(ctx, e->key, e->name, &e->issued);
}

bool xa_cache_restore(struct xa_cache *cache, const uint8_t key[32], struct xa_slice name,
                      const struct xa_issued *issued, int64_t now_ms)
{
    struct entry **held = link_of(cache, key);
    if (*held != NULL && (*held)->issued.good_until_ms > now_ms)
        return false;
    xa_arena_when_full(cache->arena, NULL, NULL);
    bool ok = xa_cache_put(cache, key, name, issued, now_ms);
    xa_arena_when_full(cache->arena, drop_oldest, cache);
    return ok;
}

static const struct entry *find_entry(const struct xa_cache *cache, const uint8_t key[32])
{
    const struct entry *e = cache->bucket[(key[0] | (unsigned)key[1] << 8) & (BUCKETS - 1)];
    while (e != NULL && memcmp(e->key, key, 32) != 0)
        e = e->next;
    return e;
}

const struct xa_issued *xa_cache_peek(const struct xa_cache *cache, const uint8_t key[32],
                                      int64_t now_ms)
{
    const struct entry *e = find_entry(cache, key);
    return e != NULL && e->issued.good_until_ms > now_ms ? &e->issued : NULL;
}

int64_t xa_cache_used_ms(const struct xa_cache *cache, const uint8_t key[32])
{
    const struct entry *e = find_entry(cache, key);
    return e != NULL ? e->used_ms : 0;
}

unsigned long xa_cache_changes(const struct xa_cache *cache)
{
    return cache->changes;
}

void xa_cache_drop(struct xa_cache *cache, const uint8_t key[32])
{
    struct entry **link = link_of(cache, key);
    if (*link != NULL)
        drop(cache, link);
}

static bool is_alive_pair(const struct entry *e, int64_t now_ms)
{
    return e->issued.good_until_ms > now_ms && e->issued.secret.len > 0;
}

int64_t xa_cache_expiry_of(const struct xa_cache *cache, struct xa_slice name, int64_t now_ms)
{
    int64_t latest = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct entry *e = cache->bucket[i]; e != NULL; e = e->next)
            if (xa_slice_same(name, e->name) && is_alive_pair(e, now_ms) &&
                e->issued.expires_at > latest)
                latest = e->issued.expires_at;
    return latest;
}

static bool is_named(const struct entry *entry, const void *ctx)
{
    const struct xa_slice *name = ctx;
    return name->len == 0 || xa_slice_same(*name, entry->name);
}

size_t xa_cache_forget(struct xa_cache *cache, struct xa_slice name)
{
    size_t n = drop_if(cache, is_named, &name);
    cache->changes += n > 0;
    return n;
}

static bool is_expired(const struct entry *entry, const void *ctx)
{
    return entry->issued.good_until_ms <= *(const int64_t *)ctx;
}

size_t xa_cache_purge(struct xa_cache *cache, int64_t now_ms)
{
    return drop_if(cache, is_expired, &now_ms);
}

size_t xa_cache_count(const struct xa_cache *cache, int64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct entry *e = cache->bucket[i]; e != NULL; e = e->next)
            n += is_alive_pair(e, now_ms);
    return n;
}
