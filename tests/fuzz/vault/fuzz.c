/* The vault's file, with a key derivation that costs nothing. Only the bytes that a
 * vault was written with may open, so what opens here is one of the corpus. */
#include "agent/vault/body.h"
#include "agent/vault/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/vault_kit.h"

static void open_it(const struct xa_store *store)
{
    uint8_t derived[XA_KDF_OUT], key[XA_STORE_KEY];
    struct xa_error err;
    size_t n;
    HOLDS(kit_cheap_kdf(derived, (const uint8_t *)"fuzz", 4, store->salt, store->cost.t,
                        store->cost.m_kib));
    if (!xa_store_unwrap(store, derived, key))
        return;
    uint8_t *plain = malloc(store->plain_len);
    HOLDS(plain != NULL);
    if (xa_store_open(store, key, plain)) {
        struct xa_slice body = { plain, store->plain_len };
        HOLDS(xa_body_check(body, &n, &err));
        /* Written again with the same key it is a sound file of the same size. */
        struct xa_store_wrap wrap;
        struct xa_store again;
        xa_store_wrap_of(store, &wrap);
        size_t len = xa_store_file_len(store->plain_len);
        HOLDS(len == store->file.len);
        uint8_t *file = malloc(len);
        HOLDS(file != NULL);
        xa_store_encode(&wrap, store->generation + 1, key, body, file);
        HOLDS(xa_store_decode((struct xa_slice){ file, len }, &again, &err));
        HOLDS(xa_store_open(&again, key, plain));
        free(file);
    }
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_store store;
    struct xa_error err;
    static bool ready;
    if (!ready)
        ready = xa_crypto_init(&err);
    HOLDS(ready);
    if (!xa_store_decode((struct xa_slice){ data, size }, &store, &err)) {
        HOLDS(err.code == XA_VAULT_DAMAGED);
        HOLDS(xa_text_printable(xa_slice_of(err.message)));
        return 0;
    }
    HOLDS(store.cost.t <= XA_KDF_T_MAX && store.cost.m_kib <= XA_KDF_M_MAX_KIB);
    HOLDS(store.plain_len % XA_STORE_BLOCK == 0 && store.plain_len <= XA_STORE_BODY_MAX);
    open_it(&store);
    return 0;
}
