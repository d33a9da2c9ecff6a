#include "agent/vault/hash.h"

#include <sodium.h>

bool xa_crypto_init(struct xa_error *err)
{
    if (sodium_init() < 0)
        return xa_fail(err, XA_INTERNAL, "libsodium does not start on this system");
    return true;
}

void xa_random(void *at, size_t len)
{
    randombytes_buf(at, len);
}

void xa_wipe(void *at, size_t len)
{
    if (len > 0)
        sodium_memzero(at, len);
}

bool xa_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

static void add_length(crypto_generichash_state *state, size_t len)
{
    uint8_t be[8];
    struct xa_writer w = xa_writer_init(be, sizeof be);
    xa_write_u64(&w, len);
    crypto_generichash_update(state, be, sizeof be);
}

void xa_hash(uint8_t ret[XA_HASH_LEN], const struct xa_slice *parts, size_t n)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, XA_HASH_LEN);
    add_length(&state, n);
    for (size_t i = 0; i < n; i++) {
        add_length(&state, parts[i].len);
        if (parts[i].len > 0)
            crypto_generichash_update(&state, parts[i].at, parts[i].len);
    }
    crypto_generichash_final(&state, ret, XA_HASH_LEN);
    xa_wipe(&state, sizeof state);
}

void xa_hash_text(char ret[XA_HASH_TEXT_SIZE], const struct xa_slice *parts, size_t n)
{
    uint8_t hash[XA_HASH_LEN];
    xa_hash(hash, parts, n);
    sodium_bin2hex(ret, XA_HASH_TEXT_SIZE, hash, sizeof hash);
}
