/* The one list of codes, and that no foreign byte reaches a message unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/error.h"
#include "proto/wire.h"

static const struct { enum xa_code code; int exit_status; const char *name; } rows[] = {
#define XX(symbol, wire, exit, name, hint) { symbol, exit, name },
    XA_ERROR_MAP(XX)
#undef XX
};

#define N_ROWS (sizeof rows / sizeof rows[0])

static void every_code_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        assert_true(rows[i].code != XA_OK);
        assert_int_equal(xa_code_from_wire((uint32_t)rows[i].code), rows[i].code);
        assert_string_equal(xa_code_name(rows[i].code), rows[i].name);
        assert_int_equal(xa_code_exit(rows[i].code), rows[i].exit_status);
        assert_non_null(xa_code_hint(rows[i].code));
        assert_in_range(rows[i].exit_status, 1, 9);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].code, rows[j].code);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
}

static void an_unknown_code_is_internal(void **state)
{
    (void)state;
    assert_int_equal(xa_code_from_wire(0), XA_INTERNAL);
    assert_int_equal(xa_code_from_wire(9999), XA_INTERNAL);
    assert_int_equal(xa_code_from_wire(UINT32_MAX), XA_INTERNAL);
    assert_string_equal(xa_code_name((enum xa_code)9999), "unknown");
    assert_string_equal(xa_code_hint((enum xa_code)9999), "");
    assert_int_equal(xa_code_exit((enum xa_code)9999), 1);
    assert_int_equal(xa_code_exit(XA_OK), 1);
}

static void a_failure_has_message_and_usual_hint(void **state)
{
    struct xa_error err;
    (void)state;
    memset(&err, 0xff, sizeof err);
    assert_false(xa_fail(&err, XA_LOCKED, "no '%s' for %d", "key", 7));
    assert_int_equal(err.code, XA_LOCKED);
    assert_string_equal(err.message, "no 'key' for 7");
    assert_string_equal(err.hint, "xacct unlock");
    assert_string_equal(err.why, "");
    assert_string_equal(err.aws_code, "");
    assert_string_equal(err.request_id, "");
    assert_false(xa_why(&err, "because of %s", "that"));
    assert_false(xa_hint(&err, "do %s", "this"));
    assert_string_equal(err.why, "because of that");
    assert_string_equal(err.hint, "do this");
    assert_string_equal(err.message, "no 'key' for 7");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_false(xa_fail(NULL, XA_IO, "words"));
    assert_false(xa_why(NULL, "words"));
    assert_false(xa_hint(NULL, "words"));
}

static void a_long_text_is_cut(void **state)
{
    struct xa_error err;
    char text[1000];
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    xa_fail(&err, XA_IO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    xa_why(&err, "%s", text);
    assert_int_equal(strlen(err.why), sizeof err.why - 1);
    xa_hint(&err, "%s", text);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
}

static void foreign_text_is_made_printable(void **state)
{
    static const char *const foreign[] = {
        "\x1b[31mred", "a\nb", "a\tb", "\x7f", "\xc2\x85", "\xff\xfe", "\xe2\x80\xaegnp.exe",
        "cut \xc3",
    };
    struct xa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        xa_fail(&err, XA_IO, "'%s'", foreign[i]);
        assert_true(xa_text_printable(xa_slice_of(err.message)));
        assert_int_equal(strlen(err.message), strlen(foreign[i]) + 2);
        assert_non_null(strchr(err.message, '?'));
        xa_why(&err, "%s", foreign[i]);
        assert_true(xa_text_printable(xa_slice_of(err.why)));
        xa_hint(&err, "%s", foreign[i]);
        assert_true(xa_text_printable(xa_slice_of(err.hint)));
    }
    xa_fail(&err, XA_IO, "%s", "Größe 鍵");
    assert_string_equal(err.message, "Größe 鍵");
}

/* A character that the array's end cuts in two would not be text any more. */
static void a_cut_character_does_no_harm(void **state)
{
    struct xa_error err;
    char text[400];
    (void)state;
    for (size_t at = sizeof err.message - 5; at < sizeof err.message; at++) {
        memset(text, 'a', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        memcpy(text + at, "\xf0\x9f\x94\x91", 4);
        xa_fail(&err, XA_IO, "%s", text);
        assert_true(xa_text_printable(xa_slice_of(err.message)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_told_apart),
        cmocka_unit_test(an_unknown_code_is_internal),
        cmocka_unit_test(a_failure_has_message_and_usual_hint),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(foreign_text_is_made_printable),
        cmocka_unit_test(a_cut_character_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
