/* Where a request may go: the first byte holds switches, then come a region, a
 * partition and an endpoint_url, a line each. */
#include "agent/aws/endpoint.h"
#include "agent/courier/url.h"
#include "tests/fuzz/fuzz.h"

static void check_url(struct xa_slice text)
{
    struct xa_url url;
    struct xa_error err;
    if (!xa_url_split(text, &url, &err)) {
        HOLDS(err.code == XA_BAD_CONFIG && xa_text_printable(xa_slice_of(err.message)));
        return;
    }
    HOLDS(url.host.len > 0 && lies_in(url.host, text) && lies_in(url.port, text));
    HOLDS(lies_in(url.path, text) && lies_in(url.query, text));
    HOLDS(url.https || url.loopback);
    for (size_t i = 0; i < text.len; i++)
        HOLDS(text.at[i] > 0x20 && text.at[i] < 0x7f && text.at[i] != '\\');
    HOLDS(memchr(url.host.at, '@', url.host.len) == NULL);
    HOLDS(memchr(url.host.at, '/', url.host.len) == NULL);
}

static void check_endpoint(const struct xa_endpoint *e)
{
    struct xa_url url;
    struct xa_error err;
    HOLDS(xa_url_split(xa_slice_of(e->url), &url, &err));
    HOLDS(url.query.len == 0);
    HOLDS(e->path[0] == '/' && e->host[0] != '\0');
    HOLDS(strncmp(e->host, (const char *)url.host.at, url.host.len) == 0);
    HOLDS(xa_region_valid(xa_slice_of(e->region)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_endpoint endpoint;
    struct xa_error err;
    if (size == 0)
        return 0;
    struct xa_slice rest = { data + 1, size - 1 };
    struct xa_endpoint_wish wish = { 0 };
    wish.region = next_line(&rest);
    wish.partition = next_line(&rest);
    wish.endpoint_url = next_line(&rest);
    wish.fips = (data[0] & 1) != 0;
    wish.dualstack = (data[0] & 2) != 0;
    wish.legacy_global = (data[0] & 4) != 0;
    check_url(wish.endpoint_url);
    HOLDS(xa_partition_of(wish.region) != NULL);
    if (xa_endpoint_sts(&wish, &endpoint, &err))
        check_endpoint(&endpoint);
    else
        HOLDS(err.code == XA_BAD_CONFIG && xa_text_printable(xa_slice_of(err.message)));
    if (xa_endpoint_iam(&wish, &endpoint, &err))
        check_endpoint(&endpoint);
    else
        HOLDS(err.code == XA_BAD_CONFIG);
    return 0;
}
