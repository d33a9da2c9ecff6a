#include "agent/vault/vault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/job.h"
#include "agent/vault/seal.h"

struct xa_vault {
    struct xa_vault_site site;
    struct xa_secret *key;             /* the data key; NULL: locked or absent        */
    struct xa_secret *body;            /* with it, and only with it                   */
    bool fresh;                        /* open, but without a file until the first add */
    struct xa_store_wrap wrap;         /* of a fresh one                              */
    struct xa_mark seen;               /* of the file last read or written            */
    unsigned locks;                    /* how often it was locked                     */
    struct xa_vault_job *job;          /* under way                                   */
    char warning[XA_VAULT_WARNING_SIZE];
};

struct xa_vault *xa_vault_new(const struct xa_vault_setup *setup, struct xa_error *err)
{
    struct xa_vault *v = calloc(1, sizeof *v);
    const struct xa_files *files = setup->files != NULL ? setup->files : &xa_files_real;
    if (v == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the vault");
        return NULL;
    }
    v->site.kdf = setup->kdf != NULL ? setup->kdf : xa_kdf_argon2id;
    v->site.clock = setup->clock != NULL ? setup->clock : xa_kdf_clock;
    if (xa_crypto_init(err) && xa_place_init(&v->site.vault, files, setup->path, err) &&
        xa_place_init(&v->site.state, files, setup->state_path, err))
        return v;
    free(v);
    return NULL;
}

void xa_vault_free(struct xa_vault **vault)
{
    if (*vault == NULL)
        return;
    assert((*vault)->job == NULL);
    xa_vault_lock(*vault);
    free(*vault);
    *vault = NULL;
}

enum xa_vault_condition xa_vault_condition(struct xa_vault *v)
{
    if (v->key != NULL)
        return v->fresh ? XA_VAULT_IS_NEW : XA_VAULT_IS_OPEN;
    return xa_disk_exists(&v->site.vault) ? XA_VAULT_IS_LOCKED : XA_VAULT_IS_ABSENT;
}

void xa_vault_lock(struct xa_vault *v)
{
    xa_secret_free(&v->key);
    xa_secret_free(&v->body);
    v->fresh = false;
    v->locks++;
}

const char *xa_vault_warning(const struct xa_vault *v)
{
    return v->warning;
}

/* --- looking and signing -------------------------------------------------------- */

static struct xa_slice open_body(struct xa_vault *v)
{
    return (struct xa_slice){ xa_secret_open(v->body), xa_secret_len(v->body) };
}

static void show(const struct xa_entry *e, struct xa_vault_info *ret)
{
    bool fits = xa_slice_copy(e->name, ret->name, sizeof ret->name) &&
                xa_slice_copy(e->access_key_id, ret->access_key_id, sizeof ret->access_key_id) &&
                xa_slice_copy(e->account, ret->account, sizeof ret->account) &&
                xa_slice_copy(e->arn, ret->arn, sizeof ret->arn);
    assert(fits);                /* the body was checked */
    ret->created_at = e->created_at;
}

size_t xa_vault_count(const struct xa_vault *v)
{
    size_t n = 0;
    struct xa_error err;
    if (v->body == NULL)
        return 0;
    bool ok = xa_body_check((struct xa_slice){ xa_secret_open(v->body), xa_secret_len(v->body) },
                            &n, &err);
    xa_secret_shut(v->body);
    assert(ok);
    return n;
}

bool xa_vault_info_at(struct xa_vault *v, size_t index, struct xa_vault_info *ret)
{
    struct xa_entry e;
    if (v->body == NULL)
        return false;
    bool found = xa_body_at(open_body(v), index, &e);
    if (found)
        show(&e, ret);
    xa_secret_shut(v->body);
    return found;
}

bool xa_vault_find(struct xa_vault *v, struct xa_slice name, struct xa_vault_info *ret)
{
    struct xa_entry e;
    if (v->body == NULL)
        return false;
    bool found = xa_body_find(open_body(v), name, &e);
    if (found)
        show(&e, ret);
    xa_secret_shut(v->body);
    return found;
}

static bool locked(struct xa_error *err)
{
    return xa_fail(err, XA_LOCKED, "the vault is locked");
}

static bool no_such_key(struct xa_slice name, struct xa_error *err)
{
    return xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key '%.*s'", (int)name.len,
                   (const char *)name.at);
}

bool xa_vault_sign(struct xa_vault *v, struct xa_slice name, const struct xa_sigv4_request *request,
                   struct xa_sigv4_signature *ret, struct xa_error *err)
{
    struct xa_entry e;
    if (v->body == NULL)
        return locked(err);
    bool ok = xa_body_find(open_body(v), name, &e);
    if (ok) {
        struct xa_sigv4_key key = { e.access_key_id, e.secret, { 0 } };
        ok = xa_sigv4_sign(&key, request, ret, err);
    } else {
        no_such_key(name, err);
    }
    xa_secret_shut(v->body);
    return ok;
}

