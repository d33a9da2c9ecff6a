/* The serving process: how it starts, and how it ends. */
#ifndef XA_AGENT_SERVE_H
#define XA_AGENT_SERVE_H

#include <sys/types.h>

#include "proto/sockpath.h"

struct xa_serve_setup {
    const struct xa_paths *paths;
    int supervisor_fd;                 /* one end of the pair, see supervisor.h          */
    pid_t supervisor_pid;
    int listen_fd;                     /* a socket that was handed to us; -1: make one   */
};

/* Serves until it is told to end; returns the exit status. Tells the supervisor
 * READY, or the failure. Call in the forked process. */
int xa_serve(const struct xa_serve_setup *setup);

#endif
