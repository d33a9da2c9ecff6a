/* Taking stored keys out of an AWS file: which lines go, and which stay byte for byte. */
#ifndef XA_CLIENT_AWSFILES_IMPORT_CLEAN_H
#define XA_CLIENT_AWSFILES_IMPORT_CLEAN_H

#include "client/awsfiles/aws_rewrite.h"
#include "proto/profile.h"

/* A key that the vault holds, as the file has it. Slices are borrowed. */
struct xa_clean_key { struct xa_slice name, access_key_id, secret; };

/* True if the key's lines can go without putting another in force: each line of the
 * profile, in both files, that sets half a key has this one's value. XA_BAD_CONFIG names
 * the line that has another. */
bool xa_clean_possible(const struct xa_profiles *profiles, const struct xa_clean_key *key,
                       struct xa_error *err) XA_MUST_CHECK;

/* Hands to keep all of the text but the lines that set aws_access_key_id or
 * aws_secret_access_key of a key's profile to just this value. The text has been read
 * before. Returns false if keep did. */
bool xa_clean_rewrite(struct xa_slice text, enum xa_awsfile_flavour flavour,
                      const struct xa_clean_key *keys, size_t n_keys, xa_aws_keep_fn *keep,
                      void *ctx) XA_MUST_CHECK;

/* How many lines would go. */
size_t xa_clean_count(struct xa_slice text, enum xa_awsfile_flavour flavour,
                      const struct xa_clean_key *keys, size_t n_keys);

/* The line of what stays, from 1, on which one of the keys' secrets still stands: in a
 * comment, or in a section that does not count. 0: none. *ret says whose it is. */
size_t xa_clean_remains(struct xa_slice text, enum xa_awsfile_flavour flavour,
                        const struct xa_clean_key *keys, size_t n_keys,
                        const struct xa_clean_key **ret);

/* Hands to keep all of the text but every line that sets a secret, whosever, even one
 * that is commented out. */
bool xa_clean_backup(struct xa_slice text, xa_aws_keep_fn *keep, void *ctx) XA_MUST_CHECK;

#endif
