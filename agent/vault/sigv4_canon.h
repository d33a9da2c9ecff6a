/* The canonical request of SigV4 (facts 2.1): collected, sorted and hashed
 * without ever standing in memory as one text. For sigv4.c only. */
#ifndef XA_AGENT_VAULT_SIGV4_CANON_H
#define XA_AGENT_VAULT_SIGV4_CANON_H

#include "agent/vault/sigv4.h"
#include "proto/limits.h"

struct xa_canon_param {
    struct xa_slice name, value;
    bool literal;                  /* else percent-encoded, as it stood in the URL */
};

struct xa_canon {
    struct xa_slice method;
    char path[XA_URL_MAX + 1];     /* normalised, not yet encoded                  */
    size_t path_len;
    struct xa_canon_param params[XA_SIGV4_PARAMS_MAX + 7];     /* in canonical order */
    size_t n_params;
    struct xa_sigv4_header headers[XA_SIGV4_HEADERS_MAX + 3];  /* in canonical order */
    size_t n_headers;
    char signed_headers[XA_SIGV4_SIGNED_HEADERS_MAX + 1];      /* after _names()     */
    bool bad;                      /* sticky: something did not fit                */
};

/* Takes path, query and headers of the request, which is borrowed. */
void xa_canon_init(struct xa_canon *c, const struct xa_sigv4_request *request);

void xa_canon_header(struct xa_canon *c, const char *name, struct xa_slice value);
void xa_canon_param(struct xa_canon *c, const char *name, struct xa_slice value);

/* Fills signed_headers, after the last header: "host;x-amz-date". */
void xa_canon_names(struct xa_canon *c);

/* SHA-256 of the canonical request. payload is its last line. */
void xa_canon_hash(const struct xa_canon *c, struct xa_slice payload, uint8_t ret[32]);

/* Percent-encodes all but A-Z a-z 0-9 - _ . ~ as SigV4 wants it. */
void xa_canon_encode(struct xa_writer *w, struct xa_slice text);

#endif
