/* What a name means: [dest], role profile, source, ARN, ACCOUNT/ROLE, in this order; and
 * what is refused by name (design.md, section 7; facts 4.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/target.h"

#define S(text) xa_slice_of(text)
#define ROLE "account = 222222222222\nrole = Admin\n"
#define ARN "arn:aws:iam::222222222222:role/Admin"
#define KEYS "aws_access_key_id = a\naws_secret_access_key = b\n"
#define PROFILE(name) "[profile " name "]\nrole_arn = " ARN "\nsource_profile = main\n"
#define ROLES "[source main]\n[source other]\n[dest prod]\n" ROLE "source = main\n"

static struct xa_error err;
static struct xa_target found;

/* The files in force. */
static struct xa_roles *roles;
static struct xa_profiles *profiles;
static struct xa_error fault;
static struct xa_sight sight;

static void see(const char *config, const char *aws)
{
    const struct xa_profiles_text text = { "/aws", S(aws) }, none = { "/none", { 0 } };
    xa_roles_free(&roles);
    xa_profiles_free(&profiles);
    roles = xa_roles_parse("/c", S(config), &err);
    profiles = xa_profiles_new(text, none, &err);
    if (roles == NULL || profiles == NULL)
        fail_msg("%s", err.message);
    sight = (struct xa_sight){ .roles = roles, .profiles = profiles };
}

static int end(void **state)
{
    (void)state;
    xa_roles_free(&roles);
    xa_profiles_free(&profiles);
    return 0;
}

static bool find_wish(const struct xa_wish *wish)
{
    memset(&err, 0, sizeof err);
    bool ok = xa_target_find(&sight, wish, &found, &err);
    assert_int_equal(err.code == XA_OK, ok);
    struct xa_target same;
    assert_int_equal(xa_target_find(&sight, wish, &same, NULL), ok);
    return ok;
}

static bool find(const char *name)
{
    const struct xa_wish wish = { .name = S(name) };
    return find_wish(&wish);
}

static bool find_role(const char *name, const char *role)
{
    const struct xa_wish wish = { .name = S(name), .role = S(role) };
    return find_wish(&wish);
}

static void assert_refused(enum xa_code code, const char *message, const char *why,
                           const char *hint)
{
    if (err.code != code || strstr(err.message, message) == NULL ||
        strstr(err.why, why) == NULL || strstr(err.hint, hint) == NULL)
        fail_msg("%s: '%s' why '%s' try '%s'", xa_code_name(err.code), err.message, err.why,
                 err.hint);
}

/* --- the order ----------------------------------------------------------------------- */

static void names_are_looked_up_in_order(void **state)
{
    (void)state;
    see(ROLES, PROFILE("prod") PROFILE("main") KEYS PROFILE("audit")
               "[profile keys]\nregion = r\n");
    assert_true(find("prod"));                               /* [dest] hides the profile */
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_false(found.is_profile);
    assert_true(xa_slice_is(found.dest.account, "222222222222"));
    assert_true(xa_slice_is(found.name, "prod"));

    assert_true(find("audit"));
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(found.is_profile && !found.from_itself);
    assert_true(xa_slice_is(found.dest.role_arn, ARN));
    assert_true(xa_slice_is(found.dest.source, "main"));
    assert_true(xa_slice_is(found.dest.name, "audit"));

    assert_true(find("main"));                               /* a role profile hides a source */
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(found.is_profile && found.from_itself);

    assert_true(find("other"));
    assert_int_equal(found.kind, XA_TARGET_SOURCE);
    assert_ptr_equal(found.source, xa_roles_source(roles, S("other")));
    assert_false(found.is_profile);

    assert_true(find("keys"));                               /* the vault may hold them */
    assert_int_equal(found.kind, XA_TARGET_SOURCE);
    assert_true(found.is_profile && found.source == NULL);

    assert_true(find(ARN));
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(xa_slice_is(found.dest.role_arn, ARN));
    assert_true(xa_slice_is(found.name, ARN));
    assert_int_equal(found.dest.source.len, 0);

    assert_true(find("333333333333/team/Admin"));
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(xa_slice_is(found.dest.account, "333333333333"));
    assert_true(xa_slice_is(found.dest.role, "team/Admin"));
    assert_int_equal(found.dest.role_arn.len, 0);
}

