/* Plans: which hops, with whose code, for how long, and why; where AWS is asked; and the
 * cache's key, which is every input (design.md, sections 3 and 7; security N6; facts 1.8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/broker/plan.h"
#include "tests/lib/vault_kit.h"

#define S(text) xa_slice_of(text)
#define ROLE "account = 222222222222\nrole = Admin\n"
#define ALICE "arn:aws:iam::111111111111:mfa/alice"
#define SERIAL "mfa_serial = " ALICE "\n"
#define MAIN "[source main]\n"
#define PROD "[dest prod]\nsource = main\n" ROLE
#define AUDIT "[dest audit]\naccount = 333333333333\nrole = Audit\nsource = prod\n"
#define CORP "[source corp]\ncredential_process = x\n"
#define NOW 50000000LL

static struct xa_vault *vault;
static struct xa_arena *arena;
static struct xa_cache *cache;
static struct xa_learned *learned;
static struct xa_plan plan;
static struct xa_error err;

/* What a test may change before it plans; reset by reset(). */
static bool as_source, to_sign, may_be_locked;
static bool has_person = true;
static const char *login = "login";
static const char *aws_file = "";

static void add_key(const char *name, const char *key_id, const char *account, const char *arn)
{
    struct xa_vault_info info = { 0 };
    snprintf(info.name, sizeof info.name, "%s", name);
    snprintf(info.access_key_id, sizeof info.access_key_id, "%s", key_id);
    snprintf(info.account, sizeof info.account, "%s", account);
    snprintf(info.arn, sizeof info.arn, "%s", arn);
    struct xa_secret *secret = kit_secret(KIT_SECRET);
    struct xa_vault_job *job = xa_vault_begin_add(vault, &info, &secret, &err);
    assert_non_null(job);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(vault, &job, &err));
    xa_secret_free(&secret);
}

static int start(void **state)
{
    kit_make_place(state);
    vault = kit_vault(NULL);
    assert_true(kit_create(vault, "first", &err));
    add_key("main", KIT_KEY_ID, "111111111111", "arn:aws:iam::111111111111:user/team/a/alice");
    add_key("other", "AKIDOTHEREXAMPLE0002", "", "");
    add_key("root", "AKIDROOTEXAMPLE00003", "111111111111", "arn:aws:iam::111111111111:root");
    arena = xa_arena_new(64 * 1024, &err);
    cache = xa_cache_new(arena, &err);
    learned = xa_learned_new(&err);
    return cache == NULL || learned == NULL;
}

static int end(void **state)
{
    xa_plan_finish(&plan);
    xa_plan_finish(&plan);
    xa_learned_free(&learned);
    xa_cache_free(&cache);
    xa_arena_free(&arena);
    xa_vault_free(&vault);
    return kit_remove_place(state);
}

static int reset(void **state)
{
    (void)state;
    as_source = to_sign = may_be_locked = false;
    has_person = true;
    login = "login";
    aws_file = "";
    xa_learned_clear(learned);
    xa_cache_forget(cache, (struct xa_slice){ 0 });
    return 0;
}

/* The plan's texts borrow the configuration, which is kept until the next one. */
static struct xa_roles *roles;
static struct xa_profiles *profiles;

static bool make_wish(const char *config, const struct xa_wish *wish)
{
    char path[4300];
    const struct xa_profiles_text text = { "/aws", S(aws_file) }, none = { "/none", { 0 } };
    xa_roles_free(&roles);
    xa_profiles_free(&profiles);
    roles = xa_roles_parse("/c", S(config), &err);
    profiles = xa_profiles_new(text, none, &err);
    if (roles == NULL || profiles == NULL)
        fail_msg("%s: %s", config, err.message);
    snprintf(path, sizeof path, "%s/config", kit_dir);
    const struct xa_plan_setup setup = {
        .sight = { .roles = roles, .profiles = profiles }, .vault = vault, .cache = cache,
        .learned = learned, .login_name = login, .config_path = path, .now_ms = NOW,
        .has_person = has_person, .as_source = as_source, .to_sign = to_sign,
        .may_be_locked = may_be_locked,
    };
    struct xa_error known = { 0 };
    bool is_known = xa_plan_known(&setup.sight, wish, &known);
    memset(&err, 0, sizeof err);
    bool ok = xa_plan_make(&plan, &setup, wish, &err);
    assert_int_equal(ok, err.code == XA_OK);
    if (!is_known) {           /* what is refused from the files alone is refused alike */
        assert_false(ok);
        assert_string_equal(known.message, err.message);
    }
    return ok;
}

static struct xa_identity *make(const char *config, const char *name)
{
    const struct xa_wish wish = { .name = S(name) };
    if (!make_wish(config, &wish))
        fail_msg("%s: %s", config, err.message);
    return xa_plan_goal(&plan);
}

/* "S main, T main 43200 +alice, R prod 3600": kind, name, seconds, the device's name;
 * ? may want a code, ! the code is a guess, ^ handed out, ~ a key without a token. */
static const char *hops(void)
{
    static char text[2000];
    size_t len = 0;
    for (size_t i = 0; i < plan.n; i++) {
        const struct xa_identity *h = &plan.hops[i];
        const char *slash = strrchr(h->mfa_serial, '/');
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%c %s", i > 0 ? ", " : "",
                                "?SFTR"[h->kind], h->name);
        if (h->duration_s > 0)
            len += (size_t)snprintf(text + len, sizeof text - len, " %u", h->duration_s);
        if (h->mfa_serial[0] != '\0')
            len += (size_t)snprintf(text + len, sizeof text - len, " +%s",
                                    slash != NULL ? slash + 1 : h->mfa_serial);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s", h->may_want_mfa ? "?" : "",
                                h->doubtful ? "!" : "", h->handed_out ? "^" : "");
        if (h->kind == XA_IDENTITY_FOREIGN && !h->temporary)
            len += (size_t)snprintf(text + len, sizeof text - len, "~");
        assert_int_equal(h->temporary, h->kind == XA_IDENTITY_SESSION ||
                                           h->kind == XA_IDENTITY_ROLE ||
                                           (h->kind == XA_IDENTITY_FOREIGN && h->temporary));
        assert_string_equal(h->source, plan.hops[0].name);
    }
    return text;
}

/* --- hops, codes, durations -------------------------------------------------------------- */

