/* What the parts of the serving process share. serve.c makes it and wires them. */
#ifndef XA_AGENT_AGENT_H
#define XA_AGENT_AGENT_H

#include <uv.h>

#include "agent/accounts/pace.h"
#include "agent/broker/broker.h"
#include "agent/courier/link.h"
#include "agent/inbox.h"
#include "agent/lease.h"
#include "agent/pool.h"
#include "agent/sealing.h"
#include "agent/turn.h"
#include "agent/vault/arena.h"
#include "agent/vault/vault.h"
#include "agent/work.h"
#include "proto/sockpath.h"

struct xa_conn;
struct xa_server;
struct xa_task_op;

struct xa_agent {
    uv_loop_t loop;
    const struct xa_paths *paths;
    char vault_state_path[XA_PATH_MAX + 16];
    char login_name[XA_SESSION_NAME_MAX + 1];
    int supervisor_fd;
    pid_t supervisor_pid;

    struct xa_arena *arena;            /* every secret in bulk                           */
    uint8_t *in, *out;                 /* one frame in, one out: XA_REQUEST_MAX and
                                        * XA_REPLY_MAX bytes of the arena, wiped after use */
    struct xa_inbox_room inboxes;      /* of the connections                             */
    struct xa_vault *vault;
    struct xa_roles_file *config;
    struct xa_profiles_file *profiles;
    struct xa_broker *broker;
    struct xa_sealing sealing;         /* of what the broker holds                       */
    struct xa_link *link;
    struct xa_work_queue work;         /* vault jobs, one at a time                      */
    struct xa_lease lease;             /* who is asked for the passphrase, who waits     */
    struct xa_lease *questions;        /* the other leases: MFA codes, foreign sources   */
    struct xa_server *server;
    struct xa_conn *conns;
    struct xa_pool pool;               /* where they come from                           */
    struct xa_turn turn;               /* of the loop, in which they are looked at       */
    struct xa_task_op *tasks;          /* steps of long work under way                   */
    struct xa_pace pace;               /* of what they ask AWS                           */
    uv_idle_t turns;                   /* runs while one of them may begin that waited   */
    uv_pipe_t spare;                   /* for a connection there is no memory for;
                                        * .data is NULL while it is free               */

    uv_timer_t tick, wake;             /* wake: the broker has something to do           */
    uv_signal_t signals[4];
    int64_t started_at;                /* Unix seconds                                   */
    int64_t unlocked_ms, used_ms;      /* CLOCK_BOOTTIME                                 */
    uint64_t checked_turn, used_turn;  /* in which the time was looked at for each       */
    unsigned n_locks;                  /* how often it was locked: a job that waited
                                        * through one does not open the vault again    */
    int64_t sleep_ms;                  /* BOOTTIME less MONOTONIC: grows in a suspend    */
    bool allow_unlocked_memory;        /* --allow-unlocked-memory was given              */
    bool stopping;

    /* Upwards, so that no part has to know those above it: */
    void (*handle)(struct xa_conn *conn, struct xa_slice body);     /* a request has come */
    void (*stop)(struct xa_agent *agent, const char *why);          /* the agent is to end */
};

#endif
