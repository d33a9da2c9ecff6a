/* Callers that wait: those that leave, those that do something when they are told,
 * and what locking and forgetting mean for them (security N10, P6). */
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

/* --- waiters that leave, and that do things -------------------------------------- */

static void a_caller_may_leave(void **state)
{
    (void)state;
    enum { N = 300 };
    static struct asker all[N];
    memset(all, 0, sizeof all);
    kit_configure(CONFIG);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(ask(&all[i], "prod"), XA_WILL_ANSWER);
    for (unsigned i = 0; i < N; i += 3) {
        xa_broker_cancel(&all[i].waiter);
        xa_broker_cancel(&all[i].waiter);
    }
    answer_good();
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(all[i].n_done, i % 3 != 0);
}

static void the_call_goes_on_when_all_have_left(void **state)
{
    (void)state;
    struct asker a = { 0 }, b = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    xa_broker_cancel(&b.waiter);
    xa_broker_cancel(&a.waiter);
    assert_int_equal(kit.n_cancelled, 0);
    answer_good();
    assert_int_equal(a.n_done + b.n_done, 0);
    assert_int_equal(ask(&a, "prod"), XA_ANSWERED);
    assert_int_equal(kit.n_sent, 1);
}

static struct asker again, trio[3];

static void ask_again(struct asker *a)
{
    a->then = NULL;
    assert_int_equal(ask(&again, "prod"), a->code == XA_OK ? XA_ANSWERED : XA_WILL_ANSWER);
    assert_int_equal(ask(a, "prod"), again.outlook);
}

static void a_caller_may_ask_again_from_its_done(void **state)
{
    (void)state;
    struct asker a = { .then = ask_again }, b = { 0 };
    memset(&again, 0, sizeof again);
    kit_configure(CONFIG);
    assert_int_equal(ask(&b, "prod"), XA_WILL_ANSWER);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    kit_fail(XA_UNREACHABLE);
    assert_int_equal(a.n_done, 1);
    assert_int_equal(b.code, XA_UNREACHABLE);        /* not drawn into the second call */
    assert_int_equal(kit.n_sent, 2);
    a.then = ask_again;
    answer_good();
    assert_int_equal(a.n_done, 2);
    assert_int_equal(again.code, XA_OK);
    assert_int_equal(a.outlook, XA_ANSWERED);
    assert_int_equal(kit.n_sent, 2);
}

static void cancel_the_others(struct asker *a)
{
    for (unsigned i = 0; i < 3; i++)
        if (&trio[i] != a)
            xa_broker_cancel(&trio[i].waiter);
}

static void forget_all(struct asker *a)
{
    (void)a;
    assert_int_equal(xa_broker_forget(kit.broker, (struct xa_slice){ 0 }), 1);
}

static void lock_all(struct asker *a)
{
    (void)a;
    xa_broker_locked(kit.broker, false);
}

static void lock_but_keep(struct asker *a)
{
    (void)a;
    xa_broker_locked(kit.broker, true);
}

/* Whoever is told first does something; what are the other two told? */
static const struct {
    void (*then)(struct asker *);
    unsigned n_done;
    enum xa_code code;
} deeds[] = {
    { cancel_the_others, 1, XA_INTERNAL },
    { forget_all, 3, XA_BUSY },
    { lock_all, 3, XA_LOCKED },
    { lock_but_keep, 3, XA_LOCKED },
};

static void (*deed)(struct asker *);
static bool first;

static void only_the_first(struct asker *a)
{
    if (first) {
        first = false;
        deed(a);
    }
}

static void what_a_done_does_reaches_the_others(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        unsigned n_done = 0, n_ok = 0;
        memset(trio, 0, sizeof trio);
        for (unsigned j = 0; j < 3; j++)
            assert_int_equal(ask(&trio[j], "prod"), XA_WILL_ANSWER);
        first = true;
        for (unsigned j = 0; j < 3; j++)
            trio[j].then = only_the_first;
        deed = deeds[i].then;
        answer_good();
        for (unsigned j = 0; j < 3; j++) {
            n_done += trio[j].n_done;
            n_ok += trio[j].code == XA_OK;
            assert_true(trio[j].code == XA_OK || trio[j].code == deeds[i].code);
        }
        assert_int_equal(n_done, deeds[i].n_done);
        assert_int_equal(n_ok, 1);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

/* --- locking and forgetting ------------------------------------------------------ */

static void a_lock_ends_what_is_under_way(void **state)
{
    (void)state;
    enum { N = 50 };
    static struct asker all[N];
    for (unsigned keep = 0; keep < 2; keep++) {
        struct asker held = { 0 };
        memset(all, 0, sizeof all);
        kit.n_cancelled = 0;
        kit_configure(CONFIG "[dest other]\naccount = 333333333333\nrole = Admin\n");
        assert_int_equal(ask(&held, "other"), XA_WILL_ANSWER);
        struct xa_record record = kit_issue("333333333333", "Admin", 3600);
        kit_answer(&record);
        for (unsigned i = 0; i < N; i++)
            assert_int_equal(ask(&all[i], "prod"), XA_WILL_ANSWER);
        xa_vault_lock(kit.vault);
        xa_broker_locked(kit.broker, keep != 0);
        for (unsigned i = 0; i < N; i++) {
            assert_int_equal(all[i].n_done, 1);
            assert_int_equal(all[i].code, XA_LOCKED);
        }
        assert_int_equal(kit.n_cancelled, 1);
        assert_null(kit.calls);
        assert_int_equal(xa_broker_count(kit.broker), keep);
        assert_int_equal(xa_arena_used(kit.arena) > 0, keep);
        assert_int_equal(ask(&held, "other"), XA_FAILED);        /* what is kept is out of reach */
        struct xa_error err;
        assert_true(kit_unlock(kit.vault, "first", &err));
        assert_int_equal(ask(&held, "other"), keep ? XA_ANSWERED : XA_WILL_ANSWER);
        if (!keep) {
            record = kit_issue("333333333333", "Admin", 3600);
            kit_answer(&record);
        }
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

static void what_is_forgotten_is_fetched_again(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("prod")), 0);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good();
    assert_int_equal(xa_broker_expiry_of(kit.broker, xa_slice_of("prod")), kit.wall_s + 3600);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("dev")), 0);
    assert_int_equal(xa_broker_forget(kit.broker, xa_slice_of("prod")), 1);
    assert_int_equal(xa_broker_expiry_of(kit.broker, xa_slice_of("prod")), 0);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    kit_fail(XA_UNREACHABLE);
    assert_int_equal(a.code, XA_UNREACHABLE);
}

static void a_changed_configuration_changes_what_is_asked(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good();
    kit_configure(CONFIG "external_id = xx\n");
    assert_int_equal(ask(&a, "prod"), XA_WILL_ANSWER);
    answer_good();
    kit_configure("[broken\n");                      /* the previous one stays */
    assert_int_equal(ask(&a, "prod"), XA_ANSWERED);
    kit_configure(SOURCE);
    assert_int_equal(ask(&a, "prod"), XA_FAILED);
    assert_int_equal(a.code, XA_NO_SUCH_NAME);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(a_caller_may_leave),
        T(the_call_goes_on_when_all_have_left),
        T(a_caller_may_ask_again_from_its_done),
        T(what_a_done_does_reaches_the_others),
        T(a_lock_ends_what_is_under_way),
        T(what_is_forgotten_is_fetched_again),
        T(a_changed_configuration_changes_what_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
