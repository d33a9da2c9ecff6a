/* What a credential_process may print, and dates: every form that is taken, every defect
 * that is refused, every cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/asking/process_output.h"
#include "client/base/clock.h"
#include "proto/limits.h"

#define NOW UINT64_C(1768480496)        /* 2026-01-15T12:34:56Z */

#define KEY "\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\""
#define SECRET "\"SecretAccessKey\":\"s/ecret\""
#define TOKEN "\"SessionToken\":\"T0ken/+=\""
#define BASE "\"Version\":1," KEY "," SECRET

static struct xa_error err;
static struct xa_foreign got;
static uint8_t *copy;

/* In memory of exactly its size, so that a sanitizer sees each step beyond it. */
static bool parse_bytes(const void *text, size_t len)
{
    free(copy);
    copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    memset(&err, 0, sizeof err);
    return xa_process_output_parse(copy, len, NOW, &got, &err);
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void whole(void **state)
{
    (void)state;
    assert_true(parse(" {\n \"Version\" : 1 ,\t" KEY "," SECRET "," TOKEN
                      ", \"Expiration\":\"2026-01-15T13:34:56Z\", \"AccountId\":\"1\" } \r\n"));
    assert_true(xa_slice_is(got.access_key_id, "AKIAIOSFODNN7EXAMPLE"));
    assert_true(xa_slice_is(got.secret, "s/ecret"));
    assert_true(xa_slice_is(got.token, "T0ken/+="));
    assert_true(got.expires_at == NOW + 3600);
}

static void what_need_not_be_there(void **state)
{
    static const char *const without[] = {
        "{" BASE "}", "{" BASE ",\"SessionToken\":null,\"Expiration\":null}",
        "{" BASE ",\"SessionToken\":\"\",\"Token\":null,\"Expiration\":\"\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        assert_true(parse(without[i]));
        assert_int_equal(got.token.len, 0);
        assert_true(got.expires_at == 0);
    }
    assert_true(parse("{" BASE ",\"Token\":\"T0ken\"}"));
    assert_true(xa_slice_is(got.token, "T0ken"));
    assert_true(parse("{" BASE "," TOKEN ",\"Token\":\"T0ken/+=\"}"));
}

static void escapes(void **state)
{
    (void)state;
    assert_true(parse("{\"Version\":1," KEY ",\"Secret\\u0041ccessKey\":\"s\\/\\u0065c\\u002F\"}"));
    assert_true(xa_slice_is(got.secret, "s/ec/"));
    assert_true(parse("{" BASE ",\"x\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u00fc\\u2603\\ud83d\\ude00\"}"));
}

static void unknown_members(void **state)
{
    (void)state;
    assert_true(parse("{\"a\":{},\"b\":[],\"c\":[1,-0.5,1e9,2E+3,{\"d\":[true,false,null]}],"
                      "\"a\":0,\"version\":2,\"SecretAccessKey2\":{\"SecretAccessKey\":\"x\"},"
                      BASE "}"));
    assert_true(xa_slice_is(got.secret, "s/ecret"));
    assert_true(parse("{" BASE ",\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}"));
    assert_false(parse("{" BASE ",\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"));
}

static const struct { const char *text, *says; } refused[] = {
    { "", "does not begin with '{'" },
    { "[]", "does not begin with '{'" },
    { "\"Version\"", "does not begin with '{'" },
    { "{}", "it prints no Version" },
    { "{" KEY "," SECRET "}", "it prints no Version" },
    { "{\"Version\":1," SECRET "}", "it prints no AccessKeyId" },
    { "{\"Version\":1," KEY "}", "it prints no SecretAccessKey" },
    { "{\"Version\":1," KEY ",\"SecretAccessKey\":null}", "it prints no SecretAccessKey" },
    { "{\"Version\":\"1\"," KEY "," SECRET "}", "another kind as Version" },
    { "{\"Version\":2," KEY "," SECRET "}", "another Version" },
    { "{\"Version\":1.0," KEY "," SECRET "}", "another Version" },
    { "{\"Version\":10," KEY "," SECRET "}", "another Version" },
    { "{" BASE "," KEY "}", "a second AccessKeyId" },
    { "{" BASE "," SECRET "}", "a second SecretAccessKey" },
    { "{" BASE ",\"Version\":1}", "a second Version" },
    { "{" BASE "," TOKEN "," TOKEN "}", "a second SessionToken" },
    { "{" BASE "," TOKEN ",\"Token\":\"other\"}", "differ" },
    { "{" BASE ",\"SessionToken\":1}", "another kind as SessionToken" },
    { "{" BASE ",\"SessionToken\":[\"x\"]}", "another kind as SessionToken" },
    { "{" BASE ",\"SessionToken\":\"a b\"}", "not fit to be a SessionToken" },
    { "{" BASE ",\"SessionToken\":\"a\\u0000b\"}", "not fit to be a SessionToken" },
    { "{\"Version\":1," KEY ",\"SecretAccessKey\":\"a\\nb\"}", "not fit to be a Secret" },
    { "{\"Version\":1,\"AccessKeyId\":\"AKIA\"," SECRET "}", "not fit to be an AccessKeyId" },
    { "{\"Version\":1,\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPL/\"," SECRET "}", "AccessKeyId" },
    { "{\"Version\":1,\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\"," SECRET "}",
      "temporary key without its SessionToken" },
    { "{" BASE ",\"Expiration\":\"tomorrow\"}", "no date: Expiration" },
    { "{" BASE ",\"Expiration\":1768480496}", "another kind as Expiration" },
    { "{" BASE ",\"Expiration\":\"2026-01-15T12:34:56Z\"}", "expired at 2026-01-15T12:34:56Z" },
    { "{" BASE "} x", "not one JSON object" },
    { "{" BASE "}{}", "not one JSON object" },
    { "{" BASE ",}", "not one JSON object" },
    { "{," BASE "}", "not one JSON object" },
    { "{" BASE " \"x\":1}", "not one JSON object" },
    { "{" BASE ",\"x\" 1}", "not one JSON object" },
    { "{" BASE ",\"x\":01}", "not one JSON object" },
    { "{" BASE ",\"x\":1.}", "not one JSON object" },
    { "{" BASE ",\"x\":+1}", "not one JSON object" },
    { "{" BASE ",\"x\":1e}", "not one JSON object" },
    { "{" BASE ",\"x\":-}", "not one JSON object" },
    { "{" BASE ",\"x\":}", "not one JSON object" },
    { "{" BASE ",\"x\":True}", "not one JSON object" },
    { "{" BASE ",\"x\":nul}", "not one JSON object" },
    { "{" BASE ",\"x\":[1,]}", "not one JSON object" },
    { "{" BASE ",\"x\":[1}}", "not one JSON object" },
    { "{" BASE ",\"x\":{1:2}}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\n\"}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\\x\"}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\\u12g4\"}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\\ud83d\"}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\\ud83d\\u0041\"}", "not one JSON object" },
    { "{" BASE ",\"x\":\"\\ude00\"}", "not one JSON object" },
    { "{" BASE ",'x':1}", "not one JSON object" },
    { "{\"Version\":1,\"SecretAccessKey\":\"half", "not one JSON object" },
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (parse(refused[i].text))
            fail_msg("%s is taken", refused[i].text);
        assert_int_equal(err.code, XA_IO);
        if (strstr(err.message, refused[i].says) == NULL)
            fail_msg("%s: '%s' does not say '%s'", refused[i].text, err.message, refused[i].says);
        assert_null(strstr(err.message, "ecret/"));
        assert_null(strstr(err.message, "IOSFODNN7"));
    }
}

