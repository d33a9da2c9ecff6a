/* The configuration as a whole: what is refused, and how it is said; names; what a
 * look finds; what is not served (design.md, section 7; security G1, G2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/broker/roles.h"
#include "proto/profile.h"

#define ROLE "account = 222222222222\nrole = Admin\n"

static struct xa_roles *parse(const char *text)
{
    struct xa_error err;
    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(text), &err);
    if (roles == NULL)
        fail_msg("%s: %s", text, err.message);
    return roles;
}

/* --- what is refused --------------------------------------------------------------- */

static const struct {
    const char *text, *message, *why;
} refused[] = {
    { "[dest a]\n" ROLE "colour = red\n", "/c:4: no such key in this section: 'colour'", "" },
    { "[source a]\nrole = Admin\n", "/c:2: no such key in this section: 'role'", "" },
    { "[dest a]\n" ROLE "Regional = us-east-1\n", "/c:4: no such key in this section: 'Regional'", "" },
    { "[profile a]\n", "/c:1: no such section: 'profile'", "[dest NAME]" },
    { "[Agent]\n", "/c:1: no such section: 'Agent'", "" },
    { "[agent]\n[agent]\n", "/c:2: this section is there twice: 'agent'", "" },
    { "[agent x]\n", "/c:1: [agent] has no name: 'x'", "" },
    { "[source a]\n\n[source a]\n", "/c:3: this section is there twice: 'a'", "line 1" },
    { "[dest a]\n" ROLE "[dest a]\n" ROLE, "/c:4: this section is there twice: 'a'", "line 1" },
    { "[source a]\n[dest a]\n" ROLE, "/c:2: a source and a destination of one name: 'a'",
      "line 1" },
    { "[dest a]\n" ROLE "[source a]\n", "/c:4: a source and a destination of one name: 'a'",
      "line 1" },
    { "[caller a]\n[caller a]\n", "/c:2: this section is there twice: 'a'", "" },
    { "[source]\n", "/c:1: not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / % -: ''", "" },
    { "[dest a b]\n", "/c:1: not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / % -: 'a b'", "" },
    { "[caller -a]\n", "/c:1: not a name: '-a'", "" },
    { "region = x\n", "/c:1: a key before any [section]: 'region = x'", "" },
    { "[agent]\nregion\n", "/c:2: neither [section] nor key = value: 'region'", "" },
    { "[agent]\n = x\n", "/c:2: a line that starts with a blank: '= x'", "" },
    { "[agent]\n= x\n", "/c:2: a value without a key: '= x'", "" },
    { "[agent]\nregion = us-east-1\n x = y\n", "/c:3: a line that starts with a blank: 'x = y'",
      "" },
    { "[agent]\n\tregion = us-east-1\n",
      "/c:2: a line that starts with a blank: 'region = us-east-1'", "" },
    { "[agent\n", "/c:1: a section without ]: '[agent'", "" },
    { "[]\n", "/c:1: a section without a name: '[]'", "" },
    { "[agent] x\n", "/c:1: text after a section's ]: 'x'", "" },
    { "[agent]\nregion: us-east-1\n",
      "/c:2: neither [section] nor key = value: 'region: us-east-1'", "" },
    { "\xef\xbb\xbf[agent]\n", "/c:1: neither [section] nor key = value: '\xef\xbb\xbf[agent]'",
      "" },
    { "[agent]\nlabel = a\x1b[31m\n", "/c:2: not printable UTF-8 text: 'label = a?[31m'", "" },
    { "[dest a]\n", "/c:1: [dest a] has no account and role, nor role_arn", "" },
    { "[agent]\n[dest a]\naccount = 222222222222\n", "/c:2: [dest a] has no role", "" },
    { "[dest a]\nrole = Admin\n", "/c:1: [dest a] has no account", "" },
    { "[dest a]\n" ROLE "role_arn = arn:aws:iam::222222222222:role/Admin\n",
      "/c:1: [dest a] has role_arn, and 'Admin' as role too", "" },
    { "[dest a]\naccount = 111111111111\nrole_arn = arn:aws:iam::222222222222:role/Admin\n",
      "/c:1: [dest a] names two accounts: 111111111111, and 222222222222 in role_arn", "" },
    { "[dest a]\nrole_arn = arn:aws:iam::2:role/Admin\n",
      "/c:2: not a role's ARN: arn:aws:iam::ACCOUNT:role/NAME: 'arn:aws:iam::2:role/Admin'",
      "role_arn" },
};

