/* A key is replaced: every step is journaled, resumed after a lock, refused where it does
 * not belong, and kept by whatever else changes the vault meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/vault/store.h"
#include "tests/lib/vault_kit.h"

static struct xa_slice text(const char *s)
{
    return xa_slice_of(s);
}

/* The version of the body in the file: what an older xacct, which reads version 1, looks
 * at first. */
static unsigned body_version(const char *passphrase)
{
    static uint8_t file[XA_VAULT_FILE_MAX], plain[XA_STORE_BODY_MAX];
    uint8_t derived[XA_KDF_OUT], key[XA_STORE_KEY];
    struct xa_store store;
    size_t len = kit_read_file(kit_path, file, sizeof file);
    assert_true(xa_store_decode((struct xa_slice){ file, len }, &store, NULL));
    assert_true(kit_cheap_kdf(derived, (const uint8_t *)passphrase, strlen(passphrase), store.salt,
                              store.cost.t, store.cost.m_kib));
    assert_true(xa_store_unwrap(&store, derived, key));
    assert_true(xa_store_open(&store, key, plain));
    return plain[0] * 256u + plain[1];
}

/* What the vault holds, in memory, and after a lock from the file. */
static void holds(struct xa_vault *v, const char *names, unsigned version)
{
    assert_string_equal(kit_names(v), names);
    xa_vault_lock(v);
    assert_true(kit_unlock(v, "first", NULL));
    assert_string_equal(xa_vault_warning(v), "");
    assert_string_equal(kit_names(v), names);
    assert_int_equal(body_version("first"), version);
    assert_false(kit_leftovers());
}

static struct xa_vault_rotation journal_of(struct xa_vault *v, const char *name)
{
    struct xa_vault_rotation r;
    assert_true(xa_vault_rotation(v, text(name), &r));
    return r;
}

static struct xa_vault_info info_of(struct xa_vault *v, const char *name)
{
    struct xa_vault_info info;
    assert_true(xa_vault_find(v, text(name), &info));
    return info;
}

static bool run(struct xa_vault *v, struct xa_vault_job *job, struct xa_error *err)
{
    if (job == NULL)
        return false;
    xa_vault_job_run(job);
    return xa_vault_job_end(v, &job, err);
}

static void a_rotation_from_step_to_step(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    assert_true(kit_add(v, "other", KIT_SECRET, NULL));
    struct xa_vault_rotation r = journal_of(v, "main");
    assert_int_equal(r.kind, XA_KEY_CURRENT);
    assert_string_equal(r.access_key_id, "");
    holds(v, " main other", 1);

    assert_true(kit_intend(v, "main", NULL));
    holds(v, " main+intent other", 2);
    r = journal_of(v, "main");
    assert_int_equal(r.kind, XA_KEY_INTENT);
    assert_int_equal(r.created_at, KIT_NOW);
    assert_string_equal(r.access_key_id, "");

    assert_true(kit_pend(v, "main", NULL));
    holds(v, " main+pending other", 2);
    r = journal_of(v, "main");
    assert_int_equal(r.kind, XA_KEY_PENDING);
    assert_string_equal(r.access_key_id, KIT_NEW_KEY_ID);
    assert_string_equal(r.account, "111111111111");
    assert_string_equal(r.arn, KIT_ARN);
    assert_int_equal(r.created_at, KIT_NOW + 1);
    assert_int_equal(r.due_at, 0);
    assert_string_equal(info_of(v, "main").access_key_id, KIT_KEY_ID);
    assert_int_equal(xa_vault_count(v), 2);

    assert_true(kit_switch(v, "main", NULL));
    holds(v, " main*+retired other", 2);
    r = journal_of(v, "main");
    assert_int_equal(r.kind, XA_KEY_RETIRED);
    assert_string_equal(r.access_key_id, KIT_KEY_ID);
    assert_int_equal(r.created_at, 1768480496);
    assert_int_equal(r.due_at, KIT_NOW + 86400);
    assert_string_equal(info_of(v, "main").access_key_id, KIT_NEW_KEY_ID);
    assert_int_equal(info_of(v, "main").created_at, KIT_NOW + 2);

    assert_true(kit_settle(v, "main", NULL));
    holds(v, " main* other", 1);
    assert_int_equal(journal_of(v, "main").kind, XA_KEY_CURRENT);
    assert_false(xa_vault_rotation(v, text("nobody"), &r));
    xa_vault_lock(v);
    assert_false(xa_vault_rotation(v, text("main"), &r));
    xa_vault_free(&v);
}

