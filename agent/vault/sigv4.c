#include "agent/vault/sigv4.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/vault/hash.h"
#include "agent/vault/sigv4_canon.h"
#include "proto/limits.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SCOPE_SIZE (8 + 1 + XA_REGION_MAX + 1 + XA_SIGV4_SERVICE_MAX + sizeof "/aws4_request")
#define CREDENTIAL_SIZE (XA_ACCESS_KEY_ID_MAX + 1 + SCOPE_SIZE)

_Static_assert(CREDENTIAL_SIZE + XA_SIGV4_SIGNED_HEADERS_MAX + XA_SIGV4_HEX_SIZE + 64
               <= XA_SIGV4_AUTHORIZATION_SIZE, "an Authorization header always has room");

/* What surrounds a signature; nothing in it is secret. */
struct frame {
    char date[XA_SIGV4_DATE_SIZE];
    char scope[SCOPE_SIZE];            /* 20150830/us-east-1/sts/aws4_request */
    char credential[CREDENTIAL_SIZE];  /* key id / scope                      */
};

static bool frame_init(struct frame *f, const struct xa_sigv4_key *key,
                       const struct xa_sigv4_request *request, struct xa_error *err)
{
    char id[XA_ACCESS_KEY_ID_MAX + 1], region[XA_REGION_MAX + 1], service[XA_SIGV4_SERVICE_MAX + 1];
    time_t when = (time_t)request->time_s;
    struct tm tm;
    if (gmtime_r(&when, &tm) == NULL || tm.tm_year < -900 || tm.tm_year > 8099 ||
        strftime(f->date, sizeof f->date, "%Y%m%dT%H%M%SZ", &tm) == 0)
        return xa_fail(err, XA_INTERNAL, "cannot sign for the second %lld",
                       (long long)request->time_s);
    if (!xa_slice_copy(key->access_key_id, id, sizeof id) ||
        !xa_slice_copy(request->region, region, sizeof region) ||
        !xa_slice_copy(request->service, service, sizeof service) ||
        key->secret.len > XA_SECRET_KEY_MAX)
        return xa_fail(err, XA_INTERNAL, "key id, secret, region or service too long to sign with");
    snprintf(f->scope, sizeof f->scope, "%.8s/%s/%s/aws4_request", f->date, region, service);
    snprintf(f->credential, sizeof f->credential, "%s/%s", id, f->scope);
    return true;
}

static void payload_hash(struct xa_slice body, char ret[XA_SIGV4_HEX_SIZE])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, body.at, body.len);
    sodium_bin2hex(ret, XA_SIGV4_HEX_SIZE, hash, sizeof hash);
}

static void hmac(uint8_t ret[32], const uint8_t *key, size_t key_len, struct xa_slice text)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_len);
    if (text.len > 0)
        crypto_auth_hmacsha256_update(&state, text.at, text.len);
    crypto_auth_hmacsha256_final(&state, ret);
    xa_wipe(&state, sizeof state);
}

static void signing_key(uint8_t ret[32], struct xa_slice secret, const struct frame *f,
                        const struct xa_sigv4_request *request)
{
    uint8_t start[4 + XA_SECRET_KEY_MAX] = { 'A', 'W', 'S', '4' };
    if (secret.len > 0)
        memcpy(start + 4, secret.at, secret.len);
    hmac(ret, start, 4 + secret.len, (struct xa_slice){ (const uint8_t *)f->date, 8 });
    hmac(ret, ret, 32, request->region);
    hmac(ret, ret, 32, request->service);
    hmac(ret, ret, 32, xa_slice_of("aws4_request"));
    xa_wipe(start, sizeof start);
}

/* Signs the string to sign. date_len: all of the date, or all but its 'Z'. */
static void sign(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                 const struct frame *f, size_t date_len, const uint8_t canonical[32],
                 char ret[XA_SIGV4_HEX_SIZE])
{
    uint8_t derived[32], signature[32];
    char hex[XA_SIGV4_HEX_SIZE], text[SCOPE_SIZE + 128];
    sodium_bin2hex(hex, sizeof hex, canonical, 32);
    snprintf(text, sizeof text, ALGORITHM "\n%.*s\n%s\n%s", (int)date_len, f->date, f->scope, hex);
    signing_key(derived, key->secret, f, request);
    hmac(signature, derived, sizeof derived, xa_slice_of(text));
    sodium_bin2hex(ret, XA_SIGV4_HEX_SIZE, signature, sizeof signature);
    xa_wipe(derived, sizeof derived);
}

