#include "agent/aws/refusal.h"

#include <stdio.h>
#include <string.h>

#define CLOCK_WHY "the clock of this computer is wrong: AWS takes no request that is 15 minutes old"
#define CLOCK_HINT "timedatectl set-ntp true"

/* For what no command here can mend. */
#define ADMIN_HINT "ask the administrator of the account, with the request id"

/* The first row whose code is the answer's and whose text is in its message. */
static const struct {
    const char *code, *text, *why, *hint;
} reasons[] = {
    { "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code",
      "the MFA code is wrong, too old, or was used before", "the same command with the next code" },
    { "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code",
      "the MFA serial is not a device of this user; mfa/NAME is one, user/NAME is not",
      "aws iam list-mfa-devices" },
    { "AccessDenied", "MultiFactorAuthentication failed",
      "serial and code of the MFA device go together", "" },
    { "AccessDenied", "Cannot call GetSessionToken with session credentials",
      "the source's credentials are temporary already", "" },
    { "AccessDenied", "Roles may not be assumed by root accounts",
      "the source is the key of a root user; an IAM user's is needed", "" },
    { "AccessDenied", "service control policy",
      "a service control policy of the organisation denies it", "" },
    { "AccessDenied", "resource control policy",
      "a resource control policy of the organisation denies it", "" },
    { "AccessDenied", "permissions boundary",
      "the permissions boundary of the source's user denies it", "" },
    { "AccessDenied", "session policy", "a session policy denies it", "" },
    { "AccessDenied", "VPC endpoint policy", "the policy of the VPC endpoint denies it", "" },
    { "AccessDenied", "explicit deny", "a policy denies it by name", "" },
    { "AccessDenied", "no role trust policy allows",
      "the trust policy of the role does not allow this user", "" },
    { "AccessDenied", "no identity-based policy allows", "no policy of the source's user allows it",
      "" },
    { "AccessDenied", "sts:TagSession",
      "session tags need sts:TagSession in the role's trust policy "
      "and in the user's",
      "" },
    { "AccessDenied", "sts:SetSourceIdentity",
      "a source identity needs sts:SetSourceIdentity in the "
      "role's trust policy and in the user's",
      "" },
    { "AccessDenied", "sts:AssumeRole",
      "one of: the trust policy does not name the user; the user's policy "
      "lacks sts:AssumeRole; there is no such role; the external id is another; the role wants MFA",
      "compare `xacct list` with the role and its trust policy" },
    { "ExpiredToken", "", "the credentials that signed the request have run out",
      "the same command with --refresh" },
    { "InvalidClientTokenId", "",
      "AWS does not know this key: deleted, inactive, of another partition, "
      "made seconds ago, or not valid in this region",
      "xacct add NAME with a good key (if one is stored, xacct remove NAME first)" },
    { "UnrecognizedClientException", "", "AWS does not know this key", "xacct add NAME" },
    { "SignatureDoesNotMatch", "Signature expired", CLOCK_WHY, CLOCK_HINT },
    { "SignatureDoesNotMatch", "not yet current", CLOCK_WHY, CLOCK_HINT },
    { "SignatureDoesNotMatch", "valid Region", "the request was signed for another region",
      "xacct config check" },
    { "SignatureDoesNotMatch", "", "the secret key is not the one of this key id",
      "xacct add NAME with the right secret (if one is stored, xacct remove NAME first)" },
    { "RequestExpired", "", CLOCK_WHY, CLOCK_HINT },
    { "RequestTimeTooSkewed", "", CLOCK_WHY, CLOCK_HINT },
    { "RequestInTheFuture", "", CLOCK_WHY, CLOCK_HINT },
    { "IncompleteSignature", "", "a proxy changed the request's headers, or xacct is at fault",
      "" },
    { "MissingAuthenticationToken", "", "the Authorization header did not arrive: a proxy took it",
      "" },
    { "MissingAuthenticationTokenException", "",
      "the Authorization header did not arrive: a proxy took it", "" },
    { "OptInRequired", "", "the account has not subscribed to the service", "" },
    { "RegionDisabledException", "",
      "STS is not active in this region for the destination's account: "
      "enable it there, or set another sts_region",
      "add a line `sts_region = REGION` to the destination" },
    { "MalformedPolicyDocument", "", "the session policy is not a valid policy",
      "xacct config check" },
    { "PackedPolicyTooLarge", "", "session policies and tags are too long together", "" },
    { "ValidationError", "exceeds the MaxSessionDuration",
      "the role allows no session that long; its maximum is 1 h unless raised",
      "the same command with -d 1h" },
    { "ValidationError", "exceeds the 1 hour session limit",
      "a role assumed with temporary credentials lasts an hour at most",
      "the same command with -d 1h" },
    { "ValidationError", "roleSessionName", "the session name is not one AWS takes",
      "xacct config check" },
    { "ValidationError", "durationSeconds",
      "the duration is not one AWS takes: 15 minutes to 12 hours", "" },
    { "ValidationError", "externalId", "the external id is not one AWS takes",
      "xacct config check" },
    { "ValidationError", "roleArn", "the role's ARN is not one AWS takes", "xacct config check" },
};

