/* The vault: source keys, encrypted at rest, that sign and are never shown.
 *
 * The state lives on the caller's (the loop's) thread. What takes long, the key
 * derivation and the saves, is a job in three steps:
 *
 *     job = xa_vault_begin_…(vault, …)    on the loop: takes a snapshot
 *     xa_vault_job_run(job)               anywhere, once: touches the job only
 *     xa_vault_job_end(vault, job, …)     on the loop: adopts the outcome, frees
 *
 * One job at a time: begin fails with XA_BUSY while one is under way (the hall
 * queues). A lock between begin and end makes the job's outcome void for memory
 * (the vault stays locked), never for the file. */
#ifndef XA_AGENT_VAULT_VAULT_H
#define XA_AGENT_VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/vault/kdf.h"
#include "agent/vault/key_kind.h"
#include "agent/vault/secret.h"
#include "agent/vault/sigv4.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

struct xa_files;      /* agent/vault/files.h: the file operations, so that tests can fail them */
struct xa_vault;
struct xa_vault_job;

/* What the vault is given. All is borrowed for the vault's life. */
struct xa_vault_setup {
    const char *path;               /* the vault file, absolute                       */
    const char *state_path;         /* what is remembered against rollback (V5)       */
    const struct xa_files *files;   /* NULL: the real ones                            */
    xa_kdf_fn *kdf;                 /* NULL: Argon2id                                 */
    xa_clock_fn *clock;             /* for the calibration; NULL: CLOCK_MONOTONIC     */
};

/* What is known of a stored key without showing it. */
struct xa_vault_info {
    char name[XA_NAME_MAX + 1];
    char access_key_id[XA_ACCESS_KEY_ID_MAX + 1];
    char account[XA_ACCOUNT_LEN + 1];     /* "" if it was never proven */
    char arn[XA_ARN_MAX + 1];
    int64_t created_at;                   /* Unix seconds: when it was stored */
};

enum xa_vault_condition {
    XA_VAULT_IS_ABSENT,     /* no file, and none begun                                */
    XA_VAULT_IS_LOCKED,
    XA_VAULT_IS_OPEN,
    XA_VAULT_IS_NEW,        /* open, empty and not on disk yet: the first add saves it */
};

struct xa_vault *xa_vault_new(const struct xa_vault_setup *setup,
                              struct xa_error *err) XA_MUST_CHECK;
void xa_vault_free(struct xa_vault **vault);      /* wipes; NULL is fine; no job may be under way */

/* Looks at the file system when it has to (absent or locked). */
enum xa_vault_condition xa_vault_condition(struct xa_vault *vault);

/* Wipes data key and source keys at once. An XA_VAULT_IS_NEW vault is gone. */
void xa_vault_lock(struct xa_vault *vault);

/* How often what it holds became something else, or was wiped: while this stays the same,
 * so does what xa_vault_find says. */
unsigned long xa_vault_changes(const struct xa_vault *vault);

/* What the last job that ended could not do without failing for it, in one line
 * for people (V5, V6); "" if nothing. Never NULL. */
const char *xa_vault_warning(const struct xa_vault *vault);

/* Number of names held; 0 while locked. Index 0..n-1 in the order of the file. What is
 * known of a name is known of its current key; rotation.h tells of another. */
size_t xa_vault_count(const struct xa_vault *vault);
bool xa_vault_info_at(struct xa_vault *vault, size_t index,
                      struct xa_vault_info *ret) XA_MUST_CHECK;
/* False: locked, or no such name. */
bool xa_vault_find(struct xa_vault *vault, struct xa_slice name,
                   struct xa_vault_info *ret) XA_MUST_CHECK;

/* Signs with the stored key `name`: the only thing a source key is used for.
 * XA_LOCKED, XA_NO_SUCH_NAME, XA_INTERNAL as xa_sigv4_sign. */
bool xa_vault_sign(struct xa_vault *vault, struct xa_slice name,
                   const struct xa_sigv4_request *request, struct xa_sigv4_signature *ret,
                   struct xa_error *err) XA_MUST_CHECK;

/* The same with the key that is pending or retired. XA_NO_SUCH_NAME: there is none of
 * that kind; an intent has none to sign with. */
bool xa_vault_sign_kind(struct xa_vault *vault, struct xa_slice name, enum xa_key_kind kind,
                        const struct xa_sigv4_request *request, struct xa_sigv4_signature *ret,
                        struct xa_error *err) XA_MUST_CHECK;

