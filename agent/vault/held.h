/* What the vault holds in memory, and how its jobs begin. For vault.c, which looks and
 * signs, and for begin.c and rotation.c, which begin jobs. */
#ifndef XA_AGENT_VAULT_HELD_H
#define XA_AGENT_VAULT_HELD_H

#include "agent/vault/body.h"
#include "agent/vault/job.h"
#include "agent/vault/vault.h"

struct xa_vault {
    struct xa_vault_site site;
    struct xa_secret *key;             /* the data key; NULL: locked or absent        */
    struct xa_secret *body;            /* with it, and only with it                   */
    bool fresh;                        /* open, but without a file until the first add */
    struct xa_store_wrap wrap;         /* of a fresh one                              */
    struct xa_mark seen;               /* of the file last read or written            */
    unsigned locks;                    /* how often it was locked                     */
    unsigned long bodies;              /* how often `body` became another, or none    */
    struct xa_vault_job *job;          /* under way                                   */
    int turn;                          /* held among all agents (others.h); -1: not   */
    char warning[XA_VAULT_WARNING_SIZE];
};

/* The content of an open vault, until xa_secret_shut(vault->body). */
struct xa_slice xa_held_open(struct xa_vault *vault);

/* The two that all who look share. False, as xa_fail. */
bool xa_held_locked(struct xa_error *err);
bool xa_held_no_such_key(struct xa_slice name, struct xa_error *err);

/* A job that makes this change of the open vault: with its own copy of the data key, and
 * not under way before xa_held_started, which makes it own what it was given. NULL:
 * XA_LOCKED, XA_BUSY, XA_NO_MEMORY, as xa_secret_new. */
struct xa_vault_job *xa_held_new_change(struct xa_vault *vault, enum xa_change_kind kind,
                                        struct xa_error *err) XA_MUST_CHECK;

/* The same for a name that must be there, which is noted in the change. XA_NO_SUCH_NAME. */
struct xa_vault_job *xa_held_new_change_of(struct xa_vault *vault, enum xa_change_kind kind,
                                           struct xa_slice name,
                                           struct xa_error *err) XA_MUST_CHECK;
struct xa_vault_job *xa_held_started(struct xa_vault *vault, struct xa_vault_job *job);

/* Whether this is a key that can be stored. XA_USAGE. */
bool xa_held_key_valid(const struct xa_vault_info *info, struct xa_secret *secret,
                       struct xa_error *err) XA_MUST_CHECK;

#endif
