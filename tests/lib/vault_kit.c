#include "tests/lib/vault_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/vault/body.h"
#include "agent/vault/store.h"

unsigned kit_kdf_runs;
struct xa_kdf_cost kit_kdf_highest;

bool kit_cheap_kdf(uint8_t out[XA_KDF_OUT], const uint8_t *passphrase, size_t len,
                   const uint8_t salt[XA_KDF_SALT], uint32_t t, uint32_t m_kib)
{
    char cost[64];
    snprintf(cost, sizeof cost, "%u %u", t, m_kib);
    struct xa_slice parts[] = {
        { passphrase, len }, { salt, XA_KDF_SALT }, xa_slice_of(cost), xa_slice_of("key"),
    };
    xa_hash(out, parts, 4);
    parts[3] = xa_slice_of("commitment");
    xa_hash(out + 32, parts, 4);
    kit_kdf_runs++;
    if (t > kit_kdf_highest.t)
        kit_kdf_highest.t = t;
    if (m_kib > kit_kdf_highest.m_kib)
        kit_kdf_highest.m_kib = m_kib;
    return true;
}

struct xa_secret *kit_secret(const char *text)
{
    struct xa_error err;
    struct xa_secret *s = xa_secret_new(strlen(text), &err);
    if (s == NULL) {
        fprintf(stderr, "%s\n", err.message);
        exit(9);
    }
    memcpy(xa_secret_fill(s), text, strlen(text));
    xa_secret_seal(s);
    return s;
}

/* A body with one key, and what is put beside it. */
static struct xa_secret *weak_body(bool rotating)
{
    const struct xa_slice name = xa_slice_of("main");
    const struct xa_entry keys[] = {
        { .name = name, .access_key_id = xa_slice_of(KIT_KEY_ID),
          .secret = xa_slice_of(KIT_SECRET) },
        { .name = name, .access_key_id = xa_slice_of(KIT_NEW_KEY_ID),
          .secret = xa_slice_of(KIT_NEW_SECRET), .kind = XA_KEY_PENDING },
    };
    const struct xa_body_change put = { .name = name, .put = keys, .n_put = rotating ? 2 : 1 };
    struct xa_secret *empty = xa_body_new(NULL);
    if (empty == NULL)
        return NULL;
    struct xa_slice nothing = { xa_secret_open(empty), xa_secret_len(empty) };
    struct xa_secret *body = xa_body_changed(nothing, &put, NULL);
    xa_secret_shut(empty);
    xa_secret_free(&empty);
    return body;
}

void kit_weak_file(bool rotating, uint8_t ret[KIT_WEAK_LEN])
{
    const struct xa_kdf_cost cost = { 1, 8 };
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT] = { 1 }, key[XA_STORE_KEY] = { 2 };
    struct xa_store_wrap wrap;
    struct xa_secret *body = weak_body(rotating);
    if (body == NULL ||
        !kit_cheap_kdf(derived, (const uint8_t *)"first", 5, salt, cost.t, cost.m_kib))
        exit(9);
    xa_store_wrap_new(cost, salt, derived, key, &wrap);
    xa_store_encode(&wrap, 1, key, (struct xa_slice){ xa_secret_open(body), XA_STORE_BLOCK }, ret);
    xa_secret_shut(body);
    xa_secret_free(&body);
}

char kit_dir[4096], kit_path[4200], kit_state_path[4200], kit_aside[4200];

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(9);
}

static void empty_dir(int dir, int depth)
{
    DIR *list = fdopendir(dup(dir));
    if (list == NULL)
        return;
    for (struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        int below = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0 && depth > 0)
            empty_dir(below, depth - 1);
        if (below >= 0)
            close(below);
        if (unlinkat(dir, e->d_name, below >= 0 ? AT_REMOVEDIR : 0) != 0)
            perror(e->d_name);
    }
    closedir(list);
}

