/* The sealed cache's file: it survives a restart, opens for nobody else, is said to
 * be unusable once, and no crash tears it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/broker/sealed_file.h"
#include "agent/vault/disk.h"
#include "tests/lib/model_files.h"
#include "tests/lib/vault_kit.h"

#define BOOT "0b5f1d1e-8a3c-4c50-9f57-3f6f2d1a7c11"
#define OTHER_BOOT "d1e2c3b4-0000-4c50-9f57-3f6f2d1a7c11"
#define TOKEN "a token that nobody else may read"

static const int64_t at_ms = 5000000, at_s = 1768480000;
static const struct xa_files *files;       /* of what comes next; NULL: the real ones */
static const char *vault_path;

/* One agent: it begins with the vault locked and nothing in its cache. */
static struct agent {
    struct xa_vault *vault;
    struct xa_arena *arena;
    struct xa_cache *cache;
    struct xa_sealed_file *file;
} a;

static char cache_path[4300], cache_new[4310];

static void stop(void)
{
    xa_sealed_file_free(&a.file);
    xa_cache_free(&a.cache);
    xa_arena_free(&a.arena);
    xa_vault_free(&a.vault);
}

static void begin(void)
{
    struct xa_vault_setup setup = {
        vault_path, files != NULL ? "/state/vault.state" : kit_state_path, files, kit_cheap_kdf,
        NULL };
    stop();
    a.vault = xa_vault_new(&setup, NULL);
    a.arena = xa_arena_new(64 * 1024, NULL);
    a.cache = xa_cache_new(a.arena, NULL);
    a.file = xa_sealed_file_new(vault_path, files, NULL);
    assert_true(a.vault != NULL && a.cache != NULL && a.file != NULL);
}

static void restart(const char *passphrase)
{
    begin();
    assert_true(kit_unlock(a.vault, passphrase, NULL));
}

static int start(void **state)
{
    (void)kit_make_place(state);
    files = NULL;
    vault_path = kit_path;
    snprintf(cache_path, sizeof cache_path, "%s.cache", kit_path);
    snprintf(cache_new, sizeof cache_new, "%s.new", cache_path);
    begin();
    assert_true(kit_create(a.vault, "first", NULL) &&
                kit_add(a.vault, "main", KIT_SECRET, NULL));
    return 0;
}

static int end(void **state)
{
    stop();
    return kit_remove_place(state);
}

static void put(unsigned n)
{
    uint8_t key[32] = { (uint8_t)n };
    struct xa_issued issued = {
        xa_slice_of("ASIAEXAMPLE000000001"), xa_slice_of("secret+of/this"), xa_slice_of(TOKEN),
        xa_slice_of("arn:aws:sts::2:assumed-role/a/b"), at_s + 3600, at_ms + 3600000, 3600,
    };
    assert_true(xa_cache_put(a.cache, key, xa_slice_of("prod"), &issued, at_ms));
}

static struct xa_sealed_moment now(void)
{
    return (struct xa_sealed_moment){ xa_slice_of(BOOT), at_ms, at_s };
}

static struct xa_sealed_job *begin_save(struct xa_error *err)
{
    struct xa_sealed_moment moment = now();
    return xa_sealed_file_begin_save(a.file, a.vault, a.cache, &moment, err);
}

static bool finish(struct xa_sealed_job *job, struct xa_error *err)
{
    assert_non_null(job);
    xa_sealed_job_run(job);
    return xa_sealed_job_end(a.file, &job, err);
}

static void save(void)
{
    struct xa_error err = { 0 };
    if (!finish(begin_save(&err), &err))
        fail_msg("%s", err.message);
}

static size_t load(void)
{
    struct xa_sealed_moment moment = now();
    return xa_sealed_file_load(a.file, a.vault, a.cache, &moment);
}

static void says(const char *what)
{
    const char *said = xa_sealed_file_warning(a.file);
    if (what[0] == '\0' ? said[0] != '\0' : strstr(said, what) == NULL)
        fail_msg("'%s' is not said, but '%s'", what, said);
}

/* --- restarts --------------------------------------------------------------------------- */

