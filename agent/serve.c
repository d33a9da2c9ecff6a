#include "agent/serve.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/accept.h"
#include "agent/agent.h"
#include "agent/aws/arn.h"
#include "agent/clock.h"
#include "agent/conn.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/heap.h"
#include "agent/log.h"
#include "agent/server.h"
#include "agent/supervisor.h"
#include "agent/vault/hash.h"
#include "proto/message.h"

#define ARENA_SIZE (1024 * 1024)       /* buffers 120 KiB, the rest some 500 sessions */
#define TICK_MS 15000

/* --- time, for the still half ------------------------------------------------------------ */

static int64_t boot_ms(void *ctx)
{
    (void)ctx;
    return xa_boot_ms();
}

static int64_t wall_s(void *ctx)
{
    (void)ctx;
    return (int64_t)time(NULL);
}

static uint64_t turn_of(void *ctx)
{
    const struct xa_agent *agent = ctx;
    return agent->turn.number;
}

/* --- events ------------------------------------------------------------------------ */

static void on_tick(uv_timer_t *timer)
{
    struct xa_agent *agent = timer->data;
    xa_guard_check_time(agent);
    xa_broker_run(agent->broker);
    xa_sealing_look(&agent->sealing);
    xa_server_look(agent->server);
}

static void on_wake(uv_timer_t *timer)
{
    struct xa_agent *agent = timer->data;
    xa_broker_run(agent->broker);
    xa_sealing_look(&agent->sealing);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct xa_agent *agent = handle->data;
    switch (signal) {
    case SIGUSR1:
        xa_guard_lock(agent, false, "signal");
        break;
    case SIGHUP:
        xa_turn_end(&agent->turn);       /* whatever was looked at in it already */
        (void)xa_broker_roles(agent->broker, NULL);
        xa_server_look(agent->server);
        break;
    default:
        agent->stop(agent, "signal");
        break;
    }
}

static void supervisor_gone(void *ctx)
{
    struct xa_agent *agent = ctx;
    agent->stop(agent, "the supervisor is gone");
}

/* In good order: no new connections, memory is wiped, jobs under way end. */
static void stop(struct xa_agent *agent, const char *why)
{
    if (agent->stopping)
        return;
    xa_sealing_close(&agent->sealing);
    agent->stopping = true;
    xa_log(XA_LOG_INFO, "ending: %s", why);
    xa_guard_lock(agent, false, why);
    xa_server_close(&agent->server);
    xa_work_stop(&agent->work);
    while (agent->conns != NULL)
        xa_conn_close(agent->conns);
    xa_tasks_stop(agent);
    xa_lease_close_all(agent);
    xa_probe_drop_all(agent->broker);
    xa_link_close(agent->link);
    uv_close((uv_handle_t *)&agent->tick, NULL);
    uv_close((uv_handle_t *)&agent->wake, NULL);
    xa_turn_stop(&agent->turn);
    for (size_t i = 0; i < sizeof agent->signals / sizeof agent->signals[0]; i++)
        uv_close((uv_handle_t *)&agent->signals[i], NULL);
}

/* --- the port: from broker to link ---------------------------------------------------- */

static struct xa_port_call *port_send(void *ctx, const struct xa_request *request,
                                      xa_port_done_fn *done, void *done_ctx, struct xa_error *err)
{
    struct xa_agent *agent = ctx;
    return (struct xa_port_call *)xa_link_send(agent->link, request, done, done_ctx, err);
}

static void port_cancel(struct xa_port_call *call)
{
    xa_link_cancel((struct xa_link_call *)call);
}

/* The tick comes in any case, and is soon enough for what is further away. */
static void port_wake(void *ctx, int64_t in_ms)
{
    struct xa_agent *agent = ctx;
    bool sooner = !uv_is_active((uv_handle_t *)&agent->wake) ||
                  (uint64_t)in_ms < uv_timer_get_due_in(&agent->wake);
    if (in_ms < TICK_MS && sooner && !agent->stopping)
        uv_timer_start(&agent->wake, on_wake, in_ms > 0 ? (uint64_t)in_ms : 1, 0);
}

static uint32_t port_random(void *ctx)
{
    uint32_t n;
    (void)ctx;
    xa_random(&n, sizeof n);
    return n;
}

/* --- start and end ---------------------------------------------------------------------- */

/* What a session is named after when the key's user is not known. */
static void find_login_name(char *ret)
{
    const struct passwd *pw = getpwuid(getuid());
    xa_session_name_from(xa_slice_of(pw != NULL && pw->pw_name[0] != '\0' ? pw->pw_name : "xacct"),
                         ret);
}

/* The person's own, in the home: what a caller's environment names, the caller reads. */
static void find_aws_config(char *ret, size_t size)
{
    const struct passwd *pw = getpwuid(getuid());
    const char *home = getenv("HOME");
    if (home == NULL || home[0] != '/')
        home = pw != NULL ? pw->pw_dir : "";
    int len = snprintf(ret, size, "%s/.aws/config", home);
    if (home[0] != '/' || len < 0 || (size_t)len >= size)
        ret[0] = '\0';
}