static const char *const throttled[] = {      /* facts 1.10; LimitExceeded is a quota */
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
    "TooManyRequestsException", "ProvisionedThroughputExceededException",
    "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
    "LimitExceededException", "RequestThrottled", "SlowDown", "EC2ThrottledException",
};

static const char *const troubled[] = {       /* AWS could not, whatever the status    */
    "InternalFailure", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException",
    "PriorRequestNotComplete", "IDPCommunicationError",
};

#define N(table) (sizeof table / sizeof table[0])

static bool among(struct xa_slice code, const char *const *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (xa_slice_is(code, codes[i]))
            return true;
    return false;
}

static bool contains(struct xa_slice text, const char *part)
{
    return part[0] == '\0' ||
           (text.len > 0 && memmem(text.at, text.len, part, strlen(part)) != NULL);
}

static void note_reason(const struct xa_record *record, struct xa_error *err)
{
    for (size_t i = 0; i < N(reasons); i++) {
        if (!xa_slice_is(record->aws_code, reasons[i].code) ||
            !contains(record->aws_message, reasons[i].text))
            continue;
        (void)xa_why(err, "%s", reasons[i].why);
        (void)xa_hint(err, "%s", reasons[i].hint[0] != '\0' ? reasons[i].hint : ADMIN_HINT);
        return;
    }
    (void)xa_hint(err, "%s", ADMIN_HINT);
}

/* Longer ids than err has room for are cut: they are for people to quote. */
static void keep(struct xa_slice s, char *room, size_t size)
{
    if (s.len >= size)
        s.len = size - 1;
    if (!xa_slice_copy(s, room, size) || !xa_text_printable(s))
        room[0] = '\0';
}

bool xa_refusal_is_clock(const struct xa_record *record)
{
    if (xa_slice_is(record->aws_code, "SignatureDoesNotMatch"))
        return contains(record->aws_message, "Signature expired") ||
               contains(record->aws_message, "not yet current");
    return xa_slice_is(record->aws_code, "RequestExpired") ||
           xa_slice_is(record->aws_code, "RequestTimeTooSkewed") ||
           xa_slice_is(record->aws_code, "RequestInTheFuture");
}

bool xa_refusal_is_passing(const struct xa_record *record)
{
    if (record->outcome != XA_OUTCOME_ANSWERED)
        return record->outcome == XA_OUTCOME_UNREACHABLE || record->outcome == XA_OUTCOME_TIMED_OUT;
    uint32_t status = record->status;
    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
           among(record->aws_code, throttled, N(throttled)) ||
           among(record->aws_code, troubled, N(troubled));
}

