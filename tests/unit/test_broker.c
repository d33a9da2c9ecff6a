/* Name to credentials: one call for any number of callers, what is sent, what is
 * refused (design.md, section 3; security N5, N7, N10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define SOURCE "[source main]\n"
#define ROLE "account = 222222222222\nrole = Admin\n"
#define CONFIG SOURCE "[dest prod]\n" ROLE

static void answer_good(void)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    kit_answer(&record);
}

/* --- what is sent ---------------------------------------------------------------- */

static void check_signature(const struct xa_request *request, const char *host, const char *path,
                            const char *region)
{
    const struct xa_sigv4_header headers[] = {
        { xa_slice_of("content-type"),
          xa_slice_of("application/x-www-form-urlencoded; charset=utf-8") },
        { xa_slice_of("host"), xa_slice_of(host) },
    };
    const struct xa_sigv4_request signed_request = {
        .method = xa_slice_of("POST"),
        .path = xa_slice_of(path),
        .headers = headers,
        .n_headers = 2,
        .body = request->body,
        .region = xa_slice_of(region),
        .service = xa_slice_of("sts"),
        .time_s = kit.wall_s,
    };
    const struct xa_sigv4_key key = { xa_slice_of(KIT_KEY_ID), xa_slice_of(KIT_SECRET), { 0 } };
    struct xa_sigv4_signature wanted;
    struct xa_error err;
    assert_true(xa_sigv4_sign(&key, &signed_request, &wanted, &err));
    assert_int_equal(request->n_headers, 3);
    assert_string_equal(kit_header(request, "Authorization"), wanted.authorization);
    assert_string_equal(kit_header(request, "X-Amz-Date"), wanted.amz_date);
    assert_string_equal(kit_header(request, "Content-Type"),
                        "application/x-www-form-urlencoded; charset=utf-8");
    assert_string_equal(kit_header(request, "X-Amz-Security-Token"), "");
}

static void the_request_is_whole_and_signed(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(
        SOURCE
        "region = eu-west-1\nca_bundle = /etc/own.pem\nproxy = http://p:1\n"
        "[dest prod]\naccount = 222222222222\nrole = x/Admin\nexternal_id = a:b/c\n"
        "duration = 2h\nregion = us-west-2\n");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    const struct xa_request *q = &kit.calls->request;
    assert_true(xa_slice_is(q->method, "POST"));
    assert_true(xa_slice_is(q->url, "https://sts.eu-west-1.amazonaws.com"));
    assert_true(xa_slice_is(
        q->body,
        "Action=AssumeRole&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2Fx%2FAdmin&RoleSessionName=alice"
        "&DurationSeconds=7200&ExternalId=a%3Ab%2Fc"));
    assert_true(xa_slice_is(q->ca_bundle, "/etc/own.pem"));
    assert_true(xa_slice_is(q->proxy, "http://p:1"));
    assert_int_equal(q->answer, XA_ANSWER_ASSUME_ROLE);
    assert_int_equal(q->timeout_ms, 10000);
    assert_false(q->once);
    check_signature(q, "sts.eu-west-1.amazonaws.com", "/", "eu-west-1");
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 7200);
    kit_answer(&record);
    assert_int_equal(a.code, XA_OK);
    assert_true(a.fresh);
    assert_string_equal(a.region, "us-west-2");
    assert_int_equal(a.expires_at, kit.wall_s + 7200);
}

static void read_only_is_a_policy_of_aws_s(void **state)
{
    (void)state;
    struct asker a = { 0 };
    const struct xa_wish wish = { .name = xa_slice_of("prod"), .readonly = true };
    const char sent[] = "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F"
                        "ReadOnlyAccess";
    kit_configure(CONFIG);
    assert_int_equal(ask_for(&a, &wish), XA_WILL_ANSWER);
    struct xa_slice body = kit.calls->request.body;
    assert_non_null(memmem(body.at, body.len, sent, sizeof sent - 1));
    answer_good();
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);      /* what may more is another's */
    answer_good();
}

static void an_endpoint_s_path_and_port_are_signed(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(SOURCE "endpoint_url = http://127.0.0.1:9000/sts/v1\n[dest prod]\n" ROLE);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    check_signature(&kit.calls->request, "127.0.0.1:9000", "/sts/v1", "us-east-1");
    answer_good();
    assert_int_equal(a.code, XA_OK);
}

/* --- one call -------------------------------------------------------------------- */

static void a_thousand_callers_cost_one_call(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct asker *all = calloc(N, sizeof *all), late = { 0 };
    kit_configure(CONFIG);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(ask(&all[i], "prod"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    answer_good();
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(all[i].n_done, 1);
        assert_int_equal(all[i].code, XA_OK);
        assert_string_equal(all[i].key_id, all[0].key_id);
        assert_null(all[i].waiter.fetch);
    }
    assert_int_equal(ask(&late, "prod"), XA_ANSWERED);
    assert_string_equal(late.key_id, all[0].key_id);
    assert_false(late.fresh);
    assert_int_equal(kit.n_sent, 1);
    free(all);
}

static void what_is_not_at_hand_is_not_fetched(void **state)
{
    (void)state;
    struct asker now = { .at_hand = true }, a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&now, "prod"), XA_FAILED);
    assert_int_equal(now.code, XA_NOT_ASKED);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask(&now, "prod"), XA_FAILED);        /* nor waited for */
    assert_int_equal(now.code, XA_NOT_ASKED);
    answer_good();
    assert_int_equal(ask(&now, "prod"), XA_ANSWERED);
    assert_string_equal(now.key_id, a.key_id);
    assert_int_equal(now.n_done, 0);
    assert_int_equal(kit.n_sent, 1);
}

