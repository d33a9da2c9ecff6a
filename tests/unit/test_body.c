/* The vault's content: entries in, entries out, and every limit (V2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/body.h"
#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

static struct xa_entry entry_of(const char *name)
{
    return (struct xa_entry){
        .name = xa_slice_of(name), .access_key_id = xa_slice_of(KIT_KEY_ID),
        .secret = xa_slice_of(KIT_SECRET), .account = xa_slice_of("000000000001"),
        .arn = xa_slice_of(KIT_ARN), .created_at = 1768480496,
    };
}

static struct xa_slice view(struct xa_secret *body)
{
    return (struct xa_slice){ xa_secret_open(body), xa_secret_len(body) };
}

/* Replaces *body by what the change makes of it; its code if it cannot be made. */
static enum xa_code apply(struct xa_secret **body, const struct xa_entry *add, const char *remove)
{
    struct xa_body_change change = { add, xa_slice_of(remove) };
    struct xa_error err = { 0 };
    struct xa_secret *changed = xa_body_changed(view(*body), &change, &err);
    xa_secret_shut(*body);
    if (changed == NULL)
        return err.code;
    xa_secret_free(body);
    *body = changed;
    size_t n;
    assert_true(xa_body_check(view(changed), &n, &err));
    xa_secret_shut(changed);
    assert_int_equal(xa_secret_len(changed) % XA_STORE_BLOCK, 0);
    return XA_OK;
}

static enum xa_code add(struct xa_secret **body, const char *name)
{
    struct xa_entry e = entry_of(name);
    return apply(body, &e, NULL);
}

static void names_of(struct xa_secret *body, char *ret, size_t size)
{
    struct xa_writer w = xa_writer_init(ret, size - 1);
    struct xa_entry e;
    for (size_t i = 0; xa_body_at(view(body), i, &e); i++) {
        xa_write_bytes(&w, e.name.at, e.name.len);
        xa_write_u8(&w, ' ');
        xa_secret_shut(body);
    }
    xa_secret_shut(body);
    ret[w.len] = '\0';
}

static void entries_stand_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct xa_secret *body = xa_body_new(NULL);
    char names[64];
    assert_int_equal(add(&body, "m"), XA_OK);
    assert_int_equal(add(&body, "z"), XA_OK);
    assert_int_equal(add(&body, "ma"), XA_OK);
    assert_int_equal(add(&body, "B"), XA_OK);
    names_of(body, names, sizeof names);
    assert_string_equal(names, "B m ma z ");
    assert_int_equal(add(&body, "ma"), XA_NAME_TAKEN);
    assert_int_equal(apply(&body, NULL, "M"), XA_NO_SUCH_NAME);
    assert_int_equal(apply(&body, NULL, "m"), XA_OK);
    assert_int_equal(apply(&body, NULL, "z"), XA_OK);
    names_of(body, names, sizeof names);
    assert_string_equal(names, "B ma ");
    struct xa_entry e = { .created_at = 0 };
    assert_true(xa_body_find(view(body), xa_slice_of("ma"), &e));
    assert_true(xa_slice_is(e.secret, KIT_SECRET) && xa_slice_is(e.access_key_id, KIT_KEY_ID));
    assert_true(xa_slice_is(e.account, "000000000001") && xa_slice_is(e.arn, KIT_ARN));
    assert_int_equal(e.created_at, 1768480496);
    assert_false(xa_body_find(view(body), xa_slice_of("m"), &e));
    assert_false(xa_body_find(view(body), xa_slice_of(""), &e));
    for (int i = 0; i < 3; i++)
        xa_secret_shut(body);
    xa_secret_free(&body);
}

static char long_text[XA_ARN_MAX + 2];

static struct xa_slice text_of(size_t len)
{
    memset(long_text, 'a', sizeof long_text);
    return (struct xa_slice){ (const uint8_t *)long_text, len };
}