static bool too_large(struct xa_error *err)
{
    return xa_fail(err, XA_INTERNAL, "a request is too large or too odd to be signed");
}

static void authorize(const struct frame *f, const struct xa_canon *c,
                      struct xa_sigv4_signature *ret)
{
    memcpy(ret->amz_date, f->date, sizeof ret->amz_date);
    snprintf(ret->authorization, sizeof ret->authorization,
             ALGORITHM " Credential=%s, SignedHeaders=%s, Signature=%s",
             f->credential, c->signed_headers, ret->hex);
}

bool xa_sigv4_sign(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                   struct xa_sigv4_signature *ret, struct xa_error *err)
{
    struct frame f;
    if (!frame_init(&f, key, request, err))
        return false;
    char payload[XA_SIGV4_HEX_SIZE];
    payload_hash(request->body, payload);
    struct xa_canon c;
    xa_canon_init(&c, request);
    xa_canon_header(&c, "x-amz-date", xa_slice_of(f.date));
    if (key->token.len > 0 && !request->token_unsigned)
        xa_canon_header(&c, "x-amz-security-token", key->token);
    if (request->sign_body)
        xa_canon_header(&c, "x-amz-content-sha256", xa_slice_of(payload));
    xa_canon_names(&c);
    if (c.bad)
        return too_large(err);
    uint8_t canonical[32];
    xa_canon_hash(&c, xa_slice_of(payload), canonical);
    sign(key, request, &f, XA_SIGV4_DATE_SIZE - 1, canonical, ret->hex);
    authorize(&f, &c, ret);
    return true;
}

bool xa_sigv4_sign_git(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                       struct xa_sigv4_signature *ret, struct xa_error *err)
{
    struct frame f;
    if (!frame_init(&f, key, request, err))
        return false;
    struct xa_canon c;
    xa_canon_init(&c, request);
    xa_canon_names(&c);
    if (c.bad)
        return too_large(err);
    uint8_t canonical[32];
    xa_canon_hash(&c, (struct xa_slice){ 0 }, canonical);
    sign(key, request, &f, XA_SIGV4_DATE_SIZE - 2, canonical, ret->hex);
    authorize(&f, &c, ret);
    return true;
}

/* One parameter: into the canonical query if it is signed, and into the URL. */
static void query_param(struct xa_canon *c, struct xa_writer *w, const char *name,
                        struct xa_slice value, bool is_signed)
{
    if (is_signed)
        xa_canon_param(c, name, value);
    if (w->len > 0)
        xa_write_u8(w, '&');
    xa_write_bytes(w, name, strlen(name));
    xa_write_u8(w, '=');
    xa_canon_encode(w, value);
}

bool xa_sigv4_presign(const struct xa_sigv4_key *key, const struct xa_sigv4_request *request,
                      uint32_t expires_s, char *room, size_t cap, size_t *ret_len,
                      struct xa_error *err)
{
    struct frame f;
    if (!frame_init(&f, key, request, err))
        return false;
    char payload[XA_SIGV4_HEX_SIZE], expires[16], hex[XA_SIGV4_HEX_SIZE];
    payload_hash(request->body, payload);
    snprintf(expires, sizeof expires, "%u", expires_s);
    struct xa_canon c;
    xa_canon_init(&c, request);
    xa_canon_names(&c);
    struct xa_writer w = xa_writer_init(room, cap);
    xa_write_bytes(&w, request->query.at, request->query.len);
    query_param(&c, &w, "X-Amz-Algorithm", xa_slice_of(ALGORITHM), true);
    query_param(&c, &w, "X-Amz-Credential", xa_slice_of(f.credential), true);
    query_param(&c, &w, "X-Amz-Date", xa_slice_of(f.date), true);
    query_param(&c, &w, "X-Amz-Expires", xa_slice_of(expires), true);
    query_param(&c, &w, "X-Amz-SignedHeaders", xa_slice_of(c.signed_headers), true);
    if (key->token.len > 0)
        query_param(&c, &w, "X-Amz-Security-Token", key->token, !request->token_unsigned);
    uint8_t canonical[32];
    xa_canon_hash(&c, xa_slice_of(payload), canonical);
    sign(key, request, &f, XA_SIGV4_DATE_SIZE - 1, canonical, hex);
    query_param(&c, &w, "X-Amz-Signature", xa_slice_of(hex), false);
    if (c.bad || w.bad) {
        xa_wipe(room, cap);
        return too_large(err);
    }
    *ret_len = w.len;
    return true;
}
