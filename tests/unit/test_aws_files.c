/* The person's AWS files in the client: where they are, what is refused, what is sent of
 * a profile and what is run for it. */
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

#include "client/awsfiles/aws_files.h"

#define ROLE "role_arn = arn:aws:iam::222222222222:role/R\n"

static char home[] = "/tmp/xacct-aws-files.XXXXXX";
static struct xa_error err;

static const char *in_home(const char *name)
{
    static char path[XA_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", home, name);
    return path;
}

static void put(const char *name, const char *text)
{
    int fd = open(in_home(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static int start(void **state)
{
    (void)state;
    static const char *const files[] = { ".aws/config", ".aws/credentials", "config", "keys" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(in_home(files[i]));
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    return setenv("HOME", home, 1);
}

static int make_home(void **state)
{
    (void)state;
    return mkdtemp(home) == NULL || mkdir(in_home(".aws"), 0700) != 0;
}

static int remove_home(void **state)
{
    start(state);
    return rmdir(in_home(".aws")) != 0 || rmdir(home) != 0;
}

/* --- where ---------------------------------------------------------------------------- */

static void paths_are(const char *config, const char *credentials, bool named)
{
    struct xa_aws_paths paths;
    assert_true(xa_aws_paths_find(&paths, &err));
    assert_string_equal(paths.at[XA_AWSFILE_CONFIG], config);
    assert_string_equal(paths.at[XA_AWSFILE_CREDENTIALS], credentials);
    assert_int_equal(paths.named, named);
}

static void test_places(void **state)
{
    (void)state;
    setenv("HOME", "/h", 1);
    paths_are("/h/.aws/config", "/h/.aws/credentials", false);
    setenv("AWS_CONFIG_FILE", "/h/.aws/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", 1);
    paths_are("/h/.aws/config", "/h/.aws/credentials", false);
    setenv("AWS_CONFIG_FILE", "~/other", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
    paths_are("/h/other", "/h/.aws/credentials", true);
    setenv("AWS_CONFIG_FILE", "~other", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "a~/b", 1);
    paths_are("~other", "a~/b", true);
    setenv("AWS_CONFIG_FILE", "~", 1);
    paths_are("/h", "a~/b", true);
    unsetenv("HOME");
    struct xa_aws_paths paths;
    assert_true(xa_aws_paths_find(&paths, &err));
    assert_string_not_equal(paths.at[XA_AWSFILE_CONFIG], "");
}

static void test_a_path_too_long(void **state)
{
    static char path[XA_PATH_MAX + 1];
    struct xa_aws_paths paths;
    (void)state;
    memset(path, 'a', XA_PATH_MAX);
    setenv("AWS_CONFIG_FILE", path, 1);
    assert_false(xa_aws_paths_find(&paths, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    path[XA_PATH_MAX - 1] = '\0';
    setenv("AWS_CONFIG_FILE", path, 1);
    assert_true(xa_aws_paths_find(&paths, &err));
}

/* --- reading -------------------------------------------------------------------------- */

static void refused(const char *words)
{
    struct xa_aws_files files;
    assert_false(xa_aws_files_init(&files, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_non_null(strstr(err.message, words));
    xa_aws_files_finish(&files);
    xa_aws_files_finish(&files);
}

static void test_no_files_are_empty_ones(void **state)
{
    struct xa_aws_files files;
    (void)state;
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    assert_true(xa_aws_files_init(&files, &err));
    assert_true(files.config.len == 0 && files.credentials.len == 0);
    assert_int_equal(files.stats[XA_AWSFILE_CREDENTIALS].st_nlink, 0);
    assert_null(xa_profiles_find(files.profiles, xa_slice_of("default")));
    xa_aws_files_finish(&files);
    assert_null(files.profiles);
}

static void test_files_that_are_refused(void **state)
{
    (void)state;
    put(".aws/credentials", "[a\n");
    refused("credentials:1: a section's header");
    put(".aws/credentials", "[a]\n");
    assert_int_equal(chmod(in_home(".aws/credentials"), 0660), 0);
    refused("may be written by others");
    assert_int_equal(chmod(in_home(".aws/credentials"), 0640), 0);
    setenv("AWS_CONFIG_FILE", "~/.aws", 1);
    refused("is not a file");
    setenv("AWS_CONFIG_FILE", "/dev/zero", 1);
    refused("is not a file");
    setenv("AWS_CONFIG_FILE", "~/config", 1);
    put("config", "");
    assert_int_equal(truncate(in_home("config"), XA_AWS_FILE_MAX + 1), 0);
    refused("is larger than");
    if (geteuid() == 0) {
        put("config", "");
        assert_int_equal(chown(in_home("config"), 65534, 65534), 0);
        refused("belongs to uid 65534");
    }
}

/* --- a profile for the request ---------------------------------------------------------- */

static struct xa_slice profile(const char *name)
{
    static uint8_t room[4096];
    struct xa_slice list;
    assert_true(xa_aws_files_profile(name, room, sizeof room, &list, &err));
    return list;
}

static void test_the_homes_own_files_are_the_agents_business(void **state)
{
    (void)state;
    put(".aws/config", "[profile a]\n" ROLE "source_profile = b\n[broken");
    assert_int_equal(profile("a").len, 0);
}

static void test_a_named_file_is_sent_as_a_chain(void **state)
{
    struct xa_profile_part part;
    (void)state;
    put("config", "[profile a]\n" ROLE "source_profile = b\nendpoint_url = https://x\n"
        "[profile p]\ncredential_process = /bin/p\n[profile sso]\nsso_session = s\n"
        "[profile cs]\n" ROLE "credential_source = Environment\n"
        "[profile kp]\naws_access_key_id = a\naws_secret_access_key = b\n"
        "credential_process = /bin/p\n");
    put("keys", "[b]\naws_access_key_id = a\naws_secret_access_key = topsecret\n");
    setenv("AWS_CONFIG_FILE", "~/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "~/keys", 1);
    struct xa_slice list = profile("a");
    assert_null(memmem(list.at, list.len, "topsecret", 9));
    assert_true(xa_list_next(&list, &xa_msg_profile_part, &part, &err));
    assert_true(xa_slice_is(part.name, "a") && part.kind == XA_PROFILE_ROLE);
    assert_true(xa_slice_is(part.endpoint_url, "https://x"));
    assert_true(xa_list_next(&list, &xa_msg_profile_part, &part, &err));
    assert_true(xa_slice_is(part.name, "b") && part.kind == XA_PROFILE_KEYS);
    assert_false(xa_list_next(&list, &xa_msg_profile_part, &part, &err));
    assert_int_equal(err.code, XA_OK);
    list = profile("p");
    assert_true(xa_list_next(&list, &xa_msg_profile_part, &part, &err));
    assert_int_equal(part.kind, XA_PROFILE_PROCESS);
    list = profile("cs");
    assert_true(xa_list_next(&list, &xa_msg_profile_part, &part, &err));
    assert_int_equal(part.kind, XA_PROFILE_CREDENTIAL_SOURCE);
    static const char *const others[] = { "b", "sso", "kp", "gone", "arn:aws:iam::1:role/x" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(profile(others[i]).len, 0);
}

static void test_what_cannot_be_sent_is_an_error(void **state)
{
    uint8_t room[64];
    struct xa_slice list;
    (void)state;
    put("config", "[profile a]\n" ROLE "source_profile = b\n[profile l]\n" ROLE
        "source_profile = m\n[profile m]\n" ROLE "source_profile = l\n");
    setenv("AWS_CONFIG_FILE", "~/config", 1);
    assert_false(xa_aws_files_profile("a", room, sizeof room, &list, &err));
    assert_non_null(strstr(err.message, "longer than 64 bytes"));
    assert_false(xa_aws_files_profile("l", room, sizeof room, &list, &err));
    assert_non_null(strstr(err.message, "l -> m -> l"));
    assert_int_equal(list.len, 0);
    put("config", "broken\n");
    assert_false(xa_aws_files_profile("a", room, sizeof room, &list, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
}

/* --- a credential_process ---------------------------------------------------------------- */

static void test_the_command_of_a_profile(void **state)
{
    char room[16];
    (void)state;
    put(".aws/config", "[profile p]\ncredential_process = /bin/p \"a b\"\n[profile n]\n"
        "[profile more]\ncredential_process = a\n  b\n[profile empty]\ncredential_process =\n"
        "[profile esc]\ncredential_process = a\033b\n");
    assert_true(xa_aws_files_process("p", room, sizeof room, &err));
    assert_string_equal(room, "/bin/p \"a b\"");
    assert_false(xa_aws_files_process("p", room, 12, &err));
    assert_non_null(strstr(err.message, "config:2: credential_process of profile 'p' is longer"));
    assert_true(xa_aws_files_process("p", room, 13, &err));
    static const char *const none[] = { "n", "gone", "empty" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(xa_aws_files_process(none[i], room, sizeof room, &err));
        assert_int_equal(err.code, XA_NO_SUCH_NAME);
    }
    assert_false(xa_aws_files_process("more", room, sizeof room, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_false(xa_aws_files_process("esc", room, sizeof room, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    put("config", "[profile p]\ncredential_process = other\n");
    setenv("AWS_CONFIG_FILE", "~/config", 1);
    assert_true(xa_aws_files_process("p", room, sizeof room, &err));
    assert_string_equal(room, "other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_places, start),
        cmocka_unit_test_setup(test_a_path_too_long, start),
        cmocka_unit_test_setup(test_no_files_are_empty_ones, start),
        cmocka_unit_test_setup(test_files_that_are_refused, start),
        cmocka_unit_test_setup(test_the_homes_own_files_are_the_agents_business, start),
        cmocka_unit_test_setup(test_a_named_file_is_sent_as_a_chain, start),
        cmocka_unit_test_setup(test_what_cannot_be_sent_is_an_error, start),
        cmocka_unit_test_setup(test_the_command_of_a_profile, start),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
