#include "agent/vault/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* magic, u16 version, six zero bytes, the vault's identity, nonce */
enum { START = 16, AT_ID = START, ID = 16, AT_NONCE = AT_ID + ID, NONCE = 24 };
enum { MAGIC = 8 };

_Static_assert(AT_NONCE + NONCE == XA_SEAL_HEAD, "the header's fields fill it");

static const uint8_t start[START] = { 'x', 'a', 'c', 'c', 't', 's', 'e', 'a', 0, 1 };
static const char key_purpose[] = "xacct cache v1";
static const char id_purpose[] = "xacct vault id v1";

/* The data key is uniformly random, so a keyed hash of it is a key of its own, and
 * says nothing about the data key or about one made for another purpose. */
static void derive(uint8_t *ret, size_t len, const uint8_t key[XA_STORE_KEY], const char *purpose)
{
    crypto_generichash(ret, len, (const uint8_t *)purpose, strlen(purpose), key, XA_STORE_KEY);
}

size_t xa_seal_len(size_t plain_len)
{
    return XA_SEAL_HEAD + plain_len + XA_SEAL_TAG;
}

size_t xa_seal_plain_len(size_t sealed_len)
{
    assert(sealed_len > XA_SEAL_HEAD + XA_SEAL_TAG);
    return sealed_len - XA_SEAL_HEAD - XA_SEAL_TAG;
}

void xa_seal(const uint8_t key[XA_STORE_KEY], struct xa_slice plain, uint8_t *ret)
{
    uint8_t derived[XA_STORE_KEY];
    memcpy(ret, start, START);
    derive(ret + AT_ID, ID, key, id_purpose);
    xa_random(ret + AT_NONCE, NONCE);
    derive(derived, sizeof derived, key, key_purpose);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + XA_SEAL_HEAD, NULL, plain.at, plain.len,
                                               ret, XA_SEAL_HEAD, NULL, ret + AT_NONCE, derived);
    xa_wipe(derived, sizeof derived);
}

bool xa_seal_check(const uint8_t key[XA_STORE_KEY], struct xa_slice sealed, struct xa_error *err)
{
    uint8_t id[ID];
    if (sealed.len <= XA_SEAL_HEAD + XA_SEAL_TAG)
        return xa_fail(err, XA_VAULT_DAMAGED, "is shorter than it can be");
    if (memcmp(sealed.at, start, MAGIC) != 0)
        return xa_fail(err, XA_VAULT_DAMAGED, "is no sealed cache");
    if (memcmp(sealed.at, start, START) != 0)
        return xa_fail(err, XA_VAULT_DAMAGED, "has an unknown version");
    derive(id, sizeof id, key, id_purpose);
    if (!xa_equal(sealed.at + AT_ID, id, sizeof id))
        return xa_fail(err, XA_VAULT_DAMAGED, "is of another vault, or of an earlier passphrase");
    return true;
}

bool xa_seal_open(const uint8_t key[XA_STORE_KEY], struct xa_slice sealed, uint8_t *ret_plain)
{
    uint8_t derived[XA_STORE_KEY];
    derive(derived, sizeof derived, key, key_purpose);
    bool ok = crypto_aead_xchacha20poly1305_ietf_decrypt(
                  ret_plain, NULL, NULL, sealed.at + XA_SEAL_HEAD, sealed.len - XA_SEAL_HEAD,
                  sealed.at, XA_SEAL_HEAD, sealed.at + AT_NONCE, derived) == 0;
    xa_wipe(derived, sizeof derived);
    return ok;
}
