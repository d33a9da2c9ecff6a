/* From what was wished back to its source, step by step; chains without an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/way.h"

#define S(text) xa_slice_of(text)
#define ROLE "account = 222222222222\nrole = Admin\n"
#define ARN "arn:aws:iam::222222222222:role/Admin"

static struct xa_error err;

/* The names on the way, the source first, each behind a blank; or NULL with err. */
static const char *way_of(const char *config, const char *aws, const struct xa_wish *wish)
{
    static char names[8000];
    const struct xa_profiles_text text = { "/aws", S(aws) }, none = { "/none", { 0 } };
    struct xa_roles *roles = xa_roles_parse("/c", S(config), &err);
    struct xa_profiles *profiles = xa_profiles_new(text, none, &err);
    assert_true(roles != NULL && profiles != NULL);
    const struct xa_sight sight = { .roles = roles, .profiles = profiles };
    memset(&err, 0, sizeof err);
    struct xa_step *way = xa_way_find(&sight, wish, &err);
    assert_int_equal(way != NULL, err.code == XA_OK);
    names[0] = '\0';
    for (const struct xa_step *s = way; s != NULL; s = s->next) {
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, " %.*s", (int)s->target.name.len,
                 (const char *)s->target.name.at);
        assert_int_equal(s->target.kind == XA_TARGET_ROLE, s != way);
    }
    bool found = way != NULL;
    xa_way_free(&way);
    assert_null(way);
    xa_way_free(&way);
    xa_roles_free(&roles);
    xa_profiles_free(&profiles);
    return found ? names : NULL;
}

static const char *way_to(const char *config, const char *aws, const char *name)
{
    const struct xa_wish wish = { .name = S(name) };
    return way_of(config, aws, &wish);
}

#define CHAIN "[source main]\n[dest a]\n" ROLE "[dest b]\n" ROLE "source = a\n[dest c]\n" ROLE \
              "source = b\n"

static void steps_lead_from_the_source_to_the_goal(void **state)
{
    (void)state;
    assert_string_equal(way_to(CHAIN, "", "main"), " main");
    assert_string_equal(way_to(CHAIN, "", "a"), " main a");
    assert_string_equal(way_to(CHAIN, "", "c"), " main a b c");
    assert_string_equal(way_to(CHAIN, "", "333333333333/X"), " main 333333333333/X");
    const struct xa_wish through = { .name = S("333333333333/X"), .source = S("b") };
    assert_string_equal(way_of(CHAIN, "", &through), " main a b 333333333333/X");
    const struct xa_wish direct = { .name = S("c"), .source = S("main") };
    assert_string_equal(way_of(CHAIN, "", &direct), " main c");
    const struct xa_wish role = { .name = S("c"), .role = S("Other") };
    assert_string_equal(way_of(CHAIN, "", &role), " main a b c");
    assert_null(way_to(CHAIN, "", "d"));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
}

static void both_files_may_be_on_one_way(void **state)
{
    (void)state;
    static const char aws[] = "[profile own]\nrole_arn = " ARN "\nsource_profile = own\n"
                              "aws_access_key_id = a\naws_secret_access_key = b\n"
                              "[profile k]\nregion = r\n"
                              "[profile r]\nrole_arn = " ARN "\nsource_profile = k\n";
    assert_string_equal(way_to(CHAIN "[dest e]\n" ROLE "source = r\n", aws, "e"), " k r e");
    assert_string_equal(way_to(CHAIN, aws, "own"), " own own");
    const struct xa_wish wish = { .name = S("b"), .source = S("own") };
    assert_string_equal(way_of(CHAIN, aws, &wish), " own own b");
}

static const struct { const char *config, *name, *source, *chain; } loops[] = {
    { "[dest a]\n" ROLE "source = a\n", "a", "", ": a -> a" },
    { "[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE "source = a\n", "a", "", ": a -> b -> a" },
    { "[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE "source = a\n", "b", "", ": b -> a -> b" },
    { "[dest a]\n" ROLE "source = b\n[dest b]\n" ROLE "source = c\n[dest c]\n" ROLE
      "source = b\n", "a", "", ": a -> b -> c -> b" },
    { CHAIN, "a", "c", ": a -> c -> b -> a" },               /* by the wish alone */
    { CHAIN, "a", "a", ": a -> a" },
};

static void a_chain_that_comes_back_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        const struct xa_wish wish = { .name = S(loops[i].name), .source = S(loops[i].source) };
        assert_null(way_of(loops[i].config, "", &wish));
        assert_int_equal(err.code, XA_BAD_CONFIG);
        const char *at = strstr(err.message, "the chain of sources comes back to itself");
        if (at == NULL || strcmp(strrchr(at, ':'), loops[i].chain) != 0)
            fail_msg("%s", err.message);
        assert_string_equal(err.hint, "xacct config check");
    }
}

/* Any depth; and a loop so long that its message has no room for all names. */
static void chains_of_any_length(void **state)
{
    (void)state;
    enum { N = 500 };
    static char text[N * 100];
    for (int loop = 0; loop < 2; loop++) {
        size_t len = (size_t)snprintf(text, sizeof text, "[source main]\n");
        for (int i = 0; i < N; i++)
            len += (size_t)snprintf(text + len, sizeof text - len,
                                    "[dest a-rather-long-name-%d]\n" ROLE "source = %s%d\n", i,
                                    i > 0 || loop ? "a-rather-long-name-" : "main #",
                                    i > 0 ? i - 1 : N - 1);
        const char *way = way_to(text, "", "a-rather-long-name-499");
        if (loop == 0) {
            assert_non_null(way);
            assert_int_equal(strncmp(way, " main a-rather-long-name-0 a-rather-long-name-1 ", 47),
                             0);
        } else {
            assert_null(way);
            assert_int_equal(err.code, XA_BAD_CONFIG);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_lead_from_the_source_to_the_goal),
        cmocka_unit_test(both_files_may_be_on_one_way),
        cmocka_unit_test(a_chain_that_comes_back_is_named),
        cmocka_unit_test(chains_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
