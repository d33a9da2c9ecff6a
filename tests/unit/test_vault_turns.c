/* Two agents at one vault: what the other has saved is seen, and one waits for the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/others.h"
#include "tests/lib/vault_kit.h"

static struct xa_vault *a, *b;
static struct xa_error err;

static int start(void **state)
{
    if (kit_make_place(state) != 0)
        return 1;
    a = kit_saved_vault();
    b = kit_vault(NULL);
    return kit_unlock(b, "first", &err) ? 0 : 1;
}

static int end(void **state)
{
    xa_vault_free(&a);
    xa_vault_free(&b);
    return kit_remove_place(state);
}

static void what_the_other_has_saved_is_seen(void **state)
{
    bool changed = true;
    (void)state;
    assert_true(xa_vault_catch_up(b, &changed, &err));
    assert_false(changed);
    assert_true(kit_intend(a, "main", &err) && kit_pend(a, "main", &err) &&
                kit_switch(a, "main", &err));
    assert_string_equal(kit_names(b), " main");
    assert_true(xa_vault_catch_up(b, &changed, &err));
    assert_true(changed);
    assert_string_equal(kit_names(b), " main*+retired");
    assert_true(xa_vault_catch_up(b, &changed, &err));
    assert_false(changed);
    assert_true(kit_settle(b, "main", &err));
    assert_true(xa_vault_catch_up(b, &changed, &err));
    assert_false(changed);
}

static void an_older_copy_is_not_taken(void **state)
{
    bool changed;
    (void)state;
    kit_copy_file(kit_path, kit_aside);
    assert_true(kit_intend(b, "main", &err));
    kit_copy_file(kit_aside, kit_path);
    assert_false(xa_vault_catch_up(b, &changed, &err));
    assert_int_equal(err.code, XA_VAULT_ROLLED_BACK);
    assert_false(changed);
    assert_string_equal(kit_names(b), " main+intent");
    kit_write_file(kit_path, (const uint8_t *)"no vault", 8);
    assert_false(xa_vault_catch_up(b, &changed, &err));
    assert_int_equal(err.code, XA_VAULT_DAMAGED);
    assert_string_equal(kit_names(b), " main+intent");
}

static void another_passphrase_locks(void **state)
{
    bool changed;
    (void)state;
    assert_true(kit_passwd(a, "first", "second", &err));
    assert_false(xa_vault_catch_up(b, &changed, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(b), XA_VAULT_IS_LOCKED);
    assert_false(xa_vault_catch_up(b, &changed, &err));
    assert_int_equal(err.code, XA_LOCKED);
}

static void what_is_being_saved_is_not_read(void **state)
{
    bool changed;
    (void)state;
    struct xa_vault_job *job = xa_vault_begin_intend(b, xa_slice_of("main"), KIT_NOW, &err);
    assert_non_null(job);
    assert_false(xa_vault_catch_up(b, &changed, &err));
    assert_int_equal(err.code, XA_BUSY);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(b, &job, &err));
    assert_true(xa_vault_catch_up(b, &changed, &err));
    assert_false(changed);
}

static void a_vault_without_a_file_has_no_others(void **state)
{
    bool changed;
    (void)state;
    assert_int_equal(kit_remove_place(state), 0);
    assert_int_equal(kit_make_place(state), 0);
    struct xa_vault *fresh = kit_vault(NULL);
    assert_true(kit_create(fresh, "first", &err));
    assert_true(xa_vault_catch_up(fresh, &changed, &err));
    assert_false(changed);
    xa_vault_free(&fresh);
}

static void the_turn_is_one_agents(void **state)
{
    (void)state;
    assert_false(xa_vault_has_turn(a));
    assert_true(xa_vault_take_turn(a, &err));
    assert_true(xa_vault_has_turn(a));
    assert_false(xa_vault_take_turn(a, &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_false(xa_vault_take_turn(b, &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_true(kit_intend(b, "main", &err));        /* saves go on */
    xa_vault_lock(a);
    assert_false(xa_vault_take_turn(b, &err));
    xa_vault_give_turn(a);
    assert_true(xa_vault_take_turn(b, &err));
    assert_false(xa_vault_has_turn(a));
    xa_vault_give_turn(b);
}

static void a_key_of_two_names_is_known(void **state)
{
    char name[XA_NAME_MAX + 1];
    (void)state;
    struct xa_slice main = xa_slice_of("main"), id = xa_slice_of(KIT_KEY_ID);
    struct xa_slice new = xa_slice_of(KIT_NEW_KEY_ID);
    assert_false(xa_vault_shares_key(a, main, id, name));
    assert_true(kit_add(a, "backup", KIT_SECRET, &err));
    assert_true(xa_vault_shares_key(a, main, id, name));
    assert_string_equal(name, "backup");
    assert_true(xa_vault_shares_key(a, xa_slice_of("backup"), id, name));
    assert_string_equal(name, "main");
    assert_true(kit_intend(a, "backup", &err));
    assert_false(xa_vault_shares_key(a, main, (struct xa_slice){ 0 }, name));
    assert_true(kit_pend(a, "backup", &err));
    assert_true(xa_vault_shares_key(a, main, new, name));
    assert_true(kit_switch(a, "backup", &err));
    assert_true(xa_vault_shares_key(a, main, id, name));          /* by the retired one */
    assert_true(xa_vault_shares_key(a, main, new, name));
    xa_vault_lock(a);
    assert_false(xa_vault_shares_key(a, main, id, name));
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        IN_PLACE(what_the_other_has_saved_is_seen),
        IN_PLACE(an_older_copy_is_not_taken),
        IN_PLACE(another_passphrase_locks),
        IN_PLACE(what_is_being_saved_is_not_read),
        IN_PLACE(a_vault_without_a_file_has_no_others),
        IN_PLACE(the_turn_is_one_agents),
        IN_PLACE(a_key_of_two_names_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
