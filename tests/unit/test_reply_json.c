/* JSON of ECR and of the sign-in page, in all the forms that it must not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/reply.h"

#define ONE(token, expires, registry)                                                        \
    "{\"authorizationData\":[{\"authorizationToken\":" token ",\"expiresAt\":" expires       \
    ",\"proxyEndpoint\":" registry "}]}"
#define GOOD ONE("\"QVdTOng=\"", "1.7E9", "\"https://2.dkr.ecr.x\"")
#define SIGNIN "{\"SigninToken\":\"tok-en_1\"}"

static struct xa_reply reply;
static struct xa_record record;

static bool taken(enum xa_answer answer, unsigned status, const char *at, size_t len)
{
    char *exact = malloc(len + (len == 0));      /* so that a sanitizer sees a read past it */
    memcpy(exact, at, len);
    record = (struct xa_record){ .number = 9, .date_s = 77 };
    xa_reply_read(answer, (struct xa_slice){ 0 }, status,
                  (struct xa_slice){ (const uint8_t *)exact, len }, &reply, &record);
    free(exact);
    assert_int_equal(record.number, 9);
    assert_true(xa_record_sound(&record));
    return record.outcome == XA_OUTCOME_ANSWERED;
}

static bool text_taken(enum xa_answer answer, const char *text)
{
    return taken(answer, 200, text, strlen(text));
}

static void good_ones(void **state)
{
    (void)state;
    assert_true(text_taken(XA_ANSWER_ECR_TOKEN, GOOD));
    assert_true(xa_slice_is(record.token, "QVdTOng="));
    assert_true(xa_slice_is(record.registry, "https://2.dkr.ecr.x"));
    assert_int_equal(record.expires_at, 1700000000);
    assert_true(text_taken(XA_ANSWER_ECR_TOKEN, ONE("\"x\"", "1700000000.75", "\"https://r\"")));
    assert_int_equal(record.expires_at, 1700000000);
    assert_true(text_taken(XA_ANSWER_SIGNIN_TOKEN, SIGNIN));
    assert_true(xa_slice_is(record.token, "tok-en_1"));
    assert_true(text_taken(XA_ANSWER_SIGNIN_TOKEN, " {\"x\":[{}],\"SigninToken\":\"t\"}\n"));
}

static void bad_ones(void **state)
{
    static const char *const ecr[] = {
        "", "{", "[]", "null", "\"x\"", "{}", "{\"authorizationData\":[]}",
        "{\"authorizationData\":{}}", "{\"authorizationData\":[1]}",
        "{\"authorizationData\":[{}]}", GOOD "x", "\xef\xbb\xbf" GOOD,
        ONE("1", "1700000000", "\"https://r\""), ONE("\"x\"", "\"soon\"", "\"https://r\""),
        ONE("\"x\"", "0", "\"https://r\""), ONE("\"x\"", "-5", "\"https://r\""),
        ONE("\"x\"", "1e300", "\"https://r\""), ONE("\"x\"", "1700000000", "null"),
        ONE("\"a b\"", "1700000000", "\"https://r\""), ONE("\"a\\u0000b\"", "17", "\"r\""),
        ONE("\"\\u00e4\"", "1700000000", "\"https://r\""),
        ONE("\"x\",\"authorizationToken\":\"y\"", "1700000000", "\"https://r\""),
        ONE("\"x\"", "1700000000", "\"\\n\""),
    };
    static const char *const signin[] = { "", "{}", "{\"SigninToken\":7}", "{\"SigninToken\":null}",
        "{\"SigninToken\":\"a b\"}", "{\"SigninToken\":\"a\\nb\"}", "{\"SigninToken\":[\"a\"]}",
        "{\"SigninToken\":\"a\",\"SigninToken\":\"b\"}", "<html>" };
    (void)state;
    for (size_t i = 0; i < sizeof ecr / sizeof ecr[0]; i++)
        if (text_taken(XA_ANSWER_ECR_TOKEN, ecr[i]))
            fail_msg("let through: %s", ecr[i]);
    for (size_t i = 0; i < sizeof signin / sizeof signin[0]; i++)
        if (text_taken(XA_ANSWER_SIGNIN_TOKEN, signin[i]))
            fail_msg("let through: %s", signin[i]);
}

static void every_truncation_and_every_byte_changed(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(GOOD); len++)
        assert_false(taken(XA_ANSWER_ECR_TOKEN, 200, GOOD, len));
    for (size_t i = 0; i < strlen(GOOD); i++)
        for (int c = 0; c < 256; c++) {
            char text[sizeof GOOD];
            memcpy(text, GOOD, sizeof text);
            text[i] = (char)c;
            (void)taken(XA_ANSWER_ECR_TOKEN, 200, text, strlen(GOOD));
        }
}

static void deep_and_long(void **state)
{
    static char text[64 * 1024];
    (void)state;
    memset(text, '[', sizeof text);
    assert_false(taken(XA_ANSWER_ECR_TOKEN, 200, text, sizeof text));
    for (int over = 0; over < 2; over++) {
        size_t start = strlen("{\"SigninToken\":\""), len = XA_TOKEN_MAX + (size_t)over;
        memcpy(text, "{\"SigninToken\":\"", start);
        memset(text + start, 't', len);
        memcpy(text + start + len, "\"}", 2);
        assert_int_equal(taken(XA_ANSWER_SIGNIN_TOKEN, 200, text, start + len + 2), !over);
    }
}

static void refusals(void **state)
{
    static const char text[] =
        "{\"__type\":\"com.amazonaws.ecr#AccessDeniedException\",\"message\":\"no\\nno\"}";
    (void)state;
    assert_true(taken(XA_ANSWER_ECR_TOKEN, 400, text, strlen(text)));
    assert_true(xa_slice_is(record.aws_code, "AccessDeniedException"));
    assert_true(xa_slice_is(record.aws_message, "no no"));
    static const char *const others[] = {
        "{\"__type\":\"Plain\",\"Message\":\"x\"}", "{\"__type\":7,\"message\":7}", "", "<html>",
        "{\"__type\":\"a b\",\"message\":\"The Canonical String is x\"}", "{}" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(taken(XA_ANSWER_SIGNIN_TOKEN, 500, others[i], strlen(others[i])));
        assert_int_equal(record.token.len, 0);
        assert_null(memmem(record.aws_message.at != NULL ? record.aws_message.at
                                                         : (const uint8_t *)"",
                           record.aws_message.len, "Canonical", 9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones), cmocka_unit_test(bad_ones),
        cmocka_unit_test(every_truncation_and_every_byte_changed),
        cmocka_unit_test(deep_and_long), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
