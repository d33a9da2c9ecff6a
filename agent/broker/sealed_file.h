/* The sealed cache's file (`cache = sealed`): VAULT.cache beside the vault, so that
 * a restart or a reboot asks for no new MFA code. It is a help and never a duty: a
 * file that cannot be used is ignored, and said once.
 *
 * A save or a removal waits for a lock and for the disk, so it is a job in three
 * steps, like the vault's:
 *
 *     job = xa_sealed_file_begin_…(file, …)   on the loop: seals a snapshot
 *     xa_sealed_job_run(job)                  anywhere, once: holds no key
 *     xa_sealed_job_end(file, &job, …)        on the loop: frees
 *
 * The lock is the vault's own, VAULT.lock. A kill or a power cut at any moment
 * leaves the old file, the new one or none, as it was before or is after. */
#ifndef XA_AGENT_BROKER_SEALED_FILE_H
#define XA_AGENT_BROKER_SEALED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/broker/sealed.h"
#include "agent/vault/files.h"
#include "agent/vault/vault.h"

struct xa_sealed_file;
struct xa_sealed_job;

/* files may be NULL: the real ones; otherwise borrowed. NULL: XA_NO_MEMORY, XA_IO
 * (vault_path is not absolute, or too long). */
struct xa_sealed_file *xa_sealed_file_new(const char *vault_path, const struct xa_files *files,
                                          struct xa_error *err) XA_MUST_CHECK;
void xa_sealed_file_free(struct xa_sealed_file **file);     /* no job may be under way; NULL ok */

/* Puts what the file holds and is still good into the cache, where nothing gives
 * way to it; returns how many. The vault is open. 0 too when the file is absent or
 * ignored: damaged, of another vault or passphrase, from a later time than now, an
 * older copy than this agent has read, written or removed. */
size_t xa_sealed_file_load(struct xa_sealed_file *file, struct xa_vault *vault,
                           struct xa_cache *cache, const struct xa_sealed_moment *now);

/* Why the last load ignored the file, in one line for the log; "" if it did not, and
 * if that was said already: once until a file is read or written again. */
const char *xa_sealed_file_warning(const struct xa_sealed_file *file);

/* To write what is alive in the cache; nothing alive: to remove the file. NULL:
 * XA_BUSY (a job is under way: save again when it has ended), XA_LOCKED, and as
 * xa_secret_new. */
struct xa_sealed_job *xa_sealed_file_begin_save(struct xa_sealed_file *file,
                                                struct xa_vault *vault,
                                                const struct xa_cache *cache,
                                                const struct xa_sealed_moment *now,
                                                struct xa_error *err) XA_MUST_CHECK;

/* To remove the file, for which no key is needed. A save under way comes to nothing.
 * NULL: XA_NO_MEMORY. */
struct xa_sealed_job *xa_sealed_file_begin_remove(struct xa_sealed_file *file,
                                                  struct xa_error *err) XA_MUST_CHECK;

void xa_sealed_job_run(struct xa_sealed_job *job);

/* True: the file is as the job wanted it, or a later removal has overtaken it.
 * Frees the job (sets *job to NULL). XA_IO, XA_NO_MEMORY: of a save the old file
 * stands, or err->why says otherwise; of a removal it may still be there. */
bool xa_sealed_job_end(struct xa_sealed_file *file, struct xa_sealed_job **job,
                       struct xa_error *err) XA_MUST_CHECK;

/* Instead of running and ending it; of a removal too, which then has only made the
 * saves before it void. NULL is fine. */
void xa_sealed_job_free(struct xa_sealed_job **job);

/* Removes the file of the vault at this path, and what a killed save left beside it:
 * a removal in one call, for where waiting up to 10 s for the lock is fine. No file:
 * true at once. XA_NO_MEMORY, XA_IO. */
bool xa_sealed_remove(const char *vault_path, struct xa_error *err) XA_MUST_CHECK;

#endif
