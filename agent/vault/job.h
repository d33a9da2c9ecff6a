/* A job of the vault: what it was given, what it found. For begin.c, which
 * begins and ends jobs, and job.c, which runs them and touches nothing else. */
#ifndef XA_AGENT_VAULT_JOB_H
#define XA_AGENT_VAULT_JOB_H

#include "agent/vault/change.h"
#include "agent/vault/session.h"
#include "agent/vault/vault.h"

enum xa_job_kind { XA_JOB_CREATE, XA_JOB_UNLOCK, XA_JOB_CHANGE, XA_JOB_PASSWD };

struct xa_vault_job {
    enum xa_job_kind kind;
    const struct xa_vault_site *site;
    unsigned locks;                    /* the vault's count of locks when it began     */
    bool ran;

    /* given */
    struct xa_secret *passphrase, *new_passphrase;
    bool accept_rollback;
    uint8_t *file;                     /* UNLOCK, PASSWD: the file when it began ...   */
    struct xa_store store;             /* ... and its structure                        */
    struct xa_mark seen;               /* what the vault saw last                      */
    bool fresh;                        /* CHANGE: the vault has no file yet            */
    struct xa_change change;           /* CHANGE                                       */

    /* given to CHANGE, found by the others: the data key, and its wrap where the
     * file's own will not do */
    struct xa_secret *key;
    struct xa_store_wrap wrap;
    bool has_wrap;

    /* found */
    bool ok;
    bool adopt;                        /* key and body are those of the file now: when ok,
                                        * when a save is in place unconfirmed, and when the
                                        * file held something else than the vault       */
    bool key_lost;                     /* the data key held does not open the file     */
    struct xa_error err;
    struct xa_secret *body;
    struct xa_mark mark;               /* known once the file was read or written      */
    char warning[XA_VAULT_WARNING_SIZE];
};

/* The one message for a wrong passphrase and for damaged content (V4). */
bool xa_job_bad_passphrase(struct xa_error *err);

void xa_job_free(struct xa_vault_job **job);      /* NULL is fine */

#endif
