/* xacct's lines in an AWS file, and the difference that they make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/awsfiles/aws_block.h"
#include "client/base/diff.h"

#define B XA_BLOCK_BEGIN "\n"
#define E XA_BLOCK_END "\n"
#define PROD "[profile prod]\ncredential_process = /bin/x credential-process prod\nregion = r\n"
#define OTHER "[profile a@b]\ncredential_process = /bin/x credential-process a@b\n"

static struct xa_block block;
static struct xa_error err;

static bool found(const char *text)
{
    return xa_block_find("f", xa_slice_of(text), &block, &err);
}

static void where_it_stands(void **state)
{
    static const char *const befores[] = { "", "[profile x]\nregion = y\n", "\n", "# c\r\n" };
    static const char *const afters[] = { "", "[profile x]\nregion = y", "\n\n", "\r\n" };
    char text[1024];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            snprintf(text, sizeof text, "%s%s%s", befores[i], B PROD OTHER E, afters[k]);
            assert_true(found(text));
            assert_true(xa_slice_is(block.before, befores[i]));
            assert_true(xa_slice_is(block.block, B PROD OTHER E));
            assert_true(xa_slice_is(block.after, afters[k]));
            assert_int_not_equal(block.line, 0);
        }
    assert_true(found("[profile x]\n"));
    assert_int_equal(block.line, 0);
    assert_true(xa_slice_is(block.after, "[profile x]\n"));
    assert_int_equal(block.before.len + block.block.len, 0);
    assert_true(found(""));
    assert_true(found(B PROD XA_BLOCK_END));          /* its last line without an end */
    assert_true(xa_slice_is(block.block, B PROD XA_BLOCK_END));
    assert_true(found(XA_BLOCK_BEGIN "\r\n" PROD XA_BLOCK_END "\r\n"));
}

static void what_is_no_block(void **state)
{
    static const struct { const char *text, *says; } table[] = {
        { B PROD, "f:1: " }, { "x = y\n" B, "f:2: " }, { PROD E, "f:4: " }, { E, "f:1: " },
        { B E B E, "f:3: " }, { B B E, "f:2: " }, { B E E, "f:3: " },
        { B PROD "output = json\n" E, "f:5: " }, { B "[default ]\n" E, "f:2: " },
        { B "[profile a b]\n" E, "f:2: " }, { B "# mine\n" E, "f:2: " },
        { B "credential_process = /bin/other\n" E, "f:2: " }, { B " region = x\n" E, "f:2: " },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (found(table[i].text))
            fail_msg("taken for a block: %s", table[i].text);
        assert_int_equal(err.code, XA_BAD_CONFIG);
        if (strncmp(err.message, table[i].says, strlen(table[i].says)) != 0)
            fail_msg("%s: %s", table[i].text, err.message);
    }
}

static void its_names(void **state)
{
    struct xa_slice rest = xa_slice_of(B PROD OTHER "[default]\n" E), name;
    (void)state;
    assert_true(xa_block_next(&rest, &name) && xa_slice_is(name, "prod"));
    assert_true(xa_block_next(&rest, &name) && xa_slice_is(name, "a@b"));
    assert_true(xa_block_next(&rest, &name) && xa_slice_is(name, "default"));
    assert_false(xa_block_next(&rest, &name));
}

static bool gather(struct xa_slice part, void *ctx)
{
    strncat(ctx, (const char *)part.at, part.len);
    return true;
}

static bool stop(struct xa_slice part, void *ctx)
{
    (void)part;
    return --*(int *)ctx > 0;
}

static void written_and_found_again(void **state)
{
    static const struct xa_block_entry entries[] = { { "prod", "r" }, { "a@b", "" },
                                                     { "default", "" } };
    char text[2048] = "";
    (void)state;
    assert_true(xa_block_write("/bin/x", entries, 3, gather, text));
    assert_string_equal(text, B PROD OTHER
        "[default]\ncredential_process = /bin/x credential-process default\n" E);
    assert_true(found(text));
    assert_true(xa_slice_is(block.block, text));
    text[0] = '\0';
    assert_true(xa_block_write("/bin/x", entries, 0, gather, text));
    assert_string_equal(text, "");
    for (int n = 1; n <= 5; n++) {
        int left = n;
        assert_false(xa_block_write("/bin/x", entries, 3, stop, &left));
    }
}

