/* Profiles of both AWS files: merged, looked up, followed to what their credentials come
 * from (facts 4.2, 4.5, 3.6), beside the SDKs' own vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "proto/limits.h"
#include "proto/profile.h"

#define ARN "arn:aws:iam::222222222222:role/R"
#define ROLE "role_arn = " ARN "\n"

static struct xa_profiles *profiles;
static struct xa_profile_part parts[XA_PROFILE_CHAIN_MAX];
static struct xa_error err;

static void given(const char *config, const char *credentials)
{
    xa_profiles_free(&profiles);
    profiles = xa_profiles_new((struct xa_profiles_text){ "C", xa_slice_of(config) },
                               (struct xa_profiles_text){ "K", xa_slice_of(credentials) }, &err);
    assert_non_null(profiles);
}

static int finish(void **state)
{
    (void)state;
    xa_profiles_free(&profiles);
    return 0;
}

static size_t chain(const char *name)
{
    memset(&err, 0, sizeof err);
    return xa_profiles_chain(profiles, xa_slice_of(name), parts, XA_PROFILE_CHAIN_MAX, &err);
}

static void check_slice(struct xa_slice got, const char *wanted)
{
    char text[XA_PATH_MAX];
    assert_true(xa_slice_copy(got, text, sizeof text));
    assert_string_equal(text, wanted);
}

static void refused(const char *name, const char *message)
{
    assert_int_equal(chain(name), 0);
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_string_equal(err.message, message);
}

/* --- reading and looking up ----------------------------------------------------------- */

static void value_is(const char *profile, const char *key, const char *wanted, const char *file,
                     unsigned line)
{
    struct xa_profile_value value;
    const struct xa_profile *at = xa_profiles_find(profiles, xa_slice_of(profile));
    assert_non_null(at);
    assert_true(xa_profile_find_key(profiles, at, key, &value));
    check_slice(value.text, wanted);
    assert_string_equal(value.file, file);
    assert_int_equal(value.line, line);
}

static void test_the_last_value_wins_and_the_credentials_file_last(void **state)
{
    struct xa_profile_value value;
    (void)state;
    given("[profile a]\nRegion = 1\nonly = c\nregion = 2\n[x]\n[profile b]\n[profile a]\n"
          "region = 3\nlong = a\n  b\n", "[a]\nregion = 4\n");
    value_is("a", "region", "4", "K", 2);
    value_is("a", "only", "c", "C", 3);
    const struct xa_profile *a = xa_profiles_find(profiles, xa_slice_of("a"));
    assert_true(xa_profile_find_key(profiles, a, "long", &value) && value.has_more);
    assert_true(xa_profile_find_key(profiles, a, "only", &value) && !value.has_more);
    assert_false(xa_profile_find_key(profiles, a, "no", &value));
    assert_null(xa_profiles_find(profiles, xa_slice_of("x")));
    given("", "[a]\nregion = 1\n");
    value_is("a", "region", "1", "K", 2);
    given("", "");
    assert_null(xa_profiles_find(profiles, xa_slice_of("a")));
}

static void test_profile_default_replaces_default(void **state)
{
    (void)state;
    given("[default]\n" ROLE "region = 1\n[profile default]\noutput = 2\n", "[default]\nk = 3\n");
    value_is("default", "output", "2", "C", 5);
    value_is("default", "k", "3", "K", 2);
    const struct xa_profile *d = xa_profiles_find(profiles, xa_slice_of("default"));
    struct xa_profile_value value;
    assert_false(xa_profile_find_key(profiles, d, "region", &value));
    assert_false(xa_profile_is_role(d));
}

static void test_roles_come_in_the_files_order_and_once(void **state)
{
    char seen[64] = "";
    uint32_t cursor = 0;
    const struct xa_profile *at;
    (void)state;
    given("[profile z]\n" ROLE "[sso-session s]\n[profile a]\nregion = 1\n[profile z]\nx = 1\n"
          "[profile empty]\nrole_arn =\n", "[c]\nrole_arn = x\n[a]\n" ROLE);
    while ((at = xa_profiles_next(profiles, &cursor)) != NULL) {
        struct xa_slice name = xa_profile_name(at);
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s%s ", (int)name.len,
                 (const char *)name.at, xa_profile_is_role(at) ? "!" : "");
    }
    assert_string_equal(seen, "z! a! empty c! ");
    assert_null(xa_profiles_next(profiles, &cursor));
}