static const struct {
    const char *config, *name;
    uint32_t duration_s;
    const char *hops, *why;
} plans[] = {
    /* no device: straight from the key */
    { MAIN PROD, "prod", 0, "S main, R prod 3600?", "" },
    { MAIN PROD, "prod", 43200, "S main, R prod 43200?", "" },
    /* a device: up to an hour from the session, longer with the code on AssumeRole */
    { MAIN SERIAL PROD, "prod", 0, "S main, T main 43200 +alice, R prod 3600", "" },
    { MAIN SERIAL PROD, "prod", 900, "S main, T main 43200 +alice, R prod 900", "" },
    { MAIN SERIAL PROD, "prod", 3601, "S main, R prod 3601 +alice", "" },
    { MAIN SERIAL PROD "duration = 12h\n", "prod", 0, "S main, R prod 43200 +alice", "" },
    { MAIN SERIAL PROD "duration = 12h\n", "prod", 3600,
      "S main, T main 43200 +alice, R prod 3600", "" },
    { MAIN PROD SERIAL, "prod", 0, "S main, T main 43200 +alice, R prod 3600", "" },
    { MAIN SERIAL PROD "mfa_serial = arn:aws:iam::111111111111:mfa/bob\n", "prod", 0,
      "S main, T main 43200 +bob, R prod 3600", "" },
    { MAIN SERIAL "session_duration = 36h\n" PROD, "prod", 0,
      "S main, T main 129600 +alice, R prod 3600", "" },
    { MAIN SERIAL "session_duration = 15m\n" PROD, "prod", 0,
      "S main, T main 900 +alice, R prod 3600", "" },
    /* session = never: no GetSessionToken, whatever the duration */
    { MAIN SERIAL "session = never\n" PROD, "prod", 0, "S main, R prod 3600 +alice", "" },
    { MAIN "session = never\n" PROD, "prod", 0, "S main, R prod 3600?", "" },
    /* mfa: the destination's word before the source's */
    { MAIN SERIAL "mfa = never\n" PROD, "prod", 0, "S main, R prod 3600", "" },
    { MAIN SERIAL PROD "mfa = never\n", "prod", 0, "S main, R prod 3600", "" },
    { MAIN PROD "mfa = never\n", "prod", 0, "S main, R prod 3600", "" },
    { MAIN SERIAL "mfa = never\n" PROD "mfa = auto\n", "prod", 0,
      "S main, T main 43200 +alice, R prod 3600", "" },
    { MAIN SERIAL "mfa = always\n" PROD, "prod", 7200, "S main, R prod 7200 +alice", "" },
    /* chains: an hour at most, and only there */
    { MAIN PROD AUDIT, "audit", 0, "S main, R prod 3600?, R audit 3600", "" },
    { MAIN PROD AUDIT, "audit", 7200, "S main, R prod 3600?, R audit 3600",
      "1h at most, not 2h: it is assumed with temporary credentials (role chaining)" },
    { MAIN PROD AUDIT "duration = 90m\n", "audit", 0, "S main, R prod 3600?, R audit 3600",
      "1h at most, not 90m: it is assumed with temporary credentials (role chaining)" },
    { MAIN PROD "duration = 12h\n" AUDIT, "audit", 3601, "S main, R prod 43200?, R audit 3600",
      "1h at most, not 3601s: it is assumed with temporary credentials (role chaining)" },
    { MAIN SERIAL PROD AUDIT, "audit", 0,
      "S main, T main 43200 +alice, R prod 3600, R audit 3600", "" },
    { MAIN SERIAL PROD "duration = 2h\n" AUDIT, "audit", 0,
      "S main, R prod 7200 +alice, R audit 3600", "" },
    { MAIN PROD AUDIT SERIAL, "audit", 0,
      "S main, T main 43200 +alice, R prod 3600, R audit 3600", "" },
    { MAIN SERIAL "mfa = never\n" PROD AUDIT "mfa = always\n", "audit", 0,
      "S main, T main 43200 +alice, R prod 3600, R audit 3600", "" },
    { MAIN PROD AUDIT "[dest deep]\nsource = audit\n" ROLE, "deep", 900,
      "S main, R prod 3600?, R audit 3600, R deep 900", "" },
    /* the source itself: a session to hand out, without MFA */
    { MAIN, "main", 0, "S main, T main 43200^", "" },
    { MAIN SERIAL, "main", 129600, "S main, T main 129600^", "" },
    { MAIN SERIAL "mfa = always\nsession_duration = 1h\n", "main", 900, "S main, T main 900^", "" },
    { "[source root]\n", "root", 0, "S root, T root 3600^",
      "a root user's session lasts an hour at most" },
    { "[source root]\n", "root", 3600, "S root, T root 3600^", "" },
    { "[source root]\n" SERIAL "[dest prod]\n" ROLE, "prod", 0,
      "S root, T root 3600 +alice, R prod 3600", "" },
    /* a program's credentials are temporary until they are seen not to be */
    { CORP "[dest prod]\n" ROLE, "prod", 7200, "F corp, R prod 3600",
      "1h at most, not 2h: it is assumed with temporary credentials (role chaining)" },
    { CORP, "corp", 0, "F corp", "" },
    /* no file names it */
    { MAIN SERIAL, "222222222222/Admin", 0,
      "S main, T main 43200 +alice, R 222222222222/Admin 3600", "" },
};

static void each_plan_is_the_shortest_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        const struct xa_wish wish = { .name = S(plans[i].name), .duration_s = plans[i].duration_s };
        if (!make_wish(plans[i].config, &wish))
            fail_msg("%s: %s", plans[i].config, err.message);
        if (strcmp(hops(), plans[i].hops) != 0)
            fail_msg("%s(%u s): %s\nnot: %s", plans[i].config, plans[i].duration_s, hops(),
                     plans[i].hops);
        assert_string_equal(xa_plan_goal(&plan)->why, plans[i].why);
        assert_int_equal(plan.devices.len, 0);
    }
}

static void mfa_always_wants_a_device(void **state)
{
    (void)state;
    static const char *const configs[] = {
        MAIN "mfa = always\n" PROD,
        MAIN PROD "mfa = always\n",
        MAIN "mfa = never\n" PROD "mfa = always\n",
        MAIN "session = never\n" PROD "mfa = always\nduration = 2h\n",
    };
    const struct xa_wish prod = { .name = S("prod") }, audit = { .name = S("audit") };
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        assert_false(make_wish(configs[i], &prod));
        assert_int_equal(err.code, XA_BAD_CONFIG);
        assert_string_equal(err.message,
                            "'prod' says mfa = always, but no mfa_serial is configured");
        assert_non_null(strstr(err.hint, "in [source main]: mfa_serial ="));
    }
    assert_false(make_wish(MAIN PROD AUDIT "mfa = always\n", &audit));
    assert_int_equal(err.code, XA_BAD_CONFIG);
}

