/* ~/.aws/config in the agent: read again when it changed, kept when the present one is
 * refused, never written, and no secret of it kept in memory (design.md, section 7; G1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/broker/profiles_file.h"
#include "proto/limits.h"
#include "tests/lib/vault_kit.h"

#define PROD "[profile prod]\nrole_arn = x\nsource_profile = main\n"

static char path[4210];
static struct xa_profiles_file *file;
static struct xa_error err;

static void put(const void *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static int start(void **state)
{
    if (kit_make_place(state) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/config", kit_dir);
    file = xa_profiles_file_new(path, &err);
    return file == NULL;
}

static int end(void **state)
{
    xa_profiles_file_free(&file);
    assert_null(file);
    return kit_remove_place(state);
}

static bool has(const char *name)
{
    const struct xa_profiles *now = xa_profiles_file_current(file, &err);
    return now != NULL && xa_profiles_find(now, xa_slice_of(name)) != NULL;
}

static void test_no_file_is_no_profiles(void **state)
{
    uint32_t cursor = 0;
    (void)state;
    const struct xa_profiles *none = xa_profiles_file_current(file, &err);
    assert_non_null(none);
    assert_null(xa_profiles_next(none, &cursor));
    assert_null(xa_profiles_file_fault(file));
    assert_string_equal(xa_profiles_file_path(file), path);
    struct xa_profiles_file *homeless = xa_profiles_file_new("", &err);
    assert_non_null(xa_profiles_file_current(homeless, &err));
    xa_profiles_file_free(&homeless);
    xa_profiles_file_free(&homeless);
}

static void test_a_change_is_seen_and_a_deletion(void **state)
{
    (void)state;
    put_text(PROD);
    assert_true(has("prod") && !has("audit"));
    put_text(PROD "[profile audit]\n");
    assert_true(has("prod") && has("audit"));
    assert_int_equal(unlink(path), 0);
    assert_false(has("prod"));
    assert_null(xa_profiles_file_fault(file));
}

static void test_the_last_good_one_stays_in_force(void **state)
{
    (void)state;
    put_text("[profile prod");
    assert_null(xa_profiles_file_current(file, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    put_text(PROD);
    assert_true(has("prod"));
    put_text(PROD "nonsense\n");
    assert_true(has("prod"));
    const struct xa_error *fault = xa_profiles_file_fault(file);
    assert_non_null(fault);
    assert_non_null(strstr(fault->message, "config:4: "));
    put_text(PROD "# sense\n");
    assert_true(has("prod"));
    assert_null(xa_profiles_file_fault(file));
}

static void test_it_may_be_read_by_others_but_not_written(void **state)
{
    (void)state;
    put_text(PROD);
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(has("prod"));
    for (unsigned mode = 0664; mode != 0; mode = mode == 0664 ? 0646 : 0) {
        assert_int_equal(chmod(path, mode), 0);
        assert_true(has("prod"));
        assert_non_null(strstr(xa_profiles_file_fault(file)->message, "may be written by others"));
    }
    if (geteuid() == 0) {
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_true(has("prod"));
        assert_non_null(strstr(xa_profiles_file_fault(file)->message, "belongs to uid 65534"));
    }
}

static void test_the_largest_file_and_one_byte_more(void **state)
{
    char *text = malloc(XA_AWS_FILE_MAX + 1);
    (void)state;
    assert_non_null(text);
    memset(text, '#', XA_AWS_FILE_MAX + 1);
    memcpy(text, PROD, sizeof PROD - 1);
    put(text, XA_AWS_FILE_MAX);
    assert_true(has("prod"));
    put(text, XA_AWS_FILE_MAX + 1);
    assert_true(has("prod"));
    assert_non_null(strstr(xa_profiles_file_fault(file)->message, "larger than"));
    free(text);
}

/* Looks at what is in force: a value is where its key says, or crossed out. */
static void check_key(const char *name, const char *key, const char *wanted)
{
    struct xa_profile_value value;
    const struct xa_profiles *now = xa_profiles_file_current(file, &err);
    const struct xa_profile *at = xa_profiles_find(now, xa_slice_of(name));
    assert_non_null(at);
    assert_true(xa_profile_find_key(now, at, key, &value));
    assert_true(xa_slice_is(value.text, wanted));
}

static void test_secrets_are_crossed_out(void **state)
{
    struct xa_profile_part parts[2];
    (void)state;
    put_text("[profile a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
             "AWS_Secret_Access_Key = ab/c d\n  two = three\n  four\nregion = r\n"
             "[profile b]\naws_session_token = tt\n[ignored x]\naws_session_token = uu\n"
             "[profile c]\naws_security_token =\n  sub = vv\nlast = 1");
    check_key("a", "aws_access_key_id", "AKIAIOSFODNN7EXAMPLE");
    check_key("a", "aws_secret_access_key", "xxxx x");
    check_key("a", "region", "r");
    check_key("b", "aws_session_token", "xx");
    check_key("c", "aws_security_token", "");
    check_key("c", "last", "1");
    const struct xa_profiles *now = xa_profiles_file_current(file, &err);
    struct xa_profile_walk walk;
    enum xa_awsfile_event event;
    for (const char *name = "a"; name != NULL; name = name[0] == 'a' ? "c" : NULL) {
        xa_profile_walk_init(&walk, now, xa_profiles_find(now, xa_slice_of(name)));
        while ((event = xa_profile_walk_next(&walk)) != XA_AWSFILE_END)
            if (event == XA_AWSFILE_MORE)
                assert_true(xa_slice_is(walk.at.value, "two = xxxxx") ||
                            xa_slice_is(walk.at.value, "xxxx") ||
                            xa_slice_is(walk.at.value, "sub = xx"));
    }
    assert_int_equal(xa_profiles_chain(now, xa_slice_of("a"), parts, 2, &err), 1);
    assert_int_equal(parts[0].kind, XA_PROFILE_KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_file_is_no_profiles, start, end),
        cmocka_unit_test_setup_teardown(test_a_change_is_seen_and_a_deletion, start, end),
        cmocka_unit_test_setup_teardown(test_the_last_good_one_stays_in_force, start, end),
        cmocka_unit_test_setup_teardown(test_it_may_be_read_by_others_but_not_written, start, end),
        cmocka_unit_test_setup_teardown(test_the_largest_file_and_one_byte_more, start, end),
        cmocka_unit_test_setup_teardown(test_secrets_are_crossed_out, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