/* A name of the files goes before what it looks like. */
static void a_name_may_look_like_a_role(void **state)
{
    (void)state;
    see("[source main]\n[dest 222222222222/Admin]\naccount = 333333333333\nrole = R\n", "");
    assert_true(find("222222222222/Admin"));
    assert_true(xa_slice_is(found.dest.account, "333333333333"));
}

static void a_source_with_a_process_is_foreign(void **state)
{
    (void)state;
    see("[source corp]\ncredential_process = x\n",
        "[profile tool]\ncredential_process = y\n[profile corp]\naws_access_key_id = a\n"
        "aws_secret_access_key = b\n");
    assert_true(find("corp"));
    assert_int_equal(found.kind, XA_TARGET_FOREIGN);
    assert_ptr_equal(found.source, &roles->sources[0]);
    assert_true(find("tool"));
    assert_int_equal(found.kind, XA_TARGET_FOREIGN);
    assert_true(found.is_profile && found.source == NULL);
}

static void a_role_profile_says_what_a_dest_would(void **state)
{
    (void)state;
    see("[source main]\n",
        PROFILE("p") "region = eu-west-1\nduration_seconds = 1800\nexternal_id = e/1\n"
        "role_session_name = tom\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
        "use_fips_endpoint = true\nuse_dualstack_endpoint = true\n"
        "sts_regional_endpoints = legacy\nendpoint_url = https://h\nca_bundle = /ca\n");
    assert_true(find("p"));
    const struct xa_dest *d = &found.dest;
    assert_true(xa_slice_is(d->sts_region, "eu-west-1"));
    assert_true(xa_slice_is(d->reach.region, "eu-west-1"));
    assert_int_equal(d->duration_s, 1800);
    assert_true(xa_slice_is(d->external_id, "e/1"));
    assert_true(xa_slice_is(d->session_name, "tom"));
    assert_true(xa_slice_is(d->mfa_serial, "arn:aws:iam::111111111111:mfa/alice"));
    assert_true(d->use_fips_endpoint && d->use_dualstack_endpoint && d->sts_legacy);
    assert_true(xa_slice_is(d->reach.endpoint_url, "https://h"));
    assert_true(xa_slice_is(d->reach.ca_bundle, "/ca"));
}

/* --- unknown names --------------------------------------------------------------------- */

static void an_unknown_name_is_told_with_the_nearest(void **state)
{
    (void)state;
    see(ROLES, PROFILE("audit"));
    assert_false(find("prdo"));
    assert_refused(XA_NO_SUCH_NAME, "there is no destination 'prdo'", "did you mean 'prod'?",
                   "xacct list");
    assert_false(find("quite-another"));
    assert_refused(XA_NO_SUCH_NAME, "there is no destination 'quite-another'", "", "xacct list");
    assert_string_equal(err.why, "");
    static const char *const none[] = { "", "22222222222/Admin", "2222222222222/Admin",
                                        "arn:aws:iam::222222222222:user/alice",
                                        "222222222222/" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(find(none[i]));
        assert_refused(XA_NO_SUCH_NAME, "there is no destination", "", "");
    }
    (void)xa_fail(&fault, XA_BAD_CONFIG, "/aws:3: nonsense");
    sight.profiles = NULL;
    sight.profiles_fault = &fault;
    assert_false(find("audit"));
    assert_refused(XA_NO_SUCH_NAME, "'audit'", "/aws:3: nonsense", "");
    assert_true(find("prod"));
}

static void a_bad_profile_is_an_error_of_its_own(void **state)
{
    (void)state;
    see(ROLES, PROFILE("good") "[profile half]\naws_access_key_id = a\n"
               "[profile l1]\nrole_arn = " ARN "\nsource_profile = l2\n"
               "[profile l2]\nrole_arn = " ARN "\nsource_profile = l1\n");
    assert_true(find("good"));
    assert_false(find("half"));
    assert_refused(XA_BAD_CONFIG, "half", "", "");
    assert_false(find("l1"));
    assert_refused(XA_BAD_CONFIG, "l1", "", "");
    assert_non_null(strstr(err.message, "l2"));
}

