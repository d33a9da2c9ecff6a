#include "agent/vault/job.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/body.h"

bool xa_job_bad_passphrase(struct xa_error *err)
{
    return xa_fail(err, XA_BAD_PASSPHRASE, "wrong passphrase, or the vault's content is damaged");
}

void xa_job_free(struct xa_vault_job **job)
{
    struct xa_vault_job *j = *job;
    if (j == NULL)
        return;
    xa_secret_free(&j->passphrase);
    xa_secret_free(&j->new_passphrase);
    xa_secret_free(&j->change.secret);
    xa_secret_free(&j->key);
    xa_secret_free(&j->body);
    free(j->file);
    free(j);
    *job = NULL;
}

/* --- from passphrase to data key ------------------------------------------------ */

static bool derive(struct xa_vault_job *job, struct xa_secret *passphrase, const uint8_t *salt,
                   struct xa_kdf_cost cost, uint8_t out[XA_KDF_OUT], struct xa_error *err)
{
    bool ok = job->site->kdf(out, xa_secret_open(passphrase), xa_secret_len(passphrase), salt,
                             cost.t, cost.m_kib);
    xa_secret_shut(passphrase);
    return ok || xa_fail(err, XA_NO_MEMORY, "no memory for the key derivation, which needs %u MiB",
                         cost.m_kib / 1024);
}

static struct xa_secret *random_key(struct xa_error *err)
{
    struct xa_secret *key = xa_secret_new(XA_STORE_KEY, err);
    if (key != NULL) {
        xa_random(xa_secret_fill(key), XA_STORE_KEY);
        xa_secret_seal(key);
    }
    return key;
}

static void wrap_key(struct xa_vault_job *job, struct xa_kdf_cost cost, const uint8_t *salt,
                     const uint8_t derived[XA_KDF_OUT])
{
    xa_store_wrap_new(cost, salt, derived, xa_secret_open(job->key), &job->wrap);
    xa_secret_shut(job->key);
    job->has_wrap = true;
}

/* Fills job->key from the file as it was when the job began. */
static bool unwrap(struct xa_vault_job *job, struct xa_error *err)
{
    uint8_t derived[XA_KDF_OUT];
    if (!derive(job, job->passphrase, job->store.salt, job->store.cost, derived, err)) {
        xa_wipe(derived, sizeof derived);
        return false;
    }
    job->key = xa_secret_new(XA_STORE_KEY, err);
    bool made = job->key != NULL;
    bool ok = made && xa_store_unwrap(&job->store, derived, xa_secret_fill(job->key));
    if (made)
        xa_secret_seal(job->key);
    xa_wipe(derived, sizeof derived);
    return ok || (made && xa_job_bad_passphrase(err));
}

/* Wraps job->key by a passphrase at today's cost; a vault that asks for less was
 * made where memory is short, and its own cost is the second choice. */
static bool wrap_by(struct xa_vault_job *job, struct xa_secret *passphrase, bool settle,
                    struct xa_error *err)
{
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT];
    struct xa_kdf_cost cost = xa_kdf_raised(job->store.cost);
    xa_random(salt, sizeof salt);
    bool ok = derive(job, passphrase, salt, cost, derived, err);
    if (!ok && settle) {
        cost = job->store.cost;
        ok = derive(job, passphrase, salt, cost, derived, err);
    }
    if (ok)
        wrap_key(job, cost, salt, derived);
    xa_wipe(derived, sizeof derived);
    return ok;
}

/* --- the jobs ------------------------------------------------------------------- */

static void keep_warning(struct xa_vault_job *job, const struct xa_session *s)
{
    if (s->warning[0] != '\0')
        snprintf(job->warning, sizeof job->warning, "%s", s->warning);
}

static bool create(struct xa_vault_job *job, struct xa_error *err)
{
    uint8_t derived[XA_KDF_OUT], salt[XA_KDF_SALT];
    struct xa_kdf_cost cost;
    xa_random(salt, sizeof salt);
    bool ok = xa_kdf_calibrate(job->site->kdf, job->site->clock, xa_secret_open(job->passphrase),
                               xa_secret_len(job->passphrase), salt, derived, &cost);
    xa_secret_shut(job->passphrase);
    if (!ok) {
        xa_wipe(derived, sizeof derived);
        return xa_fail(err, XA_NO_MEMORY, "no memory for the key derivation, which needs %u MiB",
                       XA_KDF_M_FLOOR_KIB / 1024);
    }
    job->key = random_key(err);
    job->body = job->key != NULL ? xa_body_new(err) : NULL;
    if (job->body != NULL)
        wrap_key(job, cost, salt, derived);
    xa_wipe(derived, sizeof derived);
    return job->body != NULL;
}

/* Writes what the unlock found out: the costlier wrap, and the generation. Not
 * being able to does not keep the vault shut, but for a rollback that is accepted:
 * what is not written down would be refused again by the next save. */
static bool unlock_writes(struct xa_vault_job *job, struct xa_session *s, struct xa_error *err)
{
    struct xa_error cause;
    if (s->lock < 0)
        return !job->accept_rollback ||
               xa_fail(err, XA_IO, "accepting an older vault needs writing: %s", s->warning);
    if (job->has_wrap && !xa_session_save(s, &job->wrap, job->key, s->body, &cause))
        xa_session_warn(s, "the vault's key derivation could not be brought up to date", &cause);
    if (xa_session_remember(s, job->key, &cause))
        return true;
    if (job->accept_rollback) {
        *err = cause;
        return false;
    }
    xa_session_warn(s, "an older copy of the vault would not be noticed", &cause);
    return true;
}

