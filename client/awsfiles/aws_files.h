/* The person's AWS files, read by the client: those that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name, else ~/.aws/config and ~/.aws/credentials (facts
 * 4.1). They can hold keys in clear, so their texts are kept in locked memory and wiped
 * before each function here returns. */
#ifndef XA_CLIENT_AWSFILES_AWS_FILES_H
#define XA_CLIENT_AWSFILES_AWS_FILES_H

#include <sys/stat.h>

#include "proto/limits.h"
#include "proto/profile.h"

struct xa_aws_paths {
    char at[2][XA_PATH_MAX];       /* by enum xa_awsfile_flavour                     */
    bool named;                    /* the environment names another file than the
                                    * home's own                                     */
};

/* Where the two files are, whether or not they are there. A leading `~` or `~/` of a
 * variable's value stands for the home directory, which is HOME, else the password
 * file's. XA_BAD_CONFIG: a path too long for its array, or no home to begin with. */
bool xa_aws_paths_find(struct xa_aws_paths *ret, struct xa_error *err) XA_MUST_CHECK;

/* Both files' texts and what stands in them. Finish it with xa_aws_files_finish, which
 * wipes, whatever became of init. */
struct xa_aws_files {
    struct xa_aws_paths paths;
    struct xa_slice config, credentials;     /* borrow room                            */
    struct stat stats[2];                    /* as read, by enum xa_awsfile_flavour;
                                              * st_nlink 0: not there                  */
    struct xa_profiles *profiles;            /* borrows both                           */
    void *room;
    size_t size;
};

/* Reads both files; one that is not there is empty. XA_BAD_CONFIG: not a file, larger
 * than XA_AWS_FILE_MAX, unreadable, or refused by its grammar (FILE:LINE: why).
 * XA_NO_MEMORY. Memory that the system will not lock is used all the same: the texts
 * lie in the clear on the disk. */
bool xa_aws_files_init(struct xa_aws_files *ret, struct xa_error *err) XA_MUST_CHECK;
void xa_aws_files_finish(struct xa_aws_files *files);

/* For the request's field wish.profile. If the environment names other files than the
 * home's, and the profile `name` stands in them as a role or with credential_process:
 * its chain, a list of struct xa_profile_part (PROTOCOL.md, CREDENTIALS) encoded in
 * room[size], which *ret_list borrows. Else an empty *ret_list: the agent looks by
 * itself. Holds no secret. 8 KiB of room hold any usual chain.
 *
 * An endpoint_url and a ca_bundle go along, and the agent refuses them with the words
 * that are due: to leave them out would be to ask another server than the one meant.
 * XA_BAD_CONFIG: the files are refused, or this profile or one of its chain is wrong
 * (xa_profiles_chain), or room is too small. */
bool xa_aws_files_profile(const char *name, void *room, size_t size, struct xa_slice *ret_list,
                          struct xa_error *err) XA_MUST_CHECK;

/* The credential_process of profile `name`, from whichever files are in force, with a
 * NUL in room[size]. The line is as written: neither split nor expanded.
 * XA_NO_SUCH_NAME: no such profile, or none with a credential_process. XA_BAD_CONFIG:
 * the files are refused, or the line does not fit, or holds what cannot be printed. */
bool xa_aws_files_process(const char *name, char *room, size_t size,
                          struct xa_error *err) XA_MUST_CHECK;

#endif
