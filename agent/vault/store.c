#include "agent/vault/store.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* Where the fields of the header stand (FORMAT.md, section 2). */
enum {
    AT_MAGIC = 0, AT_VERSION = 8, AT_HEAD_LEN = 10, AT_KDF = 12, AT_T = 16, AT_M_KIB = 20,
    AT_LANES = 24, AT_ZERO = 28, AT_SALT = 32, AT_COMMITMENT = 48, AT_WRAP_NONCE = 80,
    AT_WRAPPED = 104, AT_GENERATION = 152, AT_BODY_NONCE = 160, AT_BODY_LEN = 184,
    AT_RESERVED = 188,
};

#define VERSION 1
#define KDF_ARGON2ID_13 1

static const char magic[8] = { 'x', 'a', 'c', 'c', 't', 'v', 'l', 't' };

_Static_assert(AT_WRAPPED + XA_STORE_KEY + XA_STORE_TAG == XA_STORE_WRAP, "the wrap ends the wrap");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == AT_WRAPPED - AT_WRAP_NONCE, "nonce");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == XA_STORE_TAG, "tag");

static bool damaged(struct xa_error *err, const char *what)
{
    return xa_fail(err, XA_VAULT_DAMAGED, "the vault's file %s", what);
}

static bool all_zero(struct xa_slice bytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < bytes.len; i++)
        any |= bytes.at[i];
    return any == 0;
}

/* What every version of the format begins with. */
static bool decode_start(struct xa_reader *r, struct xa_error *err)
{
    struct xa_slice start = xa_read_bytes(r, sizeof magic);
    if (r->bad || memcmp(start.at, magic, sizeof magic) != 0)
        return damaged(err, "is no xacct vault: it does not begin with \"xacctvlt\"");
    uint16_t version = xa_read_u16(r);
    if (!r->bad && version != VERSION)
        return xa_fail(err, XA_VAULT_DAMAGED,
                       "the vault's file has format version %u, this xacct reads version %u",
                       version, VERSION);
    uint16_t head_len = xa_read_u16(r);
    if (!r->bad && head_len != XA_STORE_HEAD)
        return xa_fail(err, XA_VAULT_DAMAGED, "the vault's file has a header of %u bytes, not %u",
                       head_len, XA_STORE_HEAD);
    return true;
}

static bool decode_kdf(struct xa_reader *r, struct xa_store *store, struct xa_error *err)
{
    uint32_t kdf = xa_read_u32(r);
    store->cost.t = xa_read_u32(r);
    store->cost.m_kib = xa_read_u32(r);
    uint32_t lanes = xa_read_u32(r), zero = xa_read_u32(r);
    store->salt = xa_read_bytes(r, XA_KDF_SALT).at;
    if (r->bad)
        return true;
    if (kdf != KDF_ARGON2ID_13)
        return xa_fail(err, XA_VAULT_DAMAGED, "the vault's file names key derivation %u, "
                       "which this xacct does not know", kdf);
    if (store->cost.t < 1 || store->cost.t > XA_KDF_T_MAX || lanes != 1 ||
        store->cost.m_kib < XA_KDF_M_MIN_KIB || store->cost.m_kib > XA_KDF_M_MAX_KIB)
        return xa_fail(err, XA_VAULT_DAMAGED, "the vault's file asks for a key derivation "
                       "outside the limits: t=%u, m=%u KiB, p=%u",
                       store->cost.t, store->cost.m_kib, lanes);
    if (zero != 0)
        return damaged(err, "has reserved bytes that are not zero");
    return true;
}

static bool decode_body_len(struct xa_reader *r, struct xa_store *store, struct xa_error *err)
{
    size_t body_len = xa_read_u32(r);
    struct xa_slice reserved = xa_read_bytes(r, XA_STORE_HEAD - AT_RESERVED);
    if (r->bad)
        return damaged(err, "is cut off in its header");
    if (!all_zero(reserved))
        return damaged(err, "has reserved bytes that are not zero");
    if (body_len < XA_STORE_BLOCK + XA_STORE_TAG ||
        (body_len - XA_STORE_TAG) % XA_STORE_BLOCK != 0 ||
        body_len - XA_STORE_TAG > XA_STORE_BODY_MAX)
        return damaged(err, "names a length of its body that cannot be");
    size_t rest = (size_t)(r->end - r->at);
    if (rest < body_len)
        return damaged(err, "is cut off in its body");
    if (rest > body_len)
        return damaged(err, "has bytes behind its end");
    store->plain_len = body_len - XA_STORE_TAG;
    return true;
}

