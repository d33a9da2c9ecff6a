/* --expect ACCOUNT[/ROLE]: is the answer for the account and role that the caller
 * means? */
#ifndef XA_CLIENT_REQUESTS_EXPECT_H
#define XA_CLIENT_REQUESTS_EXPECT_H

#include "proto/error.h"
#include "proto/wire.h"

/* True if `wish` has the form ACCOUNT[/ROLE]. XA_USAGE says what is wrong. */
bool xa_expect_valid(const char *wish, struct xa_error *err) XA_MUST_CHECK;

/* Compares a valid wish with an answer's account and ARN. The role is compared
 * with the name in the ARN of an assumed role, which has no path, so a path in the
 * wish is not looked at. XA_OTHER_ACCOUNT: they differ, or the answer says none. */
bool xa_expect_met(const char *wish, struct xa_slice account, struct xa_slice arn,
                   struct xa_error *err) XA_MUST_CHECK;

#endif
