/* passphrase_command of the [agent] section in xacct's configuration: read and run
 * here, when it is needed; the agent executes nothing (design.md, section 7). */
#ifndef XA_CLIENT_PASSPHRASE_COMMAND_H
#define XA_CLIENT_PASSPHRASE_COMMAND_H

#include "client/room.h"

/* True if the file has one. Says nothing about a file that is broken: the agent
 * does. */
bool xa_passphrase_command_there(const char *config_path);

/* Runs it, by execvp and with nothing on its standard input, and takes the first
 * line that it prints. XA_BAD_CONFIG: the file is not ours or root's alone to write,
 * or it or the command does not parse; XA_NOT_ASKED: the command fails or prints
 * nothing. */
bool xa_passphrase_command_read(const char *config_path, int64_t deadline_ms,
                                struct xa_phrase *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