static void test_a_file_is_refused_by_its_grammar_alone(void **state)
{
    (void)state;
    struct xa_profiles_text good = { "C", xa_slice_of("[default]\n") };
    struct xa_profiles_text bad = { "K", xa_slice_of("[a]\n[b\n") };
    assert_null(xa_profiles_new(good, bad, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_string_equal(err.message, "K:2: a section's header does not end with ]");
    assert_null(xa_profiles_new(bad, good, &err));
    given("[profile bad]\n" ROLE "source_profile = s\nduration_seconds = x\n"
          "[profile good]\n" ROLE "source_profile = s\n", "");
    assert_int_equal(chain("good"), 2);
    assert_int_equal(chain("bad"), 0);
}

/* Far less than a search through all of them would take, with room for a slow machine. */
static void test_ten_thousand_profiles_are_not_searched_one_by_one(void **state)
{
    enum { N = 10000 };
    char *text = malloc(N * 40), name[16];
    size_t len = 0;
    (void)state;
    assert_non_null(text);
    for (int i = 0; i < N; i++)
        len += (size_t)sprintf(text + len, "[profile p%d]\nregion = r%d\n", i * 7919 % N, i);
    given(text, "");
    clock_t start = clock();
    for (int i = 0; i < N; i++) {
        sprintf(name, "p%d", i);
        const struct xa_profile *at = xa_profiles_find(profiles, xa_slice_of(name));
        assert_non_null(at);
        check_slice(xa_profile_name(at), name);
    }
    assert_true((clock() - start) / (CLOCKS_PER_SEC / 1000) < 200);
    assert_null(xa_profiles_find(profiles, xa_slice_of("p10000")));
    xa_profiles_free(&profiles);
    free(text);
}

/* --- chains --------------------------------------------------------------------------- */

static void test_a_part_says_all_of_its_profile(void **state)
{
    (void)state;
    given("[profile prod]\n" ROLE "source_profile = main\nregion = eu-west-1\n"
          "role_session_name = alice\nexternal_id = x/1\nmfa_serial = GAHT12345678\n"
          "duration_seconds = 43200\nuse_fips_endpoint = True\nuse_dualstack_endpoint = true\n"
          "sts_regional_endpoints = legacy\nendpoint_url = https://sts.example\n"
          "ca_bundle = /etc/ca.pem\noutput = json\n"
          "[profile main]\nregion = us-east-1\nmfa_serial = GAHT00000000\n",
          "[main]\naws_access_key_id = a\naws_secret_access_key = b\n");
    assert_int_equal(chain("prod"), 2);
    const struct xa_profile_part *p = &parts[0];
    check_slice(p->name, "prod");
    check_slice(p->arn, ARN);
    check_slice(p->source, "main");
    check_slice(p->region, "eu-west-1");
    check_slice(p->session_name, "alice");
    check_slice(p->external_id, "x/1");
    check_slice(p->mfa_serial, "GAHT12345678");
    check_slice(p->endpoint_url, "https://sts.example");
    check_slice(p->ca_bundle, "/etc/ca.pem");
    assert_true(p->kind == XA_PROFILE_ROLE && p->duration_s == 43200);
    assert_true(p->use_fips && p->use_dualstack && p->sts_legacy);
    check_slice(parts[1].name, "main");
    check_slice(parts[1].region, "us-east-1");
    check_slice(parts[1].mfa_serial, "GAHT00000000");
    assert_true(parts[1].kind == XA_PROFILE_KEYS && parts[1].arn.len == 0);
    assert_true(!parts[1].use_fips && parts[1].duration_s == 0);
}

static void test_every_kind_of_end(void **state)
{
    static const struct { const char *keys; uint32_t kind; } cases[] = {
        { "aws_access_key_id = a\naws_secret_access_key = b\n", XA_PROFILE_KEYS },
        { "aws_access_key_id = a\naws_secret_access_key = b\ncredential_process = c\n",
          XA_PROFILE_KEYS },
        { "credential_process = c\nsso_session = s\n", XA_PROFILE_PROCESS },
        { "sso_session = s\n", XA_PROFILE_SSO }, { "sso_start_url = s\n", XA_PROFILE_SSO },
        { "sso_account_id = s\n", XA_PROFILE_SSO }, { "sso_role_name = s\n", XA_PROFILE_SSO },
        { "login_session = s\n", XA_PROFILE_LOGIN }, { "region = r\n", XA_PROFILE_NOTHING },
        { ROLE "credential_source = Environment\n", XA_PROFILE_CREDENTIAL_SOURCE },
        { ROLE "web_identity_token_file = /t\n", XA_PROFILE_WEB_IDENTITY },
        { "credential_process =\naws_access_key_id =\n", XA_PROFILE_NOTHING },
    };
    char config[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(config, sizeof config, "[profile a]\n" ROLE "source_profile = b\n[profile b]\n%s",
                 cases[i].keys);
        given(config, "");
        assert_int_equal(chain("a"), 2);
        assert_int_equal(parts[1].kind, cases[i].kind);
        assert_int_equal(chain("b"), 1);
        assert_int_equal(parts[0].kind, cases[i].kind);
    }
}

static void test_a_source_in_no_file_may_be_in_the_vault(void **state)
{
    (void)state;
    given("[profile a]\n" ROLE "source_profile = main\n", "");
    assert_int_equal(chain("a"), 2);
    check_slice(parts[1].name, "main");
    assert_int_equal(parts[1].kind, XA_PROFILE_NOTHING);
    assert_int_equal(chain("main"), 0);
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    given("[profile a]\n" ROLE "source_profile = -x\n", "");
    refused("a", "C:3: source_profile of profile 'a' is no name: '-x'");
}

static void test_a_role_may_be_its_own_source(void **state)
{
    (void)state;
    given("[profile a]\n" ROLE "source_profile = a\naws_access_key_id = x\n",
          "[a]\naws_secret_access_key = y\n");
    assert_int_equal(chain("a"), 2);
    assert_int_equal(parts[0].kind, XA_PROFILE_ROLE);
    assert_int_equal(parts[1].kind, XA_PROFILE_KEYS);
    check_slice(parts[1].name, "a");
    given("[profile a]\n" ROLE "source_profile = a\n", "");
    assert_int_equal(chain("a"), 2);    /* its keys may be in the vault */
    assert_int_equal(parts[0].kind, XA_PROFILE_ROLE);
    assert_int_equal(parts[1].kind, XA_PROFILE_NOTHING);
    check_slice(parts[1].name, "a");
    given("[profile a]\n" ROLE "source_profile = a\naws_access_key_id = x\n", "");
    refused("a", "C:4: profile 'a' has half a key: aws_secret_access_key is missing");
}

static void test_loops_are_named_whole(void **state)
{
    (void)state;
    given("[profile a]\n" ROLE "source_profile = b\naws_access_key_id = x\n"
          "aws_secret_access_key = y\n[profile b]\n" ROLE "source_profile = c\n[profile c]\n" ROLE
          "source_profile = a\n[profile d]\n" ROLE "source_profile = b\n", "");
    refused("a", "C:11: the source_profiles form a loop: a -> b -> c -> a");
    assert_int_equal(chain("d"), 4);    /* here a's keys end it */
    assert_int_equal(parts[3].kind, XA_PROFILE_KEYS);
}

static void test_too_long_a_chain_is_refused_at_its_edge(void **state)
{
    char config[8192];
    size_t len = 0;
    (void)state;
    for (int i = 0; i < XA_PROFILE_CHAIN_MAX; i++)
        len += (size_t)snprintf(config + len, sizeof config - len,
                                "[profile p%d]\n" ROLE "source_profile = p%d\n", i, i + 1);
    given(config, "");
    assert_int_equal(chain("p1"), XA_PROFILE_CHAIN_MAX);
    assert_int_equal(chain("p0"), 0);
    assert_non_null(strstr(err.message, "profile 'p31' ends a chain of too many profiles"));
}

/* --- values --------------------------------------------------------------------------- */

static void test_bad_values_are_named(void **state)
{
    static const struct { const char *key, *what; } cases[] = {
        { "duration_seconds = 899", "outside 900 to 43200: '899'" },
        { "duration_seconds = 43201", "outside 900 to 43200: '43201'" },
        { "duration_seconds = 99999999999999999999", "outside 900 to 43200: '9999999999999999999" },
        { "duration_seconds = 1h", "not a number of seconds: '1h'" },
        { "duration_seconds = 3600\n 1", "not a number of seconds: '3600'" },
        { "use_fips_endpoint = yes", "neither true nor false: 'yes'" },
        { "use_dualstack_endpoint = 1", "neither true nor false: '1'" },
        { "sts_regional_endpoints = global", "neither legacy nor regional: 'global'" },
        { "ignore_configured_endpoint_urls = no", "neither true nor false: 'no'" },
        { "services = gone", "no [services] section: 'gone'" },
        { "region = a\n b", "of several lines: 'a'" },
        { "external_id = \033[31m", "not printable UTF-8 text: '" },
        { "region = 0123456789012345678901234567890123456789012345678901234567890123",
          "too long: '" },
    };
    char config[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(config, sizeof config, "[profile a]\n" ROLE "source_profile = b\n%s\n",
                 cases[i].key);
        given(config, "");
        assert_int_equal(chain("a"), 0);
        assert_int_equal(err.code, XA_BAD_CONFIG);
        assert_memory_equal(err.message, "C:4: ", 5);
        assert_non_null(strstr(err.message, "of profile 'a' is "));
        assert_non_null(strstr(err.message, cases[i].what));
    }
    given("[profile a]\n" ROLE "source_profile = b\nduration_seconds = 900\n", "");
    assert_int_equal(chain("a"), 2);
    assert_int_equal(parts[0].duration_s, 900);
}

static void test_where_sts_is_asked(void **state)
{
    static const struct { const char *more, *wanted; } cases[] = {
        { "endpoint_url = https://own\n", "https://own" },
        { "endpoint_url = https://own\nservices = s\n", "https://sts" },
        { "endpoint_url = https://own\nservices = other\n", "https://own" },
        { "services = other\n", "" },
        { "services = twice\n", "https://last" },
        { "endpoint_url = https://own\nservices = s\nignore_configured_endpoint_urls = TRUE\n",
          "" },
        { "services = s\nignore_configured_endpoint_urls = false\n", "https://sts" },
    };
    char config[1024];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(config, sizeof config,
                 "[services s]\ns3 =\n  endpoint_url = https://s3\nsts =\n  region = x\n"
                 "  endpoint_url = https://sts\niam =\n  endpoint_url = https://iam\n"
                 "[services other]\niam =\n  endpoint_url = https://iam\n"
                 "[services twice]\nsts =\n  endpoint_url = https://first\n"
                 "[profile a]\n" ROLE "source_profile = b\n%s"
                 "[services twice]\nSTS =\n  Endpoint_URL = https://last\n", cases[i].more);
        given(config, "");
        assert_int_equal(chain("a"), 2);
        check_slice(parts[0].endpoint_url, cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_value_wins_and_the_credentials_file_last),
        cmocka_unit_test(test_profile_default_replaces_default),
        cmocka_unit_test(test_roles_come_in_the_files_order_and_once),
        cmocka_unit_test(test_a_file_is_refused_by_its_grammar_alone),
        cmocka_unit_test(test_ten_thousand_profiles_are_not_searched_one_by_one),
        cmocka_unit_test(test_a_part_says_all_of_its_profile),
        cmocka_unit_test(test_every_kind_of_end),
        cmocka_unit_test(test_a_source_in_no_file_may_be_in_the_vault),
        cmocka_unit_test(test_a_role_may_be_its_own_source),
        cmocka_unit_test(test_loops_are_named_whole),
        cmocka_unit_test(test_too_long_a_chain_is_refused_at_its_edge),
        cmocka_unit_test(test_bad_values_are_named),
        cmocka_unit_test(test_where_sts_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
