/* What would change in a file of which one part is replaced, as a unified diff. */
#ifndef XA_CLIENT_AWSFILES_AWS_DIFF_H
#define XA_CLIENT_AWSFILES_AWS_DIFF_H

#include "client/base/output.h"

/* Appends the difference of two texts to o as diff -u shows it, with path as the name of
 * both; nothing if they are the same. All that differs is one hunk: what both begin and end
 * with is left out but for three lines of it. */
void xa_aws_diff(struct xa_out *o, const char *path, struct xa_slice old, struct xa_slice fresh);

#endif
