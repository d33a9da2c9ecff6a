/* What the client prints: the buffer, JSON and columns. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/base/json.h"
#include "client/base/table.h"

static char room[512];
static struct xa_out out;

static void begin(size_t cap)
{
    memset(room, 0, sizeof room);
    out = xa_out_begin(-1, room, cap);
}

static void numbers(void **state)
{
    (void)state;
    begin(100);
    xa_out_number(&out, 0);
    xa_out_char(&out, ' ');
    xa_out_number(&out, UINT64_MAX);
    xa_out_format(&out, " %d%s", 7, "x");
    assert_string_equal(room, "0 18446744073709551615 7x");
}

static void all_or_nothing(void **state)
{
    struct xa_error err;
    int ends[2];
    char byte;
    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    begin(4);
    out.fd = ends[1];
    out.whole = true;
    xa_out_text(&out, "1234");
    assert_false(out.failed);
    xa_out_text(&out, "5");
    xa_out_text(&out, "6");
    assert_false(xa_out_finish(&out, &err));
    assert_int_equal(err.code, XA_IO);
    assert_int_equal(read(ends[0], &byte, 1), -1);
    close(ends[0]);
    close(ends[1]);
}

static void bit_by_bit(void **state)
{
    struct xa_error err;
    int ends[2];
    char got[64] = "";
    (void)state;
    assert_int_equal(pipe(ends), 0);
    begin(4);
    out.fd = ends[1];
    for (int i = 0; i < 10; i++)
        xa_out_text(&out, "abc");
    assert_true(xa_out_finish(&out, &err));
    assert_int_equal(read(ends[0], got, sizeof got), 30);
    assert_memory_equal(got, "abcabcabcabcabcabcabcabcabcabc", 30);
    assert_int_equal(out.most, 4);
    close(ends[0]);
    close(ends[1]);
}

static void a_reader_that_left_is_no_news(void **state)
{
    struct xa_error err;
    int ends[2];
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    begin(16);
    out.fd = ends[1];
    xa_out_text(&out, "x");
    assert_false(xa_out_finish(&out, &err));
    assert_int_equal(err.code, XA_IO);
    assert_string_equal(err.message, "");
    close(ends[1]);
}

static void a_full_disk_is(void **state)
{
    struct xa_error err;
    (void)state;
    begin(16);
    out.fd = open("/dev/full", O_WRONLY);
    xa_out_text(&out, "x");
    assert_false(xa_out_finish(&out, &err));
    assert_non_null(strstr(err.message, "No space left"));
    close(out.fd);
}

static void json(void **state)
{
    (void)state;
    begin(sizeof room - 1);
    struct xa_json j = xa_json_begin(&out);
    xa_json_open(&j, NULL, '{');
    xa_json_number(&j, "n", 1);
    xa_json_text(&j, "empty", (struct xa_slice){ 0 });
    xa_json_open(&j, "list", '[');
    xa_json_open(&j, NULL, '{');
    xa_json_flag(&j, "yes", true);
    xa_json_flag(&j, "no", false);
    xa_json_close(&j, '}');
    xa_json_text(&j, NULL, xa_slice_of("x"));
    xa_json_close(&j, ']');
    xa_json_open(&j, "none", '[');
    xa_json_close(&j, ']');
    xa_json_time(&j, "at", 1768480496);
    xa_json_time(&j, "never", 0);
    xa_json_close(&j, '}');
    assert_string_equal(room,
        "{\"n\":1,\"empty\":null,\"list\":[{\"yes\":true,\"no\":false},\"x\"],\"none\":[],"
        "\"at\":\"2026-01-15T12:34:56Z\",\"never\":null}");
}

static const char *as_json(const char *text)
{
    begin(sizeof room - 1);
    struct xa_json j = xa_json_begin(&out);
    xa_json_text(&j, NULL, xa_slice_of(text));
    return room;
}

static void json_texts(void **state)
{
    (void)state;
    assert_string_equal(as_json("plain/+="), "\"plain/+=\"");
    assert_string_equal(as_json("a\"b\\c"), "\"a\\u0022b\\u005cc\"");
    assert_string_equal(as_json("\"\""), "\"\\u0022\\u0022\"");
    assert_string_equal(as_json("\n\x1b\x7f"), "\"\\u000a\\u001b\\u007f\"");
    assert_string_equal(as_json("größe"), "\"größe\"");
    assert_string_equal(as_json("\xff"), "\"\\u00ff\"");
}

static void columns(void **state)
{
    const struct xa_slice rows[][3] = {
        { xa_slice_of("NAME"), xa_slice_of("B"), xa_slice_of("C") },
        { xa_slice_of("größe"), xa_slice_of(""), xa_slice_of("x") },
        { xa_slice_of("a"), xa_slice_of("long"), xa_slice_of("") },
    };
    struct xa_table t = { .n_columns = 3 };
    (void)state;
    begin(sizeof room - 1);
    for (size_t i = 0; i < 3; i++)
        xa_table_measure(&t, rows[i]);
    for (size_t i = 0; i < 3; i++)
        xa_table_print(&t, &out, rows[i]);
    assert_string_equal(room, "NAME   B     C\n"
                              "größe  -     x\n"
                              "a      long  -\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(bit_by_bit),
        cmocka_unit_test(a_reader_that_left_is_no_news),
        cmocka_unit_test(a_full_disk_is),
        cmocka_unit_test(json),
        cmocka_unit_test(json_texts),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
