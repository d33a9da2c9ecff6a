/* The way to the agent: its socket, who serves it, and starting it on first need
 * (design.md, section 5). */
#ifndef XA_CLIENT_LINK_CONNECT_H
#define XA_CLIENT_LINK_CONNECT_H

#include "client/link/link.h"

/* Connects *l, whose dir may already be open, to the agent of these paths; starts
 * one if none listens and `may_start`. The directory must be ours alone and the
 * process behind the socket must have our uid before a byte is sent (P2).
 *
 * XA_NO_AGENT: none runs and none may be started. XA_AGENT_UNUSABLE: the directory
 * or the socket's server is not ours, or the agent could not be started; or the
 * agent's own error, with its code. */
bool xa_connect(struct xa_link *l, const struct xa_paths *paths, bool may_start,
                struct xa_error *err) XA_MUST_CHECK;

/* True while the socket's name is there. */
bool xa_connect_socket_there(const struct xa_link *l);

/* True while an agent lives whose socket was in this directory, whether or not the socket leads
 * to it: it holds agent.lock for life. */
bool xa_connect_agent_lives(const struct xa_link *l);

#endif
