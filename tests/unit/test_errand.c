/* Errands: whose token answers whom, and what a lock, forget and a lost patience do to one
 * that is under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/errand.h"
#include "tests/lib/broker_kit.h"

#define CONFIG \
    "[source main]\nregion = us-east-1\n[dest prod]\naccount = " KIT_ACCOUNT "\nrole = Admin\n" \
    "region = us-east-1\n"

struct runner {
    struct xa_errand *errand;
    enum xa_outlook outlook;
    unsigned n_done;
    enum xa_code code;
    char token[4096];
    bool fresh;
};

static void keep(struct runner *r, const struct xa_errand_result *result,
                 const struct xa_error *err)
{
    r->code = result != NULL ? XA_OK : err->code;
    r->token[0] = '\0';
    if (result == NULL)
        return;
    assert_true(xa_slice_copy(result->token, r->token, sizeof r->token));
    r->fresh = result->fresh;
}

static void on_done(void *ctx, const struct xa_errand_result *result, const struct xa_error *err)
{
    struct runner *r = ctx;
    r->n_done++;
    keep(r, result, err);
}

static enum xa_outlook run(struct runner *r, const struct xa_errand_order *order,
                           const struct xa_wish *wish)
{
    struct xa_errand_result result;
    struct xa_question *question = NULL;
    struct xa_error err = { 0 };
    const struct xa_ask ask = { .wish = wish };
    xa_errand_free(&r->errand);
    *r = (struct runner){ .code = XA_INTERNAL };
    r->errand = xa_errand_new(kit.broker, order, &err);
    assert_non_null(r->errand);
    r->outlook = xa_errand_begin(r->errand, &ask, on_done, r, &result, &question, &err);
    if (r->outlook == XA_ANSWERED || r->outlook == XA_FAILED)
        keep(r, r->outlook == XA_ANSWERED ? &result : NULL, &err);
    return r->outlook;
}

static const struct xa_wish prod = { .name = { (const uint8_t *)"prod", 4 } };
static const struct xa_errand_order ecr = { .kind = XA_ERRAND_ECR };
static const struct xa_errand_order console = { .kind = XA_ERRAND_CONSOLE };

static void issue(void)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    kit_answer(&record);
}

/* "AWS:secret" in base64, for twelve hours. */
static struct xa_record registry(void)
{
    return (struct xa_record){
        .outcome = XA_OUTCOME_ANSWERED, .status = 200, .date_s = kit.wall_s,
        .token = xa_slice_of("QVdTOnNlY3JldA=="), .expires_at = kit.wall_s + 12 * 3600,
        .registry = xa_slice_of("https://" KIT_ACCOUNT ".dkr.ecr.us-east-1.amazonaws.com"),
    };
}

static void ecr_s_token_is_kept(void **state)
{
    (void)state;
    struct runner r = { 0 };
    const struct xa_record record = registry();
    const struct xa_wish anew = { .name = prod.name, .refresh = true };
    const struct xa_wish long_enough = { .name = prod.name, .min_left_s = 600 };
    kit_configure(CONFIG);
    assert_int_equal(run(&r, &ecr, &prod), XA_WILL_ANSWER);
    issue();
    assert_true(xa_slice_is(kit.calls->request.url, "https://api.ecr.us-east-1.amazonaws.com"));
    kit_answer(&record);
    assert_int_equal(r.code, XA_OK);
    assert_string_equal(r.token, "secret");
    assert_true(r.fresh);
    assert_int_equal(run(&r, &ecr, &prod), XA_ANSWERED);
    assert_string_equal(r.token, "secret");
    assert_false(r.fresh);
    assert_int_equal(run(&r, &ecr, &long_enough), XA_ANSWERED);
    assert_int_equal(run(&r, &ecr, &anew), XA_WILL_ANSWER);
    xa_errand_free(&r.errand);
}

static void what_comes_after_a_lock_is_nobody_s(void **state)
{
    (void)state;
    static const struct xa_errand_order *const orders[] = { &ecr, &console };
    struct runner r = { 0 };
    kit_configure(CONFIG);
    for (size_t i = 0; i < 2; i++) {
        const struct xa_record record = registry();
        assert_int_equal(run(&r, orders[i], &prod), XA_WILL_ANSWER);
        issue();
        xa_broker_locked(kit.broker, false);
        kit_answer(&record);
        assert_int_equal(r.n_done, 1);
        assert_int_equal(r.code, XA_LOCKED);
        assert_int_equal(run(&r, orders[i], &prod), XA_WILL_ANSWER);     /* kept was nothing */
        issue();
        assert_int_equal(r.n_done, 0);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
        xa_errand_free(&r.errand);
    }
}

/* It was asked for before: given, and not kept. */
static void what_comes_after_forget_is_not_kept(void **state)
{
    (void)state;
    struct runner r = { 0 };
    const struct xa_record record = registry();
    kit_configure(CONFIG);
    assert_int_equal(run(&r, &ecr, &prod), XA_WILL_ANSWER);
    issue();
    xa_broker_forget(kit.broker, prod.name);
    kit_answer(&record);
    assert_int_equal(r.code, XA_OK);
    assert_int_equal(run(&r, &ecr, &prod), XA_WILL_ANSWER);
    xa_errand_free(&r.errand);
}

