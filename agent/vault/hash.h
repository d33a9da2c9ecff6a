/* The small tools of cryptography that other rooms need, so that libsodium has
 * its one door here: randomness, wiping, comparing, and the hash of cache keys. */
#ifndef XA_AGENT_VAULT_HASH_H
#define XA_AGENT_VAULT_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/wire.h"

#define XA_HASH_LEN 32

/* Once, before anything else of this room; twice does no harm. XA_INTERNAL: the
 * system has no randomness to give. */
bool xa_crypto_init(struct xa_error *err) XA_MUST_CHECK;

void xa_random(void *at, size_t len);

/* Zeroes in a way that no compiler leaves out. */
void xa_wipe(void *at, size_t len);

/* Constant time in the content; the length is not secret (M9). */
bool xa_equal(const void *a, const void *b, size_t len) XA_MUST_CHECK;

/* BLAKE2b-256 over the number of parts and each part behind its length, so that
 * no two different lists have one input: ("ab", "c") is not ("a", "bc"). */
void xa_hash(uint8_t ret[XA_HASH_LEN], const struct xa_slice *parts, size_t n);

/* The same as lower-case hexadecimal, terminated. */
#define XA_HASH_TEXT_SIZE (2 * XA_HASH_LEN + 1)
void xa_hash_text(char ret[XA_HASH_TEXT_SIZE], const struct xa_slice *parts, size_t n);

#endif