bool xa_refusal_is_duration(const struct xa_record *record)
{
    return xa_slice_is(record->aws_code, "ValidationError") &&
           (contains(record->aws_message, "exceeds the MaxSessionDuration") ||
            contains(record->aws_message, "exceeds the 1 hour session limit"));
}

bool xa_refusal_is_denial(const struct xa_record *record)
{
    return xa_slice_is(record->aws_code, "AccessDenied") &&
           !contains(record->aws_message, "MultiFactorAuthentication failed");
}

bool xa_refusal_is_of_signer(const struct xa_record *record)
{
    return xa_slice_is(record->aws_code, "ExpiredToken") ||
           xa_slice_is(record->aws_code, "InvalidClientTokenId");
}

/* Nothing came that could be called an answer. */
static bool explain_failure(const struct xa_record *record, const char *who, struct xa_error *err)
{
    int len = (int)record->detail.len;
    const char *detail = len > 0 ? (const char *)record->detail.at : "";
    switch (record->outcome) {
    case XA_OUTCOME_TIMED_OUT:
        return xa_fail(err, XA_TIMED_OUT, "%s did not answer in time: %.*s", who, len, detail);
    case XA_OUTCOME_CERTIFICATE:
        (void)xa_fail(err, XA_CERTIFICATE, "the connection to %s is not safe: %.*s", who, len,
                      detail);
        return contains(record->detail, "the clock here")
                   ? xa_why(err, "if that is not the time, it is the clock that is wrong")
                   : false;
    case XA_OUTCOME_UNREADABLE:
        return xa_fail(err, XA_BAD_REPLY, "the answer of %s cannot be read: %.*s", who, len,
                       detail);
    case XA_OUTCOME_UNREACHABLE:
    case XA_OUTCOME_ANSWERED:
        break;
    }
    return xa_fail(err, XA_UNREACHABLE, "%s cannot be reached: %.*s", who, len, detail);
}

/* An answer without a reason: a proxy's, a load balancer's, or no AWS at all. */
static bool explain_status(const struct xa_record *record, const char *who, struct xa_error *err)
{
    unsigned status = record->status;
    if (status == 429)
        return xa_fail(err, XA_AWS_THROTTLED, "%s answered %u", who, status);
    if (status >= 500)
        return xa_fail(err, XA_UNREACHABLE, "%s answered %u", who, status);
    (void)xa_fail(err, XA_BAD_REPLY, "%s answered %u and no reason", who, status);
    if (status >= 300 && status < 400)
        return xa_why(err, "it is a redirect, and xacct follows none");
    return xa_why(err, "what answered may be a proxy");
}

bool xa_refusal_explain(const struct xa_record *record, bool custom_endpoint, struct xa_error *err)
{
    const char *who = custom_endpoint ? "the endpoint" : "AWS";
    struct xa_slice code = record->aws_code, message = record->aws_message;

    if (record->outcome != XA_OUTCOME_ANSWERED)
        return explain_failure(record, who, err);
    if (code.len == 0)
        return explain_status(record, who, err);

    if (among(code, throttled, N(throttled)))
        (void)xa_fail(err, XA_AWS_THROTTLED, "%s wants fewer requests: %.*s", who, (int)code.len,
                      (const char *)code.at);
    else if (record->status >= 500 || among(code, troubled, N(troubled)))
        (void)xa_fail(err, XA_UNREACHABLE, "%s answered %u: %.*s", who, record->status,
                      (int)code.len, (const char *)code.at);
    else {
        (void)xa_fail(err, XA_AWS_REFUSED, "%s refused%s: %.*s%s%.*s", who,
                      xa_refusal_is_clock(record) ? ", this computer's clock is wrong" : "",
                      (int)code.len, (const char *)code.at, message.len > 0 ? ": " : "",
                      (int)message.len, message.len > 0 ? (const char *)message.at : "");
        note_reason(record, err);
    }
    if (err != NULL) {
        keep(code, err->aws_code, sizeof err->aws_code);
        keep(record->request_id, err->request_id, sizeof err->request_id);
    }
    return false;
}