/* A code given beforehand is for the session that it is given for. */
static void a_code_makes_the_handed_out_session_one_with_mfa(void **state)
{
    (void)state;
    struct xa_wish wish = { .name = S("main"), .mfa_code = S("123456") };
    assert_true(make_wish(MAIN SERIAL, &wish));
    assert_string_equal(hops(), "S main, T main 43200 +alice^");
    assert_false(make_wish(MAIN, &wish));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_string_equal(err.message,
                        "an MFA code for 'main', but no mfa_serial is configured");
    assert_non_null(strstr(err.hint, "mfa_serial ="));

    make(MAIN, "main");                              /* a device that was found serves as well */
    xa_learned_note_devices(learned, plan.hops[0].key, S(" " ALICE " 123456789"), false, NOW);
    assert_true(make_wish(MAIN, &wish));
    assert_string_equal(hops(), "S main, T main 43200 +alice^");
    assert_true(xa_slice_is(plan.devices, " " ALICE " 123456789"));
    make(MAIN, "main");
    assert_string_equal(hops(), "S main, T main 43200^");
    assert_int_equal(plan.devices.len, 0);
}

static void durations_have_limits(void **state)
{
    (void)state;
    static const struct { const char *name; uint32_t s; bool good; } cases[] = {
        { "prod", 899, false }, { "prod", 900, true }, { "prod", 43200, true },
        { "prod", 43201, false }, { "main", 899, false }, { "main", 900, true },
        { "main", 129600, true }, { "main", 129601, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct xa_wish wish = { .name = S(cases[i].name), .duration_s = cases[i].s };
        assert_int_equal(make_wish(MAIN PROD, &wish), cases[i].good);
        char value[16];
        snprintf(value, sizeof value, "of %us ", cases[i].s);
        if (!cases[i].good) {
            assert_int_equal(err.code, XA_USAGE);
            assert_non_null(strstr(err.message, value));
        }
    }
}

/* After a role refused more than an hour: from the session, and said. */
static void a_learned_limit_changes_the_plan(void **state)
{
    (void)state;
    const struct xa_wish wish = { .name = S("prod"), .duration_s = 7200 };
    const char *const config = MAIN SERIAL PROD;
    assert_true(make_wish(config, &wish));
    assert_string_equal(hops(), "S main, R prod 7200 +alice");
    xa_learned_note_limit(learned, S("arn:aws:iam::222222222222:role/Admin"), 3600);
    assert_true(make_wish(config, &wish));
    assert_string_equal(hops(), "S main, T main 43200 +alice, R prod 3600");
    assert_string_equal(xa_plan_goal(&plan)->why, "1h at most, not 2h: the role's own maximum");
    assert_int_equal(xa_plan_goal(&plan)->wished_s, 7200);
    assert_string_equal(make(config, "prod")->why, "");      /* no more was wished */
    xa_learned_note_limit(learned, S("arn:aws:iam::222222222222:role/Admin"), 5400);
    assert_true(make_wish(config, &wish));
    assert_string_equal(hops(), "S main, R prod 5400 +alice");
    assert_string_equal(xa_plan_goal(&plan)->why, "90m at most, not 2h: the role's own maximum");
}

/* --- MFA that nobody configured ------------------------------------------------------------ */

static void note_denial(const char *config)
{
    struct xa_error denial;
    (void)xa_fail(&denial, XA_AWS_REFUSED, "AccessDenied");
    make(config, "prod");
    xa_learned_note_denial(learned, xa_plan_goal(&plan)->key, &denial, NOW);
}

static void a_denial_is_planned_again_with_what_was_found(void **state)
{
    (void)state;
    const char *const config = MAIN PROD;
    uint8_t plain[32];
    make(config, "prod");
    memcpy(plain, xa_plan_goal(&plan)->key, 32);
    assert_memory_equal(xa_plan_goal(&plan)->plain_key, plain, 32);
    xa_learned_note_devices(learned, plan.hops[0].key, S(" " ALICE), false, NOW);
    make(config, "prod");                            /* nothing was denied */
    assert_string_equal(hops(), "S main, R prod 3600?");

    note_denial(config);
    make(config, "prod");
    assert_string_equal(hops(), "S main, T main 43200 +alice!, R prod 3600");
    assert_memory_equal(plan.hops[1].plain_key, plain, 32);
    assert_int_equal(plan.devices.len, 0);           /* one: no choice */
    const struct xa_wish longer = { .name = S("prod"), .duration_s = 7200 };
    assert_true(make_wish(config, &longer));         /* another call, not denied */
    assert_string_equal(hops(), "S main, R prod 7200?");
    struct xa_error denial;
    (void)xa_fail(&denial, XA_AWS_REFUSED, "AccessDenied");
    memcpy(plain, xa_plan_goal(&plan)->key, 32);
    xa_learned_note_denial(learned, plain, &denial, NOW);
    assert_true(make_wish(config, &longer));
    assert_string_equal(hops(), "S main, R prod 7200 +alice?!");
    assert_memory_equal(xa_plan_goal(&plan)->plain_key, plain, 32);
    assert_memory_not_equal(xa_plan_goal(&plan)->key, plain, 32);

    make(MAIN PROD "mfa = never\n", "prod");
    assert_string_equal(hops(), "S main, R prod 3600");
    make(MAIN "session = never\n" PROD, "prod");
    assert_string_equal(hops(), "S main, R prod 3600 +alice?!");
}

static void without_a_person_a_denial_stands_five_minutes(void **state)
{
    (void)state;
    struct xa_error denial;
    (void)xa_fail(&denial, XA_AWS_REFUSED, "AccessDenied");
    make(MAIN PROD, "prod");
    xa_learned_note_devices(learned, plan.hops[0].key, S(" " ALICE), false, NOW);
    xa_learned_note_denial(learned, xa_plan_goal(&plan)->key, &denial, NOW - 300000);
    make(MAIN PROD, "prod");
    assert_string_equal(hops(), "S main, T main 43200 +alice!, R prod 3600");
    has_person = false;
    make(MAIN PROD, "prod");
    assert_string_equal(hops(), "S main, R prod 3600?");
}

static void several_devices_are_a_choice_until_one_is_chosen(void **state)
{
    (void)state;
    make(MAIN PROD, "prod");
    uint8_t source[32];
    memcpy(source, plan.hops[0].key, 32);
    note_denial(MAIN PROD);
    xa_learned_note_devices(learned, source, S(" " ALICE " GAHT12345678"), false, NOW);
    make(MAIN PROD, "prod");
    assert_string_equal(hops(), "S main, T main 43200 +alice!, R prod 3600");
    assert_true(xa_slice_is(plan.devices, " " ALICE " GAHT12345678"));

    uint8_t before[32];
    memcpy(before, plan.hops[1].key, 32);
    xa_plan_choose(&plan.hops[1], &plan.hops[0], S("GAHT12345678"));
    assert_string_equal(plan.hops[1].mfa_serial, "GAHT12345678");
    assert_memory_not_equal(plan.hops[1].key, before, 32);
    memcpy(before, plan.hops[1].key, 32);
    xa_learned_note_choice(learned, source, S("GAHT12345678"));
    make(MAIN PROD, "prod");
    assert_string_equal(hops(), "S main, T main 43200 +GAHT12345678!, R prod 3600");
    assert_memory_equal(plan.hops[1].key, before, 32);       /* as it was chosen */
    assert_int_equal(plan.devices.len, 0);

    xa_learned_note_devices(learned, source, (struct xa_slice){ 0 }, false, NOW);
    make(MAIN PROD, "prod");                         /* there is none: the denial is final */
    assert_string_equal(hops(), "S main, R prod 3600?");
}

/* --- foreign credentials --------------------------------------------------------------------- */

static void foreign_keys_count_as_what_they_are(void **state)
{
    (void)state;
    const char *const config = CORP SERIAL "[dest prod]\n" ROLE "duration = 2h\n";
    struct xa_issued issued = { .access_key_id = S("AKIAX"), .secret = S("s"),
                                .good_until_ms = NOW + 3600000, .issued_for_s = 3600 };
    make(config, "prod");
    assert_string_equal(hops(), "F corp, R prod 3600");
    uint8_t key[32];
    memcpy(key, plan.hops[0].key, 32);
    assert_true(xa_cache_put(cache, key, S("corp"), &issued, NOW));
    make(config, "prod");
    assert_string_equal(hops(), "F corp~, R prod 7200 +alice");
    make(config, "corp");
    assert_string_equal(hops(), "F corp~, T corp 43200^");
    issued.token = S("t");
    assert_true(xa_cache_put(cache, key, S("corp"), &issued, NOW));
    make(config, "prod");
    assert_string_equal(hops(), "F corp, R prod 3600");
    make(config, "corp");
    assert_string_equal(hops(), "F corp");
    assert_false(xa_plan_goal(&plan)->handed_out);
    assert_memory_equal(plan.hops[0].key, key, 32);
    assert_int_equal(xa_cache_used_ms(cache, key), NOW);     /* planning is no use of them */
}

static void a_source_for_a_call_of_its_own_is_one_hop(void **state)
{
    (void)state;
    as_source = true;
    make(MAIN SERIAL, "main");
    assert_string_equal(hops(), "S main");
    assert_string_equal(xa_plan_goal(&plan)->access_key_id, KIT_KEY_ID);
    make(MAIN SERIAL PROD, "prod");
    assert_string_equal(hops(), "S main, T main 43200 +alice, R prod 3600");
}

/* What the agent asks of IAM itself is signed by the session that a code bought, where a
 * device is configured: the same one that roles are assumed with. */
static void a_source_that_signs_for_the_agent(void **state)
{
    static const struct { const char *config, *name, *hops; } ways[] = {
        { MAIN, "main", "S main" },
        { MAIN SERIAL, "main", "S main, T main 43200 +alice" },
        { MAIN SERIAL "session_duration = 1h\n", "main", "S main, T main 3600 +alice" },
        { MAIN SERIAL "mfa = always\n", "main", "S main, T main 43200 +alice" },
        { MAIN SERIAL "mfa = never\n", "main", "S main" },
        { CORP, "corp", "F corp" },
        { MAIN SERIAL PROD, "prod", "S main, T main 43200 +alice, R prod 3600" },
        { MAIN PROD, "prod", "S main, R prod 3600?" },
    };
    uint8_t key[32];
    (void)state;
    to_sign = true;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        make(ways[i].config, ways[i].name);
        assert_string_equal(hops(), ways[i].hops);
        assert_false(xa_plan_goal(&plan)->handed_out);
    }
    make(MAIN SERIAL, "main");
    memcpy(key, xa_plan_goal(&plan)->key, 32);
    make(MAIN SERIAL PROD, "prod");
    assert_memory_equal(plan.hops[1].key, key, 32);
    const struct xa_wish wish = { .name = S("main") };
    assert_false(make_wish(MAIN "mfa = always\n", &wish));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_non_null(strstr(err.message, "no mfa_serial is configured"));
}

