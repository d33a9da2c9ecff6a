/* What the command line may wish: the limits of facts 1.2, the text of a policy, and the
 * digits of an MFA code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/asking/mfa.h"
#include "client/requests/policy_text.h"
#include "client/requests/wish_limits.h"

static struct xa_error err;

typedef bool limit_fn(const char *value, struct xa_error *err);

static void assert_refused(limit_fn *limit, const char *value, const char *says)
{
    memset(&err, 0, sizeof err);
    if (limit(value, &err))
        fail_msg("'%s' is taken", value);
    assert_int_equal(err.code, XA_USAGE);
    if (strstr(err.message, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, says);
}

static void words(void **state)
{
    (void)state;
    assert_true(xa_limit_word("session-name", "aZ09_+=,.@-", "+=,.@-", &err));
    assert_false(xa_limit_word("session-name", "a/b", "+=,.@-", &err));
    assert_non_null(strstr(err.message, "--session-name a/b"));
    assert_false(xa_limit_word("session-name", "a b", "+=,.@-", &err));
    assert_false(xa_limit_word("session-name", "\303\274", "+=,.@-", &err));
    assert_true(xa_limit_word("external-id", "a:/b", "+=,.@:/-", &err));
}

static void source_identities(void **state)
{
    (void)state;
    assert_true(xa_limit_source_identity("alice@example.org", &err));
    assert_refused(xa_limit_source_identity, "aws:alice", "must not begin with aws:");
    assert_refused(xa_limit_source_identity, "a:b", "a:b");
}

/* "k0=v,k1=v,…" or "k0,k1,…" */
static void many(char *room, size_t n, const char *after)
{
    for (size_t i = 0; i < n; i++)
        room += sprintf(room, "%sk%zu%s", i > 0 ? "," : "", i, after);
}

static void tags(void **state)
{
    static char list[4096], key[XA_TAG_KEY_MAX + 4], value[XA_TAG_VALUE_MAX + 8] = "k=";
    (void)state;
    assert_true(xa_limit_tags("team=blue", &err));
    assert_true(xa_limit_tags("team=blue, cost center=1/2:3,empty=,a=b=c", &err));
    assert_true(xa_limit_tags("gr\303\266\303\237e=\342\230\203", &err));
    assert_refused(xa_limit_tags, "team", "'team' is not KEY=VALUE");
    assert_refused(xa_limit_tags, "a=b,", "is not KEY=VALUE");
    assert_refused(xa_limit_tags, "a=b,,c=d", "is not KEY=VALUE");
    assert_refused(xa_limit_tags, "=blue", "a key of 0 characters");
    assert_refused(xa_limit_tags, "a=b;c", "'b;c' holds a sign");
    assert_refused(xa_limit_tags, "a*=b", "'a*' holds a sign");
    assert_refused(xa_limit_tags, "Team=a,b=c,tEAM=d", "a second 'tEAM'");
    many(list, 50, "=v");
    assert_true(xa_limit_tags(list, &err));
    many(list, 51, "=v");
    assert_refused(xa_limit_tags, list, "more than 50");
    memset(key, 'k', XA_TAG_KEY_MAX);
    memcpy(key + XA_TAG_KEY_MAX, "=v", 3);
    assert_true(xa_limit_tags(key, &err));
    memcpy(key + XA_TAG_KEY_MAX, "k=v", 4);
    assert_refused(xa_limit_tags, key, "a key of 129 characters");
    memset(value + 2, 'v', XA_TAG_VALUE_MAX);
    assert_true(xa_limit_tags(value, &err));
    value[2 + XA_TAG_VALUE_MAX] = 'v';
    assert_refused(xa_limit_tags, value, "a value of 257 characters");
}

static void characters_count_not_bytes(void **state)
{
    static char key[2 * XA_TAG_KEY_MAX + 4];
    (void)state;
    for (size_t i = 0; i < XA_TAG_KEY_MAX; i++) {
        key[2 * i] = '\303';
        key[2 * i + 1] = '\274';
    }
    memcpy(key + sizeof key - 4, "=v", 3);
    assert_true(xa_limit_tags(key, &err));
}

static void tag_keys(void **state)
{
    static char list[4096];
    (void)state;
    assert_true(xa_limit_tag_keys("team, cost center", &err));
    assert_refused(xa_limit_tag_keys, "team,", "a key of 0 characters");
    assert_refused(xa_limit_tag_keys, "a;b", "'a;b'");
    many(list, 50, "");
    assert_true(xa_limit_tag_keys(list, &err));
    many(list, 51, "");
    assert_refused(xa_limit_tag_keys, list, "more than 50");
}

