/* What the tests of the vault share: a cheap key derivation, and the vault's
 * operations done in one call. */
#ifndef XA_TESTS_VAULT_KIT_H
#define XA_TESTS_VAULT_KIT_H

#include "agent/vault/rotation.h"
#include "agent/vault/vault.h"

#define KIT_KEY_ID "AKIAIOSFODNN7EXAMPLE"
#define KIT_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KIT_NEW_KEY_ID "AKIAI44QH8DHBEXAMPLE"      /* what a rotation brings */
#define KIT_NEW_SECRET "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
#define KIT_NOW 1800000000                         /* when it takes place    */
#define KIT_ARN "arn:aws:iam::111111111111:user/alice"

/* Depends on all that Argon2id depends on, and costs a microsecond. Counts its
 * runs and keeps the largest cost it was asked for. */
xa_kdf_fn kit_cheap_kdf;
extern unsigned kit_kdf_runs;
extern struct xa_kdf_cost kit_kdf_highest;

/* A sealed secret that holds the text. Ends the process if there is none. */
struct xa_secret *kit_secret(const char *text);

/* The file of a vault as an older xacct might have left it: passphrase "first",
 * a cost far below today's, one key `main`; in the middle of a rotation, if wanted. */
#define KIT_WEAK_LEN (256 + 4096 + 16)
void kit_weak_file(bool rotating, uint8_t ret[KIT_WEAK_LEN]);

/* A new directory below $TMPDIR or /tmp with the places of a vault in it, and its
 * end with all files, two levels deep. As set-up and tear-down of cmocka. */
extern char kit_dir[4096];
extern char kit_path[4200];            /* kit_dir/data/vault         */
extern char kit_state_path[4200];      /* kit_dir/state/vault.state  */
extern char kit_aside[4200];           /* kit_dir/aside              */
int kit_make_place(void **state);
int kit_remove_place(void **state);

/* A vault at that place with the cheap derivation; files may be NULL. */
struct xa_vault *kit_vault(const struct xa_files *files);

/* One that is saved with one key, `main`, passphrase "first", and open. */
struct xa_vault *kit_saved_vault(void);

/* Whole files. They end the process when something fails. */
size_t kit_read_file(const char *from, uint8_t *room, size_t cap);
void kit_write_file(const char *to, const uint8_t *bytes, size_t len);
void kit_copy_file(const char *from, const char *to);
bool kit_exists(const char *path);

/* True if a save left its new file beside the vault or the state file. */
bool kit_leftovers(void);

/* begin, run and end in one. */
bool kit_unlock(struct xa_vault *v, const char *passphrase, struct xa_error *err);
bool kit_unlock_accepting_rollback(struct xa_vault *v, const char *passphrase,
                                   struct xa_error *err);
bool kit_create(struct xa_vault *v, const char *passphrase, struct xa_error *err);
bool kit_add(struct xa_vault *v, const char *name, const char *secret, struct xa_error *err);
bool kit_remove(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_prove(struct xa_vault *v, const struct xa_vault_info *info, struct xa_error *err);
bool kit_passwd(struct xa_vault *v, const char *old, const char *new, struct xa_error *err);

/* The steps of a rotation at KIT_NOW. The new key is KIT_NEW_KEY_ID with KIT_NEW_SECRET, or,
 * where those are current, KIT_KEY_ID with KIT_SECRET. settle drops whatever is
 * journaled. */
bool kit_intend(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_pend(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_switch(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_switch_back(struct xa_vault *v, const char *name, struct xa_error *err);
bool kit_settle(struct xa_vault *v, const char *name, struct xa_error *err);

/* The names it holds, in their order, each behind a space: " a b". "" if locked. Behind a
 * name * says that its key signs as the new one, and then comes what is journaled of it:
 * " a+intent b*+retired"; with a ? if that key does not sign as the other of the two. */
const char *kit_names(struct xa_vault *v);

#endif
