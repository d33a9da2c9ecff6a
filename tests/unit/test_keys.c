/* Every key of the configuration: its field, its limits, what is said of a value
 * that breaks them (design.md, section 7; facts 1.2 and 13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/keys.h"
#include "agent/broker/roles.h"

#define FILE_NAME "/home/alice/.config/xacct/config"
#define TEXT_MAX 20000

enum field { SLICE, NUMBER, FLAG };

struct row {
    const char *section, *key, *value;
    size_t offset;
    enum field field;
    uint32_t number;               /* of NUMBER and FLAG */
};

#define A(key, value, member, field, n) \
    { "agent", key, value, offsetof(struct xa_agent_keys, member), field, n }
#define S(key, value, member, field, n) \
    { "source", key, value, offsetof(struct xa_source, member), field, n }
#define D(key, value, member, field, n) \
    { "dest", key, value, offsetof(struct xa_dest, member), field, n }
#define C(key, value, member, field, n) \
    { "caller", key, value, offsetof(struct xa_caller, member), field, n }

static const struct row rows[] = {
    A("lock_idle", "2h", lock_idle_s, NUMBER, 7200),
    A("lock_after", "1h30m", lock_after_s, NUMBER, 5400),
    A("lock_on_resume", "yes", lock_on_resume, FLAG, 1),
    A("passphrase_command", "pass show \"xacct key\"", passphrase_command, SLICE, 0),
    A("mfa_command", "ykman oath code", mfa_command, SLICE, 0),
    A("region", "eu-west-1", reach.region, SLICE, 0),
    A("endpoint_url", "https://sts.example.com:8443/sts", reach.endpoint_url, SLICE, 0),
    A("ca_bundle", "/etc/ssl/own.pem", reach.ca_bundle, SLICE, 0),
    A("proxy", "http://proxy.example.com:3128", reach.proxy, SLICE, 0),
    A("label", "work", label, SLICE, 0),
    A("label_variables", "AWS_VAULT, AWSUME_PROFILE", label_variables, SLICE, 0),
    A("cache", "sealed", cache_sealed, FLAG, 1),
    A("allow_root", "true", allow_root, FLAG, 1),
    A("adhoc", "no", adhoc, FLAG, 0),
    A("foreign_namespace", "deny", deny_foreign_namespace, FLAG, 1),
    A("issues_per_minute", "10", issues_per_minute, NUMBER, 10),

    S("mfa_serial", "arn:aws:iam::111111111111:mfa/alice", mfa_serial, SLICE, 0),
    S("mfa", "always", mfa, NUMBER, XA_MFA_ALWAYS),
    S("session", "never", session_never, FLAG, 1),
    S("session_duration", "36h", session_duration_s, NUMBER, 129600),
    S("region", "ap-northeast-2", reach.region, SLICE, 0),
    S("endpoint_url", "http://127.0.0.1:9000", reach.endpoint_url, SLICE, 0),
    S("ca_bundle", "/tmp/ca.pem", reach.ca_bundle, SLICE, 0),
    S("proxy", "https://proxy", reach.proxy, SLICE, 0),
    S("credential_process", "/usr/bin/other --profile x", credential_process, SLICE, 0),
    S("mfa_command", "oathtool", mfa_command, SLICE, 0),
    S("rotate_after", "90d", rotate_after_s, NUMBER, 90 * 86400),

    D("account", "012345678901", account, SLICE, 0),
    D("role", "team/Admin", role, SLICE, 0),
    D("role_arn", "arn:aws-cn:iam::222222222222:role/a/b/Admin", role_arn, SLICE, 0),
    D("source", "main", source, SLICE, 0),
    D("duration", "45m", duration_s, NUMBER, 2700),
    D("region", "us-gov-west-1", reach.region, SLICE, 0),
    D("sts_region", "cn-north-1", sts_region, SLICE, 0),
    D("external_id", "a/b:c,d=e", external_id, SLICE, 0),
    D("session_name", "alice@example.com", session_name, SLICE, 0),
    D("source_identity", "Alice", source_identity, SLICE, 0),
    D("policy", "{\"Version\":\"2012-10-17\"}", policy, SLICE, 0),
    D("policy_arns", "arn:aws:iam::aws:policy/ReadOnlyAccess", policy_arns, SLICE, 0),
    D("tags", "team=a, cost centre=b", tags, SLICE, 0),
    D("transitive_tags", "team", transitive_tags, SLICE, 0),
    D("mfa", "never", mfa, NUMBER, XA_MFA_NEVER),
    D("mfa_serial", "GAHT12345678", mfa_serial, SLICE, 0),
    D("level", "prod", level, SLICE, 0),
    D("label", "red", label, SLICE, 0),
    D("confirm", "first", confirm, NUMBER, XA_CONFIRM_FIRST),
    D("grant", "terminal", grant_terminal, FLAG, 1),
    D("readonly", "yes", readonly, FLAG, 1),
    D("issues_per_minute", "10000", issues_per_minute, NUMBER, 10000),
    D("endpoint_url", "http://[::1]:1/", reach.endpoint_url, SLICE, 0),
    D("ca_bundle", "/a", reach.ca_bundle, SLICE, 0),
    D("proxy", "http://[::1]:8080", reach.proxy, SLICE, 0),
    D("use_fips_endpoint", "yes", use_fips_endpoint, FLAG, 1),
    D("use_dualstack_endpoint", "true", use_dualstack_endpoint, FLAG, 1),

    C("exe", "/usr/bin/terraform", exe, SLICE, 0),
    C("readonly", "yes", readonly, FLAG, 1),
    C("dests", "prod, dev", dests, SLICE, 0),
};