static void a_hundred_roles_cost_a_hundred_calls(void **state)
{
    (void)state;
    enum { ROLES = 100, CALLERS = 100 };
    struct asker *all = calloc(ROLES * CALLERS, sizeof *all);
    char *config = malloc(ROLES * 100), name[16];
    size_t len = (size_t)snprintf(config, ROLES * 100, SOURCE);
    for (unsigned r = 0; r < ROLES; r++)
        len += (size_t)snprintf(config + len, ROLES * 100 - len,
                                "[dest d%u]\naccount = 222222222222\nrole = r%u\n", r, r);
    kit_configure(config);
    free(config);
    for (unsigned i = 0; i < ROLES * CALLERS; i++) {
        snprintf(name, sizeof name, "d%u", i % ROLES);
        assert_int_equal(ask(&all[i], name), XA_WILL_ANSWER);
    }
    assert_int_equal(kit.n_sent, ROLES);
    for (unsigned r = 0; r < ROLES; r++) {
        snprintf(name, sizeof name, "r%u", r);
        struct xa_record record = kit_issue(KIT_ACCOUNT, name, 3600);
        kit_answer(&record);
    }
    for (unsigned i = 0; i < ROLES * CALLERS; i++) {
        assert_int_equal(all[i].n_done, 1);
        assert_int_equal(all[i].code, XA_OK);
        assert_string_equal(all[i].key_id, all[i % ROLES].key_id);
        assert_true(i == 0 || i >= ROLES || strcmp(all[i].key_id, all[i - 1].key_id) != 0);
    }
    assert_int_equal(kit.n_sent, ROLES);
    assert_int_equal(xa_broker_count(kit.broker), ROLES);
    free(all);
}

/* What is handed out beside the credentials is each caller's own. */
static void callers_of_one_call_keep_what_is_theirs(void **state)
{
    (void)state;
    struct asker plain = { 0 }, other_region = { 0 }, alias = { 0 }, later = { 0 };
    kit_configure(CONFIG "region = us-west-1\nlabel = red\n[dest same]\n" ROLE
                         "region = us-west-2\n");
    const struct xa_wish wish = { .name = xa_slice_of("prod"),
                                  .region = xa_slice_of("ap-south-1") };
    assert_int_equal(ask(&plain, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask_for(&other_region, &wish), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    answer_good();
    assert_string_equal(plain.region, "us-west-1");
    assert_string_equal(plain.name, "prod");
    assert_string_equal(plain.label, "red");
    assert_string_equal(other_region.region, "ap-south-1");
    assert_int_equal(ask_for(&later, &wish), XA_ANSWERED);
    assert_string_equal(later.region, "ap-south-1");
    assert_int_equal(kit.n_sent, 1);

    /* Another name of the same role is forgotten by that name, so it is held by it. */
    assert_int_equal(ask(&alias, "same"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 2);
    answer_good();
    assert_string_equal(alias.region, "us-west-2");
    assert_string_equal(alias.name, "same");
    assert_string_equal(alias.label, "");
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("prod")), 1);
    assert_int_equal(ask(&later, "same"), XA_ANSWERED);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("same")), 1);
}

static void another_wish_is_another_call(void **state)
{
    (void)state;
    struct asker a[5] = { 0 };
    struct xa_wish wish = { .name = xa_slice_of("prod") };
    kit_configure(CONFIG "[source other]\n");
    assert_int_equal(ask_for(&a[0], &wish), XA_WILL_ANSWER);
    wish.duration_s = 900;
    assert_int_equal(ask_for(&a[1], &wish), XA_WILL_ANSWER);
    wish.session_name = xa_slice_of("bob");
    assert_int_equal(ask_for(&a[2], &wish), XA_WILL_ANSWER);
    wish.external_id = xa_slice_of("xx");
    assert_int_equal(ask_for(&a[3], &wish), XA_WILL_ANSWER);
    wish.source = xa_slice_of("other");
    assert_int_equal(ask_for(&a[4], &wish), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 5);
    for (unsigned i = 0; i < 5; i++) {
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", i == 0 ? 3600 : 900);
        kit_answer(&record);
        assert_int_equal(a[i].code, XA_OK);
    }
    assert_int_equal(xa_broker_count(kit.broker), 5);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("prod")), 5);
}

/* --- answers that are not taken -------------------------------------------------- */

