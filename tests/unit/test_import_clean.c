/* Taking stored keys out of a file: every other byte stays, nothing is lost when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/awsfiles/import_file.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define ID_2 "AKIAI44QH8DHBEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define SECRET_2 "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"

static struct xa_error err;

static struct xa_clean_key key_of(const char *name)
{
    return (struct xa_clean_key){ xa_slice_of(name), xa_slice_of(ID), xa_slice_of(SECRET) };
}

/* --- which lines go -------------------------------------------------------------------- */

static char kept[4096];
static size_t kept_len;

static bool keep(struct xa_slice part, void *ctx)
{
    (void)ctx;
    assert_true(part.len > 0 && kept_len + part.len < sizeof kept);
    memcpy(kept + kept_len, part.at, part.len);
    kept_len += part.len;
    kept[kept_len] = '\0';
    return true;
}

static void rewritten(enum xa_awsfile_flavour flavour, const char *text, const char *wanted,
                      size_t n_lines)
{
    struct xa_clean_key keys[] = { key_of("a"), key_of("default") };
    kept[kept_len = 0] = '\0';
    assert_true(xa_clean_rewrite(xa_slice_of(text), flavour, keys, 2, keep, NULL));
    assert_string_equal(kept, wanted);
    assert_int_equal(xa_clean_count(xa_slice_of(text), flavour, keys, 2), n_lines);
}

