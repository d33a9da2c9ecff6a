/* Policy documents in both forms, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/reply_policy.h"

static char document_room[256 * 1024], lines_room[256 * 1024];
static struct xa_writer document, lines;

/* In an allocation of its own, so that a sanitizer sees a read past it. */
static const char *read_bytes(const char *json, size_t len, size_t document_cap, size_t lines_cap)
{
    char *exact = malloc(len + (len == 0));
    memcpy(exact, json, len);
    document = xa_writer_init(document_room, document_cap);
    lines = xa_writer_init(lines_room, lines_cap);
    const char *fault =
        xa_reply_policy((struct xa_slice){ (uint8_t *)exact, len }, &document, &lines);
    free(exact);
    return fault;
}

static const char *read_text(const char *json)
{
    return read_bytes(json, strlen(json), sizeof document_room, sizeof lines_room);
}

static bool holds(const struct xa_writer *w, const char *text)
{
    return !w->bad && xa_slice_is((struct xa_slice){ w->at, w->len }, text);
}

#define ONE(elements) "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\"" elements "}}"
#define HEAD "statement -\neffect Allow\n"

static const struct { const char *json, *document, *lines; } good[] = {
    { ONE(""), "{\"Statement\":{\"Action\":\"a:b\",\"Effect\":\"Allow\"}}", HEAD "action a:b\n" },
    { " {\n \"Version\" : \"2012-10-17\" ,\t\"Statement\":[{\"Sid\":\"S1\",\"Effect\":\"Deny\","
      "\"Action\":[\"s3:*\",\"iam:Get*\"],\"Resource\":\"*\"},{\"Sid\":\"\",\"Effect\":\"Allow\","
      "\"NotAction\":\"x:y\",\"NotResource\":[\"arn:b\",\"arn:a\"]}]}\r\n",
      "{\"Statement\":[{\"Action\":[\"s3:*\",\"iam:Get*\"],\"Effect\":\"Deny\","
      "\"Resource\":\"*\",\"Sid\":\"S1\"},{\"Effect\":\"Allow\",\"NotAction\":\"x:y\","
      "\"NotResource\":[\"arn:b\",\"arn:a\"],\"Sid\":\"\"}],\"Version\":\"2012-10-17\"}",
      "statement S1\neffect Deny\naction s3:*\naction iam:Get*\nresource *\n"
      "statement -\neffect Allow\nnotaction x:y\nnotresource arn:b\nnotresource arn:a\n" },
    { ONE(",\"Principal\":\"*\""),
      "{\"Statement\":{\"Action\":\"a:b\",\"Effect\":\"Allow\",\"Principal\":\"*\"}}",
      HEAD "principal * *\naction a:b\n" },
    { ONE(",\"NotPrincipal\":{\"Service\":\"ec2\",\"AWS\":[\"1\",\"2\"],\"Federated\":\"f\","
          "\"CanonicalUser\":\"c\"}"),
      "{\"Statement\":{\"Action\":\"a:b\",\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":["
      "\"1\",\"2\"],\"CanonicalUser\":\"c\",\"Federated\":\"f\",\"Service\":\"ec2\"}}}",
      HEAD "notprincipal AWS 1\nnotprincipal AWS 2\nnotprincipal CanonicalUser c\n"
      "notprincipal Federated f\nnotprincipal Service ec2\naction a:b\n" },
    { ONE(",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":[\"b\",\"a\"],\"aws:k\":\"\"},"
          "\"Bool\":{\"aws:MultiFactorAuthPresent\":true},\"NumericLessThan\":{\"n\":[3600,-7,"
          "0.5]},\"Null\":{\"z\":false,\"e\":[]},\"Empty\":{}}"),
      "{\"Statement\":{\"Action\":\"a:b\",\"Condition\":{\"Bool\":{"
      "\"aws:MultiFactorAuthPresent\":true},\"Empty\":{},\"Null\":{\"e\":[],\"z\":false},"
      "\"NumericLessThan\":{\"n\":[3600,-7,0.5]},\"StringEquals\":{\"aws:k\":\"\","
      "\"sts:ExternalId\":[\"b\",\"a\"]}},\"Effect\":\"Allow\"}}",
      HEAD "action a:b\ncondition Bool aws:MultiFactorAuthPresent true\ncondition Null e \n"
      "condition Null z false\ncondition NumericLessThan n 3600\n"
      "condition NumericLessThan n -7\ncondition NumericLessThan n 0.5\n"
      "condition StringEquals aws:k \ncondition StringEquals sts:ExternalId b\n"
      "condition StringEquals sts:ExternalId a\n" },
    /* what a line, a word or a terminal could be misled by */
    { ONE(",\"Resource\":\"a b\\nq\\\"c\\\\d\\u00e4\xc3\xa4\\u007f\xf0\x9f\x99\x82\\/\\\"\""),
      "{\"Statement\":{\"Action\":\"a:b\",\"Effect\":\"Allow\",\"Resource\":"
      "\"a b\\nq\\\"c\\\\d\\u00E4\\u00E4\\u007f\\uD83D\\uDE42/\\\"\"}}",
      HEAD "action a:b\nresource a b\\nq\\\"c\\\\d\\u00E4\\u00E4\\u007f\\uD83D\\uDE42/\\\"\n" },
    { ONE(",\"Condition\":{\"String Equals\":{\"aws:PrincipalTag/a b\\n\":\"c d\"}}"),
      "{\"Statement\":{\"Action\":\"a:b\",\"Condition\":{\"String Equals\":{"
      "\"aws:PrincipalTag/a b\\n\":\"c d\"}},\"Effect\":\"Allow\"}}",
      HEAD "action a:b\ncondition String\\u0020Equals aws:PrincipalTag/a\\u0020b\\n c d\n" },
    { "{\"Statement\":[],\"Id\":[{\"x\":null}]}", "{\"Id\":[{\"x\":null}],\"Statement\":[]}", "" },
};

static void good_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *fault = read_text(good[i].json);
        if (fault != NULL || !holds(&document, good[i].document) || !holds(&lines, good[i].lines))
            fail_msg("%s\n%s\n%.*s\n%.*s", good[i].json, fault, (int)document.len, document.at,
                     (int)lines.len, lines.at);
    }
}

