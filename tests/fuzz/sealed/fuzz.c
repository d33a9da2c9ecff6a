/* The sealed cache's content once it is opened: only whoever has the key gets this
 * far. What it says is good must be so, and must come out as it went in. */
#include "agent/broker/sealed.h"
#include "agent/vault/hash.h"
#include "tests/fuzz/fuzz.h"

#define BOOT "0b5f1d1e-8a3c-4c50-9f57-3f6f2d1a7c11"

static struct xa_arena *arena;
static struct xa_cache *cache;

static void prepare(void)
{
    struct xa_error err;
    if (cache != NULL)
        return;
    HOLDS(xa_crypto_init(&err));
    xa_secret_allow_unlocked(true);
    arena = xa_arena_new(4 * 1024 * 1024, &err);
    cache = arena != NULL ? xa_cache_new(arena, &err) : NULL;
    HOLDS(cache != NULL);
}

struct seen { const struct xa_sealed_moment *now; size_t n; };

static void see(void *ctx, const uint8_t key[32], struct xa_slice name,
                const struct xa_issued *issued)
{
    struct seen *seen = ctx;
    HOLDS(key != NULL && xa_text_printable(name) && xa_text_printable(issued->token));
    HOLDS(issued->good_until_ms > seen->now->boot_ms);
    HOLDS(issued->good_until_ms - seen->now->boot_ms <= (int64_t)issued->issued_for_s * 1000);
    seen->n++;
}

/* All of it goes into a cache of its own, and out again. */
static void pass_on(const struct xa_sealed *sealed, const struct xa_sealed_moment *now)
{
    struct xa_sealed reading = *sealed, again;
    struct seen seen = { now, 0 };
    struct xa_error err;
    size_t n = xa_sealed_restore(&reading, now, cache), n_again;
    xa_cache_walk(cache, now->boot_ms, see, &seen);
    HOLDS(seen.n == n && n <= sealed->n_entries);
    HOLDS(xa_sealed_is_past(&sealed->at, now) || n == 0);
    struct xa_secret *plain = xa_sealed_encode(cache, now, sealed->serial, &n_again, &err);
    HOLDS(plain != NULL && n_again == n);
    HOLDS(xa_sealed_decode((struct xa_slice){ xa_secret_open(plain), xa_secret_len(plain) },
                           &again, &err));
    HOLDS(again.n_entries == n && again.serial == sealed->serial);
    HOLDS(again.at.boot_ms == now->boot_ms && again.at.wall_s == now->wall_s);
    xa_secret_shut(plain);
    xa_secret_free(&plain);
    (void)xa_cache_forget(cache, (struct xa_slice){ 0 });
    HOLDS(xa_arena_used(arena) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice plain = { data, size };
    struct xa_sealed sealed, reading;
    struct xa_sealed_entry e;
    struct xa_error err;
    prepare();
    if (!xa_sealed_decode(plain, &sealed, &err)) {
        HOLDS(err.code == XA_VAULT_DAMAGED);
        return 0;
    }
    HOLDS(lies_in(sealed.at.boot, plain) && sealed.n_entries <= XA_SEALED_ENTRIES_MAX);
    reading = sealed;
    for (uint32_t i = 0; i < sealed.n_entries; i++) {
        xa_sealed_next(&reading, &e);
        HOLDS(lies_in((struct xa_slice){ e.key, 32 }, plain) && lies_in(e.name, plain));
        HOLDS(lies_in(e.issued.secret, plain) && lies_in(e.issued.token, plain));
    }
    HOLDS(xa_read_done(&reading.entries));
    const struct xa_sealed_moment moments[] = {
        { sealed.at.boot, sealed.at.boot_ms, 0 },
        { xa_slice_of(BOOT), 5000000, 1768480000 },
        { xa_slice_of("another"), 1000, 1768480060 },
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        if (moments[i].boot_ms < INT64_MAX / 2)
            pass_on(&sealed, &moments[i]);
    return 0;
}
