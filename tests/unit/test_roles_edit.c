/* Changes to a configuration's text: every byte that is not meant stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/roles.h"
#include "agent/broker/roles_edit.h"

static const struct {
    const char *before, *type, *name, *keys, *after;
} adds[] = {
    { "", "source", "main", "", "[source main]\n" },
    { "", "dest", "a", "role = b\n", "[dest a]\nrole = b\n" },
    { "# mine\n", "source", "main", "", "# mine\n\n[source main]\n" },
    { "[agent]\nlabel = x\n", "source", "main", "", "[agent]\nlabel = x\n\n[source main]\n" },
    { "[agent]\nlabel = x", "source", "main", "", "[agent]\nlabel = x\n\n[source main]\n" },
    { "[agent]\r\nlabel = x\r\n", "dest", "a", "k = v\n",
      "[agent]\r\nlabel = x\r\n\n[dest a]\nk = v\n" },
    { "\n\n\n", "dest", "a", "", "\n\n\n\n[dest a]\n" },
};

static void adding_appends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof adds / sizeof adds[0]; i++) {
        size_t len;
        char *text = xa_roles_edit_add(xa_slice_of(adds[i].before), adds[i].type,
                                       xa_slice_of(adds[i].name), adds[i].keys, &len);
        assert_non_null(text);
        assert_int_equal(len, strlen(adds[i].after));
        assert_memory_equal(text, adds[i].after, len);
        free(text);
    }
}

#define A "[dest a]\nrole = x\n"
#define B "[dest b]\nrole = y\n"

static const struct {
    const char *before, *type, *name, *after;
} removes[] = {
    { A, "dest", "a", "" },
    { A B, "dest", "a", B },
    { A B, "dest", "b", A },
    { A "\n" B, "dest", "b", A },
    { A "\n\n" B, "dest", "b", A "\n" },
    { A "\n" B "\n[dest c]\n", "dest", "b", A "\n[dest c]\n" },
    { A "\n" B "[dest c]\n", "dest", "b", A "\n[dest c]\n" },
    { A "\n" B "# of c\n[dest c]\n", "dest", "b", A "\n# of c\n[dest c]\n" },
    { "# of a\n" A "\n# of b\n" B "\n; the end\n", "dest", "a",
      "# of a\n\n# of b\n" B "\n; the end\n" },
    { "[dest a]\n# inside\nrole = x\n\n  # a late one\nlabel = z\n# after\n" B, "dest", "a",
      "# after\n" B },
    { "[source a]\n" B, "dest", "a", NULL },
    { "[dest a]\nrole = x", "dest", "a", "" },
    { B "[dest a]", "dest", "a", B },
    { "[dest a]# touches\r\nrole = x\r\n\r\n[dest b]\r\n", "dest", "a", "\r\n[dest b]\r\n" },
    { "[ dest   a ]\nrole = x\n", "dest", "a", "" },
    { A, "dest", "aa", NULL },
    { "[dest aa]\n", "dest", "a", NULL },
    { "# [dest a]\n", "dest", "a", NULL },
    { "", "dest", "a", NULL },
    { "[agent]\n[source s]\n", "source", "s", "[agent]\n" },
};

static void removing_takes_the_section_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof removes / sizeof removes[0]; i++) {
        size_t len = 0;
        bool found;
        char *text = xa_roles_edit_remove(xa_slice_of(removes[i].before), removes[i].type,
                                          xa_slice_of(removes[i].name), &len, &found);
        assert_int_equal(text != NULL, removes[i].after != NULL);
        assert_int_equal(found, removes[i].after != NULL);
        if (text != NULL &&
            (len != strlen(removes[i].after) || memcmp(text, removes[i].after, len) != 0))
            fail_msg("%s becomes\n%.*s", removes[i].before, (int)len, text);
        free(text);
    }
}

static unsigned seed = 12345;

static unsigned next_random(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % below;
}

/* Lines of every kind in any order: a text that the reader takes. */
static size_t make_text(char *text, size_t cap)
{
    static const char *const ends[] = { "\n", "\r\n" };
    static const char *const lines[] = {
        "", "   ", "# words", "; words", "\t# words", "label = x", "region = eu-west-1 # here"
    };
    size_t len = 0;
    unsigned n = next_random(12), sections = 0;
    bool label = true, region = true;
    for (unsigned i = 0; i < n; i++) {
        unsigned kind = next_random(9);
        bool key = kind == 5 || kind == 6;
        if (key && (sections == 0 || (kind == 5 ? label : region)))
            continue;
        label = label || kind == 5;
        region = region || kind == 6;
        const char *end = i + 1 == n && next_random(3) == 0 ? "" : ends[next_random(4) == 0];
        if (kind < 7) {
            len += (size_t)snprintf(text + len, cap - len, "%s%s", lines[kind], end);
            continue;
        }
        len += (size_t)snprintf(text + len, cap - len,
                                "[dest n%u]%srole_arn = arn:aws:iam::222222222222:role/x%s",
                                sections++, ends[next_random(2)], end);
        label = region = false;
    }
    return len;
}