static void every_cut(void **state)
{
    static const char text[] = "{" BASE "," TOKEN ",\"Expiration\":\"2027-01-15T12:34:56.5+01:00\","
                               "\"x\":[{\"y\":\"\\ud83d\\ude00\"},-1.5e3,true]}";
    (void)state;
    for (size_t len = 0; len < sizeof text - 1; len++)
        assert_false(parse_bytes(text, len));
    assert_true(parse(text));
}

static void longest(void **state)
{
    static char text[XA_TOKEN_MAX + 512];
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        size_t n = (size_t)snprintf(text, sizeof text, "{%s,\"Token\":\"", BASE);
        memset(text + n, 'T', XA_TOKEN_MAX + over);
        memcpy(text + n + XA_TOKEN_MAX + over, "\"}", 3);
        assert_int_equal(parse(text), over == 0);
        n = (size_t)snprintf(text, sizeof text, "{\"Version\":1,%s,\"SecretAccessKey\":\"", KEY);
        memset(text + n, 's', XA_SECRET_KEY_MAX + over);
        memcpy(text + n + XA_SECRET_KEY_MAX + over, "\"}", 3);
        assert_int_equal(parse(text), over == 0);
    }
}

static void dates(void **state)
{
    static const struct { const char *text; uint64_t s; } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-01-15T12:34:56Z", NOW },
        { "2026-01-15t12:34:56z", NOW },
        { "2026-01-15T12:34:56.999999999Z", NOW },
        { "2026-01-15T12:34:56+00:00", NOW },
        { "2026-01-15T13:34:56+01:00", NOW },
        { "2026-01-15T12:04:56.1-00:30", NOW },
        { "2026-01-16T00:04:56+11:30", NOW },
        { "2024-02-29T00:00:00Z", 1709164800 },
        { "2000-03-01T00:00:00Z", 951868800 },
        { "2038-01-19T03:14:08Z", UINT64_C(2147483648) },
        { "2016-12-31T23:59:60Z", 1483228800 },
        { "9999-12-31T23:59:59Z", UINT64_C(253402300799) },
    };
    static const char *const bad[] = {
        "", "2026", "2026-01-15", "2026-01-15T12:34:56", "2026-01-15 12:34:56Z",
        "2026-01-15T12:34:56Zx", "2026-1-15T12:34:56Z", "2026-13-15T12:34:56Z",
        "2026-00-15T12:34:56Z", "2026-01-00T12:34:56Z", "2026-02-29T12:34:56Z",
        "2100-02-29T12:34:56Z", "2026-04-31T12:34:56Z", "2026-01-15T24:34:56Z",
        "2026-01-15T12:60:56Z", "2026-01-15T12:34:61Z", "2026-01-15T12:34:56.Z",
        "2026-01-15T12:34:56+1:00", "2026-01-15T12:34:56+24:00", "2026-01-15T12:34:56+01:60",
        "2026-01-15T12:34:56+01", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
        "+026-01-15T12:34:56Z",
    };
    uint64_t s;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(xa_clock_parse(xa_slice_of(good[i].text), &s));
        if (s != good[i].s)
            fail_msg("%s is %ju", good[i].text, (uintmax_t)s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (xa_clock_parse(xa_slice_of(bad[i]), &s))
            fail_msg("'%s' is taken", bad[i]);
}

/* What is written is read again as the same. */
static void dates_there_and_back(void **state)
{
    char text[XA_UTC_SIZE];
    uint64_t s;
    (void)state;
    for (uint64_t at = 0; at < UINT64_C(253402300799); at += 86400 * 13 + 3601) {
        xa_clock_utc(at, text);
        assert_true(xa_clock_parse(xa_slice_of(text), &s));
        assert_true(s == at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(what_need_not_be_there),
        cmocka_unit_test(escapes),
        cmocka_unit_test(unknown_members),
        cmocka_unit_test(refusals),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(longest),
        cmocka_unit_test(dates),
        cmocka_unit_test(dates_there_and_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(copy);
    return failed;
}
