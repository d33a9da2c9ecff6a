#include "client/serve/gate.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define WRONG_MAX 32                 /* L2 */
#define MINUTE_MS 60000

bool xa_gate_init(struct xa_gate *gate, uint16_t port, struct xa_error *err)
{
    uint8_t random[XA_GATE_TOKEN_LEN / 2];
    *gate = (struct xa_gate){ .port = port };
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return xa_fail(err, XA_INTERNAL, "no randomness for a token");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(gate->token + 2 * i, 3, "%02x", random[i]);
    explicit_bzero(random, sizeof random);
    return true;
}

/* The same time for every value of this length; the length is no secret. */
static bool same(struct xa_slice given, const char *token)
{
    volatile uint8_t differs = 0;
    if (given.len != XA_GATE_TOKEN_LEN)
        return false;
    for (size_t i = 0; i < XA_GATE_TOKEN_LEN; i++)
        differs = (uint8_t)(differs | (given.at[i] ^ (uint8_t)token[i]));
    return differs == 0;
}

bool xa_gate_host_good(struct xa_slice host, uint16_t port)
{
    static const char names[][10] = { "127.0.0.1", "localhost" };
    char with_port[32];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(with_port, sizeof with_port, "%s:%u", names[i], (unsigned)port);
        if (xa_slice_is(host, names[i]) || xa_slice_is(host, with_port))
            return true;
    }
    return false;
}

/* The right token is never late: only wrong ones are counted, and only these wait. */
static bool too_many(struct xa_gate *gate, int64_t now_ms)
{
    if (gate->n_wrong == 0 || now_ms - gate->minute_ms >= MINUTE_MS) {
        gate->minute_ms = now_ms;
        gate->n_wrong = 0;
    }
    return ++gate->n_wrong > WRONG_MAX;
}

const struct xa_refusal *xa_gate_unreadable(void)
{
    static const struct xa_refusal bad = { 400, "BadRequest",
        "this is not a request as AWS's SDKs send it" };
    return &bad;
}

const struct xa_refusal *xa_gate_judge(struct xa_gate *gate, const struct xa_http_request *r,
                                       int64_t now_ms, bool *ret_delay)
{
    static const struct xa_refusal
        page = { 403, "Forbidden", "no page and no proxy gets credentials here" },
        host = { 403, "Forbidden", "the Host header is not this address" },
        method = { 405, "MethodNotAllowed", "only GET is served here" },
        body = { 400, "BadRequest", "a request has no body here" },
        path = { 404, "NotFound", "there are no credentials under this path" },
        token = { 401, "Unauthorized",
                  "the Authorization header is not AWS_CONTAINER_AUTHORIZATION_TOKEN's value" };
    *ret_delay = false;
    if (r->by_page)
        return &page;
    if (!xa_gate_host_good(r->host, gate->port))
        return &host;
    if (!xa_slice_is(r->method, "GET"))
        return &method;
    if (r->has_body)
        return &body;
    if (!xa_slice_is(r->target, XA_GATE_PATH))
        return &path;
    if (same(r->authorization, gate->token))
        return NULL;
    *ret_delay = too_many(gate, now_ms);
    return &token;
}
