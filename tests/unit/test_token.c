/* Hosts, names and answers of what opens one service (facts 10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/token.h"

static void hosts_of_codecommit(void **state)
{
    static const struct { const char *host, *region; } table[] = {
        { "git-codecommit.eu-west-1.amazonaws.com", "eu-west-1" },
        { "git-codecommit-fips.us-east-1.amazonaws.com", "us-east-1" },
        { "git-codecommit.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { "git-codecommit.us-gov-west-1.amazonaws.com", "us-gov-west-1" },
        { "vpce-0a1b-c2d3.git-codecommit.eu-west-1.vpce.amazonaws.com", "eu-west-1" },
        { "vpce-0a.git-codecommit-fips.us-east-2.vpce.amazonaws.com", "us-east-2" },
        { "git-codecommit.cn-north-1.amazonaws.com", "" },
        { "git-codecommit.eu-west-1.amazonaws.com.cn", "" },
        { "git-codecommit.eu-west-1.amazonaws.com.evil.test", "" },
        { "git-codecommit.eu-west-1.vpce.amazonaws.com", "" },
        { "vpce-0a.git-codecommit.eu-west-1.amazonaws.com", "" },
        { "vpce-.git-codecommit.eu-west-1.vpce.amazonaws.com", "" },
        { "evil.git-codecommit.eu-west-1.amazonaws.com", "" },
        { "xgit-codecommit.eu-west-1.amazonaws.com", "" },
        { "git-codecommit.amazonaws.com", "" }, { "git-codecommit..amazonaws.com", "" },
        { "git-codecommit.-.amazonaws.com", "" }, { "git-codecommit.eu_west.amazonaws.com", "" },
        { "git-codecommit.eu-west-1.amazonaws.com:443", "" }, { "github.com", "" }, { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!xa_slice_is(xa_git_region(xa_slice_of(table[i].host)), table[i].region))
            fail_msg("%s", table[i].host);
}

static void hosts_of_databases(void **state)
{
    static const struct { const char *host, *region; } table[] = {
        { "db.c1x2.eu-west-1.rds.amazonaws.com", "eu-west-1" },
        { "db.c1x2.cn-north-1.rds.amazonaws.com.cn", "cn-north-1" },
        { "db.c1x2.cn-north-1.rds.amazonaws.com", "" },
        { "db.c1x2.eu-west-1.rds.amazonaws.com.evil.test", "" },
        { "db.eu-west-1.rds.amazonaws.com", "" }, { "db.internal", "" }, { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!xa_slice_is(xa_rds_region(xa_slice_of(table[i].host)), table[i].region))
            fail_msg("%s", table[i].host);
}

static struct xa_slice many(char c, size_t n)
{
    static uint8_t room[512];
    memset(room, c, n);
    return (struct xa_slice){ room, n };
}

static void names(void **state)
{
    static const char *const hosts[] = { "a", "a.b", "A-1.b-2.c", "10.0.0.1" };
    static const char *const no_hosts[] = { "", ".", "a.", ".a", "-a", "a-", "a..b", "a b", "a/b",
                                            "a:1", "a@b", "a?b", "a#b", "a%41", "a_b", "[::1]" };
    static const char *const paths[] = { "v1/repos/a", "v1/repos/a-b_c.d", "v1/repos/a/b" };
    static const char *const no_paths[] = { "", "v1/repos/", "/v1/repos/a", "v1/repo/a",
                                            "v1/repos/a?b", "v1/repos/a b", "v1/repos/a\nb",
                                            "v1/repos/%41" };
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        assert_true(xa_host_valid(xa_slice_of(hosts[i])));
    for (size_t i = 0; i < sizeof no_hosts / sizeof no_hosts[0]; i++)
        if (xa_host_valid(xa_slice_of(no_hosts[i])))
            fail_msg("%s", no_hosts[i]);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_true(xa_git_path_valid(xa_slice_of(paths[i])));
    for (size_t i = 0; i < sizeof no_paths / sizeof no_paths[0]; i++)
        if (xa_git_path_valid(xa_slice_of(no_paths[i])))
            fail_msg("%s", no_paths[i]);
    assert_true(xa_host_valid(many('a', XA_HOST_MAX)));
    assert_false(xa_host_valid(many('a', XA_HOST_MAX + 1)));
    assert_true(xa_eks_cluster_valid(many('a', XA_CLUSTER_MAX)));
    assert_false(xa_eks_cluster_valid(many('a', XA_CLUSTER_MAX + 1)));
    assert_true(xa_eks_cluster_valid(xa_slice_of("0a-b_C")));
    assert_false(xa_eks_cluster_valid(xa_slice_of("-a")));
    assert_false(xa_eks_cluster_valid(xa_slice_of("")));
}

static void a_database_s_query(void **state)
{
    char room[128];
    size_t len = xa_rds_query(xa_slice_of("a b&c=%"), room, sizeof room);
    (void)state;
    assert_int_equal(len, strlen("Action=connect&DBUser=a%20b%26c%3D%25"));
    assert_memory_equal(room, "Action=connect&DBUser=a%20b%26c%3D%25", len);
    assert_int_equal(xa_rds_query(xa_slice_of("user"), room, 10), 0);
}

static struct xa_record a_token(void)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = 200, .date_s = 1000, .expires_at = 1000 + 43200,
        .token = xa_slice_of("QVdTOng="),
        .registry = xa_slice_of("https://222222222222.dkr.ecr.eu-west-1.amazonaws.com"),
    };
}

static enum xa_code judged(const struct xa_record *record, const char *account)
{
    struct xa_error err = { 0 };
    return xa_ecr_check(record, xa_slice_of(account), 5, false, &err) ? XA_OK : err.code;
}

static void ecr_s_answer(void **state)
{
    struct xa_record r = a_token();
    (void)state;
    assert_int_equal(judged(&r, "222222222222"), XA_OK);
    assert_int_equal(judged(&r, ""), XA_OK);
    assert_int_equal(judged(&r, "333333333333"), XA_OTHER_ACCOUNT);
    r.expires_at = 1000;
    assert_int_equal(judged(&r, "222222222222"), XA_BAD_REPLY);
    r.expires_at = 1000 + 86400 + 1;
    assert_int_equal(judged(&r, "222222222222"), XA_BAD_REPLY);
    r = a_token();
    r.token = (struct xa_slice){ 0 };
    assert_int_equal(judged(&r, "222222222222"), XA_BAD_REPLY);
    r = a_token();
    r.registry = xa_slice_of("http://222222222222.dkr.ecr.eu-west-1.amazonaws.com");
    assert_int_equal(judged(&r, "222222222222"), XA_BAD_REPLY);
    r = a_token();
    r.date_s = 0;                             /* then the local clock, which says 5 */
    r.expires_at = 500;
    assert_int_equal(judged(&r, "222222222222"), XA_OK);
    r = a_token();
    r.status = 400;
    r.aws_code = xa_slice_of("AccessDeniedException");
    assert_int_equal(judged(&r, "222222222222"), XA_AWS_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_codecommit), cmocka_unit_test(hosts_of_databases),
        cmocka_unit_test(names), cmocka_unit_test(a_database_s_query),
        cmocka_unit_test(ecr_s_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
