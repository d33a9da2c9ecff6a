/* console: signs a browser in to AWS's console as a destination (facts 8). */
#include "client/base/room.h"
#include "client/browser.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"

/* -d is how long the console session lasts, and none of the credentials' business. */
static uint32_t take_duration(struct xa_client *c)
{
    uint32_t s = c->opt.duration_s;
    c->opt.duration_s = 0;
    return s;
}

static bool ask(struct xa_client *c, struct xa_console_result *ret, struct xa_error *err)
{
    struct xa_console ask = {
        .service = xa_slice_of(c->opt.service),
        .signed_in_s = take_duration(c),
    };
    struct xa_call call = { XA_CONSOLE, &xa_msg_console, &ask, &ask.asking, &xa_msg_console_result,
                            ret, xa_credentials_progress(xa_client_name(c, 0)) };
    if (!xa_wish_fill(c, &ask.wish, err))
        return false;
    if (!xa_result_room_lock() && xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("memory for the link cannot be locked (ulimit -l)");
    return xa_request(c, &call, err) &&
           (c->opt.expect == NULL || xa_expect_met(c->opt.expect, ret->account, ret->arn, err));
}

static bool is_link(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= 0x20 || s.at[i] >= 0x7f)
            return false;
    return s.len > 0;
}

static bool print(const struct xa_console_result *r, bool logout, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    if (logout && r->logout_url.len > 0) {
        xa_out_slice(&o, r->logout_url);
        xa_out_char(&o, '\n');
    }
    xa_out_slice(&o, r->url);
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

bool xa_cmd_console(struct xa_client *c, struct xa_error *err)
{
    bool to_stdout = xa_options_has_any(&c->opt, XA_OPTIONS(XA_OPT_PRINT, XA_OPT_STDOUT));
    bool logout = xa_options_has(&c->opt, XA_OPT_LOGOUT_FIRST);
    struct xa_console_result r;
    if (!ask(c, &r, err))
        return false;
    if (!is_link(r.url) || (r.logout_url.len > 0 && !is_link(r.logout_url)))
        return xa_fail(err, XA_BAD_REPLY, "the link holds a character that does not belong there");
    if (r.note.len > 0 && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)r.note.len, (const char *)r.note.at);
    if (to_stdout || !xa_browser_possible(c->opt.browser))
        return print(&r, logout, err);
    if (xa_browser_open(c->opt.browser, logout ? r.logout_url : (struct xa_slice){ 0 }, r.url,
                        err))
        return true;
    return xa_hint(err, "xacct console %s --print", xa_client_name(c, 0));
}
