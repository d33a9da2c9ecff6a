/* A program that we start: what it must not inherit, and its end. */
#ifndef XA_CLIENT_BASE_CHILD_H
#define XA_CLIENT_BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define XA_CHILD_NOT_EXECUTED 127    /* as shells have it */

/* A caller that has its children reaped by the kernel would have ours reaped too, before we could
 * wait for them: from now on they are not. */
void xa_child_expect(void);

/* fork, for a child that is going to be waited for. */
pid_t xa_child_fork(void);

/* True if this program, a name without a slash, can be executed by PATH. */
bool xa_child_in_path(const char *program);

/* In the child, before it executes: what comes gets no descriptor of our caller's beyond
 * the standard ones. One may be --passphrase-fd. */
void xa_child_keep_descriptors(void);

/* True once it has ended; xa_child_wait is still due. */
bool xa_child_ended(pid_t pid);

/* Waits for a child that has nothing left to do: it gets two seconds, or the time until
 * deadline_ms (of xa_clock_ms) if that is more, and is killed then. Returns its exit
 * status, or 128 and the signal's number. */
int xa_child_wait(pid_t pid, int64_t deadline_ms);

#endif
