/* Other processes at the same vault: a second agent of the same user, or one of another
 * machine. What they save is noticed, and they are kept out while a step of a rotation that
 * cannot be taken back is under way. */
#ifndef XA_AGENT_VAULT_OTHERS_H
#define XA_AGENT_VAULT_OTHERS_H

#include "agent/vault/vault.h"

/* Brings an open vault up to what its file holds by now, without any lock: a file is replaced
 * whole. A small file is read, no key is derived: for the loop. *ret_changed: it held
 * something else. Errors leave the vault as it was, but for XA_LOCKED:
 *   XA_LOCKED             it is locked, or is now, as the passphrase was changed elsewhere;
 *   XA_BUSY               it is just being saved, and will be up to date after that;
 *   XA_VAULT_ROLLED_BACK  an older copy stands there;
 *   as xa_disk_read, xa_store_decode, xa_body_check and xa_secret_new. */
bool xa_vault_catch_up(struct xa_vault *vault, bool *ret_changed,
                       struct xa_error *err) XA_MUST_CHECK;

/* Takes the turn, for which all agents at this file are one after the other, without waiting:
 * XA_BUSY, it is somebody's, of this process or of another; XA_IO. It ends with the process,
 * also with one that is killed. */
bool xa_vault_take_turn(struct xa_vault *vault, struct xa_error *err) XA_MUST_CHECK;
void xa_vault_give_turn(struct xa_vault *vault);
bool xa_vault_has_turn(const struct xa_vault *vault);

#endif
