/* Every message of the wire, by its table: whole, cut at every byte, one byte longer,
 * each limit at its edge and one past, and each thing a receiver must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/limits.h"
#include "proto/message.h"

enum kind { FLAG = 1, U32 = 2, U64 = 3, TEXT = 4, BYTES = 5, LIST = 6 };
#define IGNORABLE 0x8000u
#define FIELDS_MAX 32

static const struct xa_message *const tables[] = {
    &xa_msg_hello, &xa_msg_unlock, &xa_msg_lock, &xa_msg_list, &xa_msg_forget, &xa_msg_add,
    &xa_msg_remove, &xa_msg_passwd, &xa_msg_dest_add, &xa_msg_dest_remove, &xa_msg_credentials,
    &xa_msg_whoami, &xa_msg_plan, &xa_msg_profile_part, &xa_msg_mfa_code, &xa_msg_foreign,
    &xa_msg_setup, &xa_msg_doctor, &xa_msg_rotate, &xa_msg_revoke, &xa_msg_discover,
    &xa_msg_setup_plan_result, &xa_msg_task_result, &xa_msg_item, &xa_msg_probe,
    &xa_msg_probe_result, &xa_msg_need, &xa_msg_mfa_device, &xa_msg_error,
    &xa_msg_credentials_result, &xa_msg_plan_result, &xa_msg_plan_hop,
    &xa_msg_whoami_result, &xa_msg_add_result, &xa_msg_list_result, &xa_msg_list_entry,
    &xa_msg_check_result, &xa_msg_finding, &xa_msg_forget_result, &xa_msg_dest_result,
    &xa_msg_status_result, &xa_msg_empty, &xa_msg_token, &xa_msg_console, &xa_msg_switch_url,
    &xa_msg_token_result, &xa_msg_console_result, &xa_msg_switch_url_result,
};

#define N_TABLES (sizeof tables / sizeof tables[0])

/* Large enough for the struct of any table. */
static union { uint64_t align; uint8_t bytes[1024]; } decoded;

/* A body under test: what it holds, and where each of its fields begins. */
struct body {
    uint8_t bytes[256 * 1024];
    struct xa_writer w;
    struct xa_field_view fields[FIELDS_MAX];
    size_t starts[FIELDS_MAX + 1], n;
};

static struct body body, other;

static size_t fields_of(const struct xa_message *table, struct xa_field_view *ret)
{
    size_t n = 0;
    while (n < FIELDS_MAX && xa_message_field(table, n, &ret[n]))
        n++;
    assert_true(n < FIELDS_MAX);
    return n;
}

static size_t usual_len(const struct xa_field_view *f)
{
    return f->kind == FLAG ? 0 : f->kind == U32 ? 4 : f->kind == U64 ? 8 : f->max < 5 ? f->max : 5;
}

static void put(struct xa_writer *w, unsigned tag, size_t len)
{
    xa_write_u16(w, (uint16_t)tag);
    xa_write_u16(w, (uint16_t)len);
    for (size_t i = 0; i < len; i++)
        xa_write_u8(w, (uint8_t)('a' + i % 26));
}

static void put_field(struct xa_writer *w, const struct xa_field_view *f, size_t len)
{
    put(w, f->kind << 12 | f->number, len);
}

static void start_body(struct body *b, const struct xa_message *table)
{
    b->n = fields_of(table, b->fields);
    b->w = xa_writer_init(b->bytes, sizeof b->bytes);
}

/* All fields, but the one numbered `without`; that numbered `odd` with odd_len bytes. */
#define NONE ((size_t)-1)
static void fill(struct body *b, const struct xa_message *table, size_t without, size_t odd,
                 size_t odd_len)
{
    start_body(b, table);
    for (size_t i = 0; i < b->n; i++) {
        b->starts[i] = b->w.len;
        if (i != without)
            put_field(&b->w, &b->fields[i], i == odd ? odd_len : usual_len(&b->fields[i]));
    }
    b->starts[b->n] = b->w.len;
    assert_false(b->w.bad);
}

static bool decodes_slice(const struct xa_message *table, const uint8_t *at, size_t len)
{
    struct xa_error err = { 0 };
    /* A copy of exactly this length: a sanitizer sees a read behind it. */
    uint8_t *exact = malloc(len + (len == 0));
    assert_non_null(exact);
    if (len > 0)
        memcpy(exact, at, len);
    bool ok = xa_message_decode(table, (struct xa_slice){ exact, len }, &decoded, &err);
    free(exact);
    assert_int_equal(err.code, ok ? XA_OK : XA_BAD_MESSAGE);
    if (!ok)
        assert_true(xa_text_printable(xa_slice_of(err.message)) && err.message[0] != '\0');
    return ok;
}

