#include "client/requests/token.h"

#include "client/base/room.h"
#include "client/requests/credentials.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"

static bool is_graphic(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= 0x20 || s.at[i] >= 0x7f)
            return false;
    return s.len > 0;
}

bool xa_token_get(struct xa_client *c, struct xa_token *ask, struct xa_token_result *ret,
                  struct xa_error *err)
{
    struct xa_call call = { XA_TOKEN, &xa_msg_token, ask, &ask->asking, &xa_msg_token_result, ret,
                            xa_credentials_progress(xa_client_name(c, 0)) };
    if (!xa_wish_fill(c, &ask->wish, err))
        return false;
    if (!xa_result_room_lock() && xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("memory for the token cannot be locked (ulimit -l)");
    if (!xa_request(c, &call, err))
        return false;
    bool named = ask->kind == XA_TOKEN_GIT || ask->kind == XA_TOKEN_ECR;
    if (!is_graphic(ret->token) || (named && !is_graphic(ret->username)))
        return xa_fail(err, XA_BAD_REPLY, "the token holds a character that does not belong there");
    return c->opt.expect == NULL || xa_expect_met(c->opt.expect, ret->account, ret->arn, err);
}