/* Order of keys and white space make no difference, and once is enough. */
static void normal_is_normal(void **state)
{
    (void)state;
    static char once_room[4096], again_room[4096];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct xa_writer once = xa_writer_init(once_room, sizeof once_room);
        struct xa_writer again = xa_writer_init(again_room, sizeof again_room);
        assert_true(xa_reply_policy_normalise(xa_slice_of(good[i].json), &once));
        assert_true(holds(&once, good[i].document));
        assert_true(xa_reply_policy_normalise((struct xa_slice){ once.at, once.len }, &again));
        assert_true(holds(&again, good[i].document));
        assert_null(read_text(good[i].document));
        assert_true(holds(&lines, good[i].lines));
        for (size_t cap = 0; cap < once.len; cap++) {
            again = xa_writer_init(again_room, cap);
            assert_false(xa_reply_policy_normalise(xa_slice_of(good[i].json), &again));
        }
    }
    struct xa_writer any = xa_writer_init(once_room, sizeof once_room);
    assert_true(xa_reply_policy_normalise(xa_slice_of("{ }"), &any));
    assert_true(holds(&any, "{}"));
}

static const char *const bad[] = {
    "", " ", "x", "{", "[]", "null", "\"x\"", "1", "{}", "{\"Statement\":1}",
    "{\"Statement\":\"x\"}", "{\"Statement\":[1]}", "{\"Statement\":[[]]}", "{\"Statement\":null}",
    "{\"Statement\":{}}", "{\"statement\":[]}",
    "{\"Statement\":{\"Action\":\"a\"}}", "{\"Statement\":{\"Effect\":\"Allow\"}}",
    "{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"a\"}}",
    "{\"Statement\":{\"Effect\":[\"Allow\"],\"Action\":\"a\"}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":1}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[]}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"a\",null]}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[[\"a\"]]}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":{\"a\":\"b\"}}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a\",\"Action\":\"b\"}}",
    "{\"Statement\":[],\"Statement\":[]}",
    ONE(",\"NotAction\":\"c\""), ONE(",\"Sid\":1"), ONE(",\"Unknown\":\"x\""),
    ONE(",\"Resource\":[]"), ONE(",\"Resource\":\"a\",\"NotResource\":\"b\""),
    ONE(",\"Principal\":\"arn\""), ONE(",\"Principal\":[\"*\"]"), ONE(",\"Principal\":{}"),
    ONE(",\"Principal\":{\"AWS\":[]}"), ONE(",\"Principal\":{\"AWS\":1}"),
    ONE(",\"Principal\":{\"AWS\":\"a\",\"Other\":\"b\"}"),
    ONE(",\"Principal\":\"*\",\"NotPrincipal\":\"*\""), ONE(",\"Principal\":null"),
    ONE(",\"Condition\":[]"), ONE(",\"Condition\":\"x\""), ONE(",\"Condition\":{\"Bool\":true}"),
    ONE(",\"Condition\":{\"Bool\":{\"k\":null}}"), ONE(",\"Condition\":{\"Bool\":{\"k\":{}}}"),
    ONE(",\"Condition\":{\"Bool\":{\"k\":[\"a\",[]]}}"),
    ONE(",\"Condition\":{\"Bool\":{\"k\":\"a\",\"k\":\"b\"}}"),
    ONE(",\"Resource\":\"\\u0000\""), ONE(",\"Resource\":\"\\ud800\""),
    ONE(",\"Resource\":\"\xff\""), ONE(",\"Resource\":\"\xc0\xaf\""), ONE(",\"Resource\":\"\n\""),
    ONE(",\"Condition\":{\"Bool\":{\"k\":1e400}}"),
    ONE(",\"Condition\":{\"Bool\":{\"k\":99999999999999999999}}"),
    ONE(",\"Condition\":{\"Bool\":{\"k\":NaN}}"), ONE("") "x", ONE("") "{}", "\xef\xbb\xbf" ONE(""),
};

