/* JSON for the eye. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/base/json_indent.h"

static void becomes(const char *json, unsigned margin, const char *wanted)
{
    char room[512];
    struct xa_out o = xa_out_begin(-1, room, sizeof room - 1);
    o.whole = true;
    xa_json_indent(&o, xa_slice_of(json), margin);
    room[o.len] = '\0';
    assert_string_equal(room, wanted);
}

static void each_member_has_its_line(void **state)
{
    (void)state;
    becomes("{\"a\":1,\"b\":[true,{\"c\":\"d\"}]}", 0,
            "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    {\n      \"c\": \"d\"\n    }\n  ]\n}");
    becomes("[1,2]", 4, "[\n      1,\n      2\n    ]");
    becomes(" { \"a\" : [ ] , \"b\" : { } } ", 0, "{\n  \"a\": [],\n  \"b\": {}\n}");
    becomes("\"x\"", 2, "\"x\"");
    becomes("", 2, "");
}

static void texts_stay_as_they_are(void **state)
{
    (void)state;
    becomes("{\"{a:1, b}\":\"\\\"[ ]\\\\\"}", 0, "{\n  \"{a:1, b}\": \"\\\"[ ]\\\\\"\n}");
}

static void what_is_no_json_does_no_harm(void **state)
{
    (void)state;
    becomes("}}]", 0, "}}]");
    becomes("\"open", 0, "\"open");
    becomes("\"open\\", 0, "\"open\\");
    becomes("{", 0, "{\n  ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_has_its_line), cmocka_unit_test(texts_stay_as_they_are),
        cmocka_unit_test(what_is_no_json_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
