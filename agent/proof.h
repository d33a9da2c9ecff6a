/* A key that was stored unproven (AWS could not be asked, or was not to be) is proven by
 * the first answer that says whose it is. */
#ifndef XA_AGENT_PROOF_H
#define XA_AGENT_PROOF_H

#include "proto/wire.h"

struct xa_agent;
struct xa_inquiry;

/* AWS answered an inquiry: if a stored key signed it whose account is not known yet, that
 * is noted in the vault, in the background. Nobody waits for it; what fails is logged. */
void xa_proof_note(struct xa_agent *agent, const struct xa_inquiry *inquiry,
                   struct xa_slice account, struct xa_slice arn);

#endif
