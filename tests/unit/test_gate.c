/* The endpoint's gate: who is let in, and how many wrong tokens a minute bears (L2 to L6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/serve/gate.h"

static struct xa_gate gate;
static struct xa_http_request good;
static char token[XA_GATE_TOKEN_LEN + 1];

static int open_gate(void **state)
{
    struct xa_error err;
    (void)state;
    assert_true(xa_gate_init(&gate, 4711, &err));
    memcpy(token, gate.token, sizeof token);
    good = (struct xa_http_request){
        .method = xa_slice_of("GET"), .target = xa_slice_of(XA_GATE_PATH),
        .host = xa_slice_of("127.0.0.1:4711"), .authorization = xa_slice_of(token),
    };
    return 0;
}

static int status_of(const struct xa_http_request *request, int64_t now_ms, bool *ret_late)
{
    const struct xa_refusal *refusal = xa_gate_judge(&gate, request, now_ms, ret_late);
    return refusal == NULL ? 200 : refusal->status;
}

static void each_rule_refuses(void **state)
{
    bool late;
    (void)state;
    assert_int_equal(status_of(&good, 1, &late), 200);
#define REFUSED(wanted, member, value)                           \
    do {                                                         \
        struct xa_http_request bad = good;                       \
        bad.member = (value);                                    \
        assert_int_equal(status_of(&bad, 1, &late), wanted);     \
        assert_false(late);                                      \
    } while (0)
    REFUSED(405, method, xa_slice_of("POST"));
    REFUSED(405, method, xa_slice_of("get"));
    REFUSED(404, target, xa_slice_of("/"));
    REFUSED(404, target, xa_slice_of(XA_GATE_PATH "?"));
    REFUSED(403, host, xa_slice_of("evil.test"));
    REFUSED(403, host, (struct xa_slice){ 0 });
    REFUSED(403, by_page, true);
    REFUSED(400, has_body, true);
    REFUSED(401, authorization, (struct xa_slice){ 0 });
    REFUSED(401, authorization, xa_slice_of(""));
#undef REFUSED
    assert_int_equal(status_of(&good, 1, &late), 200);
}

static void every_byte_of_the_token_counts(void **state)
{
    (void)state;
    bool late;
    for (size_t i = 0; i < XA_GATE_TOKEN_LEN; i++)
        for (int bit = 0; bit < 8; bit++) {
            struct xa_http_request bad = good;
            char other[XA_GATE_TOKEN_LEN + 1];
            memcpy(other, token, sizeof other);
            other[i] = (char)(other[i] ^ 1 << bit);
            bad.authorization = (struct xa_slice){ (const uint8_t *)other, XA_GATE_TOKEN_LEN };
            assert_int_equal(status_of(&bad, 1, &late), 401);
        }
    for (size_t len = 0; len < XA_GATE_TOKEN_LEN; len++) {
        struct xa_http_request bad = good;
        bad.authorization.len = len;
        assert_int_equal(status_of(&bad, 1, &late), 401);
    }
}

/* L2: 10^6 wrong tokens, none accepted. */
static void a_million_wrong_tokens(void **state)
{
    char other[XA_GATE_TOKEN_LEN + 1];
    struct xa_http_request bad = good;
    bool late;
    (void)state;
    bad.authorization = (struct xa_slice){ (const uint8_t *)other, XA_GATE_TOKEN_LEN };
    srand(1);
    for (int i = 0; i < 1000000; i++) {
        for (size_t k = 0; k < XA_GATE_TOKEN_LEN; k += 4)
            snprintf(other + k, 5, "%04x", (unsigned)rand() & 0xffff);
        assert_int_equal(status_of(&bad, 1, &late), 401);
    }
    assert_int_equal(status_of(&good, 1, &late), 200);
}

static void the_thirty_third_in_a_minute_is_late(void **state)
{
    struct xa_http_request bad = good;
    bool late;
    (void)state;
    bad.authorization = xa_slice_of("wrong");
    for (int round = 0; round < 3; round++) {
        int64_t start_ms = 1 + round * INT64_C(60000);
        for (int i = 1; i <= 40; i++) {
            assert_int_equal(status_of(&bad, start_ms + i, &late), 401);
            assert_int_equal(late, i > 32);
        }
        assert_int_equal(status_of(&good, start_ms + 50, &late), 200);
        assert_false(late);
        assert_int_equal(status_of(&bad, start_ms + 59999, &late), 401);
        assert_true(late);
    }
}

static void hosts(void **state)
{
    static const struct { const char *host; bool good; } table[] = {
        { "127.0.0.1:4711", true }, { "localhost:4711", true }, { "127.0.0.1", true },
        { "localhost", true }, { "127.0.0.1:4712", false }, { "127.0.0.1:", false },
        { "127.0.0.1:04711", false }, { "127.0.0.1:4711 ", false }, { "localhost.", false },
        { "Localhost", false }, { "0.0.0.0:4711", false }, { "[::1]:4711", false }, { "", false },
        { "127.1:4711", false }, { "2130706433:4711", false }, { "rebound.test:4711", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (xa_gate_host_good(xa_slice_of(table[i].host), 4711) != table[i].good)
            fail_msg("%s", table[i].host);
}

static void tokens_differ(void **state)
{
    struct xa_gate other;
    struct xa_error err;
    (void)state;
    assert_true(xa_gate_init(&other, 1, &err));
    assert_string_not_equal(other.token, gate.token);
    assert_int_equal(strlen(other.token), XA_GATE_TOKEN_LEN);
    assert_int_equal(strspn(other.token, "0123456789abcdef"), XA_GATE_TOKEN_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_rule_refuses, open_gate),
        cmocka_unit_test_setup(every_byte_of_the_token_counts, open_gate),
        cmocka_unit_test_setup(a_million_wrong_tokens, open_gate),
        cmocka_unit_test_setup(the_thirty_third_in_a_minute_is_late, open_gate),
        cmocka_unit_test_setup(hosts, open_gate),
        cmocka_unit_test_setup(tokens_differ, open_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
