#include "agent/courier/reply_iam_table.h"

#define IN(action) "/" action "Response/" action "Result"
#define META(action)                                                                       \
    { "/" action "Response/ResponseMetadata", NULL, HOLDS },                               \
    { "/" action "Response/ResponseMetadata/RequestId", NULL, REQUEST_ID }
#define ANSWER(action) { IN(action), NULL, HOLDS }, META(action)
#define LIST(action, list)                                                                 \
    ANSWER(action), { IN(action) "/IsTruncated", NULL, TRUNCATED },                        \
    { IN(action) "/Marker", NULL, MARKER }, { IN(action) "/" list, NULL, HOLDS }
#define TAGS_BEHIND(path)                                                                  \
    { path "Tags", NULL, HOLDS }, { path "Tags/member", NULL, MEMBER },                    \
    { path "Tags/member/Key", "tag.key", LEADS },                                          \
    { path "Tags/member/Value", "tag.value", PLAIN }

#define NAMES(action, list, name) LIST(action, list), { IN(action) "/" list "/member", name, EACH }
#define ATTACHED(action)                                                                   \
    LIST(action, "AttachedPolicies"),                                                      \
    { IN(action) "/AttachedPolicies/member", NULL, MEMBER },                               \
    { IN(action) "/AttachedPolicies/member/PolicyArn", "policy", LEADS }
#define INLINE(action)                                                                     \
    ANSWER(action), { IN(action) "/PolicyName", "name", PLAIN },                           \
    { IN(action) "/PolicyDocument", NULL, POLICY }
#define TAG_LIST(action) LIST(action, "Tags"),                                             \
    { IN(action) "/Tags/member", NULL, MEMBER },                                           \
    { IN(action) "/Tags/member/Key", "tag.key", LEADS },                                   \
    { IN(action) "/Tags/member/Value", "tag.value", PLAIN }
#define ROLE(action)                                                                       \
    ANSWER(action), { IN(action) "/Role", NULL, HOLDS },                                   \
    { IN(action) "/Role/RoleName", "role", PLAIN }, { IN(action) "/Role/RoleId", "id", PLAIN }, \
    { IN(action) "/Role/Arn", "arn", PLAIN }, { IN(action) "/Role/Path", "path", PLAIN },  \
    { IN(action) "/Role/CreateDate", "created", TIME },                                    \
    { IN(action) "/Role/MaxSessionDuration", "max", NUMBER },                              \
    { IN(action) "/Role/PermissionsBoundary", NULL, HOLDS },                               \
    { IN(action) "/Role/PermissionsBoundary/PermissionsBoundaryArn", "boundary", PLAIN },  \
    { IN(action) "/Role/Description", "description", FREE },                               \
    { IN(action) "/Role/AssumeRolePolicyDocument", NULL, POLICY },                         \
    TAGS_BEHIND(IN(action) "/Role/")
#define MANAGED(action)                                                                    \
    ANSWER(action), { IN(action) "/Policy", NULL, HOLDS },                                 \
    { IN(action) "/Policy/Arn", "arn", PLAIN },                                            \
    { IN(action) "/Policy/DefaultVersionId", "version", PLAIN },                           \
    { IN(action) "/Policy/AttachmentCount", "attached", NUMBER },                          \
    TAGS_BEHIND(IN(action) "/Policy/")

/* No result: what says that it was done is the root's name and the metadata. */
#define DONE(action) META(action)
#define DONE_FOR_EACH(before, after)                                                       \
    DONE(before "Role" after), DONE(before "User" after), DONE(before "Group" after)

#define USER IN("GetUser") "/User/"
#define KEYS IN("ListAccessKeys") "/AccessKeyMetadata/member"
#define USED IN("GetAccessKeyLastUsed") "/AccessKeyLastUsed"
#define GROUPS IN("ListGroupsForUser") "/Groups/member"
#define VERSIONS IN("ListPolicyVersions") "/Versions/member"
#define RESULTS IN("SimulatePrincipalPolicy") "/EvaluationResults/member"
#define EACH_RESOURCE RESULTS "/ResourceSpecificResults/member"

