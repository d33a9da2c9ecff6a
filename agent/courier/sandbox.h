/* The courier's cage: what the process that reads foreign bytes gives up before
 * it reads the first of them (security H7). */
#ifndef XA_AGENT_COURIER_SANDBOX_H
#define XA_AGENT_COURIER_SANDBOX_H

#include "proto/error.h"

struct xa_sandbox {
    unsigned descriptors_max;          /* RLIMIT_NOFILE                             */
};

/* Enters it, for good: no core file, no file grows by its hand, so many
 * descriptors and no more, nothing gained by executing. What is already there
 * must be: a process that others can trace is refused. XA_INTERNAL names what
 * could not be had; nothing is skipped silently. */
bool xa_sandbox_enter(const struct xa_sandbox *sandbox, struct xa_error *err) XA_MUST_CHECK;

#endif
