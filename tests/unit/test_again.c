/* A request that comes once more: when it needs no plan, and all that makes it need one. To be
 * wrong here is to hand out another account's credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/broker_impl.h"
#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define ROLE "account = 222222222222\nrole = Admin\n"
#define CONFIG "[source main]\n[dest prod]\n" ROLE "region = eu-west-1\nlabel = careful\n"
#define HOUR_S 3600

static struct asker a;

static bool again(const char *request)
{
    struct xa_handout ignored;
    return xa_broker_recall(kit.broker, xa_slice_of(request), &ignored);
}

/* Asks in these bytes until it is answered from what is held. */
static void had(const char *request, const struct xa_wish *wish)
{
    a.request = xa_slice_of(request);
    while (ask_for(&a, wish) == XA_WILL_ANSWER) {
        struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", HOUR_S);
        kit_answer(&record);
    }
    assert_int_equal(a.outlook, XA_ANSWERED);
}

static void had_prod(void)
{
    had("prod", &(struct xa_wish){ .name = xa_slice_of("prod") });
}

static int start(void **state)
{
    if (kit_start(state) != 0)
        return 1;
    a = (struct asker){ 0 };
    kit_configure(CONFIG);
    had_prod();
    return 0;
}

static int end(void **state)
{
    asker_end(&a);
    return kit_end(state);
}

static void the_same_bytes_are_given_the_same(void **state)
{
    (void)state;
    struct xa_handout given;
    assert_true(xa_broker_recall(kit.broker, xa_slice_of("prod"), &given));
    assert_true(xa_slice_is(given.issued->access_key_id, a.key_id));
    assert_true(xa_slice_is(given.name, "prod"));
    assert_true(xa_slice_is(given.account, KIT_ACCOUNT));
    assert_true(xa_slice_is(given.region, "eu-west-1"));
    assert_true(xa_slice_is(given.label, "careful"));
    assert_int_equal(given.why.len, 0);
    assert_false(again("prod2"));
    assert_false(again("pro"));
    assert_false(again(""));
    assert_int_equal(kit.n_sent, 1);
}

static void what_is_not_as_wished_is_said_again(void **state)
{
    (void)state;
    struct xa_handout given;
    kit_configure("[source main]\n[dest prod]\nsource = hub\n" ROLE "duration = 2h\n"
                  "[dest hub]\naccount = 222222222222\nrole = Admin\n");
    had_prod();
    assert_true(xa_broker_recall(kit.broker, xa_slice_of("prod"), &given));
    assert_non_null(memmem(given.why.at, given.why.len, "1h at most", 10));
}

static void another_configuration_is_another_plan(void **state)
{
    (void)state;
    assert_true(again("prod"));
    kit_configure("[source main]\n[dest prod]\naccount = 333333333333\nrole = Admin\n");
    assert_false(again("prod"));
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
}

static void and_so_are_other_profiles(void **state)
{
    (void)state;
    kit_profiles("[profile prod]\nrole_arn = arn:aws:iam::333333333333:role/Admin\n"
                 "source_profile = main\n");
    assert_false(again("prod"));
}

static void a_configuration_that_is_refused_changes_nothing(void **state)
{
    (void)state;
    kit_configure("[source main]\n[dest prod]\nacount = 333333333333\n");
    assert_true(again("prod"));
    kit_configure(CONFIG "# as it was\n");
    assert_false(again("prod"));
}

static void a_locked_vault_gives_nothing(void **state)
{
    (void)state;
    struct xa_error err;
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, true);
    assert_false(again("prod"));
    assert_true(kit_unlock(kit.vault, "first", &err));
    assert_false(again("prod"));       /* other keys may have the sources' names */
    had_prod();
    assert_true(again("prod"));
    assert_int_equal(kit.n_sent, 1);
}

static void another_key_in_the_vault_is_another_plan(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_vault_job *job = xa_vault_begin_remove(kit.vault, xa_slice_of("other"), &err);
    assert_non_null(job);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &err));
    assert_false(again("prod"));
}

static void what_aws_teaches_is_planned_with(void **state)
{
    (void)state;
    xa_learned_note_limit(kit.broker->learned, xa_slice_of("arn:aws:iam::222222222222:role/X"), 900);
    assert_false(again("prod"));
}

/* Not at the next request: nothing of it stays in memory. */
static void a_lock_forgets_what_was_kept(void **state)
{
    (void)state;
    assert_true(again("prod"));
    xa_recall_forget(kit.broker->recall);
    assert_false(again("prod"));
}

static void what_ends_soon_is_not_given(void **state)
{
    (void)state;
    kit_pass_ms((HOUR_S - 1200) * 1000LL);
    had("longer", &(struct xa_wish){ .name = xa_slice_of("prod"), .min_left_s = 600 });
    kit_pass_ms((1200 - 930) * 1000LL);
    assert_true(again("prod"));
    assert_true(again("longer"));
    kit_pass_ms(1);
    assert_false(again("prod"));
    assert_true(again("longer"));
    kit_pass_ms((930 - 600) * 1000LL - 1);
    assert_true(again("longer"));
    kit_pass_ms(1);
    assert_false(again("longer"));
}