static void a_restart_finds_what_was_saved(void **state)
{
    (void)state;
    static uint8_t bytes[16 * 1024];
    struct stat st;
    assert_int_equal(load(), 0);
    says("");
    put(1);
    put(2);
    mode_t old = umask(0);
    save();
    (void)umask(old);
    assert_int_equal(stat(cache_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_false(kit_exists(cache_new));
    size_t len = kit_read_file(cache_path, bytes, sizeof bytes);
    assert_null(memmem(bytes, len, "token", 5));
    assert_null(memmem(bytes, len, "prod", 4));

    restart("first");
    assert_int_equal(load(), 2);
    says("");
    assert_int_equal(xa_cache_count(a.cache, at_ms), 2);
    assert_int_equal(load(), 0);                     /* they are here already */
    says("");
}

static void nothing_alive_leaves_no_file(void **state)
{
    (void)state;
    put(1);
    save();
    assert_true(kit_exists(cache_path));
    (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
    save();
    assert_false(kit_exists(cache_path));
    save();
    assert_int_equal(load(), 0);
    says("");
}

static void a_locked_vault_saves_nothing_but_removes(void **state)
{
    (void)state;
    struct xa_error err = { 0 };
    put(1);
    save();
    xa_vault_lock(a.vault);
    assert_null(begin_save(&err));
    assert_int_equal(err.code, XA_LOCKED);
    assert_true(kit_exists(cache_path));
    assert_true(finish(xa_sealed_file_begin_remove(a.file, &err), &err));
    assert_false(kit_exists(cache_path));
}

static void a_new_passphrase_needs_a_new_save(void **state)
{
    (void)state;
    put(1);
    save();
    assert_true(kit_passwd(a.vault, "first", "second", NULL));
    restart("second");
    assert_int_equal(load(), 0);
    says("earlier passphrase");
    put(1);
    save();
    restart("second");
    assert_int_equal(load(), 1);
    says("");
}

static void another_boot_goes_by_the_wall_clock(void **state)
{
    (void)state;
    struct xa_sealed_moment later = { xa_slice_of(OTHER_BOOT), 1000, at_s + 60 };
    put(1);
    save();
    restart("first");
    assert_int_equal(xa_sealed_file_load(a.file, a.vault, a.cache, &later), 1);
    assert_int_equal(xa_cache_count(a.cache, 1000 + 3539000 - 1), 1);
    assert_int_equal(xa_cache_count(a.cache, 1000 + 3539000), 0);
    restart("first");
    later.wall_s = at_s - 1;
    assert_int_equal(xa_sealed_file_load(a.file, a.vault, a.cache, &later), 0);
    says("later than the clock");
    restart("first");
    later.wall_s = at_s + 3600;
    assert_int_equal(xa_sealed_file_load(a.file, a.vault, a.cache, &later), 0);
    says("");                                        /* expired is no fault */
}

/* --- files that are of no use ------------------------------------------------------------- */

static uint8_t good[16 * 1024];
static size_t good_len;

static void save_good(void)
{
    put(1);
    save();
    good_len = kit_read_file(cache_path, good, sizeof good);
}

static void what_is_damaged_is_ignored_and_said_once(void **state)
{
    (void)state;
    save_good();
    restart("first");
    for (size_t at = 0; at < good_len; at++) {
        good[at] ^= 1;
        kit_write_file(cache_path, good, good_len);
        good[at] ^= 1;
        assert_int_equal(load(), 0);
        says(at == 0 ? "no sealed cache" : "");
    }
    for (size_t len = 0; len < good_len; len++) {
        kit_write_file(cache_path, good, len);
        assert_int_equal(load(), 0);
    }
    says("");
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 1);
    good[good_len - 1] ^= 1;
    kit_write_file(cache_path, good, good_len);      /* and said again after a sound one */
    assert_int_equal(load(), 0);
    says("damaged");
    assert_int_equal(load(), 0);
    says("");
    save();                                          /* as after a save */
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 0);
    says("damaged");
}

static void what_others_could_have_made_is_ignored(void **state)
{
    (void)state;
    static uint8_t large[XA_SEALED_FILE_MAX + 1];
    save_good();
    restart("first");
    assert_int_equal(chmod(cache_path, 0644), 0);
    assert_int_equal(load(), 0);
    says("read or changed by others");
    restart("first");
    kit_write_file(kit_aside, good, good_len);
    assert_int_equal(unlink(cache_path), 0);
    assert_int_equal(symlink(kit_aside, cache_path), 0);
    assert_int_equal(load(), 0);
    says("symbolic link");
    restart("first");
    kit_write_file(cache_path, large, sizeof large);
    assert_int_equal(load(), 0);
    says("larger");
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 1);
}

static void another_vaults_is_ignored(void **state)
{
    save_good();
    (void)end(state);
    (void)start(state);
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 0);
    says("another vault");
    put(2);
    save();
    restart("first");
    assert_int_equal(load(), 1);
}

