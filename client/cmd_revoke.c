/* revoke: in a panic. What was handed out for a destination is to be worth nothing: the role
 * denies all older sessions, what is held is forgotten, the vault locks. */
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/request.h"
#include "client/requests/task.h"
#include "client/requests/wish.h"

struct revoking {
    const struct xa_client *client;
    bool done;                     /* AWS has done it */
};

static void on_item(void *ctx, const struct xa_item *item)
{
    struct revoking *r = ctx;
    if (item->kind == XA_ITEM_CHANGED)
        r->done = true;
    if (!xa_options_has(&r->client->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)item->text.len, (const char *)item->text.at);
}

/* Needs neither AWS nor a passphrase, so it is done whatever became of the rest. */
static bool forget_and_lock(struct xa_client *c, struct xa_slice name, struct xa_error *err)
{
    struct xa_forget forget = { .name = name };
    struct xa_forget_result forgotten;
    struct xa_lock lock = { 0 };
    const struct xa_call calls[] = {
        { XA_FORGET, &xa_msg_forget, &forget, NULL, &xa_msg_forget_result, &forgotten, NULL },
        { XA_LOCK, &xa_msg_lock, &lock, NULL, &xa_msg_empty, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (!xa_request(c, &calls[i], err))
            return false;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("forgotten, and the vault is locked");
    return true;
}

static bool check(const struct xa_client *c, struct xa_error *err)
{
    bool dest = xa_client_name(c, 0) != NULL, source = c->opt.source != NULL;
    if (dest != source)
        return true;
    xa_fail(err, XA_USAGE, "revoke: it takes DEST, or --source NAME, whose key is made inactive");
    return xa_hint(err, "xacct help revoke");
}

/* Which names are those of the wish depends on what is revoked. */
static bool fill(struct xa_client *c, struct xa_task_request *ask, struct xa_error *err)
{
    if (c->opt.source == NULL)
        return xa_wish_fill(c, &ask->wish, err);
    ask->wish.name = xa_slice_of(c->opt.source);
    return true;
}

bool xa_cmd_revoke(struct xa_client *c, struct xa_error *err)
{
    struct xa_task_request ask = { .key_too = c->opt.source != NULL,
                                   .dest_admin = xa_slice_of(c->opt.dest_admin) };
    struct revoking r = { .client = c };
    const struct xa_task_run run = {
        .type = XA_REVOKE, .request = &ask, .progress = "asking AWS …", .item = on_item, .ctx = &r,
    };
    struct xa_error local;
    if (!check(c, err) || !fill(c, &ask, err))
        return false;
    bool at_aws = xa_task_run(c, &run, err);
    bool here = forget_and_lock(c, ask.wish.name, at_aws ? err : &local);
    if (!at_aws && here && err->hint[0] == '\0')
        xa_hint(err, "in the console: the role, Revoke sessions");
    return at_aws && here;
}
