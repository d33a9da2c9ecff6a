#include "agent/vault/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/vault/hash.h"

/* The arena is a row of blocks without gaps, each a head and its room. Two free
 * blocks never stand side by side. Room that is free is all zero: giving wipes,
 * and so taking has nothing to do. */
struct block {
    uint32_t size;       /* of head and room, a multiple of UNIT   */
    uint32_t before;     /* size of the block before; 0: the first */
    uint32_t taken;      /* 0 or 1                                 */
    uint32_t mark;       /* mark_of() this head at this place      */
};

#define UNIT 16u
#define HEAD ((uint32_t)sizeof(struct block))
#define SIZE_MAX_BYTES (1024u * 1024 * 1024)

_Static_assert(sizeof(struct block) == UNIT, "the room behind a head stays aligned");

struct xa_arena {
    uint8_t *at;         /* the first block; a guard page lies before and behind */
    uint32_t size, used;
    size_t page;
    bool locked;
    xa_arena_full_fn *full;            /* NULL: there is no way to make room */
    void *full_ctx;
};

static uint32_t offset_of(const struct xa_arena *a, const struct block *b)
{
    return (uint32_t)((const uint8_t *)b - a->at);
}

/* Ties a head to its place and its content, so that an overrun, a second give
 * or a pointer of somebody else is noticed. */
static uint32_t mark_of(const struct xa_arena *a, const struct block *b)
{
    return 0x7861636bu ^ offset_of(a, b) ^ (b->size << 1) ^ (b->before << 2) ^ b->taken;
}

static struct block *block_at(const struct xa_arena *a, size_t offset)
{
    struct block *b = (struct block *)(void *)(a->at + offset);
    if (b->mark != mark_of(a, b))
        abort();         /* an overrun: what else it hit is not known, so no going on */
    return b;
}

static struct block *block_after(const struct xa_arena *a, const struct block *b)
{
    size_t offset = (size_t)offset_of(a, b) + b->size;
    return offset < a->size ? block_at(a, offset) : NULL;
}

static struct block *block_before(const struct xa_arena *a, const struct block *b)
{
    return b->before > 0 ? block_at(a, offset_of(a, b) - b->before) : NULL;
}

/* Writes a head, and tells the block behind it of its new neighbour. */
static void place(struct xa_arena *a, size_t offset, uint32_t size, uint32_t before, bool taken)
{
    struct block *b = (struct block *)(void *)(a->at + offset);
    *b = (struct block){ size, before, taken, 0 };
    b->mark = mark_of(a, b);
    struct block *after = block_after(a, b);
    if (after != NULL) {
        after->before = size;
        after->mark = mark_of(a, after);
    }
}

static bool map(struct xa_arena *a, struct xa_error *err)
{
    size_t whole = a->size + 2 * a->page;
    uint8_t *base = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return xa_fail(err, XA_NO_MEMORY, "no memory for an arena of %u bytes", a->size);
    a->at = base + a->page;
    if (mprotect(a->at, a->size, PROT_READ | PROT_WRITE) != 0 ||
        madvise(base, whole, MADV_DONTDUMP) != 0 || madvise(base, whole, MADV_DONTFORK) != 0)
        return xa_fail(err, XA_NO_MEMORY, "no arena of %u bytes: %s", a->size, strerror(errno));
    a->locked = mlock(a->at, a->size) == 0;
    return true;
}

struct xa_arena *xa_arena_new(size_t size, struct xa_error *err)
{
    struct xa_arena *a = calloc(1, sizeof *a);
    if (a == NULL || size > SIZE_MAX_BYTES) {
        free(a);
        xa_fail(err, XA_NO_MEMORY, "no memory for an arena of %zu bytes", size);
        return NULL;
    }
    a->page = (size_t)sysconf(_SC_PAGESIZE);
    a->size = (uint32_t)((size + (size == 0) + a->page - 1) / a->page * a->page);
    if (!map(a, err)) {
        xa_arena_free(&a);
        return NULL;
    }
    place(a, 0, a->size, 0, false);
    return a;
}

void xa_arena_free(struct xa_arena **arena)
{
    struct xa_arena *a = *arena;
    if (a == NULL)
        return;
    if (a->at != NULL) {
        if (mprotect(a->at, a->size, PROT_READ | PROT_WRITE) == 0)
            xa_wipe(a->at, a->size);
        munmap(a->at - a->page, a->size + 2 * a->page);
    }
    free(a);
    *arena = NULL;
}

bool xa_arena_locked(const struct xa_arena *arena) { return arena->locked; }
size_t xa_arena_size(const struct xa_arena *arena) { return arena->size; }
size_t xa_arena_used(const struct xa_arena *arena) { return arena->used; }

void xa_arena_when_full(struct xa_arena *arena, xa_arena_full_fn *full, void *ctx)
{
    arena->full = full;
    arena->full_ctx = ctx;
}

static void *take(struct xa_arena *a, size_t len)
{
    if (len > a->size - HEAD)
        return NULL;
    uint32_t need = HEAD + (uint32_t)((len + UNIT - 1) / UNIT * UNIT);
    if (len == 0)
        need += UNIT;
    struct block *b = block_at(a, 0);
    while (b != NULL && (b->taken || b->size < need))
        b = block_after(a, b);
    if (b == NULL)
        return NULL;
    uint32_t at = offset_of(a, b), rest = b->size - need;
    if (rest < HEAD + UNIT)
        need += rest;
    else
        place(a, (size_t)at + need, rest, need, false);
    place(a, at, need, b->before, true);
    a->used += need;
    return b + 1;
}

void *xa_arena_take(struct xa_arena *a, size_t len)
{
    void *at = take(a, len);
    while (at == NULL && len <= a->size - HEAD && a->full != NULL && a->full(a->full_ctx))
        at = take(a, len);
    return at;
}

/* Makes `b` and the free block behind it one. The swallowed head is room now,
 * and free room is zero. */
static void swallow(struct xa_arena *a, struct block *b, struct block *after)
{
    uint32_t size = b->size + after->size;
    memset(after, 0, sizeof *after);
    place(a, offset_of(a, b), size, b->before, false);
}

void xa_arena_give(struct xa_arena *a, void *at)
{
    if (at == NULL)
        return;
    uintptr_t p = (uintptr_t)at, base = (uintptr_t)a->at;
    if (p < base + HEAD || p >= base + a->size || (p - base) % UNIT != 0)
        abort();         /* not ours */
    struct block *b = block_at(a, p - base - HEAD);
    if (!b->taken)
        abort();         /* given twice */
    a->used -= b->size;
    xa_wipe(b + 1, b->size - HEAD);
    place(a, offset_of(a, b), b->size, b->before, false);
    struct block *after = block_after(a, b), *before = block_before(a, b);
    if (after != NULL && !after->taken)
        swallow(a, b, after);
    if (before != NULL && !before->taken)
        swallow(a, before, b);
}
