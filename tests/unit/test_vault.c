/* The vault with real files: what it keeps, and what it refuses (V2, V4, V6). */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/vault_kit.h"

static void a_vault_lives(void **state)
{
    (void)state;
    struct xa_vault *v = kit_vault(NULL);
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
    assert_false(kit_exists(kit_path));
    assert_true(kit_add(v, "main", KIT_SECRET, &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_OPEN);
    assert_true(kit_add(v, "Other", "another/secret+", &err));
    assert_string_equal(kit_names(v), " Other main");
    assert_int_equal(stat(kit_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(kit_state_path, &st), 0);
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
    struct xa_vault_info proven = {
        .name = "main", .access_key_id = KIT_KEY_ID, .account = "222222222222",
        .arn = "arn:aws:iam::222222222222:user/b",
    };
    assert_true(kit_prove(v, &proven, &err));
    assert_true(xa_vault_find(v, xa_slice_of("main"), &info));
    assert_string_equal(info.account, "222222222222");
    assert_string_equal(info.arn, "arn:aws:iam::222222222222:user/b");
    assert_int_equal(info.created_at, 1768480496);
    assert_string_equal(kit_names(v), " Other main");
    xa_vault_lock(v);
    assert_true(kit_unlock(v, "first", &err));
    assert_true(xa_vault_find(v, xa_slice_of("main"), &info));
    assert_string_equal(info.account, "222222222222");
    proven.access_key_id[0] = 'B';      /* not the key that lies there */
    assert_false(kit_prove(v, &proven, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    memcpy(proven.access_key_id, KIT_KEY_ID, sizeof KIT_KEY_ID);
    memcpy(proven.account, "2222", 5);
    assert_false(kit_prove(v, &proven, &err));
    assert_int_equal(err.code, XA_BAD_REPLY);
    assert_false(kit_remove(v, "nobody", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_true(kit_remove(v, "main", &err));
    assert_true(kit_remove(v, "Other", &err));
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_OPEN);
    assert_int_equal(xa_vault_count(v), 0);
    assert_false(kit_leftovers());
    xa_vault_free(&v);
    assert_null(v);
    xa_vault_free(&v);
}

/* The vault signs as its key would, and the key is in no file in clear. */
static void it_signs_and_never_shows(void **state)
{
    (void)state;
    static uint8_t file[XA_VAULT_FILE_MAX];
    struct xa_vault *v = kit_saved_vault();
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
    size_t len = kit_read_file(kit_path, file, sizeof file);
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
    struct xa_vault *v = kit_saved_vault();
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
    struct xa_vault *v = kit_saved_vault();
    struct xa_error wrong, err;
    xa_vault_lock(v);
    assert_false(kit_unlock(v, "second", &wrong));
    kit_copy_file(kit_path, kit_aside);
    static const off_t places[] = { 40, 60, 90, 120, 155, 170, 300, 4300 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = open(kit_path, O_RDWR | O_CLOEXEC);
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
        kit_copy_file(kit_aside, kit_path);
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
    (void)unlink(kit_path);
    kit_copy_file(kit_aside, kit_path);
    assert_true(kit_unlock(v, "first", &err));
    xa_vault_lock(v);
}

/* V2 */
static void files_of_the_wrong_kind_are_refused(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    char other[4300];
    snprintf(other, sizeof other, "%s/other", kit_dir);
    xa_vault_lock(v);
    kit_copy_file(kit_path, kit_aside);

    assert_int_equal(chmod(kit_path, 0640), 0);
    refused_as(v, "can be read or changed by others");
    assert_int_equal(chmod(kit_path, 0602), 0);
    refused_as(v, "can be read or changed by others");
    assert_int_equal(link(kit_path, other), 0);
    refused_as(v, "hard link");
    assert_int_equal(rename(kit_path, other), 0);
    assert_int_equal(symlink(other, kit_path), 0);
    refused_as(v, "symbolic link");
    assert_int_equal(unlink(kit_path), 0);
    assert_int_equal(mkfifo(kit_path, 0600), 0);
    refused_as(v, "not a regular file");
    assert_int_equal(truncate(kit_path, XA_VAULT_FILE_MAX + 1), 0);
    refused_as(v, "larger");
    assert_int_equal(truncate(kit_path, XA_VAULT_FILE_MAX), 0);
    refused_as(v, "behind its end");
    assert_int_equal(truncate(kit_path, 0), 0);
    refused_as(v, "no xacct vault");
    if (geteuid() == 0) {
        assert_int_equal(chown(kit_path, 65534, 65534), 0);
        refused_as(v, "another user");
    }
    xa_vault_free(&v);
}

static void one_job_at_a_time(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
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
    struct xa_vault *v = kit_saved_vault();
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
    struct xa_vault *v = kit_vault(NULL);
    assert_true(kit_create(v, "first", NULL));
    xa_vault_lock(v);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_ABSENT);
    xa_vault_free(&v);
}

static void passwd_changes_the_passphrase_and_the_key(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    kit_copy_file(kit_path, kit_aside);
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
    assert_false(kit_leftovers());

    /* An old backup opens only itself: its key is not the new one (V6). */
    xa_vault_free(&v);
    kit_copy_file(kit_aside, kit_path);
    v = kit_vault(NULL);
    assert_false(kit_unlock(v, "second", &err));
    assert_true(kit_unlock(v, "first", &err));
    assert_non_null(strstr(xa_vault_warning(v), "another vault or passphrase"));
    xa_vault_free(&v);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, kit_make_place, kit_remove_place)
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
