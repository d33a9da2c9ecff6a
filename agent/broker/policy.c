#include "agent/broker/policy.h"

#include <stddef.h>

/* What setup, doctor, rotate, revoke and list --discover ask of IAM: with the user's key,
 * the session that an MFA code bought, or as a role of the account. */
#define IAM(action, name)                                                               \
    { XA_ACTION_##action, "iam", name, XA_FORM_QUERY, XA_ANSWER_IAM, true, true, true }

/* The agent's own MFA session is never the signer of what is handed out: a caller's goal
 * is a session of its own (design.md, section 3). */
static const struct xa_deed deeds[] = {
    { XA_ACTION_ASSUME_ROLE, "sts", "AssumeRole", XA_FORM_QUERY, XA_ANSWER_ASSUME_ROLE, true, true,
      true },
    { XA_ACTION_SESSION_TOKEN, "sts", "GetSessionToken", XA_FORM_QUERY, XA_ANSWER_SESSION_TOKEN,
      true, false, false },
    { XA_ACTION_CALLER_IDENTITY, "sts", "GetCallerIdentity", XA_FORM_QUERY,
      XA_ANSWER_CALLER_IDENTITY, true, true, true },
    { XA_ACTION_MFA_DEVICES, "iam", "ListMFADevices", XA_FORM_QUERY, XA_ANSWER_MFA_DEVICES, true,
      false, false },
    { XA_ACTION_EKS_TOKEN, "sts", "GetCallerIdentity", XA_FORM_PRESIGNED, 0, false, true, true },
    { XA_ACTION_DB_CONNECT, "rds-db", "connect", XA_FORM_PRESIGNED, 0, false, true, true },
    { XA_ACTION_GIT, "codecommit", "GIT", XA_FORM_GIT, 0, false, true, true },
    { XA_ACTION_ECR_TOKEN, "ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
      XA_FORM_JSON, XA_ANSWER_ECR_TOKEN, false, true, true },
    { XA_ACTION_SIGNIN_TOKEN, "", "getSigninToken", XA_FORM_UNSIGNED, XA_ANSWER_SIGNIN_TOKEN,
      false, false, true },
    { XA_ACTION_CREATE_ACCESS_KEY, "iam", "CreateAccessKey", XA_FORM_QUERY,
      XA_ANSWER_ACCESS_KEY, true, true, false },
    IAM(UPDATE_ACCESS_KEY, "UpdateAccessKey"),
    IAM(DELETE_ACCESS_KEY, "DeleteAccessKey"),
    IAM(LIST_ACCESS_KEYS, "ListAccessKeys"),
    IAM(ACCESS_KEY_LAST_USED, "GetAccessKeyLastUsed"),
    IAM(GET_USER, "GetUser"),
    IAM(CREATE_ROLE, "CreateRole"),
    IAM(GET_ROLE, "GetRole"),
    IAM(UPDATE_ROLE, "UpdateRole"),
    IAM(DELETE_ROLE, "DeleteRole"),
    IAM(UPDATE_TRUST, "UpdateAssumeRolePolicy"),
    IAM(ATTACH_ROLE, "AttachRolePolicy"),
    IAM(DETACH_ROLE, "DetachRolePolicy"),
    IAM(LIST_ATTACHED_ROLE, "ListAttachedRolePolicies"),
    IAM(PUT_ROLE, "PutRolePolicy"),
    IAM(GET_ROLE_POLICY, "GetRolePolicy"),
    IAM(LIST_ROLE, "ListRolePolicies"),
    IAM(DELETE_ROLE_POLICY, "DeleteRolePolicy"),
    IAM(CREATE_POLICY, "CreatePolicy"),
    IAM(GET_POLICY, "GetPolicy"),
    IAM(GET_POLICY_VERSION, "GetPolicyVersion"),
    IAM(CREATE_POLICY_VERSION, "CreatePolicyVersion"),
    IAM(LIST_POLICY_VERSIONS, "ListPolicyVersions"),
    IAM(DELETE_POLICY_VERSION, "DeletePolicyVersion"),
    IAM(DELETE_POLICY, "DeletePolicy"),
    IAM(ATTACH_USER, "AttachUserPolicy"),
    IAM(DETACH_USER, "DetachUserPolicy"),
    IAM(LIST_ATTACHED_USER, "ListAttachedUserPolicies"),
    IAM(LIST_USER, "ListUserPolicies"),
    IAM(GET_USER_POLICY, "GetUserPolicy"),
    IAM(LIST_GROUPS, "ListGroupsForUser"),
    IAM(LIST_ATTACHED_GROUP, "ListAttachedGroupPolicies"),
    IAM(LIST_GROUP, "ListGroupPolicies"),
    IAM(GET_GROUP_POLICY, "GetGroupPolicy"),
    IAM(SIMULATE, "SimulatePrincipalPolicy"),
};

static bool may(const struct xa_deed *deed, enum xa_identity_kind signer, bool temporary)
{
    switch (signer) {
    case XA_IDENTITY_SOURCE: return deed->by_key && !temporary;
    case XA_IDENTITY_FOREIGN: return temporary ? deed->by_role : deed->by_key;
    case XA_IDENTITY_SESSION: return deed->by_session;
    case XA_IDENTITY_ROLE: return deed->by_role;
    }
    return false;
}

const struct xa_deed *xa_policy_deed(enum xa_action action, enum xa_identity_kind signer,
                                     bool temporary)
{
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (deeds[i].action == action)
            return may(&deeds[i], signer, temporary) ? &deeds[i] : NULL;
    return NULL;
}
