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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs), cmocka_unit_test(every_byte), cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
