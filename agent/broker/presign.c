#include "agent/broker/presign.h"

#include <stdio.h>
#include <string.h>

#include "agent/vault/hash.h"

static const struct xa_deed *deed_of(const struct xa_presign *order, enum xa_form form,
                                     struct xa_error *err)
{
    const struct xa_deed *deed = xa_policy_deed(order->action, order->signer,
                                                order->signer_is_temporary);
    if (deed != NULL && deed->form == form)
        return deed;
    xa_fail(err, XA_POLICY, "this is not signed with that kind of key");
    return NULL;
}

static struct xa_sigv4_request request_of(const struct xa_presign *order,
                                          const struct xa_deed *deed,
                                          const struct xa_sigv4_header *headers, size_t n)
{
    return (struct xa_sigv4_request){
        .method = xa_slice_of(deed->form == XA_FORM_GIT ? deed->name : "GET"),
        .path = order->path,
        .query = order->query,
        .headers = headers,
        .n_headers = n,
        .region = order->region,
        .service = xa_slice_of(deed->service),
        .time_s = order->time_s,
    };
}

/* The table binds what is signed, not only what it is called. */
static bool query_asks_for(struct xa_slice query, const char *name)
{
    char start[64];
    size_t len = (size_t)snprintf(start, sizeof start, "Action=%s&", name);
    return query.len > len && memcmp(query.at, start, len) == 0;
}

/* Signed is what a client sends: a host in lower case, whatever the URL's spelling. */
static void lower(struct xa_slice host, char *ret)
{
    for (size_t i = 0; i < host.len; i++)
        ret[i] = (char)(host.at[i] >= 'A' && host.at[i] <= 'Z' ? host.at[i] | 0x20 : host.at[i]);
    ret[host.len] = '\0';
}

bool xa_presign_url(const struct xa_presign *order, char *room, size_t cap, size_t *ret_len,
                    struct xa_error *err)
{
    char host[XA_HOST_MAX + 8];
    if (order->host.len >= sizeof host)
        return xa_fail(err, XA_INTERNAL, "a host name does not fit its room");
    lower(order->host, host);
    const struct xa_sigv4_header headers[] = {
        { xa_slice_of("host"), xa_slice_of(host) }, order->header,
    };
    const struct xa_deed *deed = deed_of(order, XA_FORM_PRESIGNED, err);
    if (deed == NULL)
        return false;
    if (!query_asks_for(order->query, deed->name))
        return xa_fail(err, XA_POLICY, "this is not signed with that kind of key");
    const struct xa_sigv4_request request =
        request_of(order, deed, headers, order->header.name.len > 0 ? 2 : 1);
    struct xa_writer w = xa_writer_init(room, cap);
    xa_write_bytes(&w, order->host.at, order->host.len);
    xa_write_bytes(&w, order->path.at, order->path.len);
    xa_write_u8(&w, '?');
    size_t query_len;
    if (w.bad)
        return xa_fail(err, XA_INTERNAL, "a signed URL does not fit its room");
    if (!xa_sigv4_presign(order->key, &request, order->expires_s, room + w.len, cap - w.len,
                          &query_len, err))
        return false;
    *ret_len = w.len + query_len;
    return true;
}

bool xa_presign_git(const struct xa_presign *order, struct xa_sigv4_signature *ret,
                    struct xa_error *err)
{
    const struct xa_sigv4_header host = { xa_slice_of("host"), order->host };
    const struct xa_deed *deed = deed_of(order, XA_FORM_GIT, err);
    if (deed == NULL)
        return false;
    const struct xa_sigv4_request request = request_of(order, deed, &host, 1);
    return xa_sigv4_sign_git(order->key, &request, ret, err);
}