static bool init_still_half(struct xa_agent *agent, struct xa_error *err)
{
    char aws_config[XA_PATH_MAX];
    find_aws_config(aws_config, sizeof aws_config);
    snprintf(agent->vault_state_path, sizeof agent->vault_state_path, "%s/vault.state",
             agent->paths->state);
    const struct xa_vault_setup vault = { .path = agent->paths->vault,
                                          .state_path = agent->vault_state_path };
    if (!xa_crypto_init(err) || (agent->arena = xa_arena_new(ARENA_SIZE, err)) == NULL ||
        (agent->vault = xa_vault_new(&vault, err)) == NULL ||
        (agent->config = xa_roles_file_new(agent->paths->config, err)) == NULL ||
        (agent->profiles = xa_profiles_file_new(aws_config, err)) == NULL)
        return false;
    agent->inboxes.arena = agent->arena;
    agent->in = xa_arena_take(agent->arena, XA_REQUEST_MAX);
    agent->out = xa_arena_take(agent->arena, XA_REPLY_MAX);
    const struct xa_broker_setup broker = {
        .vault = agent->vault, .arena = agent->arena, .config = agent->config,
        .profiles = agent->profiles,
        .port = { agent, port_send, port_cancel, port_wake, port_random },
        .clock = { agent, boot_ms, wall_s, turn_of },
        .login_name = agent->login_name,
    };
    return (agent->broker = xa_broker_new(&broker, err)) != NULL;
}

static void init_timers(struct xa_agent *agent)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    uv_timer_init(&agent->loop, &agent->tick);
    agent->tick.data = agent;
    uv_timer_start(&agent->tick, on_tick, TICK_MS, TICK_MS);
    uv_timer_init(&agent->loop, &agent->wake);
    agent->wake.data = agent;
    xa_tasks_start(agent);
    xa_turn_start(&agent->turn, &agent->loop);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        uv_signal_start(&agent->signals[i], on_signal, signals[i]);
    }
}

static bool start(struct xa_agent *agent, const struct xa_serve_setup *setup, struct xa_error *err)
{
    agent->paths = setup->paths;
    agent->handle = xa_dispatch;
    agent->stop = stop;
    agent->supervisor_fd = setup->supervisor_fd;
    agent->supervisor_pid = setup->supervisor_pid;
    agent->started_at = (int64_t)time(NULL);
    find_login_name(agent->login_name);
    if (uv_loop_init(&agent->loop) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot make an event loop");
    agent->server = xa_server_new(agent, setup->listen_fd, err);
    if (agent->server == NULL || !init_still_half(agent, err))
        return false;
    agent->link =
        xa_link_new(&agent->loop, agent->supervisor_fd, agent->arena, supervisor_gone, agent, err);
    if (agent->link == NULL)
        return false;
    xa_work_init(&agent->work, &agent->loop, agent->vault);
    xa_lease_init(&agent->lease, agent);
    init_timers(agent);
    return xa_sealing_init(&agent->sealing, agent, err) &&
           xa_server_listen(agent->server, xa_accept, err);
}

static void finish(struct xa_agent *agent)
{
    xa_pool_finish(&agent->pool);
    xa_broker_free(&agent->broker);
    xa_sealed_file_free(&agent->sealing.file);
    xa_vault_free(&agent->vault);
    xa_roles_file_free(&agent->config);
    xa_profiles_file_free(&agent->profiles);
    xa_arena_free(&agent->arena);
}

int xa_serve(const struct xa_serve_setup *setup)
{
    static struct xa_agent agent;
    struct xa_error err = { 0 };
    signal(SIGPIPE, SIG_IGN);
    xa_heap_settle();
    if (!start(&agent, setup, &err)) {
        uint8_t packet[XA_SUPERVISOR_PACKET_MAX];
        struct xa_writer w = xa_writer_init(packet, sizeof packet);
        struct xa_error_reply reply = xa_error_to_reply(&err);
        xa_write_u8(&w, XA_SUPERVISOR_FAILED);
        xa_message_encode(&xa_msg_error, &reply, &w);
        (void)!send(setup->supervisor_fd, packet, w.len, MSG_NOSIGNAL);
        if (agent.server != NULL)
            xa_server_close(&agent.server);
        return xa_code_exit(err.code);
    }
    const char ready = XA_SUPERVISOR_READY;
    (void)!send(setup->supervisor_fd, &ready, 1, MSG_NOSIGNAL);
    xa_log(XA_LOG_INFO, "ready: %s", agent.paths->socket);
    uv_run(&agent.loop, UV_RUN_DEFAULT);
    uv_loop_close(&agent.loop);
    finish(&agent);
    return 0;
}
