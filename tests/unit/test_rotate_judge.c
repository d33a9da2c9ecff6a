/* What is to be done about a user's keys: what the vault holds and journals, against what
 * AWS lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/rotate/words.h"

#define NOW 1800000000
#define A "AKIAEXAMPLEKEYOFA000"
#define B "AKIAEXAMPLEKEYOFB000"
#define C "AKIAEXAMPLEKEYOFC000"
#define OLD "1700000000"

/* AWS says of the stored key, and of another. */
#define STORED "key " A " Active " OLD "\n"
#define OTHER(created) "key " B " Active " created "\n"
#define RESTING "key " B " Inactive " OLD "\n"
#define ASKED "used " A " 1799999999 iam\n"

struct row {
    const char *what;
    enum xa_key_kind journal;
    const char *journaled;             /* its key                  */
    int64_t at, due_at;                /* of the journal           */
    const char *goes, *notes;
    bool tired;
    enum rotate_verdict verdict;
    const char *key;                   /* which it is about        */
};

static const struct row rows[] = {
    /* --- nothing journaled --- */
    { "not listed yet", 0, "", 0, 0, "", "", false, ROTATE_LOOKS, "" },
    { "one key", 0, "", 0, 0, "", STORED, false, ROTATE_CREATES, "" },
    { "inactive", 0, "", 0, 0, "", "key " A " Inactive " OLD "\n", false, ROTATE_IS_INACTIVE, "" },
    { "a status of another word", 0, "", 0, 0, "", "key " A " Expired " OLD "\n", false,
      ROTATE_IS_INACTIVE, "" },
    { "not there", 0, "", 0, 0, "", OTHER(OLD), false, ROTATE_WAITS, "" },
    { "not there for long", 0, "", 0, 0, "", OTHER(OLD), true, ROTATE_IS_GONE, "" },
    { "two", 0, "", 0, 0, "", STORED OTHER(OLD), false, ROTATE_ASKS_USE, A },
    { "two, one asked", 0, "", 0, 0, "", STORED OTHER(OLD) ASKED, false, ROTATE_ASKS_USE, B },
    { "two, both asked", 0, "", 0, 0, "", STORED OTHER(OLD) ASKED "used " B " -\n", false,
      ROTATE_CHOOSES, "" },
    { "two, one new and never used", 0, "", 0, 0, "",
      STORED OTHER("1800000000") ASKED "used " B " 0 N/A\n", false, ROTATE_CHOOSES, "" },
    { "two, one named", 0, "", 0, 0, B, STORED OTHER(OLD), false, ROTATE_DROPS, B },
    { "the stored one named", 0, "", 0, 0, A, STORED OTHER(OLD), false, ROTATE_IS_STORED, "" },
    { "the stored one named, not listed yet", 0, "", 0, 0, A, "", false, ROTATE_IS_STORED, "" },
    { "nobody's named", 0, "", 0, 0, C, STORED OTHER(OLD) ASKED "used " B " 0 x\n", false,
      ROTATE_CHOOSES, "" },
    { "nobody's named, one key", 0, "", 0, 0, C, STORED, false, ROTATE_CREATES, "" },
    { "named, but the stored one is inactive", 0, "", 0, 0, B,
      "key " A " Inactive " OLD "\n" OTHER(OLD), false, ROTATE_IS_INACTIVE, "" },
    /* --- an intent --- */
    { "nothing came of it", XA_KEY_INTENT, "", NOW, 0, "", STORED, false, ROTATE_CREATES, "" },
    { "a key beside it, as after a run that was interrupted", XA_KEY_INTENT, "", NOW, 0, "",
      STORED OTHER("1800000001"), false, ROTATE_ASKS_USE, A },
    { "never used: it may be anybody's", XA_KEY_INTENT, "", NOW, 0, "",
      STORED OTHER("1800000001") "used " B " 0 N/A\n" ASKED, false, ROTATE_CHOOSES, "" },
    { "named", XA_KEY_INTENT, "", NOW, 0, B, STORED OTHER("1800000001"), false, ROTATE_DROPS, B },
    { "another named", XA_KEY_INTENT, "", NOW, 0, C,
      STORED OTHER("1800000001") "used " B " 0 N/A\n" ASKED, false, ROTATE_CHOOSES, "" },
    /* --- a pending key --- */
    { "listed", XA_KEY_PENDING, B, NOW, 0, "", STORED OTHER(OLD), false, ROTATE_PROVES, B },
    { "the stored one is gone", XA_KEY_PENDING, B, NOW, 0, "", OTHER(OLD), false, ROTATE_PROVES,
      B },
    { "the stored one is inactive", XA_KEY_PENDING, B, NOW, 0, "",
      "key " A " Inactive " OLD "\n" OTHER(OLD), false, ROTATE_PROVES, B },
    { "inactive itself", XA_KEY_PENDING, B, NOW, 0, "", STORED RESTING, false, ROTATE_IS_INACTIVE,
      B },
    { "not listed", XA_KEY_PENDING, B, NOW, 0, "", STORED, false, ROTATE_WAITS, "" },
    { "not listed for long", XA_KEY_PENDING, B, NOW, 0, "", STORED, true, ROTATE_TAKES_BACK, "" },
    { "neither is listed for long", XA_KEY_PENDING, B, NOW, 0, "", "key " C " Active 1\n", true,
      ROTATE_IS_GONE, "" },
    { "named", XA_KEY_PENDING, B, NOW, 0, B, STORED OTHER(OLD), false, ROTATE_DROPS, B },
    { "another named", XA_KEY_PENDING, B, NOW, 0, C, STORED OTHER(OLD), false, ROTATE_PROVES, B },
    /* --- a retired key --- */
    { "active", XA_KEY_RETIRED, B, NOW, NOW, "", STORED OTHER(OLD), false, ROTATE_DEACTIVATES, B },
    { "active, and not due", XA_KEY_RETIRED, B, NOW, NOW + 9, "", STORED OTHER(OLD), false,
      ROTATE_DEACTIVATES, B },
    { "due", XA_KEY_RETIRED, B, NOW, NOW, "", STORED RESTING, false, ROTATE_DELETES, B },
    { "not due", XA_KEY_RETIRED, B, NOW, NOW + 1, "", STORED RESTING, false, ROTATE_ASKS_USE, A },
    { "not due, asked", XA_KEY_RETIRED, B, NOW, NOW + 1, "", STORED RESTING ASKED "used " B " -\n",
      false, ROTATE_CHOOSES, "" },
    { "not due, named", XA_KEY_RETIRED, B, NOW, NOW + 1, B, STORED RESTING, false, ROTATE_DELETES,
      B },
    { "gone", XA_KEY_RETIRED, B, NOW, NOW, "", STORED, false, ROTATE_SETTLES, "" },
    { "to stay", XA_KEY_RETIRED, B, NOW, ROTATE_NEVER_DUE, "", STORED RESTING, false,
      ROTATE_SETTLES, B },
    { "to stay, another named", XA_KEY_RETIRED, B, NOW, ROTATE_NEVER_DUE, C, STORED RESTING, false,
      ROTATE_SETTLES, B },
    { "the new one is not listed", XA_KEY_RETIRED, B, NOW, NOW, "", RESTING, false, ROTATE_WAITS,
      "" },
    { "the new one is gone: the old one may do", XA_KEY_RETIRED, B, NOW, NOW, "", RESTING, true,
      ROTATE_TURNS_BACK, "" },
    { "the new one is inactive: the old one stays", XA_KEY_RETIRED, B, NOW, NOW, "",
      "key " A " Inactive " OLD "\n" RESTING, false, ROTATE_IS_INACTIVE, "" },
    /* --- notes that are none --- */
    { "broken lines", 0, "", 0, 0, "", STORED "key\nkey " B "\nkey " B " Active\nkey " B " Active x\n",
      false, ROTATE_CREATES, "" },
    { "the same twice", 0, "", 0, 0, "", STORED "key " A " Inactive " OLD "\n", false,
      ROTATE_CREATES, "" },
    { "more than can be", 0, "", 0, 0, "",
      STORED "key 1 Active 1\nkey 2 Active 1\nkey 3 Active 1\nkey 4 Active 1\n", false,
      ROTATE_ASKS_USE, A },
};

