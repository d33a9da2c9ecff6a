/* Putting a changed AWS file in the place of the old one, losing nothing. */
#ifndef XA_CLIENT_AWSFILES_AWS_REWRITE_H
#define XA_CLIENT_AWSFILES_AWS_REWRITE_H

#include <sys/stat.h>

#include "proto/limits.h"
#include "proto/wire.h"
#include "proto/error.h"

#define XA_AWS_BACKUP ".bak-xacct"

/* Takes a part of a text; false stops whoever hands it on. */
typedef bool xa_aws_keep_fn(struct xa_slice part, void *ctx);

/* A file as it was read. */
struct xa_aws_file {
    const char *path;
    struct stat as_read;           /* st_nlink 0: it is not there                       */
    struct xa_slice text;
};

/* The new text: handed to keep part by part and in order. Returns false if keep did. */
struct xa_aws_new {
    bool (*text)(const struct xa_aws_new *what, xa_aws_keep_fn *keep, void *ctx);
};

/* Writes the new text, and beside it FILE.bak-xacct: the old one without its secret lines
 * (client/awsfiles/import_clean.h), mode 0600. Both go to a temporary file first, are synced and
 * renamed, the backup before; the file keeps its mode and group, and one that is a symbolic
 * link stays one: the file that it leads to is written, and the backup lies beside that.
 * What an earlier run left that was killed goes.
 * ret_backup is the backup's path; "" if there was no file, which is made then, 0600, in a
 * directory of 0700.
 *
 * On failure the file is as it was: XA_IO (its own words; or it was changed since it was
 * read). */
bool xa_aws_rewrite(const struct xa_aws_file *file, const struct xa_aws_new *what,
                    char ret_backup[XA_PATH_MAX], struct xa_error *err) XA_MUST_CHECK;

#endif
