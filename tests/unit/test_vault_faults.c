/* V11: every file operation of every job fails once, and from then on, in every
 * way. The old vault stays whole, the open one keeps serving, the next change
 * works and leaves nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/vault/files.h"
#include "tests/lib/vault_kit.h"

/* Which call fails, and how; 0: none. Counted over all operations but close and
 * wait, which cannot fail. */
static struct fault {
    unsigned nth, calls;
    bool for_good, short_write, hit;
    int error;
} fault;

static bool strikes(void)
{
    if (++fault.calls == fault.nth || (fault.for_good && fault.nth > 0 && fault.calls > fault.nth))
        fault.hit = true;
    else
        return false;
    return true;
}

#define OR_FAIL(call) (strikes() && !fault.short_write ? -fault.error : (call))

static bool f_make_dirs(void *ctx, const char *path, struct xa_error *err)
{
    if (strikes() && !fault.short_write && fault.error != EINTR)     /* mkdir(2) has none */
        return xa_fail(err, XA_IO, "cannot make %s: %s", path, strerror(fault.error));
    return xa_files_real.make_dirs(ctx, path, err);
}

static int f_open_dir(void *ctx, const char *path)
{
    return OR_FAIL(xa_files_real.open_dir(ctx, path));
}
static int f_open(void *ctx, int dir, const char *name, int flags)
{
    return OR_FAIL(xa_files_real.open(ctx, dir, name, flags));
}
static int f_stat(void *ctx, int fd, struct stat *ret)
{
    return OR_FAIL(xa_files_real.stat(ctx, fd, ret));
}
static int f_make_private(void *ctx, int fd)
{
    return OR_FAIL(xa_files_real.make_private(ctx, fd));
}
static ssize_t f_read(void *ctx, int fd, void *room, size_t len)
{
    return OR_FAIL(xa_files_real.read(ctx, fd, room, len));
}
static ssize_t f_write(void *ctx, int fd, const void *bytes, size_t len)
{
    if (strikes() && !fault.short_write)
        return -fault.error;
    bool cut = fault.short_write && fault.hit;
    return xa_files_real.write(ctx, fd, bytes, cut ? (len + 1) / 2 : len);
}
static int f_sync(void *ctx, int fd) { (void)ctx; (void)fd; return OR_FAIL(0); }    /* quick */
static int f_rename(void *ctx, int dir, const char *from, const char *to)
{
    return OR_FAIL(xa_files_real.rename(ctx, dir, from, to));
}
static int f_remove(void *ctx, int dir, const char *name)
{
    return OR_FAIL(xa_files_real.remove(ctx, dir, name));
}
static int f_lock(void *ctx, int fd) { return OR_FAIL(xa_files_real.lock(ctx, fd)); }
static void f_wait(void *ctx, unsigned ms) { (void)ctx; (void)ms; }
static void f_close(void *ctx, int fd) { xa_files_real.close(ctx, fd); }

static const struct xa_files faulty = {
    NULL, f_make_dirs, f_open_dir, f_open, f_stat, f_make_private, f_read,
    f_write, f_sync, f_rename, f_remove, f_lock, f_wait, f_close,
};

/* --- the jobs that are made to fail ---------------------------------------------- */

static struct xa_vault *nothing_saved(void)
{
    struct xa_vault *v = kit_vault(&faulty);
    assert_true(kit_create(v, "first", NULL));
    return v;
}

static struct xa_vault *one_saved(void)
{
    struct xa_vault *v = nothing_saved();
    assert_true(kit_add(v, "main", KIT_SECRET, NULL));
    return v;
}

static struct xa_vault *one_locked(void)
{
    struct xa_vault *v = one_saved();
    xa_vault_lock(v);
    (void)unlink(kit_state_path);
    return v;
}

static struct xa_vault *one_intent(void)
{
    struct xa_vault *v = one_saved();
    assert_true(kit_intend(v, "main", NULL));
    return v;
}

static struct xa_vault *one_pending(void)
{
    struct xa_vault *v = one_intent();
    assert_true(kit_pend(v, "main", NULL));
    return v;
}

static struct xa_vault *one_retired(void)
{
    struct xa_vault *v = one_pending();
    assert_true(kit_switch(v, "main", NULL));
    return v;
}

/* A vault of an older cost, whose unlock saves. */
static struct xa_vault *weak(bool rotating)
{
    uint8_t file[KIT_WEAK_LEN];
    kit_weak_file(rotating, file);
    struct xa_vault *v = kit_vault(&faulty);
    struct xa_error err;
    char data[4200];
    snprintf(data, sizeof data, "%s/data", kit_dir);
    assert_true(xa_files_real.make_dirs(NULL, data, &err));
    kit_write_file(kit_path, file, sizeof file);
    return v;
}

