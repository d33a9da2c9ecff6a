/* The agent's end of the courier: starts it on need through the supervisor,
 * sends it signed requests, takes records back, replaces it when it dies.
 *
 * A courier that ends, stalls or sends what is no record costs each request in
 * flight one more try with a new courier; the second time they fail with
 * XA_COURIER_UNUSABLE. A request with an MFA code in it is never sent twice (N9).
 *
 * One courier carries all requests but those that are to be alone: each of these has one
 * of its own, started for it, which carries nothing else and ends with it, whether by
 * its record, its failure or xa_link_cancel. It is never sent twice either. */
#ifndef XA_AGENT_COURIER_LINK_H
#define XA_AGENT_COURIER_LINK_H

#include <uv.h>

#include "agent/courier/exchange.h"
#include "agent/vault/arena.h"

struct xa_link;
struct xa_link_call;

/* Runs exactly once, from the loop, never from inside xa_link_send; not after
 * xa_link_cancel. record is NULL on failure, then *err says why; it borrows the
 * link's buffer, which is wiped when done returns. */
typedef void xa_link_done_fn(void *ctx, const struct xa_record *record, const struct xa_error *err);

/* supervisor_fd: this process's end of the socketpair with the supervisor: one
 * byte asks for a courier, and one packet with a descriptor answers (supervisor.h).
 * Borrowed. arena: for requests under way, which carry signatures and, with
 * temporary credentials, a session token. gone: runs from the loop when the
 * supervisor's end is closed, so that the agent can end. */
struct xa_link *xa_link_new(uv_loop_t *loop, int supervisor_fd, struct xa_arena *arena,
                            void (*gone)(void *ctx), void *ctx, struct xa_error *err) XA_MUST_CHECK;

/* Closes everything and fails what is under way silently (no done runs); all of the
 * arena is given back. Frees itself once the loop has closed its handles. */
void xa_link_close(struct xa_link *link);

/* Copies *request and sends it; its number is the link's to set, and a timeout_ms
 * of 0 or more than XA_EXCHANGE_TIMEOUT_MAX_MS becomes that. A courier that has not
 * answered XA_LINK_GRACE_MS after it has stalled: the call fails with XA_TIMED_OUT
 * and the courier is replaced. NULL: XA_NO_MEMORY (no room in the arena), XA_BUSY
 * (XA_LINK_CALLS_MAX under way, or XA_LINK_ALONE_MAX alone), XA_INTERNAL (a limit of
 * exchange.h is broken, or a new access key is asked for and not alone). */
#define XA_LINK_CALLS_MAX 256
#define XA_LINK_ALONE_MAX 4
#define XA_LINK_GRACE_MS 2000
struct xa_link_call *xa_link_send(struct xa_link *link, const struct xa_request *request,
                                  xa_link_done_fn *done, void *ctx,
                                  struct xa_error *err) XA_MUST_CHECK;

/* The call is gone: its done will not run. What the courier still answers to it
 * is thrown away. Before xa_link_close, not after. */
void xa_link_cancel(struct xa_link_call *call);

/* The usual courier's pid as the kernel told it (SCM_CREDENTIALS); 0: none runs. */
pid_t xa_link_courier_pid(const struct xa_link *link);

/* True if it is that of any courier: refused as a client (P3). */
bool xa_link_is_courier(const struct xa_link *link, pid_t pid);

#endif