static void each_cluster_and_region_has_its_own(void **state)
{
    (void)state;
    const struct xa_errand_order web = { .kind = XA_ERRAND_EKS, .cluster = xa_slice_of("web") };
    const struct xa_errand_order db = { .kind = XA_ERRAND_EKS, .cluster = xa_slice_of("db") };
    const struct xa_wish west = { .name = prod.name, .region = xa_slice_of("us-west-2") };
    struct runner r = { 0 };
    char first[sizeof r.token];
    kit_configure(CONFIG);
    assert_int_equal(run(&r, &web, &prod), XA_WILL_ANSWER);
    issue();
    memcpy(first, r.token, sizeof first);
    kit_pass_ms(2000);                       /* signed at another second */
    assert_int_equal(run(&r, &web, &prod), XA_ANSWERED);
    assert_string_equal(r.token, first);
    assert_false(r.fresh);
    assert_int_equal(run(&r, &db, &prod), XA_ANSWERED);
    assert_true(r.fresh);
    assert_int_equal(run(&r, &web, &west), XA_ANSWERED);
    assert_true(r.fresh);
    xa_errand_free(&r.errand);
}

static void one_that_ends_sooner_than_wished_is_made_anew(void **state)
{
    (void)state;
    const struct xa_errand_order web = { .kind = XA_ERRAND_EKS, .cluster = xa_slice_of("web") };
    const struct xa_wish wish = { .name = prod.name, .min_left_s = 600 };
    struct runner r = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(run(&r, &web, &prod), XA_WILL_ANSWER);
    issue();
    kit_pass_ms(200 * 1000);
    assert_int_equal(run(&r, &web, &wish), XA_ANSWERED);
    assert_false(r.fresh);
    kit_pass_ms(60 * 1000);                  /* 580 s are left */
    assert_int_equal(run(&r, &web, &prod), XA_ANSWERED);
    assert_false(r.fresh);
    assert_int_equal(run(&r, &web, &wish), XA_ANSWERED);
    assert_true(r.fresh);
    xa_errand_free(&r.errand);
}

/* The hosts that facts 3 knows: STS has them, ECR's are not known. */
static void fips_is_not_passed_over(void **state)
{
    (void)state;
    const struct xa_errand_order web = { .kind = XA_ERRAND_EKS, .cluster = xa_slice_of("web") };
    static const char start[] = "k8s-aws-v1.aHR0cHM6Ly9zdHMtZmlwcy51cy1lYXN0LTE";
    struct runner r = { 0 };               /* https://sts-fips.us-east-1 */
    kit_configure(CONFIG "use_fips_endpoint = yes\n");
    assert_int_equal(run(&r, &web, &prod), XA_WILL_ANSWER);
    issue();
    assert_int_equal(r.code, XA_OK);
    assert_memory_equal(r.token, start, sizeof start - 1);
    assert_int_equal(run(&r, &ecr, &prod), XA_FAILED);
    assert_int_equal(r.code, XA_BAD_CONFIG);
    xa_errand_free(&r.errand);
}

/* Held credentials, once patience is over (N13): they make a token, but start no call that
 * nobody waits for any more. */
static void patience_over(void **state)
{
    (void)state;
    const struct xa_errand_order web = { .kind = XA_ERRAND_EKS, .cluster = xa_slice_of("web") };
    const struct xa_wish anew = { .name = prod.name, .refresh = true };
    struct xa_errand_result result;
    struct xa_error err;
    struct runner r = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(run(&r, &web, &prod), XA_WILL_ANSWER);
    issue();
    assert_int_equal(run(&r, &web, &anew), XA_WILL_ANSWER);
    assert_int_equal(xa_errand_settle(r.errand, &result, &err), XA_ANSWERED);
    assert_true(result.token.len > 0);
    xa_errand_free(&r.errand);
    assert_int_equal(run(&r, &ecr, &anew), XA_WILL_ANSWER);
    unsigned sent = kit.n_sent;
    assert_int_equal(xa_errand_settle(r.errand, &result, &err), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, sent);
    xa_errand_free(&r.errand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ecr_s_token_is_kept, kit_start, kit_end),
        cmocka_unit_test_setup_teardown(what_comes_after_a_lock_is_nobody_s, kit_start, kit_end),
        cmocka_unit_test_setup_teardown(what_comes_after_forget_is_not_kept, kit_start, kit_end),
        cmocka_unit_test_setup_teardown(each_cluster_and_region_has_its_own, kit_start, kit_end),
        cmocka_unit_test_setup_teardown(one_that_ends_sooner_than_wished_is_made_anew, kit_start,
                                        kit_end),
        cmocka_unit_test_setup_teardown(fips_is_not_passed_over, kit_start, kit_end),
        cmocka_unit_test_setup_teardown(patience_over, kit_start, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