static const struct reply_iam_element answers[] = {
    LIST("ListAccessKeys", "AccessKeyMetadata"),
    { KEYS, NULL, MEMBER },
    { KEYS "/AccessKeyId", "key", LEADS },
    { KEYS "/Status", "status", PLAIN },
    { KEYS "/CreateDate", "created", TIME },

    ANSWER("GetAccessKeyLastUsed"),
    { IN("GetAccessKeyLastUsed") "/UserName", "user", PLAIN },
    { USED, NULL, HOLDS },
    { USED "/LastUsedDate", "used", TIME },
    { USED "/ServiceName", "service", PLAIN },
    { USED "/Region", "region", PLAIN },

    ANSWER("GetUser"),
    { IN("GetUser") "/User", NULL, HOLDS },
    { USER "UserName", "user", PLAIN },
    { USER "UserId", "id", PLAIN },
    { USER "Arn", "arn", PLAIN },
    { USER "Path", "path", PLAIN },
    { USER "CreateDate", "created", TIME },
    { USER "PermissionsBoundary", NULL, HOLDS },
    { USER "PermissionsBoundary/PermissionsBoundaryArn", "boundary", PLAIN },
    TAGS_BEHIND(USER),

    ROLE("GetRole"),
    ROLE("CreateRole"),
    ATTACHED("ListAttachedRolePolicies"),
    ATTACHED("ListAttachedUserPolicies"),
    ATTACHED("ListAttachedGroupPolicies"),
    NAMES("ListRolePolicies", "PolicyNames", "name"),
    NAMES("ListUserPolicies", "PolicyNames", "name"),
    NAMES("ListGroupPolicies", "PolicyNames", "name"),

    LIST("ListGroupsForUser", "Groups"),
    { GROUPS, NULL, MEMBER },
    { GROUPS "/GroupName", "group", LEADS },

    INLINE("GetRolePolicy"),
    INLINE("GetUserPolicy"),
    INLINE("GetGroupPolicy"),
    MANAGED("CreatePolicy"),
    MANAGED("GetPolicy"),

    ANSWER("GetPolicyVersion"),
    { IN("GetPolicyVersion") "/PolicyVersion", NULL, HOLDS },
    { IN("GetPolicyVersion") "/PolicyVersion/VersionId", "version", PLAIN },
    { IN("GetPolicyVersion") "/PolicyVersion/Document", NULL, POLICY },

    LIST("ListPolicyVersions", "Versions"),
    { VERSIONS, NULL, MEMBER },
    { VERSIONS "/VersionId", "version", LEADS },
    { VERSIONS "/IsDefaultVersion", "default", TRUTH },
    { VERSIONS "/CreateDate", "created", TIME },

    ANSWER("CreatePolicyVersion"),
    { IN("CreatePolicyVersion") "/PolicyVersion", NULL, HOLDS },
    { IN("CreatePolicyVersion") "/PolicyVersion/VersionId", "version", PLAIN },

    TAG_LIST("ListPolicyTags"),
    TAG_LIST("ListRoleTags"),
    NAMES("ListAccountAliases", "AccountAliases", "alias"),

    LIST("SimulatePrincipalPolicy", "EvaluationResults"),
    { RESULTS, NULL, MEMBER },
    { RESULTS "/EvalActionName", "action", LEADS },
    { RESULTS "/EvalResourceName", "resource", PLAIN },
    { RESULTS "/EvalDecision", "decision", PLAIN },
    { RESULTS "/MatchedStatements", NULL, HOLDS },
    { RESULTS "/MatchedStatements/member", NULL, MEMBER },
    { RESULTS "/MatchedStatements/member/SourcePolicyId", "matched", PLAIN },
    { RESULTS "/MissingContextValues", NULL, HOLDS },
    { RESULTS "/MissingContextValues/member", "missing", EACH },
    { RESULTS "/PermissionsBoundaryDecisionDetail", NULL, HOLDS },
    { RESULTS "/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary",
      "boundary.allows", TRUTH },
    { RESULTS "/OrganizationsDecisionDetail", NULL, HOLDS },
    { RESULTS "/OrganizationsDecisionDetail/AllowedByOrganizations", "org.allows", TRUTH },
    { RESULTS "/ResourceSpecificResults", NULL, HOLDS },     /* where several were named */
    { EACH_RESOURCE, NULL, MEMBER },
    { EACH_RESOURCE "/EvalResourceName", "each", LEADS },
    { EACH_RESOURCE "/EvalResourceDecision", "each.decision", PLAIN },
    { EACH_RESOURCE "/MatchedStatements", NULL, HOLDS },
    { EACH_RESOURCE "/MatchedStatements/member", NULL, MEMBER },
    { EACH_RESOURCE "/MatchedStatements/member/SourcePolicyId", "each.matched", PLAIN },
    { EACH_RESOURCE "/MissingContextValues", NULL, HOLDS },
    { EACH_RESOURCE "/MissingContextValues/member", "each.missing", EACH },

    DONE("UpdateAccessKey"),
    DONE("DeleteAccessKey"),
    DONE("UpdateAssumeRolePolicy"),
    DONE_FOR_EACH("Put", "Policy"),
    DONE_FOR_EACH("Delete", "Policy"),
    DONE_FOR_EACH("Attach", "Policy"),
    DONE_FOR_EACH("Detach", "Policy"),
    DONE("PutRolePermissionsBoundary"),
    DONE("PutUserPermissionsBoundary"),
    DONE("DeleteRolePermissionsBoundary"),
    DONE("DeleteUserPermissionsBoundary"),
    DONE("UpdateRole"),                  /* with an empty result                   */
    DONE("DeleteRole"),
    DONE("DeletePolicy"),
    DONE("DeletePolicyVersion"),
    DONE("SetDefaultPolicyVersion"),
    DONE("TagRole"),
    DONE("UntagRole"),
    DONE("TagUser"),
    DONE("UntagUser"),
    DONE("TagPolicy"),
    DONE("UntagPolicy"),
};

#define NEW_KEY IN("CreateAccessKey") "/AccessKey"
static const struct reply_iam_element new_key[] = {
    ANSWER("CreateAccessKey"),
    { NEW_KEY, NULL, HOLDS },
    { NEW_KEY "/UserName", "user", PLAIN },
    { NEW_KEY "/AccessKeyId", NULL, KEY_ID },
    { NEW_KEY "/Status", "status", PLAIN },
    { NEW_KEY "/SecretAccessKey", NULL, SECRET },
    { NEW_KEY "/CreateDate", "created", TIME },
};

#define TABLE(rows) { rows, sizeof rows / sizeof rows[0] }
const struct reply_iam_table reply_iam_new_key = TABLE(new_key);
const struct reply_iam_table reply_iam_answers = TABLE(answers);
