/* AWS Signature Version 4, header and query form (facts 2), with libsodium's
 * SHA-256 and HMAC. Pure: the time is an argument. */
#ifndef XA_AGENT_VAULT_SIGV4_H
#define XA_AGENT_VAULT_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/wire.h"

struct xa_sigv4_header { struct xa_slice name, value; };

/* A request as it will be sent. Slices are borrowed for the call. */
struct xa_sigv4_request {
    struct xa_slice method;
    struct xa_slice path;          /* "/" for STS; otherwise each byte that is not
                                    * unreserved is percent-encoded once, '%' too   */
    struct xa_slice query;         /* raw query string as in the URL, without '?'  */
    const struct xa_sigv4_header *headers;   /* host among them; signed, all of them */
    size_t n_headers;
    struct xa_slice body;
    struct xa_slice region, service;
    int64_t time_s;                /* Unix seconds; becomes X-Amz-Date               */
    bool normalize_path;           /* remove ".", ".." and empty segments            */
    bool sign_body;                /* header form: sign x-amz-content-sha256 (the
                                    * sender adds it); not needed for STS or IAM   */
    bool token_unsigned;           /* the token is sent, but not signed             */
};

/* Who signs. The secret is read only during the call; all are borrowed. */
struct xa_sigv4_key { struct xa_slice access_key_id, secret, token; };

#define XA_SIGV4_HEADERS_MAX 32     /* of a request; own choice                     */
#define XA_SIGV4_PARAMS_MAX 64      /* in its query; own choice                     */
#define XA_SIGV4_SIGNED_HEADERS_MAX 512   /* the list of their names; own choice    */
#define XA_SIGV4_SERVICE_MAX 63
#define XA_SIGV4_DATE_SIZE 17       /* "20150830T123600Z" and NUL                   */
#define XA_SIGV4_HEX_SIZE 65        /* a signature and NUL                          */
#define XA_SIGV4_AUTHORIZATION_SIZE 1024

struct xa_sigv4_signature {
    char amz_date[XA_SIGV4_DATE_SIZE];               /* value of X-Amz-Date          */
    char hex[XA_SIGV4_HEX_SIZE];
    char authorization[XA_SIGV4_AUTHORIZATION_SIZE]; /* value of Authorization       */
};

/* Signs in header form. X-Amz-Date, and X-Amz-Security-Token when the key has a
 * token, are signed besides request->headers: the sender adds them with the
 * values of *ret and *key. XA_INTERNAL: a part is larger than its room (the
 * limits of proto/limits.h fit). Derived keys are wiped before return. */
bool xa_sigv4_sign(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                   struct xa_sigv4_signature *ret, struct xa_error *err) XA_MUST_CHECK;

/* Signs in query form: writes the whole query string of the URL, without '?',
 * into room[cap] and its length, without a NUL, into *ret_len. The request's own
 * parameters come first, as they are; X-Amz-Signature comes last. The token is
 * in it, so room is as secret as the token. */
bool xa_sigv4_presign(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                      uint32_t expires_s, char *room, size_t cap, size_t *ret_len,
                      struct xa_error *err) XA_MUST_CHECK;

/* Signs in the form of CodeCommit's git passwords (facts 10.3): as in header
 * form, but nothing is added, the payload's hash is left empty and the date in
 * the string to sign has no 'Z'. The password is ret->amz_date and ret->hex. */
bool xa_sigv4_sign_git(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                       struct xa_sigv4_signature *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
