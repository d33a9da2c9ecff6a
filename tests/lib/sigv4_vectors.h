/* Reads AWS's signing vectors: context.json and request.txt of a case. For tests. */
#ifndef XA_TESTS_SIGV4_VECTORS_H
#define XA_TESTS_SIGV4_VECTORS_H

#include <jansson.h>

#include "agent/vault/sigv4.h"

/* One case, ready to be signed. The slices point into json and text. */
struct vector {
    json_t *json;
    char *text;
    struct xa_sigv4_header headers[XA_SIGV4_HEADERS_MAX];
    struct xa_sigv4_request request;
    struct xa_sigv4_key key;
    uint32_t expires_s;
};

/* The whole file with a NUL behind it, which the caller frees; NULL if there is
 * none of that name. */
char *slurp(const char *dir, const char *name);

/* Seconds of "2015-08-30T12:36:00Z". */
int64_t parse_time(const char *text);

/* Takes apart the text of a request: first line, headers (continuation lines are
 * joined by a space; X-Amz-Date is left out, the signer adds it), body. The text
 * is changed and must live as long as the vector. */
void parse_request(struct vector *v, char *text);

/* A case of aws-c-auth. */
void load_vector(struct vector *v, const char *dir);
void free_vector(struct vector *v);

#endif