/* A last line without an end keeps the one it was given: that is all that is left
 * of the section that came and went. */
static void removing_undoes_adding(void **state)
{
    (void)state;
    char text[4096];
    struct xa_slice name = xa_slice_of("main");
    for (unsigned round = 0; round < 20000; round++) {
        size_t len = make_text(text, sizeof text), with_len, without_len;
        struct xa_error err;
        bool found;
        struct xa_roles *roles =
            xa_roles_parse("/c", (struct xa_slice){ (uint8_t *)text, len }, &err);
        if (roles == NULL)
            fail_msg("%s in\n%.*s", err.message, (int)len, text);
        xa_roles_free(&roles);

        char *with =
            xa_roles_edit_add((struct xa_slice){ (uint8_t *)text, len }, "source", name,
                              round % 2 == 0 ? "" : "region = us-east-1\nmfa = auto\n", &with_len);
        assert_memory_equal(with, text, len);
        roles = xa_roles_parse("/c", (struct xa_slice){ (uint8_t *)with, with_len }, &err);
        assert_non_null(roles);
        assert_non_null(xa_roles_source(roles, name));
        xa_roles_free(&roles);

        char *without = xa_roles_edit_remove((struct xa_slice){ (uint8_t *)with, with_len },
                                             "source", name, &without_len, &found);
        assert_non_null(without);
        if (len > 0 && text[len - 1] != '\n')
            text[len++] = '\n';
        if (without_len != len || memcmp(without, text, len) != 0)
            fail_msg("%.*s became\n%.*s", (int)len, text, (int)without_len, without);
        free(with);
        free(without);
    }
}

/* Any section, not only the last: the others and every line outside stay. */
static void removing_keeps_the_neighbours(void **state)
{
    (void)state;
    char text[4096], name[16];
    for (unsigned round = 0; round < 20000; round++) {
        size_t len = make_text(text, sizeof text), left;
        bool found;
        struct xa_roles *roles =
            xa_roles_parse("/c", (struct xa_slice){ (uint8_t *)text, len }, NULL);
        size_t n = roles->n_dests;
        xa_roles_free(&roles);
        if (n == 0)
            continue;
        snprintf(name, sizeof name, "n%u", next_random((unsigned)n));
        char *out = xa_roles_edit_remove((struct xa_slice){ (uint8_t *)text, len }, "dest",
                                         xa_slice_of(name), &left, &found);
        assert_non_null(out);
        roles = xa_roles_parse("/c", (struct xa_slice){ (uint8_t *)out, left }, NULL);
        assert_non_null(roles);
        assert_int_equal(roles->n_dests, n - 1);
        assert_null(xa_roles_dest(roles, xa_slice_of(name)));
        xa_roles_free(&roles);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_appends),
        cmocka_unit_test(removing_takes_the_section_only),
        cmocka_unit_test(removing_undoes_adding),
        cmocka_unit_test(removing_keeps_the_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
