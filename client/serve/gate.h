/* Who is let in to the credentials: the rules L2, L3, L5 and L6 on a request that was read.
 * Pure but for the counting of wrong tokens, whose time is an argument. */
#ifndef XA_CLIENT_SERVE_GATE_H
#define XA_CLIENT_SERVE_GATE_H

#include "client/serve/http.h"
#include "proto/error.h"

#define XA_GATE_TOKEN_LEN 64         /* 256 bits in hexadecimal                             */
#define XA_GATE_PATH "/credentials"

struct xa_gate {
    uint16_t port;
    char token[XA_GATE_TOKEN_LEN + 1];
    int64_t minute_ms;               /* when the minute of these began                      */
    unsigned n_wrong;                /* wrong tokens in it                                  */
};

/* What is answered to one that is not let in. */
struct xa_refusal {
    int status;                      /* of HTTP                                             */
    const char *code, *message;
};

/* Draws the token. XA_INTERNAL: the system has no randomness to give. */
bool xa_gate_init(struct xa_gate *gate, uint16_t port, struct xa_error *err) XA_MUST_CHECK;

/* NULL: it is let in. *ret_delay: the answer is to wait a second, since too many wrong
 * tokens came within a minute. now_ms: of a clock that only goes forward. */
const struct xa_refusal *xa_gate_judge(struct xa_gate *gate, const struct xa_http_request *request,
                                       int64_t now_ms, bool *ret_delay);

/* The answer to a head that cannot be read. */
const struct xa_refusal *xa_gate_unreadable(void);

/* True if the Host header is this machine's address as it was given out, or without the port
 * (facts 6.6): a name that was made to lead here is none of these (L3, L8). */
bool xa_gate_host_good(struct xa_slice host, uint16_t port);

#endif
