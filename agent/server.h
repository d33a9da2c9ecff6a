/* The listening socket: its directory, its lock, its name (security, S1 to S6). */
#ifndef XA_AGENT_SERVER_H
#define XA_AGENT_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "proto/error.h"

struct xa_agent;
struct xa_server;

/* Opens the directory, takes agent.lock for life, and binds the socket; or adopts
 * listen_fd (-1: none), which is then never bound anew or unlinked. Nothing is
 * accepted yet. NULL: XA_AGENT_UNUSABLE, XA_NO_MEMORY. */
struct xa_server *xa_server_new(struct xa_agent *agent, int listen_fd,
                                struct xa_error *err) XA_MUST_CHECK;

/* Begins to listen; arrived() takes each connection from the stream. */
typedef void xa_arrived_fn(struct xa_agent *agent, uv_stream_t *listening);
bool xa_server_listen(struct xa_server *server, xa_arrived_fn *arrived,
                      struct xa_error *err) XA_MUST_CHECK;

/* Is the name still ours? Missing: bound once more. Another's: it is left alone,
 * and the agent ends (S5). Cheap; called every few seconds and on SIGHUP. */
void xa_server_look(struct xa_server *server);

/* Removes the socket if it is still ours. Sets *server to NULL; it frees itself
 * when its handle has closed. */
void xa_server_close(struct xa_server **server);

#endif
