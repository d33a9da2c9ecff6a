/* dest add, dest remove: destinations in the configuration. The agent writes the
 * file; it knows what else is in it. */
#include <string.h>

#include "client/commands.h"
#include "client/requests/request.h"
#include "proto/ini.h"

static void tell(const struct xa_client *c, const char *done, struct xa_slice file)
{
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%s '%s': %.*s", done, xa_client_name(c, 0), (int)file.len,
                (const char *)file.at);
}

bool xa_cmd_dest_add(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0), *target = xa_client_name(c, 1);
    struct xa_dest_add ask = {
        .name = xa_slice_of(name),
        .target = xa_slice_of(target),
        .source = xa_slice_of(c->opt.source),
        .region = xa_slice_of(c->opt.region),
        .external_id = xa_slice_of(c->opt.external_id),
        .session_name = xa_slice_of(c->opt.session_name),
        .duration_s = c->opt.duration_s,
    };
    struct xa_dest_result r;
    struct xa_call call = { XA_DEST_ADD, &xa_msg_dest_add, &ask, NULL, &xa_msg_dest_result, &r,
                            NULL };
    if (!xa_name_valid(ask.name))
        return xa_fail(err, XA_USAGE, "'%s' is no name: letters, digits and _.@:+/%%-, at most %d, "
                       "a letter, digit or _ first", name, XA_NAME_MAX);
    if (strchr(target, '/') == NULL || ask.target.len > XA_ARN_MAX ||
        !xa_text_printable(ask.target))
        return xa_fail(err, XA_USAGE, "'%s' is neither ACCOUNT/ROLE nor the ARN of a role", target);
    if (!xa_request(c, &call, err))
        return false;
    tell(c, "added", r.file);
    return true;
}

bool xa_cmd_dest_remove(struct xa_client *c, struct xa_error *err)
{
    struct xa_dest_remove ask = { xa_slice_of(xa_client_name(c, 0)) };
    struct xa_dest_result r;
    struct xa_call call = { XA_DEST_REMOVE, &xa_msg_dest_remove, &ask, NULL, &xa_msg_dest_result,
                            &r, NULL };
    if (!xa_name_valid(ask.name))
        return xa_fail(err, XA_NO_SUCH_NAME, "no destination '%s'", xa_client_name(c, 0));
    if (!xa_request(c, &call, err))
        return false;
    tell(c, "removed", r.file);
    return true;
}
