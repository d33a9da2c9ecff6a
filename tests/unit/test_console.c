/* The console's links, partition by partition (facts 8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/console.h"

static char room[4096];

static const char *text_of(size_t len)
{
    room[len] = '\0';
    return room;
}

static void the_form(void **state)
{
    const struct xa_signin signin = { xa_slice_of("ASIAX"), xa_slice_of("a/b+c"),
                                      xa_slice_of("t\"o\\k"), 43200 };
    struct xa_signin without = signin;
    (void)state;
    assert_string_equal(text_of(xa_signin_body(&signin, room, sizeof room - 1)),
        "Action=getSigninToken&SessionDuration=43200&Session=%7B%22sessionId%22%3A%22ASIAX%22%2C"
        "%22sessionKey%22%3A%22a%2Fb%2Bc%22%2C%22sessionToken%22%3A%22t%5C%22o%5C%5Ck%22%7D");
    size_t whole = strlen(room);
    without.duration_s = 0;
    assert_null(strstr(text_of(xa_signin_body(&without, room, sizeof room - 1)),
                       "SessionDuration"));
    for (size_t cap = 0; cap < whole; cap++)
        assert_int_equal(xa_signin_body(&signin, room, cap), 0);
}

static void where_it_is_asked(void **state)
{
    static const struct { const char *partition, *custom, *url; } table[] = {
        { "aws", "", "https://signin.aws.amazon.com/federation" },
        { "aws-cn", "", "https://signin.amazonaws.cn/federation" },
        { "aws-us-gov", "", "https://signin.amazonaws-us-gov.com/federation" },
        { "aws-eusc", "", "https://signin.amazonaws-eusc.eu/federation" },
        { "aws", "https://h:1", "https://h:1/federation" },
        { "aws-iso", "https://h:1/x/", "https://h:1/x/federation" },
    };
    struct xa_endpoint at;
    struct xa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct xa_endpoint_wish wish = {
            .partition = xa_slice_of(table[i].partition),
            .endpoint_url = xa_slice_of(table[i].custom),
        };
        assert_true(xa_endpoint_signin(&wish, &at, &err));
        assert_string_equal(at.url, table[i].url);
    }
    static const char *const none[] = { "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "", "x" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        const struct xa_endpoint_wish wish = { .partition = xa_slice_of(none[i]) };
        assert_false(xa_endpoint_signin(&wish, &at, &err));
        assert_int_equal(err.code, XA_NOT_SERVED);
    }
}

static const char *link_to(const char *partition, const char *service, const char *region)
{
    const struct xa_console_page page = { xa_slice_of(partition), xa_slice_of(service),
                                          xa_slice_of(region) };
    size_t len = xa_console_url(xa_slice_of("https://s/federation"), xa_slice_of("T+/="), &page,
                                room, sizeof room - 1);
    assert_true(len > 0);
    return text_of(len);
}

#define LINK(where)                                                                          \
    "https://s/federation?Action=login&Issuer=xacct&Destination=" where                      \
    "&SigninToken=T%2B%2F%3D"

static void the_link(void **state)
{
    (void)state;
    assert_string_equal(link_to("aws", "", ""),
                        LINK("https%3A%2F%2Fconsole.aws.amazon.com%2Fconsole%2Fhome"));
    assert_string_equal(link_to("aws", "s3", "eu-west-1"),
                        LINK("https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome"
                             "%3Fregion%3Deu-west-1"));
    assert_string_equal(link_to("aws-cn", "dynamodb", "cn-north-1"),
                        LINK("https%3A%2F%2Fconsole.amazonaws.cn%2Fdynamodbv2%2Fhome"
                             "%3Fregion%3Dcn-north-1"));
    const struct xa_console_page page = { xa_slice_of("aws"), { 0 }, { 0 } };
    size_t whole = strlen(link_to("aws", "", ""));
    for (size_t cap = 0; cap < whole; cap++)
        assert_int_equal(xa_console_url(xa_slice_of("https://s/federation"), xa_slice_of("T+/="),
                                        &page, room, cap), 0);
}

static void services(void **state)
{
    (void)state;
    assert_true(xa_console_service_valid(xa_slice_of("s3")));
    assert_true(xa_console_service_valid(xa_slice_of("")));
    static const char *const bad[] = { "S3", "a/b", "a b", "a?b", "..", "a%2f", "\xc3\xa4" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(xa_console_service_valid(xa_slice_of(bad[i])));
}

static void switch_role(void **state)
{
    struct xa_switch_role to = {
        .partition = xa_slice_of("aws"), .account = xa_slice_of("012345678901"),
        .role = xa_slice_of("team/Admin+1"), .display_name = xa_slice_of("p@x"),
    };
    static const struct { const char *level, *colour; } colours[] = {
        { "prod", "F2B0A9" }, { "staging", "FAD791" }, { "dev", "B7CA9D" }, { "", "99BCE3" },
        { "pro", "99BCE3" }, { "prod live", "99BCE3" }, { "other", "99BCE3" },
    };
    struct xa_error err;
    char wanted[256];
    (void)state;
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
        to.level = xa_slice_of(colours[i].level);
        snprintf(wanted, sizeof wanted, "https://signin.aws.amazon.com/switchrole?"
                 "account=012345678901&roleName=team%%2FAdmin%%2B1&displayName=p%%40x&color=%s",
                 colours[i].colour);
        assert_true(xa_switch_role_url(&to, room, sizeof room, &err));
        if (strcmp(colours[i].level, "prod live") != 0)
            assert_string_equal(room, wanted);
    }
    for (size_t cap = 0; cap < strlen(wanted); cap++)
        assert_false(xa_switch_role_url(&to, room, cap, &err));
    char role[XA_SWITCH_ROLE_MAX + 2];
    memset(role, 'r', sizeof role - 1);
    role[sizeof role - 1] = '\0';
    to.role = xa_slice_of(role);
    assert_false(xa_switch_role_url(&to, room, sizeof room, &err));
    assert_int_equal(err.code, XA_USAGE);
    to.role.len = XA_SWITCH_ROLE_MAX;
    assert_true(xa_switch_role_url(&to, room, sizeof room, &err));
    to.partition = xa_slice_of("aws-iso");
    assert_false(xa_switch_role_url(&to, room, sizeof room, &err));
    assert_int_equal(err.code, XA_NOT_SERVED);
}

static void the_answer(void **state)
{
    struct xa_record r = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                           .token = xa_slice_of("T") };
    struct xa_error err;
    (void)state;
    assert_true(xa_signin_check(&r, false, &err));
    r.token = (struct xa_slice){ 0 };
    assert_false(xa_signin_check(&r, false, &err));
    assert_int_equal(err.code, XA_BAD_REPLY);
    r.status = 400;
    assert_false(xa_signin_check(&r, false, &err));
    assert_int_equal(err.code, XA_AWS_REFUSED);
    r = (struct xa_record){ .outcome = XA_OUTCOME_UNREACHABLE, .detail = xa_slice_of("no") };
    assert_false(xa_signin_check(&r, false, &err));
    assert_int_equal(err.code, XA_UNREACHABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form), cmocka_unit_test(where_it_is_asked),
        cmocka_unit_test(the_link), cmocka_unit_test(services), cmocka_unit_test(switch_role),
        cmocka_unit_test(the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
