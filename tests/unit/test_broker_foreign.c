/* Credentials that a foreign credential_process printed: asked for, checked, used as
 * long as they live, and never renewed without a client (design.md, section 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define CONFIG                                                                               \
    "[source tool]\ncredential_process = /bin/tool\nregion = eu-west-1\n"                     \
    "[dest prod]\naccount = 222222222222\nrole = Admin\nsource = tool\nduration = 2h\n"

static struct xa_foreign foreign(uint64_t life_s)
{
    return (struct xa_foreign){
        .access_key_id = xa_slice_of("ASIAFOREIGN000000001"),
        .secret = xa_slice_of("foreign/secret"),
        .token = xa_slice_of("foreign/token"),
        .expires_at = life_s > 0 ? (uint64_t)kit.wall_s + life_s : 0,
    };
}

static bool give(struct asker *a, const struct xa_foreign *f)
{
    struct xa_error err = { 0 };
    bool ok = xa_broker_give_foreign(kit.broker, a->question, f, &err);
    asker_keep(a, NULL, &err);
    return ok;
}

static bool body_has(const char *text)
{
    struct xa_slice body = kit.calls->request.body;
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

static void answer_good(uint32_t life_s)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", life_s);
    kit_answer(&record);
}

static void they_are_asked_for_and_sign(void **state)
{
    (void)state;
    struct asker a = { 0 }, b = { 0 };
    const struct xa_foreign f = foreign(3600);
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_int_equal(ask(&b, "tool"), XA_ASKS);
    assert_int_equal(a.question->kind, XA_NEED_FOREIGN);
    assert_string_equal(a.question->source, "tool");
    assert_string_equal(a.question->name, "prod");
    assert_memory_equal(a.question->id, b.question->id, 32);
    assert_true(give(&a, &f));
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_true(body_has("Action=AssumeRole") && body_has("DurationSeconds=3600"));
    assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"),
                        "foreign/token");
    assert_non_null(strstr(kit_header(&kit.calls->request, "Authorization"),
                           "Credential=ASIAFOREIGN000000001/"));
    answer_good(3600);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(ask(&b, "tool"), XA_ANSWERED);      /* temporary: handed out as they are */
    assert_string_equal(b.key_id, "ASIAFOREIGN000000001");
    assert_int_equal(b.expires_at, kit.wall_s + 3600);
    assert_int_equal(kit.n_sent, 1);
}

static void a_long_lived_key_makes_a_session(void **state)
{
    (void)state;
    struct asker a = { 0 };
    struct xa_foreign f = foreign(0);
    f.token = (struct xa_slice){ 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "tool"), XA_ASKS);
    assert_true(give(&a, &f));
    assert_int_equal(ask(&a, "tool"), XA_WILL_ANSWER);
    assert_true(body_has("Action=GetSessionToken"));
    assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    struct xa_record record = kit_session(43200);
    kit_answer(&record);
    assert_int_equal(a.code, XA_OK);
    assert_string_not_equal(a.key_id, "ASIAFOREIGN000000001");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);      /* no chaining: no hour's limit */
    assert_true(body_has("DurationSeconds=7200"));
    answer_good(7200);
    assert_int_equal(a.code, XA_OK);
}

