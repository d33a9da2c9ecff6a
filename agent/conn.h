/* One client's connection.
 *
 * Owner: the loop, from xa_conn_new() until the last handle has closed; nobody
 * keeps a pointer to it past xa_conn_close(). Requests are handled one at a time,
 * in order. They are read into, and replies encoded in, one locked buffer of the
 * agent; a connection at rest holds no buffer (C1, C6). */
#ifndef XA_AGENT_CONN_H
#define XA_AGENT_CONN_H

#include <sys/types.h>
#include <uv.h>

#include "agent/broker/broker.h"
#include "agent/broker/probe.h"
#include "agent/deadline.h"
#include "agent/inbox.h"
#include "proto/message.h"

struct xa_agent;
struct xa_lease;

enum xa_conn_state {
    XA_CONN_READING,       /* no request in hand                                        */
    XA_CONN_WORKING,       /* a request in hand; its answer comes from a callback       */
    XA_CONN_PARKED,        /* a request kept, until someone else has been asked         */
    XA_CONN_WRITING,       /* a reply that did not fit the socket is on its way         */
    XA_CONN_PAUSING,       /* it had its turn; its next frames wait for the others'     */
};

/* Work for a connection that has a life of its own; the connection may go first. */
struct xa_op {
    struct xa_conn *conn;                    /* NULL once the connection is gone         */
    void (*abandon)(struct xa_op *op);       /* the connection goes: stop if you can     */
};

struct xa_conn {
    struct xa_agent *agent;
    struct xa_conn *next, *prev;             /* agent->conns                             */
    uv_pipe_t pipe;                          /* .data = this                             */
    struct xa_deadline deadline;             /* .timer.data = this; what for: see state  */
    uv_idle_t turn;                          /* .data = this; runs while it pauses       */
    unsigned open_handles;                   /* close callbacks still to come            */
    enum xa_conn_state state;
    pid_t pid;                               /* the peer's                               */
    uid_t uid;
    bool greeted;                            /* HELLO has come                           */
    bool consuming, closing, close_after_reply;
    uint8_t type;                            /* the request in hand                      */
    uint32_t number;
    struct xa_asking asking;

    struct xa_inbox in;                      /* bytes not dealt with yet; empty at rest  */
    struct { uint8_t *at; size_t len; bool plain; } kept;   /* a parked request's body; plain: it
                                              * holds no secret, and is malloc's        */
    struct { uint8_t *at; uv_write_t write; bool plain; } out;   /* the rest of a reply   */

    struct xa_waiter waiter;                 /* at most one of these four is busy        */
    struct xa_inquiry inquiry;
    struct xa_probe_waiter probe;
    bool (*late)(struct xa_conn *conn);      /* patience is over: true if it answered
                                              * with what is there; NULL: nothing is    */
    struct xa_op *op;
    unsigned wrong_answers;                  /* to the question it holds                 */
    unsigned rounds;                         /* how often its request was planned anew   */
    bool made_vault;                         /* chose a new vault's passphrase           */
    bool person_is_asked;                    /* on its behalf: it is not idle            */
    void (*left)(struct xa_conn *conn);      /* tells the lease that it went, while it
                                              * waits there or holds it; else NULL       */
    struct xa_lease *lease;                  /* which it waits for or holds              */
    struct xa_conn *lease_next;              /* the lease's list                         */
};

/* A connection without a peer yet; NULL: no memory. Its pipe is to accept one; then it
 * is started, and reads. */
struct xa_conn *xa_conn_new(struct xa_agent *agent);
void xa_conn_start(struct xa_conn *conn);

/* From anywhere; twice is fine. */
void xa_conn_close(struct xa_conn *conn);

/* Answer the request in hand, exactly once. Each may close the connection. */
void xa_conn_result(struct xa_conn *conn, const struct xa_message *table, const void *message);
void xa_conn_fail(struct xa_conn *conn, const struct xa_error *err);
void xa_conn_fail_with_tries(struct xa_conn *conn, const struct xa_error *err, uint32_t tries_left);
void xa_conn_need(struct xa_conn *conn, const struct xa_need *need);

/* The request's answer will come from a callback, within ms (0: no limit);
 * else the caller gets XA_TIMED_OUT. */
void xa_conn_working(struct xa_conn *conn, uint64_t ms);

/* Keeps the request's body until xa_conn_again() or an answer; ms as above, then
 * the caller gets XA_NOT_ASKED. False: no memory, and the request has failed. */
bool xa_conn_park(struct xa_conn *conn, struct xa_slice body, uint64_t ms) XA_MUST_CHECK;

/* As xa_conn_working, and keeps the request's body for xa_conn_again(). Without memory
 * for it the request has failed, and false is returned. */
bool xa_conn_working_on(struct xa_conn *conn, struct xa_slice body, uint64_t ms) XA_MUST_CHECK;

/* Handles a kept request as if it had just come; nothing if the connection is
 * on its way out. */
void xa_conn_again(struct xa_conn *conn);

/* Nobody is asked for it any longer: it may be idle for as long as any other. */
void xa_conn_rest(struct xa_conn *conn);

#endif
