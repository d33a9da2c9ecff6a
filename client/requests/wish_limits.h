/* What AWS lets a caller say of a session (facts 1.2), as far as it can be told before
 * anything is started; the agent judges again. Each fails with XA_USAGE, naming the
 * option and the value. Texts are printable and within the lengths of their options. */
#ifndef XA_CLIENT_REQUESTS_WISH_LIMITS_H
#define XA_CLIENT_REQUESTS_WISH_LIMITS_H

#include "proto/error.h"

/* A word of A-Z a-z 0-9 _ and of the characters in `others`. */
bool xa_limit_word(const char *option, const char *value, const char *others,
                   struct xa_error *err) XA_MUST_CHECK;

/* "KEY=VALUE,…": at most 50; keys that differ by more than case. */
bool xa_limit_tags(const char *value, struct xa_error *err) XA_MUST_CHECK;

/* "KEY,…": at most 50. */
bool xa_limit_tag_keys(const char *value, struct xa_error *err) XA_MUST_CHECK;

/* "ARN,…": at most 10. */
bool xa_limit_policy_arns(const char *value, struct xa_error *err) XA_MUST_CHECK;

/* A session's source identity. */
bool xa_limit_source_identity(const char *value, struct xa_error *err) XA_MUST_CHECK;

#endif