/* One defect each; life_s as it was asked, and as it is kept. */
static void each_field_is_checked(void **state)
{
    (void)state;
    static const struct { const char *id, *secret, *token; } bad[] = {
        { "", "s", "t" },           { "ASIAFOREIGN0001", "s", "t" },
        { "ASIA-FOREIGN-0000001", "s", "t" }, { "ASIAFOREIGN000000001", "", "t" },
        { "ASIAFOREIGN000000001", "a b", "t" }, { "ASIAFOREIGN000000001", "s", "t\n" },
    };
    static const struct { int64_t life_s, kept_s; } lives[] = {
        { -1, 0 }, { 1, 1 }, { 129600, 129600 }, { 129601, 129600 }, { 10 * 366 * 86400LL, 129600 },
    };
    struct asker a = { 0 }, b = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "tool"), XA_ASKS);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct xa_foreign f = { xa_slice_of(bad[i].id), xa_slice_of(bad[i].secret),
                                      xa_slice_of(bad[i].token), 0 };
        assert_false(give(&a, &f));
        assert_int_equal(a.code, XA_USAGE);
        assert_null(strstr(a.message, "ASIA"));
    }
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        struct xa_foreign f = foreign(1);
        f.expires_at = (uint64_t)(kit.wall_s + lives[i].life_s);
        assert_int_equal(give(&a, &f), lives[i].kept_s > 0);
        if (lives[i].kept_s == 0)
            continue;
        assert_int_equal(ask(&b, "tool"), XA_ANSWERED);
        assert_int_equal(b.good_until_ms, kit.boot_ms + lives[i].kept_s * 1000);
        assert_int_equal(b.expires_at, kit.wall_s + lives[i].kept_s);
    }
    struct xa_foreign f = foreign(0);                    /* no end told: 15 minutes */
    assert_true(give(&a, &f));
    assert_int_equal(ask(&b, "tool"), XA_ANSWERED);
    assert_int_equal(b.good_until_ms, kit.boot_ms + 900 * 1000);
    f.expires_at = 1;                                    /* 1970 */
    assert_false(give(&a, &f));
    assert_int_equal(a.code, XA_USAGE);
    asker_end(&a);
    asker_end(&b);
}

/* The request that asked comes again as it was, and is not asked for ever. */
static void who_wishes_for_more_is_asked_once(void **state)
{
    (void)state;
    static const uint32_t lives_s[] = { 30, 59, 900 };
    const struct xa_wish wishes[] = {
        { .name = xa_slice_of("tool"), .refresh = true },
        { .name = xa_slice_of("tool"), .min_left_s = 3000 },
        { .name = xa_slice_of("prod"), .refresh = true },
    };
    kit_configure(CONFIG);
    for (size_t i = 0; i < 9; i++) {
        struct asker a = { 0 };
        kit_pass_ms(3600 * 1000);
        const struct xa_foreign f = foreign(lives_s[i / 3]);
        assert_int_equal(ask_for(&a, &wishes[i % 3]), XA_ASKS);
        assert_true(give(&a, &f));
        assert_int_equal(ask_for(&a, &wishes[i % 3]), i % 3 == 2 ? XA_WILL_ANSWER : XA_ANSWERED);
        if (i % 3 == 2)
            answer_good(3600);
        assert_int_equal(a.code, XA_OK);
    }
}

static void nobody_is_asked_in_the_background(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_foreign f = foreign(2400);
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_true(give(&a, &f));
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good(3600);
    kit_pass_ms(3599 * 1000);
    assert_int_equal(kit.n_sent, 1);
    kit_pass_ms(2000);
    assert_int_equal(xa_arena_used(kit.arena), 0);       /* and what expired is wiped */
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    asker_end(&a);
}

static void they_are_wiped_at_their_end(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_foreign f = foreign(2400);
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "tool"), XA_ASKS);
    assert_true(give(&a, &f));
    kit_pass_ms(2400 * 1000 - 1);
    assert_true(xa_arena_used(kit.arena) > 0);
    kit_pass_ms(1);
    assert_int_equal(xa_arena_used(kit.arena), 0);
    asker_end(&a);
}

/* AWS knows them no more before their time: they are asked for again. */
static void what_aws_knows_no_more_is_asked_for_again(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_foreign f = foreign(7200);
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_true(give(&a, &f));
    kit.boot_ms += 60000;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    struct xa_record record = kit_error(403, "ExpiredToken", "");
    kit_answer(&record);
    assert_true(a.plan_again);
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    asker_end(&a);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(they_are_asked_for_and_sign),
        T(a_long_lived_key_makes_a_session),
        T(each_field_is_checked),
        T(who_wishes_for_more_is_asked_once),
        T(nobody_is_asked_in_the_background),
        T(they_are_wiped_at_their_end),
        T(what_aws_knows_no_more_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
