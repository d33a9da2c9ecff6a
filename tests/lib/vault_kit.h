/* What the tests of the vault share: a cheap key derivation, and the vault's
 * operations done in one call. */
#ifndef XA_TESTS_VAULT_KIT_H
#define XA_TESTS_VAULT_KIT_H

#include "agent/vault/vault.h"

#define KIT_KEY_ID "AKIAIOSFODNN7EXAMPLE"
#define KIT_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KIT_ARN "arn:aws:iam::111111111111:user/alice"

/* Depends on all that Argon2id depends on, and costs a microsecond. Counts its
 * runs and keeps the largest cost it was asked for. */
xa_kdf_fn kit_cheap_kdf;
extern unsigned kit_kdf_runs;
extern struct xa_kdf_cost kit_kdf_highest;

/* A sealed secret that holds the text. Ends the process if there is none. */
struct xa_secret *kit_secret(const char *text);

/* The file of a vault as an older xacct might have left it: passphrase "first",
 * a cost far below today's, one key `main`. */
#define KIT_WEAK_LEN (256 + 4096 + 16)
void kit_weak_file(uint8_t ret[KIT_WEAK_LEN]);

/* The path of a new directory below $TMPDIR or /tmp, and its end with all files
 * in it, two levels deep. */
void kit_make_dir(char ret[4096]);
void kit_remove_dir(const char *path);

/* begin, run and end in one. */
bool kit_unlock(struct xa_vault *v, const char *passphrase, struct xa_error *err);
bool kit_unlock_accepting_rollback(struct xa_vault *v, const char *passphrase, struct xa_error *err);
bool kit_create(struct xa_vault *v, const char *passphrase, struct xa_error *err);
bool kit_add(struct xa_vault *v, const char *name, const char *secret, struct xa_error *err);
bool kit_remove(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_passwd(struct xa_vault *v, const char *old, const char *new, struct xa_error *err);

/* The names it holds, in their order, each behind a space: " a b". "" if locked. */
const char *kit_names(struct xa_vault *v);

#endif
