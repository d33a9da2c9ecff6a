/* "Did you mean": distances, and which of a few words is near enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/base/suggest.h"

static void distances(void **state)
{
    static const struct { const char *a, *b; size_t distance; } rows[] = {
        { "", "", 0 },           { "", "abc", 3 },         { "list", "list", 0 },
        { "lits", "list", 1 },   { "lst", "list", 1 },     { "llist", "list", 1 },
        { "lisp", "list", 1 },   { "kitten", "sitting", 3 }, { "ca", "abc", 3 },
        { "prdo", "prod", 1 },   { "env", "whoami", 6 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(xa_suggest_distance(rows[i].a, rows[i].b), rows[i].distance);
        assert_int_equal(xa_suggest_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
}

static void long_words_are_far_apart(void **state)
{
    char word[66];
    (void)state;
    memset(word, 'x', sizeof word);
    word[65] = '\0';
    assert_true(xa_suggest_distance(word, "x") == SIZE_MAX);
    assert_true(xa_suggest_distance("x", word) == SIZE_MAX);
    word[64] = '\0';
    assert_int_equal(xa_suggest_distance(word, "x"), 63);
}

static const char *nearest(const char *word)
{
    static const char *const offered[] = { "env", "list", "status", "unlock", "lock", "version",
                                           "credential-process" };
    struct xa_suggestion s = xa_suggest_begin(word);
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
        xa_suggest_offer(&s, offered[i]);
    const char *found = xa_suggest_end(&s);
    return found != NULL ? found : "none";
}

static void what_was_meant(void **state)
{
    (void)state;
    assert_string_equal(nearest("evn"), "env");
    assert_string_equal(nearest("lsit"), "list");
    assert_string_equal(nearest("stauts"), "status");
    assert_string_equal(nearest("unlcok"), "unlock");
    assert_string_equal(nearest("ver"), "version");
    assert_string_equal(nearest("credentials-process"), "credential-process");
}

static void what_was_not(void **state)
{
    (void)state;
    assert_string_equal(nearest(""), "none");
    assert_string_equal(nearest("x"), "none");
    assert_string_equal(nearest("xy"), "none");
    assert_string_equal(nearest("exec"), "none");
    assert_string_equal(nearest("console"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(long_words_are_far_apart),
        cmocka_unit_test(what_was_meant),
        cmocka_unit_test(what_was_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
