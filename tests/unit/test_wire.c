/* The sticky reader and writer, slices, and which text may be shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire.h"

static const uint8_t numbers[] = {
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
    0xfe, 0xff,
};

static bool read_all(size_t len)
{
    struct xa_reader r = xa_reader_init((struct xa_slice){ numbers, len });
    bool same = xa_read_u8(&r) == 0x01;
    same &= xa_read_u16(&r) == 0x0203;
    same &= xa_read_u32(&r) == 0x04050607;
    same &= xa_read_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f);
    struct xa_slice rest = xa_read_bytes(&r, 2);
    same &= rest.len == 2 && memcmp(rest.at, "\xfe\xff", 2) == 0;
    return xa_read_done(&r) && same;
}

static void numbers_are_big_endian(void **state)
{
    (void)state;
    assert_true(read_all(sizeof numbers));
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof numbers; len++)
        assert_false(read_all(len));
}

static void what_is_left_over_is_noticed(void **state)
{
    struct xa_reader r = xa_reader_init((struct xa_slice){ numbers, 2 });
    (void)state;
    assert_int_equal(xa_read_u8(&r), 1);
    assert_false(xa_read_done(&r));
    assert_int_equal(xa_read_u8(&r), 2);
    assert_true(xa_read_done(&r));
}

static void a_bad_reader_stays_bad(void **state)
{
    struct xa_reader r = xa_reader_init((struct xa_slice){ numbers, 3 });
    (void)state;
    assert_int_equal(xa_read_u32(&r), 0);
    assert_true(r.bad);
    assert_ptr_equal(r.at, numbers);
    assert_int_equal(xa_read_u8(&r), 0);
    assert_int_equal(xa_read_bytes(&r, 0).len, 0);
    assert_null(xa_read_bytes(&r, SIZE_MAX).at);
    assert_false(xa_read_done(&r));
}

static void nothing_can_be_read(void **state)
{
    struct xa_reader r = xa_reader_init((struct xa_slice){ NULL, 0 });
    (void)state;
    assert_true(xa_read_done(&r));
    assert_int_equal(xa_read_bytes(&r, 0).len, 0);
    assert_true(xa_read_done(&r));
    assert_int_equal(xa_read_u8(&r), 0);
    assert_false(xa_read_done(&r));
}

static void the_writer_mirrors_the_reader(void **state)
{
    uint8_t room[sizeof numbers];
    (void)state;
    for (size_t cap = 0; cap <= sizeof room; cap++) {
        memset(room, 0xaa, sizeof room);
        struct xa_writer w = xa_writer_init(room, cap);
        xa_write_u8(&w, 0x01);
        xa_write_u16(&w, 0x0203);
        xa_write_u32(&w, 0x04050607);
        xa_write_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
        xa_write_bytes(&w, "\xfe\xff", 2);
        assert_int_equal(w.bad, cap < sizeof room);
        assert_true(w.len <= cap);
        assert_memory_equal(room, numbers, w.len);
        for (size_t i = w.len; i < sizeof room; i++)
            assert_int_equal(room[i], 0xaa);
    }
}

static void a_bad_writer_stays_bad(void **state)
{
    uint8_t room[4];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    (void)state;
    xa_write_bytes(&w, "x", SIZE_MAX);
    assert_true(w.bad);
    xa_write_u8(&w, 1);
    assert_int_equal(w.len, 0);
    struct xa_writer empty = xa_writer_init(NULL, 0);
    xa_write_bytes(&empty, NULL, 0);
    assert_false(empty.bad);
}

static void slices_of_text(void **state)
{
    char room[4];
    (void)state;
    assert_int_equal(xa_slice_of(NULL).len, 0);
    assert_int_equal(xa_slice_of("").len, 0);
    assert_true(xa_slice_is(xa_slice_of("abc"), "abc"));
    assert_false(xa_slice_is(xa_slice_of("abc"), "ab"));
    assert_false(xa_slice_is(xa_slice_of("ab"), "abc"));
    assert_false(xa_slice_is(xa_slice_of("abd"), "abc"));
    assert_true(xa_slice_is((struct xa_slice){ 0 }, ""));

    assert_true(xa_slice_copy(xa_slice_of("abc"), room, sizeof room));
    assert_string_equal(room, "abc");
    assert_false(xa_slice_copy(xa_slice_of("abcd"), room, sizeof room));
    assert_string_equal(room, "");
    assert_false(xa_slice_copy((struct xa_slice){ (const uint8_t *)"a\0b", 3 }, room, sizeof room));
    assert_string_equal(room, "");
    assert_true(xa_slice_copy((struct xa_slice){ 0 }, room, 1));
    assert_string_equal(room, "");
}

/* --- characters ------------------------------------------------------------------ */

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(xa_text_characters(xa_slice_of("")), 0);
    assert_int_equal(xa_text_characters(xa_slice_of("abc")), 3);
    assert_int_equal(xa_text_characters(xa_slice_of("a\xc3\xa9\xe2\x80\xa6\xf0\x9f\x94\x91")), 4);
}

