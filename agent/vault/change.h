/* What one change makes of the vault's body. Pure: a job applies it to what the file
 * holds, whoever wrote that. */
#ifndef XA_AGENT_VAULT_CHANGE_H
#define XA_AGENT_VAULT_CHANGE_H

#include "agent/vault/key_kind.h"
#include "agent/vault/vault.h"

enum xa_change_kind {
    XA_CHANGE_ADD, XA_CHANGE_REMOVE, XA_CHANGE_PROVE,
    XA_CHANGE_INTEND, XA_CHANGE_PEND, XA_CHANGE_SWITCH, XA_CHANGE_SWITCH_BACK, XA_CHANGE_SETTLE,
};

struct xa_change {
    enum xa_change_kind kind;
    struct xa_vault_info info;         /* the name, and what the change says of the key:
                                        * ADD, PEND: everything; PROVE: id, account, ARN;
                                        * SWITCH, SWITCH_BACK, SETTLE: of the key that is
                                        * journaled; created_at: of what is put there   */
    struct xa_secret *secret;          /* ADD, PEND                                    */
    enum xa_key_kind journaled;        /* SETTLE: what goes                            */
    int64_t due_at;                    /* SWITCH: of the key that is retired           */
};

/* The body with the change, sealed. NULL: errors of the change's begin in vault.h and
 * rotation.h that another process can cause; XA_IO (the vault is full); as
 * xa_secret_new. */
struct xa_secret *xa_change_apply(const struct xa_change *change, struct xa_slice body,
                                  struct xa_error *err) XA_MUST_CHECK;

#endif
