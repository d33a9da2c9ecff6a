#include "agent/broker/profiles_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/broker/roles_disk.h"
#include "proto/limits.h"

/* Files are read by one function, which has one limit. */
#if XA_AWS_FILE_MAX != XA_CONFIG_FILE_MAX
#error "one limit for both configurations"
#endif

struct xa_profiles_file {
    char *path;
    struct xa_file_version version;    /* of what was looked at last, good or bad */
    bool looked;
    char *text;                         /* in force; the profiles borrow it        */
    struct xa_profiles *profiles;
    unsigned generation;                /* of profiles                             */
    bool refused;
    struct xa_error fault;
};

struct xa_profiles_file *xa_profiles_file_new(const char *path, struct xa_error *err)
{
    struct xa_profiles_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->path = strdup(path)) == NULL) {
        free(file);
        xa_fail(err, XA_NO_MEMORY, "no memory for the AWS configuration");
        return NULL;
    }
    return file;
}

void xa_profiles_file_free(struct xa_profiles_file **file)
{
    if (*file == NULL)
        return;
    xa_profiles_free(&(*file)->profiles);
    free((*file)->text);
    free((*file)->path);
    free(*file);
    *file = NULL;
}

const char *xa_profiles_file_path(const struct xa_profiles_file *file)
{
    return file->path;
}

const struct xa_error *xa_profiles_file_fault(const struct xa_profiles_file *file)
{
    return file->refused ? &file->fault : NULL;
}

/* --- secrets in the text ------------------------------------------------------------ */

static void cross_out(struct xa_slice part, char *text)
{
    char *at = part.len > 0 ? text + ((const char *)part.at - text) : NULL;
    for (size_t i = 0; i < part.len; i++)
        if (strchr(" \t\r\n", at[i]) == NULL)
            at[i] = 'x';
}

/* Overwrites each secret's value, and the indented lines that continue it. A profile
 * is still known to have a key; lines and their '=' stay where they are. */
static void cross_out_secrets(char *text, size_t len)
{
    bool in_secret = false;
    struct xa_slice key, value;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t whole = end != NULL ? (size_t)(end - (text + at)) + 1 : len - at;
        struct xa_slice line = { (const uint8_t *)text + at, whole };
        bool indented = text[at] == ' ' || text[at] == '\t';
        if (xa_awsfile_line_secret(line, &value)) {
            in_secret = true;
            cross_out(value, text);
        } else if (in_secret && indented) {
            cross_out(xa_awsfile_split(line, &key, &value) ? value : line, text);
        } else {
            in_secret = false;
        }
        at += whole;
    }
}

/* --- the file in force -------------------------------------------------------------- */

static void take_in_force(struct xa_profiles_file *file)
{
    size_t len;
    struct xa_error err;
    struct xa_profiles *profiles = NULL;
    char *text = xa_roles_disk_read(file->path, &file->version, &len, &err);
    if (text != NULL) {
        cross_out_secrets(text, len);
        profiles = xa_profiles_new(
            (struct xa_profiles_text){ file->path, { (const uint8_t *)text, len } },
            (struct xa_profiles_text){ 0 }, &err);
    }
    file->refused = profiles == NULL;
    if (profiles == NULL) {
        free(text);
        file->fault = err;
        return;
    }
    xa_profiles_free(&file->profiles);
    free(file->text);
    file->profiles = profiles;
    file->generation++;
    file->text = text;
}

const struct xa_profiles *xa_profiles_file_current(struct xa_profiles_file *file,
                                                   struct xa_error *err)
{
    struct xa_file_version now = xa_file_version_at(file->path);
    if (!file->looked || !xa_file_version_same(&now, &file->version))
        take_in_force(file);
    file->looked = true;
    return xa_profiles_file_in_force(file, err);
}

const struct xa_profiles *xa_profiles_file_in_force(const struct xa_profiles_file *file,
                                                    struct xa_error *err)
{
    if (file->profiles == NULL && err != NULL)
        *err = file->fault;
    return file->profiles;
}

unsigned xa_profiles_file_generation(const struct xa_profiles_file *file)
{
    return file->generation;
}
