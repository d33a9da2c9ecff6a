#include "client/base/key_check.h"

#include <string.h>

#include "proto/limits.h"

#define AWS_SECRET_LEN 40

static bool alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool xa_key_id_valid(struct xa_slice id, struct xa_error *err)
{
    bool word = id.len >= XA_ACCESS_KEY_ID_MIN && id.len <= XA_ACCESS_KEY_ID_MAX;
    for (size_t i = 0; i < id.len; i++)
        word = word && (alphanumeric(id.at[i]) || id.at[i] == '_');
    if (!word) {
        xa_fail(err, XA_USAGE, "what was given as access key id is none (%zu characters)", id.len);
        return xa_why(err, "an id has %d to %d letters and digits, today's are AKIA and 16 more",
                      XA_ACCESS_KEY_ID_MIN, XA_ACCESS_KEY_ID_MAX);
    }
    if (memcmp(id.at, "ASIA", 4) == 0) {
        xa_fail(err, XA_USAGE, "an id that begins with ASIA is of a temporary key");
        return xa_why(err, "it comes with a session token and ends by itself; xacct keeps the "
                      "long-lived key (AKIA…) of an IAM user and makes temporary ones from it");
    }
    return true;
}

bool xa_key_secret_valid(struct xa_slice secret, struct xa_error *err)
{
    if (secret.len == 0 || secret.len > XA_SECRET_KEY_MAX)
        return xa_fail(err, XA_USAGE, "a secret key of %zu characters; 1 to %d are possible",
                       secret.len, XA_SECRET_KEY_MAX);
    for (size_t i = 0; i < secret.len; i++)
        if (secret.at[i] <= 0x20 || secret.at[i] >= 0x7f)
            return xa_fail(err, XA_USAGE, "character %zu cannot be part of a secret key", i + 1);
    return true;
}

bool xa_key_secret_usual(struct xa_slice secret)
{
    for (size_t i = 0; i < secret.len; i++)
        if (!alphanumeric(secret.at[i]) && secret.at[i] != '/' && secret.at[i] != '+')
            return false;
    return secret.len == AWS_SECRET_LEN;
}
