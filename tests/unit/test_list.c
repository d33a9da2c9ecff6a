/* Lists inside a message, and failures on their way through one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/message.h"

static uint8_t room[1024], short_room[1024];

static void a_list_is_walked(void **state)
{
    const struct xa_finding in[] = {
        { .severity = 1, .line = 7, .message = xa_slice_of("one") },
        { .severity = 2, .message = xa_slice_of("two"), .hint = xa_slice_of("do") },
    };
    struct xa_finding out;
    struct xa_error err;
    (void)state;
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_list_append(&w, &xa_msg_finding, &in[0]);
    size_t second = w.len;
    xa_list_append(&w, &xa_msg_finding, &in[1]);
    assert_false(w.bad);

    struct xa_slice list = { room, w.len };
    assert_true(xa_list_next(&list, &xa_msg_finding, &out, &err));
    assert_int_equal(out.line, 7);
    assert_true(xa_slice_is(out.message, "one"));
    assert_true(xa_list_next(&list, &xa_msg_finding, &out, &err));
    assert_true(xa_slice_is(out.hint, "do"));
    assert_false(xa_list_next(&list, &xa_msg_finding, &out, &err));
    assert_int_equal(err.code, XA_OK);

    for (size_t len = 0; len < w.len; len++) {
        struct xa_slice cut = { room, len };
        unsigned n = 0;
        while (xa_list_next(&cut, &xa_msg_finding, &out, &err))
            n++;
        assert_int_equal(n, len >= second);
        assert_int_equal(err.code, len == 0 || len == second ? XA_OK : XA_BAD_MESSAGE);
    }
    struct xa_writer full = xa_writer_init(short_room, w.len - 1);
    xa_list_append(&full, &xa_msg_finding, &in[0]);
    assert_false(full.bad);
    xa_list_append(&full, &xa_msg_finding, &in[1]);
    assert_true(full.bad);
}

static void an_error_travels(void **state)
{
    struct xa_error err, back;
    (void)state;
    xa_fail(&err, XA_AWS_REFUSED, "it refused");
    xa_why(&err, "because");
    xa_hint(&err, "do");
    memcpy(err.aws_code, "AccessDenied", 13);
    memcpy(err.request_id, "e5b9", 5);
    struct xa_error_reply reply = xa_error_to_reply(&err);
    xa_error_from_reply(&reply, &back);
    assert_memory_equal(&back.code, &err.code, sizeof err.code);
    assert_string_equal(back.message, "it refused");
    assert_string_equal(back.why, "because");
    assert_string_equal(back.hint, "do");
    assert_string_equal(back.aws_code, "AccessDenied");
    assert_string_equal(back.request_id, "e5b9");

    static char text[1024];
    memset(text, 'x', sizeof text);
    reply = (struct xa_error_reply){ .code = 4711, .message = { (const uint8_t *)text, 1024 },
                                     .aws_code = { (const uint8_t *)text, 128 } };
    xa_error_from_reply(&reply, &back);
    assert_int_equal(back.code, XA_INTERNAL);      /* a newer agent may know more */
    assert_int_equal(strlen(back.message), sizeof back.message - 1);
    assert_int_equal(strlen(back.aws_code), sizeof back.aws_code - 1);
    assert_string_equal(back.why, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_walked),
        cmocka_unit_test(an_error_travels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