/* --- where and what --------------------------------------------------------------------------- */

static const struct {
    const char *config, *arn, *url, *sts_region, *region, *ca, *proxy;
    bool custom;
} places[] = {
    { MAIN PROD, "arn:aws:iam::222222222222:role/Admin", "https://sts.us-east-1.amazonaws.com",
      "us-east-1", "", "", "", false },
    /* STS's region: the destination's sts_region, the source's, [agent]'s, the partition's */
    { "[agent]\nregion = eu-west-1\n" MAIN "region = eu-west-2\n" PROD
      "sts_region = eu-west-3\nregion = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-3.amazonaws.com", "eu-west-3",
      "us-west-2", "", "", false },
    { "[agent]\nregion = eu-west-1\n" MAIN "region = eu-west-2\n" PROD "region = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-2.amazonaws.com", "eu-west-2",
      "us-west-2", "", "", false },
    { "[agent]\nregion = eu-west-1\n" MAIN PROD "region = us-west-2\n",
      "arn:aws:iam::222222222222:role/Admin", "https://sts.eu-west-1.amazonaws.com", "eu-west-1",
      "us-west-2", "", "", false },
    { MAIN PROD "region = cn-north-1\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts.us-east-1.amazonaws.com", "us-east-1", "cn-north-1", "", "", false },
    { MAIN "[dest prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/Admin\n",
      "arn:aws-cn:iam::222222222222:role/Admin", "https://sts.cn-northwest-1.amazonaws.com.cn",
      "cn-northwest-1", "", "", "", false },
    /* the partition of account and role is the one in which STS is asked */
    { MAIN "region = cn-north-1\n" PROD, "arn:aws-cn:iam::222222222222:role/Admin",
      "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1", "", "", "", false },
    { MAIN PROD "sts_region = us-gov-east-1\n", "arn:aws-us-gov:iam::222222222222:role/Admin",
      "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1", "", "", "", false },
    { MAIN "[dest prod]\naccount = 222222222222\nrole = team/x/Admin\n",
      "arn:aws:iam::222222222222:role/team/x/Admin", "https://sts.us-east-1.amazonaws.com",
      "us-east-1", "", "", "", false },
    { MAIN PROD "use_fips_endpoint = yes\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts-fips.us-east-1.amazonaws.com", "us-east-1", "", "", "", false },
    { MAIN PROD "use_dualstack_endpoint = yes\n", "arn:aws:iam::222222222222:role/Admin",
      "https://sts.us-east-1.api.aws", "us-east-1", "", "", "", false },
    /* endpoint, CA and proxy: [agent] < source < destination, each by itself */
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" MAIN PROD,
      "arn:aws:iam::222222222222:role/Admin", "https://a", "us-east-1", "", "/a", "http://a",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" MAIN
      "endpoint_url = https://s\n" PROD,
      "arn:aws:iam::222222222222:role/Admin", "https://s", "us-east-1", "", "/a", "http://a",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" MAIN
      "endpoint_url = https://s\nca_bundle = /s\nproxy = http://s\n" PROD "ca_bundle = /d\n",
      "arn:aws:iam::222222222222:role/Admin", "https://s", "us-east-1", "", "/d", "http://s",
      true },
    { "[agent]\nendpoint_url = https://a\nca_bundle = /a\nproxy = http://a\n" MAIN
      "endpoint_url = https://s\nca_bundle = /s\nproxy = http://s\n" PROD
      "endpoint_url = http://127.0.0.1:9/x\nca_bundle = /d\nproxy = http://d\n",
      "arn:aws:iam::222222222222:role/Admin", "http://127.0.0.1:9/x", "us-east-1", "", "/d",
      "http://d", true },
};

