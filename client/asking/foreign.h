/* Sources whose credentials another program gives: their credential_process, which is
 * found and run here (design.md, section 7). */
#ifndef XA_CLIENT_ASKING_FOREIGN_H
#define XA_CLIENT_ASKING_FOREIGN_H

#include "client/client.h"
#include "proto/message.h"

/* Fails if this client was itself started by a credential_process that xacct runs: its
 * credentials could be the very ones that are asked for. XA_POLICY names the source. */
bool xa_foreign_outside(struct xa_error *err) XA_MUST_CHECK;

/* True if some credential_process is there, in xacct's configuration or in the AWS
 * files. Says nothing about files that are broken. */
bool xa_foreign_possible(const struct xa_client *c);

/* Runs the credential_process of `source`: that of [source NAME], else that of the
 * profile of this name. The slices of *ret borrow xa_output_room, which the caller wipes
 * whether or not this succeeds. deadline_ms is on xa_clock_ms.
 * XA_BAD_CONFIG: there is none, or it cannot be executed; and what xa_process_run,
 * xa_process_output_parse and xa_room_lock say. */
bool xa_foreign_get(const struct xa_client *c, const char *source, int64_t deadline_ms,
                    struct xa_foreign *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