/* Seals a secret for a file that only this vault opens (seal.h); the caller frees
 * *ret, ciphertext of *ret_len bytes. The key is derived from the data key, which a
 * change of the passphrase draws anew: what was sealed before opens no more, and is
 * to be sealed again. XA_LOCKED, XA_NO_MEMORY. */
bool xa_vault_seal(struct xa_vault *vault, struct xa_secret *plain, uint8_t **ret, size_t *ret_len,
                   struct xa_error *err) XA_MUST_CHECK;

/* Opens what was sealed so, into a sealed secret that the caller owns. NULL:
 * XA_LOCKED; XA_VAULT_DAMAGED (not of this vault and passphrase, or changed; the
 * message goes on after the name of the file: "is damaged"); as xa_secret_new. */
struct xa_secret *xa_vault_unseal(struct xa_vault *vault, struct xa_slice sealed,
                                  struct xa_error *err) XA_MUST_CHECK;

/* Opens the vault. Takes the passphrase, sealed (moved: freed by the job, which sets
 * *passphrase to NULL) on success of the call. create: derives the key of a new
 * vault instead, which is then XA_VAULT_IS_NEW.
 * Errors of begin: XA_BUSY, XA_NO_VAULT, XA_NAME_TAKEN (create, but there is
 * one), XA_NO_MEMORY, XA_IO, and XA_VAULT_DAMAGED for structural faults, before
 * any derivation (V4).
 * Errors of end: XA_BAD_PASSPHRASE (wrong, or the content is damaged: one
 * message), XA_VAULT_ROLLED_BACK unless accept_rollback, XA_NO_MEMORY,
 * XA_UNLOCKED_MEMORY, XA_IO. */
struct xa_vault_job *xa_vault_begin_unlock(struct xa_vault *vault, struct xa_secret **passphrase,
                                           bool create, bool accept_rollback,
                                           struct xa_error *err) XA_MUST_CHECK;

/* Stores one more key. info->name is new, else XA_NAME_TAKEN. The secret is
 * sealed and moved as the passphrase above. Errors of end: XA_IO (the old file stands),
 * XA_LOCKED (another agent's `passwd` took our data key out of use: the vault
 * is locked now), XA_NAME_TAKEN (another process stored it meanwhile). */
struct xa_vault_job *xa_vault_begin_add(struct xa_vault *vault, const struct xa_vault_info *info,
                                        struct xa_secret **secret,
                                        struct xa_error *err) XA_MUST_CHECK;

/* Removes the name with all its keys, and what is journaled of it. Errors as add;
 * XA_NO_SUCH_NAME. */
struct xa_vault_job *xa_vault_begin_remove(struct xa_vault *vault, struct xa_slice name,
                                           struct xa_error *err) XA_MUST_CHECK;

/* Notes account and ARN with a key that was stored without: AWS has said whose it is.
 * info->access_key_id is the key that AWS spoke of. Errors of begin and end: as add;
 * XA_NO_SUCH_NAME: it is not there, or another key has its name; XA_BAD_REPLY. */
struct xa_vault_job *xa_vault_begin_prove(struct xa_vault *vault, const struct xa_vault_info *info,
                                          struct xa_error *err) XA_MUST_CHECK;

/* Draws a new data key, wrapped by the new passphrase; needs no unlocked vault.
 * Both secrets are sealed, and moved. Errors of begin and end: as unlock, XA_LOCKED
 * (another process changed the passphrase meanwhile), XA_IO (the old file stands). */
struct xa_vault_job *xa_vault_begin_passwd(struct xa_vault *vault, struct xa_secret **passphrase,
                                           struct xa_secret **new_passphrase,
                                           struct xa_error *err) XA_MUST_CHECK;

void xa_vault_job_run(struct xa_vault_job *job);

/* Frees the job (sets *job to NULL). True: the vault is as the job wanted it, and
 * open. False with XA_IO or XA_LOCKED and a reason in err->why: the change is in
 * the file all the same; the disk did not confirm it, or the vault was locked
 * while it was being saved. False because the file holds something else by now: the
 * vault holds that too. */
bool xa_vault_job_end(struct xa_vault *vault, struct xa_vault_job **job,
                      struct xa_error *err) XA_MUST_CHECK;

#endif
