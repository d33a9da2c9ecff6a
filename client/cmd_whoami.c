/* whoami: GetCallerIdentity of a destination or source. */
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"

static bool print(const struct xa_client *c, const struct xa_whoami_result *r,
                  struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    if (xa_options_has(&c->opt, XA_OPT_JSON)) {
        struct xa_json j = xa_json_begin(&o);
        xa_json_open(&j, NULL, '{');
        xa_json_text(&j, "account", r->account);
        xa_json_text(&j, "arn", r->arn);
        xa_json_text(&j, "user_id", r->user_id);
        xa_json_time(&j, "expires_at", r->expires_at);
        xa_json_close(&j, '}');
    } else {
        xa_out_slice(&o, r->arn);
    }
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

bool xa_cmd_whoami(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0), *expect = c->opt.expect;
    struct xa_credentials ask = { 0 };
    struct xa_whoami_result r;
    struct xa_call call = { XA_WHOAMI, &xa_msg_whoami, &ask, &ask.asking, &xa_msg_whoami_result,
                            &r, xa_credentials_progress(name) };
    if (!xa_wish_fill(c, &ask.wish, err) || !xa_request(c, &call, err))
        return false;
    if (expect != NULL && !xa_expect_met(expect, r.account, r.arn, err))
        return false;
    return print(c, &r, err);
}
