/* The process that is started: it stays, holds nothing, and begets the other
 * two (design.md, section 2). */
#ifndef XA_AGENT_SUPERVISOR_H
#define XA_AGENT_SUPERVISOR_H

#include <sys/types.h>

#include "proto/error.h"

/* Talk on the socketpair (SOCK_SEQPACKET) between supervisor and agent.
 *
 * agent -> supervisor, first one packet:  'R' (ready), or 'F' and an encoded
 *     xa_msg_error body: the start failed.
 * agent -> supervisor, any time:          'C': start a courier.
 * supervisor -> agent, one packet each:   'C' with one descriptor (SCM_RIGHTS):
 *     our end of a SOCK_SEQPACKET socketpair with SO_PASSCRED set on it, whose
 *     other end the new courier has as descriptor 3; or 'X': none could be started.
 * The courier's own first packet on that socketpair is the one byte 'H'; the
 * kernel adds its pid (SCM_CREDENTIALS). */
#define XA_SUPERVISOR_READY 'R'
#define XA_SUPERVISOR_FAILED 'F'
#define XA_SUPERVISOR_COURIER 'C'
#define XA_SUPERVISOR_NO_COURIER 'X'
#define XA_COURIER_HELLO 'H'
#define XA_COURIER_FD 3

/* Longest packet either way: 'F' and an error. */
#define XA_SUPERVISOR_PACKET_MAX 4096

/* Serves until the agent ends; returns the exit status to leave with.
 *
 * agent      the forked agent; TERM, INT, HUP and USR1 are passed on to it.
 * link_fd    our end of the socketpair.
 * ready_fd   where to write 'R', or 'F' and the error, once; -1: nowhere. Then an
 *            error is for stderr. */
int xa_supervise(pid_t agent, int link_fd, int ready_fd);

/* Blocks what xa_supervise takes by descriptor; call before the fork. */
void xa_supervisor_block_signals(void);

/* Undoes that, in a child. */
void xa_supervisor_unblock_signals(void);

/* Tells whoever waits for readiness that the start failed: `ready_fd` as above.
 * Returns the exit status. */
int xa_supervisor_report(int ready_fd, const struct xa_error *err);

#endif