/* --- sealing for a file --------------------------------------------------------- */

bool xa_vault_seal(struct xa_vault *v, struct xa_secret *plain, uint8_t **ret, size_t *ret_len,
                   struct xa_error *err)
{
    size_t len = xa_seal_len(xa_secret_len(plain));
    if (v->key == NULL)
        return locked(err);
    uint8_t *sealed = malloc(len);
    if (sealed == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory to seal %zu bytes", len);
    struct xa_slice bytes = { xa_secret_open(plain), xa_secret_len(plain) };
    xa_seal(xa_secret_open(v->key), bytes, sealed);
    xa_secret_shut(v->key);
    xa_secret_shut(plain);
    *ret = sealed;
    *ret_len = len;
    return true;
}

static struct xa_secret *unseal(const uint8_t *key, struct xa_slice sealed, struct xa_error *err)
{
    if (!xa_seal_check(key, sealed, err))
        return NULL;
    struct xa_secret *plain = xa_secret_new(xa_seal_plain_len(sealed.len), err);
    if (plain == NULL)
        return NULL;
    bool ok = xa_seal_open(key, sealed, xa_secret_fill(plain));
    xa_secret_seal(plain);
    if (!ok) {
        xa_secret_free(&plain);
        xa_fail(err, XA_VAULT_DAMAGED, "is damaged");
    }
    return plain;
}

struct xa_secret *xa_vault_unseal(struct xa_vault *v, struct xa_slice sealed, struct xa_error *err)
{
    if (v->key == NULL) {
        locked(err);
        return NULL;
    }
    struct xa_secret *plain = unseal(xa_secret_open(v->key), sealed, err);
    xa_secret_shut(v->key);
    return plain;
}

/* --- jobs: begin ---------------------------------------------------------------- */

static struct xa_vault_job *new_job(struct xa_vault *v, enum xa_job_kind kind, struct xa_error *err)
{
    if (v->job != NULL) {
        xa_fail(err, XA_BUSY, "the vault is being opened or saved");
        return NULL;
    }
    struct xa_vault_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a job of the vault");
        return NULL;
    }
    job->kind = kind;
    job->site = &v->site;
    job->locks = v->locks;
    job->seen = v->seen;
    return job;
}

/* From here the job is under way, and owns the secret. */
static struct xa_vault_job *started(struct xa_vault *v, struct xa_vault_job *job)
{
    v->job = job;
    v->warning[0] = '\0';
    return job;
}

static bool job_reads_file(struct xa_vault_job *job, struct xa_error *err)
{
    size_t len = 0;
    int dir = xa_disk_open_dir(&job->site->vault, false, err);
    bool ok = dir >= 0 &&
              xa_disk_read(&job->site->vault, dir, XA_VAULT_FILE_MAX, &job->file, &len, err);
    xa_disk_close(&job->site->vault, dir);
    if (!ok || xa_store_decode((struct xa_slice){ job->file, len }, &job->store, err))
        return ok;
    return xa_why(err, "the file is %s/%s", job->site->vault.dir, job->site->vault.name);
}

struct xa_vault_job *xa_vault_begin_unlock(struct xa_vault *v, struct xa_secret **passphrase,
                                           bool create, bool accept_rollback, struct xa_error *err)
{
    struct xa_vault_job *job = new_job(v, create ? XA_JOB_CREATE : XA_JOB_UNLOCK, err);
    if (job == NULL)
        return NULL;
    bool ok;
    if (create && v->fresh)
        ok = xa_fail(err, XA_BUSY, "another command is making the vault just now");
    else if (create && xa_disk_exists(&v->site.vault))
        ok = xa_fail(err, XA_NAME_TAKEN, "there is a vault already: %s/%s", v->site.vault.dir,
                     v->site.vault.name);
    else
        ok = create || job_reads_file(job, err);
    if (!ok) {
        xa_job_free(&job);
        return NULL;
    }
    job->accept_rollback = accept_rollback;
    job->passphrase = *passphrase;
    *passphrase = NULL;          /* moved */
    return started(v, job);
}

/* A job that changes the open vault gets its own copy of the data key. */
static struct xa_vault_job *new_change(struct xa_vault *v, struct xa_error *err)
{
    if (v->key == NULL) {
        locked(err);
        return NULL;
    }
    struct xa_vault_job *job = new_job(v, XA_JOB_CHANGE, err);
    if (job == NULL)
        return NULL;
    job->key = xa_secret_new(XA_STORE_KEY, err);
    if (job->key == NULL) {
        xa_job_free(&job);
        return NULL;
    }
    memcpy(xa_secret_fill(job->key), xa_secret_open(v->key), XA_STORE_KEY);
    xa_secret_shut(v->key);
    xa_secret_seal(job->key);
    job->fresh = job->has_wrap = v->fresh;
    job->wrap = v->wrap;
    return job;
}