/* --- kinds that are not served ------------------------------------------------------------ */

static const struct { const char *profile, *message, *hint; } kinds[] = {
    { "sso_start_url = https://x\nsso_account_id = 222222222222\nsso_role_name = A\n"
      "sso_region = us-east-1\n",
      "the profile 'x' gets its credentials from IAM Identity Center (SSO)", "aws sso login" },
    { "role_arn = " ARN "\nweb_identity_token_file = /t\n",
      "the profile 'x' gets its credentials from a web identity token", "its token" },
    { "login_session = arn:aws:sts::1:x\n", "the profile 'x' gets its credentials from aws login",
      "credential_process" },
    { "role_arn = " ARN "\ncredential_source = Environment\n",
      "the profile 'x' gets its credentials from credential_source", "source_profile" },
};

static void other_kinds_are_refused_by_name(void **state)
{
    (void)state;
    char text[600];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        snprintf(text, sizeof text, "[profile x]\n%s[profile on-it]\nrole_arn = " ARN
                 "\nsource_profile = x\n", kinds[i].profile);
        see("[source main]\n[dest d]\n" ROLE "source = x\n", text);
        assert_false(find("x"));
        assert_refused(XA_NOT_SERVED, kinds[i].message, "xacct does not do that", kinds[i].hint);
        /* and as what another is assumed from */
        struct xa_target parent;
        assert_true(find("d"));
        memset(&err, 0, sizeof err);
        assert_false(xa_target_parent(&sight, &found, &parent, &err));
        assert_refused(XA_NOT_SERVED, kinds[i].message, "", kinds[i].hint);
        if (find("on-it")) {
            assert_false(xa_target_parent(&sight, &found, &parent, &err));
            assert_refused(XA_NOT_SERVED, kinds[i].message, "", kinds[i].hint);
        }
    }
}

/* What the hint tells one to write: a source of the profile's name that gets its
 * credentials from a program. */
static void a_source_of_that_name_is_served(void **state)
{
    (void)state;
    char text[600];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        snprintf(text, sizeof text, "[profile x]\n%s", kinds[i].profile);
        see("[source x]\ncredential_process = aws configure export-credentials --profile x\n",
            text);
        assert_true(find("x"));
        assert_int_equal(found.kind, XA_TARGET_FOREIGN);
        assert_ptr_equal(found.source, &roles->sources[0]);
    }
}

/* --- profiles that came with the request -------------------------------------------------- */

static char room[4000];

static struct xa_slice sent(const struct xa_profile_part *parts, size_t n)
{
    struct xa_writer w = xa_writer_init(room, sizeof room);
    for (size_t i = 0; i < n; i++)
        xa_list_append(&w, &xa_msg_profile_part, &parts[i]);
    assert_false(w.bad);
    return (struct xa_slice){ (const uint8_t *)room, w.len };
}

static void sent_profiles_stand_for_the_file(void **state)
{
    (void)state;
    struct xa_profile_part parts[] = {
        { .name = S("p"), .kind = XA_PROFILE_ROLE, .arn = S(ARN), .source = S("q"),
          .region = S("eu-west-1") },
        { .name = S("q"), .kind = XA_PROFILE_KEYS },
    };
    struct xa_target parent;
    see(ROLES, PROFILE("audit") "[profile p]\nregion = r\n");
    sight.sent = sent(parts, 2);
    assert_true(find("p"));
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(found.is_profile);
    assert_true(xa_slice_is(found.dest.sts_region, "eu-west-1"));
    assert_true(xa_target_parent(&sight, &found, &parent, &err));
    assert_int_equal(parent.kind, XA_TARGET_SOURCE);
    assert_true(xa_slice_is(parent.name, "q") && parent.source == NULL);
    assert_true(find("prod"));                               /* xacct's own go before */
    assert_false(found.is_profile);
    assert_false(find("audit"));                             /* the agent's file is not looked at */
    assert_refused(XA_NO_SUCH_NAME, "'audit'", "", "");

    parts[0].kind = XA_PROFILE_SSO;
    sight.sent = sent(parts, 1);
    assert_false(find("p"));
    assert_refused(XA_NOT_SERVED, "IAM Identity Center", "", "");
}

