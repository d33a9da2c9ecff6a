/* remove: deletes a source and its key, once the person has said so. */
#include <stdio.h>
#include <string.h>

#include "client/asking/ask.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "proto/ini.h"

static bool confirm(struct xa_client *c, const char *name, struct xa_error *err)
{
    char text[256];
    struct xa_source_facts facts = { 0 };
    if (!xa_entries_find_source(c, name, &facts, err))
        return false;
    if (!facts.found) {
        xa_fail(err, XA_NO_SUCH_NAME, "there is no source '%s'", name);
        return facts.nearest[0] != '\0' && xa_why(err, "did you mean '%s'?", facts.nearest);
    }
    bool known = facts.key_tail[0] != '\0';
    snprintf(text, sizeof text, "Delete '%s'%s%s%s and its section? This cannot be undone. [y/N] ",
             name, known ? " (key ****" : "", facts.key_tail, known ? ")" : "");
    if (xa_ask_yes(c, text, "nothing was deleted", err))
        return true;
    if (err->code == XA_NOT_ASKED)
        xa_hint(err, "xacct remove %s --yes", name);
    return false;
}

bool xa_cmd_remove(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0);
    struct xa_remove ask = { .name = xa_slice_of(name) };
    struct xa_call call = { XA_REMOVE, &xa_msg_remove, &ask, &ask.asking, &xa_msg_empty, NULL,
                            "deleting …" };
    if (!xa_name_valid(ask.name))
        return xa_fail(err, XA_NO_SUCH_NAME, "no source '%s'", name);
    if (!xa_options_has(&c->opt, XA_OPT_YES) && !confirm(c, name, err))
        return false;
    if (!xa_request(c, &call, err))
        return false;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("deleted '%s'", name);
    return true;
}