static void each_case_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct xa_vault_rotation journal = { .kind = r->journal, .created_at = r->at,
                                             .due_at = r->due_at };
        struct rotate_keys keys;
        const struct rotate_key *key;
        snprintf(journal.access_key_id, sizeof journal.access_key_id, "%s", r->journaled);
        rotate_keys_read(xa_slice_of(r->notes), &keys);
        const struct rotate_facts facts = { xa_slice_of(A), &journal, &keys, xa_slice_of(r->goes),
                                            NOW, !r->tired, false, false };
        enum rotate_verdict verdict = rotate_judge(&facts, &key);
        if (verdict != r->verdict)
            fail_msg("%s (%d): %d, not %d", r->what, (int)r->journal, (int)verdict,
                     (int)r->verdict);
        struct xa_slice about = key != NULL ? key->id : (struct xa_slice){ 0 };
        if (!xa_slice_is(about, r->key))
            fail_msg("%s: about another key, not '%s'", r->what, r->key);
    }
}

/* Whatever is listed, the stored key and the one that waits are never among those that go. */
static void the_stored_key_never_goes(void **state)
{
    static const char *const status[] = { "Active", "Inactive" };
    static const char *const goes[] = { "", A, B, C };
    static const int64_t due[] = { 0, NOW, NOW + 1, ROTATE_NEVER_DUE };
    char notes[512];
    unsigned n_gone = 0;
    (void)state;
    for (unsigned i = 0; i < 4u * 2 * 2 * 4 * 4 * 2 * 3; i++) {
        unsigned x = i;
        struct xa_vault_rotation journal = { .kind = (enum xa_key_kind)(x % 4), .created_at = NOW };
        const char *of_a = status[(x /= 4) % 2], *of_b = status[(x /= 2) % 2];
        const char *named = goes[(x /= 2) % 4];
        journal.due_at = due[(x /= 4) % 4];
        bool patient = (x /= 4) % 2 == 0;
        unsigned use = (x / 2) % 3;
        struct rotate_keys keys;
        const struct rotate_key *key;
        if (journal.kind == XA_KEY_PENDING || journal.kind == XA_KEY_RETIRED)
            snprintf(journal.access_key_id, sizeof journal.access_key_id, B);
        snprintf(notes, sizeof notes, "key " A " %s %d\nkey " B " %s %d\n%s", of_a, NOW, of_b, NOW,
                 use == 0 ? "" : use == 1 ? "used " A " 0 x\nused " B " 0 x\n"
                                          : "used " A " 1 x\nused " B " 1 x\n");
        rotate_keys_read(xa_slice_of(notes), &keys);
        const struct rotate_facts facts = { xa_slice_of(A), &journal, &keys, xa_slice_of(named),
                                            NOW, patient, false, false };
        enum rotate_verdict verdict = rotate_judge(&facts, &key);
        if (verdict != ROTATE_DROPS && verdict != ROTATE_DELETES && verdict != ROTATE_DEACTIVATES)
            continue;
        n_gone++;
        assert_non_null(key);
        assert_true(xa_slice_is(key->id, B));
        if (journal.kind != XA_KEY_RETIRED)
            assert_string_equal(named, B);
        if (verdict == ROTATE_DELETES || verdict == ROTATE_DEACTIVATES) {
            assert_int_equal(journal.kind, XA_KEY_RETIRED);
            assert_string_equal(of_a, "Active");
        }
    }
    assert_in_range(n_gone, 50, 1000);
}