static void bad_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (read_text(bad[i]) == NULL)
            fail_msg("let through: %s", bad[i]);
    for (size_t len = 0; len < strlen(ONE("")); len++)
        assert_non_null(read_bytes(ONE(""), len, sizeof document_room, sizeof lines_room));
    assert_non_null(read_bytes(ONE("") "\0", sizeof ONE(""), 4096, 4096));
    assert_non_null(xa_reply_policy((struct xa_slice){ 0 }, &document, &lines));
}

static void every_byte_changed(void **state)
{
    (void)state;
    char text[] = ONE(",\"Principal\":{\"AWS\":\"1\"},\"Condition\":{\"B\":{\"k\":[1,\"\\n\"]}}");
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (unsigned v = 0; v < 256; v++) {
            char was = text[i];
            text[i] = (char)v;
            if (read_bytes(text, sizeof text - 1, 4096, 4096) == NULL)
                assert_true(xa_text_printable((struct xa_slice){ document.at, document.len }));
            text[i] = was;
        }
}

/* So many levels of lists in an element that is not looked at. */
static const char *nested(unsigned levels)
{
    static char text[1024 * 1024];
    size_t len = (size_t)snprintf(text, sizeof text, "{\"Statement\":[],\"Id\":");
    memset(text + len, '[', levels);
    memset(text + len + levels, ']', levels);
    memcpy(text + len + 2 * levels, "}", 2);
    return text;
}

static void depth(void **state)
{
    (void)state;
    assert_null(read_text(nested(15)));
    assert_non_null(read_text(nested(16)));
    assert_non_null(read_text(nested(500 * 1000)));
    /* brackets in a text are none */
    assert_null(read_text(ONE(",\"Sid\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"")));
}

static void long_numbers(void **state)
{
    (void)state;
    static char text[1200 * 1024];
    static const char *const starts[] = { "", "0.", "-", "1e" };
    for (size_t i = 0; i < 4; i++) {
        size_t len = (size_t)snprintf(text, sizeof text, "{\"Statement\":[],\"Id\":%s", starts[i]);
        memset(text + len, '7', 1024 * 1024);
        memcpy(text + len + 1024 * 1024, "}", 2);
        assert_int_equal(read_text(text) == NULL, i == 1);
    }
}

/* Each form needs its own length and not a byte more. */
static void rooms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t n = strlen(good[i].json), d = strlen(good[i].document), l = strlen(good[i].lines);
        assert_null(read_bytes(good[i].json, n, d, l));
        assert_true(!document.bad && !lines.bad);
        assert_null(read_bytes(good[i].json, n, d - 1, l));
        assert_true(document.bad && !lines.bad);
        if (l > 0)
            assert_null(read_bytes(good[i].json, n, d, l - 1));
        assert_int_equal(lines.bad, l > 0);
    }
}

static void decoding(void **state)
{
    (void)state;
    static const struct { const char *encoded, *decoded; } cases[] = {
        { "", "" }, { "abc", "abc" }, { "%7B%22a%22%3A1%7d", "{\"a\":1}" }, { "a+b%2Bc", "a+b+c" },
        { "%25", "%" }, { "%2525", "%25" }, { "%C3%A4", "\xc3\xa4" }, { "%", NULL },
        { "%4", NULL }, { "a%4", NULL }, { "%g0", NULL }, { "%0g", NULL }, { "%%41", NULL },
        { "% 1", NULL }, { "%-1", NULL }, { "%4\xc3", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].encoded);
        char *exact = malloc(len + (len == 0));
        memcpy(exact, cases[i].encoded, len);
        bool done = xa_reply_policy_decode(exact, &len);
        if (done != (cases[i].decoded != NULL) ||
            (done && !xa_slice_is((struct xa_slice){ (uint8_t *)exact, len }, cases[i].decoded)))
            fail_msg("%s", cases[i].encoded);
        free(exact);
    }
    char nul[] = "a%00b";
    size_t len = strlen(nul);
    assert_true(xa_reply_policy_decode(nul, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(nul, "a\0b", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones), cmocka_unit_test(normal_is_normal),
        cmocka_unit_test(bad_ones), cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(depth), cmocka_unit_test(long_numbers),
        cmocka_unit_test(rooms), cmocka_unit_test(decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
