/* From a passphrase to a key: Argon2id 1.3, and what it has to cost. */
#ifndef XA_AGENT_VAULT_KDF_H
#define XA_AGENT_VAULT_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/attr.h"

#define XA_KDF_OUT 64                         /* 32 of key, 32 of commitment             */
#define XA_KDF_SALT 16
#define XA_KDF_T 3                            /* what a new vault starts from            */
#define XA_KDF_M_KIB (256 * 1024)
#define XA_KDF_M_FLOOR_KIB (64 * 1024)        /* a new vault on a machine short of memory */
#define XA_KDF_T_MAX 16                       /* more is refused on open                 */
#define XA_KDF_M_MIN_KIB 8                    /* RFC 9106: 8 KiB a lane                  */
#define XA_KDF_M_MAX_KIB (2 * 1024 * 1024)
#define XA_KDF_AIM_MS 500                     /* t is raised at creation until then      */

struct xa_kdf_cost { uint32_t t, m_kib; };

/* Argon2id, or a cheap stand-in in tests: fills out[64] (32 bytes of key, 32 of
 * commitment) from the passphrase. False: out of memory. */
typedef bool xa_kdf_fn(uint8_t out[XA_KDF_OUT], const uint8_t *passphrase, size_t len,
                       const uint8_t salt[XA_KDF_SALT], uint32_t t, uint32_t m_kib);

/* Milliseconds of a clock that never steps back. */
typedef int64_t xa_clock_fn(void);

xa_kdf_fn xa_kdf_argon2id;
xa_clock_fn xa_kdf_clock;                     /* CLOCK_MONOTONIC                         */

/* Derives for a new vault: raises t from XA_KDF_T until one derivation takes
 * XA_KDF_AIM_MS, at most to XA_KDF_T_MAX, and says in *ret which cost it was. Less
 * memory than XA_KDF_M_KIB only if there is no more, and never less than the
 * floor. False: not even that. */
bool xa_kdf_calibrate(xa_kdf_fn *kdf, xa_clock_fn *clock, const uint8_t *passphrase, size_t len,
                      const uint8_t salt[XA_KDF_SALT], uint8_t out[XA_KDF_OUT],
                      struct xa_kdf_cost *ret) XA_MUST_CHECK;

/* True if a vault of this cost is due for an upgrade (V6). */
bool xa_kdf_weak(struct xa_kdf_cost cost);

/* The cost raised to today's, lowered in nothing. */
struct xa_kdf_cost xa_kdf_raised(struct xa_kdf_cost cost);

#endif