/* AWS lists no key at all: that is not the same as not having been asked. */
static void an_empty_list_is_a_list(void **state)
{
    static const struct { enum xa_key_kind journal; bool patient; enum rotate_verdict verdict; }
    cases[] = {
        { XA_KEY_CURRENT, true, ROTATE_WAITS }, { XA_KEY_CURRENT, false, ROTATE_IS_GONE },
        { XA_KEY_INTENT, true, ROTATE_WAITS }, { XA_KEY_INTENT, false, ROTATE_IS_GONE },
        { XA_KEY_PENDING, true, ROTATE_WAITS }, { XA_KEY_PENDING, false, ROTATE_IS_GONE },
        { XA_KEY_RETIRED, true, ROTATE_WAITS }, { XA_KEY_RETIRED, false, ROTATE_TURNS_BACK },
    };
    struct rotate_keys none = { 0 };
    const struct rotate_key *key;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_vault_rotation journal = { .kind = cases[i].journal, .access_key_id = B };
        struct rotate_facts facts = { .current = xa_slice_of(A), .journal = &journal,
                                      .keys = &none, .patient = cases[i].patient };
        assert_int_equal(rotate_judge(&facts, &key), ROTATE_LOOKS);
        facts.listed = true;
        assert_int_equal(rotate_judge(&facts, &key), cases[i].verdict);
        facts.refused = true;
        assert_int_equal(rotate_judge(&facts, &key), cases[i].journal == XA_KEY_RETIRED
                                                         ? ROTATE_TURNS_BACK : cases[i].verdict);
    }
}

