/* The issued credentials as the bytes of the sealed cache, once they are opened,
 * and back. FORMAT.md of the vault, section 7. Pure: the time is handed in. */
#ifndef XA_AGENT_BROKER_SEALED_H
#define XA_AGENT_BROKER_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/broker/cache.h"
#include "agent/vault/seal.h"
#include "agent/vault/secret.h"
#include "proto/error.h"
#include "proto/wire.h"

#define XA_SEALED_FILE_MAX (1024 * 1024)     /* bytes, as the vault's (V2); own choice  */
#define XA_SEALED_PLAIN_MAX (XA_SEALED_FILE_MAX - XA_SEAL_HEAD - XA_SEAL_TAG)
#define XA_SEALED_ENTRIES_MAX 4096           /* as the vault's; own choice              */
#define XA_SEALED_BOOT_MAX 64                /* of a boot's id; Linux has 36            */

/* A moment by both clocks. The boot's id tells whether two readings of BOOTTIME
 * can be compared: /proc/sys/kernel/random/boot_id without its line's end. "": not
 * known, and then no other boot is taken for the same one. */
struct xa_sealed_moment {
    struct xa_slice boot;
    int64_t boot_ms;                         /* CLOCK_BOOTTIME                          */
    int64_t wall_s;                          /* Unix seconds                            */
};

/* What decoded bytes say. Borrows them. */
struct xa_sealed {
    struct xa_sealed_moment at;              /* when it was sealed                      */
    uint64_t serial;                         /* rises with each file that is written    */
    uint32_t n_entries;
    struct xa_reader entries;                /* checked: for xa_sealed_next             */
};

/* One entry as it was when it was sealed: good_until_ms is by the clock of
 * sealed->at. Borrows the bytes. */
struct xa_sealed_entry {
    const uint8_t *key;                      /* 32 bytes                                */
    struct xa_slice name;
    struct xa_issued issued;
};

/* All that is alive in the cache at now, in a sealed secret that the caller owns.
 * Left out: what does not fit XA_SEALED_PLAIN_MAX and XA_SEALED_ENTRIES_MAX any
 * more, and what xa_sealed_decode would refuse. *ret_n: how many are in. The room
 * is not the arena's, where to make some would be to drop what is to be kept.
 * Errors as xa_secret_new. */
struct xa_secret *xa_sealed_encode(const struct xa_cache *cache, const struct xa_sealed_moment *now,
                                   uint64_t serial, size_t *ret_n,
                                   struct xa_error *err) XA_MUST_CHECK;

/* Checks all of it, every entry, with nothing left over. XA_VAULT_DAMAGED, with a
 * message that goes on after the name of the file. */
bool xa_sealed_decode(struct xa_slice plain, struct xa_sealed *ret,
                      struct xa_error *err) XA_MUST_CHECK;

/* The next of sealed->n_entries. */
void xa_sealed_next(struct xa_sealed *sealed, struct xa_sealed_entry *ret);

/* For how long, from now on, an entry is good: in the boot that sealed it by
 * BOOTTIME, exactly (T1); in another one by the wall clock, a second less, since
 * that is known to the second only. At most issued_for_s; 0 or less: expired, or
 * the clock that tells has gone back since. A wall clock that stood still while the
 * machine was off cannot be told from a short pause. Milliseconds. */
int64_t xa_sealed_left_ms(const struct xa_sealed_moment *sealed, const struct xa_issued *issued,
                          const struct xa_sealed_moment *now);

/* False: the clock that tells how much time has passed has gone back since, so that
 * nothing in it can be judged. */
bool xa_sealed_is_past(const struct xa_sealed_moment *sealed, const struct xa_sealed_moment *now);

/* Puts into the cache what is still good and not there already, as far as there is
 * room that nobody else has (xa_cache_restore). Returns how many. */
size_t xa_sealed_restore(struct xa_sealed *sealed, const struct xa_sealed_moment *now,
                         struct xa_cache *cache);

#endif