#define ARN "arn:aws:iam::aws:policy/ReadOnlyAccess"
#define FIVE ARN "," ARN "," ARN "," ARN "," ARN

static void policy_arns(void **state)
{
    (void)state;
    assert_true(xa_limit_policy_arns(ARN, &err));
    assert_true(xa_limit_policy_arns(FIVE ", " FIVE, &err));
    assert_refused(xa_limit_policy_arns, FIVE "," FIVE "," ARN, "more than 10");
    assert_refused(xa_limit_policy_arns, "ReadOnlyAccess-and-more", "is no ARN");
    assert_refused(xa_limit_policy_arns, "arn:aws:iam::aws:po", "is no ARN");
    assert_refused(xa_limit_policy_arns, ARN ",", "'' is no ARN");
    assert_refused(xa_limit_policy_arns, ARN " " ARN, "is no ARN");
}

/* --- policies -------------------------------------------------------------------------- */

static char policy_room[XA_POLICY_MAX + 1];
static struct xa_slice policy;

static bool read_policy(const char *value)
{
    memset(&err, 0, sizeof err);
    return xa_policy_text(value, policy_room, &policy, &err);
}

static void policies_as_json(void **state)
{
    static char longest[XA_POLICY_MAX + 2];
    (void)state;
    assert_true(read_policy("{\n\t\"Version\": \"2012-10-17\"\r\n}\n"));
    assert_true(xa_slice_is(policy, "{  \"Version\": \"2012-10-17\"  }"));
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '{';
    assert_false(read_policy(longest));
    assert_non_null(strstr(err.message, "more than 8192 bytes"));
    longest[XA_POLICY_MAX] = '\0';
    assert_true(read_policy(longest));
    assert_int_equal(policy.len, XA_POLICY_MAX);
    static const char *const bad[] = { "", "policy.json", "@policy.json", "[1]", " {}", "{\033}",
                                       "{\377}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(read_policy(bad[i]));
        assert_int_equal(err.code, XA_USAGE);
    }
    assert_false(read_policy("policy.json"));
    assert_non_null(strstr(err.message, "file://PATH"));
}

static void policies_in_files(void **state)
{
    static char big[XA_POLICY_MAX + 1];
    static const struct { const char *text, *policy, *says; } rows[] = {
        { "{\n  \"a\": 1\n}\n", "{   \"a\": 1 }", NULL },
        { "\n\t{}", "{}", NULL },
        { "", NULL, "holds no JSON object" },
        { "\n\n", NULL, "holds no JSON object" },
        { "[]", NULL, "holds no JSON object" },
        { "{\001}", NULL, "cannot be printed" },
    };
    char path[] = "/tmp/xa-policy-XXXXXX", value[64];
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    snprintf(value, sizeof value, "file://%s", path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, rows[i].text, strlen(rows[i].text), 0), strlen(rows[i].text));
        assert_int_equal(read_policy(value), rows[i].policy != NULL);
        if (rows[i].policy != NULL)
            assert_true(xa_slice_is(policy, rows[i].policy));
        else
            assert_non_null(strstr(err.message, rows[i].says));
    }
    memset(big, '{', sizeof big);
    assert_int_equal(pwrite(fd, big, XA_POLICY_MAX, 0), XA_POLICY_MAX);
    assert_true(read_policy(value));
    assert_int_equal(policy.len, XA_POLICY_MAX);
    assert_int_equal(pwrite(fd, big, sizeof big, 0), sizeof big);
    assert_false(read_policy(value));
    assert_non_null(strstr(err.message, "more than 8192 bytes"));
    close(fd);
    unlink(path);
    assert_false(read_policy(value));
    assert_int_equal(err.code, XA_USAGE);
    assert_non_null(strstr(err.message, "No such file"));
    assert_false(read_policy("file:///"));
}

static void codes(void **state)
{
    static const char *const good[] = { "123456", "123 456", " 123456\r", "1 2 3 4 5 6" };
    static const char *const bad[] = { "", "12345", "1234567", "12345a", "-12345", "123-456",
                                       "\331\241\331\242\331\243\331\244\331\245\331\246" };
    char code[XA_MFA_CODE_LEN + 1];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(xa_mfa_digits(xa_slice_of(good[i]), code));
        assert_string_equal(code, "123456");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(xa_mfa_digits(xa_slice_of(bad[i]), code));
    assert_true(xa_mfa_digits(xa_slice_of("000123"), code));
    assert_string_equal(code, "000123");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(source_identities),
        cmocka_unit_test(tags),
        cmocka_unit_test(characters_count_not_bytes),
        cmocka_unit_test(tag_keys),
        cmocka_unit_test(policy_arns),
        cmocka_unit_test(policies_as_json),
        cmocka_unit_test(policies_in_files),
        cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
