/* Chains: each hop behind the one that signs for it, one call a hop for any number of
 * callers, and what becomes of all of them when one hop fails (security N10, N12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define ACCOUNT(i) "[dest r" #i "]\naccount = 222222222222\nrole = R" #i "\n"
#define CONFIG                                                                               \
    "[source main]\n" ACCOUNT(1) ACCOUNT(2) "source = r1\n" ACCOUNT(3) "source = r2\n"       \
        ACCOUNT(4) "source = r2\n"

static const char *const names[] = { "r1", "r2", "r3", "r4" };
static const char *const roles[] = { "R1", "R2", "R3", "R4" };

static bool asks_for(unsigned i)
{
    char text[32];
    struct xa_slice body = kit.calls->request.body;
    snprintf(text, sizeof text, "role%%2F%s&", roles[i]);
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

/* The hop's call is next; it is answered. */
static void answer(unsigned i)
{
    assert_non_null(kit.calls);
    if (!asks_for(i))
        fail_msg("not %s but %.*s", roles[i], (int)kit.calls->request.body.len,
                 (const char *)kit.calls->request.body.at);
    struct xa_record record = kit_issue(KIT_ACCOUNT, roles[i], 3600);
    kit_answer(&record);
}

static void answer_error(const char *code)
{
    struct xa_record record = kit_error(403, code, "the words");
    kit_answer(&record);
}

/* --- one call a hop ------------------------------------------------------------------ */

static void parents_come_first(void **state)
{
    (void)state;
    struct asker a = { 0 };
    char token[64];
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "r3"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), "");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(kit.n_sent, i + 1);
        assert_int_equal(a.n_done, 0);
        struct xa_record record = kit_issue(KIT_ACCOUNT, roles[i], 3600);
        assert_true(asks_for(i));
        assert_true(xa_slice_copy(record.token, token, sizeof token));
        kit_answer(&record);
        if (i < 2)      /* what came signs for the next */
            assert_string_equal(kit_header(&kit.calls->request, "X-Amz-Security-Token"), token);
    }
    assert_int_equal(a.code, XA_OK);
    assert_string_equal(a.name, "r3");
    assert_int_equal(ask(&a, "r4"), XA_WILL_ANSWER);      /* two of three hops are held */
    answer(3);
    assert_int_equal(kit.n_sent, 4);
    assert_int_equal(a.code, XA_OK);
}

static void many_callers_of_any_end_cost_one_call_a_hop(void **state)
{
    (void)state;
    enum { N = 1000 };
    static struct asker all[N];
    memset(all, 0, sizeof all);
    kit_configure(CONFIG);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(ask(&all[i], names[i * 7 % 4]), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 1);
    answer(0);
    answer(1);
    assert_int_equal(kit.n_sent, 4);
    for (unsigned i = 2; i < 4; i++) {
        assert_true(kit_first(i == 2 ? "role%2FR3&" : "role%2FR4&"));
        answer(i);
    }
    assert_int_equal(kit.n_sent, 4);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(all[i].n_done, 1);
        assert_int_equal(all[i].code, XA_OK);
        assert_string_equal(all[i].name, names[i * 7 % 4]);
    }
}

/* Joined in the middle, whichever is asked for first. */
static void a_hop_under_way_is_joined(void **state)
{
    (void)state;
    struct asker low = { 0 }, high = { 0 }, other = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&low, "r2"), XA_WILL_ANSWER);
    answer(0);
    assert_int_equal(ask(&high, "r3"), XA_WILL_ANSWER);      /* R2 is on its way */
    assert_int_equal(ask(&other, "r2"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 2);
    answer(1);
    assert_int_equal(low.code, XA_OK);
    assert_int_equal(other.code, XA_OK);
    xa_broker_forget(kit.broker, (struct xa_slice){ 0 });      /* it is under way all the same */
    assert_int_equal(ask(&other, "r3"), XA_WILL_ANSWER);
    assert_int_equal(kit.n_sent, 3);
    answer(2);
    assert_int_equal(high.code, XA_OK);
    assert_int_equal(other.code, XA_OK);
    assert_int_equal(kit.n_sent, 3);
}

/* A parent near its end is had first: what comes of it is not to wait for it later. */
static void parents_are_renewed_first(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
    answer(0);
    answer(1);
    kit.boot_ms = a.good_until_ms - 930 * 1000;
    assert_int_equal(ask(&a, "r2"), XA_ANSWERED);
    kit.boot_ms += 1;
    assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
    answer(0);
    answer(1);
    assert_int_equal(a.code, XA_OK);
    assert_int_equal(kit.n_sent, 4);
}

/* --- failures -------------------------------------------------------------------------- */

