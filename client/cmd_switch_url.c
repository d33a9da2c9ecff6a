/* switch-url: the console's Switch Role link. Nothing in it is secret. */
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"

bool xa_cmd_switch_url(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials ask = { 0 };
    struct xa_switch_url_result r;
    struct xa_call call = { XA_SWITCH_URL, &xa_msg_switch_url, &ask, NULL,
                            &xa_msg_switch_url_result, &r, NULL };
    if (!xa_wish_fill(c, &ask.wish, err) || !xa_request(c, &call, err))
        return false;
    if (r.note.len > 0 && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)r.note.len, (const char *)r.note.at);
    struct xa_out o = xa_out_stdout(true);
    if (xa_options_has(&c->opt, XA_OPT_JSON)) {
        struct xa_json j = xa_json_begin(&o);
        xa_json_open(&j, NULL, '{');
        xa_json_text(&j, "name", r.name);
        xa_json_text(&j, "account", r.account);
        xa_json_text(&j, "role", r.role);
        xa_json_text(&j, "url", r.url);
        xa_json_close(&j, '}');
    } else {
        xa_out_slice(&o, r.url);
    }
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}