static void each_step_can_be_taken_back(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    assert_true(kit_intend(v, "main", NULL));
    assert_true(kit_settle(v, "main", NULL));
    holds(v, " main", 1);
    assert_true(kit_intend(v, "main", NULL) && kit_pend(v, "main", NULL));
    assert_true(kit_settle(v, "main", NULL));
    holds(v, " main", 1);
    xa_vault_free(&v);
}

/* The key that was retired, which is the first again, and the one that took its place. */
static void there_is_a_way_back(void **state)
{
    struct xa_error err;
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    assert_true(kit_add(v, "other", KIT_SECRET, NULL));
    assert_false(kit_switch_back(v, "main", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_true(kit_intend(v, "main", NULL) && kit_pend(v, "main", NULL));
    assert_false(kit_switch_back(v, "main", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_true(kit_switch(v, "main", NULL));
    struct xa_vault_job *job =
        xa_vault_begin_switch_back(v, text("main"), text(KIT_NEW_KEY_ID), &err);
    assert_non_null(job);
    assert_false(run(v, job, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    holds(v, " main*+retired other", 2);

    assert_true(kit_switch_back(v, "main", NULL));
    holds(v, " main+pending other", 2);
    struct xa_vault_rotation r = journal_of(v, "main");
    assert_string_equal(r.access_key_id, KIT_NEW_KEY_ID);
    assert_int_equal(r.due_at, 0);
    assert_string_equal(info_of(v, "main").access_key_id, KIT_KEY_ID);
    assert_int_equal(info_of(v, "main").created_at, 1768480496);
    assert_true(kit_switch(v, "main", NULL) && kit_settle(v, "main", NULL));
    holds(v, " main* other", 1);
    assert_null(xa_vault_begin_switch_back(v, text("nobody"), text(KIT_KEY_ID), &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    xa_vault_free(&v);
}

static void two_names_at_once(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    assert_true(kit_add(v, "a", KIT_SECRET, NULL));
    assert_true(kit_add(v, "main2", KIT_SECRET, NULL));
    assert_true(kit_intend(v, "main", NULL) && kit_intend(v, "a", NULL));
    assert_true(kit_pend(v, "main", NULL) && kit_intend(v, "main2", NULL));
    assert_true(kit_pend(v, "a", NULL) && kit_switch(v, "a", NULL));
    holds(v, " a*+retired main+pending main2+intent", 2);
    assert_true(kit_settle(v, "a", NULL) && kit_settle(v, "main", NULL));
    holds(v, " a* main main2+intent", 2);
    assert_true(kit_settle(v, "main2", NULL));
    holds(v, " a* main main2", 1);
    xa_vault_free(&v);
}

/* --- what does not belong --------------------------------------------------------- */

static bool settle(struct xa_vault *v, enum xa_key_kind kind, const char *id, struct xa_error *err)
{
    return run(v, xa_vault_begin_settle(v, text("main"), kind, text(id), err), err);
}

static bool switch_to(struct xa_vault *v, const char *id, struct xa_error *err)
{
    return run(v, xa_vault_begin_switch(v, text("main"), text(id), KIT_NOW, KIT_NOW, err), err);
}

/* Every step that this state is no beginning of, by its bit in `fits`: intend, pend,
 * switch, settle of an intent, a pending and a retired key. */
static void refuses_all_but(struct xa_vault *v, unsigned fits, const char *journaled_id)
{
    static uint8_t before[XA_VAULT_FILE_MAX], after[XA_VAULT_FILE_MAX];
    size_t len = kit_read_file(kit_path, before, sizeof before);
    char names[64];
    snprintf(names, sizeof names, "%s", kit_names(v));
    for (unsigned step = 0; step < 6; step++) {
        struct xa_error err = { .code = XA_OK };
        enum xa_key_kind kind = step < 3 ? XA_KEY_CURRENT : (enum xa_key_kind)(step - 2);
        if (fits & 1u << step)
            continue;
        assert_false(step == 0   ? kit_intend(v, "main", &err)
                     : step == 1 ? kit_pend(v, "main", &err)
                     : step == 2 ? switch_to(v, journaled_id, &err)
                                 : settle(v, kind, journaled_id, &err));
        assert_int_equal(err.code, step == 0 ? XA_NAME_TAKEN : XA_NO_SUCH_NAME);
        assert_string_equal(err.hint, "xacct rotate main");
    }
    assert_int_equal(kit_read_file(kit_path, after, sizeof after), len);
    assert_memory_equal(before, after, len);
    assert_string_equal(kit_names(v), names);
}

static void a_step_begins_from_the_one_before(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    refuses_all_but(v, 1 << 0, "");
    assert_true(kit_intend(v, "main", NULL));
    refuses_all_but(v, 1 << 1 | 1 << 3, "");
    assert_true(kit_pend(v, "main", NULL));
    refuses_all_but(v, 1 << 2 | 1 << 4, KIT_NEW_KEY_ID);
    assert_true(kit_switch(v, "main", NULL));
    refuses_all_but(v, 1 << 5, KIT_KEY_ID);
    xa_vault_free(&v);
}

static void of_another_key_nothing_is_done(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    assert_true(kit_intend(v, "main", NULL));
    assert_false(settle(v, XA_KEY_INTENT, KIT_NEW_KEY_ID, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    struct xa_vault_info info = { .name = "main", .access_key_id = KIT_KEY_ID };
    struct xa_secret *secret = kit_secret(KIT_NEW_SECRET);
    assert_false(run(v, xa_vault_begin_pend(v, &info, &secret, &err), &err));
    assert_null(secret);
    assert_int_equal(err.code, XA_BAD_REPLY);
    assert_true(kit_pend(v, "main", NULL));
    static const char *const ids[] = { "", KIT_KEY_ID, "AKIAI44QH8DHBEXAMPL", KIT_NEW_KEY_ID "E" };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_false(switch_to(v, ids[i], &err));
        assert_int_equal(err.code, XA_NO_SUCH_NAME);
        assert_false(settle(v, XA_KEY_PENDING, ids[i], &err));
        assert_int_equal(err.code, XA_NO_SUCH_NAME);
    }
    holds(v, " main+pending", 2);
    assert_true(kit_switch(v, "main", NULL));
    assert_false(settle(v, XA_KEY_RETIRED, KIT_NEW_KEY_ID, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    holds(v, " main*+retired", 2);
    xa_vault_free(&v);
}

static void what_cannot_be_is_not_begun(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    char endless[XA_ACCESS_KEY_ID_MAX + 2];
    memset(endless, 'A', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    struct xa_vault_info info = { .name = "main", .access_key_id = "short" };
    struct xa_secret *secret = kit_secret(KIT_NEW_SECRET);
    assert_null(xa_vault_begin_pend(v, &info, &secret, &err));
    assert_int_equal(err.code, XA_USAGE);
    memcpy(info.access_key_id, KIT_NEW_KEY_ID, sizeof KIT_NEW_KEY_ID);
    memcpy(info.name, "nobody", 7);
    assert_null(xa_vault_begin_pend(v, &info, &secret, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_non_null(secret);                 /* not taken */
    assert_null(xa_vault_begin_intend(v, text("main"), -1, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_null(xa_vault_begin_switch(v, text("main"), text(KIT_NEW_KEY_ID), -1, 0, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_null(xa_vault_begin_switch(v, text("main"), text(KIT_NEW_KEY_ID), 0, -1, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_null(xa_vault_begin_switch(v, text("main"), text(endless), 0, 0, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_null(xa_vault_begin_settle(v, text("main"), XA_KEY_RETIRED, text(endless), &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_null(xa_vault_begin_settle(v, text("nobody"), XA_KEY_INTENT, text(""), &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_false(kit_intend(v, "nobody", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    struct xa_vault_job *job = xa_vault_begin_intend(v, text("main"), 0, &err);
    assert_false(kit_intend(v, "main", &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_true(run(v, job, &err));
    xa_vault_lock(v);
    assert_false(kit_pend(v, "main", &err));
    assert_int_equal(err.code, XA_LOCKED);
    xa_secret_free(&secret);
    xa_vault_free(&v);
}

static void a_vault_without_a_file_has_nothing_to_rotate(void **state)
{
    (void)state;
    struct xa_vault *v = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_create(v, "first", NULL));
    assert_false(kit_intend(v, "main", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_int_equal(xa_vault_condition(v), XA_VAULT_IS_NEW);
    assert_false(kit_exists(kit_path));
    xa_vault_free(&v);
}

static void each_key_signs_as_itself(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_sigv4_header host = { text("host"), text("sts.amazonaws.com") };
    struct xa_sigv4_request request = {
        .method = text("POST"), .path = text("/"), .headers = &host, .n_headers = 1,
        .body = text("Action=GetCallerIdentity"), .region = text("us-east-1"),
        .service = text("sts"), .time_s = KIT_NOW,
    };
    const struct xa_sigv4_key keys[] = {
        { text(KIT_KEY_ID), text(KIT_SECRET), { 0 } },
        { text(KIT_NEW_KEY_ID), text(KIT_NEW_SECRET), { 0 } },
    };
    /* which key signs as current, intent, pending, retired; -1: none */
    static const int wanted[][4] = { { 0, -1, -1, -1 }, { 0, -1, -1, -1 }, { 0, -1, 1, -1 },
                                     { 1, -1, -1, 0 }, { 1, -1, -1, -1 } };
    static bool (*const steps[])(struct xa_vault *, const char *, struct xa_error *) = {
        kit_intend, kit_pend, kit_switch, kit_settle,
    };
    for (size_t i = 0; i < 5; i++) {
        struct xa_sigv4_signature ours, theirs;
        struct xa_error err;
        for (unsigned kind = 0; kind < 4; kind++) {
            bool ok = xa_vault_sign_kind(v, text("main"), (enum xa_key_kind)kind, &request, &ours,
                                         &err);
            assert_int_equal(ok, wanted[i][kind] >= 0);
            if (!ok) {
                assert_int_equal(err.code, XA_NO_SUCH_NAME);
                continue;
            }
            assert_true(xa_sigv4_sign(&keys[wanted[i][kind]], &request, &theirs, NULL));
            assert_string_equal(ours.authorization, theirs.authorization);
        }
        assert_true(xa_vault_sign(v, text("main"), &request, &ours, NULL));
        assert_true(xa_sigv4_sign(&keys[wanted[i][0]], &request, &theirs, NULL));
        assert_string_equal(ours.authorization, theirs.authorization);
        if (i < 4)
            assert_true(steps[i](v, "main", NULL));
    }
    xa_vault_lock(v);
    struct xa_error err;
    assert_false(xa_vault_sign_kind(v, text("main"), XA_KEY_CURRENT, &request,
                                    &(struct xa_sigv4_signature){ .authorization = "" }, &err));
    assert_int_equal(err.code, XA_LOCKED);
    xa_vault_free(&v);
}

/* --- what else happens meanwhile -------------------------------------------------- */

static void other_changes_keep_it(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    struct xa_vault_info proven = {
        .name = "main", .access_key_id = KIT_KEY_ID, .account = "222222222222",
        .arn = "arn:aws:iam::222222222222:user/b",
    };
    assert_true(kit_intend(v, "main", NULL) && kit_pend(v, "main", NULL));
    assert_true(kit_add(v, "a", KIT_SECRET, NULL) && kit_add(v, "z", KIT_SECRET, NULL));
    assert_true(kit_remove(v, "a", NULL));
    assert_false(kit_add(v, "main", KIT_SECRET, &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_true(kit_prove(v, &proven, NULL));
    holds(v, " main+pending z", 2);
    assert_string_equal(info_of(v, "main").account, "222222222222");
    assert_string_equal(journal_of(v, "main").account, "111111111111");
    memcpy(proven.access_key_id, KIT_NEW_KEY_ID, sizeof KIT_NEW_KEY_ID);
    assert_false(kit_prove(v, &proven, &err));       /* only the current key is proven so */
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_true(kit_passwd(v, "first", "second", NULL));
    assert_string_equal(kit_names(v), " main+pending z");
    assert_int_equal(body_version("second"), 2);
    xa_vault_lock(v);
    assert_true(kit_unlock(v, "second", NULL));
    assert_string_equal(kit_names(v), " main+pending z");
    assert_true(kit_switch(v, "main", NULL) && kit_passwd(v, "second", "first", NULL));
    holds(v, " main*+retired z", 2);
    assert_true(kit_remove(v, "main", NULL));        /* with everything of it */
    holds(v, " z", 1);
    assert_true(kit_add(v, "main", KIT_SECRET, NULL));
    holds(v, " main z", 1);
    xa_vault_free(&v);
}

static void an_upgrade_keeps_it(void **state)
{
    (void)state;
    uint8_t file[KIT_WEAK_LEN];
    char data[4200];
    snprintf(data, sizeof data, "%s/data", kit_dir);
    assert_int_equal(mkdir(data, 0700), 0);
    for (int rotating = 0; rotating <= 1; rotating++) {
        kit_weak_file(rotating, file);
        kit_write_file(kit_path, file, sizeof file);
        (void)remove(kit_state_path);
        struct xa_vault *v = kit_vault(NULL);
        assert_true(kit_unlock(v, "first", NULL));
        assert_string_equal(xa_vault_warning(v), "");
        holds(v, rotating ? " main+pending" : " main", rotating ? 2 : 1);
        if (!rotating)
            assert_true(kit_intend(v, "main", NULL) && kit_pend(v, "main", NULL));
        assert_true(kit_switch(v, "main", NULL) && kit_settle(v, "main", NULL));
        holds(v, " main*", 1);
        xa_vault_free(&v);
    }
}

/* A lock between begin and end: the new key is in the file all the same. */
static void a_lock_loses_no_key(void **state)
{
    (void)state;
    struct xa_vault *v = kit_saved_vault();
    struct xa_error err;
    assert_true(kit_intend(v, "main", NULL));
    struct xa_vault_info info = { .name = "main", .access_key_id = KIT_NEW_KEY_ID };
    struct xa_secret *secret = kit_secret(KIT_NEW_SECRET);
    struct xa_vault_job *job = xa_vault_begin_pend(v, &info, &secret, &err);
    assert_non_null(job);
    xa_vault_lock(v);
    assert_false(run(v, job, &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_string_equal(err.why, "the change itself was saved");
    assert_true(kit_unlock(v, "first", NULL));
    holds(v, " main+pending", 2);
    xa_vault_free(&v);
}

/* Another process may be at the same vault. A step is decided by the file, and what it
 * was refused for is known from then on. */
static void another_process_rotates_too(void **state)
{
    (void)state;
    struct xa_vault *a = kit_saved_vault(), *b = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_unlock(b, "first", NULL));
    assert_true(kit_add(b, "from-b", KIT_SECRET, NULL));
    assert_true(kit_intend(a, "main", NULL));
    assert_string_equal(kit_names(a), " from-b main+intent");
    assert_false(kit_intend(b, "main", &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_string_equal(kit_names(b), " from-b main+intent");

    assert_true(kit_pend(a, "main", NULL));
    assert_false(kit_pend(b, "main", &err));         /* its key would be one too many */
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_string_equal(kit_names(b), " from-b main+pending");
    assert_true(kit_switch(b, "main", NULL));
    assert_false(settle(a, XA_KEY_PENDING, KIT_NEW_KEY_ID, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_string_equal(kit_names(a), " from-b main*+retired");

    /* The next rotation retires another key than the one that a speaks of. */
    assert_true(kit_settle(b, "main", NULL) && kit_intend(b, "main", NULL));
    assert_true(kit_pend(b, "main", NULL) && kit_switch(b, "main", NULL));
    assert_false(settle(a, XA_KEY_RETIRED, KIT_KEY_ID, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    holds(a, " from-b main+retired", 2);

    assert_true(kit_remove(b, "main", NULL));
    assert_false(kit_settle(a, "main", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_non_null(strstr(err.message, "no key 'main' by now"));
    assert_string_equal(kit_names(a), " from-b");
    xa_vault_free(&a);
    xa_vault_free(&b);
}

static void passwd_elsewhere_locks_the_rotation(void **state)
{
    (void)state;
    struct xa_vault *a = kit_saved_vault(), *b = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_intend(a, "main", NULL));
    assert_true(kit_passwd(b, "first", "second", NULL));
    assert_false(kit_pend(a, "main", &err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_int_equal(xa_vault_condition(a), XA_VAULT_IS_LOCKED);
    assert_true(kit_unlock(a, "second", NULL));
    assert_string_equal(kit_names(a), " main+intent");
    assert_true(kit_pend(a, "main", NULL));
    xa_vault_free(&a);
    xa_vault_free(&b);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, kit_make_place, kit_remove_place)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_rotation_from_step_to_step),
        IN_PLACE(each_step_can_be_taken_back),
        IN_PLACE(there_is_a_way_back),
        IN_PLACE(two_names_at_once),
        IN_PLACE(a_step_begins_from_the_one_before),
        IN_PLACE(of_another_key_nothing_is_done),
        IN_PLACE(what_cannot_be_is_not_begun),
        IN_PLACE(a_vault_without_a_file_has_nothing_to_rotate),
        IN_PLACE(each_key_signs_as_itself),
        IN_PLACE(other_changes_keep_it),
        IN_PLACE(an_upgrade_keeps_it),
        IN_PLACE(a_lock_loses_no_key),
        IN_PLACE(another_process_rotates_too),
        IN_PLACE(passwd_elsewhere_locks_the_rotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
