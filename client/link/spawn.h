/* Starting the agent, and hearing from it whether it serves. */
#ifndef XA_CLIENT_LINK_SPAWN_H
#define XA_CLIENT_LINK_SPAWN_H

#include "proto/error.h"

/* How long an agent may take until it is ready. */
#define XA_SPAWN_MS 15000

/* Starts the xacct-agent that lies beside our own executable, else the compiled-in
 * one, never one from PATH, and waits until it serves. It gets an environment made
 * from a list (H3) and no descriptor but standard error and the readiness pipe; it
 * leaves our session by itself. The caller holds start.lock.
 *
 * The agent's own error if it sends one; XA_AGENT_UNUSABLE if it is not there, ends
 * or stays silent. */
bool xa_spawn_agent(struct xa_error *err) XA_MUST_CHECK;

#endif
