#include "agent/broker/call.h"

#include <stdio.h>
#include <string.h>

#include "agent/vault/hash.h"

/* The header lines as sent; the token's is the secret among them. */
struct lines {
    char type[96], target[128], date[64];
    char authorization[XA_SIGV4_AUTHORIZATION_SIZE + 32];
    char token[XA_TOKEN_MAX + 32];
};

static const char *content_type(const struct xa_deed *deed)
{
    return deed->form == XA_FORM_JSON ? "application/x-amz-json-1.1"
                                      : "application/x-www-form-urlencoded; charset=utf-8";
}

static bool sign(const struct xa_call_order *order, const struct xa_deed *deed,
                 struct xa_sigv4_signature *ret, struct xa_error *err)
{
    const struct xa_sigv4_header headers[] = {
        { xa_slice_of("content-type"), xa_slice_of(content_type(deed)) },
        { xa_slice_of("host"), xa_slice_of(order->at->host) },
        { xa_slice_of("x-amz-target"), xa_slice_of(deed->name) },
    };
    const struct xa_sigv4_request request = {
        .method = xa_slice_of("POST"),
        .path = xa_slice_of(order->at->path),
        .headers = headers,
        .n_headers = deed->form == XA_FORM_JSON ? 3 : 2,
        .body = order->body,
        .region = xa_slice_of(order->at->region),
        .service = xa_slice_of(deed->service),
        .time_s = order->time_s,
    };
    if (order->vault == NULL)
        return xa_sigv4_sign(order->key, &request, ret, err);
    return xa_vault_sign_kind(order->vault, order->source, order->kind, &request, ret, err);
}

/* The table binds what is signed, not only what it is called. */
static bool body_asks_for(struct xa_slice body, const struct xa_deed *deed)
{
    char start[64];
    if (deed->form == XA_FORM_JSON)
        return xa_slice_is(body, "{}");
    if (deed->form != XA_FORM_QUERY && deed->form != XA_FORM_UNSIGNED)
        return false;
    size_t len = (size_t)snprintf(start, sizeof start, "Action=%s&", deed->name);
    return body.len > len && memcmp(body.at, start, len) == 0;
}

static void add_header(struct xa_request *request, const char *line)
{
    request->headers[request->n_headers++] = xa_slice_of(line);
}

static bool add_signature(const struct xa_call_order *order, const struct xa_deed *deed,
                          struct lines *lines, struct xa_request *request, struct xa_error *err)
{
    struct xa_sigv4_signature signature;
    if (!sign(order, deed, &signature, err))
        return false;
    if (deed->form == XA_FORM_JSON) {
        snprintf(lines->target, sizeof lines->target, "X-Amz-Target: %s", deed->name);
        add_header(request, lines->target);
    }
    snprintf(lines->date, sizeof lines->date, "X-Amz-Date: %s", signature.amz_date);
    snprintf(lines->authorization, sizeof lines->authorization, "Authorization: %s",
             signature.authorization);
    add_header(request, lines->date);
    add_header(request, lines->authorization);
    if (order->vault == NULL && order->key->token.len > 0) {
        snprintf(lines->token, sizeof lines->token, "X-Amz-Security-Token: %.*s",
                 (int)order->key->token.len, (const char *)order->key->token.at);
        add_header(request, lines->token);
    }
    return true;
}

struct xa_port_call *xa_call_send(const struct xa_port *port, const struct xa_call_order *order,
                                  xa_port_done_fn *done, void *done_ctx, struct xa_error *err)
{
    const struct xa_deed *deed = xa_policy_deed(order->action, order->signer,
                                                order->signer_is_temporary);
    struct xa_port_call *call = NULL;
    struct lines lines;
    if (deed == NULL || !body_asks_for(order->body, deed)) {
        xa_fail(err, XA_POLICY, "this is not signed with that kind of key");
        return NULL;
    }
    bool answers_by_name =
        deed->answer == XA_ANSWER_IAM || deed->answer == XA_ANSWER_ACCESS_KEY;
    struct xa_request request = {
        .answer = deed->answer,
        .action = answers_by_name ? xa_slice_of(deed->name) : (struct xa_slice){ 0 },
        .method = xa_slice_of("POST"),
        .url = xa_slice_of(order->at->url),
        .body = order->body,
        .ca_bundle = xa_slice_of(order->reach->ca_bundle),
        .proxy = xa_slice_of(order->reach->proxy),
        .timeout_ms = XA_CALL_TIMEOUT_MS,
        .once = order->once,
        .alone = order->alone,
    };
    snprintf(lines.type, sizeof lines.type, "Content-Type: %s", content_type(deed));
    add_header(&request, lines.type);
    if (deed->form == XA_FORM_UNSIGNED || add_signature(order, deed, &lines, &request, err))
        call = port->send(port->ctx, &request, done, done_ctx, err);
    xa_wipe(&lines, sizeof lines);
    return call;
}
