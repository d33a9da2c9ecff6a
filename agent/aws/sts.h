/* What is asked of STS, and what its answers mean (facts 1). Pure. */
#ifndef XA_AGENT_AWS_STS_H
#define XA_AGENT_AWS_STS_H

#include "agent/courier/exchange.h"
#include "proto/error.h"

/* A device and the code it shows; both empty: none. */
struct xa_mfa_proof { struct xa_slice serial, code; };

/* What is empty is not sent. Lists as the configuration has them: comma-separated,
 * tags as key=value; each judged by xa_assume_role_fits before (limits.h). */
struct xa_assume_role {
    struct xa_slice role_arn, session_name, external_id, source_identity;
    struct xa_slice policy, policy_arns, tags, transitive_tags;
    struct xa_mfa_proof mfa;
    uint32_t duration_s;
};

struct xa_session_token {
    struct xa_mfa_proof mfa;
    uint32_t duration_s;
};

/* The longest body of any call: fits XA_EXCHANGE_BODY_MAX. */
#define XA_STS_BODY_MAX XA_EXCHANGE_BODY_MAX

/* Write the form body into room[cap]; return its length, or 0 if it does not fit. */
size_t xa_sts_assume_role_body(const struct xa_assume_role *call, char *room, size_t cap);
size_t xa_sts_session_token_body(const struct xa_session_token *call, char *room, size_t cap);
size_t xa_sts_caller_identity_body(char *room, size_t cap);

/* The ARN of AWS's ReadOnlyAccess, in the role's partition. Borrows room. */
struct xa_slice xa_sts_read_only_policy(struct xa_slice role_arn, char *room, size_t size);

/* What was asked, to hold the answer against. Strict for AWS's own hosts; behind a
 * configured endpoint_url an account that is absent cannot be compared (facts 14.1). */
struct xa_sts_expect {
    struct xa_slice account, role_name;
    uint32_t duration_s;      /* asked for: no answer may last longer than this + 5 min */
    bool custom_endpoint;
    int64_t now_s;            /* local wall clock: used when the answer has no Date    */
};

/* Judges a record of AssumeRole: N5, every field. True: its credentials are good
 * and *ret_left_s, at most duration_s, says for how long, by AWS's clock. Errors: XA_AWS_REFUSED or
 * XA_AWS_THROTTLED (AWS's code, message, request id, and a hint of facts 1.6 and
 * 1.7), XA_OTHER_ACCOUNT, XA_BAD_REPLY, XA_UNREACHABLE, XA_TIMED_OUT,
 * XA_CERTIFICATE. */
bool xa_sts_check_assume_role(const struct xa_record *record, const struct xa_sts_expect *expect,
                              int64_t *ret_left_s, struct xa_error *err) XA_MUST_CHECK;

/* Likewise for GetSessionToken, which names neither account nor role. */
bool xa_sts_check_session_token(const struct xa_record *record, const struct xa_sts_expect *expect,
                                int64_t *ret_left_s, struct xa_error *err) XA_MUST_CHECK;

/* Likewise for GetCallerIdentity: true if account, arn and user id are there and
 * well-formed. */
bool xa_sts_check_caller_identity(const struct xa_record *record, bool custom_endpoint,
                                  struct xa_error *err) XA_MUST_CHECK;

#endif
