/* What AWS's words and a trust policy's conditions say of the cause (facts 1.6, 1.7, 9.5). */
#include <string.h>

#include "agent/accounts/doctor/impl.h"

const char *const doctor_actions[DOCTOR_ACTIONS] = {
    "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity",
};

static const char *const names[] = {
    "",
#define XX(symbol, name) name,
    CAUSE_MAP(XX)
#undef XX
};

#define N_CAUSES (sizeof names / sizeof names[0])

const char *cause_name(enum cause cause)
{
    return names[cause];
}

enum cause cause_of_name(struct xa_slice name)
{
    for (size_t i = 1; i < N_CAUSES; i++)
        if (xa_slice_is(name, names[i]))
            return (enum cause)i;
    return CAUSE_NONE;
}

const char *cause_text(enum cause cause)
{
    switch (cause) {
    case CAUSE_WORKS: return "AssumeRole works";
    case CAUSE_KEY_INACTIVE: return "AWS does not know this access key: inactive, deleted, of "
                                    "another partition, or made seconds ago";
    case CAUSE_SECRET_WRONG: return "the secret in the vault is not the one of this access key";
    case CAUSE_CLOCK: return "the clock of this computer is wrong";
    case CAUSE_CREDENTIALS_EXPIRED: return "the source's temporary credentials have run out";
    case CAUSE_REGION_DISABLED: return "STS is not active in this region for the role's account";
    case CAUSE_SOURCE_POLICY_MISSING: return "no policy of the caller allows it";
    case CAUSE_SOURCE_POLICY_DENIES: return "a policy of the caller denies it by name";
    case CAUSE_SOURCE_MFA: return "the caller's policies allow it with an MFA code only";
    case CAUSE_BOUNDARY: return "the caller's permissions boundary does not allow it";
    case CAUSE_SCP: return "a service control policy of the organization does not allow it";
    case CAUSE_RCP: return "a resource control policy of the organization does not allow it";
    case CAUSE_VPC_ENDPOINT: return "the policy of the VPC endpoint does not allow it";
    case CAUSE_SESSION_POLICY: return "a session policy does not allow it, or is none";
    case CAUSE_TRUST: return "the role's trust policy does not let the caller in, or there is no "
                             "such role";
    case CAUSE_TRUST_PRINCIPAL: return "the role's trust policy does not name the caller";
    case CAUSE_TRUST_EXTERNAL_ID: return "the role's trust policy wants another external id";
    case CAUSE_TRUST_MFA: return "the role's trust policy wants an MFA code";
    case CAUSE_TRUST_SESSION_NAME: return "the role's trust policy wants another session name";
    case CAUSE_TRUST_TAGS: return "the role's trust policy does not take these session tags";
    case CAUSE_TRUST_SOURCE_IDENTITY: return "the role's trust policy does not take this source "
                                             "identity";
    case CAUSE_TRUST_ORG: return "the role's trust policy wants a caller of another organization";
    case CAUSE_TRUST_CONDITION: return "a condition of the role's trust policy does not hold";
    case CAUSE_TRUST_DENIES: return "the role's trust policy denies it by name";
    case CAUSE_PRINCIPAL_RECREATED: return "the role trusts a user or role that was deleted; one "
                                           "of the same name, made anew, is somebody else";
    case CAUSE_ROLE_MISSING: return "there is no such role";
    case CAUSE_ROLE_PATH: return "the role has another path";
    case CAUSE_DURATION_ROLE: return "the role allows no session as long as is wished";
    case CAUSE_DURATION_CHAINED: return "a role that is assumed with temporary credentials lasts "
                                        "an hour at most";
    case CAUSE_MFA_CODE: return "the MFA code is wrong, too old, or was used before";
    case CAUSE_MFA_SERIAL: return "the MFA serial is not a device of this user";
    case CAUSE_ROOT_USER: return "a root user cannot assume roles";
    case CAUSE_SELF_ASSUME: return "a role may assume itself only if its trust policy names it";
    case CAUSE_PARAMETER: return "AWS does not take what it is told";
    case CAUSE_UNKNOWN:
    case CAUSE_NONE:
        break;
    }
    return "AWS refuses it, and what can be seen from here does not say why";
}

/* The first row whose code is AWS's and whose text is in its words. What is named by a longer
 * message stands before the plain denial, which says nothing. */