static void a_destination_is_reached_as_configured(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct xa_identity *id = make(places[i].config, "prod");
        assert_int_equal(id->kind, XA_IDENTITY_ROLE);
        assert_string_equal(plan.hops[0].access_key_id, KIT_KEY_ID);
        assert_string_equal(plan.hops[0].account, "111111111111");
        assert_string_equal(id->role_arn, places[i].arn);
        assert_string_equal(id->account, "222222222222");
        assert_string_equal(id->role_name, "Admin");
        assert_string_equal(id->sts.url, places[i].url);
        assert_string_equal(id->sts.region, places[i].sts_region);
        assert_string_equal(id->region, places[i].region);
        assert_string_equal(id->ca_bundle, places[i].ca);
        assert_string_equal(id->proxy, places[i].proxy);
        assert_int_equal(id->custom_endpoint, places[i].custom);
    }
}

/* The session is the source's: asked for where the source is, not where its role is. */
static void a_session_is_reached_as_its_source(void **state)
{
    (void)state;
    static const char config[] =
        "[agent]\nproxy = http://a\n" MAIN SERIAL "region = eu-west-1\nca_bundle = /s\n" PROD
        "sts_region = us-west-2\nca_bundle = /d\n";
    make(config, "prod");
    assert_string_equal(plan.hops[1].sts.url, "https://sts.eu-west-1.amazonaws.com");
    assert_string_equal(plan.hops[1].ca_bundle, "/s");
    assert_string_equal(plan.hops[1].proxy, "http://a");
    assert_string_equal(plan.hops[1].account, "111111111111");
    assert_string_equal(plan.hops[2].sts.url, "https://sts.us-west-2.amazonaws.com");
    assert_string_equal(plan.hops[2].ca_bundle, "/d");

    static struct xa_identity reach;
    struct xa_roles *r = xa_roles_parse("/c", S(config), &err);
    assert_true(xa_plan_reach(r, xa_roles_source(r, S("main")), &reach, &err));
    assert_string_equal(reach.sts.url, "https://sts.eu-west-1.amazonaws.com");
    assert_string_equal(reach.ca_bundle, "/s");
    assert_true(xa_plan_reach(r, NULL, &reach, &err));       /* before `add` has stored it */
    assert_string_equal(reach.sts.url, "https://sts.us-east-1.amazonaws.com");
    assert_string_equal(reach.ca_bundle, "");
    assert_string_equal(reach.proxy, "http://a");
    xa_roles_free(&r);
}

static void what_is_handed_out_beside(void **state)
{
    (void)state;
    assert_string_equal(make(MAIN "region = eu-west-1\n", "main")->region, "eu-west-1");
    assert_string_equal(make(MAIN "region = eu-west-1\n" PROD, "prod")->region, "");
    const struct xa_identity *id = make("[agent]\nlabel = all\n" MAIN PROD "level = red\n", "prod");
    assert_string_equal(id->label, "all");
    assert_string_equal(id->level, "red");
    assert_string_equal(make("[agent]\nlabel = all\n" MAIN PROD "label = own\n", "prod")->label,
                        "own");
    static const struct { const char *region; bool good; } regions[] = {
        { "ap-south-1", true }, { "$(id)", false }, { "eu-west-1 ", false },
    };
    for (size_t i = 0; i < 3; i++) {
        const struct xa_wish wish = { .name = S("prod"), .region = S(regions[i].region) };
        assert_int_equal(make_wish(MAIN PROD "region = us-west-1\n", &wish), regions[i].good);
        if (regions[i].good)
            assert_string_equal(xa_plan_goal(&plan)->region, regions[i].region);
        else
            assert_int_equal(err.code, XA_USAGE);
    }
}

/* --- what AWS is told beside ------------------------------------------------------------------ */

static void a_session_is_named_after_the_user(void **state)
{
    (void)state;
    static const struct { const char *config, *login, *session; } sessions[] = {
        { MAIN PROD, "login", "alice" },             /* of the user's ARN, without its path */
        { MAIN SERIAL PROD, "login", "alice" },
        { MAIN PROD "session_name = ops\n", "login", "ops" },
        { "[source other]\n[dest prod]\n" ROLE, "login", "login" },  /* never proven */
        { "[source root]\n[dest prod]\n" ROLE, "login", "login" },   /* no IAM user  */
        { "[source other]\n[dest prod]\n" ROLE, "x", "x-" },
        { "[source other]\n[dest prod]\n" ROLE, "", "--" },
        { "[source other]\n[dest prod]\n" ROLE, "DOMAIN\\al ice", "DOMAIN-al-ice" },
    };
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
        login = sessions[i].login;
        assert_string_equal(make(sessions[i].config, "prod")->session_name, sessions[i].session);
    }
    login = "login";
    make(MAIN PROD AUDIT, "audit");                  /* the whole chain */
    assert_string_equal(plan.hops[1].session_name, "alice");
    assert_string_equal(plan.hops[2].session_name, "alice");
}

static void a_wish_goes_before_the_file_and_to_the_goal_only(void **state)
{
    (void)state;
    const struct xa_wish wish = {
        .name = S("audit"), .session_name = S("tom"), .external_id = S("zz"), .duration_s = 900,
        .policy = S("{}"), .policy_arns = S("arn:aws:iam::aws:policy/x"), .tags = S("a=b"),
        .transitive_tags = S("a"), .source_identity = S("Tom"),
    };
    assert_true(make_wish(
        MAIN PROD "session_name = ann\nexternal_id = yy\nduration = 2h\ntags = p=q\n" AUDIT
        "session_name = eve\nexternal_id = xx\nsource_identity = Eve\npolicy = {\"x\":1}\n"
        "policy_arns = arn:aws:iam::aws:policy/y\ntags = c=d\ntransitive_tags = c\n", &wish));
    const struct xa_identity *first = &plan.hops[1], *goal = xa_plan_goal(&plan);
    assert_string_equal(first->session_name, "ann");
    assert_string_equal(first->external_id, "yy");
    assert_string_equal(first->source_identity, "");
    assert_int_equal(first->duration_s, 7200);
    assert_true(xa_slice_is(first->tags, "p=q"));
    assert_int_equal(first->policy.len + first->policy_arns.len + first->transitive_tags.len, 0);
    assert_string_equal(goal->session_name, "tom");
    assert_string_equal(goal->external_id, "zz");
    assert_string_equal(goal->source_identity, "Tom");
    assert_int_equal(goal->duration_s, 900);
    assert_true(xa_slice_is(goal->policy, "{}"));
    assert_true(xa_slice_is(goal->policy_arns, "arn:aws:iam::aws:policy/x"));
    assert_true(xa_slice_is(goal->tags, "a=b") && xa_slice_is(goal->transitive_tags, "a"));
}

