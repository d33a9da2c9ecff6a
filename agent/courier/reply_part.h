/* Inside of reading an answer: reply.c chooses the reader and judges what it took. */
#ifndef XA_AGENT_COURIER_REPLY_PART_H
#define XA_AGENT_COURIER_REPLY_PART_H

#include "agent/courier/reply.h"

/* Each reads the body into *reply and points fields of *record at it: those of `answer` on
 * success, else code, message and request id of an error. NULL, or what is wrong with
 * it, for people; then what the record's fields hold is of no use. */
const char *reply_xml(enum xa_answer answer, bool success, struct xa_slice body,
                      struct xa_reply *reply, struct xa_record *record);
const char *reply_json(enum xa_answer answer, bool success, struct xa_slice body,
                       struct xa_reply *reply, struct xa_record *record);

/* As they do, of a success: IAM's to this action, but for ListMFADevices. */
const char *reply_iam(enum xa_answer answer, struct xa_slice action, struct xa_slice body,
                      struct xa_reply *reply, struct xa_record *record);

/* A text made printable in place, on one line. */
struct xa_slice reply_printable(char *at, size_t len);

/* A server's message so that it can be shown: on one line, printable, and cut before a
 * canonical request, which would hold the session token (facts 2.4). Changes at[len]. */
struct xa_slice reply_readable(char *at, size_t len);

#endif
