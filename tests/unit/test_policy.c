/* The closed table of what is signed (security N7), and that nothing beside it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/call.h"
#include "agent/broker/policy.h"
#include "tests/lib/vault_kit.h"

#define KEY (1u << XA_IDENTITY_SOURCE)
#define SESSION (1u << XA_IDENTITY_SESSION)
#define A_ROLE (1u << XA_IDENTITY_ROLE)
#define FOREIGN_KEY (1u << XA_IDENTITY_FOREIGN)
#define FOREIGN_TOKEN (1u << 8)             /* a foreign one with a session token */

#define IAM(action, name)                                          \
    { XA_ACTION_##action, "iam", name, XA_ANSWER_IAM,              \
      KEY | SESSION | A_ROLE | FOREIGN_KEY | FOREIGN_TOKEN }

/* Which identities may do what: N7's table, and facts 1.3 and 1.8. */
static const struct {
    enum xa_action action;
    const char *service, *name;
    enum xa_answer answer;
    unsigned signers;
} table[] = {
    { XA_ACTION_ASSUME_ROLE, "sts", "AssumeRole", XA_ANSWER_ASSUME_ROLE,
      KEY | SESSION | A_ROLE | FOREIGN_KEY | FOREIGN_TOKEN },
    { XA_ACTION_SESSION_TOKEN, "sts", "GetSessionToken", XA_ANSWER_SESSION_TOKEN,
      KEY | FOREIGN_KEY },
    { XA_ACTION_CALLER_IDENTITY, "sts", "GetCallerIdentity", XA_ANSWER_CALLER_IDENTITY,
      KEY | SESSION | A_ROLE | FOREIGN_KEY | FOREIGN_TOKEN },
    { XA_ACTION_MFA_DEVICES, "iam", "ListMFADevices", XA_ANSWER_MFA_DEVICES, KEY | FOREIGN_KEY },
    { XA_ACTION_EKS_TOKEN, "sts", "GetCallerIdentity", 0, SESSION | A_ROLE | FOREIGN_TOKEN },
    { XA_ACTION_DB_CONNECT, "rds-db", "connect", 0, SESSION | A_ROLE | FOREIGN_TOKEN },
    { XA_ACTION_GIT, "codecommit", "GIT", 0, SESSION | A_ROLE | FOREIGN_TOKEN },
    { XA_ACTION_ECR_TOKEN, "ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
      XA_ANSWER_ECR_TOKEN, SESSION | A_ROLE | FOREIGN_TOKEN },
    { XA_ACTION_SIGNIN_TOKEN, "", "getSigninToken", XA_ANSWER_SIGNIN_TOKEN,
      A_ROLE | FOREIGN_TOKEN },
    { XA_ACTION_CREATE_ACCESS_KEY, "iam", "CreateAccessKey", XA_ANSWER_ACCESS_KEY,
      KEY | SESSION | FOREIGN_KEY },
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

static bool is_listed(unsigned signers, unsigned signer, bool temporary)
{
    if (signer == XA_IDENTITY_SOURCE && temporary)
        return false;                       /* no key of the vault has a token */
    if (signer == XA_IDENTITY_FOREIGN && temporary)
        return (signers & FOREIGN_TOKEN) != 0;
    return signer <= XA_IDENTITY_ROLE && (signers & 1u << signer) != 0;
}

static void the_table_is_closed(void **state)
{
    (void)state;
    for (unsigned action = 0; action < 300; action++)
        for (unsigned signer = 0; signer < 20; signer++)
            for (int temporary = 0; temporary < 2; temporary++) {
                const struct xa_deed *deed = xa_policy_deed(
                    (enum xa_action)action, (enum xa_identity_kind)signer, temporary == 1);
                size_t row = 0;
                while (row < sizeof table / sizeof table[0] && table[row].action != action)
                    row++;
                bool listed = row < sizeof table / sizeof table[0] &&
                              is_listed(table[row].signers, signer, temporary == 1);
                if ((deed != NULL) != listed)
                    fail_msg("action %u by %u%s", action, signer, temporary ? " with a token" : "");
                if (deed == NULL)
                    continue;
                assert_int_equal(deed->action, action);
                assert_string_equal(deed->service, table[row].service);
                assert_string_equal(deed->name, table[row].name);
                assert_int_equal(deed->answer, table[row].answer);
            }
}

/* --- what is sent --------------------------------------------------------------------- */

static struct xa_vault *vault;

static int start(void **state)
{
    kit_make_place(state);
    vault = kit_saved_vault();
    return 0;
}

static int end(void **state)
{
    xa_vault_free(&vault);
    return kit_remove_place(state);
}

static void never(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    (void)ctx;
    (void)record;
    (void)err;
    fail();
}

static struct { unsigned n; bool once; char authorization[1024]; } out;

static struct xa_port_call *take(void *ctx, const struct xa_request *request,
                                 xa_port_done_fn *done, void *done_ctx, struct xa_error *err)
{
    (void)ctx;
    (void)done_ctx;
    (void)err;
    assert_ptr_equal(done, never);
    out.n++;
    out.once = request->once;
    assert_true(xa_slice_copy(request->headers[2], out.authorization, sizeof out.authorization));
    return (struct xa_port_call *)&out;
}

/* Whether a call was sent. */
static bool sent(enum xa_action action, enum xa_identity_kind signer, bool temporary,
                 const char *body, struct xa_error *err)
{
    static struct xa_identity reach;
    const struct xa_port port = { .send = take };
    const struct xa_endpoint_wish nothing = { 0 };
    struct xa_endpoint at;
    assert_true(xa_endpoint_sts(&nothing, &at, err));
    const struct xa_call_order order = {
        .reach = &reach, .at = &at, .action = action, .body = xa_slice_of(body), .vault = vault,
        .source = xa_slice_of("main"), .signer = signer, .signer_is_temporary = temporary,
        .time_s = 1768480496, .once = action == XA_ACTION_SESSION_TOKEN,
    };
    unsigned n = out.n;
    struct xa_port_call *call = xa_call_send(&port, &order, never, NULL, err);
    assert_int_equal(out.n - n, call != NULL);
    return call != NULL;
}

static const struct { enum xa_action action; const char *body; bool good; } bodies[] = {
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRole&Version=2011-06-15", true },
    { XA_ACTION_CALLER_IDENTITY, "Action=GetCallerIdentity&Version=2011-06-15", true },
    { XA_ACTION_SESSION_TOKEN, "Action=GetSessionToken&Version=2011-06-15", true },
    { XA_ACTION_MFA_DEVICES, "Action=ListMFADevices&Version=2010-05-08", true },
    { XA_ACTION_MFA_DEVICES, "Action=CreateAccessKey&Version=2010-05-08", false },
    { XA_ACTION_SESSION_TOKEN, "Action=GetFederationToken&Version=2011-06-15", false },
    { XA_ACTION_CALLER_IDENTITY, "Action=AssumeRole&Version=2011-06-15", false },
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRoleWithSAML&Version=2011-06-15", false },
    { XA_ACTION_ASSUME_ROLE, "Action=CreateAccessKey&Version=2010-05-08", false },
    { XA_ACTION_ASSUME_ROLE, "Version=2011-06-15&Action=AssumeRole", false },
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRole", false },
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRole&", false },
    { XA_ACTION_ASSUME_ROLE, "", false },
    { (enum xa_action)7, "Action=AssumeRole&Version=2011-06-15", false },
};

static void only_what_the_table_names_is_signed(void **state)
{
    (void)state;
    struct xa_error err = { 0 };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(sent(bodies[i].action, XA_IDENTITY_SOURCE, false, bodies[i].body, &err),
                         bodies[i].good);
        assert_int_equal(err.code, bodies[i].good ? XA_OK : XA_POLICY);
        if (!bodies[i].good)
            continue;
        bool iam = bodies[i].action == XA_ACTION_MFA_DEVICES;
        assert_non_null(strstr(out.authorization, iam ? "/iam/aws4_request" : "/sts/aws4_request"));
        assert_int_equal(out.once, bodies[i].action == XA_ACTION_SESSION_TOKEN);
    }
    /* who may not, sends nothing */
    assert_false(sent(XA_ACTION_SESSION_TOKEN, XA_IDENTITY_ROLE, true, bodies[2].body, &err));
    assert_int_equal(err.code, XA_POLICY);
    assert_false(sent(XA_ACTION_MFA_DEVICES, XA_IDENTITY_SESSION, true, bodies[3].body, &err));
    assert_int_equal(err.code, XA_POLICY);
    assert_false(sent(XA_ACTION_SESSION_TOKEN, XA_IDENTITY_FOREIGN, true, bodies[2].body, &err));
    assert_int_equal(err.code, XA_POLICY);
    xa_vault_lock(vault);
    assert_false(sent(XA_ACTION_ASSUME_ROLE, XA_IDENTITY_SOURCE, false, bodies[0].body, &err));
    assert_int_equal(err.code, XA_LOCKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_closed),
        cmocka_unit_test_setup_teardown(only_what_the_table_names_is_signed, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