#define N_ROWS (sizeof rows / sizeof rows[0])

/* A configuration in which this key has this value, and nothing else is said that
 * need not be. The value stands in the last line. */
static unsigned make(char *text, const char *section, const char *key, const char *value)
{
    bool dest = strcmp(section, "dest") == 0, arn = strcmp(key, "role_arn") == 0;
    int n = snprintf(text, TEXT_MAX, "# a comment\n[%s%s]\n%s%s%s = %s\n", section,
                     strcmp(section, "agent") == 0 ? "" : " x",
                     dest && !arn && strcmp(key, "account") != 0 ? "account = 222222222222\n" : "",
                     dest && !arn && strcmp(key, "role") != 0 ? "role = Admin\n" : "", key, value);
    assert_true(n > 0 && n < TEXT_MAX);
    unsigned lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

static const void *section_of(const struct xa_roles *roles, const char *section)
{
    return strcmp(section, "agent") == 0    ? (const void *)&roles->agent
           : strcmp(section, "source") == 0 ? (const void *)roles->sources
           : strcmp(section, "dest") == 0   ? (const void *)roles->dests
                                            : (const void *)roles->callers;
}

static bool has(const struct row *row, const void *section, const char *text, uint32_t number)
{
    const uint8_t *at = (const uint8_t *)section + row->offset;
    struct xa_slice s;
    uint32_t n;
    switch (row->field) {
    case SLICE:
        memcpy(&s, at, sizeof s);
        return xa_slice_is(s, text);
    case NUMBER:
        memcpy(&n, at, sizeof n);
        return n == number;
    case FLAG:
        return *at == number;
    }
    return false;
}

static bool is_default(const struct row *row, const void *section)
{
    return has(row, section, "", strcmp(row->key, "adhoc") == 0);
}

static void each_key_fills_its_field_and_no_other(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    for (size_t i = 0; i < N_ROWS; i++) {
        struct xa_error err;
        make(text, rows[i].section, rows[i].key, rows[i].value);
        struct xa_roles *roles = xa_roles_parse(FILE_NAME, xa_slice_of(text), &err);
        if (roles == NULL)
            fail_msg("%s: %s", text, err.message);
        const void *section = section_of(roles, rows[i].section);
        if (!has(&rows[i], section, rows[i].value, rows[i].number))
            fail_msg("[%s] %s is not in its field", rows[i].section, rows[i].key);
        for (size_t j = 0; j < N_ROWS; j++)
            if (j != i && strcmp(rows[j].section, rows[i].section) == 0 &&
                strcmp(rows[j].key, "account") != 0 && strcmp(rows[j].key, "role") != 0 &&
                !is_default(&rows[j], section))
                fail_msg("[%s] %s changes %s", rows[i].section, rows[i].key, rows[j].key);
        xa_roles_free(&roles);
    }
}

/* The list of design.md, section 7: none is missing, none is known elsewhere, and
 * all can be told apart. */
static void the_table_is_closed(void **state)
{
    (void)state;
    static const char *const names[] = { "agent", "source", "dest", "caller" };
    uint64_t seen = 0;
    size_t n = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        for (unsigned s = 0; s < 4; s++) {
            const struct xa_key *key =
                xa_key_find((enum xa_section)(1u << s), xa_slice_of(rows[i].key));
            bool listed = false;
            for (size_t j = 0; j < N_ROWS; j++)
                listed = listed || (strcmp(rows[j].key, rows[i].key) == 0 &&
                                    strcmp(rows[j].section, names[s]) == 0);
            assert_int_equal(key != NULL, listed);
            if (key == NULL || strcmp(names[s], rows[i].section) != 0)
                continue;
            assert_true(xa_key_index(key) < 64);
            assert_true((seen >> xa_key_index(key) & 1) == 0);
            seen |= UINT64_C(1) << xa_key_index(key);
            n++;
        }
    assert_int_equal(n, 16 + 11 + 27 + 3);
    /* Keys have no case (facts 4.2). */
    assert_non_null(xa_key_find(XA_SECTION_DEST, xa_slice_of("Region")));
    assert_null(xa_key_find(XA_SECTION_DEST, (struct xa_slice){ 0 }));
    assert_null(xa_key_find(XA_SECTION_DEST, xa_slice_of("regio")));
    assert_null(xa_key_find(XA_SECTION_DEST, xa_slice_of("regions")));
}

/* --- limits ---------------------------------------------------------------------- */

/* The value is `before`, the filler `times` times, and `after`. */
struct edge {
    const char *section, *key, *before, *filler;
    unsigned times;
    const char *after;
    bool good;
};

#define V(section, key, value, good) { section, key, value, "", 0, "", good }
#define R(section, key, before, filler, times, after, good) \
    { section, key, before, filler, times, after, good }

static const struct edge edges[] = {
    R("dest", "external_id", "", "x", 1, "", false),
    R("dest", "external_id", "", "x", 2, "", true),
    R("dest", "external_id", "", "x", 1224, "", true),
    R("dest", "external_id", "", "x", 1225, "", false),
    V("dest", "external_id", "a b", false),
    V("dest", "external_id", "_+=,.@:/-", true),
    V("dest", "external_id", "caf\xc3\xa9", false),
    V("dest", "external_id", "a\"b", false),
    R("dest", "session_name", "", "x", 1, "", false),
    R("dest", "session_name", "", "x", 2, "", true),
    R("dest", "session_name", "", "x", 64, "", true),
    R("dest", "session_name", "", "x", 65, "", false),
    V("dest", "session_name", "_+=,.@-", true),
    V("dest", "session_name", "a/b", false),
    R("dest", "source_identity", "", "x", 1, "", false),
    R("dest", "source_identity", "", "x", 2, "", true),
    R("dest", "source_identity", "", "x", 64, "", true),
    R("dest", "source_identity", "", "x", 65, "", false),
    V("dest", "source_identity", "aws:x", false),
    R("source", "mfa_serial", "", "1", 8, "", false),
    R("source", "mfa_serial", "", "1", 9, "", true),
    R("source", "mfa_serial", "", "1", 256, "", true),
    R("source", "mfa_serial", "", "1", 257, "", false),
    V("dest", "mfa_serial", "123 456 789", false),
    V("dest", "mfa_serial", "_+=/:,.@-", true),
    V("source", "mfa_serial", "12345678;", false),
    V("source", "mfa_serial", "arn:aws:iam::111111111111:mfa/\xc3\xbc", false),
    R("dest", "mfa_serial", "", "1", 8, "", false),
    R("dest", "mfa_serial", "", "1", 256, "", true),
    R("dest", "mfa_serial", "", "1", 257, "", false),
    R("dest", "label", "", "x", 64, "", true),
    R("dest", "label", "", "x", 65, "", false),
    V("agent", "label", "a b", false),
    V("agent", "label_variables", "none", true),
    V("agent", "label_variables", "ASSUMED_ROLE", true),
    V("agent", "label_variables", "AWS_VAULT,AWS_SSO_PROFILE", true),
    V("agent", "label_variables", "AWS_VAULT,", false),
    V("agent", "label_variables", "AWS_VAULT,none", false),
    V("agent", "label_variables", "AWS_PROFILE", false),
    V("agent", "label_variables", "AWS_VAULT BASH_ENV", false),
    V("agent", "label_variables", "BASH_ENV", false),
    V("agent", "label_variables", "AWS_VAUL", false),
    V("dest", "level", "p\xcc\x81", false),
    R("dest", "level", "", "x", 64, "", true),
    R("dest", "level", "", "x", 65, "", false),

    V("dest", "account", "22222222222", false),
    V("dest", "account", "000000000000", true),
    V("dest", "account", "2222222222222", false),
    V("dest", "account", "22222222222a", false),
    V("dest", "account", "2222-2222-22", false),
    R("dest", "role", "", "r", 64, "", true),
    R("dest", "role", "", "r", 65, "", false),
    V("dest", "role", "_+=,.@-", true),
    V("dest", "role", "a b", false),
    V("dest", "role", "a:b", false),
    V("dest", "role", "/a", false),
    V("dest", "role", "a/", false),
    V("dest", "role", "a//b", false),
    R("dest", "role", "", "p", 510, "/r", true),
    R("dest", "role", "", "p", 511, "/r", false),
    V("dest", "role_arn", "arn:aws:iam::222222222222:role/Admin", true),
    V("dest", "role_arn", "arn:aws:iam::222222222222:user/alice", false),
    V("dest", "role_arn", "arn:aws:sts::222222222222:assumed-role/a/b", false),
    V("dest", "role_arn", "222222222222/Admin", false),
    R("dest", "source", "", "n", 64, "", true),
    R("dest", "source", "", "n", 65, "", false),
    V("dest", "source", "-main", false),
    V("dest", "source", "a b", false),
    R("agent", "region", "r", "x", 62, "", true),
    R("agent", "region", "r", "x", 63, "", false),
    V("source", "region", "us_east_1", false),
    V("dest", "region", "-east", false),
    V("dest", "sts_region", "123", false),
    V("dest", "sts_region", "evil.com/", false),
    V("dest", "region", "US-EAST-1", true),

    V("dest", "duration", "899", false),
    V("dest", "duration", "900", true),
    V("dest", "duration", "43200", true),
    V("dest", "duration", "43201", false),
    V("dest", "duration", "14m59s", false),
    V("dest", "duration", "15m", true),
    V("dest", "duration", "12h", true),
    V("dest", "duration", "12h1s", false),
    V("dest", "duration", "0", false),
    V("dest", "duration", "h", false),
    V("dest", "duration", "1x", false),
    V("dest", "duration", "-1h", false),
    V("dest", "duration", "1 h", false),
    V("dest", "duration", "1.5h", false),
    V("dest", "duration", "0000000900", true),
    V("dest", "duration", "00000000900", false),
    R("dest", "duration", "", "9999999999d", 21350, "3982355951d28816s", false),    /* 2^64 + 1 h */
    V("dest", "duration", "4294967296", false),
    V("dest", "duration", "4294971796", false),
    V("source", "session_duration", "899", false),
    V("source", "session_duration", "15m", true),
    V("source", "session_duration", "129600", true),
    V("source", "session_duration", "36h1s", false),
    V("source", "session_duration", "never", false),
    V("agent", "lock_idle", "59", false),
    V("agent", "lock_idle", "1m", true),
    V("agent", "lock_after", "7d", true),
    V("agent", "lock_after", "604801", false),
    V("source", "rotate_after", "86399", false),
    V("source", "rotate_after", "1d", true),
    V("source", "rotate_after", "3650d", true),
    V("source", "rotate_after", "3651d", false),
    V("agent", "issues_per_minute", "0", false),
    V("agent", "issues_per_minute", "1", true),
    V("dest", "issues_per_minute", "10000", true),
    V("dest", "issues_per_minute", "10001", false),
    V("dest", "issues_per_minute", "00001", true),
    V("dest", "issues_per_minute", "000001", false),
    V("dest", "issues_per_minute", "+1", false),
    V("dest", "issues_per_minute", "99999999999", false),

    V("agent", "adhoc", "true", true),
    V("agent", "adhoc", "false", true),
    V("agent", "adhoc", "Yes", false),
    V("agent", "adhoc", "1", false),
    V("agent", "adhoc", "on", false),
    V("agent", "adhoc", "yesno", false),
    V("source", "mfa", "auto", true),
    V("source", "mfa", "unset", false),
    V("dest", "mfa", "Always", false),
    V("source", "session", "auto", true),
    V("source", "session", "always", false),
    V("dest", "confirm", "never", true),
    V("dest", "confirm", "always", true),
    V("dest", "confirm", "once", false),
    V("dest", "grant", "none", true),
    V("dest", "grant", "session", false),
    V("agent", "cache", "none", true),
    V("agent", "cache", "disk", false),
    V("agent", "foreign_namespace", "warn", true),
    V("agent", "foreign_namespace", "allow", false),

    R("agent", "ca_bundle", "/", "x", 4094, "", true),
    R("agent", "ca_bundle", "/", "x", 4095, "", false),
    V("agent", "ca_bundle", "ca.pem", false),
    V("agent", "ca_bundle", "~/ca.pem", false),
    V("caller", "exe", "terraform", false),
    R("agent", "proxy", "http://", "x", 2041, "", true),
    R("agent", "proxy", "http://", "x", 2042, "", false),
    V("agent", "proxy", "proxy:3128", false),
    V("agent", "proxy", "socks5://proxy", false),
    V("agent", "proxy", "http://", false),
    V("agent", "proxy", "http://user:secret@proxy", false),
    V("agent", "proxy", "http://a b", false),
    V("agent", "proxy", "http://pr\xc3\xb6xy", false),
    R("agent", "endpoint_url", "https://h/", "x", 2038, "", true),
    R("agent", "endpoint_url", "https://h/", "x", 2039, "", false),
    V("agent", "endpoint_url", "http://127.9.9.9", true),
    V("agent", "endpoint_url", "http://localhost", false),
    V("agent", "endpoint_url", "http://10.0.0.1", false),
    V("agent", "endpoint_url", "https://user@host", false),
    V("agent", "endpoint_url", "https://host?x=1", false),
    V("agent", "endpoint_url", "https://host/#x", false),
    V("agent", "endpoint_url", "file:///etc/passwd", false),
    V("agent", "endpoint_url", "https://", false),

    R("agent", "passphrase_command", "a", " b", 62, "", true),
    R("agent", "passphrase_command", "a", " b", 63, "", false),
    R("agent", "mfa_command", "", "x", 4095, "", true),
    R("agent", "mfa_command", "", "x", 4096, "", false),
    V("source", "credential_process", "a \"b c", false),
    V("source", "mfa_command", "a \"b c\"", true),
    V("dest", "tags", "a=b", true),
    V("dest", "tags", "a=", true),
    V("dest", "tags", "a=b,c=d=e", true),
    V("dest", "tags", "a", false),
    V("dest", "tags", "=b", false),
    V("dest", "tags", "a=b,", false),
    V("dest", "tags", "a=b,,c=d", false),
    V("dest", "tags", "a=b, =d", false),
};

/* One that fits the message; what is longer is shown cut. */
static void check_message(const struct xa_error *err, unsigned line, const char *key,
                          const char *value)
{
    char start[100], quoted[100];
    snprintf(start, sizeof start, FILE_NAME ":%u: ", line);
    assert_int_equal(err->code, XA_BAD_CONFIG);
    assert_int_equal(strncmp(err->message, start, strlen(start)), 0);
    snprintf(quoted, sizeof quoted, "'%.80s'", value);
    bool ascii = true;
    for (const char *at = value; *at != '\0'; at++)
        ascii = ascii && (unsigned char)*at < 0x80;
    if (ascii && strstr(err->message, quoted) == NULL)
        fail_msg("no %s in: %s", quoted, err->message);
    assert_non_null(strstr(err->why, key));
}

static void each_limit_holds_at_its_edge(void **state)
{
    (void)state;
    static char value[300000], text[310000];
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        const struct edge *e = &edges[i];
        struct xa_error err;
        size_t len = (size_t)snprintf(value, sizeof value, "%s", e->before);
        for (unsigned n = 0; n < e->times; n++)
            len += (size_t)snprintf(value + len, sizeof value - len, "%s", e->filler);
        snprintf(value + len, sizeof value - len, "%s", e->after);
        unsigned lines = make(text, e->section, e->key, strlen(value) < TEXT_MAX / 2 ? value : "@");
        char *at = strchr(text, '@');
        if (strlen(value) >= TEXT_MAX / 2)
            snprintf(at, sizeof text - (size_t)(at - text), "%s\n", value);
        struct xa_roles *roles = xa_roles_parse(FILE_NAME, xa_slice_of(text), &err);
        if ((roles != NULL) != e->good)
            fail_msg("%s = %.100s (%zu bytes): %s", e->key, value, strlen(value),
                     roles != NULL ? "accepted" : err.message);
        if (roles == NULL)
            check_message(&err, lines, e->key, value);
        xa_roles_free(&roles);
    }
}

