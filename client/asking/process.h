/* Runs a credential_process to its end (facts 5.1) and takes all that it prints. */
#ifndef XA_CLIENT_ASKING_PROCESS_H
#define XA_CLIENT_ASKING_PROCESS_H

#include "client/base/room.h"

/* Says in a process's environment for which source it was started. */
#define XA_PROCESS_VARIABLE "XACCT_FOREIGN"

/* Runs argv[0], looked up in PATH, by execvp and with nothing on its standard input.
 * What it prints is in xa_output_room then, and the caller wipes it. Its standard error
 * is shown only if it fails: the end of it is err->why. Time is up at deadline_ms, on
 * xa_clock_ms.
 *
 * XA_BAD_CONFIG: it cannot be executed. XA_IO: it ended with another status than 0, or
 * printed more than the room holds; no pipe or process. XA_TIMED_OUT. */
bool xa_process_run(char *const *argv, const char *source, int64_t deadline_ms,
                    struct xa_error *err) XA_MUST_CHECK;

#endif
