/* forget: cached credentials, gone. */
#include <string.h>

#include "client/commands.h"
#include "client/request.h"

bool xa_cmd_forget(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0);
    bool all = xa_options_has(&c->opt, XA_OPT(ALL));
    struct xa_forget ask = { xa_slice_of(name), all };
    struct xa_forget_result r = { 0 };
    struct xa_call call = { XA_FORGET, &xa_msg_forget, &ask, NULL, &xa_msg_forget_result, &r,
                            NULL };
    if ((name != NULL) == all) {
        xa_fail(err, XA_USAGE, "forget: it takes DEST or --all, one of the two");
        return xa_hint(err, "xacct forget --all");
    }
    if (name != NULL && (name[0] == '\0' || strlen(name) > XA_NAME_MAX))
        return xa_fail(err, XA_NO_SUCH_NAME, "no destination '%s'", name);
    /* Where no agent runs nothing is cached. */
    if (!xa_request(c, &call, err) && err->code != XA_NO_AGENT)
        return false;
    if (xa_options_has(&c->opt, XA_OPT(VERBOSE)))
        xa_note("forgot %u", r.n_forgotten);
    return true;
}
