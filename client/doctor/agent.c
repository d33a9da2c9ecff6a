/* The agent: where it is looked for, whether it answers, and what the kernel says of it. */
#include "client/doctor/doctor.h"

#include "client/link/connect.h"
#include "client/requests/request.h"

#define RESTART "xacct agent restart"

static void check_version(struct xa_doctor *d, const struct xa_status_result *s)
{
    if (xa_slice_is(s->version, XACCT_VERSION))
        xa_doctor_well(d, "version", "client and agent are %s", XACCT_VERSION);
    else
        xa_doctor_finds(d, XA_DOUBTFUL, "version", RESTART,
                        "the agent is %.*s, the client %s", (int)s->version.len,
                        (const char *)s->version.at, XACCT_VERSION);
}

static bool ask_status(struct xa_doctor *d, struct xa_status_result *s, struct xa_error *err)
{
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, s, NULL };
    return xa_request(d->client, &call, err);
}

void xa_doctor_agent(struct xa_doctor *d)
{
    struct xa_status_result s;
    struct xa_error err;
    struct xa_client *c = d->client;
    if (!xa_paths_find(&c->paths, &err)) {
        xa_doctor_error(d, "socket", &err);
        return;
    }
    if (!xa_request_connect(c, &err)) {
        xa_doctor_error(d, err.code == XA_NO_AGENT ? "agent" : "socket", &err);
        return;
    }
    xa_doctor_well(d, "socket", "%s, by %s", c->paths.socket, c->paths.socket_from);
    if (!ask_status(d, &s, &err)) {
        xa_doctor_error(d, "agent", &err);
        return;
    }
    d->reached = true;
    xa_doctor_well(d, "agent", "pid %u, supervisor pid %u", s.pid, s.supervisor_pid);
    check_version(d, &s);
}

static void check_one(struct xa_doctor *d, const char *name, bool well, const char *good,
                      const char *bad, const char *hint)
{
    if (well)
        xa_doctor_well(d, name, "%s", good);
    else
        xa_doctor_finds(d, XA_ILL, name, hint, "%s", bad);
}

void xa_doctor_protection(struct xa_doctor *d)
{
    struct xa_status_result s;
    struct xa_error err;
    if (!d->reached) {
        xa_doctor_finds(d, XA_UNKNOWN, "protection", NULL, "no agent to look at");
        return;
    }
    if (!ask_status(d, &s, &err)) {
        xa_doctor_error(d, "protection", &err);
        return;
    }
    check_one(d, "locked memory", s.memory_locked, "the agent's secrets cannot be swapped out",
              "the agent's secrets can be swapped out: the limit of locked memory is too low",
              "ulimit -l 8192 (or memlock in limits.conf), then " RESTART);
    check_one(d, "core files", s.core_limit_zero, "the agent writes none",
              "the agent may write one", RESTART);
    check_one(d, "undumpable", s.undumpable, "no program of yours can read the agent's memory",
              "programs of yours can read the agent's memory", RESTART);
    check_one(d, "privileges", s.no_new_privs, "the agent can gain none",
              "the agent could gain some", RESTART);
    check_one(d, "tracer", !s.traced, "the agent has none",
              "a debugger is attached to the agent", "end that debugger, then " RESTART);
}