static void what_was_forgotten_is_not_given(void **state)
{
    (void)state;
    xa_broker_forget(kit.broker, xa_slice_of("prod"));
    assert_false(again("prod"));
}

static void what_is_not_renewed_is_asked_for_in_full(void **state)
{
    (void)state;
    xa_renewal_forget_all(kit.broker->renewal);
    assert_false(again("prod"));
    had_prod();
    assert_true(again("prod"));
}

/* Else what a chain hangs on would be taken for idle, and be the first to go. */
static void the_whole_way_is_in_use(void **state)
{
    (void)state;
    kit_configure("[source main]\n[dest prod]\nsource = hub\n" ROLE
                  "[dest hub]\naccount = 222222222222\nrole = Admin\n");
    had_prod();
    const struct xa_plan *plan = &kit.broker->plan;
    assert_int_equal(plan->n, 3);
    kit_pass_ms(5000);
    assert_true(again("prod"));
    for (size_t i = 1; i < plan->n; i++)
        assert_int_equal(xa_cache_used_ms(kit.broker->cache, plan->hops[i].key), kit.boot_ms);
}

static void a_long_way_is_never_kept(void **state)
{
    (void)state;
    kit_configure("[source main]\n[dest d1]\n" ROLE "[dest d2]\n" ROLE "source = d1\n[dest d3]\n" ROLE
                  "source = d2\n[dest d4]\n" ROLE "source = d3\n");
    had("three", &(struct xa_wish){ .name = xa_slice_of("d3") });
    assert_true(again("three"));
    had("four", &(struct xa_wish){ .name = xa_slice_of("d4") });
    assert_false(again("four"));
}

static void nor_one_with_a_code(void **state)
{
    (void)state;
    had("coded", &(struct xa_wish){ .name = xa_slice_of("prod"), .mfa_code = xa_slice_of("123456") });
    assert_false(again("coded"));
}

static void nor_a_policy_that_stands_in_a_file(void **state)
{
    (void)state;
    char path[4300];
    snprintf(path, sizeof path, "%s/policy.json", kit_dir);
    kit_write_file(path, (const uint8_t *)"{}", 2);
    kit_configure("[source main]\n[dest prod]\n" ROLE "policy = file://policy.json\n");
    had_prod();
    assert_false(again("prod"));
}

static void nor_what_a_program_printed(void **state)
{
    (void)state;
    struct xa_error err;
    const struct xa_foreign foreign = { .access_key_id = xa_slice_of("ASIAFOREIGNEXAMPLE00"),
                                        .secret = xa_slice_of("foreign+secret"),
                                        .token = xa_slice_of("foreign/token"),
                                        .expires_at = (uint64_t)kit.wall_s + 7200 };
    kit_configure("[source corp]\ncredential_process = corp\n[dest prod]\n" ROLE "source = corp\n");
    a.person = true;
    assert_int_equal(ask(&a, "prod"), XA_ASKS);
    assert_true(xa_broker_give_foreign(kit.broker, a.question, &foreign, &err));
    had_prod();
    assert_false(again("prod"));
}

/* --- turns ------------------------------------------------------------------------- */

static uint64_t turn;

static uint64_t turn_now(void *ctx)
{
    (void)ctx;
    return turn;
}

static void files_are_looked_at_once_a_turn(void **state)
{
    (void)state;
    turn = 7;
    kit.broker->setup.clock.turn = turn_now;
    assert_true(again("prod"));
    kit_configure("[source main]\n");
    assert_true(again("prod"));
    turn++;
    assert_false(again("prod"));
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    kit_profiles("[profile prod]\nrole_arn = arn:aws:iam::333333333333:role/Admin\n"
                 "source_profile = main\n");
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    turn++;
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(the_same_bytes_are_given_the_same),
        T(what_is_not_as_wished_is_said_again),
        T(another_configuration_is_another_plan),
        T(and_so_are_other_profiles),
        T(a_configuration_that_is_refused_changes_nothing),
        T(a_locked_vault_gives_nothing),
        T(another_key_in_the_vault_is_another_plan),
        T(what_aws_teaches_is_planned_with),
        T(a_lock_forgets_what_was_kept),
        T(what_ends_soon_is_not_given),
        T(what_was_forgotten_is_not_given),
        T(what_is_not_renewed_is_asked_for_in_full),
        T(the_whole_way_is_in_use),
        T(a_long_way_is_never_kept),
        T(nor_one_with_a_code),
        T(nor_a_policy_that_stands_in_a_file),
        T(nor_what_a_program_printed),
        T(files_are_looked_at_once_a_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
