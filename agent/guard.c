#include "agent/guard.h"

#include <stdio.h>
#include <sys/resource.h>

#include "agent/agent.h"
#include "agent/clock.h"
#include "agent/log.h"
#include "agent/vault/others.h"

#define LOCK_IDLE_S (4 * 3600)         /* design.md, section 6 */
#define LOCK_AFTER_S (12 * 3600)
#define RESUME_MS 10000                /* a suspend shorter than this is none */

/* The nearer of the two time-outs, as milliseconds from now. */
static int64_t lock_in_ms(struct xa_agent *agent)
{
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    uint32_t idle_s =
        roles != NULL && roles->agent.lock_idle_s > 0 ? roles->agent.lock_idle_s : LOCK_IDLE_S;
    uint32_t after_s =
        roles != NULL && roles->agent.lock_after_s > 0 ? roles->agent.lock_after_s : LOCK_AFTER_S;
    int64_t now = xa_boot_ms();
    int64_t idle = agent->used_ms + (int64_t)idle_s * 1000 - now;
    int64_t after = agent->unlocked_ms + (int64_t)after_s * 1000 - now;
    return idle < after ? idle : after;
}

uint32_t xa_guard_lock_in_s(struct xa_agent *agent)
{
    if (xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN)
        return 0;
    int64_t left = lock_in_ms(agent);
    return left > 0 ? (uint32_t)((left + 999) / 1000) : 1;
}

static bool just_resumed(struct xa_agent *agent)
{
    int64_t before = agent->sleep_ms;
    agent->sleep_ms = xa_slept_ms();
    return agent->sleep_ms - before > RESUME_MS;
}

/* Once a turn is enough: what was ready in it came before it. */
void xa_guard_check_time(struct xa_agent *agent)
{
    if (agent->checked_turn == agent->turn.number)
        return;
    agent->checked_turn = agent->turn.number;
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    bool resumed = just_resumed(agent);
    if (resumed)
        xa_broker_resumed(agent->broker);
    if (xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN)
        return;
    if (resumed && roles != NULL && roles->agent.lock_on_resume)
        xa_guard_lock(agent, false, "the machine was suspended");
    else if (lock_in_ms(agent) <= 0 && !xa_vault_has_turn(agent->vault))
        xa_guard_lock(agent, false, "time-out");
}

void xa_guard_lock(struct xa_agent *agent, bool keep, const char *why)
{
    bool was_open = xa_vault_condition(agent->vault) == XA_VAULT_IS_OPEN;
    agent->n_locks++;
    xa_sealing_save(&agent->sealing);
    xa_vault_lock(agent->vault);
    xa_broker_locked(agent->broker, keep);
    if (was_open)
        xa_log(XA_LOG_INFO, "locked: %s", why);
}

bool xa_guard_memory(const struct xa_agent *agent, struct xa_error *err)
{
    struct rlimit limit = { 0, 0 };
    if (agent->allow_unlocked_memory || xa_arena_locked(agent->arena))
        return true;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    xa_fail(err, XA_UNLOCKED_MEMORY,
            "memory for secrets cannot be locked: the limit is %ju KiB, %zu are needed",
            (uintmax_t)limit.rlim_cur / 1024, xa_arena_size(agent->arena) / 1024);
    xa_why(err,
           "what is not locked can be written to the swap; --allow-unlocked-memory accepts that");
    return xa_hint(err, "ulimit -l 8192; xacct agent restart");
}

void xa_guard_opened(struct xa_agent *agent)
{
    agent->unlocked_ms = agent->used_ms = xa_boot_ms();
}

void xa_guard_used(struct xa_agent *agent)
{
    if (agent->used_turn != agent->turn.number)
        agent->used_ms = xa_boot_ms();
    agent->used_turn = agent->turn.number;
}