static bool remove_place(void)
{
    int dir = open(kit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return false;
    empty_dir(dir, 2);
    close(dir);
    return rmdir(kit_dir) == 0;
}

static pid_t place_of;                 /* who made the place and has not removed it; or 0 */

/* A test that failed between the two leaves nothing behind either. A child that a test
 * has forked is not the one to clean up. */
static void remove_what_is_left(void)
{
    if (place_of == getpid())
        (void)remove_place();
    place_of = 0;
}

static void remember_place(void)
{
    static bool at_exit;
    if (!at_exit)
        must(atexit(remove_what_is_left) == 0, "atexit");
    at_exit = true;
    place_of = getpid();
}

int kit_make_place(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    remove_what_is_left();
    snprintf(kit_dir, sizeof kit_dir, "%s/xacct-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    must(mkdtemp(kit_dir) != NULL, kit_dir);
    remember_place();
    snprintf(kit_path, sizeof kit_path, "%s/data/vault", kit_dir);
    snprintf(kit_state_path, sizeof kit_state_path, "%s/state/vault.state", kit_dir);
    snprintf(kit_aside, sizeof kit_aside, "%s/aside", kit_dir);
    return 0;
}

int kit_remove_place(void **state)
{
    (void)state;
    must(remove_place(), kit_dir);
    place_of = 0;
    return 0;
}

size_t kit_read_file(const char *from, uint8_t *room, size_t cap)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, room, cap) : -1;
    must(len >= 0 && close(fd) == 0, from);
    return (size_t)len;
}

void kit_write_file(const char *to, const uint8_t *bytes, size_t len)
{
    (void)unlink(to);
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && close(fd) == 0, to);
}

void kit_copy_file(const char *from, const char *to)
{
    static uint8_t bytes[XA_VAULT_FILE_MAX + 1];
    kit_write_file(to, bytes, kit_read_file(from, bytes, sizeof bytes));
}

bool kit_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

bool kit_leftovers(void)
{
    char vault[4300], state[4300];
    snprintf(vault, sizeof vault, "%s.new", kit_path);
    snprintf(state, sizeof state, "%s.new", kit_state_path);
    return kit_exists(vault) || kit_exists(state);
}

static bool finish(struct xa_vault *v, struct xa_vault_job *job, struct xa_error *err)
{
    if (job == NULL)
        return false;
    xa_vault_job_run(job);
    return xa_vault_job_end(v, &job, err);
}

static bool open_it(struct xa_vault *v, const char *passphrase, bool create, bool accept,
                    struct xa_error *err)
{
    struct xa_secret *secret = kit_secret(passphrase);
    bool ok = finish(v, xa_vault_begin_unlock(v, &secret, create, accept, err), err);
    xa_secret_free(&secret);
    return ok;
}

bool kit_unlock(struct xa_vault *v, const char *passphrase, struct xa_error *err)
{
    return open_it(v, passphrase, false, false, err);
}

bool kit_unlock_accepting_rollback(struct xa_vault *v, const char *passphrase, struct xa_error *err)
{
    return open_it(v, passphrase, false, true, err);
}

bool kit_create(struct xa_vault *v, const char *passphrase, struct xa_error *err)
{
    return open_it(v, passphrase, true, false, err);
}

bool kit_add(struct xa_vault *v, const char *name, const char *secret, struct xa_error *err)
{
    struct xa_vault_info info = {
        .access_key_id = KIT_KEY_ID, .account = "111111111111", .arn = KIT_ARN,
        .created_at = 1768480496,
    };
    snprintf(info.name, sizeof info.name, "%s", name);
    struct xa_secret *held = kit_secret(secret);
    bool ok = finish(v, xa_vault_begin_add(v, &info, &held, err), err);
    xa_secret_free(&held);
    return ok;
}

bool kit_remove(struct xa_vault *v, const char *name, struct xa_error *err)
{
    return finish(v, xa_vault_begin_remove(v, xa_slice_of(name), err), err);
}

bool kit_prove(struct xa_vault *v, const struct xa_vault_info *info, struct xa_error *err)
{
    return finish(v, xa_vault_begin_prove(v, info, err), err);
}

bool kit_passwd(struct xa_vault *v, const char *old, const char *new, struct xa_error *err)
{
    struct xa_secret *a = kit_secret(old), *b = kit_secret(new);
    bool ok = finish(v, xa_vault_begin_passwd(v, &a, &b, err), err);
    xa_secret_free(&a);
    xa_secret_free(&b);
    return ok;
}

/* --- a rotation ----------------------------------------------------------------- */

static const struct { const char *id, *secret; } keys[] = {
    { KIT_KEY_ID, KIT_SECRET }, { KIT_NEW_KEY_ID, KIT_NEW_SECRET },
};

