/* A request at the endpoint: what is read lies in the bytes, nothing that is let in has what a
 * page sends, and no prefix of it was whole already. */
#include "client/serve/gate.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice bytes = { data, size };
    struct xa_http_request r, shorter;
    struct xa_gate gate = { .port = 8080 };
    bool late;
    memset(gate.token, 'a', XA_GATE_TOKEN_LEN);
    if (xa_http_read(bytes, &r) != XA_HTTP_WHOLE)
        return 0;
    HOLDS(size <= XA_HTTP_HEAD_MAX && memcmp(data + size - 4, "\r\n\r\n", 4) == 0);
    HOLDS(lies_in(r.method, bytes) && r.method.len > 0);
    HOLDS(lies_in(r.target, bytes) && r.target.len > 0 && r.target.at[0] == '/');
    HOLDS(lies_in(r.host, bytes) && lies_in(r.authorization, bytes));
    HOLDS(xa_http_read((struct xa_slice){ data, size - 1 }, &shorter) == XA_HTTP_MORE);
    if (xa_gate_judge(&gate, &r, 1, &late) != NULL)
        return 0;
    HOLDS(!late && !r.by_page && !r.has_body && same(r.method, xa_slice_of("GET")));
    HOLDS(same(r.target, xa_slice_of(XA_GATE_PATH)));
    HOLDS(same(r.authorization, xa_slice_of(gate.token)));
    return 0;
}
