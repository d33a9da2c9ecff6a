/* The limits of AssumeRole's parameters (facts 1.2), judged before a call: AWS's own
 * refusal of a value costs a round trip and says less. Pure. */
#ifndef XA_AGENT_AWS_LIMITS_H
#define XA_AGENT_AWS_LIMITS_H

#include "agent/aws/sts.h"

/* True if AWS would take these parameters; the role's ARN, the duration and the code
 * are judged elsewhere. XA_USAGE, with the value at fault. */
bool xa_assume_role_fits(const struct xa_assume_role *call, struct xa_error *err) XA_MUST_CHECK;

/* 2 to 64 of A-Z a-z 0-9 _ + = , . @ -, as session names and source identities are. */
bool xa_session_name_valid(struct xa_slice name);

/* 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / - */
bool xa_external_id_valid(struct xa_slice id);

#endif
