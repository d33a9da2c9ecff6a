#include "client/requests/expect.h"

#include <string.h>

#include "proto/limits.h"

static size_t account_digits(const char *wish)
{
    return strspn(wish, "0123456789");
}

bool xa_expect_valid(const char *wish, struct xa_error *err)
{
    size_t n = account_digits(wish);
    if (n != XA_ACCOUNT_LEN || (wish[n] != '\0' && wish[n] != '/'))
        return xa_fail(err, XA_USAGE, "--expect %s: not ACCOUNT or ACCOUNT/ROLE with an account "
                       "of %d digits", wish, XA_ACCOUNT_LEN);
    if (wish[n] == '/' && strrchr(wish, '/')[1] == '\0')
        return xa_fail(err, XA_USAGE, "--expect %s: no role after the '/'", wish);
    return true;
}

/* The part of arn:P:sts::A:assumed-role/NAME/SESSION with this number, parts being
 * parted by ':' and, from the sixth on, by '/'; or nothing. */
static struct xa_slice arn_part(struct xa_slice arn, unsigned number)
{
    size_t start = 0;
    unsigned part = 0;
    for (size_t i = 0; i <= arn.len; i++) {
        bool cut = i == arn.len || (part < 5 ? arn.at[i] == ':' : arn.at[i] == '/');
        if (!cut)
            continue;
        if (part++ == number)
            return (struct xa_slice){ arn.at + start, i - start };
        start = i + 1;
    }
    return (struct xa_slice){ 0 };
}

static bool same(struct xa_slice a, const char *at, size_t len)
{
    return a.len == len && (len == 0 || memcmp(a.at, at, len) == 0);
}

bool xa_expect_met(const char *wish, struct xa_slice account, struct xa_slice arn,
                   struct xa_error *err)
{
    if (account.len == 0)
        account = arn_part(arn, 4);
    if (account.len == 0) {
        xa_fail(err, XA_OTHER_ACCOUNT, "expected %s, but the answer names no account", wish);
        return xa_why(err, "the endpoint does not say whom its credentials belong to");
    }
    if (!same(account, wish, XA_ACCOUNT_LEN))
        return xa_fail(err, XA_OTHER_ACCOUNT, "expected account %.12s, but the answer is for %.*s",
                       wish, (int)account.len, (const char *)account.at);
    if (wish[XA_ACCOUNT_LEN] == '\0')
        return true;
    const char *role = strrchr(wish, '/') + 1;
    struct xa_slice name = arn_part(arn, 6);
    if (!xa_slice_is(arn_part(arn, 5), "assumed-role") || !same(name, role, strlen(role)))
        return xa_fail(err, XA_OTHER_ACCOUNT, "expected role %s, but the answer is for %.*s", role,
                       (int)arn.len, (const char *)arn.at);
    return true;
}
