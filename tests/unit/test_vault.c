/* The vault with real files: what it keeps, what it refuses, and what it does
 * when another process is at the same file (V2, V4 to V7). */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/files.h"
#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

static char dir[4096], path[4200], state_path[4200], aside[4200];

static struct xa_vault *new_vault(void)
{
    struct xa_vault_setup setup = { .path = path, .state_path = state_path, .kdf = kit_cheap_kdf };
    struct xa_vault *v = xa_vault_new(&setup, NULL);
    assert_non_null(v);
    return v;
}

static int make_place(void **state)
{
    (void)state;
    kit_make_dir(dir);
    snprintf(path, sizeof path, "%s/data/vault", dir);
    snprintf(state_path, sizeof state_path, "%s/state/vault.state", dir);
    snprintf(aside, sizeof aside, "%s/aside", dir);
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    kit_remove_dir(dir);
    return 0;
}

/* A saved vault with one key, `main`, open. */
static struct xa_vault *saved_vault(void)
{
    struct xa_vault *v = new_vault();
    assert_true(kit_create(v, "first", NULL));
    assert_true(kit_add(v, "main", KIT_SECRET, NULL));
    return v;
}

static size_t slurp(const char *from, uint8_t *room, size_t cap)
{
    FILE *f = fopen(from, "re");
    assert_non_null(f);
    size_t len = fread(room, 1, cap, f);
    fclose(f);
    return len;
}

