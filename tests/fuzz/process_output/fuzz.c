/* What a credential_process prints. */
#include "client/asking/process_output.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

#define NOW UINT64_C(1768480496)

static void check_graphic(struct xa_slice s, size_t max)
{
    HOLDS(s.len <= max);
    for (size_t i = 0; i < s.len; i++)
        HOLDS(s.at[i] > 0x20 && s.at[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *text = malloc(size > 0 ? size : 1);
    struct xa_foreign foreign;
    struct xa_error err = { 0 };
    HOLDS(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    struct xa_slice all = { text, size };
    if (xa_process_output_parse(text, size, NOW, &foreign, &err)) {
        HOLDS(lies_in(foreign.access_key_id, all) && lies_in(foreign.secret, all) &&
              lies_in(foreign.token, all));
        HOLDS(foreign.access_key_id.len >= XA_ACCESS_KEY_ID_MIN && foreign.secret.len > 0);
        check_graphic(foreign.access_key_id, XA_ACCESS_KEY_ID_MAX);
        check_graphic(foreign.secret, XA_SECRET_KEY_MAX);
        check_graphic(foreign.token, XA_TOKEN_MAX);
        HOLDS(foreign.expires_at == 0 || foreign.expires_at > NOW);
    } else {
        HOLDS(err.code == XA_IO && xa_text_printable(xa_slice_of(err.message)));
    }
    free(text);
    return 0;
}
