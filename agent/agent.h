/* The serving process: what its parts share, and how it starts and ends. */
#ifndef XA_AGENT_AGENT_H
#define XA_AGENT_AGENT_H

#include <uv.h>

#include "agent/broker/broker.h"
#include "agent/courier/link.h"
#include "agent/lease.h"
#include "agent/server.h"
#include "agent/vault/arena.h"
#include "agent/vault/vault.h"
#include "agent/work.h"
#include "proto/sockpath.h"

struct xa_agent {
    uv_loop_t loop;
    struct xa_paths paths;
    char vault_state_path[XA_PATH_MAX + 16];
    char login_name[XA_SESSION_NAME_MAX + 1];
    int supervisor_fd;
    pid_t supervisor_pid;

    struct xa_arena *arena;            /* every secret in bulk                           */
    uint8_t *in, *out;                 /* one frame in, one out: XA_REQUEST_MAX and
                                        * XA_REPLY_MAX bytes of the arena, wiped after use */
    struct xa_vault *vault;
    struct xa_roles_file *config;
    struct xa_broker *broker;
    struct xa_link *link;
    struct xa_work_queue work;         /* vault jobs, one at a time                      */
    struct xa_lease lease;             /* who is asked for the passphrase, who waits     */
    struct xa_server *server;
    struct xa_conn *conns;

    uv_timer_t tick;
    uv_signal_t signals[4];
    int64_t started_at;                /* Unix seconds                                   */
    int64_t unlocked_ms, used_ms;      /* CLOCK_BOOTTIME                                 */
    int64_t sleep_ms;                  /* BOOTTIME less MONOTONIC: grows in a suspend    */
    bool allow_unlocked_memory;        /* --allow-unlocked-memory was given              */
    bool stopping;
    int status;
};

struct xa_agent_setup {
    const struct xa_paths *paths;
    int supervisor_fd;                 /* one end of the pair, see supervisor.h          */
    pid_t supervisor_pid;
    int listen_fd;                     /* a socket that was handed to us; -1: make one   */
};

/* Serves until it is told to end; returns the exit status. Tells the supervisor
 * READY, or the failure. Call in the forked process. */
int xa_agent_run(const struct xa_agent_setup *setup);

/* Ends the agent in good order: no new connections, replies already written go
 * out, memory is wiped. Twice is fine. */
void xa_agent_stop(struct xa_agent *agent, const char *why);

/* Wipes keys and, unless keep, issued credentials. */
void xa_agent_lock(struct xa_agent *agent, bool keep, const char *why);

/* False, with the limit and the remedy, if secrets would lie in memory that can be
 * swapped and nobody has allowed that (M2). */
bool xa_memory_is_locked(const struct xa_agent *agent, struct xa_error *err) XA_MUST_CHECK;

/* Looks at the time-outs, by BOOTTIME, since timers stand still while a machine
 * sleeps (T2). Called by the tick and before every request. */
void xa_agent_check_time(struct xa_agent *agent);

/* Seconds until the vault locks by itself; 0: locked, or no limit. */
uint32_t xa_agent_lock_in_s(struct xa_agent *agent);

int64_t xa_boot_ms(void);

#endif
