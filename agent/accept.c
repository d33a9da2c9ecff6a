#include "agent/accept.h"

#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/conn.h"
#include "agent/log.h"

/* The kernel's word on who connected. A look-up that fails is a refusal. */
static bool peer_is_welcome(struct xa_conn *c)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    int fd;
    if (uv_fileno((uv_handle_t *)&c->pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof peer)
        return false;
    c->pid = peer.pid;
    c->uid = peer.uid;
    const struct xa_roles *roles = peer.uid == 0 ? xa_broker_roles(c->agent->broker, NULL) : NULL;
    bool root_allowed = roles != NULL && roles->agent.allow_root;
    if (peer.uid != getuid() && !(peer.uid == 0 && root_allowed)) {
        xa_log(XA_LOG_WARNING, "refused a connection of uid %ju, pid %ld", (uintmax_t)peer.uid,
               (long)peer.pid);
        return false;
    }
    if (peer.pid == c->agent->supervisor_pid || xa_link_is_courier(c->agent->link, peer.pid)) {
        xa_log(XA_LOG_ERROR, "refused a connection of our own courier or supervisor, pid %ld",
               (long)peer.pid);
        return false;
    }
    return true;
}

static void on_spare_closed(uv_handle_t *handle)
{
    handle->data = NULL;
}

/* libuv has accepted already and listens no further until somebody takes it. */
static void refuse_without_memory(struct xa_agent *agent, uv_stream_t *listening)
{
    xa_log(XA_LOG_ERROR, "no memory for a connection");
    if (agent->spare.data != NULL)
        return;      /* one is being closed; the next event finds it free */
    uv_pipe_init(&agent->loop, &agent->spare, 0);
    agent->spare.data = agent;
    (void)!uv_accept(listening, (uv_stream_t *)&agent->spare);
    uv_close((uv_handle_t *)&agent->spare, on_spare_closed);
}

void xa_accept(struct xa_agent *agent, uv_stream_t *listening)
{
    xa_turn_count(&agent->turn);
    struct xa_conn *c = xa_conn_new(agent);
    if (c == NULL)
        refuse_without_memory(agent, listening);
    else if (uv_accept(listening, (uv_stream_t *)&c->pipe) == 0 && peer_is_welcome(c))
        xa_conn_start(c);
    else
        xa_conn_close(c);
}