/* A key that another name of the vault has does not go, and no step is made towards it. */
static void what_another_name_has_does_not_go(void **state)
{
    static const char *const goes[] = { "", B, C };
    char notes[200];
    const struct rotate_key *key;
    unsigned n_shared = 0;
    (void)state;
    for (unsigned i = 0; i < 4u * 2 * 2 * 3 * 4; i++) {
        unsigned x = i;
        struct xa_vault_rotation journal = { .kind = (enum xa_key_kind)(x % 4), .access_key_id = B };
        const char *of_b = (x /= 4) % 2 == 0 ? "Active" : "Inactive";
        bool one = (x /= 2) % 2 == 1;
        const char *named = goes[(x /= 2) % 3];
        unsigned shared = (x / 3) % 4;
        struct rotate_keys keys;
        snprintf(notes, sizeof notes, "key " A " Active 1\n%s%s%s", one ? "" : "key " B " ",
                 one ? "" : of_b, one ? "" : " 1\nused " A " 0 x\nused " B " 0 x\n");
        rotate_keys_read(xa_slice_of(notes), &keys);
        for (size_t k = 0; k < keys.n; k++)
            if ((shared >> k & 1) != 0)
                keys.at[k].stored_as = xa_slice_of("backup");
        const struct rotate_facts facts = { .current = xa_slice_of(A), .journal = &journal,
                                            .keys = &keys, .goes = xa_slice_of(named) };
        enum rotate_verdict verdict = rotate_judge(&facts, &key);
        bool goes_on = verdict == ROTATE_CREATES || verdict == ROTATE_PROVES;
        if (verdict == ROTATE_DROPS || verdict == ROTATE_DELETES || verdict == ROTATE_DEACTIVATES)
            assert_int_equal(key->stored_as.len, 0);
        if (goes_on)
            assert_int_equal(keys.at[0].stored_as.len, 0);
        if (verdict == ROTATE_IS_SHARED)
            assert_true(key->stored_as.len > 0);
        n_shared += verdict == ROTATE_IS_SHARED;
    }
    assert_in_range(n_shared, 40, 150);
}

static void a_key_that_may_be_lost_is_said_to_be(void **state)
{
    static const struct { const char *line; bool may_be; } cases[] = {
        { OTHER("1800000001"), true },
        { OTHER("1800000001") "used " B " 0 N/A\n", true },
        { OTHER("1800000001") "used " B " -\n", true },
        { OTHER("1800000001") "used " B " 1800000009 sts\n", false },
        { OTHER("1799999700"), true }, { OTHER("1799999699"), false },
        { OTHER("1800000420"), true }, { OTHER("1800000421"), false },
        { "key " A " Active 1800000001\n", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xa_vault_rotation journal = { .kind = XA_KEY_INTENT, .created_at = NOW };
        struct rotate_keys keys;
        char room[512];
        rotate_keys_read(xa_slice_of(cases[i].line), &keys);
        const struct rotate_facts facts = { .current = xa_slice_of(A), .journal = &journal,
                                            .keys = &keys, .now_s = NOW };
        assert_int_equal(rotate_may_be_lost(&facts, &keys.at[0]), cases[i].may_be);
        rotate_describe(&keys.at[0], &facts, room, sizeof room);
        assert_int_equal(strstr(room, "perhaps made by a run that was interrupted") != NULL,
                         cases[i].may_be);
        journal.kind = XA_KEY_CURRENT;
        assert_false(rotate_may_be_lost(&facts, &keys.at[0]));
    }
}

static void keys_are_described(void **state)
{
    struct xa_vault_rotation journal = { .kind = XA_KEY_RETIRED, .due_at = 1800086400 };
    struct rotate_keys keys;
    char room[512], tail[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE];
    (void)state;
    snprintf(journal.access_key_id, sizeof journal.access_key_id, B);
    rotate_keys_read(xa_slice_of(STORED RESTING ASKED "used " B " 0 N/A\n"), &keys);
    const struct rotate_facts facts = { xa_slice_of(A), &journal, &keys, { 0 }, NOW, true, false,
                                        false };
    rotate_describe(&keys.at[0], &facts, room, sizeof room);
    assert_string_equal(room, "****A000  active, made 2023-11-14, last used 2027-01-15 in iam; the "
                              "one that is stored here");
    rotate_describe(&keys.at[1], &facts, room, sizeof room);
    assert_string_equal(room, "****B000  inactive, made 2023-11-14, never used; the old one, which "
                              "goes on 2027-01-16");
    for (size_t size = 1; size < 100; size++) {
        memset(room, 'x', sizeof room);
        rotate_describe(&keys.at[1], &facts, room, size);
        assert_int_equal(room[size], 'x');
        assert_in_range(strlen(room), 0, size - 1);
    }
    keys.at[1].stored_as = xa_slice_of("backup");
    rotate_describe(&keys.at[1], &facts, room, sizeof room);
    assert_non_null(strstr(room, "never used; stored here as 'backup'; the old one"));
    assert_string_equal(rotate_tail(xa_slice_of("abc"), tail), "****abc");
    assert_string_equal(rotate_tail((struct xa_slice){ 0 }, tail), "****");
    assert_string_equal(rotate_day(0, day), "1970-01-01");
    assert_string_equal(rotate_day(INT64_MAX, day), "?");
    assert_string_equal(rotate_day(ROTATE_NEVER_DUE, day), "9999-12-31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_has_its_verdict),
        cmocka_unit_test(the_stored_key_never_goes),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(what_another_name_has_does_not_go),
        cmocka_unit_test(a_key_that_may_be_lost_is_said_to_be),
        cmocka_unit_test(keys_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
