/* A session policy that stands in a file: `policy = file://PATH`. */
#ifndef XA_AGENT_BROKER_POLICY_FILE_H
#define XA_AGENT_BROKER_POLICY_FILE_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* Reads the file that `policy` names into room: PATH absolute, or relative to the
 * directory of the configuration. Line ends and tabs become blanks, which JSON takes
 * for the same. XA_BAD_CONFIG: not file://, not there, not a file of ours that only we
 * may write (G1), longer than XA_POLICY_MAX, not text. */
bool xa_policy_file_read(struct xa_slice policy, const char *config_path,
                         char room[XA_POLICY_MAX + 1], size_t *ret_len,
                         struct xa_error *err) XA_MUST_CHECK;

#endif
