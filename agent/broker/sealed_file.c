#include "agent/broker/sealed_file.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/disk.h"

#define SUFFIX ".cache"
#define NEW_SUFFIX ".new"              /* xa_disk_replace's                           */
#define INTERRUPTIONS 100              /* a call is made again after one, not for ever */

struct xa_sealed_file {
    struct xa_place vault, place;
    uint64_t oldest;                   /* what has a lower serial is an older copy    */
    uint64_t issued;                   /* the highest serial given or read so far     */
    unsigned under_way;                /* jobs                                        */
    atomic_uint removals;              /* a save that began before the last is void   */
    bool reported;
    struct xa_error warning;           /* of the last load                            */
};

struct xa_sealed_job {
    struct xa_sealed_file *file;       /* of it, run reads the places and removals    */
    uint8_t *sealed;                   /* NULL: remove                                */
    size_t len;
    uint64_t serial;
    unsigned removals;
    bool ran, ok, placed;
    struct xa_error err;
};

static bool places_init(struct xa_sealed_file *file, const char *vault_path,
                        const struct xa_files *files, struct xa_error *err)
{
    char path[XA_PATH_MAX];
    if (snprintf(path, sizeof path, "%s" SUFFIX, vault_path) >= (int)sizeof path)
        return xa_fail(err, XA_IO, "the path '%s' is too long", vault_path);
    return xa_place_init(&file->vault, files, vault_path, err) &&
           xa_place_init(&file->place, files, path, err);
}

struct xa_sealed_file *xa_sealed_file_new(const char *vault_path, const struct xa_files *files,
                                          struct xa_error *err)
{
    struct xa_sealed_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the sealed cache");
        return NULL;
    }
    if (!places_init(file, vault_path, files != NULL ? files : &xa_files_real, err))
        xa_sealed_file_free(&file);
    return file;
}

void xa_sealed_file_free(struct xa_sealed_file **file)
{
    if (*file == NULL)
        return;
    assert((*file)->under_way == 0);
    free(*file);
    *file = NULL;
}

const char *xa_sealed_file_warning(const struct xa_sealed_file *file)
{
    return file->warning.message;
}

/* --- loading ---------------------------------------------------------------------- */

static bool restore(struct xa_sealed_file *file, struct xa_secret *plain, struct xa_cache *cache,
                    const struct xa_sealed_moment *now, size_t *ret, struct xa_error *err)
{
    struct xa_sealed sealed;
    if (!xa_sealed_decode((struct xa_slice){ xa_secret_open(plain), xa_secret_len(plain) },
                          &sealed, err))
        return false;
    if (sealed.serial < file->oldest)
        return xa_fail(err, XA_VAULT_DAMAGED, "is an older copy");
    if (!xa_sealed_is_past(&sealed.at, now))
        return xa_fail(err, XA_VAULT_DAMAGED, "was written later than the clock says it is");
    file->oldest = sealed.serial;
    if (file->issued < sealed.serial)
        file->issued = sealed.serial;
    *ret = xa_sealed_restore(&sealed, now, cache);
    return true;
}

/* The bytes' faults are told without the file's name. */
static void warn(struct xa_sealed_file *file, const struct xa_error *err)
{
    const char *not_used = "the sealed cache is not used";
    if (err->code == XA_VAULT_DAMAGED)
        xa_fail(&file->warning, err->code, "%s: %s/%s %s", not_used, file->place.dir,
                file->place.name, err->message);
    else
        xa_fail(&file->warning, err->code, "%s: %s", not_used, err->message);
}

static size_t unseal(struct xa_sealed_file *file, struct xa_slice bytes, struct xa_vault *vault,
                     struct xa_cache *cache, const struct xa_sealed_moment *now)
{
    struct xa_error err;
    struct xa_secret *plain = xa_vault_unseal(vault, bytes, &err);
    size_t n = 0;
    bool ok = false;
    if (plain != NULL) {
        ok = restore(file, plain, cache, now, &n, &err);
        xa_secret_shut(plain);
        xa_secret_free(&plain);
    }
    if (!ok)
        warn(file, &err);
    return n;
}

size_t xa_sealed_file_load(struct xa_sealed_file *file, struct xa_vault *vault,
                           struct xa_cache *cache, const struct xa_sealed_moment *now)
{
    struct xa_error err = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0, n = 0;
    file->warning = (struct xa_error){ 0 };
    int dir = xa_disk_open_dir(&file->place, false, &err);
    bool ok = dir >= 0 && xa_disk_read(&file->place, dir, XA_SEALED_FILE_MAX, &bytes, &len, &err);
    xa_disk_close(&file->place, dir);
    if (ok)
        n = unseal(file, (struct xa_slice){ bytes, len }, vault, cache, now);
    else if (err.code != XA_NO_VAULT)
        xa_fail(&file->warning, err.code, "the sealed cache is not used: %s", err.message);
    free(bytes);
    bool bad = file->warning.code != XA_OK;
    if (file->reported)
        file->warning = (struct xa_error){ 0 };
    file->reported = bad;
    return n;
}

/* --- jobs: begin ------------------------------------------------------------------ */

static struct xa_sealed_job *new_job(struct xa_sealed_file *file, struct xa_error *err)
{
    struct xa_sealed_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a job of the sealed cache");
        return NULL;
    }
    job->file = file;
    file->under_way++;
    return job;
}

void xa_sealed_job_free(struct xa_sealed_job **job)
{
    if (*job == NULL)
        return;
    (*job)->file->under_way--;
    free((*job)->sealed);
    free(*job);
    *job = NULL;
}

