/* Who was given what, in the log (P7), and what the person is told beside it. */
#ifndef XA_AGENT_AUDIT_H
#define XA_AGENT_AUDIT_H

#include "agent/conn.h"

/* Logs that `what` ("credentials", "an EKS token") of this identity went to conn's peer:
 * pid, uid, program, the last four characters of the key's id, until when. */
void xa_audit_issue(const struct xa_conn *conn, const char *what,
                    const struct xa_identity *identity, struct xa_slice access_key_id,
                    int64_t expires_at);

/* What is not as it was wished, or not as it was meant; empty: all is. Borrows room. */
struct xa_slice xa_audit_note(const struct xa_conn *conn, const struct xa_identity *identity,
                              char *room, size_t size);

#endif
