#include "agent/broker/roles_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/broker/roles_disk.h"
#include "agent/broker/roles_edit.h"
#include "proto/limits.h"

struct xa_roles_file {
    char *path;
    struct xa_file_version version;    /* of what was looked at last, good or bad */
    bool looked;
    struct xa_roles *roles;             /* in force                                */
    unsigned generation;                /* of roles                                */
    bool refused;
    struct xa_error fault;
};

struct xa_roles_file *xa_roles_file_new(const char *path, struct xa_error *err)
{
    struct xa_roles_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->path = strdup(path)) == NULL) {
        free(file);
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    return file;
}

void xa_roles_file_free(struct xa_roles_file **file)
{
    if (*file == NULL)
        return;
    xa_roles_free(&(*file)->roles);
    free((*file)->path);
    free(*file);
    *file = NULL;
}

const char *xa_roles_file_path(const struct xa_roles_file *file)
{
    return file->path;
}

unsigned xa_roles_file_generation(const struct xa_roles_file *file)
{
    return file->generation;
}

const struct xa_error *xa_roles_file_fault(const struct xa_roles_file *file)
{
    return file->refused ? &file->fault : NULL;
}

static void take_in_force(struct xa_roles_file *file)
{
    size_t len;
    struct xa_error err;
    char *text = xa_roles_disk_read(file->path, &file->version, &len, &err);
    struct xa_roles *roles = NULL;
    if (text != NULL)
        roles = xa_roles_parse(file->path, (struct xa_slice){ (const uint8_t *)text, len }, &err);
    free(text);
    file->refused = roles == NULL;
    if (roles == NULL) {
        file->fault = err;
        return;
    }
    xa_roles_free(&file->roles);
    file->roles = roles;
    file->generation++;
}

const struct xa_roles *xa_roles_file_current(struct xa_roles_file *file, struct xa_error *err)
{
    struct xa_file_version now = xa_file_version_at(file->path);
    if (!file->looked || !xa_file_version_same(&now, &file->version))
        take_in_force(file);
    file->looked = true;
    return xa_roles_file_in_force(file, err);
}

const struct xa_roles *xa_roles_file_in_force(const struct xa_roles_file *file,
                                              struct xa_error *err)
{
    if (file->roles == NULL && err != NULL)
        *err = file->fault;
    return file->roles;
}

/* --- edits ---------------------------------------------------------------------- */

#define TRIES_MAX 5

struct xa_roles_job {
    char *path;
    const char *type;             /* "source" or "dest", static                    */
    char *name;
    size_t name_len;
    char *keys;                   /* NULL: the section is taken away               */
    bool ran, ok;
    struct xa_error err;
};

void xa_roles_job_free(struct xa_roles_job **job)
{
    if (*job == NULL)
        return;
    free((*job)->path);
    free((*job)->name);
    free((*job)->keys);
    free(*job);
    *job = NULL;
}

