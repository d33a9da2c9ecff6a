/* What a process of ours does to itself before it does anything else (security,
 * H1 to H4), and what the kernel says of it afterwards. */
#ifndef XA_AGENT_HARDEN_H
#define XA_AGENT_HARDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"

/* If the environment holds LD_* or GLIBC_TUNABLES, executes this program again
 * without them and does not return. What a preloaded library did before that is
 * not undone. XA_AGENT_UNUSABLE: it could not be executed. */
bool xa_harden_reexec(char **argv, struct xa_error *err) XA_MUST_CHECK;

/* Undumpable, core limit 0, no new privileges, descriptor limit raised. Refuses a
 * tracer and set-uid rights. XA_AGENT_UNUSABLE. Call before the fork that makes
 * the serving process: a memory handle opened earlier keeps working (H1). */
bool xa_harden_self(struct xa_error *err) XA_MUST_CHECK;

/* Makes 0 to 2 valid and closes every other descriptor but those in keep. */
bool xa_harden_descriptors(const int *keep, size_t n_keep, struct xa_error *err) XA_MUST_CHECK;

/* Replaces the environment by what the agent is to know: HOME, LANG, XDG_*,
 * XACCT_SOCK, a fixed PATH (H3); and NOTIFY_SOCKET, which the supervisor still has
 * to use and the agent does without. */
bool xa_harden_environment(struct xa_error *err) XA_MUST_CHECK;

/* Read back from the kernel, of this process. */
struct xa_hardness {
    uint32_t vm_locked_kib, seccomp;
    bool undumpable, no_new_privs, core_limit_zero, traced;
};
void xa_harden_read_back(struct xa_hardness *ret);

#endif
