/* The vault's file, bytes to struct and back: FORMAT.md says what each byte is.
 * Pure but for the random nonces: no file, no key derivation of its own. */
#ifndef XA_AGENT_VAULT_STORE_H
#define XA_AGENT_VAULT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/hash.h"
#include "agent/vault/kdf.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

#define XA_STORE_HEAD 256              /* bytes of header                              */
#define XA_STORE_WRAP 152              /* of them, what depends on the passphrase      */
#define XA_STORE_KEY 32                /* the data key, and the key that wraps it      */
#define XA_STORE_TAG 16
#define XA_STORE_BLOCK 4096            /* the body's plaintext is a multiple of it     */
#define XA_STORE_BODY_MAX ((XA_VAULT_FILE_MAX - XA_STORE_HEAD - XA_STORE_TAG) / \
                           XA_STORE_BLOCK * XA_STORE_BLOCK)

/* The head of the header, up to and with the wrapped key. An ordinary save keeps
 * it as it is; a passphrase or a KDF cost has its own. */
struct xa_store_wrap { uint8_t bytes[XA_STORE_WRAP]; };

/* A file whose structure is sound. Borrows the file's bytes. */
struct xa_store {
    struct xa_kdf_cost cost;
    const uint8_t *salt;               /* XA_KDF_SALT bytes                            */
    uint64_t generation;
    size_t plain_len;                  /* of the body once opened                      */
    struct xa_slice file;
};

/* Checks all that can be checked without a key (V4): each fault has its own
 * message. XA_VAULT_DAMAGED. Costs above the limits are refused here, so that
 * nobody derives with them. */
bool xa_store_decode(struct xa_slice file, struct xa_store *ret,
                     struct xa_error *err) XA_MUST_CHECK;

/* The data key, from what the passphrase derives to. False: another passphrase,
 * or the wrap was changed. */
bool xa_store_unwrap(const struct xa_store *store, const uint8_t derived[XA_KDF_OUT],
                     uint8_t ret_key[XA_STORE_KEY]) XA_MUST_CHECK;

/* The body into ret_plain[store->plain_len]. False: another key, or a byte of
 * header or body was changed; ret_plain holds nothing then. */
bool xa_store_open(const struct xa_store *store, const uint8_t key[XA_STORE_KEY],
                   uint8_t *ret_plain) XA_MUST_CHECK;

/* BLAKE2b-256 of the header: which of two files of one generation it is (V5). */
void xa_store_hash(const struct xa_store *store, uint8_t ret[XA_HASH_LEN]);

/* The wrap of a sound file. */
void xa_store_wrap_of(const struct xa_store *store, struct xa_store_wrap *ret);

/* Wraps the data key by what a passphrase derived to, with this salt and cost. */
void xa_store_wrap_new(struct xa_kdf_cost cost, const uint8_t salt[XA_KDF_SALT],
                       const uint8_t derived[XA_KDF_OUT], const uint8_t key[XA_STORE_KEY],
                       struct xa_store_wrap *ret);

/* The size of a file with a body of plain_len bytes, a multiple of XA_STORE_BLOCK
 * between XA_STORE_BLOCK and XA_STORE_BODY_MAX. */
size_t xa_store_file_len(size_t plain_len);

/* Writes a whole file into ret_file[xa_store_file_len(plain.len)], with a fresh
 * nonce for its body. */
void xa_store_encode(const struct xa_store_wrap *wrap, uint64_t generation,
                     const uint8_t key[XA_STORE_KEY], struct xa_slice plain, uint8_t *ret_file);

#endif
