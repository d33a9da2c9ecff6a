/* The endpoint's reader of requests: what SDKs send passes, and nothing beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/serve/http.h"

#define LINE "GET /credentials HTTP/1.1\r\n"
#define GOOD LINE "Host: 127.0.0.1:1\r\nAuthorization: t\r\nAccept: */*\r\n\r\n"

static struct xa_http_request request;

static enum xa_http_state read_bytes(const char *at, size_t len)
{
    char *exact = malloc(len + (len == 0));      /* so that a sanitizer sees a read past it */
    static char kept[2 * XA_HTTP_HEAD_MAX];
    memcpy(exact, at, len);
    enum xa_http_state state = xa_http_read((struct xa_slice){ (const uint8_t *)exact, len },
                                            &request);
    free(exact);
    memcpy(kept, at, len);                       /* again, for slices that outlive the call */
    return state == XA_HTTP_WHOLE
               ? xa_http_read((struct xa_slice){ (const uint8_t *)kept, len }, &request) : state;
}

static enum xa_http_state read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void a_request(void **state)
{
    (void)state;
    assert_int_equal(read_text(GOOD), XA_HTTP_WHOLE);
    assert_true(xa_slice_is(request.method, "GET"));
    assert_true(xa_slice_is(request.target, "/credentials"));
    assert_true(xa_slice_is(request.host, "127.0.0.1:1"));
    assert_true(xa_slice_is(request.authorization, "t"));
    assert_false(request.by_page || request.has_body);
    assert_int_equal(read_text(LINE "\r\n"), XA_HTTP_WHOLE);
    assert_null(request.host.at);
    assert_null(request.authorization.at);
    assert_int_equal(read_text(LINE "hOST:\t x \t\r\n\r\n"), XA_HTTP_WHOLE);
    assert_true(xa_slice_is(request.host, "x"));
    assert_int_equal(read_text(LINE "Host:\r\n\r\n"), XA_HTTP_WHOLE);
    assert_int_equal(request.host.len, 0);
    assert_non_null(request.host.at);
}

static void every_truncation_waits_for_more(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(GOOD); len++)
        assert_int_equal(read_bytes(GOOD, len), XA_HTTP_MORE);
    assert_int_equal(read_bytes(GOOD "x", strlen(GOOD) + 1), XA_HTTP_BAD);
}

static void bad_ones(void **state)
{
    static const char *const bad[] = {
        "GET /credentials HTTP/1.0\r\n\r\n", "GET /credentials HTTP/2\r\n\r\n",
        "GET /credentials\r\n\r\n", "GET credentials HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
        "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n", "/ HTTP/1.1\r\n\r\n", " HTTP/1.1\r\n\r\n", "\r\n\r\n",
        "G(T / HTTP/1.1\r\n\r\n", "GET /\x7f HTTP/1.1\r\n\r\n", "GET /\xc3\xa4 HTTP/1.1\r\n\r\n",
        "\r\n" LINE "\r\n", LINE "Host : x\r\n\r\n", LINE ": x\r\n\r\n", LINE "x\r\n\r\n",
        LINE " folded: x\r\n\r\n", LINE "a: b\r\n c\r\n\r\n", LINE "a: \x01\r\n\r\n",
        LINE "a: \x80\r\n\r\n", LINE "a\x80: b\r\n\r\n", LINE "a: b\rc\r\n\r\n",
        LINE "a: b\nc: d\r\n\r\n", LINE "a: b\r\nA: c\r\n\r\n", LINE "Host: x\r\nhost: x\r\n\r\n",
        LINE "\r\n\r\n", LINE "a: b\r\n\r\nGET", "\n\n", LINE "a: b\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (read_text(bad[i]) != XA_HTTP_BAD)
            fail_msg("let through: %s", bad[i]);
    assert_int_equal(read_bytes(LINE "a: \0\r\n\r\n", strlen(LINE) + 8), XA_HTTP_BAD);
}

static void what_pages_and_proxies_send(void **state)
{
    static const char *const names[] = {
        "Origin", "Referer", "Cookie", "Forwarded", "Via", "Upgrade", "Sec-Fetch-Site", "sec-x",
        "X-Forwarded-For", "x-forwarded-anything", "Access-Control-Request-Headers",
    };
    static const char *const harmless[] = { "Accept", "User-Agent", "Viable", "X-Forwardedx",
                                            "Security", "Originx", "Connection", "Amz-Sdk-Id" };
    static const char *const bodies[] = { "Content-Length", "transfer-encoding", "Trailer" };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, LINE "%s: x\r\n\r\n", names[i]);
        assert_int_equal(read_text(text), XA_HTTP_WHOLE);
        assert_true(request.by_page && !request.has_body);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        snprintf(text, sizeof text, LINE "%s: x\r\n\r\n", harmless[i]);
        assert_int_equal(read_text(text), XA_HTTP_WHOLE);
        assert_false(request.by_page || request.has_body);
    }
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        snprintf(text, sizeof text, LINE "%s: 0\r\n\r\n", bodies[i]);
        assert_int_equal(read_text(text), XA_HTTP_WHOLE);
        assert_true(request.has_body && !request.by_page);
    }
}

static void the_limits(void **state)
{
    static char text[2 * XA_HTTP_HEAD_MAX];
    (void)state;
    for (int over = 0; over < 2; over++) {
        size_t len = XA_HTTP_HEAD_MAX + (size_t)over, start = strlen(LINE "a: ");
        memcpy(text, LINE "a: ", start);
        memset(text + start, 'v', len - start - 4);
        memcpy(text + len - 4, "\r\n\r\n", 4);
        assert_int_equal(read_bytes(text, len), over ? XA_HTTP_BAD : XA_HTTP_WHOLE);
        assert_int_equal(read_bytes(text, len - 1 - (size_t)over), XA_HTTP_MORE);
    }
    memset(text + strlen(LINE "a: "), 'v', XA_HTTP_HEAD_MAX);
    assert_int_equal(read_bytes(text, XA_HTTP_HEAD_MAX), XA_HTTP_BAD);      /* will not end */
    for (int n = XA_HTTP_LINES_MAX; n <= XA_HTTP_LINES_MAX + 1; n++) {
        size_t len = (size_t)snprintf(text, sizeof text, LINE);
        for (int i = 0; i < n; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "h%d: v\r\n", i);
        len += (size_t)snprintf(text + len, sizeof text - len, "\r\n");
        assert_int_equal(read_bytes(text, len), n > XA_HTTP_LINES_MAX ? XA_HTTP_BAD
                                                                      : XA_HTTP_WHOLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request),
        cmocka_unit_test(every_truncation_waits_for_more),
        cmocka_unit_test(bad_ones),
        cmocka_unit_test(what_pages_and_proxies_send),
        cmocka_unit_test(the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