/* Where AWS is asked, and whose certificates are believed, is not the environment's to say. */
static void sent_profiles_lead_nowhere_else(void **state)
{
    (void)state;
    struct xa_profile_part part = { .name = S("p"), .kind = XA_PROFILE_ROLE, .arn = S(ARN),
                                    .source = S("main"), .endpoint_url = S("https://evil") };
    struct xa_target parent;
    see(ROLES, "");
    sight.sent = sent(&part, 1);
    assert_false(find("p"));
    assert_refused(XA_BAD_CONFIG, "the profile 'p' sets endpoint_url", "~/.aws/config", "");
    part.endpoint_url = (struct xa_slice){ 0 };
    part.ca_bundle = S("/ca");
    sight.sent = sent(&part, 1);
    assert_false(find("p"));
    assert_refused(XA_BAD_CONFIG, "the profile 'p' sets ca_bundle", "~/.aws/config", "");

    /* nor of a profile further on */
    struct xa_profile_part two[] = {
        { .name = S("p"), .kind = XA_PROFILE_ROLE, .arn = S(ARN), .source = S("q") },
        { .name = S("q"), .kind = XA_PROFILE_KEYS, .endpoint_url = S("https://evil") },
    };
    sight.sent = sent(two, 2);
    assert_true(find("p"));
    assert_false(xa_target_parent(&sight, &found, &parent, &err));
    assert_refused(XA_BAD_CONFIG, "the profile 'q' sets endpoint_url", "", "");
}

static void a_broken_list_is_refused(void **state)
{
    (void)state;
    const struct xa_profile_part part = { .name = S("p"), .kind = XA_PROFILE_KEYS };
    see(ROLES, "");
    struct xa_slice whole = sent(&part, 1);
    for (size_t len = 1; len < whole.len; len++) {
        sight.sent = (struct xa_slice){ whole.at, len };
        assert_false(find("p"));
        assert_int_equal(err.code, XA_BAD_MESSAGE);
    }
}

/* --- roles that no file names -------------------------------------------------------------- */

static void adhoc_can_be_switched_off(void **state)
{
    (void)state;
    see("[agent]\nadhoc = no\n" ROLES, PROFILE("audit"));
    static const char *const names[] = { ARN, "222222222222/Admin" };
    for (size_t i = 0; i < 2; i++) {
        assert_false(find(names[i]));
        assert_refused(XA_POLICY, "is in no file, and the configuration says adhoc = no", "",
                       "xacct list");
        assert_non_null(strstr(err.message, names[i]));
    }
    assert_false(find_role("prod", "Other"));
    assert_refused(XA_POLICY, "'Other' is in no file", "", "");
    assert_false(find_role("main", ARN));
    assert_refused(XA_POLICY, ARN, "", "");
    assert_true(find("prod") && find("audit") && find("main"));
    assert_false(find("prdo"));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
}

/* --role: what it makes of whose role. */
static const struct { const char *dest, *role, *arn, *account, *name; } roles_asked[] = {
    { ROLE, "Other", "", "222222222222", "Other" },
    { ROLE, "team/Other", "", "222222222222", "team/Other" },
    { ROLE, "222222222222/Other", "", "222222222222", "Other" },
    { ROLE, "arn:aws-cn:iam::222222222222:role/Other", "arn:aws-cn:iam::222222222222:role/Other",
      NULL, NULL },
    { "role_arn = arn:aws-cn:iam::222222222222:role/x/Admin\n", "Other",
      "arn:aws-cn:iam::222222222222:role/Other", NULL, NULL },
    { "role_arn = arn:aws-cn:iam::222222222222:role/Admin\n", "222222222222/a/Other",
      "arn:aws-cn:iam::222222222222:role/a/Other", NULL, NULL },
    { "role_arn = arn:aws-cn:iam::222222222222:role/Admin\n",
      "arn:aws-cn:iam::222222222222:role/Other", "arn:aws-cn:iam::222222222222:role/Other", NULL,
      NULL },
};