static void what_is_wrong_is_said_with_file_line_and_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct xa_error err;
        struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(refused[i].text), &err);
        if (roles != NULL)
            fail_msg("accepted: %s", refused[i].text);
        assert_int_equal(err.code, XA_BAD_CONFIG);
        assert_string_equal(err.message, refused[i].message);
        assert_non_null(strstr(err.why, refused[i].why));
        assert_string_equal(err.hint, "xacct config check");
    }
}

static const char good[] =
    "# xacct\r\n"
    "[agent]\t# may be empty\n"
    "; another comment\n"
    "   # and one behind blanks\n"
    "\n   \n"
    "[ source   main ]\n"
    "region=ap-northeast-2\n"
    "[dest prod]# touches\n"
    "account\t=  222222222222  ; in words\r\n"
    "role = Admin;not#a comment\n"
    "[dest arn]\n"
    "account = 333333333333\n"
    "role_arn = arn:aws:iam::333333333333:role/x/Admin\n"
    "source = main\n"
    "[caller tf]\n"
    "[dest last]\n" ROLE "label = end";       /* no end of line */

static void the_grammar_takes_what_it_should(void **state)
{
    (void)state;
    struct xa_error err;
    char text[sizeof good];
    memcpy(text, good, sizeof good);
    memcpy(strstr(text, ";not#a comment"), " ; not comment", 14);
    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(text), &err);
    if (roles == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(roles->n_sources, 1);
    assert_int_equal(roles->n_dests, 3);
    assert_int_equal(roles->n_callers, 1);
    assert_int_equal(roles->agent.line, 2);
    assert_int_equal(roles->sources[0].line, 7);
    assert_int_equal(roles->dests[2].line, 17);
    assert_true(roles->agent.adhoc);
    assert_true(xa_slice_is(roles->sources[0].reach.region, "ap-northeast-2"));
    assert_true(xa_slice_is(roles->dests[0].account, "222222222222"));
    assert_true(xa_slice_is(roles->dests[0].role, "Admin"));
    assert_true(xa_slice_is(roles->dests[2].label, "end"));
    xa_roles_free(&roles);
    assert_null(roles);
    xa_roles_free(&roles);

    /* ";" without a blank before it is part of the value, and so not a role's name. */
    assert_null(xa_roles_parse("/c", xa_slice_of(good), &err));
    assert_non_null(strstr(err.message, "'Admin;not#a comment'"));
}

static void every_truncation_is_judged_and_nothing_half_loaded(void **state)
{
    (void)state;
    char text[sizeof good];
    memcpy(text, good, sizeof good);
    memcpy(strstr(text, ";not#a comment"), " ; not comment", 14);
    for (size_t len = 0; len < strlen(text); len++) {
        struct xa_error err = { 0 };
        uint8_t *copy = malloc(len + 1);          /* its end is watched by the sanitizer */
        memcpy(copy, text, len);
        copy = realloc(copy, len > 0 ? len : 1);
        struct xa_roles *roles = xa_roles_parse("/c", (struct xa_slice){ copy, len }, &err);
        free(copy);
        assert_true((roles != NULL) == (err.code == XA_OK));
        for (size_t i = 0; roles != NULL && i < roles->n_dests; i++)
            assert_true(roles->dests[i].role_arn.len > 0 || roles->dests[i].role.len > 0);
        xa_roles_free(&roles);
    }
    struct xa_roles *empty = xa_roles_parse("/c", (struct xa_slice){ 0 }, NULL);
    assert_non_null(empty);
    assert_null(xa_roles_dest(empty, xa_slice_of("a")));
    assert_null(xa_roles_dest(empty, (struct xa_slice){ 0 }));
    xa_roles_free(&empty);
}

/* --- names ------------------------------------------------------------------------- */

