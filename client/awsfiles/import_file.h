/* An AWS file without the keys that the vault has now. */
#ifndef XA_CLIENT_AWSFILES_IMPORT_FILE_H
#define XA_CLIENT_AWSFILES_IMPORT_FILE_H

#include "client/awsfiles/aws_rewrite.h"
#include "client/awsfiles/import_clean.h"

/* A file as it was read. */
struct xa_clean_file {
    const char *path;
    struct stat as_read;
    struct xa_slice text;
    enum xa_awsfile_flavour flavour;
};

/* Writes the file anew without these keys, as xa_aws_rewrite does. */
bool xa_clean_file_write(const struct xa_clean_file *file, const struct xa_clean_key *keys,
                         size_t n_keys, char ret_backup[XA_PATH_MAX],
                         struct xa_error *err) XA_MUST_CHECK;

#endif