static struct xa_roles_job *new_job(const char *path, const char *type, struct xa_slice name,
                                    const char *keys, struct xa_error *err)
{
    struct xa_roles_job *job = calloc(1, sizeof *job);
    if (job != NULL) {
        job->type = strcmp(type, "dest") == 0 ? "dest" : "source";
        job->path = strdup(path);
        job->name = malloc(name.len + 1);
        job->name_len = name.len;
        job->keys = keys != NULL ? strdup(keys) : NULL;
    }
    if (job == NULL || job->path == NULL || job->name == NULL ||
        (keys != NULL && job->keys == NULL)) {
        xa_roles_job_free(&job);
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    if (name.len > 0)
        memcpy(job->name, name.at, name.len);
    return job;
}

static struct xa_slice name_of(const struct xa_roles_job *job)
{
    return (struct xa_slice){ (const uint8_t *)job->name, job->name_len };
}

/* Whether roles, as read from path, let the change be made. */
static bool allows(const struct xa_roles *roles, const char *path, const char *type,
                   struct xa_slice name, bool adds, struct xa_error *err)
{
    bool source = xa_roles_source(roles, name) != NULL;
    bool dest = xa_roles_dest(roles, name) != NULL;
    if (adds && (source || dest))
        return xa_fail(err, XA_NAME_TAKEN, "'%.*s' stands in %s already", (int)name.len,
                       (const char *)name.at, path);
    if (!adds && !(strcmp(type, "dest") == 0 ? dest : source))
        return xa_fail(err, XA_NO_SUCH_NAME, "there is no [%s %.*s] in %s", type, (int)name.len,
                       (const char *)name.at, path);
    return true;
}

static struct xa_roles_job *begin(struct xa_roles_file *file, const char *type,
                                  struct xa_slice name, const char *keys, struct xa_error *err)
{
    const struct xa_roles *roles = xa_roles_file_current(file, err);
    if (roles == NULL)
        return NULL;
    if (file->refused) {
        *err = file->fault;
        return NULL;
    }
    if (!allows(roles, file->path, type, name, keys != NULL, err))
        return NULL;
    return new_job(file->path, type, name, keys, err);
}

struct xa_roles_job *xa_roles_file_begin_add(struct xa_roles_file *file, const char *type,
                                             struct xa_slice name, const char *keys,
                                             struct xa_error *err)
{
    return begin(file, type, name, keys, err);
}

struct xa_roles_job *xa_roles_file_begin_remove(struct xa_roles_file *file, const char *type,
                                                struct xa_slice name, struct xa_error *err)
{
    return begin(file, type, name, NULL, err);
}

/* The text as it stands is read like any other: what is refused is not edited. */
static bool check_old(const struct xa_roles_job *job, struct xa_slice text, struct xa_error *err)
{
    struct xa_roles *roles = xa_roles_parse(job->path, text, err);
    bool ok = roles != NULL &&
              allows(roles, job->path, job->type, name_of(job), job->keys != NULL, err);
    xa_roles_free(&roles);
    return ok;
}

static bool check_new(const struct xa_roles_job *job, struct xa_slice text, struct xa_error *err)
{
    struct xa_roles *roles = xa_roles_parse(job->path, text, err);
    bool ok = roles != NULL;
    xa_roles_free(&roles);
    return ok && (text.len <= XA_CONFIG_FILE_MAX ||
                  xa_fail(err, XA_BAD_CONFIG, "%s would be larger than %d bytes", job->path,
                          XA_CONFIG_FILE_MAX));
}

/* The changed text, checked, which the caller frees; NULL with *err. */
static char *change(const struct xa_roles_job *job, struct xa_slice old, size_t *ret_len,
                    struct xa_error *err)
{
    bool found = true;
    if (!check_old(job, old, err))
        return NULL;
    char *text = job->keys != NULL
                     ? xa_roles_edit_add(old, job->type, name_of(job), job->keys, ret_len)
                     : xa_roles_edit_remove(old, job->type, name_of(job), ret_len, &found);
    if (text == NULL) {
        if (found)
            xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        else
            xa_fail(err, XA_NO_SUCH_NAME, "there is no [%s %.*s] in %s", job->type,
                    (int)job->name_len, job->name, job->path);
        return NULL;
    }
    if (check_new(job, (struct xa_slice){ (const uint8_t *)text, *ret_len }, err))
        return text;
    free(text);
    return NULL;
}

/* One reading and one replacing, under the lock. *ret_moved: an editor saved in
 * between, or was just saving when we read. */
static bool attempt(const struct xa_roles_job *job, const struct xa_roles_lock *lock,
                    bool *ret_moved, struct xa_error *err)
{
    struct xa_file_version version;
    size_t len, new_len;
    *ret_moved = false;
    char *text = xa_roles_disk_read(job->path, &version, &len, err);
    if (text == NULL)
        return false;
    char *changed = change(job, (struct xa_slice){ (const uint8_t *)text, len }, &new_len, err);
    bool ok = changed != NULL && xa_roles_disk_replace(lock, job->path, &version, changed, new_len,
                                                       ret_moved, err);
    if (changed == NULL) {
        struct xa_file_version now = xa_file_version_at(job->path);
        *ret_moved = !xa_file_version_same(&now, &version);
    }
    free(changed);
    free(text);
    return ok;
}

/* The lock is taken anew for every attempt: a link may point elsewhere by now. */
void xa_roles_job_run(struct xa_roles_job *job)
{
    bool moved = true;
    job->ran = true;
    for (int i = 0; i < TRIES_MAX && moved && !job->ok; i++) {
        struct xa_roles_lock lock;
        if (!xa_roles_disk_lock(&lock, job->path, &job->err))
            return;
        job->ok = attempt(job, &lock, &moved, &job->err);
        xa_roles_disk_unlock(&lock);
    }
}

bool xa_roles_job_end(struct xa_roles_file *file, struct xa_roles_job **job, struct xa_error *err)
{
    bool ok = (*job)->ok;
    assert((*job)->ran);
    if (!ok && err != NULL)
        *err = (*job)->err;
    xa_roles_job_free(job);
    xa_roles_file_current(file, NULL);
    return ok;
}
