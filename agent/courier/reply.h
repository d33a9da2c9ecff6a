/* An HTTP answer of AWS to the fields of a record: XML of STS and IAM (facts 1.4, 1.5, 9), JSON
 * of ECR and of the sign-in page (facts 8.1, 10.4). Pure; the fuzzer of its name comes in
 * here. */
#ifndef XA_AGENT_COURIER_REPLY_H
#define XA_AGENT_COURIER_REPLY_H

#include "agent/courier/exchange.h"

/* What the fields of a record borrow. Holds secrets: the caller wipes it. */
struct xa_reply {
    char access_key_id[XA_ACCESS_KEY_ID_MAX];
    char secret[XA_SECRET_KEY_MAX];
    char token[XA_TOKEN_MAX];
    char expiration[64];
    char role_arn[XA_ARN_MAX], role_id[XA_USER_ID_MAX];
    char account[XA_ACCOUNT_LEN], arn[XA_ARN_MAX], user_id[XA_USER_ID_MAX];
    char devices[XA_DEVICES_MAX];
    char registry[XA_URL_MAX];
    char aws_code[XA_AWS_CODE_MAX], aws_message[XA_AWS_MESSAGE_MAX];
    char request_id[XA_REQUEST_ID_MAX];
    bool long_too;                      /* the rest was, or may have been, written to      */
    char details[XA_DETAILS_MAX];
    char document[XA_DETAILS_MAX], text[64 * 1024];      /* of IAM: on the way to details */
};

/* Wipes what an answer can have left there. */
void xa_reply_wipe(struct xa_reply *reply);

/* Reads the body of an answer with this status into *reply and points the fields
 * of *record at it; number, date and the rest of *record are left alone.
 *
 * Status 200: the elements, or members, that `answer` has. A body that is not as N4 wants it
 * gives the outcome XA_OUTCOME_UNREADABLE with a detail and no fields. Which
 * fields must be there is the agent's to judge; of IAM's lines, which are no fields, the
 * root of `action` and its result must be there, and each list's members have their name.
 * Any other: the error's code, message and request id, in whichever form; a body
 * that is empty, HTML or broken leaves them empty. The message is made printable,
 * cut at XA_AWS_MESSAGE_MAX, and ends before a canonical request, which would
 * hold the session token (facts 2.4). */
void xa_reply_read(enum xa_answer answer, struct xa_slice action, uint32_t status,
                   struct xa_slice body, struct xa_reply *reply, struct xa_record *record);

#endif
