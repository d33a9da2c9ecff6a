#include "client/credentials.h"

#include <stdio.h>
#include <string.h>

#include "client/expect.h"
#include "client/request.h"
#include "client/room.h"
#include "client/wish.h"

bool xa_credentials_fit(struct xa_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t b = value.at[i];
        if (b <= 0x20 || b >= 0x7f || strchr("'\"\\`*?[]", b) != NULL)
            return false;
    }
    return value.len > 0;
}

static bool unfit(const char *what, struct xa_error *err)
{
    xa_fail(err, XA_BAD_REPLY, "the %s holds a character that does not belong there", what);
    return xa_why(err, "a shell or a parser could misread it, so nothing was printed");
}

static bool judge(const struct xa_client *c, const struct xa_credentials_result *r,
                  struct xa_error *err)
{
    if (!xa_credentials_fit(r->access_key_id))
        return unfit("access key id", err);
    if (!xa_credentials_fit(r->secret))
        return unfit("secret key", err);
    if (!xa_credentials_fit(r->token))
        return unfit("session token", err);
    if (r->expires_at == 0)
        return xa_fail(err, XA_BAD_REPLY, "the answer does not say when the credentials end");
    return c->opt.expect == NULL || xa_expect_met(c->opt.expect, r->account, r->arn, err);
}

const char *xa_credentials_progress(const char *name)
{
    static char text[96];
    snprintf(text, sizeof text, "asking AWS for %.64s …", name);
    return text;
}

bool xa_credentials_get(struct xa_client *c, struct xa_credentials_result *ret,
                        struct xa_error *err)
{
    struct xa_credentials ask = { 0 };
    struct xa_call call = { XA_CREDENTIALS, &xa_msg_credentials, &ask, &ask.asking,
                            &xa_msg_credentials_result, ret,
                            xa_credentials_progress(xa_client_name(c, 0)) };
    if (!xa_wish_fill(c, &ask.wish, err))
        return false;
    if (!xa_result_room_lock() && xa_options_has(&c->opt, XA_OPT(VERBOSE)))
        xa_note("memory for the credentials cannot be locked (ulimit -l)");
    return xa_request(c, &call, err) && judge(c, ret, err);
}