static double ms_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e3 +
           (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* Sanitizers and valgrind slow us down, so that time says nothing. */
static bool time_counts(void)
{
#ifdef XACCT_SANITIZED
    return false;
#else
    const char *preload = getenv("LD_PRELOAD");
    return preload == NULL || strstr(preload, "vgpreload") == NULL;
#endif
}

static void ten_thousand_destinations_are_loaded_at_once(void **state)
{
    (void)state;
    enum { N = 10000 };
    size_t cap = N * 128, len = 0;
    char *text = malloc(cap), name[80];
    struct timespec start;
    for (unsigned i = 0; i < N; i++)
        len +=
            (size_t)snprintf(text + len, cap - len, "[%s n%u]\n%s", i % 10 == 0 ? "source" : "dest",
                             i, i % 10 == 0 ? "" : "account = 222222222222\nrole = Admin\n");
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct xa_roles *roles = xa_roles_parse("/c", (struct xa_slice){ (uint8_t *)text, len }, NULL);
    double ms = ms_since(&start);
    free(text);
    assert_non_null(roles);
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof name, "n%u", i);
        const struct xa_dest *dest = xa_roles_dest(roles, xa_slice_of(name));
        const struct xa_source *source = xa_roles_source(roles, xa_slice_of(name));
        assert_true(i % 10 == 0 ? dest == NULL && xa_slice_is(source->name, name)
                                : source == NULL && xa_slice_is(dest->name, name));
    }
    assert_null(xa_roles_dest(roles, xa_slice_of("n10000")));
    assert_null(xa_roles_source(roles, xa_slice_of("n")));
    clock_gettime(CLOCK_MONOTONIC, &start);
    assert_true(xa_slice_is(xa_roles_nearest(roles, xa_slice_of("n99999")), "n9999"));
    double near_ms = ms_since(&start);
    printf("10,000 sections: %.1f ms (goal 50); the nearest name: %.1f ms\n", ms, near_ms);
    assert_true(!time_counts() || (ms < 100 && near_ms < 100));
    xa_roles_free(&roles);
}

static const struct {
    const char *name, *nearest;
} typos[] = {
    { "prdo", "prod" },
    { "prod", "prod" },
    { "pro", "prod" },
    { "rod", "prod" },
    { "porduction-eu", "production-eu" },
    { "productoin-ue", "production-eu" },
    { "production-eu-xy", "production-eu" },
    { "production-eu-xyz", "" },
    { "mian", "main" },
    { "man", "main" },
    { "x", "a" },
    { "xyz", "" },
    { "", "" },
    { "PROD", "" },
    { "proood", "prod" },
    { "prooood", "" },
    { "quite-another-name", "" },
    { "0123456789012345678901234567890123456789012345678901234567890123", "" },
    { "01234567890123456789012345678901234567890123456789012345678901234", "" },
};

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    struct xa_roles *roles =
        parse("[source main]\n[dest prod]\n" ROLE "[dest production-eu]\n" ROLE "[dest a]\n" ROLE);
    for (size_t i = 0; i < sizeof typos / sizeof typos[0]; i++) {
        struct xa_slice near = xa_roles_nearest(roles, xa_slice_of(typos[i].name));
        if (!xa_slice_is(near, typos[i].nearest))
            fail_msg("'%s': '%.*s', not '%s'", typos[i].name, (int)near.len, (const char *)near.at,
                     typos[i].nearest);
    }
    xa_roles_free(&roles);
}

static const struct { const char *text, *source; enum xa_code code; } sources[] = {
    { "[dest d]\n" ROLE "source = x\n", "x", XA_OK },
    { "[source a]\n[source main]\n[dest d]\n" ROLE "source = a\n", "a", XA_OK },
    { "[source a]\n[dest d]\n" ROLE, "a", XA_OK },
    { "[source main]\n[source a]\n[dest d]\n" ROLE, "main", XA_OK },
    { "[source a]\n[source b]\n[dest d]\n" ROLE, NULL, XA_BAD_CONFIG },
    { "[dest main]\n" ROLE "[source a]\n[source b]\n[dest d]\n" ROLE, NULL, XA_BAD_CONFIG },
    { "[dest d]\n" ROLE, NULL, XA_NO_VAULT },
};

static void a_destination_finds_its_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        struct xa_error err = { 0 };
        struct xa_slice name;
        struct xa_roles *roles = parse(sources[i].text);
        const struct xa_dest *dest = xa_roles_dest(roles, xa_slice_of("d"));
        bool found = xa_roles_source_name(roles, dest, &name, &err);
        assert_int_equal(found, sources[i].code == XA_OK);
        assert_int_equal(err.code, sources[i].code);
        assert_true(!found || xa_slice_is(name, sources[i].source));
        assert_true(found || err.hint[0] != '\0');
        xa_roles_free(&roles);
    }
}

/* --- findings ---------------------------------------------------------------------- */

