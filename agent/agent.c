#include "agent/agent.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/aws/arn.h"
#include "agent/conn.h"
#include "agent/log.h"
#include "agent/supervisor.h"
#include "agent/vault/hash.h"
#include "proto/message.h"

#define ARENA_SIZE (512 * 1024)        /* buffers 192 KiB, the rest some 200 sessions */
#define TICK_MS 15000
#define LOCK_IDLE_S (4 * 3600)         /* design.md, section 6 */
#define LOCK_AFTER_S (12 * 3600)
#define RESUME_MS 10000                /* a suspend shorter than this is none */

/* --- time ------------------------------------------------------------------------ */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t xa_boot_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

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

/* The nearer of the two time-outs, as milliseconds from now. */
static int64_t lock_in_ms(struct xa_agent *agent)
{
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    uint32_t idle_s = roles != NULL && roles->agent.lock_idle_s > 0 ? roles->agent.lock_idle_s : LOCK_IDLE_S;
    uint32_t after_s = roles != NULL && roles->agent.lock_after_s > 0 ? roles->agent.lock_after_s : LOCK_AFTER_S;
    int64_t now = xa_boot_ms();
    int64_t idle = agent->used_ms + (int64_t)idle_s * 1000 - now;
    int64_t after = agent->unlocked_ms + (int64_t)after_s * 1000 - now;
    return idle < after ? idle : after;
}

uint32_t xa_agent_lock_in_s(struct xa_agent *agent)
{
    if (xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN)
        return 0;
    int64_t left = lock_in_ms(agent);
    return left > 0 ? (uint32_t)((left + 999) / 1000) : 1;
}

static bool just_resumed(struct xa_agent *agent)
{
    int64_t before = agent->sleep_ms;
    agent->sleep_ms = xa_boot_ms() - clock_ms(CLOCK_MONOTONIC);
    return agent->sleep_ms - before > RESUME_MS;
}

void xa_agent_check_time(struct xa_agent *agent)
{
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    bool resumed = just_resumed(agent);
    if (xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN)
        return;
    if (resumed && roles != NULL && roles->agent.lock_on_resume)
        xa_agent_lock(agent, false, "the machine was suspended");
    else if (lock_in_ms(agent) <= 0)
        xa_agent_lock(agent, false, "time-out");
}

void xa_agent_lock(struct xa_agent *agent, bool keep, const char *why)
{
    bool was_open = xa_vault_condition(agent->vault) == XA_VAULT_IS_OPEN;
    xa_vault_lock(agent->vault);
    xa_broker_locked(agent->broker, keep);
    if (was_open)
        xa_log(XA_LOG_INFO, "locked: %s", why);
}

bool xa_memory_is_locked(const struct xa_agent *agent, struct xa_error *err)
{
    struct rlimit limit = { 0, 0 };
    if (agent->allow_unlocked_memory || xa_arena_locked(agent->arena))
        return true;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    xa_fail(err, XA_UNLOCKED_MEMORY, "memory for secrets cannot be locked: the limit is %ju KiB, %zu are needed",
            (uintmax_t)limit.rlim_cur / 1024, xa_arena_size(agent->arena) / 1024);
    xa_why(err, "what is not locked can be written to the swap; --allow-unlocked-memory accepts that");
    return xa_hint(err, "ulimit -l 8192; xacct agent restart");
}

/* --- events ------------------------------------------------------------------------ */

static void on_tick(uv_timer_t *timer)
{
    struct xa_agent *agent = timer->data;
    xa_agent_check_time(agent);
    xa_broker_purge(agent->broker);
    xa_server_look(agent->server);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct xa_agent *agent = handle->data;
    switch (signal) {
    case SIGUSR1:
        xa_agent_lock(agent, false, "signal");
        break;
    case SIGHUP:
        (void)xa_broker_roles(agent->broker, NULL);
        xa_server_look(agent->server);
        break;
    default:
        xa_agent_stop(agent, "signal");
        break;
    }
}

static void supervisor_gone(void *ctx)
{
    xa_agent_stop(ctx, "the supervisor is gone");
}

void xa_agent_stop(struct xa_agent *agent, const char *why)
{
    if (agent->stopping)
        return;
    agent->stopping = true;
    xa_log(XA_LOG_INFO, "ending: %s", why);
    xa_agent_lock(agent, false, why);
    xa_server_close(&agent->server);
    while (agent->conns != NULL)
        xa_conn_close(agent->conns);
    xa_lease_close(&agent->lease);
    xa_link_close(agent->link);
    uv_close((uv_handle_t *)&agent->tick, NULL);
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

/* --- start and end ---------------------------------------------------------------------- */

/* What a session is named after when the key's user is not known. */
static void find_login_name(char *ret)
{
    const struct passwd *pw = getpwuid(getuid());
    xa_session_name_from(xa_slice_of(pw != NULL && pw->pw_name[0] != '\0' ? pw->pw_name : "xacct"), ret);
}

static bool init_still_half(struct xa_agent *agent, struct xa_error *err)
{
    snprintf(agent->vault_state_path, sizeof agent->vault_state_path, "%s/vault.state", agent->paths.state);
    const struct xa_vault_setup vault = { .path = agent->paths.vault, .state_path = agent->vault_state_path };
    if (!xa_crypto_init(err) || (agent->arena = xa_arena_new(ARENA_SIZE, err)) == NULL ||
        (agent->vault = xa_vault_new(&vault, err)) == NULL ||
        (agent->config = xa_roles_file_new(agent->paths.config, err)) == NULL)
        return false;
    agent->in = xa_arena_take(agent->arena, XA_REQUEST_MAX);
    agent->out = xa_arena_take(agent->arena, XA_REPLY_MAX);
    const struct xa_broker_setup broker = {
        .vault = agent->vault, .arena = agent->arena, .config = agent->config,
        .port = { agent, port_send, port_cancel },
        .clock = { agent, boot_ms, wall_s },
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
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        uv_signal_start(&agent->signals[i], on_signal, signals[i]);
    }
}

static bool start(struct xa_agent *agent, const struct xa_agent_setup *setup, struct xa_error *err)
{
    agent->paths = *setup->paths;
    agent->supervisor_fd = setup->supervisor_fd;
    agent->supervisor_pid = setup->supervisor_pid;
    agent->started_at = (int64_t)time(NULL);
    just_resumed(agent);
    find_login_name(agent->login_name);
    if (uv_loop_init(&agent->loop) != 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot make an event loop");
    agent->server = xa_server_new(agent, setup->listen_fd, err);
    if (agent->server == NULL || !init_still_half(agent, err))
        return false;
    agent->link = xa_link_new(&agent->loop, agent->supervisor_fd, agent->arena, supervisor_gone, agent, err);
    if (agent->link == NULL)
        return false;
    xa_work_init(&agent->work, &agent->loop, agent->vault);
    xa_lease_init(&agent->lease, agent);
    init_timers(agent);
    return xa_server_listen(agent->server, err);
}

static void finish(struct xa_agent *agent)
{
    xa_broker_free(&agent->broker);
    xa_vault_free(&agent->vault);
    xa_roles_file_free(&agent->config);
    xa_arena_free(&agent->arena);
}

int xa_agent_run(const struct xa_agent_setup *setup)
{
    static struct xa_agent agent;
    struct xa_error err = { 0 };
    signal(SIGPIPE, SIG_IGN);
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
    xa_log(XA_LOG_INFO, "ready: %s", agent.paths.socket);
    uv_run(&agent.loop, UV_RUN_DEFAULT);
    uv_loop_close(&agent.loop);
    finish(&agent);
    return agent.status;
}
