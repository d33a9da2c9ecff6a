/* Forms: names, values, and every byte a value can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/query.h"

static void pairs(void **state)
{
    (void)state;
    char room[128];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_query_add(&w, "Action", xa_slice_of("AssumeRole"));
    xa_query_add(&w, "RoleArn", xa_slice_of("arn:aws:iam::1:role/a b+c~d"));
    xa_query_add(&w, "Empty", xa_slice_of(""));
    xa_query_add(&w, "U", xa_slice_of("\xc3\xbc&=%"));
    const char *want = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b%2Bc~d&"
                       "Empty=&U=%C3%BC%26%3D%25";
    assert_false(w.bad);
    assert_int_equal(w.len, strlen(want));
    assert_memory_equal(room, want, w.len);
}

static void every_byte(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char room[16], want[16];
        uint8_t byte = (uint8_t)c;
        struct xa_writer w = xa_writer_init(room, sizeof room);
        xa_query_add(&w, "a", (struct xa_slice){ &byte, 1 });
        bool kept =
            c != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~",
                             (int)c) != NULL;
        snprintf(want, sizeof want, kept ? "a=%c" : "a=%%%02X", c);
        assert_int_equal(w.len, strlen(want));
        assert_memory_equal(room, want, w.len);
    }
}

static void no_room(void **state)
{
    (void)state;
    char room[32];
    for (size_t cap = 0; cap < strlen("Ab=%20c"); cap++) {
        struct xa_writer w = xa_writer_init(room, cap);
        xa_query_add(&w, "Ab", xa_slice_of(" c"));
        assert_true(w.bad);
    }
}

/* --- lists ------------------------------------------------------------------------- */

static const struct { const char *list; unsigned n; const char *items[4]; } lists[] = {
    { "", 1, { "" } },
    { " \t ", 1, { "" } },
    { "a", 1, { "a" } },
    { " a b\t", 1, { "a b" } },
    { "a,b", 2, { "a", "b" } },
    { "a ,\t b , c", 3, { "a", "b", "c" } },
    { ",", 2, { "", "" } },
    { "a,", 2, { "a", "" } },
    { ",,a", 3, { "", "", "a" } },
};

static void lists_are_walked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct xa_slice list = xa_slice_of(lists[i].list), item;
        for (unsigned n = 0; n < lists[i].n; n++) {
            assert_true(xa_list_item(&list, &item));
            if (!xa_slice_is(item, lists[i].items[n]))
                fail_msg("'%s' %u: '%.*s'", lists[i].list, n, (int)item.len,
                         (const char *)item.at);
        }
        assert_false(xa_list_item(&list, &item));
        assert_false(xa_list_item(&list, &item));
    }
    struct xa_slice nothing = { 0 }, item;
    assert_false(xa_list_item(&nothing, &item));
}

static const struct { const char *tag, *key, *value; } tags[] = {
    { "a=b", "a", "b" }, { "a=b=c", "a", "b=c" }, { "a=", "a", "" }, { "=b", "", "b" },
    { "a", "a", "" },    { "", "", "" },          { "=", "", "" },   { "a b = c", "a b ", " c" },
};

static void tags_are_split_at_the_first_equals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct xa_slice value, key = xa_tag_split(xa_slice_of(tags[i].tag), &value);
        assert_true(xa_slice_is(key, tags[i].key));
        assert_true(xa_slice_is(value, tags[i].value));
    }
    struct xa_slice value, key = xa_tag_split((struct xa_slice){ 0 }, &value);
    assert_int_equal(key.len + value.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs), cmocka_unit_test(every_byte), cmocka_unit_test(no_room),
        cmocka_unit_test(lists_are_walked), cmocka_unit_test(tags_are_split_at_the_first_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
