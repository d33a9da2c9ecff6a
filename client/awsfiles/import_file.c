#include "client/awsfiles/import_file.h"

struct cleaned {
    struct xa_aws_new what;
    const struct xa_clean_file *file;
    const struct xa_clean_key *keys;
    size_t n_keys;
};

static bool clean_text(const struct xa_aws_new *what, xa_aws_keep_fn *keep, void *ctx)
{
    const struct cleaned *c = (const void *)what;      /* its first member */
    return xa_clean_rewrite(c->file->text, c->file->flavour, c->keys, c->n_keys, keep, ctx);
}

bool xa_clean_file_write(const struct xa_clean_file *file, const struct xa_clean_key *keys,
                         size_t n_keys, char ret_backup[XA_PATH_MAX], struct xa_error *err)
{
    const struct xa_aws_file as_read = { file->path, file->as_read, file->text };
    const struct cleaned cleaned = { { clean_text }, file, keys, n_keys };
    return xa_aws_rewrite(&as_read, &cleaned.what, ret_backup, err);
}
