/* Which addresses a request may go to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/url.h"
#include "proto/limits.h"

static void good(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *port, *path, *query;
        bool loopback;
    } cases[] = {
        { "https://sts.amazonaws.com", "sts.amazonaws.com", "", "", "", false },
        { "https://sts.amazonaws.com/", "sts.amazonaws.com", "", "/", "", false },
        { "https://h:1/prefix", "h", "1", "/prefix", "", false },
        { "https://h:65535/a%2Fb?A=1&B=%20", "h", "65535", "/a%2Fb", "A=1&B=%20", false },
        { "https://h?x", "h", "", "", "x", false },
        { "https://10.0.0.1", "10.0.0.1", "", "", "", false },
        { "https://[2001:db8::1]:8443/x", "[2001:db8::1]", "8443", "/x", "", false },
        { "http://127.0.0.1", "127.0.0.1", "", "", "", true },
        { "http://127.0.0.1:5000", "127.0.0.1", "5000", "", "", true },
        { "http://127.255.255.255/", "127.255.255.255", "", "/", "", true },
        { "http://[::1]:5000/", "[::1]", "5000", "/", "", true },
        { "https://min_io.local/a/.../b", "min_io.local", "", "/a/.../b", "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_url url;
        struct xa_error err;
        if (!xa_url_split(xa_slice_of(cases[i].text), &url, &err))
            fail_msg("%s: %s", cases[i].text, err.message);
        assert_true(xa_slice_is(url.host, cases[i].host));
        assert_true(xa_slice_is(url.port, cases[i].port));
        assert_true(xa_slice_is(url.path, cases[i].path));
        assert_true(xa_slice_is(url.query, cases[i].query));
        assert_int_equal(url.loopback, cases[i].loopback);
        assert_int_equal(url.https, cases[i].text[4] == 's');
    }
}

static void bad(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "h",
        "//h",
        "https:",
        "https:/",
        "https://",
        "https:///",
        "https://:443",
        "HTTPS://h",
        "ftp://h",
        "file:///etc/passwd",
        "httpss://h",
        " https://h",
        "https://h ",
        "https://h\t",
        "https://h\n",
        "https://h/\r\nX: y",
        "https://user@h",
        "https://user:p@h/",
        "https://h@evil/",
        "https://h/#f",
        "https://h#f",
        "https://h?a#f",
        "https://h:",
        "https://h:0",
        "https://h:65536",
        "https://h:99999",
        "https://h:100000",
        "https://h:8a",
        "https://h:-1",
        "https://h:01",
        "https://h:80:80",
        "https://h\\evil",
        "https://h:1\\@evil",
        "https://.h",
        "https://h.",
        "https://a..b",
        "https://-h",
        "https://a.-b",
        "https://h/a b",
        "https://h/<x>",
        "https://h/\"",
        "https://h/%",
        "https://h/%4",
        "https://h/%zz",
        "https://h/..",
        "https://h/../x",
        "https://h/a/./b",
        "https://h/.",
        "https://h/\xc3\xbc",
        "https://\xc3\xbc.example",
        "https://h/{x}",
        "https://h/|",
        "https://[",
        "https://[]",
        "https://[::1",
        "https://[::1]x",
        "https://[::g]",
        "https://[fe80::1%25eth0]",
        "https://h_/%00%",
        "http://localhost",
        "http://localhost.",
        "http://sts.amazonaws.com",
        "http://127.1",
        "http://127.0.0.1.example",
        "http://127.0.0.1.",
        "http://127.0.0",
        "http://127.0.0.01",
        "http://127.0.0.256",
        "http://127.0.0.1.1",
        "http://0127.0.0.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://128.0.0.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://169.254.169.254/latest",
        "http://[::]",
        "http://[0:0:0:0:0:0:0:1]",
        "http://[::ffff:127.0.0.1]",
        "http://[::1%25lo]",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_url url;
        struct xa_error err = { 0 };
        if (xa_url_split(xa_slice_of(cases[i]), &url, &err))
            fail_msg("let through: %s", cases[i]);
        assert_int_equal(err.code, XA_BAD_CONFIG);
    }
    struct xa_url url;
    assert_false(
        xa_url_split((struct xa_slice){ (const uint8_t *)"https://h\0x", 11 }, &url, NULL));
    assert_false(xa_url_split((struct xa_slice){ 0 }, &url, NULL));
}

static void length(void **state)
{
    (void)state;
    char text[XA_URL_MAX + 2];
    struct xa_url url;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://h/", 10);
    assert_true(xa_url_split((struct xa_slice){ (const uint8_t *)text, XA_URL_MAX }, &url, NULL));
    assert_false(
        xa_url_split((struct xa_slice){ (const uint8_t *)text, XA_URL_MAX + 1 }, &url, NULL));
    memset(text + 8, 'a', 254);
    assert_false(xa_url_split((struct xa_slice){ (const uint8_t *)text, 8 + 254 }, &url, NULL));
    assert_true(xa_url_split((struct xa_slice){ (const uint8_t *)text, 8 + 253 }, &url, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
