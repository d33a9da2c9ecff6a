/* The end of an agent's whole process tree: its supervisor is the last to go. */
#ifndef XA_CLIENT_LINK_SUPERVISOR_H
#define XA_CLIENT_LINK_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct xa_supervisor {
    pid_t pid;                /* 0: there is none to wait for                         */
    int fd;                   /* its pidfd; -1: the kernel has none                   */
};

/* Takes hold of the supervisor of a running agent. Of one whose numbers mean nothing
 * here, since it lives in another pid namespace, nothing is held. */
void xa_supervisor_hold(struct xa_supervisor *ret, pid_t agent, pid_t supervisor);

/* Waits until it has ended, and lets go of it. False: not until deadline_ms, which is on
 * xa_clock_ms. With nothing held true at once. */
bool xa_supervisor_wait(struct xa_supervisor *s, int64_t deadline_ms);

#endif
