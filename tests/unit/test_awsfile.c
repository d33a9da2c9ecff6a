/* The AWS files' grammar (facts 4.2), beside the SDKs' own vectors: lines and places, what
 * is passed over, and that no message repeats a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/awsfile.h"

#define SECRET "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"

/* All events in one line: "[name]3 key=value:4 +more:5 ." */
static void events(char *ret, size_t size, enum xa_awsfile_flavour flavour, const char *text)
{
    struct xa_awsfile f;
    struct xa_error err = { 0 };
    size_t len = 0;
    xa_awsfile_init(&f, "F", flavour, xa_slice_of(text));
    for (;;) {
        enum xa_awsfile_event event = xa_awsfile_next(&f, &err);
        char *at = ret + len;
        size_t left = size - len;
        int n = 0;
        switch (event) {
        case XA_AWSFILE_HEADER:
            n = snprintf(at, left, "[%.*s]%u ", (int)f.name.len, (const char *)f.name.at, f.line);
            break;
        case XA_AWSFILE_KEY:
            n = snprintf(at, left, "%.*s=%.*s:%u ", (int)f.key.len, (const char *)f.key.at,
                         (int)f.value.len, (const char *)f.value.at, f.line);
            break;
        case XA_AWSFILE_MORE:
            n = snprintf(at, left, "+%.*s:%u ", (int)f.value.len, (const char *)f.value.at, f.line);
            break;
        case XA_AWSFILE_END:
            snprintf(at, left, ".");
            return;
        case XA_AWSFILE_ERROR:
            assert_int_equal(err.code, XA_BAD_CONFIG);
            snprintf(at, left, "%s", err.message);
            return;
        }
        len += (size_t)n;
    }
}

static void check(enum xa_awsfile_flavour flavour, const char *text, const char *wanted)
{
    char got[512];
    events(got, sizeof got, flavour, text);
    assert_string_equal(got, wanted);
}

static void config(const char *text, const char *wanted)
{
    check(XA_AWSFILE_CONFIG, text, wanted);
}

static void test_events_have_their_lines(void **state)
{
    (void)state;
    config("", ".");
    config("# c\n\n[default]\r\na = b ; c\n  d # e\n\t\n[profile x]\nk=v",
           "[default]3 a=b:4 +d # e:5 [x]7 k=v:8 .");
    config("[services s]\nsts =\n  endpoint_url = u\n[sso-session t]\n",
           "[s]1 sts=:2 +endpoint_url = u:3 [t]4 .");
    config("[profile a]\nk =; v\nl = ;v\n", "[a]1 k=; v:2 l=:3 .");
    check(XA_AWSFILE_CREDENTIALS, "[a]\nk = v\n[default]\n", "[a]1 k=v:2 [default]3 .");
}

static void test_what_does_not_count_is_passed_over(void **state)
{
    (void)state;
    config("[x]\nk = v\n  w\n[profile x y]\nk = v\n[]\nk=v\n[profile -x]\nk=v\n", ".");
    config("[default x]\nk = v\n[Profile x]\n[profile ok]\nb\xc3\xa4h = 1\n  more\nk = v\n",
           "[ok]4 k=v:7 .");
    check(XA_AWSFILE_CREDENTIALS, "[profile x]\nk = v\n[services s]\n[a b]\n", ".");
    /* A name of xacct's has at most 64 bytes. */
    char text[128];
    snprintf(text, sizeof text, "[profile a%063d]\n", 0);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "[a%063d]1 .", 0);
    config(text, wanted);
    snprintf(text, sizeof text, "[profile a%064d]\n", 0);
    config(text, ".");
}

static void test_errors_name_the_line_and_count_in_ignored_sections(void **state)
{
    (void)state;
    config("[profile a", "F:1: a section's header does not end with ]");
    config("[", "F:1: a section's header does not end with ]");
    config("[profile a] x", "F:1: a section's header does not end with ]");
    config("\nk = v", "F:2: a key before any [section]");
    config(" k = v", "F:1: an indented line before any [section]");
    config("[x]\nk\n", "F:2: neither [section] nor key = value");
    config("[x]\n=k\n", "F:2: a value without a key");
    config("[default]\n k = v\n", "[default]1 F:2: an indented line that continues no key");
    config("[x]\nk =\n v\n",
           "F:3: an indented line below a key without a value is no key = value");
    config("[x]\nk =\n = v\n",
           "F:3: an indented line below a key without a value is no key = value");
}

/* A slip beside a secret must not print it. */
static void test_no_message_repeats_a_line(void **state)
{
    static const char *const texts[] = {
        "[a]\naws_secret_access_key " SECRET "\n", "[a]\n=" SECRET "\n", SECRET "\n",
        "[a]\n " SECRET "\n", "[" SECRET "\n", "[a]\nk =\n " SECRET "\n", " " SECRET "\n",
    };
    char got[512];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        events(got, sizeof got, XA_AWSFILE_CREDENTIALS, texts[i]);
        assert_non_null(strstr(got, "F:"));
        assert_null(strstr(got, SECRET));
    }
}

static void test_secret_lines_are_known_wherever_they_stand(void **state)
{
    static const struct { const char *line, *value; } cases[] = {
        { "aws_secret_access_key = a b\n", "a b" }, { "AWS_Session_Token=x\r\n", "x" },
        { "\taws_security_token = y", "y" }, { "# aws_secret_access_key = z ; old\n", "z ; old" },
        { "aws_secret_access_key =", "" },
        { "aws_access_key_id = a\n", NULL }, { "my_aws_session_token = a\n", NULL },
        { "aws_secret_access_key a\n", NULL }, { "# see aws_session_token = a\n", NULL },
        { "\n", NULL }, { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_slice value = xa_slice_of("untouched");
        bool found = xa_awsfile_line_secret(xa_slice_of(cases[i].line), &value);
        assert_int_equal(found, cases[i].value != NULL);
        assert_true(xa_slice_is(value, found ? cases[i].value : "untouched"));
    }
}

static void test_a_line_splits_at_its_first_equals(void **state)
{
    struct xa_slice key, value;
    (void)state;
    assert_true(xa_awsfile_split(xa_slice_of(" a = b=c "), &key, &value));
    assert_true(xa_slice_is(key, "a") && xa_slice_is(value, "b=c"));
    assert_false(xa_awsfile_split(xa_slice_of("a b"), &key, &value));
    assert_false(xa_awsfile_split(xa_slice_of(" = b"), &key, &value));
    assert_false(xa_awsfile_split(xa_slice_of(""), &key, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_have_their_lines),
        cmocka_unit_test(test_what_does_not_count_is_passed_over),
        cmocka_unit_test(test_errors_name_the_line_and_count_in_ignored_sections),
        cmocka_unit_test(test_no_message_repeats_a_line),
        cmocka_unit_test(test_secret_lines_are_known_wherever_they_stand),
        cmocka_unit_test(test_a_line_splits_at_its_first_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
