/* A name, resolved: role, endpoint, session, and the key of the cache (design.md,
 * sections 3 and 7; security N6; facts 1.2, 3, 13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/identity.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/vault_kit.h"

#define SOURCE "[source main]\n"
#define ROLE "account = 222222222222\nrole = Admin\n"
#define DEST "[dest prod]\n" ROLE

static struct xa_error err;

static bool resolve_wish(const char *config, const struct xa_wish *wish, struct xa_identity *ret)
{
    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(config), &err);
    if (roles == NULL)
        fail_msg("%s: %s", config, err.message);
    struct xa_error known = { 0 };
    err = (struct xa_error){ 0 };
    bool is_known = xa_identity_known(roles, wish, &known);
    bool ok = xa_identity_resolve(roles, kit.vault, wish, "login", ret, &err);
    if (!is_known) {           /* what is refused from the files alone is refused alike */
        assert_false(ok);
        assert_string_equal(known.message, err.message);
    }
    xa_roles_free(&roles);
    return ok;
}

static void resolve(const char *config, const char *name, struct xa_identity *ret)
{
    const struct xa_wish wish = { .name = xa_slice_of(name) };
    if (!resolve_wish(config, &wish, ret))
        fail_msg("%s: %s", config, err.message);
}

/* --- where and what ------------------------------------------------------------------ */

static const struct {
    const char *config, *arn, *url, *sts_region, *region, *ca, *proxy;
    bool custom;
} places[] = {
    { SOURCE DEST, "arn:aws:iam::222222222222:role/Admin", "https://sts.us-east-1.amazonaws.com",
      "us-east-1", "", "", "", false },
    /* the region of STS: the destination's sts_region, the source's, [agent]'s, the partition's */
    { "[agent]\nregion = eu-west-1\n" SOURCE "region = eu-west-2\n" DEST
      "sts_region = eu-west-3\nregion = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-3.amazonaws.com", "eu-west-3",
      "us-west-2", "", "", false },
    { "[agent]\nregion = eu-west-1\n" SOURCE "region = eu-west-2\n" DEST "region = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-2.amazonaws.com", "eu-west-2",
      "us-west-2", "", "", false },
    { "[agent]\nregion = eu-west-1\n" SOURCE DEST "region = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-1.amazonaws.com", "eu-west-1",
      "us-west-2", "", "", false },
    { SOURCE DEST "region = cn-north-1\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts.us-east-1.amazonaws.com", "us-east-1", "cn-north-1", "", "", false },
    { SOURCE "[dest prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\n",
      "arn:aws-cn:iam::222222222222:role/Admin", "https://sts.cn-northwest-1.amazonaws.com.cn",
      "cn-northwest-1", "", "", "", false },
    /* the partition of account and role is the one in which STS is asked */
    { SOURCE "region = cn-north-1\n" DEST, "arn:aws-cn:iam::222222222222:role/Admin",
      "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1", "", "", "", false },
    { SOURCE DEST "sts_region = us-gov-east-1\n", "arn:aws-us-gov:iam::222222222222:role/Admin",
      "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1", "", "", "", false },
    { SOURCE "[dest prod]\naccount = 222222222222\nrole = team/x/Admin\n",
      "arn:aws:iam::222222222222:role/team/x/Admin", "https://sts.us-east-1.amazonaws.com",
      "us-east-1", "", "", "", false },
    { SOURCE DEST "use_fips_endpoint = yes\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts-fips.us-east-1.amazonaws.com", "us-east-1", "", "", "", false },
    { SOURCE DEST "use_dualstack_endpoint = yes\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts.us-east-1.api.aws", "us-east-1", "", "", "", false },
    /* endpoint, CA and proxy: [agent] < source < destination, each by itself */
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" SOURCE DEST,
      "arn:aws:iam::222222222222:role/Admin", "https://a", "us-east-1", "", "/a", "http://a",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" SOURCE
      "endpoint_url = https://s\n" DEST,
      "arn:aws:iam::222222222222:role/Admin", "https://s", "us-east-1", "", "/a", "http://a",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" SOURCE
      "endpoint_url = https://s\nca_bundle = /s\nproxy = http://s\n" DEST "ca_bundle = /d\n",
      "arn:aws:iam::222222222222:role/Admin", "https://s", "us-east-1", "", "/d", "http://s",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" SOURCE
      "endpoint_url = https://s\nca_bundle = /s\nproxy = http://s\n" DEST
      "endpoint_url = http://127.0.0.1:9/x\nca_bundle = /d\nproxy = http://d\n",
      "arn:aws:iam::222222222222:role/Admin", "http://127.0.0.1:9/x", "us-east-1", "", "/d",
      "http://d", true },
    { SOURCE "endpoint_url = https://s\nregion = eu-west-1\n"
             "[dest prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\n",
      "arn:aws-cn:iam::222222222222:role/Admin", "https://s", "eu-west-1", "", "", "", true },
};