static void each_field_has_its_limit(void **state)
{
    (void)state;
    const struct xa_entry good = entry_of("a");
    for (size_t past = 0; past <= 1; past++) {
        struct xa_entry e = good;
        e.name = text_of(XA_NAME_MAX + past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e = good;
        e.access_key_id = text_of(XA_ACCESS_KEY_ID_MAX + past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e.access_key_id = text_of(XA_ACCESS_KEY_ID_MIN - past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e = good;
        e.secret = text_of(XA_SECRET_KEY_MAX + past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e.secret = text_of(1 - past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e = good;
        e.arn = text_of(XA_ARN_MAX + past);
        assert_int_equal(xa_entry_valid(&e), past == 0);
        e = good;
        e.created_at = past == 0 ? 0 : -1;
        assert_int_equal(xa_entry_valid(&e), past == 0);
    }
}

static void each_field_has_its_alphabet(void **state)
{
    (void)state;
    static const char *const bad_names[] = {
        "", "-a", ".a", "a b", "a\n", "\xc3\xa4", "a;b", "a\\b",
    };
    static const char *const good_names[] = { "a", "_", "9", "a_.@:+/%-Z", "A/b" };
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++)
        assert_false(xa_entry_name_valid(xa_slice_of(bad_names[i])));
    for (size_t i = 0; i < sizeof good_names / sizeof good_names[0]; i++)
        assert_true(xa_entry_name_valid(xa_slice_of(good_names[i])));
    assert_false(xa_entry_name_valid((struct xa_slice){ (const uint8_t *)"a\0b", 3 }));
    struct xa_entry e = entry_of("a");
    e.access_key_id = xa_slice_of("AKIAIOSFODNN7EXAM/LE");
    assert_false(xa_entry_valid(&e));
    e = entry_of("a");
    e.secret = xa_slice_of("two words");
    assert_false(xa_entry_valid(&e));
    e.secret = xa_slice_of("caf\xc3\xa9");
    assert_false(xa_entry_valid(&e));
    e = entry_of("a");
    e.arn = xa_slice_of("arn:\x1b[31m");
    assert_false(xa_entry_valid(&e));
    const char *const accounts[] = {
        "", "12345678901", "12345678901a", "123456789012", "1234567890123",
    };
    const bool good[] = { true, false, false, true, false };
    for (size_t i = 0; i < 5; i++) {
        e = entry_of("a");
        e.account = xa_slice_of(accounts[i]);
        assert_int_equal(xa_entry_valid(&e), good[i]);
    }
}

static void put(struct xa_writer *w, struct xa_slice text)
{
    xa_write_u16(w, (uint16_t)text.len);
    xa_write_bytes(w, text.at, text.len);
}

static void put_entry(struct xa_writer *w, const struct xa_entry *e)
{
    put(w, e->name);
    put(w, e->access_key_id);
    put(w, e->secret);
    put(w, e->account);
    put(w, e->arn);
    xa_write_u64(w, (uint64_t)e->created_at);
}

static uint8_t room[XA_STORE_BODY_MAX + XA_STORE_BLOCK];

/* A body of these two entries, or of one if the second has no name. */
static struct xa_slice body_of(uint16_t version, uint16_t n, const struct xa_entry *a,
                               const struct xa_entry *b)
{
    memset(room, 0, sizeof room);
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_write_u16(&w, version);
    xa_write_u16(&w, n);
    put_entry(&w, a);
    if (b->name.len > 0)
        put_entry(&w, b);
    return (struct xa_slice){ room, w.len };
}

static bool checks(struct xa_slice body)
{
    struct xa_error err = { 0 };
    size_t n;
    uint8_t *copy = malloc(body.len + 1);     /* a sanitizer sees a read too far */
    memcpy(copy, body.at, body.len);
    bool ok = xa_body_check((struct xa_slice){ copy, body.len }, &n, &err);
    assert_true(ok || err.code == XA_VAULT_DAMAGED);
    free(copy);
    return ok;
}

static void every_truncation_is_damage(void **state)
{
    (void)state;
    const struct xa_entry a = entry_of("a"), b = entry_of("b");
    struct xa_slice body = body_of(1, 2, &a, &b);
    size_t whole = body.len;
    assert_true(checks(body));
    for (body.len = 0; body.len < whole; body.len++)
        assert_false(checks(body));
    for (size_t more = 1; more <= 64; more++) {
        body.len = whole + more;
        assert_true(checks(body));           /* zero padding */
        room[body.len - 1] = 1;
        assert_false(checks(body));
        room[body.len - 1] = 0;
    }
}

static void what_cannot_be_is_damage(void **state)
{
    (void)state;
    const struct xa_entry a = entry_of("a"), b = entry_of("b"), none = { .created_at = 0 };
    struct xa_entry bad = entry_of("c");
    bad.account = xa_slice_of("1");
    assert_true(checks(body_of(1, 1, &a, &none)));
    assert_false(checks(body_of(0, 1, &a, &none)));
    assert_false(checks(body_of(2, 1, &a, &none)));
    assert_false(checks(body_of(1, 0, &a, &none)));      /* something left over */
    assert_false(checks(body_of(1, 2, &a, &none)));      /* something missing */
    assert_false(checks(body_of(1, 2, &b, &a)));         /* names fall */
    assert_false(checks(body_of(1, 2, &a, &a)));         /* a name twice */
    assert_false(checks(body_of(1, 2, &a, &bad)));
    assert_false(checks(body_of(1, XA_VAULT_ENTRIES_MAX + 1, &a, &none)));
}

/* Filled to the last of 4,096 entries, and to the last byte of 1 MiB. */
static void full_is_said(void **state)
{
    (void)state;
    memset(room, 0, sizeof room);
    struct xa_writer w = xa_writer_init(room, XA_STORE_BODY_MAX);
    xa_write_u16(&w, 1);
    xa_write_u16(&w, XA_VAULT_ENTRIES_MAX - 1);
    for (int i = 1; i < XA_VAULT_ENTRIES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%05d", i);
        struct xa_entry e = entry_of(name);
        e.account = e.arn = (struct xa_slice){ 0 };
        put_entry(&w, &e);
    }
    assert_false(w.bad);
    struct xa_secret *body = xa_secret_new(XA_STORE_BODY_MAX, NULL);
    memcpy(xa_secret_fill(body), room, XA_STORE_BODY_MAX);
    xa_secret_seal(body);
    assert_int_equal(add(&body, "last"), XA_OK);
    assert_int_equal(add(&body, "one-more"), XA_IO);
    assert_int_equal(apply(&body, NULL, "n00077"), XA_OK);
    assert_int_equal(add(&body, "one-more"), XA_OK);
    xa_secret_free(&body);

    body = xa_body_new(NULL);
    struct xa_entry large = entry_of("x");
    char name[16];
    enum xa_code code = XA_OK;
    size_t len = 4;
    for (int n = 0; code == XA_OK; n++) {
        snprintf(name, sizeof name, "n%05d", n);
        large.name = xa_slice_of(name);
        large.arn = text_of(XA_ARN_MAX);
        code = apply(&body, &large, NULL);
        len += code == XA_OK ? 18 + 6 + 20 + 40 + 12 + XA_ARN_MAX : 0;
    }
    assert_int_equal(code, XA_IO);
    assert_int_equal(xa_secret_len(body), XA_STORE_BODY_MAX);
    large.arn = text_of(XA_STORE_BODY_MAX - len - (18 + 6 + 20 + 40 + 12) + 1);
    assert_int_equal(apply(&body, &large, NULL), XA_IO);
    large.arn.len--;
    assert_int_equal(apply(&body, &large, NULL), XA_OK);
    xa_secret_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_the_order_of_their_names),
        cmocka_unit_test(each_field_has_its_limit),
        cmocka_unit_test(each_field_has_its_alphabet),
        cmocka_unit_test(every_truncation_is_damage),
        cmocka_unit_test(what_cannot_be_is_damage),
        cmocka_unit_test(full_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
