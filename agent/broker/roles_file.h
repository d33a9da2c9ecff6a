/* The configuration file in force: read again when it has changed, kept when the
 * new one cannot be read (design.md, section 7). */
#ifndef XA_AGENT_BROKER_ROLES_FILE_H
#define XA_AGENT_BROKER_ROLES_FILE_H

#include "agent/broker/roles.h"

struct xa_roles_file;

/* path is copied. No file is an empty configuration. */
struct xa_roles_file *xa_roles_file_new(const char *path, struct xa_error *err) XA_MUST_CHECK;
void xa_roles_file_free(struct xa_roles_file **file);    /* NULL is fine */
const char *xa_roles_file_path(const struct xa_roles_file *file);

/* What is in force, after a look at the file: mtime, size and inode. NULL with
 * *err if no version of it could ever be read. Valid until the next call. */
const struct xa_roles *xa_roles_file_current(struct xa_roles_file *file, struct xa_error *err);

/* What is in force, as the last look found it; as above. */
const struct xa_roles *xa_roles_file_in_force(const struct xa_roles_file *file,
                                              struct xa_error *err);

/* How often another version has come into force: what was made of an older one may be
 * wrong. */
unsigned xa_roles_file_generation(const struct xa_roles_file *file);

/* Why the file as it stands is refused, or NULL if it is in force. */
const struct xa_error *xa_roles_file_fault(const struct xa_roles_file *file);

/* --- edits ----------------------------------------------------------------------
 *
 * An edit waits for a lock and for the disk, so it is a job in three steps, like
 * the vault's:
 *
 *     job = xa_roles_file_begin_…(file, …)   on the loop: copies what it needs
 *     xa_roles_job_run(job)                  anywhere, once: touches the job only
 *     xa_roles_job_end(file, &job, …)        on the loop: looks at the file again, frees
 *
 * Any number may be under way. Each reads the file under the lock `<file>.lock`,
 * makes the new text, checks that it can be read, writes it beside the old one and
 * renames; every other byte stays. What an editor saves meanwhile is read again
 * and kept. The directory is made if it has to be.
 * Errors of begin, by what is in force, and of end, by what the file says then:
 * XA_BAD_CONFIG (also when the file as it stands is refused), XA_NAME_TAKEN,
 * XA_NO_SUCH_NAME, XA_NO_MEMORY; of end also XA_IO. */

struct xa_roles_job;

/* To add [TYPE NAME] with the lines of `keys` ("key = value\n", each checked by
 * the reader like any other). type is "source" or "dest". */
struct xa_roles_job *xa_roles_file_begin_add(struct xa_roles_file *file, const char *type,
                                             struct xa_slice name, const char *keys,
                                             struct xa_error *err) XA_MUST_CHECK;

/* To take [TYPE NAME] and its lines away. */
struct xa_roles_job *xa_roles_file_begin_remove(struct xa_roles_file *file, const char *type,
                                                struct xa_slice name,
                                                struct xa_error *err) XA_MUST_CHECK;

void xa_roles_job_run(struct xa_roles_job *job);

/* True: the file is as the job wanted it. Frees the job (sets *job to NULL). */
bool xa_roles_job_end(struct xa_roles_file *file, struct xa_roles_job **job,
                      struct xa_error *err) XA_MUST_CHECK;

/* Instead of running and ending it. NULL is fine. */
void xa_roles_job_free(struct xa_roles_job **job);

#endif