static void a_destination_is_reached_as_configured(void **state)
{
    (void)state;
    static struct xa_identity id;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        resolve(places[i].config, "prod", &id);
        assert_int_equal(id.kind, XA_IDENTITY_ROLE);
        assert_string_equal(id.name, "prod");
        assert_string_equal(id.source, "main");
        assert_string_equal(id.access_key_id, KIT_KEY_ID);
        assert_string_equal(id.role_arn, places[i].arn);
        assert_string_equal(id.account, "222222222222");
        assert_string_equal(id.role_name, "Admin");
        assert_string_equal(id.sts.url, places[i].url);
        assert_string_equal(id.sts.region, places[i].sts_region);
        assert_string_equal(id.region, places[i].region);
        assert_string_equal(id.ca_bundle, places[i].ca);
        assert_string_equal(id.proxy, places[i].proxy);
        assert_int_equal(id.custom_endpoint, places[i].custom);
    }
}

static void a_source_resolves_to_itself(void **state)
{
    (void)state;
    static struct xa_identity id, reach;
    static const char config[] =
        "[agent]\nregion = eu-west-1\nproxy = http://a\n[source other]\nca_bundle = /s\n" SOURCE;
    resolve(config, "other", &id);
    assert_int_equal(id.kind, XA_IDENTITY_SOURCE);
    assert_string_equal(id.name, "other");
    assert_string_equal(id.source, "other");
    assert_string_equal(id.access_key_id, KIT_OTHER_KEY_ID);
    assert_string_equal(id.sts.url, "https://sts.eu-west-1.amazonaws.com");
    assert_string_equal(id.ca_bundle, "/s");
    assert_string_equal(id.proxy, "http://a");
    assert_string_equal(id.role_arn, "");

    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(config), &err);
    assert_true(
        xa_identity_reach(roles, xa_roles_source(roles, xa_slice_of("other")), &reach, &err));
    assert_string_equal(reach.sts.url, id.sts.url);
    assert_string_equal(reach.ca_bundle, "/s");
    assert_true(xa_identity_reach(roles, NULL, &reach, &err));      /* before `add` has stored it */
    assert_string_equal(reach.sts.url, id.sts.url);
    assert_string_equal(reach.ca_bundle, "");
    assert_string_equal(reach.proxy, "http://a");
    xa_roles_free(&roles);
}

/* --- sessions, durations, labels -------------------------------------------------------- */

static const struct {
    const char *config, *session;
} sessions[] = {
    { SOURCE DEST, "alice" }, /* of the user's ARN, without its path */
    { SOURCE DEST "session_name = ops\n", "ops" },
    { "[source other]\n" DEST, "login" }, /* never proven */
    { "[source root]\n" DEST, "login" }, /* no IAM user  */
};

static void a_session_is_named_after_the_user(void **state)
{
    (void)state;
    static struct xa_identity id;
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
        resolve(sessions[i].config, "prod", &id);
        assert_string_equal(id.session_name, sessions[i].session);
    }
    static const struct {
        const char *login, *session;
    } logins[] = {
        { "x", "x-" },
        { "", "--" },
        { "DOMAIN\\al ice", "DOMAIN-al-ice" },
        { "\xc3\xa9ric", "--ric" },
        { "0123456789012345678901234567890123456789012345678901234567890123456789",
          "0123456789012345678901234567890123456789012345678901234567890123" },
    };
    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of("[source other]\n" DEST), &err);
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        const struct xa_wish wish = { .name = xa_slice_of("prod") };
        assert_true(xa_identity_resolve(roles, kit.vault, &wish, logins[i].login, &id, &err));
        assert_string_equal(id.session_name, logins[i].session);
    }
    xa_roles_free(&roles);
}