static void readonly_goes_with_no_other_policy(void **state)
{
    (void)state;
    struct xa_wish wish = { .name = S("prod"), .readonly = true };
    assert_true(make_wish(MAIN PROD, &wish));
    assert_true(xa_plan_goal(&plan)->readonly);
    assert_true(make(MAIN PROD "readonly = yes\n", "prod")->readonly);
    assert_true(make_wish(MAIN PROD AUDIT, &wish));
    make(MAIN PROD "readonly = yes\n" AUDIT, "audit");
    assert_true(plan.hops[1].readonly && !plan.hops[2].readonly);
    static const char *const configs[] = {
        MAIN PROD "policy = {}\n", MAIN PROD "policy_arns = arn:aws:iam::aws:policy/x\n",
    };
    for (size_t i = 0; i < 2; i++) {
        assert_false(make_wish(configs[i], &wish));
        assert_int_equal(err.code, XA_USAGE);
        assert_string_equal(err.message, "readonly and another session policy do not go together");
    }
    wish = (struct xa_wish){ .name = S("prod"), .policy = S("{}") };
    assert_false(make_wish(MAIN PROD "readonly = yes\n", &wish));
}

static void put_policy(const char *text)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/policy.json", kit_dir);
    kit_write_file(path, (const uint8_t *)text, strlen(text));
}

static void a_policy_may_stand_in_a_file_of_ours(void **state)
{
    (void)state;
    const char *const config = MAIN PROD "policy = file://policy.json\n";
    const struct xa_wish prod = { .name = S("prod") };
    put_policy("{\n\t\"Statement\": []\n}\n");
    make(config, "prod");
    assert_true(xa_slice_is(xa_plan_goal(&plan)->policy, "{  \"Statement\": [] }"));
    put_policy("[]");
    assert_false(make_wish(config, &prod));
    assert_int_equal(err.code, XA_USAGE);
    assert_false(make_wish(MAIN PROD "policy = file://none.json\n", &prod));
    assert_int_equal(err.code, XA_BAD_CONFIG);

    /* Which files are read is not for a request to say. */
    put_policy("{}");
    const struct xa_wish asks = { .name = S("prod"), .policy = S("file://policy.json") };
    assert_false(make_wish(MAIN PROD, &asks));
    assert_int_equal(err.code, XA_USAGE);
    assert_non_null(strstr(err.message, "'file://policy.json'"));
}

static char many[2100];

static struct xa_slice times(char c, size_t n)
{
    memset(many, c, sizeof many);
    return (struct xa_slice){ (const uint8_t *)many, n };
}

static void values_that_aws_would_not_take_are_refused(void **state)
{
    (void)state;
#define REFUSED(member, value, says)                                                        \
    do {                                                                                    \
        const struct xa_wish wish_ = { .name = S("prod"), .member = (value) };              \
        assert_false(make_wish(MAIN PROD, &wish_));                                         \
        assert_int_equal(err.code, XA_USAGE);                                               \
        if (strstr(err.message, says) == NULL)                                              \
            fail_msg("%s", err.message);                                                    \
    } while (0)
    REFUSED(session_name, S("a b"), "'a b'");
    REFUSED(session_name, times('s', 65), "longer than 64");
    REFUSED(external_id, S("x"), "'x'");
    REFUSED(external_id, times('x', 1225), "longer than 1224");
    REFUSED(source_identity, S("i"), "'i'");
    REFUSED(source_identity, times('i', 65), "longer than 64");
    REFUSED(policy, S("[]"), "'[]'");
    REFUSED(policy_arns, S("x"), "'x'");
    REFUSED(tags, S("x"), "'x'");
    REFUSED(transitive_tags, S("*"), "'*'");
}

/* --- refusals --------------------------------------------------------------------------------- */

static const struct {
    const char *config, *name;
    enum xa_code code;
    const char *message, *why, *hint;
} refused[] = {
    { MAIN PROD, "prdo", XA_NO_SUCH_NAME, "there is no destination 'prdo'", "did you mean 'prod'?",
      "xacct list" },
    { "[source new]\n[dest prod]\n" ROLE, "prod", XA_NO_SUCH_NAME,
      "the vault holds no key for the source 'new'", "never added", "xacct add new" },
    { "[source new]\n", "new", XA_NO_SUCH_NAME, "the vault holds no key for the source 'new'", "",
      "xacct add new" },
    { MAIN, "plain", XA_NO_SUCH_NAME, "the vault holds no key for the source 'plain'",
      "in clear are not used", "xacct import plain" },
    { "[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE "source = a\n", "a", XA_BAD_CONFIG,
      "comes back to itself: a -> b -> a", "", "" },
    { MAIN "region = eu-west-1\n[dest prod]\nrole_arn = arn:aws-cn:iam::222222222222:role/A\n",
      "prod", XA_BAD_CONFIG, "has no region 'eu-west-1'", "partition aws-cn", "" },
    { MAIN "endpoint_url = https://h\n" PROD "use_fips_endpoint = yes\n", "prod", XA_BAD_CONFIG,
      "use_fips_endpoint cannot go with", "", "" },
    { MAIN PROD "confirm = first\n", "prod", XA_NOT_SERVED, "'confirm' is configured for 'prod'",
      "does not go on without", "xacct config check" },
    { MAIN PROD "confirm = first\n" AUDIT, "audit", XA_NOT_SERVED,
      "'confirm' is configured for 'prod'", "", "" },
    { MAIN PROD "[caller x]\n", "prod", XA_NOT_SERVED, "'[caller]' is configured", "", "" },
    { MAIN "[caller x]\n", "main", XA_NOT_SERVED, "'[caller]' is configured for 'main'", "", "" },
};

static void what_cannot_be_planned_is_explained(void **state)
{
    (void)state;
    aws_file = "[profile plain]\nregion = r\n";
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct xa_wish wish = { .name = S(refused[i].name) };
        if (make_wish(refused[i].config, &wish))
            fail_msg("planned: %s", refused[i].config);
        if (err.code != refused[i].code || strstr(err.message, refused[i].message) == NULL ||
            strstr(err.why, refused[i].why) == NULL || strstr(err.hint, refused[i].hint) == NULL)
            fail_msg("%s: '%s' (%s) '%s' '%s'", refused[i].config, err.message,
                     xa_code_name(err.code), err.why, err.hint);
    }
}

