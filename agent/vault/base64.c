#include "agent/vault/base64.h"

#include <sodium.h>
#include <string.h>

size_t xa_base64url_encode(struct xa_slice bytes, char *room, size_t cap)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    if (cap < sodium_base64_ENCODED_LEN(bytes.len, variant))
        return 0;
    return strlen(sodium_bin2base64(room, cap, bytes.at, bytes.len, variant));
}

bool xa_base64_decode(struct xa_slice text, void *room, size_t cap, size_t *ret_len)
{
    const char *end = NULL;
    return sodium_base642bin(room, cap, (const char *)text.at, text.len, NULL, ret_len, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           end == (const char *)text.at + text.len;
}
