/* forget: cached credentials, gone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/requests/request.h"

/* Where no agent runs, what is cached is what was sealed to the disk, if anything: only
 * an agent could take one destination's out of it, so all of it goes. */
static bool forget_sealed(const struct xa_client *c, struct xa_error *err)
{
    static const char ends[][11] = { ".cache", ".cache.new" };
    char path[XA_PATH_MAX + sizeof ends];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", c->paths.vault, ends[i]);
        if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
            return xa_fail(err, XA_IO, "%s cannot be removed: %s", path, strerror(errno));
    }
    return true;
}

bool xa_cmd_forget(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0);
    bool all = xa_options_has(&c->opt, XA_OPT_ALL);
    struct xa_forget ask = { xa_slice_of(name), all };
    struct xa_forget_result r = { 0 };
    struct xa_call call = { XA_FORGET, &xa_msg_forget, &ask, NULL, &xa_msg_forget_result, &r,
                            NULL };
    if ((name != NULL) == all) {
        xa_fail(err, XA_USAGE, "forget: it takes DEST or --all, one of the two");
        return xa_hint(err, "xacct forget --all");
    }
    if (name != NULL && (name[0] == '\0' || strlen(name) > XA_ARN_MAX))
        return xa_fail(err, XA_NO_SUCH_NAME, "no destination '%s'", name);
    if (!xa_request(c, &call, err) && (err->code != XA_NO_AGENT || !forget_sealed(c, err)))
        return false;
    if (xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("forgot %u", r.n_forgotten);
    return true;
}