bool xa_store_decode(struct xa_slice file, struct xa_store *ret, struct xa_error *err)
{
    struct xa_store store = { .file = file };
    struct xa_reader r = xa_reader_init(file);
    if (file.len > XA_VAULT_FILE_MAX)
        return damaged(err, "is larger than 1 MiB");
    if (!decode_start(&r, err) || !decode_kdf(&r, &store, err))
        return false;
    (void)xa_read_bytes(&r, AT_GENERATION - AT_COMMITMENT);
    store.generation = xa_read_u64(&r);
    (void)xa_read_bytes(&r, AT_BODY_LEN - AT_BODY_NONCE);
    if (!decode_body_len(&r, &store, err))
        return false;
    *ret = store;
    return true;
}

/* The commitment makes a file belong to one passphrase only: the cipher alone
 * would let somebody build a file that several open. */
bool xa_store_unwrap(const struct xa_store *store, const uint8_t derived[XA_KDF_OUT],
                     uint8_t ret_key[XA_STORE_KEY])
{
    const uint8_t *head = store->file.at;
    if (!xa_equal(head + AT_COMMITMENT, derived + XA_STORE_KEY, XA_KDF_OUT - XA_STORE_KEY))
        return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               ret_key, NULL, NULL, head + AT_WRAPPED, XA_STORE_KEY + XA_STORE_TAG,
               head, AT_WRAPPED, head + AT_WRAP_NONCE, derived) == 0;
}

bool xa_store_open(const struct xa_store *store, const uint8_t key[XA_STORE_KEY],
                   uint8_t *ret_plain)
{
    const uint8_t *head = store->file.at;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               ret_plain, NULL, NULL, head + XA_STORE_HEAD, store->file.len - XA_STORE_HEAD,
               head, XA_STORE_HEAD, head + AT_BODY_NONCE, key) == 0;
}

void xa_store_hash(const struct xa_store *store, uint8_t ret[XA_HASH_LEN])
{
    crypto_generichash(ret, XA_HASH_LEN, store->file.at, XA_STORE_HEAD, NULL, 0);
}

void xa_store_wrap_of(const struct xa_store *store, struct xa_store_wrap *ret)
{
    memcpy(ret->bytes, store->file.at, XA_STORE_WRAP);
}

void xa_store_wrap_new(struct xa_kdf_cost cost, const uint8_t salt[XA_KDF_SALT],
                       const uint8_t derived[XA_KDF_OUT], const uint8_t key[XA_STORE_KEY],
                       struct xa_store_wrap *ret)
{
    struct xa_writer w = xa_writer_init(ret->bytes, sizeof ret->bytes);
    uint8_t nonce[AT_WRAPPED - AT_WRAP_NONCE];
    xa_random(nonce, sizeof nonce);
    xa_write_bytes(&w, magic, sizeof magic);
    xa_write_u16(&w, VERSION);
    xa_write_u16(&w, XA_STORE_HEAD);
    xa_write_u32(&w, KDF_ARGON2ID_13);
    xa_write_u32(&w, cost.t);
    xa_write_u32(&w, cost.m_kib);
    xa_write_u32(&w, 1);
    xa_write_u32(&w, 0);
    xa_write_bytes(&w, salt, XA_KDF_SALT);
    xa_write_bytes(&w, derived + XA_STORE_KEY, XA_KDF_OUT - XA_STORE_KEY);
    xa_write_bytes(&w, nonce, sizeof nonce);
    assert(!w.bad && w.len == AT_WRAPPED);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret->bytes + AT_WRAPPED, NULL, key, XA_STORE_KEY,
                                               ret->bytes, AT_WRAPPED, NULL, nonce, derived);
}

size_t xa_store_file_len(size_t plain_len)
{
    return XA_STORE_HEAD + plain_len + XA_STORE_TAG;
}

void xa_store_encode(const struct xa_store_wrap *wrap, uint64_t generation,
                     const uint8_t key[XA_STORE_KEY], struct xa_slice plain, uint8_t *ret_file)
{
    assert(plain.len >= XA_STORE_BLOCK && plain.len % XA_STORE_BLOCK == 0 &&
           plain.len <= XA_STORE_BODY_MAX);
    struct xa_writer w = xa_writer_init(ret_file, XA_STORE_HEAD);
    uint8_t nonce[AT_BODY_LEN - AT_BODY_NONCE];
    xa_random(nonce, sizeof nonce);
    memset(ret_file, 0, XA_STORE_HEAD);
    xa_write_bytes(&w, wrap->bytes, sizeof wrap->bytes);
    xa_write_u64(&w, generation);
    xa_write_bytes(&w, nonce, sizeof nonce);
    xa_write_u32(&w, (uint32_t)(plain.len + XA_STORE_TAG));
    assert(!w.bad && w.len == AT_RESERVED);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret_file + XA_STORE_HEAD, NULL, plain.at, plain.len,
                                               ret_file, XA_STORE_HEAD, NULL, nonce, key);
}
