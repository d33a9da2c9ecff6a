/* V10: the power goes after each step of each job, and what was not synced
 * survives in every mixture. The vault opens as old or as new, an acknowledged
 * change is there, and the next change works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/model_files.h"
#include "tests/lib/vault_kit.h"

static struct model disk;              /* that of the job                         */
static struct model after;             /* what a cut leaves of it                 */
static struct xa_files disk_files, after_files;

static struct xa_vault *vault_on(const struct xa_files *files)
{
    struct xa_vault_setup setup = {
        "/data/vault", "/state/vault.state", files, kit_cheap_kdf, NULL };
    struct xa_vault *v = xa_vault_new(&setup, NULL);
    assert_non_null(v);
    return v;
}

static void add_first(struct xa_vault *v)
{
    assert_true(kit_create(v, "first", NULL));
}

static void add_main(struct xa_vault *v)
{
    add_first(v);
    assert_true(kit_add(v, "main", KIT_SECRET, NULL));
}

static void add_intent(struct xa_vault *v)
{
    add_main(v);
    assert_true(kit_intend(v, "main", NULL));
}

static void add_pending(struct xa_vault *v)
{
    add_intent(v);
    assert_true(kit_pend(v, "main", NULL));
}

static void add_retired(struct xa_vault *v)
{
    add_pending(v);
    assert_true(kit_switch(v, "main", NULL));
}

/* A file of an older cost, put on the disk as if it always was there. */
static void put_weak(bool rotating)
{
    struct model_bytes *file = &disk.files[0].now;
    kit_weak_file(rotating, file->at);
    file->len = KIT_WEAK_LEN;
    disk.files[0].safe = *file;
    disk.n_files = 1;
    disk.now[0] = disk.safe[0] = (struct model_name){ true, 0, "vault", 0 };
}

static void add_weak(struct xa_vault *v) { (void)v; put_weak(false); }
static void add_weak_pending(struct xa_vault *v) { (void)v; put_weak(true); }

static bool do_add(struct xa_vault *v, struct xa_error *err)
{
    return kit_add(v, "new", KIT_SECRET, err);
}

static bool do_remove(struct xa_vault *v, struct xa_error *err)
{
    return kit_remove(v, "main", err);
}

static bool do_passwd(struct xa_vault *v, struct xa_error *err)
{
    return kit_passwd(v, "first", "second", err);
}

static bool do_unlock(struct xa_vault *v, struct xa_error *err)
{
    return kit_unlock(v, "first", err);
}

static bool do_intend(struct xa_vault *v, struct xa_error *err)
{
    return kit_intend(v, "main", err);
}

static bool do_pend(struct xa_vault *v, struct xa_error *err)
{
    return kit_pend(v, "main", err);
}

static bool do_switch(struct xa_vault *v, struct xa_error *err)
{
    return kit_switch(v, "main", err);
}

static bool do_settle(struct xa_vault *v, struct xa_error *err)
{
    return kit_settle(v, "main", err);
}

static const struct job {
    const char *name;
    void (*prepare)(struct xa_vault *v);
    bool (*run)(struct xa_vault *v, struct xa_error *err);
    const char *old_names, *new_names;     /* old_names NULL: no file          */
    const char *new_passphrase;
} jobs[] = {
    { "first add", add_first, do_add, NULL, " new", "first" },
    { "add", add_main, do_add, " main", " main new", "first" },
    { "remove", add_main, do_remove, " main", "", "first" },
    { "passwd", add_main, do_passwd, " main", " main", "second" },
    { "upgrade", add_weak, do_unlock, " main", " main", "first" },
    { "intend", add_main, do_intend, " main", " main+intent", "first" },
    { "pend", add_intent, do_pend, " main+intent", " main+pending", "first" },
    { "switch", add_pending, do_switch, " main+pending", " main*+retired", "first" },
    { "settle", add_retired, do_settle, " main*+retired", " main*", "first" },
    { "take back", add_pending, do_settle, " main+pending", " main", "first" },
    { "take the intent back", add_intent, do_settle, " main+intent", " main", "first" },
    { "passwd meanwhile", add_pending, do_passwd, " main+pending", " main+pending", "second" },
    { "remove meanwhile", add_retired, do_remove, " main*+retired", "", "first" },
    { "upgrade meanwhile", add_weak_pending, do_unlock, " main+pending", " main+pending", "first" },
};

/* Opens what the cut left. acknowledged: it must be the new content. */
static void check_state(const struct job *job, bool acknowledged)
{
    struct xa_error err = { 0 };
    struct xa_vault *v = vault_on(&after_files);
    if (!model_has(&after, 0, "vault")) {
        assert_true(job->old_names == NULL && !acknowledged);
        assert_true(kit_create(v, "first", &err));
    } else if (kit_unlock(v, job->new_passphrase, &err)) {
        bool is_new = strcmp(kit_names(v), job->new_names) == 0;
        assert_true(is_new || (!acknowledged && strcmp(kit_names(v), job->old_names) == 0));
    } else if (acknowledged || err.code != XA_BAD_PASSPHRASE || !kit_unlock(v, "first", &err)) {
        fail_msg("%s: %s", job->name, err.message);
    } else {
        assert_string_equal(kit_names(v), job->old_names);
    }
    if (!kit_add(v, "next", KIT_SECRET, &err))
        fail_msg("%s, then add: %s", job->name, err.message);
    assert_false(model_has(&after, 0, "vault.new"));
    assert_false(model_has(&after, 1, "vault.state.new"));
    xa_vault_free(&v);
}

/* All that a cut can leave at this point. Returns how many states that were. */
static unsigned check_cut(const struct job *job, bool acknowledged)
{
    unsigned states = 0;
    bool dirty = false;
    for (int i = 0; i < disk.n_files; i++)
        dirty = dirty || disk.files[i].dirty;
    for (unsigned kept = 0; kept < 1u << disk.n_pending; kept++) {
        for (int damage = 0; damage < (dirty ? MODEL_DAMAGES : 1); damage++) {
            model_cut(&disk, kept, damage, &after);
            check_state(job, acknowledged);
            states++;
        }
    }
    return states;
}

static void every_cut_leaves_old_or_new(void **state)
{
    (void)state;
    unsigned all = 0;
    after_files = model_files(&after);
    disk_files = model_files(&disk);
    for (size_t j = 0; j < sizeof jobs / sizeof jobs[0]; j++) {
        unsigned states = 0, steps = 0;
        for (bool done = false; !done; steps++) {
            memset(&disk, 0, sizeof disk);
            struct xa_vault *v = vault_on(&disk_files);
            jobs[j].prepare(v);
            disk.stop_after = disk.calls + steps + 1;      /* 0 would be never */
            struct xa_error err;
            bool ok = jobs[j].run(v, &err);
            done = disk.calls < disk.stop_after;
            states += check_cut(&jobs[j], ok && done);
            xa_vault_free(&v);
        }
        print_message("%s: %u steps, %u states\n", jobs[j].name, steps, states);
        all += states;
    }
    assert_true(all >= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_cut_leaves_old_or_new) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
