/* How the vault's jobs begin and end: on the loop, around what job.c does anywhere. */
#include "agent/vault/held.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
struct xa_vault_job *xa_held_started(struct xa_vault *v, struct xa_vault_job *job)
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
    return xa_held_started(v, job);
}

struct xa_vault_job *xa_held_new_change(struct xa_vault *v, enum xa_change_kind kind,
                                        struct xa_error *err)
{
    if (v->key == NULL) {
        xa_held_locked(err);
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
    job->change.kind = kind;
    return job;
}

struct xa_vault_job *xa_held_new_change_of(struct xa_vault *v, enum xa_change_kind kind,
                                           struct xa_slice name, struct xa_error *err)
{
    struct xa_vault_info held;
    struct xa_vault_job *job = xa_held_new_change(v, kind, err);
    if (job == NULL)
        return NULL;
    if (!xa_vault_find(v, name, &held)) {
        xa_held_no_such_key(name, err);
        xa_job_free(&job);
        return NULL;
    }
    memcpy(job->change.info.name, held.name, sizeof held.name);
    return job;
}

bool xa_held_key_valid(const struct xa_vault_info *info, struct xa_secret *secret,
                       struct xa_error *err)
{
    struct xa_entry entry = {
        .name = xa_slice_of(info->name), .access_key_id = xa_slice_of(info->access_key_id),
        .secret = { xa_secret_open(secret), xa_secret_len(secret) },
        .account = xa_slice_of(info->account), .arn = xa_slice_of(info->arn),
        .created_at = info->created_at,
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
    if (!xa_held_key_valid(info, *secret, err))
        return NULL;
    if (xa_vault_find(v, xa_slice_of(info->name), &held)) {
        xa_fail(err, XA_NAME_TAKEN, "the vault holds a key '%s' already", info->name);
        return NULL;
    }
    struct xa_vault_job *job = xa_held_new_change(v, XA_CHANGE_ADD, err);
    if (job == NULL)
        return NULL;
    job->change.info = *info;
    job->change.secret = *secret;
    *secret = NULL;              /* moved */
    return xa_held_started(v, job);
}

struct xa_vault_job *xa_vault_begin_remove(struct xa_vault *v, struct xa_slice name,
                                           struct xa_error *err)
{
    struct xa_vault_job *job = xa_held_new_change_of(v, XA_CHANGE_REMOVE, name, err);
    return job != NULL ? xa_held_started(v, job) : NULL;
}

struct xa_vault_job *xa_vault_begin_prove(struct xa_vault *v, const struct xa_vault_info *info,
                                          struct xa_error *err)
{
    struct xa_vault_job *job =
        xa_held_new_change_of(v, XA_CHANGE_PROVE, xa_slice_of(info->name), err);
    if (job == NULL)
        return NULL;
    job->change.info = *info;
    return xa_held_started(v, job);
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
    return xa_held_started(v, job);
}

/* --- jobs: end ------------------------------------------------------------------ */

static void adopt(struct xa_vault *v, struct xa_vault_job *job)
{
    xa_secret_free(&v->key);
    xa_secret_free(&v->body);
    v->key = job->key;
    v->body = job->body;
    v->bodies++;
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
