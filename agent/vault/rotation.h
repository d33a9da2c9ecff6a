/* How the vault takes part in `rotate`: what has happened is journaled beside the key
 * that is being replaced, one save a step, so that a run that was killed at any instant
 * has lost no key and the next one resumes or takes back:
 *
 *     intend                 current + intent     AWS may create a key from here on
 *     (CreateAccessKey)
 *     pend                   current + pending    the new key is safe, and can sign
 *     (GetCallerIdentity)
 *     switch                 current + retired    the new key is current
 *     (DeleteAccessKey)
 *     settle                 current              done; or taken back, from any step
 *     switch back            current + pending    from retired, if AWS takes the new key no more
 *
 * An intent without a pending key says: a key at AWS that nobody knows, made after it, may
 * be ours, and its secret is lost then. It may be somebody's too: a person decides. */
#ifndef XA_AGENT_VAULT_ROTATION_H
#define XA_AGENT_VAULT_ROTATION_H

#include "agent/vault/vault.h"

/* What is journaled of a name. kind XA_KEY_CURRENT: nothing, and the rest is empty. */
struct xa_vault_rotation {
    enum xa_key_kind kind;
    char access_key_id[XA_ACCESS_KEY_ID_MAX + 1];   /* "" of an intent                    */
    char account[XA_ACCOUNT_LEN + 1];               /* "" of an intent, or if not known   */
    char arn[XA_ARN_MAX + 1];
    int64_t created_at;                   /* Unix seconds: when it was noted or stored    */
    int64_t due_at;                       /* Unix seconds: of a retired key; else 0       */
};

/* False: locked, or no such name. */
bool xa_vault_rotation(struct xa_vault *vault, struct xa_slice name,
                       struct xa_vault_rotation *ret) XA_MUST_CHECK;

/* Whether another name than `name` has this key too, current, pending or retired: what kills
 * it would kill that one. ret: that name. False if none, or locked. */
bool xa_vault_shares_key(struct xa_vault *vault, struct xa_slice name,
                         struct xa_slice access_key_id, char ret[XA_NAME_MAX + 1]) XA_MUST_CHECK;

/* The steps: jobs as in vault.h, each decided by what the file holds when it runs. Errors
 * of begin: XA_LOCKED, XA_BUSY, XA_NO_MEMORY, XA_NO_SUCH_NAME (the vault holds no such
 * name), XA_USAGE (what is to be noted cannot be). Errors of end: XA_IO (the old file
 * stands, unless err->why says more), XA_LOCKED as add, and
 *   XA_NAME_TAKEN    intend: a rotation of this name is under way already;
 *   XA_NO_SUCH_NAME  the others: what the step begins from is not there, or is another
 *                    one: the name was removed, or rotated by another process.
 * Both leave the file as it was. */

/* Notes that AWS is about to be asked for a new key. now_s: Unix seconds. */
struct xa_vault_job *xa_vault_begin_intend(struct xa_vault *vault, struct xa_slice name,
                                           int64_t now_s, struct xa_error *err) XA_MUST_CHECK;

/* Stores the new key in the intent's place. info: the name, the new key's id, when it was
 * created, and the account and ARN that it has once it is current. The secret is sealed, and
 * moved as by add: it is gone when the job ends, whatever its outcome. XA_BAD_REPLY: the
 * new key is the current one. */
struct xa_vault_job *xa_vault_begin_pend(struct xa_vault *vault, const struct xa_vault_info *info,
                                         struct xa_secret **secret,
                                         struct xa_error *err) XA_MUST_CHECK;

/* The pending key, which AWS has accepted, becomes current as of now_s; the current one is
 * retired, to be deleted at AWS once due_at (Unix seconds) is reached. One save. */
struct xa_vault_job *xa_vault_begin_switch(struct xa_vault *vault, struct xa_slice name,
                                           struct xa_slice pending_key_id, int64_t now_s,
                                           int64_t due_at, struct xa_error *err) XA_MUST_CHECK;

/* The way back, when AWS takes the key that is current no more: the retired one, which AWS
 * has accepted, is current again, and the other waits as pending. One save. */
struct xa_vault_job *xa_vault_begin_switch_back(struct xa_vault *vault, struct xa_slice name,
                                                struct xa_slice retired_key_id,
                                                struct xa_error *err) XA_MUST_CHECK;

/* Drops what is journaled, which AWS does not hold any more: this intent (without a key
 * id), this pending or this retired key. */
struct xa_vault_job *xa_vault_begin_settle(struct xa_vault *vault, struct xa_slice name,
                                           enum xa_key_kind kind, struct xa_slice access_key_id,
                                           struct xa_error *err) XA_MUST_CHECK;

#endif
