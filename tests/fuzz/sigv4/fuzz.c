/* Canonicalisation and signing: the first byte holds switches, then come method, path,
 * query and body, a line each; every further line is a header. What SigV4 sorts may
 * come in any order. */
#include <strings.h>

#include "agent/vault/hash.h"
#include "agent/vault/sigv4.h"
#include "tests/fuzz/fuzz.h"

#define HEADERS 8

static const struct xa_sigv4_key key = {
    .access_key_id = { (const uint8_t *)"AKIDEXAMPLE", 11 },
    .secret = { (const uint8_t *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40 },
    .token = { (const uint8_t *)"a/token+with=signs", 18 },
};

static bool is_hex(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* a&b&c to c&b&a. */
static struct xa_slice reversed(struct xa_slice query, uint8_t *room)
{
    size_t to = 0, end = query.len;
    for (size_t i = query.len; i-- > 0;) {
        if (query.at[i] != '&')
            continue;
        memcpy(room + to, query.at + i + 1, end - i - 1);
        to += end - i - 1;
        room[to++] = '&';
        end = i;
    }
    if (end > 0)
        memcpy(room + to, query.at, end);
    return (struct xa_slice){ room, query.len };
}

static bool same_name(struct xa_slice a, struct xa_slice b)
{
    return a.len == b.len && (a.len == 0 ||
           strncasecmp((const char *)a.at, (const char *)b.at, a.len) == 0);
}

/* Reverses the headers; false if two have one name, whose order counts. */
static bool turn_round(struct xa_sigv4_header *headers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (same_name(headers[i].name, headers[k].name))
                return false;
    for (size_t i = 0; i < n / 2; i++) {
        struct xa_sigv4_header held = headers[i];
        headers[i] = headers[n - 1 - i];
        headers[n - 1 - i] = held;
    }
    return true;
}

static size_t read_headers(struct xa_slice *rest, struct xa_sigv4_header headers[HEADERS])
{
    size_t n = 0;
    for (; n < HEADERS && rest->len > 0; n++) {
        struct xa_slice line = next_line(rest);
        const uint8_t *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
        size_t name = colon != NULL ? (size_t)(colon - line.at) : line.len;
        size_t value = name < line.len ? name + 1 : name;
        headers[n].name = (struct xa_slice){ line.at, name };
        headers[n].value = (struct xa_slice){ line.at + value, line.len - value };
    }
    return n;
}

static void presign(const struct xa_sigv4_request *request)
{
    static char room[8192];
    struct xa_error err;
    size_t len;
    if (!xa_sigv4_presign(&key, request, 900, room, sizeof room, &len, &err)) {
        HOLDS(err.code == XA_INTERNAL);
        return;
    }
    HOLDS(len > 64 + 17 && len <= sizeof room);
    HOLDS(memcmp(room + len - 64 - 17, "&X-Amz-Signature=", 17) == 0);
    HOLDS(request->query.len == 0 || memcmp(room, request->query.at, request->query.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t turned[1 << 16];
    struct xa_sigv4_header headers[HEADERS];
    struct xa_sigv4_signature one, other;
    struct xa_error err;
    static bool ready;
    if (!ready)
        ready = xa_crypto_init(&err);
    if (size == 0 || size > sizeof turned)
        return 0;
    struct xa_slice rest = { data + 1, size - 1 };
    struct xa_sigv4_request request = { .headers = headers, .time_s = 1440938160 };
    request.method = next_line(&rest);
    request.path = next_line(&rest);
    request.query = next_line(&rest);
    request.body = next_line(&rest);
    request.n_headers = read_headers(&rest, headers);
    request.region = xa_slice_of("us-east-1");
    request.service = xa_slice_of("sts");
    request.normalize_path = (data[0] & 1) != 0;
    request.sign_body = (data[0] & 2) != 0;
    request.token_unsigned = (data[0] & 4) != 0;

    if (!xa_sigv4_sign(&key, &request, &one, &err)) {
        HOLDS(err.code == XA_INTERNAL);
    } else {
        HOLDS(is_hex(one.hex) && strlen(one.amz_date) == 16);
        HOLDS(strstr(one.authorization, one.hex) != NULL);
        request.query = reversed(request.query, turned);
        bool turns = turn_round(headers, request.n_headers);
        HOLDS(xa_sigv4_sign(&key, &request, &other, &err));
        HOLDS(!turns || strcmp(one.hex, other.hex) == 0);
    }
    if (xa_sigv4_sign_git(&key, &request, &other, &err))
        HOLDS(is_hex(other.hex));
    presign(&request);
    return 0;
}