static bool decodes(const struct xa_message *table, const struct body *b)
{
    return decodes_slice(table, b->bytes, b->w.len);
}

/* --- the tables ------------------------------------------------------------------- */

static void fields_stand_in_order(void **state)
{
    struct xa_field_view f[FIELDS_MAX];
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++) {
            assert_in_range(f[i].number, 1, 0xfff);
            assert_in_range(f[i].kind, FLAG, LIST);
            assert_true(i == 0 || f[i - 1].number < f[i].number);
            assert_true((f[i].kind >= TEXT) == (f[i].max > 0));
            assert_true(f[i].max <= UINT16_MAX);
        }
    }
}

static void one_number_has_one_kind(void **state)
{
    unsigned kinds[0x1000] = { 0 };
    struct xa_field_view f[FIELDS_MAX];
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++) {
            unsigned *kind = &kinds[f[i].number];
            assert_true(*kind == 0 || *kind == f[i].kind);
            *kind = f[i].kind;
        }
    }
}

static void every_request_has_its_table(void **state)
{
    (void)state;
    size_t known = 0;
    for (unsigned type = 0; type < 256; type++) {
        const struct xa_message *table = xa_message_of_request((uint8_t)type);
        known += table != NULL;
        bool secret = xa_type_is_secret((uint8_t)type);
        assert_int_equal(secret, type == 2 || type == 3 || type == 5 || type == 32 || type == 34);
        struct xa_field_view f[FIELDS_MAX];
        size_t n = table != NULL ? fields_of(table, f) : 0;
        for (size_t i = 0; i < n; i++)      /* no secret in a frame that is not bounded so */
            assert_true(f[i].kind != BYTES || secret || strcmp(f[i].name, "place") == 0);
        assert_true(type < 128 || table == NULL);
    }
    assert_int_equal(known, 29);
    assert_ptr_equal(xa_message_of_request(XA_CREDENTIALS), &xa_msg_credentials);
    assert_ptr_equal(xa_message_of_request(XA_STATUS), &xa_msg_empty);
    assert_null(xa_message_of_request(XA_CONFIRM));
}

/* --- whole, cut, and longer ----------------------------------------------------------- */

static void a_whole_message_comes_back(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        fill(&body, tables[t], NONE, NONE, 0);
        struct xa_error err;
        assert_true(xa_message_decode(tables[t], (struct xa_slice){ body.bytes, body.w.len },
                                      &decoded, &err));
        struct xa_writer w = xa_writer_init(other.bytes, body.w.len);
        xa_message_encode(tables[t], &decoded, &w);
        assert_false(w.bad);
        assert_int_equal(w.len, body.w.len);
        assert_memory_equal(other.bytes, body.bytes, w.len);
        for (size_t cap = 0; cap < body.w.len; cap++) {
            w = xa_writer_init(other.bytes, cap);
            xa_message_encode(tables[t], &decoded, &w);
            assert_true(w.bad);
        }
    }
}

/* A cut is good only between two fields, and only if none behind it is required. */
static bool cut_is_good(const struct body *b, size_t at)
{
    for (size_t i = 0; i <= b->n; i++) {
        if (b->starts[i] != at)
            continue;
        for (size_t k = i; k < b->n; k++)
            if (b->fields[k].required)
                return false;
        return true;
    }
    return false;
}

static void every_truncation(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        fill(&body, tables[t], NONE, NONE, 0);
        for (size_t len = 0; len < body.w.len; len++)
            assert_int_equal(decodes_slice(tables[t], body.bytes, len), cut_is_good(&body, len));
    }
}

static void one_to_four_bytes_too_many(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++)
        for (unsigned value = 0; value < 256; value++) {
            fill(&body, tables[t], NONE, NONE, 0);
            for (size_t more = 1; more <= 3; more++) {
                xa_write_u8(&body.w, (uint8_t)value);
                assert_false(decodes(tables[t], &body));
            }
        }
}