static void another_role_of_the_account(void **state)
{
    (void)state;
    char text[300];
    for (size_t i = 0; i < sizeof roles_asked / sizeof roles_asked[0]; i++) {
        snprintf(text, sizeof text, "[source main]\n[dest prod]\nregion = r\n%s",
                 roles_asked[i].dest);
        see(text, "");
        if (!find_role("prod", roles_asked[i].role))
            fail_msg("%s: %s", roles_asked[i].role, err.message);
        assert_true(xa_slice_is(found.name, "prod"));
        assert_true(xa_slice_is(found.dest.reach.region, "r"));          /* the rest is kept */
        if (!xa_slice_is(found.dest.role_arn, roles_asked[i].arn))
            fail_msg("%zu: %.*s", i, (int)found.dest.role_arn.len,
                     (const char *)found.dest.role_arn.at);
        if (roles_asked[i].name != NULL) {
            assert_true(xa_slice_is(found.dest.account, roles_asked[i].account));
            assert_true(xa_slice_is(found.dest.role, roles_asked[i].name));
        }
    }
}

static void no_role_of_another_account(void **state)
{
    (void)state;
    see("[source main]\n[dest prod]\n" ROLE
        "[dest cn]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\n", "");
    static const struct { const char *name, *role; } others[] = {
        { "prod", "333333333333/Admin" },
        { "prod", "arn:aws:iam::333333333333:role/Admin" },
        { "cn", "arn:aws:iam::222222222222:role/Admin" },   /* accounts are of a partition */
    };
    for (size_t i = 0; i < 3; i++) {
        assert_false(find_role(others[i].name, others[i].role));
        assert_refused(XA_USAGE, "is in account 222222222222, not in that of --role", "",
                       others[i].role);
    }
    static const char *const none[] = { "a b", "/Admin", "Admin/", "a:b",
                                        "arn:aws:iam::222222222222:user/alice" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(find_role("prod", none[i]));
        assert_refused(XA_USAGE, "not a role's name, ACCOUNT/ROLE or ARN", "", "");
    }
    assert_false(find_role(ARN, "Other"));
    assert_refused(XA_USAGE, "--role goes with a destination or source", "", "");
}

static void any_role_from_a_source(void **state)
{
    (void)state;
    struct xa_target parent;
    see(ROLES, "[profile keys]\nregion = r\n");
    assert_true(find_role("other", "333333333333/Admin"));
    assert_int_equal(found.kind, XA_TARGET_ROLE);
    assert_true(xa_slice_is(found.dest.account, "333333333333"));
    assert_true(xa_slice_is(found.dest.source, "other"));
    assert_true(xa_target_parent(&sight, &found, &parent, &err));
    assert_true(xa_slice_is(parent.name, "other"));
    assert_true(find_role("keys", ARN));
    assert_true(xa_slice_is(found.dest.source, "keys"));
    assert_false(find_role("other", "Admin"));               /* whose account? */
    assert_int_equal(err.code, XA_BAD_CONFIG);
}

/* --- what a role is assumed from ------------------------------------------------------------ */

static void a_source_of_the_wish_goes_first(void **state)
{
    (void)state;
    struct xa_wish wish = { .name = S("prod"), .source = S("other") };
    struct xa_target parent;
    see(ROLES, PROFILE("main") KEYS);
    assert_true(find_wish(&wish));
    assert_true(xa_target_parent(&sight, &found, &parent, &err));
    assert_true(xa_slice_is(parent.name, "other"));
    wish.name = S("main");                                   /* from itself no more */
    assert_true(find_wish(&wish));
    assert_false(found.from_itself);
    assert_true(xa_target_parent(&sight, &found, &parent, &err));
    assert_true(xa_slice_is(parent.name, "other"));
    wish.name = S(ARN);
    assert_true(find_wish(&wish));
    assert_true(xa_slice_is(found.dest.source, "other"));
}

