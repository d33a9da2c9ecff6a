/* A session policy in a file: where it lies, what it may hold, who may write it
 * (design.md, section 7; security G1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/broker/policy_file.h"
#include "tests/lib/vault_kit.h"

#define S(text) xa_slice_of(text)

static char config_path[4300], file_path[4300], url[4400];
static char room[XA_POLICY_MAX + 1];
static size_t room_len;
static struct xa_error err;

static int start(void **state)
{
    kit_make_place(state);
    snprintf(config_path, sizeof config_path, "%s/config", kit_dir);
    snprintf(file_path, sizeof file_path, "%s/p.json", kit_dir);
    snprintf(url, sizeof url, "file://%s", file_path);
    return 0;
}

static bool read_it(const char *policy)
{
    memset(&err, 0, sizeof err);
    memset(room, '#', sizeof room);
    room_len = 77777;
    bool ok = xa_policy_file_read(S(policy), config_path, room, &room_len, &err);
    assert_int_equal(err.code, ok ? XA_OK : XA_BAD_CONFIG);
    if (ok)
        assert_int_equal(room[room_len], '\0');
    else
        assert_int_equal(room_len, 77777);
    return ok;
}

static void put(const char *text, size_t len)
{
    kit_write_file(file_path, (const uint8_t *)text, len);
}

static void a_path_is_absolute_or_beside_the_configuration(void **state)
{
    (void)state;
    char sub[4400];
    put("{}", 2);
    assert_true(read_it(url));
    assert_string_equal(room, "{}");
    assert_true(read_it("file://p.json"));
    assert_true(read_it("file://./p.json"));
    snprintf(sub, sizeof sub, "%s/data", kit_dir);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_true(read_it("file://data/../p.json"));
    assert_false(read_it("file://data"));
    assert_false(read_it("file://none.json"));
    assert_non_null(strstr(err.message, "/none.json: there is no policy in it"));
    static char deep[XA_PATH_MAX + 100];
    memset(deep, 'x', sizeof deep - 1);
    memcpy(deep, "file://", 7);
    assert_false(read_it(deep));
    assert_string_equal(err.message, "the path of a policy's file is too long");
}

static void what_is_no_such_url_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = { "p.json", "file:p.json", "FILE://p.json", "https://x",
                                          "", "file://", "[]", "/etc/passwd" };
    put("{}", 2);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(read_it(others[i]));
        assert_non_null(strstr(err.message, "neither JSON nor file://PATH"));
        assert_non_null(strstr(err.message, others[i]));
    }
}

static const struct { const char *text, *policy; } texts[] = {
    { "{}", "{}" },
    { "{}\n", "{}" },
    { "\n\t {}\r\n \n", "{}" },
    { "{\n\t\"a\":\r\n 1\n}", "{  \"a\":   1 }" },
    { "{\"a\":\"\xc3\xbc\"}", "{\"a\":\"\xc3\xbc\"}" },
    { "x", "x" },                                    /* JSON is judged elsewhere */
};

static void white_space_becomes_blanks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i].text, strlen(texts[i].text));
        assert_true(read_it(url));
        assert_string_equal(room, texts[i].policy);
        assert_int_equal(room_len, strlen(texts[i].policy));
    }
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const struct { const char *text; size_t len; const char *says; } bad[] = {
        { "", 0, "there is no policy in it" }, { " \n\t", 3, "there is no policy in it" },
        { "{\0}", 3, "it is not text" },       { "{\x1b}", 3, "it is not text" },
        { "{\xff}", 3, "it is not text" },     { "{\x7f}", 3, "it is not text" },
        { "{\xe2\x80\xae}", 5, "it is not text" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(bad[i].text, bad[i].len);
        assert_false(read_it(url));
        assert_non_null(strstr(err.message, bad[i].says));
        assert_non_null(strstr(err.message, file_path));
    }
}

static void the_longest_is_read_and_none_longer(void **state)
{
    (void)state;
    static char text[XA_POLICY_MAX + 3];
    memset(text, 'x', sizeof text);
    put(text, XA_POLICY_MAX);
    assert_true(read_it(url));
    assert_int_equal(room_len, XA_POLICY_MAX);
    put(text, XA_POLICY_MAX + 1);
    assert_false(read_it(url));
    assert_non_null(strstr(err.message, "a policy this long is not sent"));
    text[XA_POLICY_MAX] = text[XA_POLICY_MAX + 1] = '\n';    /* its end is not counted */
    put(text, XA_POLICY_MAX + 2);
    assert_true(read_it(url));
}

static void others_may_not_write_it(void **state)
{
    (void)state;
    static const struct { mode_t mode; bool good; } modes[] = {
        { 0600, true }, { 0644, true }, { 0400, true }, { 0620, false }, { 0602, false },
        { 0666, false },
    };
    put("{}", 2);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(file_path, modes[i].mode), 0);
        assert_int_equal(read_it(url), modes[i].good);
        if (!modes[i].good)
            assert_non_null(strstr(err.message, "may be written by others"));
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, kit_remove_place)
    const struct CMUnitTest tests[] = {
        T(a_path_is_absolute_or_beside_the_configuration),
        T(what_is_no_such_url_is_refused),
        T(white_space_becomes_blanks),
        T(what_is_no_text_is_refused),
        T(the_longest_is_read_and_none_longer),
        T(others_may_not_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
