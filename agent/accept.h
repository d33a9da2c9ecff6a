/* Who may come in: the door of the agent. */
#ifndef XA_AGENT_ACCEPT_H
#define XA_AGENT_ACCEPT_H

#include <uv.h>

struct xa_agent;

/* Takes a connection from the listening stream and checks the peer by the kernel's word:
 * our uid, or root where `allow_root` says so (P1), and neither our supervisor nor our
 * courier (P3). Anyone else is closed without a byte. */
void xa_accept(struct xa_agent *agent, uv_stream_t *listening);

#endif