/* Whether the vault signs with this key of that name as one who has it would. */
static bool signs_as(struct xa_vault *v, const char *name, enum xa_key_kind kind, int which)
{
    struct xa_sigv4_header host = { xa_slice_of("host"), xa_slice_of("sts.amazonaws.com") };
    struct xa_sigv4_request request = {
        .method = xa_slice_of("POST"), .path = xa_slice_of("/"), .headers = &host, .n_headers = 1,
        .body = xa_slice_of("Action=GetCallerIdentity"), .region = xa_slice_of("us-east-1"),
        .service = xa_slice_of("sts"), .time_s = KIT_NOW,
    };
    struct xa_sigv4_key key = { xa_slice_of(keys[which].id), xa_slice_of(keys[which].secret),
                                { 0 } };
    struct xa_sigv4_signature ours, theirs;
    return xa_vault_sign_kind(v, xa_slice_of(name), kind, &request, &ours, NULL) &&
           xa_sigv4_sign(&key, &request, &theirs, NULL) &&
           strcmp(ours.authorization, theirs.authorization) == 0;
}

static int current_key(struct xa_vault *v, const char *name)
{
    return signs_as(v, name, XA_KEY_CURRENT, 1);
}

bool kit_intend(struct xa_vault *v, const char *name, struct xa_error *err)
{
    return finish(v, xa_vault_begin_intend(v, xa_slice_of(name), KIT_NOW, err), err);
}

bool kit_pend(struct xa_vault *v, const char *name, struct xa_error *err)
{
    int new = !current_key(v, name);
    struct xa_vault_info info = {
        .account = "111111111111", .arn = KIT_ARN, .created_at = KIT_NOW + 1,
    };
    snprintf(info.name, sizeof info.name, "%s", name);
    snprintf(info.access_key_id, sizeof info.access_key_id, "%s", keys[new].id);
    struct xa_secret *held = kit_secret(keys[new].secret);
    bool ok = finish(v, xa_vault_begin_pend(v, &info, &held, err), err);
    xa_secret_free(&held);
    return ok;
}

bool kit_switch(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_slice id = xa_slice_of(keys[!current_key(v, name)].id);
    return finish(v, xa_vault_begin_switch(v, xa_slice_of(name), id, KIT_NOW + 2, KIT_NOW + 86400,
                                           err), err);
}

bool kit_switch_back(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_slice id = xa_slice_of(keys[!current_key(v, name)].id);
    return finish(v, xa_vault_begin_switch_back(v, xa_slice_of(name), id, err), err);
}

bool kit_settle(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_vault_rotation r;
    if (!xa_vault_rotation(v, xa_slice_of(name), &r) || r.kind == XA_KEY_CURRENT)
        return xa_fail(err, XA_NO_SUCH_NAME, "nothing is journaled of '%s'", name);
    return finish(v, xa_vault_begin_settle(v, xa_slice_of(name), r.kind,
                                           xa_slice_of(r.access_key_id), err), err);
}

static void write_rotation(struct xa_writer *w, struct xa_vault *v, const char *name)
{
    static const char *const kinds[] = { "", "+intent", "+pending", "+retired" };
    struct xa_vault_rotation r;
    int current = current_key(v, name);
    must(xa_vault_rotation(v, xa_slice_of(name), &r), "xa_vault_rotation");
    if (current == 1)
        xa_write_u8(w, '*');
    xa_write_bytes(w, (const uint8_t *)kinds[r.kind], strlen(kinds[r.kind]));
    if ((r.kind == XA_KEY_PENDING || r.kind == XA_KEY_RETIRED) &&
        !signs_as(v, name, r.kind, !current))
        xa_write_u8(w, '?');
}

const char *kit_names(struct xa_vault *v)
{
    static char names[XA_VAULT_FILE_MAX];
    struct xa_writer w = xa_writer_init(names, sizeof names - 1);
    struct xa_vault_info info;
    for (size_t i = 0; i < xa_vault_count(v) && xa_vault_info_at(v, i, &info); i++) {
        xa_write_u8(&w, ' ');
        xa_write_bytes(&w, info.name, strlen(info.name));
        write_rotation(&w, v, info.name);
    }
    names[w.len] = '\0';
    return names;
}

struct xa_vault *kit_vault(const struct xa_files *files)
{
    struct xa_error err;
    struct xa_vault_setup setup = { kit_path, kit_state_path, files, kit_cheap_kdf, NULL };
    struct xa_vault *v = xa_vault_new(&setup, &err);
    must(v != NULL, "xa_vault_new");
    return v;
}

struct xa_vault *kit_saved_vault(void)
{
    struct xa_error err;
    struct xa_vault *v = kit_vault(NULL);
    must(kit_create(v, "first", &err) && kit_add(v, "main", KIT_SECRET, &err), "a saved vault");
    return v;
}
