/* One request to AWS: built, signed and handed to the port. */
#ifndef XA_AGENT_BROKER_CALL_H
#define XA_AGENT_BROKER_CALL_H

#include "agent/broker/identity.h"
#include "agent/broker/policy.h"
#include "agent/broker/port.h"
#include "agent/vault/vault.h"

/* The whole exchange, N3. */
#define XA_CALL_TIMEOUT_MS 10000

struct xa_call_order {
    const struct xa_identity *reach;       /* CA, proxy                                  */
    const struct xa_endpoint *at;          /* where it is asked                          */
    enum xa_action action;
    struct xa_slice body;
    /* The signer, or whose credentials the body holds: a key of the vault by name, or one
     * in hand. */
    struct xa_vault *vault;
    struct xa_slice source;
    const struct xa_sigv4_key *key;        /* used if vault is NULL                      */
    enum xa_identity_kind signer;          /* what kind of identity the key is           */
    bool signer_is_temporary;
    int64_t time_s;
    bool once;                             /* it holds an MFA code (N9)                  */
    enum xa_key_kind kind;                 /* by which of the source's keys              */
    bool alone;                            /* by a courier of its own: a long-lived key
                                            * comes back                                 */
};

/* Returns the call, or NULL: XA_POLICY if the table of N7 does not allow it, or the
 * body is not that of its action (a form begins with Action=NAME&, JSON is an empty
 * object); the errors of xa_vault_sign and of the port. */
struct xa_port_call *xa_call_send(const struct xa_port *port, const struct xa_call_order *order,
                                  xa_port_done_fn *done, void *done_ctx,
                                  struct xa_error *err) XA_MUST_CHECK;

#endif