struct said { char text[4096]; };

static void note(void *ctx, unsigned line, const char *message, const char *hint)
{
    struct said *said = ctx;
    size_t len = strlen(said->text);
    snprintf(said->text + len, sizeof said->text - len, "%u %s%s%s\n", line, message,
             hint[0] != '\0' ? " -> " : "", hint);
}

static const struct {
    const char *text, *findings;
} checks[] = {
    { "", "" },
    { "[agent]\n[source main]\n[dest a]\n" ROLE, "" },
    { "[source main]\n[dest a]\n" ROLE "source = mian\n",
      "2 [dest a]: there is no source 'mian' -> xacct add mian\n" },
    { "[dest a]\n" ROLE, "1 no source account is configured yet -> xacct add main\n" },
    { "[source x]\n[source y]\n[dest a]\n" ROLE,
      "3 [dest a] does not say which of the 2 sources it is for -> "
      "add a line `source = NAME` to [dest a]\n" },
    { "[source main]\n[dest a]\n" ROLE "[dest b]\n" ROLE "source = a\n", "" },
    { "[dest a]\n" ROLE "source = a\n",
      "1 [dest a] the chain of sources comes back to itself: a -> a\n" },
    { "[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE "source = a\n[dest c]\n" ROLE "source = a\n",
      "1 [dest a] the chain of sources comes back to itself: a -> b -> a\n"
      "5 [dest b] the chain of sources comes back to itself: b -> a -> b\n" },
    /* keys that do not go together */
    { "[source main]\nmfa = always\n[source b]\nmfa = always\nmfa_serial = 123456789\n"
      "[dest a]\n" ROLE,
      "1 [source main] mfa = always needs an mfa_serial\n" },
    { "[source main]\n[dest a]\n" ROLE "readonly = yes\npolicy = {}\n[dest b]\n" ROLE
      "readonly = yes\npolicy_arns = arn:aws:iam::aws:policy/x\n[dest c]\n" ROLE
      "readonly = no\npolicy = {}\n",
      "2 [dest a] readonly and another session policy do not go together: AWS would allow what "
      "either allows\n"
      "7 [dest b] readonly and another session policy do not go together: AWS would allow what "
      "either allows\n" },
    { "[source main]\n[dest a]\n" ROLE "duration = 12h\n[dest b]\n" ROLE
      "source = a\nduration = 1h\n[dest c]\n" ROLE "source = a\nduration = 3601\n",
      "11 [dest c] is assumed with temporary credentials: AWS gives an hour at most\n" },
    /* what AWS would not take */
    { "[source main]\n[dest a]\n" ROLE "policy_arns = x\n[dest b]\n" ROLE
      "tags = a=b, A=c\n[dest c]\n" ROLE "policy = []\n[dest d]\n" ROLE "policy = {\n"
      "[dest e]\n" ROLE "policy = {}\nsession_name = me\nexternal_id = ab\nsource_identity = me\ntags = a=b\n"
      "transitive_tags = a\npolicy_arns = arn:aws:iam::aws:policy/x\n",
      "2 [dest a] 'x' is not the ARN of a managed policy\n"
      "6 [dest b] the tag key 'A' is there twice: AWS makes no difference of case\n"
      "14 [dest d] the session policy is no JSON object: '{'\n" },
    /* what is not served */
    { "[dest a]\n" ROLE "tags = a=b\nsource = main\n[source main]\nmfa_serial = 123456789\n"
      "[source third]\ncredential_process = x\n"
      "[dest b]\n" ROLE "confirm = first\nsource = main\n[dest c]\n" ROLE
      "grant = terminal\nsource = main\n[dest d]\n" ROLE "issues_per_minute = 1\nsource = main\n"
      "[caller c]\n[agent]\ncache = sealed\nforeign_namespace = deny\nissues_per_minute = 1\n",
      "26 [agent]: 'foreign_namespace = deny' is not served by this release\n"
      "26 [agent]: 'issues_per_minute' is not served by this release\n"
      "10 [dest b]: 'confirm' is not served by this release\n"
      "15 [dest c]: 'grant' is not served by this release\n"
      "20 [dest d]: 'issues_per_minute' is not served by this release\n"
      "25 [caller c] is not served by this release\n" },
};

static void a_check_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct said said = { "" };
        struct xa_roles *roles = parse(checks[i].text);
        xa_roles_check(roles, NULL, note, &said);
        assert_string_equal(said.text, checks[i].findings);
        xa_roles_free(&roles);
    }
}

