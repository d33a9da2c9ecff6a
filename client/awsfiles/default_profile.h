/* A [default] profile that the SDKs would take before the endpoint that `exec --server` gives
 * (facts 6.1): the person would work in another account than the one in front of them. */
#ifndef XA_CLIENT_AWSFILES_DEFAULT_PROFILE_H
#define XA_CLIENT_AWSFILES_DEFAULT_PROFILE_H

struct xa_aws_files;

/* The key by which [default] yields credentials of its own; NULL: it does not. */
const char *xa_default_profile_key(const struct xa_aws_files *files);

/* Warns of one that yields credentials of its own, and says what to do. Files that cannot be
 * read are passed over: the SDKs will say so. */
void xa_default_profile_warn(void);

#endif