static void programs(void **state)
{
    static const char *const good[] = { "/usr/bin/xacct-client", "/a", "/o_p.t/x+y@1/Z9" };
    static const char *const bad[] = { "", "xacct", "./x", "/a b", "/a\"b", "/a'b", "/a$b",
                                       "/a;b", "/a#b", "/~", "/a\nb", "/\xc3\xa4", "/a*", "/a\\b" };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(xa_block_program_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (xa_block_program_good(bad[i]))
            fail_msg("%s", bad[i]);
}

static void names_elsewhere(void **state)
{
    static const struct { const char *text; unsigned line; } table[] = {
        { "[profile prod]\n", 1 }, { "\n[profile  prod]", 2 }, { "[profile \"prod\"]\n", 1 },
        { "[profile 'prod'] ; x\n", 1 }, { " [ profile\tprod ]\r\n", 1 },
        { "[prod]\n[profile prod2]\n[sso-session prod]\n[profileprod]\n[profile]\n[", 0 },
        { B PROD E "[profile x]\n", 0 }, { B PROD E "[profile prod]\n", 6 }, { "", 0 },
        { "# [profile prod]\n", 0 }, { "[profile \"prod]\n", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(found(table[i].text));
        assert_int_equal(xa_block_elsewhere(xa_slice_of(table[i].text), &block, "prod"),
                         table[i].line);
    }
    assert_true(found("[default]\n"));
    assert_int_equal(xa_block_elsewhere(xa_slice_of("[default]\n"), &block, "default"), 1);
    assert_int_equal(xa_block_elsewhere(xa_slice_of("[profile default]\n"), &block, "default"), 1);
}

static void swallowed(void **state)
{
    (void)state;
    assert_true(xa_block_swallows(xa_slice_of("# x\n\n  [profile a]\n")));
    assert_true(xa_block_swallows(xa_slice_of("\tregion = x")));
    assert_false(xa_block_swallows(xa_slice_of("")));
    assert_false(xa_block_swallows(xa_slice_of("  # x\n[profile a]\n  b = c\n")));
}

static void the_difference(void **state)
{
    static const struct { const char *old, *fresh, *diff; size_t around; } table[] = {
        { "a\nb\n", "a\nb\n", "", 0 }, { "", "", "", 0 },
        { "", "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n", 0 },
        { "a\n", "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n", 0 },
        { "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nX\n6\n7\n8\n",
          "--- f\n+++ f\n@@ -5,1 +5,1 @@\n-5\n+X\n", 0 },
        { "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nX\n6\n7\n8\n",
          "--- f\n+++ f\n@@ -3,5 +3,5 @@\n 3\n 4\n-5\n+X\n 6\n 7\n", 2 },
        { "1\n2\n3\n", "1\nX\n3\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n 1\n-2\n+X\n 3\n", 3 },
        { "a\nb\n", "a\nb\n", "", 3 },
        { "", "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n", 3 },
        { "a\n", "b\na\n", "--- f\n+++ f\n@@ -1,1 +1,2 @@\n+b\n a\n", 3 },
        { "a\n", "a\nb\n", "--- f\n+++ f\n@@ -1,1 +1,2 @@\n a\n+b\n", 3 },
        { "a\nb", "x\na\nb", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+x\n", 0 },
        { "a", "a\n", "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n", 0 },
    };
    char room[512];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct xa_out o = xa_out_begin(-1, room, sizeof room);
        o.whole = true;
        const struct xa_diff diff = { "f", "f", xa_slice_of(table[i].old),
                                      xa_slice_of(table[i].fresh), table[i].around };
        xa_diff(&o, &diff);
        room[o.len] = '\0';
        assert_string_equal(room, table[i].diff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_stands), cmocka_unit_test(what_is_no_block),
        cmocka_unit_test(its_names), cmocka_unit_test(written_and_found_again),
        cmocka_unit_test(programs), cmocka_unit_test(names_elsewhere),
        cmocka_unit_test(swallowed), cmocka_unit_test(the_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
