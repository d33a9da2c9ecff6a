/* The vault when another process is at the same file, or the disk is no good (V7). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/files.h"
#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

static void changes_of_others_are_kept(void **state)
{
    (void)state;
    struct xa_vault *a = kit_saved_vault(), *b = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_unlock(b, "first", &err));
    assert_true(kit_add(a, "from-a", KIT_SECRET, &err));
    assert_true(kit_add(b, "from-b", KIT_SECRET, &err));
    assert_string_equal(kit_names(b), " from-a from-b main");
    assert_string_equal(kit_names(a), " from-a main");
    assert_false(kit_add(a, "from-b", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_true(kit_remove(a, "main", &err));
    assert_string_equal(kit_names(a), " from-a from-b");
    assert_false(kit_remove(b, "main", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    xa_vault_free(&a);
    xa_vault_free(&b);
}

static void passwd_elsewhere_locks_the_saver(void **state)
{
    (void)state;
    struct xa_vault *a = kit_saved_vault(), *b = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_passwd(b, "first", "second", &err));
    kit_copy_file(kit_path, kit_aside);
    assert_false(kit_add(a, "lost", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(a), XA_VAULT_IS_LOCKED);
    assert_true(kit_unlock(a, "second", &err));
    assert_string_equal(kit_names(a), " main");
    xa_vault_free(&a);
    xa_vault_free(&b);
}

/* Another process saves between our opening the file and our looking at it. */
static int open_and_lose(void *ctx, int at, const char *name, int flags)
{
    int fd = xa_files_real.open(ctx, at, name, flags);
    if (strcmp(name, "vault") == 0 && kit_exists(kit_aside))
        assert_int_equal(rename(kit_aside, kit_path), 0);
    return fd;
}

static void a_save_elsewhere_does_not_disturb_a_reader(void **state)
{
    (void)state;
    struct xa_vault *a = kit_saved_vault();
    struct xa_error err;
    struct xa_files files = xa_files_real;
    files.open = open_and_lose;
    struct xa_vault_setup setup = {
        .path = kit_path, .state_path = kit_state_path, .kdf = kit_cheap_kdf, .files = &files };
    struct xa_vault *b = xa_vault_new(&setup, &err);
    kit_copy_file(kit_path, kit_aside);
    assert_true(kit_unlock(b, "first", &err));
    assert_string_equal(kit_names(b), " main");
    xa_vault_free(&a);
    xa_vault_free(&b);
}

static void two_first_saves_do_not_overwrite(void **state)
{
    (void)state;
    struct xa_vault *a = kit_vault(NULL), *b = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_create(a, "first", &err));
    assert_true(kit_create(b, "other", &err));
    assert_true(kit_add(a, "main", KIT_SECRET, &err));
    assert_false(kit_add(b, "main", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    xa_vault_lock(b);
    assert_true(kit_unlock(b, "first", &err));
    xa_vault_free(&a);
    xa_vault_free(&b);
}

static void a_vault_that_vanished_is_not_made_again(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    assert_int_equal(unlink(kit_path), 0);
    assert_false(kit_add(v, "more", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NO_VAULT);
    assert_false(kit_exists(kit_path));
    xa_vault_free(&v);
}

static int64_t waited_ms;
static int always_held(void *ctx, int fd) { (void)ctx; (void)fd; return -EAGAIN; }
static void no_wait(void *ctx, unsigned ms) { (void)ctx; waited_ms += ms; }

static void the_wait_for_the_lock_is_bounded(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    xa_vault_free(&v);
    struct xa_files files = xa_files_real;
    files.wait = no_wait;
    files.lock = always_held;
    struct xa_vault_setup setup = {
        .path = kit_path, .state_path = kit_state_path, .kdf = kit_cheap_kdf, .files = &files };
    v = xa_vault_new(&setup, NULL);
    struct xa_error err;
    assert_true(kit_unlock(v, "first", &err));           /* reading needs no lock */
    assert_non_null(strstr(xa_vault_warning(v), "not changed"));
    waited_ms = 0;
    assert_false(kit_add(v, "more", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_IO);
    assert_non_null(strstr(err.message, "for 10 s"));
    assert_int_equal(waited_ms, 10000);
    xa_vault_free(&v);
}

/* Says that it wrote, but one bit of the vault fell over. */
static ssize_t lying_write(void *ctx, int fd, const void *bytes, size_t len)
{
    uint8_t copy_of[XA_STORE_HEAD + XA_STORE_BLOCK + XA_STORE_TAG];
    assert_true(len <= sizeof copy_of);
    memcpy(copy_of, bytes, len);
    copy_of[len / 2] ^= 1;
    return xa_files_real.write(ctx, fd, copy_of, len);
}

static void a_disk_that_lies_is_noticed(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    xa_vault_free(&v);
    struct xa_files files = xa_files_real;
    files.write = lying_write;
    struct xa_vault_setup setup = {
        .path = kit_path, .state_path = kit_state_path, .kdf = kit_cheap_kdf, .files = &files };
    v = xa_vault_new(&setup, NULL);
    struct xa_error err;
    assert_true(kit_unlock(v, "first", &err));
    assert_false(kit_add(v, "more", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_IO);
    assert_non_null(strstr(err.message, "reads back other"));
    assert_string_equal(kit_names(v), " main");
    assert_false(kit_leftovers());
    xa_vault_lock(v);
    assert_true(kit_unlock(v, "first", &err));
    xa_vault_free(&v);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, kit_make_place, kit_remove_place)
    const struct CMUnitTest tests[] = {
        IN_PLACE(changes_of_others_are_kept),
        IN_PLACE(passwd_elsewhere_locks_the_saver),
        IN_PLACE(a_save_elsewhere_does_not_disturb_a_reader),
        IN_PLACE(two_first_saves_do_not_overwrite),
        IN_PLACE(a_vault_that_vanished_is_not_made_again),
        IN_PLACE(the_wait_for_the_lock_is_bounded),
        IN_PLACE(a_disk_that_lies_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
