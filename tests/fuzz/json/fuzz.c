/* A JSON object in which one member's text is sought, as in KUBERNETES_EXEC_INFO. */
#include "client/base/json_read.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *text = malloc(size + (size == 0));
    struct xa_slice found = { 0 }, whole = { text, size };
    HOLDS(text != NULL);
    memcpy(text, data, size);
    struct xa_json_reader r = { text, text + size, false };
    if (xa_json_find_text(&r, "apiVersion", &found)) {
        HOLDS(size >= 2 && memchr(data, '{', size) != NULL);
        HOLDS(lies_in(found, whole));
    }
    free(text);
    return 0;
}