static const struct { const char *code, *text; enum cause cause; } rows[] = {
    { "AccessDenied", "invalid MFA one time pass code", CAUSE_MFA_CODE },
    { "AccessDenied", "unable to validate MFA code", CAUSE_MFA_SERIAL },
    { "AccessDenied", "MultiFactorAuthentication failed", CAUSE_MFA_SERIAL },
    { "AccessDenied", "Roles may not be assumed by root accounts", CAUSE_ROOT_USER },
    { "AccessDenied", "service control policy", CAUSE_SCP },
    { "AccessDenied", "resource control policy", CAUSE_RCP },
    { "AccessDenied", "permissions boundary", CAUSE_BOUNDARY },
    { "AccessDenied", "session policy", CAUSE_SESSION_POLICY },
    { "AccessDenied", "VPC endpoint policy", CAUSE_VPC_ENDPOINT },
    { "AccessDenied", "explicit deny in an identity-based policy", CAUSE_SOURCE_POLICY_DENIES },
    { "AccessDenied", "explicit deny in the role trust policy", CAUSE_TRUST_DENIES },
    { "AccessDenied", "explicit deny in a resource-based policy", CAUSE_TRUST_DENIES },
    { "AccessDenied", "no identity-based policy allows", CAUSE_SOURCE_POLICY_MISSING },
    { "AccessDenied", "no role trust policy allows", CAUSE_TRUST },
    { "AccessDenied", "no resource-based policy allows", CAUSE_TRUST },
    { "ExpiredToken", "", CAUSE_CREDENTIALS_EXPIRED },
    { "InvalidClientTokenId", "", CAUSE_KEY_INACTIVE },
    { "UnrecognizedClientException", "", CAUSE_KEY_INACTIVE },
    { "SignatureDoesNotMatch", "Signature expired", CAUSE_CLOCK },
    { "SignatureDoesNotMatch", "not yet current", CAUSE_CLOCK },
    { "SignatureDoesNotMatch", "", CAUSE_SECRET_WRONG },
    { "RequestExpired", "", CAUSE_CLOCK },
    { "RequestTimeTooSkewed", "", CAUSE_CLOCK },
    { "RequestInTheFuture", "", CAUSE_CLOCK },
    { "RegionDisabledException", "", CAUSE_REGION_DISABLED },
    { "MalformedPolicyDocument", "", CAUSE_SESSION_POLICY },
    { "PackedPolicyTooLarge", "", CAUSE_SESSION_POLICY },
    { "ValidationError", "exceeds the MaxSessionDuration", CAUSE_DURATION_ROLE },
    { "ValidationError", "exceeds the 1 hour session limit", CAUSE_DURATION_CHAINED },
    { "ValidationError", "", CAUSE_PARAMETER },
};

static bool contains(struct xa_slice text, const char *part)
{
    return part[0] == '\0' ||
           (text.len > 0 && memmem(text.at, text.len, part, strlen(part)) != NULL);
}

enum cause cause_of_refusal(struct xa_slice aws_code, struct xa_slice words,
                            const char **ret_action)
{
    *ret_action = doctor_actions[0];
    for (size_t i = 1; i < DOCTOR_ACTIONS; i++)
        if (contains(words, doctor_actions[i]))
            *ret_action = doctor_actions[i];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (xa_slice_is(aws_code, rows[i].code) && contains(words, rows[i].text))
            return rows[i].cause;
    return CAUSE_NONE;
}

/* --- the trust policy's ------------------------------------------------------------------ */

static enum cause of_key(struct xa_slice key)
{
    static const struct { const char *key; enum cause cause; } keys[] = {
        { "sts:ExternalId", CAUSE_TRUST_EXTERNAL_ID },
        { "aws:MultiFactorAuthPresent", CAUSE_TRUST_MFA },
        { "aws:MultiFactorAuthAge", CAUSE_TRUST_MFA },
        { "sts:RoleSessionName", CAUSE_TRUST_SESSION_NAME },
        { "aws:TagKeys", CAUSE_TRUST_TAGS },
        { "sts:TransitiveTagKeys", CAUSE_TRUST_TAGS },
        { "sts:SourceIdentity", CAUSE_TRUST_SOURCE_IDENTITY },
        { "aws:PrincipalOrgID", CAUSE_TRUST_ORG },
        { "aws:PrincipalOrgPaths", CAUSE_TRUST_ORG },
        { "aws:PrincipalArn", CAUSE_TRUST_PRINCIPAL },
        { "aws:PrincipalAccount", CAUSE_TRUST_PRINCIPAL },
        { "aws:username", CAUSE_TRUST_PRINCIPAL },
    };
    static const char tag[] = "aws:RequestTag/";
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (xa_condition_key_is(key, keys[i].key))
            return keys[i].cause;
    if (key.len >= sizeof tag - 1 &&
        xa_condition_key_is((struct xa_slice){ key.at, sizeof tag - 1 }, tag))
        return CAUSE_TRUST_TAGS;
    return CAUSE_TRUST_CONDITION;
}

/* Of a statement that is not there for this action. */
static enum cause of_action(const char *action)
{
    return action == doctor_actions[1] ? CAUSE_TRUST_TAGS
         : action == doctor_actions[2] ? CAUSE_TRUST_SOURCE_IDENTITY : CAUSE_TRUST_PRINCIPAL;
}

enum cause cause_of_finding(const struct xa_trust_finding *f, const char *action)
{
    switch (f->answer) {
    case XA_TRUST_LETS_IN: return CAUSE_NONE;
    case XA_TRUST_DENIES: return CAUSE_TRUST_DENIES;
    case XA_TRUST_NAMES_NOBODY:
    case XA_TRUST_NAMES_OTHERS: return of_action(action);
    case XA_TRUST_NAMES_A_GHOST: return CAUSE_PRINCIPAL_RECREATED;
    case XA_TRUST_WANTS_ELSE:
    case XA_TRUST_UNCLEAR:
        break;
    }
    return of_key(f->fault.key);
}
