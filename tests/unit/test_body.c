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
static enum xa_code change(struct xa_secret **body, const char *name, unsigned drop,
                           const struct xa_entry *put, size_t n_put)
{
    const struct xa_body_change wish = { xa_slice_of(name), drop, put, n_put };
    struct xa_error err = { 0 };
    struct xa_secret *changed = xa_body_changed(view(*body), &wish, &err);
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
    return change(body, name, 0, &e, 1);
}

static enum xa_code take(struct xa_secret **body, const char *name)
{
    return change(body, name, XA_KEY_SET_ALL, NULL, 0);
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
    assert_int_equal(take(&body, "M"), XA_NO_SUCH_NAME);
    assert_int_equal(take(&body, "m"), XA_OK);
    assert_int_equal(take(&body, "z"), XA_OK);
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
        e = good;
        e.kind = XA_KEY_RETIRED;
        e.due_at = past == 0 ? 0 : -1;
        assert_int_equal(xa_entry_valid(&e), past == 0);
    }
}

static struct xa_entry of_kind(const char *name, enum xa_key_kind kind)
{
    struct xa_entry e = entry_of(name);
    e.kind = kind;
    e.access_key_id = xa_slice_of(KIT_NEW_KEY_ID);
    if (kind == XA_KEY_INTENT)
        e.access_key_id = e.secret = e.account = e.arn = (struct xa_slice){ 0 };
    e.due_at = kind == XA_KEY_RETIRED ? 1768480497 : 0;
    return e;
}