struct xa_sealed_job *xa_sealed_file_begin_remove(struct xa_sealed_file *file,
                                                  struct xa_error *err)
{
    struct xa_sealed_job *job = new_job(file, err);
    if (job == NULL)
        return NULL;
    atomic_fetch_add(&file->removals, 1);
    file->oldest = ++file->issued;     /* what a copy brought back holds is forgotten */
    return job;
}

static struct xa_sealed_job *new_save(struct xa_sealed_file *file, struct xa_vault *vault,
                                      struct xa_secret *plain, struct xa_error *err)
{
    struct xa_sealed_job *job = new_job(file, err);
    if (job == NULL)
        return NULL;
    if (!xa_vault_seal(vault, plain, &job->sealed, &job->len, err)) {
        xa_sealed_job_free(&job);
        return NULL;
    }
    job->removals = atomic_load(&file->removals);
    job->serial = ++file->issued;
    return job;
}

struct xa_sealed_job *xa_sealed_file_begin_save(struct xa_sealed_file *file,
                                                struct xa_vault *vault,
                                                const struct xa_cache *cache,
                                                const struct xa_sealed_moment *now,
                                                struct xa_error *err)
{
    size_t n = 0;
    if (file->under_way > 0) {
        xa_fail(err, XA_BUSY, "the sealed cache is being saved");
        return NULL;
    }
    struct xa_secret *plain = xa_sealed_encode(cache, now, file->issued + 1, &n, err);
    if (plain == NULL)
        return NULL;
    struct xa_sealed_job *job = n > 0 ? new_save(file, vault, plain, err)
                                      : xa_sealed_file_begin_remove(file, err);
    xa_secret_free(&plain);
    return job;
}

/* --- jobs: run -------------------------------------------------------------------- */

/* Nobody here has the key: that the bytes are the same is all that can be asked. */
static bool same_is_good(void *ctx, struct xa_slice bytes)
{
    (void)ctx;
    (void)bytes;
    return true;
}

static bool save(struct xa_sealed_job *job, int dir, struct xa_error *err)
{
    if (atomic_load(&job->file->removals) != job->removals)
        return true;
    return xa_disk_replace(&job->file->place, dir, (struct xa_slice){ job->sealed, job->len },
                           same_is_good, NULL, &job->placed, err);
}

static int remove_name(const struct xa_place *place, int dir, const char *suffix)
{
    const struct xa_files *f = place->files;
    char name[XA_DISK_NAME_SIZE + sizeof NEW_SUFFIX];
    int rc, tries = INTERRUPTIONS;
    snprintf(name, sizeof name, "%s%s", place->name, suffix);
    do {
        rc = f->remove(f->ctx, dir, name);
    } while (rc == -EINTR && --tries > 0);
    return rc == -ENOENT ? 0 : rc;
}

static int sync_dir(const struct xa_place *place, int dir)
{
    const struct xa_files *f = place->files;
    int rc, tries = INTERRUPTIONS;
    do {
        rc = f->sync(f->ctx, dir);
    } while (rc == -EINTR && --tries > 0);
    return rc;
}

static bool take_away(struct xa_sealed_job *job, int dir, struct xa_error *err)
{
    const struct xa_place *place = &job->file->place;
    int rest = remove_name(place, dir, NEW_SUFFIX), rc = remove_name(place, dir, "");
    if (rc == 0)
        rc = rest;
    if (rc == 0)
        rc = sync_dir(place, dir);
    return rc == 0 || xa_fail(err, XA_IO, "cannot remove the sealed cache %s/%s: %s", place->dir,
                              place->name, strerror(-rc));
}

static bool run(struct xa_sealed_job *job, struct xa_error *err)
{
    const struct xa_place *vault = &job->file->vault;
    int dir = xa_disk_open_dir(vault, false, err);
    if (dir < 0)
        return job->sealed == NULL && err->code == XA_NO_VAULT;
    int lock = xa_disk_lock(vault, dir, err);
    bool ok = lock >= 0 && (job->sealed != NULL ? save(job, dir, err) : take_away(job, dir, err));
    xa_disk_close(vault, lock);
    xa_disk_close(vault, dir);
    return ok;
}

void xa_sealed_job_run(struct xa_sealed_job *job)
{
    assert(!job->ran);
    job->ran = true;
    job->ok = run(job, &job->err);
}

/* --- jobs: end -------------------------------------------------------------------- */

bool xa_sealed_job_end(struct xa_sealed_file *file, struct xa_sealed_job **job,
                       struct xa_error *err)
{
    struct xa_sealed_job *j = *job;
    bool ok = j->ok;
    assert(j->file == file && j->ran);
    if (j->placed && file->oldest < j->serial)
        file->oldest = j->serial;
    if (j->placed)
        file->reported = false;
    if (!ok)
        *err = j->err;
    xa_sealed_job_free(job);
    return ok;
}

/* True: the file is there, or what a killed save left. */
static bool anything_there(const struct xa_sealed_file *file)
{
    struct xa_place rest = file->place;
    size_t len = strlen(rest.name);
    if (xa_disk_exists(&file->place) || len + sizeof NEW_SUFFIX > sizeof rest.name)
        return true;
    memcpy(rest.name + len, NEW_SUFFIX, sizeof NEW_SUFFIX);
    return xa_disk_exists(&rest);
}

bool xa_sealed_remove(const char *vault_path, struct xa_error *err)
{
    struct xa_sealed_file *file = xa_sealed_file_new(vault_path, NULL, err);
    if (file == NULL)
        return false;
    bool ok = !anything_there(file);
    struct xa_sealed_job *job = ok ? NULL : xa_sealed_file_begin_remove(file, err);
    if (job != NULL) {
        xa_sealed_job_run(job);
        ok = xa_sealed_job_end(file, &job, err);
    }
    xa_sealed_file_free(&file);
    return ok;
}
