/* Bytes sealed for a file that only the vault they were sealed with opens: the
 * cache on disk. The key is derived from the vault's data key and never leaves
 * this room. FORMAT.md, section 7. Pure but for the random nonce. */
#ifndef XA_AGENT_VAULT_SEAL_H
#define XA_AGENT_VAULT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/store.h"
#include "proto/error.h"
#include "proto/wire.h"

#define XA_SEAL_HEAD 56                /* bytes of header, in clear        */
#define XA_SEAL_TAG 16

/* The sizes of what is sealed and of what it holds, 1 byte or more. sealed_len: of
 * bytes that passed xa_seal_check. */
size_t xa_seal_len(size_t plain_len);
size_t xa_seal_plain_len(size_t sealed_len);

/* Seals plain into ret[xa_seal_len(plain.len)], with a fresh nonce. key: the data
 * key. */
void xa_seal(const uint8_t key[XA_STORE_KEY], struct xa_slice plain, uint8_t *ret);

/* Tells, before anything is opened, whether the bytes are sealed ones of this
 * version and of the vault with this data key. XA_VAULT_DAMAGED, with a message
 * that goes on after the name of the file: "is of another vault …". */
bool xa_seal_check(const uint8_t key[XA_STORE_KEY], struct xa_slice sealed,
                   struct xa_error *err) XA_MUST_CHECK;

/* Opens checked bytes into ret_plain[xa_seal_plain_len(sealed.len)]. False: a byte
 * of them was changed; ret_plain holds nothing then. */
bool xa_seal_open(const uint8_t key[XA_STORE_KEY], struct xa_slice sealed,
                  uint8_t *ret_plain) XA_MUST_CHECK;

#endif