/* --- printable ------------------------------------------------------------------ */

#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

static void text_that_may_be_shown(void **state)
{
    static const struct xa_slice good[] = {
        TEXT(""), TEXT(" ~"), TEXT("Größe"), TEXT("\xc2\xa0"), TEXT("\xdf\xbf"),
        TEXT("\xe0\xa0\x80"), TEXT("\xed\x9f\xbf"), TEXT("\xee\x80\x80"), TEXT("\xef\xbf\xbf"),
        TEXT("\xf0\x90\x80\x80"), TEXT("\xf4\x8f\xbf\xbf"),
        /* next to what turns the direction */
        TEXT("\xe2\x80\x8d"), TEXT("\xe2\x80\x90"), TEXT("\xe2\x80\xa9"), TEXT("\xe2\x80\xaf"),
        TEXT("\xe2\x81\xa5"), TEXT("\xe2\x81\xaa"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(xa_text_printable(good[i]));
}

static void text_that_may_not(void **state)
{
    static const struct xa_slice bad[] = {
        TEXT("\0"), TEXT("\x1f"), TEXT("a\nb"), TEXT("\t"), TEXT("\x7f"),
        TEXT("\xc2\x80"), TEXT("\xc2\x9b" "31m"), TEXT("\xc2\x9f"),
        /* a lone or missing continuation */
        TEXT("\x80"), TEXT("\xbf" "a"), TEXT("\xc3"), TEXT("\xc3" "a"), TEXT("\xe2\x82"),
        TEXT("\xe2\x28\xa1"), TEXT("\xf0\x9f\x94"), TEXT("\xf0\x9f\x94" "a"),
        /* longer than it has to be */
        TEXT("\xc0\x80"), TEXT("\xc0\xaf"), TEXT("\xc1\xbf"), TEXT("\xe0\x80\xaf"),
        TEXT("\xe0\x9f\xbf"), TEXT("\xf0\x80\x80\xaf"), TEXT("\xf0\x8f\xbf\xbf"),
        /* surrogates, and beyond the last character */
        TEXT("\xed\xa0\x80"), TEXT("\xed\xbf\xbf"), TEXT("\xf4\x90\x80\x80"),
        TEXT("\xf7\xbf\xbf\xbf"), TEXT("\xf8\x88\x80\x80\x80"), TEXT("\xfc\x84\x80\x80\x80\x80"),
        TEXT("\xfe"), TEXT("\xff"),
        /* what turns the direction: U+200E, 200F, 202A..202E, 2066..2069 */
        TEXT("\xe2\x80\x8e"), TEXT("\xe2\x80\x8f"), TEXT("\xe2\x80\xaa"), TEXT("\xe2\x80\xab"),
        TEXT("\xe2\x80\xac"), TEXT("\xe2\x80\xad"), TEXT("\xe2\x80\xae"), TEXT("\xe2\x81\xa6"),
        TEXT("\xe2\x81\xa7"), TEXT("\xe2\x81\xa8"), TEXT("\xe2\x81\xa9"),
    };
    uint8_t longer[16];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(xa_text_printable(bad[i]));
        memcpy(longer, "ab", 2);      /* and behind good text */
        memcpy(longer + 2, bad[i].at, bad[i].len);
        assert_false(xa_text_printable((struct xa_slice){ longer, bad[i].len + 2 }));
    }
}

/* Every character of Unicode, by an encoder of the test's own. */
static void every_character(void **state)
{
    uint8_t at[4];
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        for (size_t i = len; i-- > 1;)
            at[i] = (uint8_t)(0x80 | (c >> 6 * (len - 1 - i) & 0x3f));
        at[0] = (uint8_t)(lead[len] | c >> 6 * (len - 1));
        bool hidden = c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) ||
                      c == 0x200e || c == 0x200f || (c >= 0x202a && c < 0x202f) ||
                      (c >= 0x2066 && c < 0x206a);
        assert_int_equal(xa_text_printable((struct xa_slice){ at, len }), !hidden);
        assert_false(len > 1 && xa_text_printable((struct xa_slice){ at, len - 1 }));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(what_is_left_over_is_noticed),
        cmocka_unit_test(a_bad_reader_stays_bad),
        cmocka_unit_test(nothing_can_be_read),
        cmocka_unit_test(the_writer_mirrors_the_reader),
        cmocka_unit_test(a_bad_writer_stays_bad),
        cmocka_unit_test(slices_of_text),
        cmocka_unit_test(text_that_may_be_shown),
        cmocka_unit_test(text_that_may_not),
        cmocka_unit_test(every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