static void each_kind_has_its_fields(void **state)
{
    (void)state;
    struct xa_entry e;
    for (unsigned kind = 0; kind <= 255; kind++) {
        e = of_kind("a", (enum xa_key_kind)kind);
        assert_int_equal(xa_entry_valid(&e), kind <= XA_KEY_RETIRED);
        e.due_at = 1;
        assert_int_equal(xa_entry_valid(&e), kind == XA_KEY_RETIRED);
    }
    const struct xa_entry key = entry_of("a");
    for (size_t field = 0; field < 4; field++) {
        e = of_kind("a", XA_KEY_INTENT);
        *(field == 0 ? &e.access_key_id : field == 1 ? &e.secret : field == 2 ? &e.account
                                                                             : &e.arn) =
            field == 0 ? key.access_key_id : field == 1 ? key.secret : field == 2 ? key.account
                                                                                  : key.arn;
        assert_false(xa_entry_valid(&e));
    }
    for (unsigned kind = XA_KEY_PENDING; kind <= XA_KEY_RETIRED; kind++) {
        e = of_kind("a", (enum xa_key_kind)kind);
        e.access_key_id = (struct xa_slice){ 0 };
        assert_false(xa_entry_valid(&e));
        e = of_kind("a", (enum xa_key_kind)kind);
        e.secret = (struct xa_slice){ 0 };
        assert_false(xa_entry_valid(&e));
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

static void put_entry(struct xa_writer *w, uint16_t version, const struct xa_entry *e)
{
    put(w, e->name);
    put(w, e->access_key_id);
    put(w, e->secret);
    put(w, e->account);
    put(w, e->arn);
    xa_write_u64(w, (uint64_t)e->created_at);
    if (version == 1)
        return;
    xa_write_u8(w, (uint8_t)e->kind);
    xa_write_u64(w, (uint64_t)e->due_at);
}

static uint8_t room[XA_STORE_BODY_MAX + XA_STORE_BLOCK];

/* A body that says it has n entries, and has these, up to one without a name. */
static struct xa_slice body_of(uint16_t version, uint16_t n, const struct xa_entry *entries)
{
    memset(room, 0, sizeof room);
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_write_u16(&w, version);
    xa_write_u16(&w, n);
    for (; entries->name.len > 0; entries++)
        put_entry(&w, version, entries);
    return (struct xa_slice){ room, w.len };
}

#define BODY(version, n, ...) \
    body_of(version, n, (struct xa_entry[]){ __VA_ARGS__, { .due_at = 0 } })

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

static void every_cut_is_damage(struct xa_slice body)
{
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

/* Each entry is at the end once: what it ends with is what would be missed. */
static void every_truncation_is_damage(void **state)
{
    (void)state;
    const struct xa_entry a = entry_of("a"), b = entry_of("b");
    every_cut_is_damage(BODY(1, 2, a, b));
    every_cut_is_damage(BODY(2, 3, a, of_kind("a", XA_KEY_RETIRED), b));
    for (unsigned kind = XA_KEY_INTENT; kind <= XA_KEY_RETIRED; kind++)
        every_cut_is_damage(BODY(2, 2, a, of_kind("a", (enum xa_key_kind)kind)));
}

static void what_cannot_be_is_damage(void **state)
{
    (void)state;
    const struct xa_entry a = entry_of("a"), b = entry_of("b");
    struct xa_entry bad = entry_of("c");
    bad.account = xa_slice_of("1");
    assert_true(checks(BODY(1, 1, a)));
    assert_false(checks(BODY(0, 1, a)));
    assert_false(checks(BODY(3, 1, a)));
    assert_false(checks(BODY(1, 0, a)));              /* something left over */
    assert_false(checks(BODY(1, 2, a)));              /* something missing */
    assert_false(checks(BODY(1, 2, b, a)));           /* names fall */
    assert_false(checks(BODY(1, 2, a, a)));           /* a name twice */
    assert_false(checks(BODY(1, 2, a, bad)));
    assert_false(checks(BODY(1, XA_VAULT_ENTRIES_MAX + 1, a)));
    struct xa_error err;
    size_t n;
    assert_false(xa_body_check(BODY(3, 1, a), &n, &err));
    assert_non_null(strstr(err.message, "version 3, this xacct reads versions 1 and 2"));
}

/* Beside a current key stands one other at most, and behind it. */
static void each_kind_has_its_place(void **state)
{
    (void)state;
    const struct xa_entry a = entry_of("a"), b = entry_of("b");
    for (unsigned i = XA_KEY_INTENT; i <= XA_KEY_RETIRED; i++) {
        const struct xa_entry one = of_kind("a", (enum xa_key_kind)i);
        assert_true(checks(BODY(2, 2, a, one)));
        assert_true(checks(BODY(2, 4, a, one, b, of_kind("b", (enum xa_key_kind)i))));
        assert_false(checks(BODY(2, 1, one)));                    /* none without it */
        assert_false(checks(BODY(2, 2, one, b)));
        assert_false(checks(BODY(2, 2, b, one)));
        assert_false(checks(BODY(2, 2, one, a)));
        assert_false(checks(BODY(2, 3, a, b, one)));
        assert_false(checks(BODY(2, 2, a, of_kind("b", (enum xa_key_kind)i))));
        for (unsigned k = XA_KEY_INTENT; k <= XA_KEY_RETIRED; k++)
            assert_false(checks(BODY(2, 3, a, one, of_kind("a", (enum xa_key_kind)k))));
        if (i == XA_KEY_INTENT)
            continue;
        struct xa_entry same = one;      /* what AWS is to delete would be what signs */
        same.access_key_id = a.access_key_id;
        assert_false(checks(BODY(2, 2, a, same)));
    }
    assert_false(checks(BODY(2, 2, a, of_kind("a", (enum xa_key_kind)4))));
    assert_false(checks(BODY(2, 2, a, a)));
    struct xa_entry due = a;
    due.due_at = 1;
    assert_false(checks(BODY(2, 1, due)));
    due = of_kind("a", XA_KEY_RETIRED);
    due.due_at = INT64_MIN;
    assert_false(checks(BODY(2, 2, a, due)));
}

static uint16_t version_of(struct xa_secret *body)
{
    struct xa_reader r = xa_reader_init(view(body));
    uint16_t version = xa_read_u16(&r);
    xa_secret_shut(body);
    return version;
}

/* Who does not ask for a kind sees the current keys; the version is the lowest that
 * will do, whatever the one before was. */
static void what_is_journaled_stands_aside(void **state)
{
    (void)state;
    struct xa_secret *body = xa_body_new(NULL);
    char names[64];
    struct xa_entry e;
    assert_int_equal(add(&body, "m"), XA_OK);
    assert_int_equal(add(&body, "a"), XA_OK);
    assert_int_equal(version_of(body), 1);
    for (unsigned i = XA_KEY_INTENT; i <= XA_KEY_RETIRED; i++) {
        enum xa_key_kind kind = (enum xa_key_kind)i;
        const struct xa_entry one = of_kind("a", kind), key = entry_of("a");
        assert_int_equal(change(&body, "a", 0, &one, 1), XA_OK);
        assert_int_equal(change(&body, "a", 0, &one, 1), XA_NAME_TAKEN);
        assert_int_equal(version_of(body), 2);
        assert_int_equal(add(&body, "aa"), XA_OK);
        assert_int_equal(version_of(body), 2);
        names_of(body, names, sizeof names);
        assert_string_equal(names, "a aa m ");
        struct xa_slice all = view(body), name = xa_slice_of("a");
        size_t n;
        assert_true(xa_body_check(all, &n, NULL) && n == 3);
        assert_true(xa_body_find(all, name, &e) && e.kind == XA_KEY_CURRENT);
        assert_true(xa_slice_is(e.access_key_id, KIT_KEY_ID));
        assert_true(xa_body_find_journaled(all, name, &e) && e.kind == kind);
        assert_true(xa_body_find_kind(all, name, kind, &e));
        assert_true(e.kind == kind && xa_slice_same(e.access_key_id, one.access_key_id));
        assert_true(xa_slice_same(e.secret, one.secret) && e.due_at == one.due_at);
        assert_false(xa_body_find_journaled(all, xa_slice_of("m"), &e));
        assert_false(xa_body_find_kind(all, name, kind % 3 + 1, &e));
        xa_secret_shut(body);
        assert_int_equal(change(&body, "a", XA_KEY_SET(XA_KEY_CURRENT), &key, 1), XA_OK);
        assert_true(xa_body_find_journaled(view(body), name, &e) && e.kind == kind);
        xa_secret_shut(body);
        if (kind == XA_KEY_PENDING) {
            assert_int_equal(take(&body, "a"), XA_OK);             /* with all its kinds */
            assert_int_equal(add(&body, "a"), XA_OK);
        } else {
            assert_int_equal(change(&body, "a", XA_KEY_SET(kind), NULL, 0), XA_OK);
        }
        assert_int_equal(change(&body, "a", XA_KEY_SET(kind), NULL, 0), XA_NO_SUCH_NAME);
        assert_int_equal(version_of(body), 1);
        assert_int_equal(take(&body, "aa"), XA_OK);
    }
    xa_secret_free(&body);

    /* A second version without need is sound, and goes with the next change. */
    body = xa_secret_new(XA_STORE_BLOCK, NULL);
    const struct xa_entry key = entry_of("a");
    struct xa_slice needless = BODY(2, 1, key);
    assert_true(checks(needless));
    memcpy(xa_secret_fill(body), room, XA_STORE_BLOCK);
    xa_secret_seal(body);
    assert_int_equal(add(&body, "b"), XA_OK);
    assert_int_equal(version_of(body), 1);
    xa_secret_free(&body);
}

static void both_keys_change_places_at_once(void **state)
{
    (void)state;
    struct xa_secret *body = xa_body_new(NULL);
    const struct xa_entry pending = of_kind("b", XA_KEY_PENDING);
    struct xa_entry both[] = { of_kind("b", XA_KEY_CURRENT), entry_of("b") }, e;
    both[1].kind = XA_KEY_RETIRED;
    assert_int_equal(add(&body, "a"), XA_OK);
    assert_int_equal(add(&body, "b"), XA_OK);
    assert_int_equal(add(&body, "c"), XA_OK);
    assert_int_equal(change(&body, "b", 0, &pending, 1), XA_OK);
    assert_int_equal(change(&body, "b", XA_KEY_SET(XA_KEY_PENDING), both, 2), XA_NAME_TAKEN);
    assert_int_equal(change(&body, "b", XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_PENDING),
                            both, 2), XA_OK);
    assert_true(xa_body_find(view(body), xa_slice_of("b"), &e));
    assert_true(xa_slice_is(e.access_key_id, KIT_NEW_KEY_ID));
    assert_true(xa_body_find_journaled(view(body), xa_slice_of("b"), &e));
    assert_true(e.kind == XA_KEY_RETIRED && xa_slice_is(e.access_key_id, KIT_KEY_ID));
    xa_secret_shut(body);
    xa_secret_shut(body);
    xa_secret_free(&body);
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
        put_entry(&w, 1, &e);
    }
    assert_false(w.bad);
    struct xa_secret *body = xa_secret_new(XA_STORE_BODY_MAX, NULL);
    memcpy(xa_secret_fill(body), room, XA_STORE_BODY_MAX);
    xa_secret_seal(body);
    assert_int_equal(add(&body, "last"), XA_OK);
    assert_int_equal(add(&body, "one-more"), XA_IO);
    assert_int_equal(take(&body, "n00077"), XA_OK);
    assert_int_equal(add(&body, "one-more"), XA_OK);
    const struct xa_entry note = of_kind("one-more", XA_KEY_INTENT);
    assert_int_equal(change(&body, "one-more", 0, &note, 1), XA_IO);
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
        code = change(&body, name, 0, &large, 1);
        len += code == XA_OK ? 18 + 6 + 20 + 40 + 12 + XA_ARN_MAX : 0;
    }
    assert_int_equal(code, XA_IO);
    assert_int_equal(xa_secret_len(body), XA_STORE_BODY_MAX);
    large.arn = text_of(XA_STORE_BODY_MAX - len - (18 + 6 + 20 + 40 + 12) + 1);
    assert_int_equal(change(&body, name, 0, &large, 1), XA_IO);
    large.arn.len--;
    assert_int_equal(change(&body, name, 0, &large, 1), XA_OK);
    xa_secret_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_the_order_of_their_names),
        cmocka_unit_test(each_field_has_its_limit),
        cmocka_unit_test(each_kind_has_its_fields),
        cmocka_unit_test(each_field_has_its_alphabet),
        cmocka_unit_test(every_truncation_is_damage),
        cmocka_unit_test(what_cannot_be_is_damage),
        cmocka_unit_test(each_kind_has_its_place),
        cmocka_unit_test(what_is_journaled_stands_aside),
        cmocka_unit_test(both_keys_change_places_at_once),
        cmocka_unit_test(full_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
