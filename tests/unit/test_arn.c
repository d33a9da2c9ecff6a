/* ARNs, account ids and names (facts 13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/arn.h"

#define S(text) xa_slice_of(text)
#define A "123456789012"

static void accounts(void **state)
{
    (void)state;
    assert_true(xa_account_valid(S(A)));
    assert_true(xa_account_valid(S("000000000000")));
    static const char *const bad[] = {
        "", "12345678901", "1234567890123", "12345678901a", " 23456789012", "-23456789012"
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(xa_account_valid(S(bad[i])));
}

static void role_arns(void **state)
{
    (void)state;
    static const struct {
        const char *arn, *partition, *account, *path, *name;
    } good[] = {
        { "arn:aws:iam::" A ":role/Admin", "aws", A, "/", "Admin" },
        { "arn:aws-cn:iam::012345678901:role/team/demo/x", "aws-cn", "012345678901", "/team/demo/",
          "x" },
        { "arn:aws-us-gov:iam::" A ":role/a_+=,.@-1", "aws-us-gov", A, "/", "a_+=,.@-1" },
        { "arn:aws-iso-b:iam::" A ":role/!~/x", "aws-iso-b", A, "/!~/", "x" },
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct xa_role_arn r;
        assert_true(xa_role_arn_parse(S(good[i].arn), &r, NULL));
        assert_true(xa_slice_is(r.partition, good[i].partition));
        assert_true(xa_slice_is(r.account, good[i].account));
        assert_true(xa_slice_is(r.path, good[i].path));
        assert_true(xa_slice_is(r.name, good[i].name));
        size_t head = (size_t)(strstr(good[i].arn, ":role/") + strlen(":role/") - good[i].arn);
        for (size_t n = 0; n <= head; n++)
            assert_false(
                xa_role_arn_parse((struct xa_slice){ (const uint8_t *)good[i].arn, n }, &r, NULL));
    }
    static const char *const bad[] = {
        "arn:aws:iam::" A ":role/",
        "arn:aws:iam::" A ":role",
        "arn:aws:iam::" A ":role//x",
        "arn:aws:iam::" A ":role/a//x",
        "arn:aws:iam::" A ":roles/x",
        "arn:aws:iam::" A ":user/x",
        "arn:aws:sts::" A ":role/x",
        "arn:aws:iam:us-east-1:" A ":role/x",
        "arn:aws:iam::12345678901:role/x",
        "arn:aws:iam:::role/x",
        "arn:awsx:iam::" A ":role/x",
        "arn:aws-:iam::" A ":role/x",
        "arn:aws-CN:iam::" A ":role/x",
        "arn::iam::" A ":role/x",
        "ARN:aws:iam::" A ":role/x",
        " arn:aws:iam::" A ":role/x",
        "arn:aws:iam::" A ":role/x ",
        "arn:aws:iam::" A ":role/x*",
        "arn:aws:iam::" A ":role/a b/x",
        "arn:aws:iam::" A ":role/x\n",
        "arn:aws:iam::" A ":role/\xc3\xbc",
        "arn:aws:iam::" A ":role:x",
        "arn:aws:iam::" A ":assumed-role/x/y",
        "arn:aws:iam::" A
        ":role/x123456789x123456789x123456789x123456789x123456789x1234567890abcde",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct xa_role_arn r;
        struct xa_error err;
        if (xa_role_arn_parse(S(bad[i]), &r, &err))
            fail_msg("let through: %s", bad[i]);
        assert_int_equal(err.code, XA_BAD_CONFIG);
    }
}

static void path_length(void **state)
{
    (void)state;
    char text[1024];
    struct xa_role_arn r;
    for (size_t over = 0; over <= 1; over++) {
        char path[XA_ROLE_PATH_MAX + 2];
        memset(path, 'p', sizeof path);
        path[0] = '/';
        path[XA_ROLE_PATH_MAX - 1 + over] = '/';
        path[XA_ROLE_PATH_MAX + over] = '\0';
        snprintf(text, sizeof text, "arn:aws:iam::" A ":role%sx", path);
        assert_int_equal(xa_role_arn_parse(S(text), &r, NULL), over == 0);
    }
}

static void targets(void **state)
{
    (void)state;
    struct xa_role_arn r;
    assert_true(xa_role_target_parse(S(A "/Admin"), &r, NULL));
    assert_int_equal(r.partition.len, 0);
    assert_true(xa_slice_is(r.account, A) && xa_slice_is(r.path, "/") &&
                xa_slice_is(r.name, "Admin"));
    assert_true(xa_role_target_parse(S(A "/team/demo"), &r, NULL));
    assert_true(xa_slice_is(r.path, "/team/") && xa_slice_is(r.name, "demo"));
    assert_true(xa_role_target_parse(S("arn:aws-cn:iam::" A ":role/x"), &r, NULL));
    assert_true(xa_slice_is(r.partition, "aws-cn"));
    static const char *const bad[] = { "",       A,       A "/",
                                       "/Admin", "Admin", "12345678901/x",
                                       A "x/y",  A "//y", A "/a//y",
                                       A "/a b", "arn:",  "arn:aws:iam::" A ":user/x",
                                       A "-1/x" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct xa_error err;
        if (xa_role_target_parse(S(bad[i]), &r, &err))
            fail_msg("let through: %s", bad[i]);
        assert_int_equal(err.code, XA_BAD_CONFIG);
    }
}

static void assumed_roles(void **state)
{
    (void)state;
    struct xa_slice account, role, session;
    assert_true(xa_assumed_role_parse(S("arn:aws:sts::" A ":assumed-role/demo/TestAR"), &account,
                                      &role, &session));
    assert_true(xa_slice_is(account, A) && xa_slice_is(role, "demo") &&
                xa_slice_is(session, "TestAR"));
    assert_true(xa_assumed_role_parse(S("arn:aws:sts:::assumed-role/team/demo/s"), &account, &role,
                                      &session));
    assert_true(account.len == 0 && xa_slice_is(role, "team/demo") && xa_slice_is(session, "s"));
    static const char *const bad[] = {
        "",
        "arn:aws:sts::" A ":assumed-role/demo",
        "arn:aws:sts::" A ":assumed-role//s",
        "arn:aws:sts::" A ":assumed-role/demo/",
        "arn:aws:iam::" A ":assumed-role/demo/s",
        "arn:aws:sts::" A ":federated-user/s",
        "arn:aws:sts::1234:assumed-role/demo/s",
        "arn:aws:sts:eu-west-1:" A ":assumed-role/demo/s",
        "arn:aws:sts::" A ":assumed-role/de mo/s",
        "arn:aws:sts::" A ":assumed-role/demo/s s",
        "xarn:aws:sts::" A ":assumed-role/demo/s",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (xa_assumed_role_parse(S(bad[i]), &account, &role, &session))
            fail_msg("let through: %s", bad[i]);
}

static void users_and_session_names(void **state)
{
    (void)state;
    assert_true(xa_slice_is(xa_user_name_of(S("arn:aws:iam::" A ":user/alice")), "alice"));
    assert_true(xa_slice_is(xa_user_name_of(S("arn:aws:iam::" A ":user/eng/alice")), "alice"));
    assert_int_equal(xa_user_name_of(S("arn:aws:iam::" A ":root")).len, 0);
    assert_int_equal(xa_user_name_of(S("arn:aws:sts::" A ":assumed-role/a/b")).len, 0);
    assert_int_equal(xa_user_name_of(S("")).len, 0);

    static const struct {
        const char *text, *name;
    } cases[] = {
        { "alice", "alice" },
        { "", "--" },
        { "a", "a-" },
        { "a b\tc/d", "a-b-c-d" },
        { "\xc3\xbc", "--" },
        { "a_+=,.@-Z9", "a_+=,.@-Z9" },
        { "x123456789x123456789x123456789x123456789x123456789x123456789x123456789",
          "x123456789x123456789x123456789x123456789x123456789x123456789x123" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[XA_SESSION_NAME_MAX + 1];
        xa_session_name_from(S(cases[i].text), name);
        assert_string_equal(name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts),      cmocka_unit_test(role_arns),
        cmocka_unit_test(path_length),   cmocka_unit_test(targets),
        cmocka_unit_test(assumed_roles), cmocka_unit_test(users_and_session_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
