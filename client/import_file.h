/* Putting a cleaned AWS file in the place of the old one, losing nothing. */
#ifndef XA_CLIENT_IMPORT_FILE_H
#define XA_CLIENT_IMPORT_FILE_H

#include <sys/stat.h>

#include "client/import_clean.h"
#include "proto/limits.h"

#define XA_CLEAN_BACKUP ".bak-xacct"

/* A file as it was read. */
struct xa_clean_file {
    const char *path;
    struct stat as_read;
    struct xa_slice text;
    enum xa_awsfile_flavour flavour;
};

/* Writes the file anew without these keys, and beside it FILE.bak-xacct: the old text
 * without its secret lines, mode 0600. Both go to a temporary file first, are synced and
 * renamed, the backup before; the file keeps its mode and group, and one that is a
 * symbolic link stays one: the file that it leads to is written, and the backup lies
 * beside that. ret_backup is the backup's path.
 *
 * On failure the file is as it was: XA_IO (its own words; or it was changed since it was
 * read). */
bool xa_clean_file_write(const struct xa_clean_file *file, const struct xa_clean_key *keys,
                         size_t n_keys, char ret_backup[XA_PATH_MAX],
                         struct xa_error *err) XA_MUST_CHECK;

#endif
