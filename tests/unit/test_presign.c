/* What is signed to be handed out: only what the table of N7 has, and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/presign.h"

static const char eks_query[] = "Action=GetCallerIdentity&Version=2011-06-15";

static struct xa_presign an_order(const struct xa_sigv4_key *key)
{
    return (struct xa_presign){
        .action = XA_ACTION_EKS_TOKEN, .key = key, .signer = XA_IDENTITY_ROLE,
        .signer_is_temporary = true, .host = xa_slice_of("sts.eu-west-1.amazonaws.com"),
        .path = xa_slice_of("/"), .query = xa_slice_of(eks_query),
        .header = { xa_slice_of("x-k8s-aws-id"), xa_slice_of("web") },
        .region = xa_slice_of("eu-west-1"), .expires_s = 60, .time_s = 1768480496,
    };
}

static struct xa_sigv4_key a_key(void)
{
    return (struct xa_sigv4_key){ xa_slice_of("ASIAIOSFODNN7EXAMPLE"), xa_slice_of("secret"),
                                  xa_slice_of("token") };
}

static void a_url(void **state)
{
    const struct xa_sigv4_key key = a_key();
    const struct xa_presign order = an_order(&key);
    char room[2048];
    size_t len = 0, shorter;
    struct xa_error err;
    (void)state;
    assert_true(xa_presign_url(&order, room, sizeof room, &len, &err));
    assert_in_range(len, 300, 600);
    assert_memory_equal(room, "sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&", 54);
    assert_non_null(memmem(room, len, "host%3Bx-k8s-aws-id", 19));
    for (size_t cap = 0; cap < len; cap++)
        assert_false(xa_presign_url(&order, room, cap, &shorter, &err));
}

static void only_what_the_table_has(void **state)
{
    const struct xa_sigv4_key key = a_key();
    static const char *const queries[] = { "", "Action=AssumeRole&Version=2011-06-15",
        "Action=GetCallerIdentityX&", "Action=GetCallerIdentity", "x=y&Action=GetCallerIdentity&" };
    char room[2048];
    size_t len;
    struct xa_error err;
    struct xa_presign order;
    (void)state;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        order = an_order(&key);
        order.query = xa_slice_of(queries[i]);
        assert_false(xa_presign_url(&order, room, sizeof room, &len, &err));
        assert_int_equal(err.code, XA_POLICY);
    }
    static const enum xa_action others[] = { XA_ACTION_ASSUME_ROLE, XA_ACTION_CALLER_IDENTITY,
        XA_ACTION_GIT, XA_ACTION_ECR_TOKEN, XA_ACTION_SIGNIN_TOKEN, (enum xa_action)99 };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        order = an_order(&key);
        order.action = others[i];
        assert_false(xa_presign_url(&order, room, sizeof room, &len, &err));
        assert_int_equal(err.code, XA_POLICY);
    }
    order = an_order(&key);
    order.signer = XA_IDENTITY_SOURCE;
    order.signer_is_temporary = false;
    assert_false(xa_presign_url(&order, room, sizeof room, &len, &err));
    assert_int_equal(err.code, XA_POLICY);
}

static void git_and_nothing_else(void **state)
{
    const struct xa_sigv4_key key = a_key();
    struct xa_presign order = an_order(&key);
    struct xa_sigv4_signature signature;
    struct xa_error err;
    (void)state;
    assert_false(xa_presign_git(&order, &signature, &err));
    assert_int_equal(err.code, XA_POLICY);
    order.action = XA_ACTION_GIT;
    order.host = xa_slice_of("git-codecommit.eu-west-1.amazonaws.com");
    order.path = xa_slice_of("/v1/repos/web");
    assert_true(xa_presign_git(&order, &signature, &err));
    assert_int_equal(strlen(signature.hex), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url), cmocka_unit_test(only_what_the_table_has),
        cmocka_unit_test(git_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
