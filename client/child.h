/* The end of a program that we started. */
#ifndef XA_CLIENT_CHILD_H
#define XA_CLIENT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#define XA_CHILD_NOT_EXECUTED 127    /* as shells have it */

/* True once it has ended; xa_child_wait is still due. */
bool xa_child_ended(pid_t pid);

/* Waits for a child that has nothing left to do: it gets two seconds and is killed then.
 * Returns its exit status, or 128 and the signal's number. */
int xa_child_wait(pid_t pid);

#endif
