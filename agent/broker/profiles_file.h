/* The person's ~/.aws/config as it is (design.md, section 7): read again when it has
 * changed, kept when the present one is refused. The credentials file is no business of
 * the agent's, and secrets that stand in the config file are overwritten in memory before
 * anything is made of its text. */
#ifndef XA_AGENT_BROKER_PROFILES_FILE_H
#define XA_AGENT_BROKER_PROFILES_FILE_H

#include "proto/profile.h"

struct xa_profiles_file;

/* path is copied; "" is a file that is not there. No file is no profiles.
 * NULL: XA_NO_MEMORY. */
struct xa_profiles_file *xa_profiles_file_new(const char *path,
                                              struct xa_error *err) XA_MUST_CHECK;
void xa_profiles_file_free(struct xa_profiles_file **file);    /* NULL is fine */
const char *xa_profiles_file_path(const struct xa_profiles_file *file);

/* What is in force, after a look at the file: mtime, size and inode. NULL with *err if
 * no version of it could ever be read: refused by its grammar, not a file, larger than
 * XA_AWS_FILE_MAX, another's, or writable by others (G1): XA_BAD_CONFIG; XA_NO_MEMORY.
 * Valid until the next call. */
const struct xa_profiles *xa_profiles_file_current(struct xa_profiles_file *file,
                                                   struct xa_error *err);

/* What is in force, as the last look found it; as above. */
const struct xa_profiles *xa_profiles_file_in_force(const struct xa_profiles_file *file,
                                                    struct xa_error *err);

/* How often another version has come into force. */
unsigned xa_profiles_file_generation(const struct xa_profiles_file *file);

/* Why the file as it stands is refused, or NULL if it is in force. */
const struct xa_error *xa_profiles_file_fault(const struct xa_profiles_file *file);

#endif