static void a_parent_s_failure_is_everybody_s(void **state)
{
    (void)state;
    struct asker all[8];
    kit_configure(CONFIG);
    for (unsigned hop = 0; hop < 2; hop++) {
        memset(all, 0, sizeof all);
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(ask(&all[i], names[i % 4]), XA_WILL_ANSWER);
        if (hop == 1)
            answer(0);
        answer_error("InvalidClientTokenId");
        for (unsigned i = 0; i < 8; i++) {
            bool got = hop == 1 && i % 4 == 0;
            assert_int_equal(all[i].n_done, 1);
            assert_int_equal(all[i].code, got ? XA_OK : XA_AWS_REFUSED);
        }
        assert_null(kit.calls);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

static void a_refused_parent_is_remembered_for_all_that_need_it(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "r3"), XA_WILL_ANSWER);
    answer(0);
    answer_error("AccessDenied");      /* R2; role chains want no code */
    assert_int_equal(a.code, XA_AWS_REFUSED);
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(ask(&a, names[i]), XA_FAILED);
        assert_int_equal(a.code, XA_AWS_REFUSED);
        assert_non_null(strstr(a.message, "AccessDenied"));
    }
    assert_int_equal(ask(&a, "r1"), XA_ANSWERED);
    assert_int_equal(kit.n_sent, 2);
    kit.boot_ms += 30000;
    assert_int_equal(ask(&a, "r4"), XA_WILL_ANSWER);
    answer(1);
    answer(3);
    assert_int_equal(a.code, XA_OK);
}

/* AWS no longer knows the parent's credentials: they are had anew, and everybody plans
 * again. Young ones would be refused again. */