static void copy(const char *from, const char *to)
{
    static uint8_t bytes[XA_VAULT_FILE_MAX + 1];
    size_t len = slurp(from, bytes, sizeof bytes);
    (void)unlink(to);
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static bool exists(const char *name)
{
    struct stat st;
    return lstat(name, &st) == 0;
}

static void check_clean(void)
{
    char name[4300];
    snprintf(name, sizeof name, "%s.new", path);
    assert_false(exists(name));
    snprintf(name, sizeof name, "%s.new", state_path);
    assert_false(exists(name));
}

static void a_vault_lives(void **state)
{
    (void)state;
    struct xa_vault *v = new_vault();
    struct xa_error err;
    struct xa_vault_info info;
    struct stat st;
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_ABSENT);
    assert_false(kit_unlock(v, "first", &err));
    assert_int_equal(err.code, XA_NO_VAULT);
    assert_false(kit_add(v, "main", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_LOCKED);

    assert_true(kit_create(v, "first", &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_NEW);
    assert_int_equal(xa_vault_count(v), 0);
    assert_false(exists(path));
    assert_true(kit_add(v, "main", KIT_SECRET, &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_OPEN);
    assert_true(kit_add(v, "Other", "another/secret+", &err));
    assert_string_equal(kit_names(v), " Other main");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(state_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(xa_vault_find(v, xa_slice_of("main"), &info));
    assert_string_equal(info.access_key_id, KIT_KEY_ID);
    assert_string_equal(info.account, "111111111111");
    assert_string_equal(info.arn, KIT_ARN);
    assert_int_equal(info.created_at, 1768480496);

    xa_vault_lock(v);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_LOCKED);
    assert_int_equal(xa_vault_count(v), 0);
    assert_false(xa_vault_find(v, xa_slice_of("main"), &info));
    assert_false(xa_vault_info_at(v, 0, &info));
    assert_false(kit_unlock(v, "First", &err));
    assert_int_equal(err.code, XA_BAD_PASSPHRASE);
    assert_true(kit_unlock(v, "first", &err));
    assert_string_equal(xa_vault_warning(v), "");
    assert_string_equal(kit_names(v), " Other main");

    assert_false(kit_create(v, "first", &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_false(kit_add(v, "main", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_false(kit_remove(v, "nobody", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_true(kit_remove(v, "main", &err));
    assert_true(kit_remove(v, "Other", &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_OPEN);
    assert_int_equal(xa_vault_count(v), 0);
    check_clean();
    xa_vault_free(&v);
    assert_null(v);
    xa_vault_free(&v);
}

/* The vault signs as its key would, and the key is in no file in clear. */
static void it_signs_and_never_shows(void **state)
{
    (void)state;
    static uint8_t file[XA_VAULT_FILE_MAX];
    struct xa_vault *v = saved_vault();
    struct xa_sigv4_header host = { xa_slice_of("host"), xa_slice_of("sts.amazonaws.com") };
    struct xa_sigv4_request request = {
        .method = xa_slice_of("POST"), .path = xa_slice_of("/"), .headers = &host, .n_headers = 1,
        .body = xa_slice_of("Action=GetCallerIdentity"), .region = xa_slice_of("us-east-1"),
        .service = xa_slice_of("sts"), .time_s = 1768480496,
    };
    struct xa_sigv4_key key = { xa_slice_of(KIT_KEY_ID), xa_slice_of(KIT_SECRET), { 0 } };
    struct xa_sigv4_signature ours, theirs;
    struct xa_error err;
    assert_true(xa_sigv4_sign(&key, &request, &theirs, NULL));
    assert_true(xa_vault_sign(v, xa_slice_of("main"), &request, &ours, NULL));
    assert_string_equal(ours.authorization, theirs.authorization);
    assert_string_equal(ours.amz_date, theirs.amz_date);
    assert_false(xa_vault_sign(v, xa_slice_of("nobody"), &request, &ours, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    size_t len = slurp(path, file, sizeof file);
    assert_null(memmem(file, len, KIT_SECRET, 8));
    assert_null(memmem(file, len, "main", 4));
    assert_null(memmem(file, len, KIT_KEY_ID, 8));
    xa_vault_lock(v);
    assert_false(xa_vault_sign(v, xa_slice_of("main"), &request, &ours, &err));
    assert_int_equal(err.code, XA_LOCKED);
    xa_vault_free(&v);
}

static void what_cannot_be_a_key_is_refused(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    struct xa_error err;
    assert_false(kit_add(v, "no such name", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_false(kit_add(v, "", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_false(kit_add(v, "a", "not a secret", &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_string_equal(kit_names(v), " main");
    xa_vault_free(&v);
}

/* V4: a wrong passphrase and damaged content cannot be told apart. */
static void damage_looks_like_a_wrong_passphrase(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    struct xa_error wrong, err;
    xa_vault_lock(v);
    assert_false(kit_unlock(v, "second", &wrong));
    copy(path, aside);
    static const off_t places[] = { 40, 60, 90, 120, 155, 170, 300, 4300 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = open(path, O_RDWR | O_CLOEXEC);
        uint8_t byte;
        assert_int_equal(pread(fd, &byte, 1, places[i]), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(fd, &byte, 1, places[i]), 1);
        close(fd);
        assert_false(kit_unlock(v, "first", &err));
        assert_int_equal(err.code, wrong.code);
        assert_string_equal(err.message, wrong.message);
        assert_string_equal(err.why, wrong.why);
        assert_string_equal(err.hint, wrong.hint);
        copy(aside, path);
    }
    assert_true(kit_unlock(v, "first", &err));
    xa_vault_free(&v);
}

static void refused_as(struct xa_vault *v, const char *says)
{
    struct xa_error err;
    unsigned runs = kit_kdf_runs;
    assert_false(kit_unlock(v, "first", &err));
    assert_int_equal(err.code, XA_VAULT_DAMAGED);
    if (strstr(err.message, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, says);
    assert_int_equal(kit_kdf_runs, runs);      /* before any derivation */
    (void)unlink(path);
    copy(aside, path);
    assert_true(kit_unlock(v, "first", &err));
    xa_vault_lock(v);
}

/* V2 */
static void files_of_the_wrong_kind_are_refused(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    char other[4300];
    snprintf(other, sizeof other, "%s/other", dir);
    xa_vault_lock(v);
    copy(path, aside);

    assert_int_equal(chmod(path, 0640), 0);
    refused_as(v, "can be read or changed by others");
    assert_int_equal(chmod(path, 0602), 0);
    refused_as(v, "can be read or changed by others");
    assert_int_equal(link(path, other), 0);
    refused_as(v, "hard link");
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    refused_as(v, "symbolic link");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused_as(v, "not a regular file");
    assert_int_equal(truncate(path, XA_VAULT_FILE_MAX + 1), 0);
    refused_as(v, "larger");
    assert_int_equal(truncate(path, XA_VAULT_FILE_MAX), 0);
    refused_as(v, "behind its end");
    assert_int_equal(truncate(path, 0), 0);
    refused_as(v, "no xacct vault");
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        refused_as(v, "another user");
    }
    xa_vault_free(&v);
}

static void one_job_at_a_time(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    struct xa_error err;
    struct xa_vault_job *job = xa_vault_begin_remove(v, xa_slice_of("main"), &err);
    assert_non_null(job);
    assert_false(kit_unlock(v, "first", &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_false(kit_add(v, "more", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_false(kit_passwd(v, "first", "second", &err));
    assert_int_equal(err.code, XA_BUSY);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(v, &job, &err));
    assert_null(job);
    assert_string_equal(kit_names(v), "");
    xa_vault_free(&v);
}

/* A lock between begin and end: the file changes, the memory stays shut. */
static void a_lock_voids_a_job_for_memory_only(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    struct xa_error err;
    struct xa_vault_job *job = xa_vault_begin_remove(v, xa_slice_of("main"), &err);
    xa_vault_lock(v);
    xa_vault_job_run(job);
    assert_false(xa_vault_job_end(v, &job, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_LOCKED);
    struct xa_secret *pass = kit_secret("first");
    job = xa_vault_begin_unlock(v, &pass, false, false, &err);
    assert_null(pass);
    xa_vault_job_run(job);
    xa_vault_lock(v);
    assert_false(xa_vault_job_end(v, &job, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_LOCKED);
    assert_true(kit_unlock(v, "first", &err));
    assert_string_equal(kit_names(v), "");
    xa_vault_free(&v);
}

static void a_new_vault_that_is_locked_is_gone(void **state)
{
    (void)state;
    struct xa_vault *v = new_vault();
    assert_true(kit_create(v, "first", NULL));
    xa_vault_lock(v);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_ABSENT);
    xa_vault_free(&v);
}

static void passwd_changes_the_passphrase_and_the_key(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    struct xa_error err;
    copy(path, aside);
    xa_vault_lock(v);
    assert_false(kit_passwd(v, "second", "third", &err));
    assert_int_equal(err.code, XA_BAD_PASSPHRASE);
    assert_true(kit_passwd(v, "first", "second", &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_OPEN);
    assert_string_equal(kit_names(v), " main");
    assert_string_equal(xa_vault_warning(v), "");
    assert_true(kit_add(v, "more", KIT_SECRET, &err));
    xa_vault_lock(v);
    assert_false(kit_unlock(v, "first", &err));
    assert_true(kit_unlock(v, "second", &err));
    assert_string_equal(kit_names(v), " main more");
    check_clean();

    /* An old backup opens only itself: its key is not the new one (V6). */
    xa_vault_free(&v);
    copy(aside, path);
    v = new_vault();
    assert_false(kit_unlock(v, "second", &err));
    assert_true(kit_unlock(v, "first", &err));
    assert_non_null(strstr(xa_vault_warning(v), "another vault or passphrase"));
    xa_vault_free(&v);
}

/* --- another process at the same file (V7) -------------------------------------- */

static void changes_of_others_are_kept(void **state)
{
    (void)state;
    struct xa_vault *a = saved_vault(), *b = new_vault();
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
    struct xa_vault *a = saved_vault(), *b = new_vault();
    struct xa_error err;
    assert_true(kit_passwd(b, "first", "second", &err));
    copy(path, aside);
    assert_false(kit_add(a, "lost", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(a), XA_VAULT_IS_LOCKED);
    assert_true(kit_unlock(a, "second", &err));
    assert_string_equal(kit_names(a), " main");
    xa_vault_free(&a);
    xa_vault_free(&b);
}

static void two_first_saves_do_not_overwrite(void **state)
{
    (void)state;
    struct xa_vault *a = new_vault(), *b = new_vault();
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
    struct xa_vault *v = saved_vault();
    struct xa_error err;
    assert_int_equal(unlink(path), 0);
    assert_false(kit_add(v, "more", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NO_VAULT);
    assert_false(exists(path));
    xa_vault_free(&v);
}

static int64_t waited_ms;
static int always_held(void *ctx, int fd) { (void)ctx; (void)fd; return -EAGAIN; }
static void no_wait(void *ctx, unsigned ms) { (void)ctx; waited_ms += ms; }

static void the_wait_for_the_lock_is_bounded(void **state)
{
    (void)state;
    struct xa_vault *v = saved_vault();
    xa_vault_free(&v);
    struct xa_files files = xa_files_real;
    files.wait = no_wait;
    files.lock = always_held;
    struct xa_vault_setup setup = {
        .path = path, .state_path = state_path, .kdf = kit_cheap_kdf, .files = &files };
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

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_vault_lives),
        IN_PLACE(it_signs_and_never_shows),
        IN_PLACE(what_cannot_be_a_key_is_refused),
        IN_PLACE(damage_looks_like_a_wrong_passphrase),
        IN_PLACE(files_of_the_wrong_kind_are_refused),
        IN_PLACE(one_job_at_a_time),
        IN_PLACE(a_lock_voids_a_job_for_memory_only),
        IN_PLACE(a_new_vault_that_is_locked_is_gone),
        IN_PLACE(passwd_changes_the_passphrase_and_the_key),
        IN_PLACE(changes_of_others_are_kept),
        IN_PLACE(passwd_elsewhere_locks_the_saver),
        IN_PLACE(two_first_saves_do_not_overwrite),
        IN_PLACE(a_vault_that_vanished_is_not_made_again),
        IN_PLACE(the_wait_for_the_lock_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