static void what_is_not_said_is_the_default(void **state)
{
    (void)state;
    static struct xa_identity id;
    resolve(SOURCE DEST, "prod", &id);
    assert_int_equal(id.duration_s, 3600);
    assert_string_equal(id.external_id, "");
    assert_string_equal(id.label, "");
    resolve("[agent]\nlabel = all\n" SOURCE DEST
            "duration = 2h\nexternal_id = a/b:c\nlevel = prod\n",
            "prod", &id);
    assert_int_equal(id.duration_s, 7200);
    assert_string_equal(id.external_id, "a/b:c");
    assert_string_equal(id.label, "all");
    assert_string_equal(id.level, "prod");
    resolve("[agent]\nlabel = all\n" SOURCE DEST "label = own\n", "prod", &id);
    assert_string_equal(id.label, "own");
}

static void a_wish_goes_before_the_file(void **state)
{
    (void)state;
    static struct xa_identity id;
    const struct xa_wish wish = {
        .name = xa_slice_of("prod"),
        .source = xa_slice_of("other"),
        .region = xa_slice_of("ap-south-1"),
        .session_name = xa_slice_of("tom"),
        .external_id = xa_slice_of("zz"),
        .duration_s = 900,
    };
    assert_true(resolve_wish(
        SOURCE
        "region = eu-west-1\n[source other]\nregion = eu-west-2\n" DEST
        "source = main\nregion = us-west-1\nsession_name = ann\nexternal_id = yy\nduration = 2h\n",
        &wish, &id));
    assert_string_equal(id.source, "other");
    assert_string_equal(id.access_key_id, KIT_OTHER_KEY_ID);
    assert_string_equal(id.sts.region, "eu-west-2");
    assert_string_equal(id.region, "ap-south-1");
    assert_string_equal(id.session_name, "tom");
    assert_string_equal(id.external_id, "zz");
    assert_int_equal(id.duration_s, 900);
}

static char many[2000];

static struct xa_slice times(char c, size_t n)
{
    memset(many, c, sizeof many);
    return (struct xa_slice){ (const uint8_t *)many, n };
}

static void check_wish(struct xa_wish wish, bool good)
{
    static struct xa_identity id;
    wish.name = xa_slice_of("prod");
    bool ok = resolve_wish(SOURCE DEST, &wish, &id);
    assert_int_equal(ok, good);
    assert_true(ok || err.code == XA_USAGE);
}

static void a_wish_has_limits(void **state)
{
    (void)state;
    static const struct {
        uint32_t s;
        bool good;
    } durations[] = { { 899, false }, { 900, true }, { 43200, true }, { 43201, false } };
    for (size_t i = 0; i < 4; i++)
        check_wish((struct xa_wish){ .duration_s = durations[i].s }, durations[i].good);
    for (size_t n = 1; n <= 66; n++)
        check_wish((struct xa_wish){ .session_name = times('s', n) }, n >= 2 && n <= 64);
    check_wish((struct xa_wish){ .session_name = xa_slice_of("a b") }, false);
    check_wish((struct xa_wish){ .session_name = xa_slice_of("a/b") }, false);
    check_wish((struct xa_wish){ .session_name = xa_slice_of("_+=,.@-") }, true);
    for (size_t n = 1; n <= 3; n++)
        check_wish((struct xa_wish){ .external_id = times('e', n) }, n >= 2);
    check_wish((struct xa_wish){ .external_id = times('e', 1224) }, true);
    check_wish((struct xa_wish){ .external_id = times('e', 1225) }, false);
    check_wish((struct xa_wish){ .external_id = xa_slice_of("a b") }, false);
    check_wish((struct xa_wish){ .region = times('r', 63) }, true);
    check_wish((struct xa_wish){ .region = times('r', 64) }, false);
    check_wish((struct xa_wish){ .region = xa_slice_of("$(id)") }, false);
    check_wish((struct xa_wish){ .region = xa_slice_of("eu-west-1 ") }, false);
}

/* --- refusals ------------------------------------------------------------------------------ */

