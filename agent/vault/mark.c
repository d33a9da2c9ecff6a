#include "agent/vault/mark.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* magic, u16 version, six zero bytes, nonce, sealed (u64 generation, hash) */
enum {
    HEAD = 16, NONCE = 24, PLAIN = 8 + XA_HASH_LEN, TAG = 16,
    WHOLE = HEAD + NONCE + PLAIN + TAG,
};

static const uint8_t head[HEAD] = { 'x', 'a', 'c', 'c', 't', 's', 't', 'a', 0, 1 };
static const char purpose[] = "xacct state v1";

static void state_key(uint8_t ret[32], const uint8_t key[XA_STORE_KEY])
{
    crypto_generichash(ret, 32, (const uint8_t *)purpose, sizeof purpose - 1, key, XA_STORE_KEY);
}

struct xa_mark xa_mark_of(const struct xa_store *store)
{
    struct xa_mark mark = { .known = true, .generation = store->generation };
    xa_store_hash(store, mark.hash);
    return mark;
}

bool xa_mark_same(const struct xa_mark *a, const struct xa_mark *b)
{
    return a->known == b->known && a->generation == b->generation &&
           memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

bool xa_mark_behind(const struct xa_mark *now, const struct xa_mark *seen)
{
    if (!seen->known || now->generation > seen->generation)
        return false;
    return !xa_mark_same(now, seen);
}

static void seal(uint8_t ret[WHOLE], const uint8_t key[XA_STORE_KEY], const struct xa_mark *mark)
{
    uint8_t plain[PLAIN], derived[32];
    struct xa_writer w = xa_writer_init(plain, sizeof plain);
    xa_write_u64(&w, mark->generation);
    xa_write_bytes(&w, mark->hash, sizeof mark->hash);
    assert(!w.bad && w.len == sizeof plain);
    memcpy(ret, head, HEAD);
    xa_random(ret + HEAD, NONCE);
    state_key(derived, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + HEAD + NONCE, NULL, plain, sizeof plain,
                                               ret, HEAD, NULL, ret + HEAD, derived);
    xa_wipe(derived, sizeof derived);
}

static bool unseal(struct xa_slice bytes, const uint8_t key[XA_STORE_KEY], struct xa_mark *ret)
{
    uint8_t plain[PLAIN], derived[32];
    if (bytes.len != WHOLE || memcmp(bytes.at, head, HEAD) != 0)
        return false;
    state_key(derived, key);
    bool ok = crypto_aead_xchacha20poly1305_ietf_decrypt(
                  plain, NULL, NULL, bytes.at + HEAD + NONCE, PLAIN + TAG, bytes.at, HEAD,
                  bytes.at + HEAD, derived) == 0;
    xa_wipe(derived, sizeof derived);
    if (!ok)
        return false;
    struct xa_reader r = xa_reader_init((struct xa_slice){ plain, sizeof plain });
    ret->known = true;
    ret->generation = xa_read_u64(&r);
    memcpy(ret->hash, xa_read_bytes(&r, XA_HASH_LEN).at, XA_HASH_LEN);
    return true;
}

struct xa_mark xa_mark_load(const struct xa_place *place, const uint8_t key[XA_STORE_KEY],
                            char *warning, size_t size)
{
    struct xa_mark mark = { .known = false };
    struct xa_error err = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    int dir = xa_disk_open_dir(place, false, &err);
    bool read = dir >= 0 && xa_disk_read(place, dir, WHOLE, &bytes, &len, &err);
    xa_disk_close(place, dir);
    if (!read && err.code != XA_NO_VAULT)
        snprintf(warning, size, "an older copy of the vault would not be noticed: %s", err.message);
    else if (read && !unseal((struct xa_slice){ bytes, len }, key, &mark))
        snprintf(warning, size, "an older copy of the vault would not be noticed: "
                 "%s/%s is of another vault or passphrase, or damaged", place->dir, place->name);
    free(bytes);
    return mark;
}

struct judge { const uint8_t *key; const struct xa_mark *mark; };

static bool opens(void *ctx, struct xa_slice bytes)
{
    const struct judge *judge = ctx;
    struct xa_mark mark;
    return unseal(bytes, judge->key, &mark) && xa_mark_same(&mark, judge->mark);
}

bool xa_mark_save(const struct xa_place *place, const uint8_t key[XA_STORE_KEY],
                  const struct xa_mark *mark, struct xa_error *err)
{
    uint8_t bytes[WHOLE];
    struct judge judge = { key, mark };
    seal(bytes, key, mark);
    int dir = xa_disk_open_dir(place, true, err);
    bool placed;
    bool ok = dir >= 0 && xa_disk_replace(place, dir, (struct xa_slice){ bytes, WHOLE }, opens,
                                          &judge, &placed, err);
    xa_disk_close(place, dir);
    return ok;
}
