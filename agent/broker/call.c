#include "agent/broker/call.h"

#include <stdio.h>
#include <string.h>

#include "agent/vault/hash.h"

static const char content_type[] = "application/x-www-form-urlencoded; charset=utf-8";

/* The header lines as sent; the token's is the secret among them. */
struct lines {
    char type[96], date[64], authorization[XA_SIGV4_AUTHORIZATION_SIZE + 32];
    char token[XA_TOKEN_MAX + 32];
};

static bool sign(const struct xa_call_order *order, const struct xa_deed *deed,
                 struct xa_sigv4_signature *ret, struct xa_error *err)
{
    const struct xa_sigv4_header headers[] = {
        { xa_slice_of("content-type"), xa_slice_of(content_type) },
        { xa_slice_of("host"), xa_slice_of(order->at->host) },
    };
    const struct xa_sigv4_request request = {
        .method = xa_slice_of("POST"),
        .path = xa_slice_of(order->at->path),
        .headers = headers,
        .n_headers = sizeof headers / sizeof headers[0],
        .body = order->body,
        .region = xa_slice_of(order->at->region),
        .service = xa_slice_of(deed->service),
        .time_s = order->time_s,
    };
    return order->vault != NULL ? xa_vault_sign(order->vault, order->source, &request, ret, err)
                                : xa_sigv4_sign(order->key, &request, ret, err);
}

/* The table binds what is signed, not only what it is called. */
static bool body_asks_for(struct xa_slice body, const struct xa_deed *deed)
{
    char start[64];
    size_t len = (size_t)snprintf(start, sizeof start, "Action=%s&", deed->name);
    return body.len > len && memcmp(body.at, start, len) == 0;
}

static void add_header(struct xa_request *request, const char *line)
{
    request->headers[request->n_headers++] = xa_slice_of(line);
}

struct xa_port_call *xa_call_send(const struct xa_port *port, const struct xa_call_order *order,
                                  xa_port_done_fn *done, void *done_ctx, struct xa_error *err)
{
    const struct xa_deed *deed = xa_policy_deed(order->action, order->signer,
                                                order->signer_is_temporary);
    struct xa_port_call *call = NULL;
    struct xa_sigv4_signature signature;
    struct lines lines;
    if (deed == NULL || !body_asks_for(order->body, deed)) {
        xa_fail(err, XA_POLICY, "this is not signed with that kind of key");
        return NULL;
    }
    if (!sign(order, deed, &signature, err))
        return NULL;

    struct xa_request request = {
        .answer = deed->answer,
        .method = xa_slice_of("POST"),
        .url = xa_slice_of(order->at->url),
        .body = order->body,
        .ca_bundle = xa_slice_of(order->reach->ca_bundle),
        .proxy = xa_slice_of(order->reach->proxy),
        .timeout_ms = XA_CALL_TIMEOUT_MS,
        .once = order->once,
    };
    snprintf(lines.type, sizeof lines.type, "Content-Type: %s", content_type);
    snprintf(lines.date, sizeof lines.date, "X-Amz-Date: %s", signature.amz_date);
    snprintf(lines.authorization, sizeof lines.authorization, "Authorization: %s",
             signature.authorization);
    add_header(&request, lines.type);
    add_header(&request, lines.date);
    add_header(&request, lines.authorization);
    if (order->vault == NULL && order->key->token.len > 0) {
        snprintf(lines.token, sizeof lines.token, "X-Amz-Security-Token: %.*s",
                 (int)order->key->token.len, (const char *)order->key->token.at);
        add_header(&request, lines.token);
    }
    call = port->send(port->ctx, &request, done, done_ctx, err);
    xa_wipe(&lines, sizeof lines);
    return call;
}
