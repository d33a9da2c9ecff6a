/* The vault's file held under its lock, from reading it to replacing it: every
 * save goes through here (V7). For job.c only. */
#ifndef XA_AGENT_VAULT_SESSION_H
#define XA_AGENT_VAULT_SESSION_H

#include "agent/vault/mark.h"
#include "agent/vault/secret.h"

/* Where a vault is, and how keys are derived for it: fixed for its life. */
struct xa_vault_site {
    struct xa_place vault, state;
    xa_kdf_fn *kdf;
    xa_clock_fn *clock;
};

#define XA_VAULT_WARNING_SIZE 640

struct xa_session {
    const struct xa_vault_site *site;
    int dir, lock;                     /* -1: none                                  */
    uint8_t *bytes;                    /* the file as it is; NULL until load        */
    struct xa_store store;
    struct xa_secret *body;            /* of that file                              */
    struct xa_mark mark;               /* of the file as it is, after a save too    */
    bool saved;                        /* a save is in place, even if not confirmed */
    char warning[XA_VAULT_WARNING_SIZE];
};

/* Opens the directory, making it first if `make`, and takes the lock. After a
 * failure too xa_session_end must follow. XA_NO_VAULT, XA_IO. */
bool xa_session_begin(struct xa_session *s, const struct xa_vault_site *site, bool make,
                      struct xa_error *err) XA_MUST_CHECK;

/* As above, but a lock that cannot be had (a disk that is full or read-only) is
 * only a warning: good for reading, s->lock tells. */
bool xa_session_begin_to_read(struct xa_session *s, const struct xa_vault_site *site,
                              struct xa_error *err) XA_MUST_CHECK;

/* Without any lock, to see only: s->mark is that of the file as it is now, which
 * xa_session_load then opens. Errors of xa_disk_read, xa_store_decode. */
bool xa_session_look(struct xa_session *s, const struct xa_vault_site *site,
                     struct xa_error *err) XA_MUST_CHECK;

/* Reads the file as it is now and opens it. XA_LOCKED: not with this key. Errors
 * of xa_disk_read, xa_store_decode, xa_body_check, xa_secret_new. */
bool xa_session_load(struct xa_session *s, struct xa_secret *key,
                     struct xa_error *err) XA_MUST_CHECK;

/* Holds what was loaded against what was seen before, by this process and by the
 * state file. XA_VAULT_ROLLED_BACK. */
bool xa_session_check(struct xa_session *s, struct xa_secret *key, const struct xa_mark *seen,
                      struct xa_error *err) XA_MUST_CHECK;

/* Replaces the file: one generation up (1 if there was none), this key, this
 * body; wrap may be NULL: the one of the file. Errors of xa_disk_replace; s->saved
 * tells whether the file is the new one all the same. */
bool xa_session_save(struct xa_session *s, const struct xa_store_wrap *wrap, struct xa_secret *key,
                     struct xa_secret *body, struct xa_error *err) XA_MUST_CHECK;

/* Writes the state file if it does not hold s->mark already. */
bool xa_session_remember(struct xa_session *s, struct xa_secret *key,
                         struct xa_error *err) XA_MUST_CHECK;

/* Keeps the message of a failure that need not stop anything. */
void xa_session_warn(struct xa_session *s, const char *what, const struct xa_error *err);

void xa_session_end(struct xa_session *s);     /* frees, gives up the lock */

#endif