static struct xa_vault *weak_locked(void) { return weak(false); }
static struct xa_vault *weak_pending(void) { return weak(true); }

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
    struct xa_vault *(*prepare)(void);
    bool (*run)(struct xa_vault *v, struct xa_error *err);
    const char *old_names, *new_names;     /* old_names NULL: there is no file  */
    const char *new_passphrase;
    bool stays_open;
} jobs[] = {
    { "first add", nothing_saved, do_add, NULL, " new", "first", true },
    { "add", one_saved, do_add, " main", " main new", "first", true },
    { "remove", one_saved, do_remove, " main", "", "first", true },
    { "passwd", one_saved, do_passwd, " main", " main", "second", true },
    { "unlock", one_locked, do_unlock, " main", " main", "first", false },
    { "upgrade", weak_locked, do_unlock, " main", " main", "first", false },
    { "intend", one_saved, do_intend, " main", " main+intent", "first", true },
    { "pend", one_intent, do_pend, " main+intent", " main+pending", "first", true },
    { "switch", one_pending, do_switch, " main+pending", " main*+retired", "first", true },
    { "settle", one_retired, do_settle, " main*+retired", " main*", "first", true },
    { "take back", one_pending, do_settle, " main+pending", " main", "first", true },
    { "passwd meanwhile", one_pending, do_passwd, " main+pending", " main+pending", "second",
      true },
    { "remove meanwhile", one_retired, do_remove, " main*+retired", "", "first", true },
    { "upgrade meanwhile", weak_pending, do_unlock, " main+pending", " main+pending", "first",
      false },
};

/* What a new process finds on disk: 'o'ld or 'n'ew content, 0: neither. */
static char on_disk(const struct job *job)
{
    struct xa_vault *v = kit_vault(&faulty);
    struct xa_error err;
    char found = 0;
    if (xa_vault_condition(v) == XA_VAULT_IS_ABSENT)
        found = job->old_names == NULL ? 'o' : 0;
    else if (kit_unlock(v, job->new_passphrase, &err))
        found = strcmp(kit_names(v), job->new_names) == 0 ? 'n' : 'o';
    else if (kit_unlock(v, "first", &err))
        found = 'o';
    if (found == 'o' && xa_vault_count(v) > 0 && strcmp(kit_names(v), job->old_names) != 0)
        found = 0;
    xa_vault_free(&v);
    return found;
}

static void check_next_change(struct xa_vault *v, const struct job *job, char found)
{
    struct xa_error err = { 0 };
    const char *pass = found == 'n' ? job->new_passphrase : "first";
    if (xa_vault_condition(v) == XA_VAULT_IS_LOCKED && !kit_unlock(v, pass, &err))
        fail_msg("%s: %s", job->name, err.message);
    if (!kit_add(v, "next", KIT_SECRET, &err) && err.code == XA_LOCKED)
        assert_true(kit_unlock(v, pass, &err) && kit_add(v, "next", KIT_SECRET, &err));
    assert_non_null(strstr(kit_names(v), " next"));
    assert_false(kit_leftovers());
}

/* One job with one fault. False: the job has fewer calls than nth. */
static bool try(const struct job *job, struct fault with)
{
    (void)kit_make_place(NULL);
    fault = (struct fault){ 0 };
    struct xa_vault *v = job->prepare();
    char before[64];
    snprintf(before, sizeof before, "%s", kit_names(v));
    struct xa_error err = { 0 };
    fault = with;
    bool ok = job->run(v, &err), hit = fault.hit;
    fault = (struct fault){ 0 };

    char found = on_disk(job);
    bool unsure = strstr(err.why, "may not survive a power cut") != NULL;
    if (found == 0 || (ok && found != 'n' && job->stays_open) ||
        (!ok && found == 'n' && !unsure && job->stays_open))
        fail_msg("%s, call %u, error %d%s: %s, but the disk has %c", job->name, with.nth,
                 with.error, with.for_good ? " from then on" : "", ok ? "done" : err.message,
                 found);
    assert_true(ok || err.message[0] != '\0');
    const char *expected = ok || unsure ? job->new_names : job->stays_open ? before : "";
    assert_string_equal(kit_names(v), expected);
    if (!ok && !with.for_good && (with.short_write || with.error == EINTR))
        fail_msg("%s, call %u: %s", job->name, with.nth, err.message);
    check_next_change(v, job, found);
    xa_vault_free(&v);
    (void)kit_remove_place(NULL);
    return hit;
}

static void every_call_fails_in_every_way(void **state)
{
    (void)state;
    static const int errors[] = { EIO, ENOSPC, EDQUOT, EROFS, EACCES, EMFILE, EINTR, 0 };
    for (size_t j = 0; j < sizeof jobs / sizeof jobs[0]; j++) {
        unsigned calls = 0;
        for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
            for (int for_good = 0; for_good <= 1; for_good++) {
                struct fault with = { .nth = 1, .for_good = for_good, .error = errors[e],
                                      .short_write = errors[e] == 0 };
                while (try(&jobs[j], with))
                    with.nth++;
                calls = with.nth - 1;
            }
        }
        print_message("%s: %u file operations\n", jobs[j].name, calls);
        assert_true(calls > 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_call_fails_in_every_way) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