static bool info_valid(const struct xa_vault_info *info, struct xa_secret *secret,
                       struct xa_error *err)
{
    struct xa_entry entry = {
        xa_slice_of(info->name), xa_slice_of(info->access_key_id),
        { xa_secret_open(secret), xa_secret_len(secret) },
        xa_slice_of(info->account), xa_slice_of(info->arn), info->created_at,
    };
    bool ok = xa_entry_valid(&entry);
    xa_secret_shut(secret);
    if (ok)
        return true;
    if (!xa_entry_name_valid(entry.name))
        return xa_fail(err, XA_USAGE, "'%s' cannot be a name", info->name);
    return xa_fail(err, XA_USAGE, "the key to store as '%s' is no access key", info->name);
}

struct xa_vault_job *xa_vault_begin_add(struct xa_vault *v, const struct xa_vault_info *info,
                                        struct xa_secret **secret, struct xa_error *err)
{
    struct xa_vault_info held;
    if (!info_valid(info, *secret, err))
        return NULL;
    if (xa_vault_find(v, xa_slice_of(info->name), &held)) {
        xa_fail(err, XA_NAME_TAKEN, "the vault holds a key '%s' already", info->name);
        return NULL;
    }
    struct xa_vault_job *job = new_change(v, err);
    if (job == NULL)
        return NULL;
    job->info = *info;
    job->secret = *secret;
    *secret = NULL;              /* moved */
    return started(v, job);
}

struct xa_vault_job *xa_vault_begin_remove(struct xa_vault *v, struct xa_slice name,
                                           struct xa_error *err)
{
    struct xa_vault_info held;
    struct xa_vault_job *job = new_change(v, err);
    if (job == NULL)
        return NULL;
    if (!xa_vault_find(v, name, &held)) {
        no_such_key(name, err);
        xa_job_free(&job);
        return NULL;
    }
    memcpy(job->info.name, held.name, sizeof job->info.name);
    return started(v, job);
}

struct xa_vault_job *xa_vault_begin_prove(struct xa_vault *v, const struct xa_vault_info *info,
                                          struct xa_error *err)
{
    struct xa_vault_info held;
    struct xa_slice name = xa_slice_of(info->name);
    struct xa_vault_job *job = new_change(v, err);
    if (job == NULL)
        return NULL;
    if (!xa_vault_find(v, name, &held)) {
        no_such_key(name, err);
        xa_job_free(&job);
        return NULL;
    }
    job->info = *info;
    job->proof = true;
    return started(v, job);
}

struct xa_vault_job *xa_vault_begin_passwd(struct xa_vault *v, struct xa_secret **passphrase,
                                           struct xa_secret **new_passphrase, struct xa_error *err)
{
    struct xa_vault_job *job = new_job(v, XA_JOB_PASSWD, err);
    if (job == NULL)
        return NULL;
    if (!job_reads_file(job, err)) {
        xa_job_free(&job);
        return NULL;
    }
    job->passphrase = *passphrase;
    job->new_passphrase = *new_passphrase;
    *passphrase = *new_passphrase = NULL;      /* moved */
    return started(v, job);
}

/* --- jobs: end ------------------------------------------------------------------ */

static void adopt(struct xa_vault *v, struct xa_vault_job *job)
{
    xa_secret_free(&v->key);
    xa_secret_free(&v->body);
    v->key = job->key;
    v->body = job->body;
    job->key = job->body = NULL;               /* moved */
    v->fresh = job->kind == XA_JOB_CREATE;
    if (v->fresh) {
        v->wrap = job->wrap;
        v->seen = (struct xa_mark){ .known = false };
    }
}

bool xa_vault_job_end(struct xa_vault *v, struct xa_vault_job **job, struct xa_error *err)
{
    struct xa_vault_job *j = *job;
    assert(j != NULL && j == v->job && j->ran);
    bool ok = j->ok, void_here = j->locks != v->locks;
    if (j->mark.known)
        v->seen = j->mark;
    snprintf(v->warning, sizeof v->warning, "%s", j->warning);
    if (j->key_lost)
        xa_vault_lock(v);
    if (j->adopt && !void_here)
        adopt(v, j);
    if (!ok)
        *err = j->err;
    else if (void_here) {
        xa_fail(err, XA_LOCKED, "the vault was locked meanwhile");
        if (j->kind == XA_JOB_CHANGE || j->kind == XA_JOB_PASSWD)
            xa_why(err, "the change itself was saved");
    }
    v->job = NULL;
    xa_job_free(job);
    return ok && !void_here;
}