static void parents_are_found(void **state)
{
    (void)state;
    struct xa_target parent;
    see("[source main]\n[source other]\n[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE
        "[dest c]\n" ROLE "source = nowhere\n[dest e]\n" ROLE "source = mian\n[dest f]\n" ROLE
        "source = tool\n",
        PROFILE("main") KEYS "[profile p]\nrole_arn = " ARN "\nsource_profile = elsewhere\n"
        "[profile tool]\ncredential_process = x\n[profile own]\nrole_arn = " ARN
        "\nsource_profile = own\n" KEYS);
    assert_true(find("a") && xa_target_parent(&sight, &found, &parent, &err));
    assert_true(parent.kind == XA_TARGET_ROLE && xa_slice_is(parent.name, "b"));
    /* without a source: `main`, and as a source it is the vault's, not the profile */
    assert_true(find("b") && xa_target_parent(&sight, &found, &parent, &err));
    assert_int_equal(parent.kind, XA_TARGET_SOURCE);
    assert_ptr_equal(parent.source, xa_roles_source(roles, S("main")));
    assert_true(find("f") && xa_target_parent(&sight, &found, &parent, &err));
    assert_true(parent.kind == XA_TARGET_FOREIGN && parent.is_profile);

    /* A role that is its own source: the vault's key of its name. */
    assert_true(find("main") && xa_target_parent(&sight, &found, &parent, &err));
    assert_int_equal(parent.kind, XA_TARGET_SOURCE);
    assert_ptr_equal(parent.source, xa_roles_source(roles, S("main")));
    assert_true(find("own") && xa_target_parent(&sight, &found, &parent, &err));
    assert_true(parent.kind == XA_TARGET_SOURCE && parent.source == NULL && parent.is_profile);
    assert_true(xa_slice_is(parent.name, "own"));

    /* A source_profile in no file that the agent reads: the vault may hold it. A [dest]'s
     * source has to be somewhere. */
    assert_true(find("p") && xa_target_parent(&sight, &found, &parent, &err));
    assert_true(parent.kind == XA_TARGET_SOURCE && parent.is_profile);
    assert_true(xa_slice_is(parent.name, "elsewhere"));
    assert_true(find("c") && !xa_target_parent(&sight, &found, &parent, &err));
    assert_refused(XA_NO_SUCH_NAME, "there is no source 'nowhere'", "", "xacct add nowhere");
    assert_true(find("e") && !xa_target_parent(&sight, &found, &parent, &err));
    assert_refused(XA_NO_SUCH_NAME, "there is no source 'mian'", "did you mean 'main'?",
                   "xacct add mian");
}

static void which_source_may_be_open(void **state)
{
    (void)state;
    struct xa_target parent;
    see("[dest d]\n" ROLE, "");
    assert_true(find("d") && !xa_target_parent(&sight, &found, &parent, &err));
    assert_refused(XA_NO_VAULT, "no source account is configured yet", "", "xacct add main");
    see("[source x]\n[source y]\n[dest d]\n" ROLE, "");
    assert_true(find("d") && !xa_target_parent(&sight, &found, &parent, &err));
    assert_refused(XA_BAD_CONFIG, "which of the 2 sources", "", "source = NAME");
    see("[source x]\n[dest d]\n" ROLE, "");
    assert_true(find("d") && xa_target_parent(&sight, &found, &parent, &err));
    assert_true(xa_slice_is(parent.name, "x"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, NULL, end)
    const struct CMUnitTest tests[] = {
        T(names_are_looked_up_in_order),
        T(a_name_may_look_like_a_role),
        T(a_source_with_a_process_is_foreign),
        T(a_role_profile_says_what_a_dest_would),
        T(an_unknown_name_is_told_with_the_nearest),
        T(a_bad_profile_is_an_error_of_its_own),
        T(other_kinds_are_refused_by_name),
        T(a_source_of_that_name_is_served),
        T(sent_profiles_stand_for_the_file),
        T(sent_profiles_lead_nowhere_else),
        T(a_broken_list_is_refused),
        T(adhoc_can_be_switched_off),
        T(another_role_of_the_account),
        T(no_role_of_another_account),
        T(any_role_from_a_source),
        T(a_source_of_the_wish_goes_first),
        T(parents_are_found),
        T(which_source_may_be_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