static void a_locked_vault_plans_only_to_show(void **state)
{
    (void)state;
    const struct xa_wish wish = { .name = S("prod") };
    xa_vault_lock(vault);
    assert_false(make_wish(MAIN SERIAL PROD, &wish));
    may_be_locked = true;
    assert_true(make_wish(MAIN SERIAL PROD, &wish));
    assert_string_equal(hops(), "S main, T main 43200 +alice, R prod 3600");
    assert_string_equal(plan.hops[0].access_key_id, "");
    assert_true(kit_unlock(vault, "first", &err));
    assert_false(make_wish("[source new]\n[dest prod]\n" ROLE, &wish));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
}

/* --- the key of the cache --------------------------------------------------------------------- */

#define DEST(keys) "[dest prod]\n" ROLE keys
#define BASE MAIN SERIAL DEST("")
#define WISH(member, value) { BASE, "prod", { .member = value } }
#define T(text) { (const uint8_t *)(text), sizeof (text) - 1 }

static const struct { const char *config, *name; struct xa_wish wish; } variants[] = {
    { BASE, "prod", { .refresh = false } },
    /* the source, its key, its session */
    { "[source other]\n" SERIAL DEST(""), "prod", { .refresh = false } },
    { MAIN "mfa_serial = arn:aws:iam::111111111111:mfa/bob\n" DEST(""), "prod",
      { .refresh = false } },
    { MAIN DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL "session = never\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL "session_duration = 1h\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL "mfa_command = x\nsession_duration = 2h\n" DEST(""), "prod",
      { .refresh = false } },
    /* where */
    { MAIN SERIAL "region = eu-west-1\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("sts_region = eu-west-1\n"), "prod", { .refresh = false } },
    { MAIN SERIAL "endpoint_url = https://h\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("endpoint_url = https://h\n"), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("endpoint_url = https://h\nsts_region = eu-west-1\n"), "prod",
      { .refresh = false } },
    { MAIN SERIAL DEST("endpoint_url = https://sts.us-east-1.amazonaws.com\n"), "prod",
      { .refresh = false } },
    { MAIN SERIAL DEST("ca_bundle = /c\n"), "prod", { .refresh = false } },
    { MAIN SERIAL "ca_bundle = /c\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("proxy = http://p\n"), "prod", { .refresh = false } },
    { MAIN SERIAL "proxy = http://p\n" DEST(""), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("use_fips_endpoint = yes\n"), "prod", { .refresh = false } },
    { MAIN SERIAL DEST("use_dualstack_endpoint = yes\n"), "prod", { .refresh = false } },
    /* which role, and how it is called */
    { MAIN SERIAL "[dest prod]\naccount = 333333333333\nrole = Admin\n", "prod",
      { .refresh = false } },
    { MAIN SERIAL "[dest prod]\naccount = 222222222222\nrole = Other\n", "prod",
      { .refresh = false } },
    { MAIN SERIAL "[dest prod]\naccount = 222222222222\nrole = team/Admin\n", "prod",
      { .refresh = false } },
    { MAIN SERIAL "[dest prod2]\n" ROLE, "prod2", { .refresh = false } },
    { BASE, "222222222222/Admin", { .refresh = false } },
    { BASE AUDIT, "audit", { .refresh = false } },
    { MAIN SERIAL DEST("session_name = bob\n") AUDIT, "audit", { .refresh = false } },
    { MAIN SERIAL DEST("external_id = ab\n") AUDIT, "audit", { .refresh = false } },
    { MAIN SERIAL DEST("readonly = yes\n") AUDIT, "audit", { .refresh = false } },
    { MAIN SERIAL DEST("tags = a=b\n") AUDIT, "audit", { .refresh = false } },
    { MAIN SERIAL DEST("duration = 15m\n") AUDIT, "audit", { .refresh = false } },
    /* what AWS is told */
    WISH(role, T("Other2")),
    WISH(duration_s, 900), WISH(duration_s, 901), WISH(duration_s, 7200),
    WISH(session_name, T("bob")), WISH(session_name, T("aliceb")),
    WISH(external_id, T("abc")), WISH(external_id, T("abd")),
    WISH(source_identity, T("abc")),
    WISH(policy, T("{}")), WISH(policy, T("{ }")),
    WISH(policy_arns, T("arn:aws:iam::aws:policy/ReadOnlyAccess")),
    WISH(policy_arns, T("arn:aws:iam::aws:policy/x")),
    WISH(readonly, true),
    WISH(tags, T("a=b")), WISH(tags, T("a=c")), WISH(tags, T("a=b,c=d")),
    { BASE, "prod", { .tags = T("a=b"), .transitive_tags = T("a") } },
    { BASE, "prod", { .tags = T("a=b,c=d"), .transitive_tags = T("a") } },
    { BASE, "prod", { .tags = T("a=b,c=d"), .transitive_tags = T("c") } },
    { BASE, "prod", { .source = T("other") } },
    /* sessions: handed out or for plans, with MFA and without */
    { BASE, "main", { .refresh = false } },
    { BASE, "main", { .duration_s = 900 } },
    { BASE, "main", { .mfa_code = T("123456") } },
    { "[source other]\n", "other", { .refresh = false } },
    { CORP, "corp", { .refresh = false } },
    { CORP "[source corp2]\ncredential_process = x\n", "corp2", { .refresh = false } },
    { CORP DEST(""), "prod", { .refresh = false } },
};
enum { N_VARIANTS = sizeof variants / sizeof variants[0] };

static void key_of(size_t i, uint8_t ret[32])
{
    struct xa_wish wish = variants[i].wish;
    wish.name = S(variants[i].name);
    const char *config = variants[i].config;
    char both[2000];
    if (wish.source.len > 0) {
        snprintf(both, sizeof both, "%s[source other]\n" SERIAL, config);
        config = both;
        /* main is named: two sources would leave it open */
        wish.duration_s = 3600;
    }
    if (!make_wish(config, &wish))
        fail_msg("%s: %s", config, err.message);
    memcpy(ret, xa_plan_goal(&plan)->key, 32);
}

/* A key that was replaced under its name, and the like: no two are taken for one. */
static void each_text_of_an_identity_is_hashed(void **state)
{
    (void)state;
#define IN(member) offsetof(struct xa_identity, member)
    static const size_t texts[] = {
        IN(name), IN(source), IN(access_key_id), IN(sts.region), IN(sts.url), IN(ca_bundle),
        IN(proxy), IN(mfa_serial), IN(role_arn), IN(session_name), IN(external_id),
        IN(source_identity),
    };
    enum { N = sizeof texts / sizeof texts[0] };
    static struct xa_identity id;
    uint8_t keys[N + 1][32];
    for (size_t i = 0; i <= N; i++) {
        memset(&id, 0, sizeof id);
        id.kind = XA_IDENTITY_ROLE;
        if (i < N)
            memcpy((uint8_t *)&id + texts[i], "x", 2);
        xa_identity_hash(&id, NULL);
        memcpy(keys[i], id.key, 32);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], 32);
    }
}