static void test_only_the_stored_keys_lines_go(void **state)
{
    (void)state;
    rewritten(XA_AWSFILE_CREDENTIALS,
              "# top\r\n\r\n[a]\r\naws_access_key_id = " ID "\r\n; note\r\n"
              "AWS_SECRET_ACCESS_KEY=" SECRET " # old\r\nregion = x\r\n\r\n"
              "[b]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET,
              "# top\r\n\r\n[a]\r\n; note\r\nregion = x\r\n\r\n"
              "[b]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET, 2);
    rewritten(XA_AWSFILE_CREDENTIALS,
              "[a]\naws_access_key_id = " ID_2 "\naws_secret_access_key = " SECRET "x\n",
              "[a]\naws_access_key_id = " ID_2 "\naws_secret_access_key = " SECRET "x\n", 0);
    rewritten(XA_AWSFILE_CREDENTIALS,
              "[a]\nk = v\naws_access_key_id = " ID "\n  more\n\n  m\n l = 1\n",
              "[a]\nk = v\n\n", 4);
    rewritten(XA_AWSFILE_CREDENTIALS, "[a]\naws_secret_access_key = " SECRET, "[a]\n", 1);
    rewritten(XA_AWSFILE_CREDENTIALS, "", "", 0);
}

static void test_each_file_has_its_own_headers(void **state)
{
    static const char lines[] = "aws_access_key_id = " ID "\n";
    char text[256], without[128];
    (void)state;
    snprintf(text, sizeof text, "[a]\n%s[default]\n%s[services a]\n%s[profile a]\n%s", lines, lines,
             lines, lines);
    snprintf(without, sizeof without, "[a]\n%s[default]\n[services a]\n%s[profile a]\n", lines,
             lines);
    rewritten(XA_AWSFILE_CONFIG, text, without, 2);
}

static void test_the_backup_has_no_secret_of_anybody(void **state)
{
    (void)state;
    kept[kept_len = 0] = '\0';
    assert_true(xa_clean_backup(xa_slice_of(
        "[a]\r\naws_access_key_id = " ID "\r\naws_secret_access_key = " SECRET "\r\n"
        "# aws_secret_access_key = " SECRET_2 "\n[b]\naws_session_token = t\n  more\n\n"
        "AWS_SECURITY_TOKEN =\n  u = v\nregion = x\n  kept\n[profile ignored]\n"
        "aws_secret_access_key=" SECRET_2), keep, NULL));
    assert_string_equal(kept, "[a]\r\naws_access_key_id = " ID "\r\n[b]\n\nregion = x\n  kept\n"
                        "[profile ignored]\n");
}

static bool refuse(struct xa_slice part, void *ctx)
{
    (void)part;
    (void)ctx;
    return false;
}

static void test_a_full_disk_is_noticed_at_every_part(void **state)
{
    struct xa_clean_key key = key_of("a");
    struct xa_slice text = xa_slice_of("[a]\naws_access_key_id = " ID "\nx = 1\n");
    (void)state;
    assert_false(xa_clean_rewrite(text, XA_AWSFILE_CREDENTIALS, &key, 1, refuse, NULL));
    assert_false(xa_clean_backup(text, refuse, NULL));
    assert_false(xa_clean_backup(xa_slice_of("x\naws_session_token = t\n"), refuse, NULL));
}

/* --- which keys may go ------------------------------------------------------------------ */

static bool possible(const char *config, const char *credentials)
{
    struct xa_clean_key key = key_of("a");
    struct xa_profiles *profiles =
        xa_profiles_new((struct xa_profiles_text){ "C", xa_slice_of(config) },
                        (struct xa_profiles_text){ "K", xa_slice_of(credentials) }, &err);
    assert_non_null(profiles);
    bool ok = xa_clean_possible(profiles, &key, &err);
    xa_profiles_free(&profiles);
    return ok;
}

static void test_no_other_key_comes_into_force(void **state)
{
    static const char good[] = "[a]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET
                               "\nregion = x\n  y\n";
    (void)state;
    assert_true(possible("", good));
    assert_true(possible("[profile a]\naws_access_key_id = " ID "\n", good));
    assert_true(possible("[profile b]\naws_access_key_id = " ID_2 "\n", good));
    assert_false(possible("[profile a]\naws_access_key_id = " ID_2 "\n", good));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_string_equal(err.message, "C:2: profile 'a' has another key here; its lines were left");
    assert_false(possible("[profile a]\naws_secret_access_key = " SECRET_2 "\n", good));
    assert_null(strstr(err.message, SECRET_2));
    assert_false(possible("", "[a]\naws_access_key_id = " ID "\n  more\n"));
    assert_true(possible("", ""));
}

/* --- the file --------------------------------------------------------------------------- */

static char dir[] = "/tmp/xacct-clean.XXXXXX", path[64], backup[XA_PATH_MAX];
static const char old[] = "[a]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET "\n"
                          "[b]\naws_secret_access_key = " SECRET_2 "\n";
static const char cleaned[] = "[a]\n[b]\naws_secret_access_key = " SECRET_2 "\n";
static const char as_backup[] = "[a]\naws_access_key_id = " ID "\n[b]\n";
static int fsyncs, failing_fsync;
static void (*before_fsync)(void);

/* Stands before the C library's: fails the n-th, or does something to the file first. */
int fsync(int fd)
{
    if (++fsyncs == failing_fsync) {
        errno = EIO;
        return -1;
    }
    if (before_fsync != NULL)
        before_fsync();
    return (int)syscall(SYS_fsync, fd);
}

static void put(const char *at, const char *text)
{
    int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void holds(const char *at, const char *wanted)
{
    char text[1024];
    int fd = open(at, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    assert_true(len >= 0);
    text[len] = '\0';
    close(fd);
    assert_string_equal(text, wanted);
}

static unsigned files_in_dir(bool remove_them)
{
    unsigned n = 0;
    DIR *list = opendir(dir);
    assert_non_null(list);
    for (const struct dirent *e; (e = readdir(list)) != NULL;)
        if (e->d_name[0] != '.') {
            n++;
            if (remove_them)
                assert_int_equal(unlinkat(dirfd(list), e->d_name, 0), 0);
        }
    closedir(list);
    return n;
}

static int start(void **state)
{
    (void)state;
    fsyncs = failing_fsync = 0;
    before_fsync = NULL;
    files_in_dir(true);
    snprintf(path, sizeof path, "%s/credentials", dir);
    put(path, old);
    return chmod(path, 0640);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    (void)state;
    files_in_dir(true);
    return rmdir(dir);
}

static struct xa_clean_file file_at(const char *at)
{
    struct xa_clean_file file = { .path = at, .text = xa_slice_of(old),
                                  .flavour = XA_AWSFILE_CREDENTIALS };
    assert_int_equal(stat(at, &file.as_read), 0);
    return file;
}

static bool write_file(const struct xa_clean_file *file)
{
    struct xa_clean_key key = key_of("a");
    return xa_clean_file_write(file, &key, 1, backup, &err);
}

static void test_file_and_backup_are_written(void **state)
{
    struct stat st;
    (void)state;
    struct xa_clean_file file = file_at(path);
    assert_true(write_file(&file));
    holds(path, cleaned);
    holds(backup, as_backup);
    assert_string_equal(backup + strlen(path), ".bak-xacct");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(stat(backup, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(files_in_dir(false), 2);
}

static void test_a_link_stays_one(void **state)
{
    char link[80];
    struct stat st;
    (void)state;
    snprintf(link, sizeof link, "%s/link", dir);
    assert_int_equal(symlink(path, link), 0);
    struct xa_clean_file file = file_at(link);
    assert_true(write_file(&file));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    holds(path, cleaned);
    assert_int_equal(files_in_dir(false), 3);
}

/* One for the backup, one for the file. */
static void test_a_failure_at_any_sync_leaves_the_file(void **state)
{
    for (int n = 1; n <= 2; n++) {
        start(state);
        struct xa_clean_file file = file_at(path);
        failing_fsync = n;
        assert_false(write_file(&file));
        assert_int_equal(err.code, XA_IO);
        holds(path, old);
        assert_int_equal(files_in_dir(false), n == 1 ? 1 : 2);
    }
}

static void edit(void)
{
    put(path, "[new]\n");
    before_fsync = NULL;
}

static void test_what_an_editor_saved_meanwhile_stays(void **state)
{
    (void)state;
    struct xa_clean_file file = file_at(path);
    before_fsync = edit;
    assert_false(write_file(&file));
    assert_non_null(strstr(err.message, "was changed meanwhile"));
    holds(path, "[new]\n");
    assert_int_equal(files_in_dir(false), 2);
}

static void test_a_file_that_is_gone_is_not_made(void **state)
{
    (void)state;
    struct xa_clean_file file = file_at(path);
    assert_int_equal(unlink(path), 0);
    assert_false(write_file(&file));
    assert_int_equal(err.code, XA_IO);
    assert_int_equal(files_in_dir(false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_stored_keys_lines_go),
        cmocka_unit_test(test_each_file_has_its_own_headers),
        cmocka_unit_test(test_the_backup_has_no_secret_of_anybody),
        cmocka_unit_test(test_a_full_disk_is_noticed_at_every_part),
        cmocka_unit_test(test_no_other_key_comes_into_force),
        cmocka_unit_test_setup(test_file_and_backup_are_written, start),
        cmocka_unit_test_setup(test_a_link_stays_one, start),
        cmocka_unit_test_setup(test_a_failure_at_any_sync_leaves_the_file, start),
        cmocka_unit_test_setup(test_what_an_editor_saved_meanwhile_stays, start),
        cmocka_unit_test_setup(test_a_file_that_is_gone_is_not_made, start),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
