/* What agent and courier say to each other over the link, a SOCK_SEQPACKET
 * socketpair: one packet a message, so no framing. Both sides use this file;
 * both check every field (security, section 2).
 *
 * The agent sends a whole signed request. The courier carries it and answers
 * with a small record of parsed, length-limited fields. */
#ifndef XA_AGENT_COURIER_EXCHANGE_H
#define XA_AGENT_COURIER_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

#define XA_PACKET_MAX (96 * 1024)      /* body <= 64 KiB, headers and URL beside it   */
#define XA_RECORD_MAX (24 * 1024)      /* the token or the details, and little beside */
#define XA_EXCHANGE_HEADERS_MAX 16
#define XA_EXCHANGE_HEADER_MAX (XA_TOKEN_MAX + 64)   /* X-Amz-Security-Token: …       */
#define XA_EXCHANGE_BODY_MAX (64 * 1024)
#define XA_EXCHANGE_TIMEOUT_MAX_MS 10000             /* N3                            */
#define XA_EXCHANGE_ACTION_MAX 64      /* own choice                                  */
#define XA_DETAIL_MAX 256              /* own choice                                  */
#define XA_DETAILS_MAX (20 * 1024)     /* own choice: a policy, twice (facts 9.3)     */

/* Which answer is expected, so which elements of its XML, or members of its JSON, are taken. */
enum xa_answer {
    XA_ANSWER_ASSUME_ROLE = 1,
    XA_ANSWER_CALLER_IDENTITY = 2,
    XA_ANSWER_SESSION_TOKEN = 3,
    XA_ANSWER_MFA_DEVICES = 4,
    XA_ANSWER_ECR_TOKEN = 5,           /* JSON, as the next                           */
    XA_ANSWER_SIGNIN_TOKEN = 6,
    XA_ANSWER_IAM = 7,                 /* what IAM answers to an action other than
                                        * ListMFADevices and the next                 */
    XA_ANSWER_ACCESS_KEY = 8,          /* CreateAccessKey: holds a long-lived key     */
};

#define XA_DEVICES_MAX (XA_MFA_DEVICES_MAX * (XA_MFA_SERIAL_MAX + 1))

struct xa_request {
    uint32_t number;                   /* the agent's; the record carries it          */
    enum xa_answer answer;
    struct xa_slice action;            /* of an answer of IAM, whose: letters; of others none */
    struct xa_slice method, url;       /* GET or POST; exactly as signed (url.h)      */
    struct xa_slice headers[XA_EXCHANGE_HEADERS_MAX];   /* "Name: value", as signed   */
    size_t n_headers;
    struct xa_slice body;              /* printable ASCII: a form, or JSON            */
    struct xa_slice ca_bundle;         /* absolute path; empty: the system's          */
    struct xa_slice proxy;             /* empty: none                                 */
    uint32_t timeout_ms;               /* for the whole exchange, 1..10000; N3        */
    bool once;                         /* holds an MFA code: sent once and never
                                        * again, whatever becomes of courier and
                                        * connection (N9)                             */
    bool alone;                        /* by a courier of its own, and sent once: for an
                                        * answer with a long-lived key. The link's to
                                        * heed; it does not travel                    */
};

/* How far the exchange came. */
enum xa_outcome {
    XA_OUTCOME_ANSWERED = 1,     /* a whole HTTP answer: look at status               */
    XA_OUTCOME_UNREACHABLE = 2,  /* name, route, connection, cut answer               */
    XA_OUTCOME_TIMED_OUT = 3,
    XA_OUTCOME_CERTIFICATE = 4,  /* TLS refused                                       */
    XA_OUTCOME_UNREADABLE = 5,   /* an answer that breaks N3 or N4                    */
};

/* Of an outcome other than ANSWERED, detail says why and no field of an answer is
 * there. Texts are printable; key id, secret and token are of their alphabets, and
 * details are lines. */
struct xa_record {
    uint32_t number;
    enum xa_outcome outcome;
    uint32_t status;                   /* HTTP status; 0 without an answer            */
    int64_t date_s;                    /* the Date header, Unix seconds; 0: none, or
                                        * not over verified TLS (facts 2.3)           */
    struct xa_slice detail;            /* why, for people, when not ANSWERED          */
    /* a 200 of AssumeRole or GetSessionToken; the token, of getSigninToken too */
    struct xa_slice access_key_id, secret, token;   /* secret: wiped after use        */
    int64_t expires_at;                /* Unix seconds                                */
    struct xa_slice role_arn, role_id; /* AssumedRoleUser, of AssumeRole only         */
    /* a 200 of GetAuthorizationToken, besides token and expires_at: whose it is */
    struct xa_slice registry;          /* https://ACCOUNT.dkr.ecr.…                   */
    /* a 200 of ListMFADevices: serials, each behind a blank */
    struct xa_slice devices;
    /* a 200 of GetCallerIdentity */
    struct xa_slice account, arn, user_id;
    /* a 200 of IAM: lines `KEY VALUE`, each ended by a newline, in the order of the
     * answer (reply_iam_table.c has the keys); of CreateAccessKey besides access_key_id and
     * secret. Beside it there is none of the other fields of a 200. */
    struct xa_slice details;
    /* an error answer, in whichever of the forms of facts 1.5 */
    struct xa_slice aws_code, aws_message;
    struct xa_slice request_id;        /* of either kind of answer                    */
};

/* How long the packet of this request is; it may be one that breaks a limit. */
size_t xa_request_length(const struct xa_request *request);

/* Each encoder writes one packet into room[cap]; returns its length, or 0 if it
 * does not fit or breaks a limit. Each decoder wants exactly one packet, nothing
 * missing, nothing left over, every limit kept; slices borrow it. XA_BAD_MESSAGE. */
size_t xa_request_encode(const struct xa_request *request, uint8_t *room, size_t cap);
bool xa_request_decode(struct xa_slice packet, struct xa_request *ret,
                       struct xa_error *err) XA_MUST_CHECK;
size_t xa_record_encode(const struct xa_record *record, uint8_t *room, size_t cap);
bool xa_record_decode(struct xa_slice packet, struct xa_record *ret,
                      struct xa_error *err) XA_MUST_CHECK;

/* True if a record keeps every limit: exactly these travel. */
bool xa_record_sound(const struct xa_record *record);

/* Takes the next line off *rest: key, of [a-z.], and value, which may be empty and is
 * printable. False at the end, and where what is left is no such line; then *rest is
 * as it was. All borrow. */
bool xa_details_next(struct xa_slice *rest, struct xa_slice *ret_key, struct xa_slice *ret_value);

/* The alphabets: printable ASCII without blanks (secret and token), and what a
 * key id is made of, [A-Za-z0-9_]. Both are false for nothing at all. */
bool xa_is_graphic(struct xa_slice s);
bool xa_is_key_id(struct xa_slice s);

#endif