/* sts_regional_endpoints = legacy: the one endpoint of old (facts 3). */
static void a_profile_may_want_the_old_endpoint(void **state)
{
    (void)state;
    aws_file = "[profile old]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n"
               "source_profile = main\nregion = eu-west-1\nsts_regional_endpoints = legacy\n"
               "[profile new]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n"
               "source_profile = main\nregion = eu-west-1\n";
    assert_string_equal(make(MAIN, "old")->sts.url, "https://sts.amazonaws.com");
    assert_string_equal(hops(), "S main, R old 3600?");
    assert_string_equal(xa_plan_goal(&plan)->region, "eu-west-1");
    assert_string_equal(make(MAIN, "new")->sts.url, "https://sts.eu-west-1.amazonaws.com");
}

/* `other` by the wish and by the file are one; every other pair differs. */
static void every_input_changes_the_key(void **state)
{
    (void)state;
    static uint8_t keys[N_VARIANTS][32];
    for (size_t i = 0; i < N_VARIANTS; i++) {
        key_of(i, keys[i]);
        for (size_t j = 0; j < i; j++) {
            bool same = memcmp(keys[i], keys[j], 32) == 0;
            bool both_other = j == 1 && variants[i].wish.source.len > 0;
            if (same != both_other)
                fail_msg("%zu and %zu: %s\nand %s", i, j, variants[i].config, variants[j].config);
        }
    }
}

static void nothing_else_does(void **state)
{
    (void)state;
    uint8_t key[32];
    make(BASE, "prod");
    memcpy(key, xa_plan_goal(&plan)->key, 32);
    const struct xa_wish wish = { .name = S("prod"), .region = S("eu-west-3"), .refresh = true,
                                  .min_left_s = 60, .mfa_code = S("123456"), .duration_s = 3600,
                                  .session_name = S("alice") };
    assert_true(make_wish("[agent]\nlabel = l\nregion = us-east-1\n" MAIN SERIAL
                          "session_duration = 12h\n" DEST("region = r\nlevel = x\nlabel = y\n"
                                                          "duration = 2h\n"), &wish));
    assert_memory_equal(xa_plan_goal(&plan)->key, key, 32);
    make(MAIN SERIAL "mfa = never\n" DEST("mfa = auto\n") AUDIT, "prod");
    assert_memory_equal(xa_plan_goal(&plan)->key, key, 32);
}

/* One session serves all destinations of its source; the one handed out is another. */
static void one_session_serves_all(void **state)
{
    (void)state;
    uint8_t key[32];
    make(BASE AUDIT "[dest dev]\naccount = 444444444444\nrole = Dev\nsource = main\n", "prod");
    memcpy(key, plan.hops[1].key, 32);
    make(BASE AUDIT "[dest dev]\naccount = 444444444444\nrole = Dev\nsource = main\n", "dev");
    assert_memory_equal(plan.hops[1].key, key, 32);
    make(BASE AUDIT, "audit");
    assert_memory_equal(plan.hops[1].key, key, 32);
    const struct xa_wish own = { .name = S("main"), .mfa_code = S("123456") };
    assert_true(make_wish(BASE, &own));
    assert_string_equal(hops(), "S main, T main 43200 +alice^");
    assert_memory_not_equal(plan.hops[1].key, key, 32);
}

static void no_byte_moves_from_one_field_to_the_next(void **state)
{
    (void)state;
    static struct xa_identity id;
    uint8_t key[32];
    memset(&id, 0, sizeof id);
    id.kind = XA_IDENTITY_ROLE;
    snprintf(id.session_name, sizeof id.session_name, "alice");
    snprintf(id.external_id, sizeof id.external_id, "ab");
    xa_identity_hash(&id, NULL);
    memcpy(key, id.key, 32);
    snprintf(id.session_name, sizeof id.session_name, "alicea");
    snprintf(id.external_id, sizeof id.external_id, "b");
    xa_identity_hash(&id, NULL);
    assert_memory_not_equal(id.key, key, 32);
    id.tags = S("ab");
    xa_identity_hash(&id, NULL);
    memcpy(key, id.key, 32);
    id.tags = (struct xa_slice){ 0 };
    id.transitive_tags = S("ab");
    xa_identity_hash(&id, NULL);
    assert_memory_not_equal(id.key, key, 32);
}

static void a_copy_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    static struct xa_identity id, copy;
    char policy[] = "{}", arns[] = "arns", tags[] = "a=b", keys[] = "a", *texts = NULL;
    memset(&id, 0, sizeof id);
    id.policy = S(policy);
    id.policy_arns = S(arns);
    id.tags = S(tags);
    id.transitive_tags = S(keys);
    xa_identity_hash(&id, NULL);
    assert_true(xa_identity_copy(&id, &copy, &texts));
    policy[0] = arns[0] = tags[0] = keys[0] = 'x';
    assert_true(xa_slice_is(copy.policy, "{}") && xa_slice_is(copy.policy_arns, "arns"));
    assert_true(xa_slice_is(copy.tags, "a=b") && xa_slice_is(copy.transitive_tags, "a"));
    xa_identity_hash(&copy, NULL);
    assert_memory_equal(copy.key, id.key, 32);
    free(texts);
}

static int end_all(void **state)
{
    xa_roles_free(&roles);
    xa_profiles_free(&profiles);
    return end(state);
}

int main(void)
{
#define U(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        U(each_plan_is_the_shortest_way),
        U(mfa_always_wants_a_device),
        U(a_code_makes_the_handed_out_session_one_with_mfa),
        U(durations_have_limits),
        U(a_learned_limit_changes_the_plan),
        U(a_denial_is_planned_again_with_what_was_found),
        U(without_a_person_a_denial_stands_five_minutes),
        U(several_devices_are_a_choice_until_one_is_chosen),
        U(foreign_keys_count_as_what_they_are),
        U(a_source_for_a_call_of_its_own_is_one_hop),
        U(a_source_that_signs_for_the_agent),
        U(a_destination_is_reached_as_configured),
        U(a_session_is_reached_as_its_source),
        U(what_is_handed_out_beside),
        U(a_session_is_named_after_the_user),
        U(a_wish_goes_before_the_file_and_to_the_goal_only),
        U(readonly_goes_with_no_other_policy),
        U(a_policy_may_stand_in_a_file_of_ours),
        U(values_that_aws_would_not_take_are_refused),
        U(what_cannot_be_planned_is_explained),
        U(a_locked_vault_plans_only_to_show),
        U(each_text_of_an_identity_is_hashed),
        U(a_profile_may_want_the_old_endpoint),
        U(every_input_changes_the_key),
        U(nothing_else_does),
        U(one_session_serves_all),
        U(no_byte_moves_from_one_field_to_the_next),
        U(a_copy_outlives_what_it_was_made_of),
    };
    return cmocka_run_group_tests(tests, start, end_all);
}
