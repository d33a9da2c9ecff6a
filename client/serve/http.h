/* The head of an HTTP/1.1 request, read as strictly as it can be: what a client library sends
 * passes, what else could be meant does not (security L6). Pure; fuzzed under its name. */
#ifndef XA_CLIENT_SERVE_HTTP_H
#define XA_CLIENT_SERVE_HTTP_H

#include "proto/wire.h"

#define XA_HTTP_HEAD_MAX 8192        /* bytes, with the empty line that ends it: L6         */
#define XA_HTTP_LINES_MAX 64         /* of headers: L6                                      */

/* Slices borrow the bytes that were read. */
struct xa_http_request {
    struct xa_slice method, target;
    struct xa_slice host;            /* of the Host header; at NULL: there is none          */
    struct xa_slice authorization;   /* likewise                                            */
    bool by_page;                    /* a header that only browsers and proxies send is
                                      * there: Origin, Referer, Cookie, Sec-…: L5           */
    bool has_body;                   /* Content-Length, Transfer-Encoding or Trailer is     */
};

enum xa_http_state {
    XA_HTTP_MORE,                    /* the head has not ended yet                          */
    XA_HTTP_WHOLE,                   /* it ends where the bytes end                         */
    XA_HTTP_BAD,                     /* it is not as it should be, or too long, or more
                                      * follows                                             */
};

/* A target that does not begin with '/', another version, a line without CR LF, a folded
 * or empty name, a byte that is not printable ASCII, a header that is there twice are bad. */
enum xa_http_state xa_http_read(struct xa_slice bytes, struct xa_http_request *ret);

#endif