static bool unlock_file(struct xa_vault_job *job, struct xa_session *s, struct xa_error *err)
{
    if (!xa_session_begin_to_read(s, job->site, err))
        return false;
    if (!xa_session_load(s, job->key, err)) {
        if (err->code == XA_LOCKED)
            xa_job_bad_passphrase(err);
        return false;
    }
    if (!job->accept_rollback && !xa_session_check(s, job->key, &job->seen, err))
        return false;
    return unlock_writes(job, s, err);
}

static bool unlock(struct xa_vault_job *job, struct xa_error *err)
{
    if (!unwrap(job, err))
        return false;
    struct xa_error cause;
    if (xa_kdf_weak(job->store.cost) && !wrap_by(job, job->passphrase, false, &cause))
        snprintf(job->warning, sizeof job->warning, "%s", cause.message);
    xa_secret_free(&job->passphrase);       /* not a moment longer than it is needed */
    struct xa_session s;
    bool ok = unlock_file(job, &s, err);
    if (ok) {
        job->mark = s.mark;
        job->body = s.body;
        s.body = NULL;           /* moved */
    }
    keep_warning(job, &s);
    xa_session_end(&s);
    return ok;
}

/* The file as it is now, if there should be one, opened by the key and not older
 * than what was seen. */
static bool load_current(struct xa_vault_job *job, struct xa_session *s, struct xa_secret *key,
                         struct xa_error *err)
{
    if (!xa_session_begin(s, job->site, job->fresh, err))
        return false;
    if (job->fresh) {
        if (xa_disk_exists(&job->site->vault))
            return xa_fail(err, XA_NAME_TAKEN, "another process made a vault meanwhile: %s/%s",
                           job->site->vault.dir, job->site->vault.name);
        s->body = xa_body_new(err);
        return s->body != NULL;
    }
    if (!xa_session_load(s, key, err)) {
        job->key_lost = err->code == XA_LOCKED;
        return false;
    }
    return xa_session_check(s, key, &job->seen, err);
}

static struct xa_secret *changed_body(struct xa_vault_job *job, struct xa_session *s,
                                      struct xa_error *err)
{
    struct xa_slice body = { xa_secret_open(s->body), xa_secret_len(s->body) };
    struct xa_secret *changed = xa_change_apply(&job->change, body, err);
    xa_secret_shut(s->body);
    return changed;
}

/* Writes the body, then notes the new generation: from here nothing fails. */
static bool save(struct xa_vault_job *job, struct xa_session *s, struct xa_secret *body,
                 struct xa_error *err)
{
    struct xa_error cause;
    bool ok = xa_session_save(s, job->has_wrap ? &job->wrap : NULL, job->key, body, err);
    job->adopt = s->saved;
    if (s->saved)
        job->mark = s->mark;
    if (!ok)
        return false;
    if (job->fresh)
        xa_disk_sync_parents(&job->site->vault);
    if (!xa_session_remember(s, job->key, &cause))
        xa_session_warn(s, "an older copy of the vault would not be noticed", &cause);
    return true;
}

/* A change that cannot be made tells that the vault's memory is behind the file: it is
 * brought up to it, or the next attempt would begin from the same error. */
static void catch_up(struct xa_vault_job *job, struct xa_session *s)
{
    if (job->fresh)
        return;                  /* there is no file to be behind of */
    job->body = s->body;
    s->body = NULL;              /* moved */
    job->mark = s->mark;
    job->adopt = true;
}

static bool change(struct xa_vault_job *job, struct xa_error *err)
{
    struct xa_session s;
    bool ok = load_current(job, &s, job->key, err);
    if (ok) {
        job->body = changed_body(job, &s, err);
        ok = job->body != NULL && save(job, &s, job->body, err);
        if (job->body == NULL)
            catch_up(job, &s);
    }
    keep_warning(job, &s);
    xa_session_end(&s);
    return ok;
}

/* The old data key opens the file once more, under the lock; then it is gone. */
static bool passwd(struct xa_vault_job *job, struct xa_error *err)
{
    if (!unwrap(job, err))
        return false;
    xa_secret_free(&job->passphrase);
    struct xa_secret *old_key = job->key;
    job->key = random_key(err);
    bool ok = job->key != NULL && wrap_by(job, job->new_passphrase, true, err);
    xa_secret_free(&job->new_passphrase);
    struct xa_session s;
    if (ok) {
        ok = load_current(job, &s, old_key, err) && save(job, &s, s.body, err);
        job->body = s.body;
        s.body = NULL;           /* moved */
        keep_warning(job, &s);
        xa_session_end(&s);
    }
    xa_secret_free(&old_key);
    return ok;
}

void xa_vault_job_run(struct xa_vault_job *job)
{
    assert(!job->ran);
    job->ran = true;
    switch (job->kind) {
    case XA_JOB_CREATE: job->ok = create(job, &job->err); break;
    case XA_JOB_UNLOCK: job->ok = unlock(job, &job->err); break;
    case XA_JOB_CHANGE: job->ok = change(job, &job->err); break;
    case XA_JOB_PASSWD: job->ok = passwd(job, &job->err); break;
    }
    job->adopt = job->adopt || job->ok;
    xa_secret_free(&job->passphrase);
    xa_secret_free(&job->new_passphrase);
    xa_secret_free(&job->change.secret);
}