static const struct {
    const char *config, *name, *source;
    enum xa_code code;
    const char *message, *why, *hint;
} refused[] = {
    { SOURCE DEST, "prdo", "", XA_NO_SUCH_NAME, "there is no destination 'prdo'",
      "did you mean 'prod'?", "xacct list" },
    { SOURCE DEST, "quite-other", "", XA_NO_SUCH_NAME, "there is no destination 'quite-other'", "",
      "xacct list" },
    { SOURCE DEST, "", "", XA_NO_SUCH_NAME, "there is no destination ''", "", "" },
    { "", "prod", "", XA_NO_SUCH_NAME, "there is no destination 'prod'", "", "" },
    { SOURCE DEST, "prod", "mian", XA_NO_SUCH_NAME, "there is no source 'mian'",
      "did you mean 'main'?", "xacct add mian" },
    { SOURCE DEST "source = nowhere\n", "prod", "", XA_NO_SUCH_NAME, "there is no source 'nowhere'",
      "", "xacct add nowhere" },
    { "[source new]\n" DEST, "prod", "", XA_NO_SUCH_NAME,
      "the vault holds no key for the source 'new'", "never added", "xacct add new" },
    { "[source new]\n" DEST, "new", "", XA_NO_SUCH_NAME,
      "the vault holds no key for the source 'new'", "", "xacct add new" },
    { DEST, "prod", "", XA_NO_VAULT, "no source account is configured yet", "", "xacct add main" },
    { "[source main]\n[source other]\n[source x]\n" DEST, "prod", "x", XA_NO_SUCH_NAME,
      "the vault holds no key for the source 'x'", "", "" },
    { "[source other]\n[source root]\n" DEST, "prod", "", XA_BAD_CONFIG,
      "does not say which of the 2 sources", "", "source = NAME" },
    { SOURCE DEST "[dest audit]\n" ROLE "source = prod\n", "audit", "", XA_NOT_SERVED,
      "'audit' is reached through another destination, 'prod'", "role chaining is not served", "" },
    { SOURCE DEST "[dest audit]\n" ROLE, "audit", "prod", XA_NOT_SERVED,
      "'audit' is reached through another destination, 'prod'", "role chaining", "" },
    { SOURCE, "arn:aws:iam::222222222222:role/Admin", "", XA_NOT_SERVED,
      "by its ARN or ACCOUNT/ROLE is not served", "",
      "xacct dest add NAME arn:aws:iam::222222222222:role/Admin" },
    { SOURCE, "222222222222/Admin", "", XA_NOT_SERVED, "by its ARN or ACCOUNT/ROLE is not served",
      "", "xacct dest add NAME 222222222222/Admin" },
    { SOURCE, "22222222222/Admin", "", XA_NO_SUCH_NAME, "there is no destination", "", "" },
    { SOURCE DEST "tags = a=b\n", "prod", "", XA_NOT_SERVED, "'tags' is configured for 'prod'", "",
      "" },
    { SOURCE "mfa = always\n" DEST, "prod", "", XA_NOT_SERVED,
      "'mfa = always' is configured for 'prod'", "", "" },
    { SOURCE "credential_process = x\n" DEST, "prod", "", XA_NOT_SERVED,
      "'credential_process' is configured for 'prod'", "", "" },
    { SOURCE "credential_process = x\n", "main", "", XA_NOT_SERVED,
      "'credential_process' is configured for 'main'", "", "" },
    { SOURCE "[source other]\nmfa_serial = 123456789\n" DEST, "prod", "other", XA_NOT_SERVED,
      "'mfa_serial' is configured", "", "" },
    { SOURCE DEST "[caller x]\n", "prod", "", XA_NOT_SERVED, "'[caller]' is configured", "", "" },
    { SOURCE
      "region = eu-west-1\n[dest prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\n",
      "prod", "", XA_BAD_CONFIG, "has no region 'eu-west-1'", "partition aws-cn", "" },
    { SOURCE "[dest prod]\nrole_arn = arn:aws-x:iam::222222222222:role/Admin\n", "prod", "",
      XA_BAD_CONFIG, "no such partition: 'aws-x'", "", "" },
    { SOURCE "endpoint_url = https://h\n" DEST "use_fips_endpoint = yes\n", "prod", "",
      XA_BAD_CONFIG, "use_fips_endpoint cannot go with", "", "" },
};

static void what_cannot_be_resolved_is_explained(void **state)
{
    (void)state;
    static struct xa_identity id;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct xa_wish wish = { .name = xa_slice_of(refused[i].name),
                                      .source = xa_slice_of(refused[i].source) };
        if (resolve_wish(refused[i].config, &wish, &id))
            fail_msg("resolved: %s", refused[i].config);
        if (err.code != refused[i].code || strstr(err.message, refused[i].message) == NULL ||
            strstr(err.why, refused[i].why) == NULL || strstr(err.hint, refused[i].hint) == NULL)
            fail_msg("%s: '%s' (%s) '%s' '%s'", refused[i].config, err.message,
                     xa_code_name(err.code), err.why, err.hint);
    }
}

