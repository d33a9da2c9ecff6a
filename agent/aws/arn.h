/* ARNs, account ids and the names inside them (facts 13). */
#ifndef XA_AGENT_AWS_ARN_H
#define XA_AGENT_AWS_ARN_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

struct xa_role_arn { struct xa_slice partition, account, path, name; };   /* borrow the ARN */

bool xa_account_valid(struct xa_slice account);      /* 12 digits                     */
bool xa_role_name_valid(struct xa_slice name);       /* [A-Za-z0-9_+=,.@-]{1,64}      */

/* path is "/" or "/…/". XA_BAD_CONFIG with the value at fault. */
bool xa_role_arn_parse(struct xa_slice arn, struct xa_role_arn *ret,
                       struct xa_error *err) XA_MUST_CHECK;

/* "ACCOUNT/ROLE", "ACCOUNT/path/ROLE" or a role's ARN, as `dest add` takes it.
 * The partition is empty for the short forms, path "/" for the first. */
bool xa_role_target_parse(struct xa_slice target, struct xa_role_arn *ret,
                          struct xa_error *err) XA_MUST_CHECK;

/* An assumed role's ARN, arn:P:sts::A:assumed-role/ROLE/SESSION. AWS leaves the
 * role's path out; servers behind an endpoint_url may keep it in *ret_role, and
 * may leave the account empty (facts 14.1): compare what counts. False if it is
 * no such ARN. */
bool xa_assumed_role_parse(struct xa_slice arn, struct xa_slice *ret_account,
                           struct xa_slice *ret_role, struct xa_slice *ret_session) XA_MUST_CHECK;

/* A user's name out of arn:P:iam::A:user/path/NAME; empty if it is no user. */
struct xa_slice xa_user_name_of(struct xa_slice arn);

/* Makes a session name of any text: other bytes than [A-Za-z0-9_+=,.@-] become
 * '-', cut at 64, padded to 2 (facts 1.2). */
void xa_session_name_from(struct xa_slice text, char ret[XA_SESSION_NAME_MAX + 1]);

#endif