/* One defect each (N5); the fetch was for 3600 s of Admin in KIT_ACCOUNT. */
enum defect {
    ACCOUNT, ROLE_NAME, ROLE_PATH, NO_SESSION, NO_ARN, SHORT_KEY_ID, NO_KEY_ID, NO_SECRET, NO_TOKEN,
    NO_EXPIRY, EXPIRED, EXPIRED_BEFORE, TOO_LONG, REDIRECT, OTHER_ACTION, N_DEFECTS,
};

static void spoil(struct xa_record *r, enum defect defect)
{
    switch (defect) {
    case ACCOUNT: *r = kit_issue("333333333333", "Admin", 3600); break;
    case ROLE_NAME: *r = kit_issue(KIT_ACCOUNT, "Other", 3600); break;
    case ROLE_PATH: *r = kit_issue(KIT_ACCOUNT, "x/Admin", 3600); break;
    case NO_SESSION: r->role_arn = xa_slice_of("arn:aws:iam::222222222222:role/Admin"); break;
    case NO_ARN: r->role_arn = (struct xa_slice){ 0 }; break;
    case SHORT_KEY_ID: r->access_key_id = xa_slice_of("ASIAEXAMPLE0001"); break;      /* 15 of 16 */
    case NO_KEY_ID: r->access_key_id = (struct xa_slice){ 0 }; break;
    case NO_SECRET: r->secret = (struct xa_slice){ 0 }; break;
    case NO_TOKEN: r->token = (struct xa_slice){ 0 }; break;
    case NO_EXPIRY: r->expires_at = 0; break;
    case EXPIRED: r->expires_at = r->date_s; break;
    case EXPIRED_BEFORE: r->expires_at = r->date_s - 1; break;
    case TOO_LONG: r->expires_at = r->date_s + 3600 + 301; break;
    case REDIRECT: r->status = 302; break;
    case OTHER_ACTION: *r = kit_caller(KIT_ARN); break;
    case N_DEFECTS: break;
    }
}

static void an_answer_with_a_defect_is_not_taken(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (unsigned defect = 0; defect < N_DEFECTS; defect++) {
        enum xa_code judged = defect <= ROLE_PATH ? XA_OTHER_ACCOUNT : XA_BAD_REPLY;
        struct asker a = { 0 }, b = { 0 }, c = { 0 };
        assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
        assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
        spoil(&record, (enum defect)defect);
        kit_answer(&record);
        assert_int_equal(ask(&c, "prod"), XA_FAILED);    /* it would be so again (N12) */
        assert_int_equal(c.code, judged);
        (void)xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
        if (a.code != judged)
            fail_msg("defect %u: %s (%s)", defect, xa_code_name(a.code), a.message);
        assert_int_equal(b.code, a.code);
        assert_int_equal(xa_broker_count(kit.broker), 0);
        assert_int_equal(xa_arena_used(kit.arena), 0);
    }
}

static void a_refusal_is_told_with_aws_s_words(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    struct xa_record record =
        kit_error(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole");
    kit_answer(&record);
    assert_int_equal(a.n_done, 0);
    record = kit_devices("");                        /* there is no device to try a code of */
    kit_answer(&record);
    assert_int_equal(a.code, XA_AWS_REFUSED);
    assert_non_null(strstr(a.message, "AccessDenied: User is not authorized"));
}

static void without_room_nothing_is_handed_out(void **state)
{
    (void)state;
    struct asker a = { 0 };
    void *all = NULL;
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    for (size_t len = xa_arena_size(kit.arena); all == NULL; len -= 16)
        all = xa_arena_take(kit.arena, len);
    answer_good();
    assert_int_equal(a.code, XA_NO_MEMORY);
    xa_arena_give(kit.arena, all);
}

static void what_cannot_be_sent_fails_at_once(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG "duration = 1h\n");
    kit.refuse = true;
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    assert_int_equal(a.code, XA_BUSY);
    assert_null(a.waiter.fetch);
    kit.refuse = false;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good();
    assert_int_equal(ask(&a, "prdo"), XA_FAILED);
    assert_int_equal(a.code, XA_NO_SUCH_NAME);
    for (uint32_t min_left_s = 3599; min_left_s <= 3601; min_left_s++) {
        const struct xa_wish too_much = { .name = xa_slice_of("prod"),
                                          .min_left_s = min_left_s };
        bool good = min_left_s < 3600;
        assert_int_equal(ask_for(&a, &too_much), good ? XA_ANSWERED : XA_FAILED);
        assert_int_equal(a.code, good ? XA_OK : XA_USAGE);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(the_request_is_whole_and_signed),
        T(read_only_is_a_policy_of_aws_s),
        T(an_endpoint_s_path_and_port_are_signed),
        T(a_thousand_callers_cost_one_call),
        T(what_is_not_at_hand_is_not_fetched),
        T(a_hundred_roles_cost_a_hundred_calls),
        T(callers_of_one_call_keep_what_is_theirs),
        T(another_wish_is_another_call),
        T(an_answer_with_a_defect_is_not_taken),
        T(a_refusal_is_told_with_aws_s_words),
        T(without_room_nothing_is_handed_out),
        T(what_cannot_be_sent_fails_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