static void absent_is_zero(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        start_body(&body, tables[t]);
        for (size_t i = 0; i < body.n; i++)
            if (body.fields[i].required)
                put_field(&body.w, &body.fields[i], usual_len(&body.fields[i]));
        memset(&decoded, 0xff, sizeof decoded);
        assert_true(decodes(tables[t], &body));
    }
    struct xa_credentials c;
    struct xa_slice short_body = { (const uint8_t *)"\x40\x10\0\1a", 5 };
    assert_true(xa_message_decode(&xa_msg_credentials, short_body, &c, NULL));
    assert_false(c.wish.refresh || c.asking.can_ask);
    assert_int_equal(c.wish.duration_s | c.wish.min_left_s | c.asking.patience_ms | c.asking.asking_ms, 0);
    assert_int_equal(c.wish.region.len + c.wish.source.len, 0);

    /* A zero that was sent all the same is taken. */
    struct xa_writer w = xa_writer_init(body.bytes, sizeof body.bytes);
    xa_write_bytes(&w, "\x20\x1f\0\4\0\0\0\0", 8);
    struct xa_list list;
    short_body = (struct xa_slice){ body.bytes, w.len };
    assert_true(xa_message_decode(&xa_msg_list, short_body, &list, NULL));
    assert_int_equal(list.cursor, 0);
}

static void each_required_field(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        struct xa_field_view f[FIELDS_MAX];
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++) {
            fill(&body, tables[t], i, NONE, 0);
            assert_int_equal(decodes(tables[t], &body), !f[i].required);
            if (f[i].kind < TEXT)
                continue;
            fill(&body, tables[t], NONE, i, 0);
            assert_int_equal(decodes(tables[t], &body), !f[i].required);
        }
    }
}

/* --- each limit ------------------------------------------------------------------------ */

static void each_limit_at_its_edge(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        struct xa_field_view f[FIELDS_MAX];
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++) {
            size_t exact = f[i].kind < TEXT ? usual_len(&f[i]) : f[i].max;
            fill(&body, tables[t], NONE, i, exact);
            assert_true(decodes(tables[t], &body));
            fill(&body, tables[t], NONE, i, exact + 1);
            assert_false(decodes(tables[t], &body));
            fill(&body, tables[t], NONE, i, UINT16_MAX);
            assert_false(decodes(tables[t], &body));
            if (f[i].kind == U32 || f[i].kind == U64)
                for (size_t len = 0; len < exact; len++) {
                    fill(&body, tables[t], NONE, i, len);
                    assert_false(decodes(tables[t], &body));
                }
        }
    }
}

/* The encoder keeps the limits too: what it would not read it does not write. */
static void the_encoder_keeps_the_limits(void **state)
{
    static char text[XA_NAME_MAX + 1];
    struct xa_credentials whoami = { .wish.name = { (const uint8_t *)text, 0 } };
    struct xa_remove removal = { .name = { (const uint8_t *)text, sizeof text } };
    (void)state;
    memset(text, 'a', sizeof text);
    struct xa_writer w = xa_writer_init(body.bytes, sizeof body.bytes);
    xa_message_encode(&xa_msg_remove, &removal, &w);
    assert_true(w.bad);
    removal.name.len--;
    w = xa_writer_init(body.bytes, sizeof body.bytes);
    xa_message_encode(&xa_msg_remove, &removal, &w);
    assert_false(w.bad);
    w = xa_writer_init(body.bytes, sizeof body.bytes);
    xa_message_encode(&xa_msg_whoami, &whoami, &w);      /* a receiver's to refuse */
    assert_int_equal(w.len, 0);
}

/* --- what must be refused ---------------------------------------------------------------- */

static void a_field_twice_or_out_of_order(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        struct xa_field_view f[FIELDS_MAX];
        size_t n = fields_of(tables[t], f);
        for (size_t twice = 0; twice < n; twice++) {
            start_body(&body, tables[t]);
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < (i == twice ? 2u : 1u); k++)
                    put_field(&body.w, &f[i], usual_len(&f[i]));
            assert_false(decodes(tables[t], &body));
        }
        for (size_t swap = 1; swap < n; swap++) {
            start_body(&body, tables[t]);
            for (size_t i = 0; i < n; i++) {
                size_t at = i == swap ? i - 1 : i + 1 == swap ? i + 1 : i;
                put_field(&body.w, &f[at], usual_len(&f[at]));
            }
            assert_false(decodes(tables[t], &body));
        }
    }
}

static bool is_known(const struct body *b, unsigned number)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->fields[i].number == number)
            return true;
    return false;
}

