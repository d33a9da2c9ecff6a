/* What the vault does with files, in checked steps: read one whole, replace one
 * so that no crash tears it, hold the lock beside it. */
#ifndef XA_AGENT_VAULT_DISK_H
#define XA_AGENT_VAULT_DISK_H

#include "agent/vault/files.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

#define XA_DISK_LOCK_WAIT_MS 10000     /* V12                                     */
#define XA_DISK_NAME_SIZE 248          /* of a file: room for ".lock", ".new", ".turn" */

/* A file's place, and the operations that reach it. */
struct xa_place {
    const struct xa_files *files;
    char dir[XA_PATH_MAX];
    char name[XA_DISK_NAME_SIZE];
};

/* Splits an absolute path. XA_IO: relative, or too long. */
bool xa_place_init(struct xa_place *place, const struct xa_files *files, const char *path,
                   struct xa_error *err) XA_MUST_CHECK;

/* Opens the place's directory, making it and its parents first if `make`. -1:
 * XA_IO, or XA_NO_VAULT when there is no such directory. */
int xa_disk_open_dir(const struct xa_place *place, bool make, struct xa_error *err) XA_MUST_CHECK;

/* True if anything stands there, also what cannot be read. */
bool xa_disk_exists(const struct xa_place *place);

/* Reads the whole file, which the caller frees. It must be a regular file of
 * ours, not linked twice, for nobody else to read, of at most max bytes, all of
 * that checked before reading (V2): XA_VAULT_DAMAGED. Absent: XA_NO_VAULT.
 * Otherwise XA_IO, XA_NO_MEMORY. */
bool xa_disk_read(const struct xa_place *place, int dir, size_t max, uint8_t **ret, size_t *ret_len,
                  struct xa_error *err) XA_MUST_CHECK;

/* Whether bytes that were read back are good, in addition to being equal. */
typedef bool xa_disk_good_fn(void *ctx, struct xa_slice bytes);

/* Puts bytes in the file's place (V7): a new file beside it, written, synced,
 * read back and judged, renamed over the old one, the directory synced. A new
 * file that a killed process left is removed first, so the caller holds the
 * lock. XA_IO; then the old file stands, unless only the last sync failed, which
 * err->why and *ret_placed say. */
bool xa_disk_replace(const struct xa_place *place, int dir, struct xa_slice bytes,
                     xa_disk_good_fn *good, void *ctx, bool *ret_placed,
                     struct xa_error *err) XA_MUST_CHECK;

/* Makes the file's directory entry and those of the directories above it last,
 * as far as they can be opened: for the first file in a directory just made. */
void xa_disk_sync_parents(const struct xa_place *place);

/* Takes the lock NAME.lock beside the file, waiting XA_DISK_LOCK_WAIT_MS at most.
 * The descriptor's end is the lock's. What a killed process left beside the file
 * is removed then. -1: XA_IO. */
int xa_disk_lock(const struct xa_place *place, int dir, struct xa_error *err) XA_MUST_CHECK;

/* Takes the other lock, NAME.turn, without waiting: for what lasts as long as a call to AWS.
 * The descriptor's end is the lock's. -1: XA_BUSY (another process has it), XA_IO. */
int xa_disk_take_turn(const struct xa_place *place, int dir, struct xa_error *err) XA_MUST_CHECK;

void xa_disk_close(const struct xa_place *place, int fd);     /* -1 is fine */

#endif
