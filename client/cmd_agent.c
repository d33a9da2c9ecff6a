/* agent start, stop, restart, path. */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/link/connect.h"
#include "client/link/supervisor.h"
#include "client/requests/request.h"

#define STOP_MS 5000
#define SOCKET_GONE_MS 1000

bool xa_cmd_agent_start(struct xa_client *c, struct xa_error *err)
{
    return xa_request_connect(c, err);
}

/* The agent removes its socket as it goes. One that a service manager listens on stays
 * there for ever, so its absence is waited for only a little longer than the agent. */
static void wait_socket_gone(const struct xa_client *c)
{
    const struct timespec pause = { 0, 5 * 1000 * 1000 };
    int64_t deadline = xa_clock_ms() + SOCKET_GONE_MS;
    while (xa_connect_socket_there(&c->link) && xa_clock_ms() < deadline)
        nanosleep(&pause, NULL);
}

/* An agent of another release may not tell; it is stopped all the same. */
static void hold_supervisor(struct xa_client *c, struct xa_supervisor *ret)
{
    struct xa_status_result s = { 0 };
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, &s, NULL };
    struct xa_error unsaid;
    if (!xa_request(c, &call, &unsaid))
        s = (struct xa_status_result){ 0 };
    xa_supervisor_hold(ret, (pid_t)s.pid, (pid_t)s.supervisor_pid);
}

static bool not_stopped(struct xa_error *err)
{
    return xa_fail(err, XA_AGENT_UNUSABLE, "the agent did not stop within %d s", STOP_MS / 1000);
}

/* Another program may have taken the name of a living agent's socket, as a service manager does
 * that begins to listen there. One that is about to end is waited for. */
static bool none_lives(const struct xa_client *c, struct xa_error *err)
{
    const struct timespec pause = { 0, 5 * 1000 * 1000 };
    int64_t deadline = xa_clock_ms() + SOCKET_GONE_MS;
    while (xa_connect_agent_lives(&c->link) && xa_clock_ms() < deadline)
        nanosleep(&pause, NULL);
    if (!xa_connect_agent_lives(&c->link))
        return true;
    xa_fail(err, XA_AGENT_UNUSABLE, "an agent runs, but %s does not lead to it", c->paths.socket);
    xa_why(err, "the socket was replaced while it ran");
    return xa_hint(err, "pkill -u %ju -x xacct-agent", (uintmax_t)getuid());
}

/* Done when the last of its processes is gone: an agent that is started next would find
 * the lock and the socket of this one otherwise. */
static bool stop(struct xa_client *c, struct xa_error *err)
{
    struct xa_call call = { XA_STOP, &xa_msg_empty, NULL, NULL, &xa_msg_empty, NULL, NULL };
    struct xa_supervisor supervisor;
    if (!xa_connect(&c->link, &c->paths, false, err))
        return false;
    hold_supervisor(c, &supervisor);
    if (!xa_request(c, &call, err))
        return false;
    int64_t deadline = xa_clock_ms() + STOP_MS;
    if (!xa_link_wait_closed(&c->link, STOP_MS) || !xa_supervisor_wait(&supervisor, deadline))
        return not_stopped(err);
    xa_link_close(&c->link);
    wait_socket_gone(c);
    return true;
}

bool xa_cmd_agent_stop(struct xa_client *c, struct xa_error *err)
{
    if (!xa_paths_find(&c->paths, err))
        return false;
    bool stopped = stop(c, err) || err->code == XA_NO_AGENT;     /* none runs: so it has */
    return stopped && none_lives(c, err);
}

bool xa_cmd_agent_restart(struct xa_client *c, struct xa_error *err)
{
    return xa_cmd_agent_stop(c, err) && xa_request_connect(c, err);
}

bool xa_cmd_agent_path(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    if (!xa_paths_find(&c->paths, err))
        return false;
    if (xa_options_has(&c->opt, XA_OPT_JSON)) {
        struct xa_json j = xa_json_begin(&o);
        xa_json_open(&j, NULL, '{');
        xa_json_text(&j, "socket", xa_slice_of(c->paths.socket));
        xa_json_text(&j, "from", xa_slice_of(c->paths.socket_from));
        xa_json_close(&j, '}');
    } else {
        xa_out_text(&o, c->paths.socket);
    }
    xa_out_char(&o, '\n');
    if (xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("the path comes from %s", c->paths.socket_from);
    return xa_out_finish(&o, err);
}
