/* What requests came to, by their bytes: the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/recall.h"

static struct xa_recall *recall;
static struct xa_recall_basis basis;

static int start(void **state)
{
    struct xa_error err;
    (void)state;
    basis = (struct xa_recall_basis){ 1, 1, 1, 1 };
    recall = xa_recall_new(&err);
    return recall == NULL;
}

static int end(void **state)
{
    (void)state;
    xa_recall_free(&recall);
    assert_null(recall);
    xa_recall_free(&recall);
    return 0;
}

static struct xa_slice numbered(unsigned n)
{
    static char text[32];
    snprintf(text, sizeof text, "request %u", n);
    return xa_slice_of(text);
}

static void keep(struct xa_slice request, const char *name)
{
    const struct xa_kept kept = { .name = xa_slice_of(name), .min_left_s = 7 };
    xa_recall_keep(recall, &basis, request, &kept);
}

static bool is_kept(struct xa_slice request, const char *name)
{
    const struct xa_kept *kept = xa_recall_find(recall, &basis, request);
    return kept != NULL && xa_slice_is(kept->name, name) && kept->min_left_s == 7;
}

static void texts_are_its_own(void **state)
{
    char request[] = "bytes", name[] = "prod";
    (void)state;
    keep(xa_slice_of(request), name);
    memset(request, 'x', 5);
    memset(name, 'x', 4);
    assert_true(is_kept(xa_slice_of("bytes"), "prod"));
    assert_null(xa_recall_find(recall, &basis, xa_slice_of(request)));
    keep(xa_slice_of("bytes"), "test");
    assert_true(is_kept(xa_slice_of("bytes"), "test"));
}

/* Two requests of one FNV-1a. */
static void a_hash_is_not_the_request(void **state)
{
    (void)state;
    keep(xa_slice_of("00129599"), "prod");
    assert_true(is_kept(xa_slice_of("00129599"), "prod"));
    assert_null(xa_recall_find(recall, &basis, xa_slice_of("00732382")));
    keep(xa_slice_of("00732382"), "test");
    assert_true(is_kept(xa_slice_of("00129599"), "prod"));
    assert_true(is_kept(xa_slice_of("00732382"), "test"));
}

static void each_part_of_the_basis_counts(void **state)
{
    const struct xa_recall_basis others[] = {
        { 2, 1, 1, 1 }, { 1, 2, 1, 1 }, { 1, 1, 2, 1 }, { 1, 1, 1, 2 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        keep(xa_slice_of("bytes"), "prod");
        assert_true(is_kept(xa_slice_of("bytes"), "prod"));
        assert_null(xa_recall_find(recall, &others[i], xa_slice_of("bytes")));
        assert_false(is_kept(xa_slice_of("bytes"), "prod"));      /* nor when it comes back */
    }
}

static void limits_are_kept_at_their_edge(void **state)
{
    static uint8_t bytes[XA_RECALL_REQUEST_MAX + 1];
    static char text[XA_RECALL_TEXTS_MAX + 2];
    (void)state;
    memset(bytes, 'b', sizeof bytes);
    memset(text, 't', sizeof text - 1);
    keep((struct xa_slice){ bytes, sizeof bytes }, "prod");
    assert_null(xa_recall_find(recall, &basis, (struct xa_slice){ bytes, sizeof bytes }));
    keep((struct xa_slice){ bytes, sizeof bytes - 1 }, "prod");
    assert_true(is_kept((struct xa_slice){ bytes, sizeof bytes - 1 }, "prod"));
    keep(xa_slice_of("a"), text);
    assert_null(xa_recall_find(recall, &basis, xa_slice_of("a")));
    text[XA_RECALL_TEXTS_MAX] = '\0';
    keep(xa_slice_of("a"), text);
    assert_true(is_kept(xa_slice_of("a"), text));
    keep((struct xa_slice){ 0 }, "prod");
    assert_null(xa_recall_find(recall, &basis, (struct xa_slice){ 0 }));
}

static void it_does_not_grow(void **state)
{
    unsigned n = 0;
    (void)state;
    for (unsigned i = 0; i < 10 * XA_RECALL_KEPT_MAX; i++) {
        keep(numbered(i), "prod");
        assert_true(is_kept(numbered(i), "prod"));
        assert_true(i == 0 || is_kept(numbered(0), "prod"));      /* which is always in use */
    }
    for (unsigned i = 0; i < 10 * XA_RECALL_KEPT_MAX; i++)
        n += xa_recall_find(recall, &basis, numbered(i)) != NULL;
    assert_in_range(n, XA_RECALL_KEPT_MAX / 2, XA_RECALL_KEPT_MAX);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(texts_are_its_own),
        T(a_hash_is_not_the_request),
        T(each_part_of_the_basis_counts),
        T(limits_are_kept_at_their_edge),
        T(it_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
