/* The agent's log: one line an event, no secret at any level (G4). To stderr, or
 * to a file of at most 1 MiB with one predecessor (design.md, section 5). */
#ifndef XA_AGENT_LOG_H
#define XA_AGENT_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/attr.h"
#include "proto/error.h"

enum xa_log_level { XA_LOG_ERROR, XA_LOG_WARNING, XA_LOG_INFO, XA_LOG_DEBUG };

/* Lines go to stderr until this is called. Makes dir/agent.log, mode 0600.
 * XA_IO: then stderr stays. */
bool xa_log_to_file(const char *dir, struct xa_error *err) XA_MUST_CHECK;

void xa_log_set_level(enum xa_log_level level);

/* Control characters in the text are replaced. A target that is full, gone or
 * blocked never holds the loop up: the line is dropped and counted (R5). */
void xa_log(enum xa_log_level level, const char *fmt, ...) XA_PRINTF(2, 3);

/* Logs a failure with its code's name, once, by whoever ends the request. */
void xa_log_error(const char *what, const struct xa_error *err);

#endif