/* A whole message with one more field, of this tag, in its place. */
static bool decodes_with(const struct xa_message *table, unsigned tag, size_t len)
{
    bool done = false;
    start_body(&body, table);
    for (size_t i = 0; i < body.n; i++) {
        if (!done && body.fields[i].number > (tag & 0xfff)) {
            put(&body.w, tag, len);
            done = true;
        }
        put_field(&body.w, &body.fields[i], usual_len(&body.fields[i]));
    }
    if (!done)
        put(&body.w, tag, len);
    return decodes(table, &body);
}

static void unknown_fields(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        start_body(&body, tables[t]);
        for (unsigned number = 0; number < 0x1000; number += number < 160 ? 1 : 97) {
            if (is_known(&body, number))
                continue;
            for (unsigned kind = 0; kind < 8; kind++) {
                size_t len = kind == U32 ? 4 : kind == U64 ? 8 : kind == FLAG ? 0 : 3;
                unsigned tag = kind << 12 | number;
                bool skipped = number > 0 && kind >= FLAG && kind <= LIST;
                assert_false(decodes_with(tables[t], tag, len));
                assert_int_equal(decodes_with(tables[t], tag | IGNORABLE, len), skipped);
                if (kind >= FLAG && kind <= U64)
                    assert_false(decodes_with(tables[t], tag | IGNORABLE, len + 1));
            }
        }
    }
}

static void what_is_skipped_leaves_no_trace(void **state)
{
    struct xa_error err;
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        fill(&other, tables[t], NONE, NONE, 0);
        for (unsigned number = 1; number < 0x1000; number += 61) {
            start_body(&body, tables[t]);
            if (is_known(&body, number))
                continue;
            assert_true(decodes_with(tables[t], IGNORABLE | (unsigned)BYTES << 12 | number, 9));
            assert_true(xa_message_decode(tables[t], (struct xa_slice){ body.bytes, body.w.len },
                                          &decoded, &err));
            static uint8_t again[4096];
            struct xa_writer w = xa_writer_init(again, sizeof again);
            xa_message_encode(tables[t], &decoded, &w);
            assert_int_equal(w.len, other.w.len);
            assert_memory_equal(again, other.bytes, w.len);
        }
    }
}

static void another_kind(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        struct xa_field_view f[FIELDS_MAX];
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++)
            for (unsigned kind = 0; kind < 8; kind++) {
                start_body(&body, tables[t]);
                for (size_t k = 0; k < n; k++) {
                    unsigned tag = (k == i ? kind : f[k].kind) << 12 | f[k].number;
                    put(&body.w, k == i ? tag | IGNORABLE : tag, usual_len(&f[k]));
                }
                /* On a known field the ignorable bit changes nothing. */
                assert_int_equal(decodes(tables[t], &body), kind == f[i].kind);
            }
    }
}

static void text_that_is_not_printable(void **state)
{
    static const char *const bad[] = {
        "\x1b[0m", "a\nb", "\t", "\x7f", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x80\xae", "\xff",
    };
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        struct xa_field_view f[FIELDS_MAX];
        size_t n = fields_of(tables[t], f);
        for (size_t i = 0; i < n; i++)
            for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
                size_t len = strlen(bad[b]);
                if (f[i].kind < TEXT || len > f[i].max)
                    continue;
                fill(&body, tables[t], NONE, i, len);
                memcpy(body.bytes + body.starts[i] + 4, bad[b], len);
                assert_int_equal(decodes(tables[t], &body), f[i].kind != TEXT);
            }
        for (size_t i = 0; i < n; i++) {
            fill(&body, tables[t], NONE, NONE, 0);
            if (f[i].kind != TEXT)
                continue;
            body.bytes[body.starts[i] + 4] = '\0';
            assert_false(decodes(tables[t], &body));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_in_order),
        cmocka_unit_test(one_number_has_one_kind),
        cmocka_unit_test(every_request_has_its_table),
        cmocka_unit_test(a_whole_message_comes_back),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(one_to_four_bytes_too_many),
        cmocka_unit_test(absent_is_zero),
        cmocka_unit_test(each_required_field),
        cmocka_unit_test(each_limit_at_its_edge),
        cmocka_unit_test(the_encoder_keeps_the_limits),
        cmocka_unit_test(a_field_twice_or_out_of_order),
        cmocka_unit_test(unknown_fields),
        cmocka_unit_test(what_is_skipped_leaves_no_trace),
        cmocka_unit_test(another_kind),
        cmocka_unit_test(text_that_is_not_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