/* A source may stand in the AWS file: those names are looked up as well. */
static void a_profile_can_be_a_source(void **state)
{
    (void)state;
    const struct xa_profiles_text text = { "/aws", xa_slice_of("[profile corp]\nregion = r\n") };
    const struct xa_profiles_text none = { "/none", { 0 } };
    struct xa_profiles *profiles = xa_profiles_new(text, none, NULL);
    struct xa_roles *roles = parse("[source main]\n[dest a]\n" ROLE "source = corp\n[dest b]\n" ROLE
                                   "source = corpo\n");
    struct said with = { "" }, without = { "" };
    assert_non_null(profiles);
    xa_roles_check(roles, profiles, note, &with);
    xa_roles_check(roles, NULL, note, &without);
    assert_string_equal(with.text, "6 [dest b]: there is no source 'corpo' -> xacct add corpo\n");
    assert_string_equal(without.text,
                        "2 [dest a]: there is no source 'corp' -> xacct add corp\n"
                        "6 [dest b]: there is no source 'corpo' -> xacct add corpo\n");
    xa_profiles_free(&profiles);
    xa_roles_free(&roles);
}

/* Of the destination, of its source, of [agent]: what, if anything, is refused. A source
 * by itself is judged by [agent]'s keys alone. */
static const struct {
    const char *dest, *source, *agent, *key;
} served[] = {
    { "", "", "", NULL },
    { "region = eu-west-1\nsts_region = us-east-1\nexternal_id = ab\nsession_name = ab\n"
      "level = x\nlabel = y\n"
      "duration = 1h\nuse_fips_endpoint = yes\nuse_dualstack_endpoint = yes\nmfa = auto\n"
      "confirm = never\ngrant = none\nreadonly = no\n",
      "mfa = auto\nsession = never\nrotate_after = 90d\nmfa_command = x\n"
      "endpoint_url = https://h\nca_bundle = /x\nproxy = http://p\n",
      "lock_idle = 1h\nlock_on_resume = yes\npassphrase_command = x\nlabel = x\n"
      "cache = sealed\nallow_root = yes\nadhoc = no\n",
      NULL },
    { "mfa = always\nmfa_serial = 123456789\nsource_identity = ab\npolicy = {}\n"
      "policy_arns = x\ntags = a=b\ntransitive_tags = a\nreadonly = yes\n",
      "mfa = always\nmfa_serial = 123456789\ncredential_process = x\nsession_duration = 1h\n",
      "", NULL },
    { "confirm = first\n", "", "", "confirm" },
    { "confirm = always\n", "", "", "confirm" },
    { "grant = terminal\n", "", "", "grant" },
    { "issues_per_minute = 1\n", "", "", "issues_per_minute" },
    { "", "", "foreign_namespace = deny\n", "foreign_namespace = deny" },
    { "", "", "issues_per_minute = 1\n", "issues_per_minute" },
    { "", "", "[caller x]\n", "[caller]" },
};

static void a_key_that_is_not_served_is_named(void **state)
{
    (void)state;
    char text[2048];
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++) {
        snprintf(text, sizeof text, "[source main]\n%s[dest a]\n" ROLE "%s[agent]\n%s",
                 served[i].source, served[i].dest, served[i].agent);
        struct xa_roles *roles = parse(text);
        const char *key = xa_roles_not_served(roles, &roles->dests[0]);
        const char *alone = xa_roles_not_served(roles, NULL);
        if ((key == NULL) != (served[i].key == NULL) ||
            (key != NULL && strcmp(key, served[i].key) != 0))
            fail_msg("%s: %s", text, key != NULL ? key : "served");
        assert_true(served[i].agent[0] == '\0' || served[i].key == NULL ? alone == NULL
                                                                        : alone == key);
        xa_roles_free(&roles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_file_line_and_value),
        cmocka_unit_test(the_grammar_takes_what_it_should),
        cmocka_unit_test(every_truncation_is_judged_and_nothing_half_loaded),
        cmocka_unit_test(ten_thousand_destinations_are_loaded_at_once),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(a_destination_finds_its_source),
        cmocka_unit_test(a_check_says_what_is_wrong),
        cmocka_unit_test(a_profile_can_be_a_source),
        cmocka_unit_test(a_key_that_is_not_served_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