static void stale_parents_are_dropped(void **state)
{
    (void)state;
    static const char *const codes[] = { "ExpiredToken", "InvalidClientTokenId" };
    kit_configure(CONFIG);
    for (unsigned i = 0; i < 2; i++) {
        struct asker a = { 0 }, b = { 0 };
        assert_int_equal(ask(&a, "r1"), XA_WILL_ANSWER);
        answer(0);
        kit.boot_ms += 59999;
        assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
        answer_error(codes[i]);
        assert_int_equal(a.code, XA_AWS_REFUSED);
        assert_int_equal(ask(&a, "r1"), XA_ANSWERED);
        kit.boot_ms += 30000;
        assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
        assert_int_equal(ask(&b, "r3"), XA_WILL_ANSWER);
        answer_error(codes[i]);
        assert_true(a.plan_again && b.plan_again);
        assert_int_equal(a.n_done, 3);
        assert_int_equal(b.n_done, 1);
        assert_int_equal(ask(&b, "r3"), XA_WILL_ANSWER);
        answer(0);
        answer(1);
        answer(2);
        assert_int_equal(b.code, XA_OK);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

static void what_a_parent_cannot_send_is_told(void **state)
{
    (void)state;
    struct asker a = { 0 };
    kit_configure(CONFIG);
    assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
    kit.refuse = true;
    answer(0);
    assert_int_equal(a.n_done, 1);
    assert_int_equal(a.code, XA_BUSY);
    kit.refuse = false;
    assert_int_equal(ask(&a, "r2"), XA_WILL_ANSWER);
    answer(1);
    assert_int_equal(a.code, XA_OK);
}

/* --- in each state --------------------------------------------------------------------- */

/* Brings a request for r3 into a state: how many hops have been answered, and whether
 * the next one rests before another attempt. */
static void bring_to(struct asker *a, unsigned hops, bool rests)
{
    memset(a, 0, sizeof *a);
    assert_int_equal(ask(a, "r3"), XA_WILL_ANSWER);
    for (unsigned i = 0; i < hops; i++)
        answer(i);
    if (rests)
        kit_answer(&(struct xa_record){ .outcome = XA_OUTCOME_UNREACHABLE });
    assert_int_equal(a->n_done, 0);
    assert_int_equal(kit.calls != NULL, !rests);
}

static void a_caller_may_leave_in_each_state(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    kit.chance = 500;
    for (unsigned i = 0; i < 6; i++) {
        struct asker a, b = { 0 };
        bring_to(&a, i / 2, i % 2 != 0);
        xa_broker_cancel(&a.waiter);
        kit_pass_ms(500);                /* what it began goes on */
        for (unsigned hop = i / 2; hop < 3; hop++)
            answer(hop);
        assert_int_equal(a.n_done, 0);
        assert_int_equal(ask(&b, "r3"), XA_ANSWERED);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

static void a_lock_ends_each_state(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (unsigned i = 0; i < 6; i++) {
        struct xa_error err;
        struct asker a, b = { 0 };
        bring_to(&a, i / 2, i % 2 != 0);
        assert_int_equal(ask(&b, "r4"), XA_WILL_ANSWER);
        xa_vault_lock(kit.vault);
        xa_broker_locked(kit.broker, false);
        assert_int_equal(a.n_done, 1);
        assert_int_equal(a.code, XA_LOCKED);
        assert_int_equal(b.n_done, 1);
        assert_int_equal(b.code, XA_LOCKED);
        assert_null(kit.calls);
        assert_int_equal(xa_arena_used(kit.arena), 0);
        kit_pass_ms(60000);              /* nothing rests that could wake */
        assert_null(kit.calls);
        assert_true(kit_unlock(kit.vault, "first", &err));
    }
}

/* The parent's credentials go while its child rests: it is begun anew. */
static void a_parent_forgotten_meanwhile_is_had_again(void **state)
{
    (void)state;
    struct asker a;
    kit_configure(CONFIG);
    bring_to(&a, 2, true);
    xa_broker_forget(kit.broker, xa_slice_of("r2"));
    kit_pass_ms(30000);
    assert_int_equal(a.n_done, 1);
    assert_true(a.plan_again);
    assert_null(kit.calls);
    assert_int_equal(ask(&a, "r3"), XA_WILL_ANSWER);
    answer(1);
    answer(2);
    assert_int_equal(a.code, XA_OK);
}

/* Exchanges that were under way are lost; each is sent once more, and no other (T2). */
static void a_suspend_costs_one_call_a_hop(void **state)
{
    (void)state;
    kit_configure(CONFIG);
    for (unsigned hops = 0; hops < 3; hops++) {
        struct asker a;
        unsigned n_sent = kit.n_sent, n_cancelled = kit.n_cancelled;
        bring_to(&a, hops, false);
        kit.boot_ms += 60 * 1000;
        kit.wall_s += 60;
        xa_broker_resumed(kit.broker);
        kit_pass_ms(0);
        assert_int_equal(kit.n_cancelled - n_cancelled, 1);
        for (unsigned hop = hops; hop < 3; hop++)
            answer(hop);
        assert_int_equal(a.code, XA_OK);
        assert_int_equal(kit.n_sent - n_sent, 4);
        xa_broker_forget(kit.broker, (struct xa_slice){ 0 });
    }
}

/* The network comes up later than the machine; whoever waited is still there. */
static void after_a_suspend_there_is_patience(void **state)
{
    (void)state;
    struct asker a;
    kit_configure(CONFIG);
    kit.chance = 999;
    bring_to(&a, 1, false);
    kit.boot_ms += 40 * 60 * 1000;
    kit.wall_s += 40 * 60;
    xa_broker_resumed(kit.broker);
    xa_broker_run(kit.broker);
    assert_true(kit_first("role%2FR2&"));
    kit_answer(&(struct xa_record){ .outcome = XA_OUTCOME_UNREACHABLE });
    assert_int_equal(a.n_done, 0);
    while (kit.calls != NULL)                        /* a renewal was due as well */
        answer(0);
    kit_pass_ms(999);
    answer(1);
    answer(2);
    assert_int_equal(a.code, XA_OK);
}

/* It slept longer than the parent lives: the way is planned anew. */
static void a_long_sleep_takes_the_parents_away(void **state)
{
    (void)state;
    struct asker a;
    kit_configure(CONFIG);
    bring_to(&a, 1, false);
    kit.boot_ms += 8 * 3600 * 1000;
    kit.wall_s += 8 * 3600;
    xa_broker_resumed(kit.broker);
    kit_pass_ms(0);
    assert_int_equal(a.n_done, 1);
    assert_true(a.plan_again);
    assert_int_equal(ask(&a, "r3"), XA_WILL_ANSWER);
    for (unsigned i = 0; i < 3; i++)
        answer(i);
    assert_int_equal(a.code, XA_OK);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_start, kit_end)
    const struct CMUnitTest tests[] = {
        T(parents_come_first),
        T(many_callers_of_any_end_cost_one_call_a_hop),
        T(a_hop_under_way_is_joined),
        T(parents_are_renewed_first),
        T(a_parent_s_failure_is_everybody_s),
        T(a_refused_parent_is_remembered_for_all_that_need_it),
        T(stale_parents_are_dropped),
        T(what_a_parent_cannot_send_is_told),
        T(a_caller_may_leave_in_each_state),
        T(a_lock_ends_each_state),
        T(a_parent_forgotten_meanwhile_is_had_again),
        T(a_suspend_costs_one_call_a_hop),
        T(after_a_suspend_there_is_patience),
        T(a_long_sleep_takes_the_parents_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