/* What was forgotten stays so, also when somebody puts the old file back. */
static void an_older_copy_is_ignored(void **state)
{
    (void)state;
    struct xa_error err;
    save_good();
    put(2);
    save();
    (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 0);
    says("older copy");
    put(3);
    save_good();
    (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
    assert_int_equal(load(), 2);
    assert_true(finish(xa_sealed_file_begin_remove(a.file, &err), &err));
    (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 0);
    says("older copy");
}

/* A later process goes on counting where the file is. */
static void an_older_copy_is_known_after_a_restart(void **state)
{
    (void)state;
    save_good();
    save();
    restart("first");
    assert_int_equal(load(), 1);
    kit_write_file(cache_path, good, good_len);
    assert_int_equal(load(), 0);
    says("older copy");
    save();
    assert_int_equal(load(), 0);
    says("");
}

/* --- jobs that meet ----------------------------------------------------------------------- */

static void one_save_at_a_time(void **state)
{
    (void)state;
    struct xa_error err;
    put(1);
    struct xa_sealed_job *job = begin_save(&err);
    assert_non_null(job);
    assert_null(begin_save(&err));
    assert_int_equal(err.code, XA_BUSY);
    assert_true(finish(job, &err));
    job = begin_save(&err);
    assert_non_null(job);
    xa_sealed_job_free(&job);                        /* it did not get its turn */
    assert_null(job);
    xa_sealed_job_free(&job);
    save();
}

/* Whoever of the two gets the lock first. */
static void a_removal_wins_over_a_save(void **state)
{
    (void)state;
    struct xa_error err;
    for (int save_first = 0; save_first <= 1; save_first++) {
        save_good();
        struct xa_sealed_job *saving = begin_save(&err);
        struct xa_sealed_job *removing = xa_sealed_file_begin_remove(a.file, &err);
        assert_true(saving != NULL && removing != NULL);
        if (save_first) {
            xa_sealed_job_run(saving);
            uint8_t written[sizeof good];
            assert_int_equal(kit_read_file(cache_path, written, sizeof written), good_len);
            assert_memory_equal(written, good, good_len);
        }
        xa_sealed_job_run(removing);
        assert_false(kit_exists(cache_path));
        if (!save_first)
            xa_sealed_job_run(saving);
        assert_false(kit_exists(cache_path));
        assert_true(xa_sealed_job_end(a.file, &saving, &err));
        assert_true(xa_sealed_job_end(a.file, &removing, &err));
        assert_true(saving == NULL && removing == NULL);
    }
}

/* The save wrote after the removal began; its file, brought back, is an old one. */
static void what_a_removal_overtook_is_an_older_copy(void **state)
{
    (void)state;
    struct xa_error err;
    put(1);
    struct xa_sealed_job *saving = begin_save(&err);
    xa_sealed_job_run(saving);
    good_len = kit_read_file(cache_path, good, sizeof good);
    struct xa_sealed_job *removing = xa_sealed_file_begin_remove(a.file, &err);
    xa_sealed_job_run(removing);
    assert_true(xa_sealed_job_end(a.file, &removing, &err));
    assert_true(xa_sealed_job_end(a.file, &saving, &err));
    kit_write_file(cache_path, good, good_len);
    (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
    assert_int_equal(load(), 0);
    says("older copy");
}

static void a_removal_in_one_call(void **state)
{
    (void)state;
    struct xa_error err;
    char nowhere[4300];
    save_good();
    kit_write_file(cache_new, good, good_len);       /* a killed save left it */
    assert_true(xa_sealed_remove(kit_path, &err));
    assert_false(kit_exists(cache_path) || kit_exists(cache_new));
    assert_true(kit_exists(kit_path));
    kit_write_file(cache_new, good, good_len);
    assert_true(xa_sealed_remove(kit_path, &err));
    assert_false(kit_exists(cache_new));
    snprintf(nowhere, sizeof nowhere, "%s/nowhere/vault", kit_dir);
    assert_true(xa_sealed_remove(nowhere, &err));
    assert_false(xa_sealed_remove("vault", &err));
    assert_int_equal(err.code, XA_IO);
}

/* --- others that save --------------------------------------------------------------------- */

static int held_lock = -1;
static unsigned waits, waits_to_release;

static void count_wait(void *ctx, unsigned ms)
{
    (void)ctx;
    (void)ms;
    if (++waits == waits_to_release) {
        (void)close(held_lock);
        held_lock = -1;
    }
}

/* While another process holds the vault's lock, nothing is written or removed. */
static void the_vaults_lock_is_waited_for(void **state)
{
    (void)state;
    struct xa_files patient = xa_files_real;
    struct xa_place place;
    struct xa_error err = { 0 };
    put(1);
    save();
    patient.wait = count_wait;
    xa_sealed_file_free(&a.file);
    a.file = xa_sealed_file_new(vault_path, &patient, &err);
    assert_true(a.file != NULL && xa_place_init(&place, &xa_files_real, vault_path, &err));
    int dir = xa_disk_open_dir(&place, false, &err);
    held_lock = xa_disk_lock(&place, dir, &err);
    assert_true(held_lock >= 0);
    waits = 0;
    waits_to_release = 3000;                         /* longer than anybody waits */
    assert_false(finish(xa_sealed_file_begin_remove(a.file, &err), &err));
    assert_int_equal(err.code, XA_IO);
    assert_true(kit_exists(cache_path) && waits > 0);
    waits = 0;
    waits_to_release = 5;
    save();
    assert_int_equal(waits, 5);
    assert_int_equal(held_lock, -1);
    xa_disk_close(&place, dir);
}

/* --- the power goes ------------------------------------------------------------------------ */

static struct model disk, after;

/* One entry is saved; what is tried is a save of two, or a removal. */
static void prepare(struct xa_files *on)
{
    memset(&disk, 0, sizeof disk);
    *on = model_files(&disk);
    files = on;
    begin();
    assert_true(kit_create(a.vault, "first", NULL) && kit_add(a.vault, "main", KIT_SECRET, NULL));
    put(1);
    save();
    put(2);
}

static struct xa_sealed_job *begin_job(bool removal)
{
    struct xa_error err;
    struct xa_sealed_job *job =
        removal ? xa_sealed_file_begin_remove(a.file, &err) : begin_save(&err);
    assert_non_null(job);
    return job;
}

/* What a later process finds. */
static void check_state(struct xa_files *on, bool removal, bool acknowledged)
{
    *on = model_files(&after);
    files = on;
    restart("first");
    size_t n = load();
    says("");
    if (acknowledged)
        assert_int_equal(n, removal ? 0 : 2);
    else
        assert_true(n == 1 || n == (removal ? 0 : 2));
    put(3);
    save();
    assert_false(model_has(&after, 0, "vault.cache.new"));
}

static unsigned check_cuts(bool removal, bool acknowledged)
{
    struct xa_files on;
    unsigned states = 0;
    bool dirty = false;
    for (int i = 0; i < disk.n_files; i++)
        dirty = dirty || disk.files[i].dirty;
    for (unsigned kept = 0; kept < 1u << disk.n_pending; kept++)
        for (int damage = 0; damage < (dirty ? MODEL_DAMAGES : 1); damage++, states++) {
            model_cut(&disk, kept, damage, &after);
            check_state(&on, removal, acknowledged);
        }
    return states;
}

static void every_cut_leaves_old_or_new(void **state)
{
    (void)state;
    vault_path = "/data/vault";
    for (int removal = 0; removal <= 1; removal++) {
        unsigned states = 0, steps = 0;
        for (bool done = false; !done; steps++) {
            struct xa_files on;
            struct xa_error err = { 0 };
            prepare(&on);
            disk.stop_after = disk.calls + steps + 1;
            bool ok = finish(begin_job(removal), &err);
            done = disk.calls < disk.stop_after;
            assert_true(ok || err.code == XA_IO);
            states += check_cuts(removal, ok);
        }
        print_message("%s: %u steps, %u states\n", removal ? "remove" : "save", steps, states);
        assert_true(steps > (removal ? 2 : 5) && states > steps);
    }
}

/* The disk fails for a while: old or new stands, the next save works. */
static void a_failure_is_one_of_a_save(void **state)
{
    (void)state;
    vault_path = "/data/vault";
    for (unsigned steps = 0; steps < 20; steps++) {
        struct xa_files on;
        struct xa_error err = { 0 };
        prepare(&on);
        disk.stop_after = disk.calls + steps + 1;
        bool ok = finish(begin_job(false), &err), hit = disk.calls >= disk.stop_after;
        disk.stop_after = 0;
        (void)xa_cache_forget(a.cache, (struct xa_slice){ 0 });
        size_t n = load();
        assert_true(ok ? n == 2 : n == 1 || (n == 2 && err.why[0] != '\0'));
        says("");
        put(4);
        save();
        assert_false(model_has(&disk, 0, "vault.cache.new"));
        if (!hit)
            break;
        assert_in_range(steps, 0, 18);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(a_restart_finds_what_was_saved),
        T(nothing_alive_leaves_no_file),
        T(a_locked_vault_saves_nothing_but_removes),
        T(a_new_passphrase_needs_a_new_save),
        T(another_boot_goes_by_the_wall_clock),
        T(what_is_damaged_is_ignored_and_said_once),
        T(what_others_could_have_made_is_ignored),
        T(another_vaults_is_ignored),
        T(an_older_copy_is_ignored),
        T(an_older_copy_is_known_after_a_restart),
        T(one_save_at_a_time),
        T(a_removal_wins_over_a_save),
        T(what_a_removal_overtook_is_an_older_copy),
        T(a_removal_in_one_call),
        T(the_vaults_lock_is_waited_for),
        T(every_cut_leaves_old_or_new),
        T(a_failure_is_one_of_a_save),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
