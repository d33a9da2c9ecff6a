/* Inside of the transfer: transfer.c carries, transfer_failure.c says why it did not. */
#ifndef XA_AGENT_COURIER_TRANSFER_IMPL_H
#define XA_AGENT_COURIER_TRANSFER_IMPL_H

#include <curl/curl.h>

#include "agent/courier/transfer.h"

struct xa_transfer {
    /* for all requests */
    CURL *handle;                        /* with the rules that hold for every one  */
    char *ca_bundle;                     /* whom it trusts; NULL: the system's      */
    uint8_t *answer_body;                /* ANSWER_MAX                              */
    const char *protocols;               /* which it speaks now; static             */
    /* of one request: zero between two */
    uint32_t number;
    enum xa_answer answer;
    char action[XA_EXCHANGE_ACTION_MAX + 1];             /* of IAM's answers         */
    bool verified;                       /* over TLS: its Date can be believed      */
    bool by_proxy;
    struct curl_slist *headers;
    char *body;                          /* sent from here                          */
    char peer[XA_URL_MAX + 8];           /* host:port, for messages                 */
    size_t answer_len, header_bytes;
    unsigned header_lines;
    bool headed;                         /* the blank line behind the headers came  */
    int64_t date_s;
    const char *fault;                   /* which limit was broken; NULL: none      */
    curl_off_t moved;                    /* how far it had come ...                 */
    uint64_t moved_at_ms;                /* ... when it was last seen to move       */
    char detail[XA_DETAIL_MAX + 1];
    char error[CURL_ERROR_SIZE];
};

/* Fills *record for a transfer that ended with this code; for one whose answer ended before it
 * was whole. */
void transfer_say_failure(struct xa_transfer *t, CURLcode code, struct xa_record *record);
void transfer_say_cut(struct xa_transfer *t, struct xa_record *record);

#endif