static void an_empty_value_is_said_to_be_empty(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    for (size_t i = 0; i < N_ROWS; i++) {
        struct xa_error err;
        unsigned lines = make(text, rows[i].section, rows[i].key, i % 2 == 0 ? "" : " # nothing");
        assert_null(xa_roles_parse(FILE_NAME, xa_slice_of(text), &err));
        check_message(&err, lines, rows[i].key, "");
        assert_non_null(strstr(err.message, "empty"));
    }
}

static void each_key_may_stand_once(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    for (size_t i = 0; i < N_ROWS; i++) {
        struct xa_error err;
        unsigned lines = make(text, rows[i].section, rows[i].key, rows[i].value);
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s = %s\n", rows[i].key, rows[i].value);
        assert_null(xa_roles_parse(FILE_NAME, xa_slice_of(text), &err));
        snprintf(text, sizeof text, FILE_NAME ":%u: this key is there twice: '%s'", lines + 1,
                 rows[i].key);
        assert_string_equal(err.message, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_fills_its_field_and_no_other),
        cmocka_unit_test(the_table_is_closed),
        cmocka_unit_test(each_limit_holds_at_its_edge),
        cmocka_unit_test(an_empty_value_is_said_to_be_empty),
        cmocka_unit_test(each_key_may_stand_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
