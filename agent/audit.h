/* Who was given what, in the log (P7), and what the person is told beside it. */
#ifndef XA_AGENT_AUDIT_H
#define XA_AGENT_AUDIT_H

#include "agent/conn.h"

/* Logs that `what` ("credentials", "an EKS token") of this identity went to conn's peer:
 * pid, uid, program, the last four characters of the key's id, until when. */
void xa_audit_issue(const struct xa_conn *conn, const char *what,
                    const struct xa_identity *identity, struct xa_slice access_key_id,
                    int64_t expires_at);

/* Who asks, for the log: pid, uid and program of conn's peer. Borrows room. */
#define XA_AUDIT_PEER_SIZE 320
const char *xa_audit_peer(const struct xa_conn *conn, char room[XA_AUDIT_PEER_SIZE]);

/* Logs that long work ("setup") for this peer has changed something at AWS, or was refused to. */
void xa_audit_deed(const char *work, const char *deed, const char *peer);

/* What is not as it was wished of `name` (why, an identity's), or not as it was meant; empty:
 * all is. Borrows room. */
struct xa_slice xa_audit_note(const struct xa_conn *conn, struct xa_slice name,
                              struct xa_slice why, char *room, size_t size);

#endif
