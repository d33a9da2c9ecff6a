/* A frame's head: its limits at their edges, and what the writer makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/frame.h"

static void put_head(uint8_t at[XA_FRAME_HEAD], uint32_t length)
{
    struct xa_writer w = xa_writer_init(at, XA_FRAME_HEAD);
    xa_write_u32(&w, length);
    xa_write_u8(&w, 1);
    xa_write_u8(&w, 48);
    xa_write_u32(&w, 0xdeadbeef);
    assert_false(w.bad);
    assert_int_equal(w.len, XA_FRAME_HEAD);
}

static void a_head_is_read(void **state)
{
    uint8_t at[XA_FRAME_HEAD];
    struct xa_frame_head head;
    struct xa_error err;
    (void)state;
    put_head(at, 6 + 12);
    assert_true(xa_frame_decode_head(at, XA_REQUEST_MAX, &head, &err));
    assert_int_equal(head.body_len, 12);
    assert_int_equal(head.version, 1);
    assert_int_equal(head.type, 48);
    assert_int_equal(head.number, 0xdeadbeef);
}

static void lengths_at_their_edges(void **state)
{
    static const size_t limits[] = { XA_REQUEST_MAX, XA_REPLY_MAX, XA_SECRET_REQUEST_MAX };
    uint8_t at[XA_FRAME_HEAD];
    struct xa_frame_head head;
    struct xa_error err;
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint32_t most = (uint32_t)limits[i] - 4;
        const struct { uint32_t length; bool good; } rows[] = {
            { 0, false }, { 5, false }, { 6, true }, { 7, true }, { most - 1, true },
            { most, true }, { most + 1, false }, { most + 4, false }, { 0x7fffffff, false },
            { 0x80000000, false }, { UINT32_MAX - 3, false }, { UINT32_MAX, false },
        };
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            put_head(at, rows[k].length);
            assert_int_equal(xa_frame_decode_head(at, limits[i], &head, &err), rows[k].good);
            if (rows[k].good)
                assert_int_equal(head.body_len, rows[k].length - 6);
            else
                assert_int_equal(err.code, XA_BAD_MESSAGE);
        }
    }
}

static void a_frame_is_written(void **state)
{
    static const uint8_t expected[] = { 0, 0, 0, 8, 1, 130, 0, 0, 0, 9, 0xab, 0xcd };
    uint8_t room[64] = { 0 };
    struct xa_writer w = xa_writer_init(room, sizeof room);
    (void)state;
    xa_write_u8(&w, 0x77);      /* something stands before it */
    size_t start = xa_frame_begin(&w, 130, 9);
    assert_int_equal(start, 1);
    xa_write_u16(&w, 0xabcd);
    xa_frame_end(&w, start, XA_REPLY_MAX);
    assert_false(w.bad);
    assert_int_equal(w.len, 1 + sizeof expected);
    assert_memory_equal(room + 1, expected, sizeof expected);
}

static void a_frame_that_grew_too_long(void **state)
{
    uint8_t room[64];
    (void)state;
    for (size_t body = 0; body < 16; body++) {
        struct xa_writer w = xa_writer_init(room, sizeof room);
        size_t start = xa_frame_begin(&w, 1, 1);
        for (size_t i = 0; i < body; i++)
            xa_write_u8(&w, 0);
        xa_frame_end(&w, start, 20);
        assert_int_equal(w.bad, XA_FRAME_HEAD + body > 20);
    }
}

static void a_frame_without_room(void **state)
{
    uint8_t room[XA_FRAME_HEAD];
    (void)state;
    for (size_t cap = 0; cap <= sizeof room; cap++) {
        struct xa_writer w = xa_writer_init(room, cap);
        size_t start = xa_frame_begin(&w, 1, 1);
        xa_frame_end(&w, start, XA_REPLY_MAX);
        assert_int_equal(w.bad, cap < sizeof room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read),
        cmocka_unit_test(lengths_at_their_edges),
        cmocka_unit_test(a_frame_is_written),
        cmocka_unit_test(a_frame_that_grew_too_long),
        cmocka_unit_test(a_frame_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