static void a_locked_vault_resolves_nothing(void **state)
{
    (void)state;
    static struct xa_identity id;
    const struct xa_wish wish = { .name = xa_slice_of("prod") };
    xa_vault_lock(kit.vault);
    assert_false(resolve_wish(SOURCE DEST, &wish, &id));
    struct xa_roles *roles = xa_roles_parse("/c", xa_slice_of(SOURCE DEST), &err);
    assert_true(xa_identity_known(roles, &wish, &err));
    xa_roles_free(&roles);
}

/* --- the key of the cache ------------------------------------------------------------------- */

static void fill(struct xa_identity *id)
{
    memset(id, 0, sizeof *id);
    resolve(SOURCE "endpoint_url = https://h\nca_bundle = /c\nproxy = http://p\n" DEST
                   "external_id = ab\n",
            "prod", id);
}

static const struct {
    size_t offset, size;
    const char *value;
} inputs[] = {
#define IN(member, value)                                                                          \
    {                                                                                              \
        offsetof(struct xa_identity, member), sizeof((struct xa_identity *)0)->member, value       \
    }
    IN(source, "other"),
    IN(access_key_id, KIT_OTHER_KEY_ID),
    IN(role_arn, "arn:aws:iam::222222222222:role/Other"),
    IN(role_arn, "arn:aws:iam::333333333333:role/Admin"),
    IN(session_name, "bob"),
    IN(external_id, "abc"),
    IN(external_id, ""),
    IN(sts.region, "eu-west-1"),
    IN(sts.url, "https://h2"),
    IN(ca_bundle, ""),
    IN(ca_bundle, "/d"),
    IN(proxy, ""),
    IN(proxy, "http://q"),
    IN(source, "mai"),
    IN(session_name, "alicea"),
    IN(source, "mainA"),
};
enum { N_INPUTS = sizeof inputs / sizeof inputs[0], N_VARIANTS = N_INPUTS + 5 };

static void every_input_changes_the_key_and_nothing_else_does(void **state)
{
    (void)state;
    static struct xa_identity id;
    uint8_t hash[N_VARIANTS][32], other[32];
    size_t n = 0;
    fill(&id);
    xa_identity_hash(&id, hash[n++]);
    for (size_t i = 0; i < N_INPUTS; i++) {
        fill(&id);
        snprintf((char *)&id + inputs[i].offset, inputs[i].size, "%s", inputs[i].value);
        xa_identity_hash(&id, hash[n++]);
    }
    fill(&id);
    id.duration_s = 3601;
    xa_identity_hash(&id, hash[n++]);
    fill(&id);
    id.kind = XA_IDENTITY_SOURCE;
    xa_identity_hash(&id, hash[n++]);
    fill(&id);
    id.custom_endpoint = false;
    xa_identity_hash(&id, hash[n++]);
    fill(&id);                                       /* no byte moves from one field to the next */
    snprintf(id.session_name, sizeof id.session_name, "aliceab");
    id.external_id[0] = '\0';
    xa_identity_hash(&id, hash[n++]);
    assert_int_equal(n, N_VARIANTS);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(hash[i], hash[j], 32);

    fill(&id);
    snprintf(id.region, sizeof id.region, "eu-central-1");
    snprintf(id.label, sizeof id.label, "x");
    snprintf(id.level, sizeof id.level, "y");
    xa_identity_hash(&id, other);
    assert_memory_equal(other, hash[0], 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_destination_is_reached_as_configured),
        cmocka_unit_test(a_source_resolves_to_itself),
        cmocka_unit_test(a_session_is_named_after_the_user),
        cmocka_unit_test(what_is_not_said_is_the_default),
        cmocka_unit_test(a_wish_goes_before_the_file),
        cmocka_unit_test(a_wish_has_limits),
        cmocka_unit_test(what_cannot_be_resolved_is_explained),
        cmocka_unit_test(every_input_changes_the_key_and_nothing_else_does),
        cmocka_unit_test(a_locked_vault_resolves_nothing),           /* the last: it stays locked */
    };
    return cmocka_run_group_tests(tests, kit_start, kit_end);
}
