/* revoke: in a panic. What was handed out for a destination is to be worth nothing: the role
 * denies all older sessions, what is held is forgotten, the vault locks. */
#include <string.h>

#include "client/commands.h"
#include "client/requests/request.h"
#include "client/requests/task.h"
#include "client/requests/wish.h"
#include "proto/ini.h"

static void on_item(void *ctx, const struct xa_item *item)
{
    const struct xa_client *c = ctx;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)item->text.len, (const char *)item->text.at);
}

static bool check(const struct xa_client *c, struct xa_error *err)
{
    bool dest = xa_client_name(c, 0) != NULL, source = c->opt.source != NULL;
    const char *wrong = dest == source
                      ? "it takes DEST, or --source NAME, whose key is made inactive"
                      : source && c->opt.dest_admin != NULL ? "--dest-admin goes with DEST"
                      : source && c->opt.role != NULL ? "--role goes with DEST" : NULL;
    if (wrong == NULL)
        return true;
    xa_fail(err, XA_USAGE, "revoke: %s", wrong);
    return xa_hint(err, "xacct help revoke");
}

/* Which names are those of the wish depends on what is revoked. */
static bool fill(struct xa_client *c, struct xa_task_request *ask, struct xa_error *err)
{
    if (c->opt.source == NULL)
        return xa_wish_fill(c, &ask->wish, err);
    if (!xa_name_valid(xa_slice_of(c->opt.source)))
        return xa_fail(err, XA_NO_SUCH_NAME, "there is no source '%s'", c->opt.source);
    c->about = c->opt.source;
    ask->wish.name = xa_slice_of(c->opt.source);
    return xa_wish_code(c, &ask->wish.mfa_code, err);
}

/* Needs neither AWS nor a passphrase. Which destinations a source's sessions are of, and
 * what a role is called that stands in no file, need not be known for all to be forgotten. */
static bool forget(struct xa_client *c, struct xa_error *err)
{
    const char *dest = xa_client_name(c, 0);
    struct xa_forget one = { .name = xa_slice_of(dest) }, all = { .all = true };
    struct xa_forget_result forgotten;
    struct xa_call call = { XA_FORGET, &xa_msg_forget, dest != NULL ? &one : &all, NULL,
                            &xa_msg_forget_result, &forgotten, NULL };
    if (xa_request(c, &call, err))
        return true;
    call.message = &all;
    return dest != NULL && xa_request(c, &call, err);
}

static bool lock(struct xa_client *c, struct xa_error *err)
{
    struct xa_lock ask = { 0 };
    struct xa_call call = { XA_LOCK, &xa_msg_lock, &ask, NULL, &xa_msg_empty, NULL, NULL };
    return xa_request(c, &call, err);
}

/* The vault is locked whatever became of the rest. */
static bool end_here(struct xa_client *c, struct xa_error *err)
{
    struct xa_error second;
    bool gone = forget(c, err);
    return lock(c, gone ? err : &second) && gone;
}

/* What the failure itself does not say. */
static const char *about_aws(const struct xa_error *err)
{
    switch (err->code) {
    case XA_TIMED_OUT: case XA_BAD_REPLY: case XA_AGENT_UNUSABLE:
        return "; whether AWS has done its part is not known";
    case XA_AWS_REFUSED:
        return "; at AWS nothing was changed, and what was handed out is good until it ends";
    default:
        return "; AWS was not told, and what was handed out is good until it ends";
    }
}

/* A mistake on the command line, by which nothing was meant. */
static bool is_mistaken(const struct xa_error *err)
{
    return err->code == XA_USAGE || err->code == XA_NO_SUCH_NAME || err->code == XA_OTHER_ACCOUNT;
}

/* The key was made inactive before, or deleted, which is what was wished. The agent says the
 * same itself where it could ask AWS without an MFA code. */
static bool is_done_already(const struct xa_client *c, const struct xa_error *err)
{
    if (c->opt.source == NULL || strcmp(err->aws_code, "InvalidClientTokenId") != 0)
        return false;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%s", err->message);
    return true;
}

/* What is handed out here ends at once, before AWS is waited for; what signed for that,
 * when it has answered. */
bool xa_cmd_revoke(struct xa_client *c, struct xa_error *err)
{
    struct xa_task_request ask = { .key_too = c->opt.source != NULL,
                                   .dest_admin = xa_slice_of(c->opt.dest_admin) };
    const struct xa_task_run run = {
        .type = XA_REVOKE, .request = &ask, .progress = "asking AWS …", .item = on_item, .ctx = c,
    };
    struct xa_error here = { 0 };
    if (!check(c, err) || !fill(c, &ask, err))
        return false;
    (void)!forget(c, &here);
    bool at_aws = xa_task_run(c, &run, err);
    if (!at_aws && is_mistaken(err))
        return false;
    at_aws = at_aws || is_done_already(c, err);
    bool ended = end_here(c, &here);
    if (ended && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("forgotten, and the vault is locked%s", at_aws ? "" : about_aws(err));
    if (!ended && !at_aws)
        xa_note("nor was it forgotten and locked here: %s", here.message);
    if (!ended && at_aws)
        *err = here;
    return at_aws && ended;
}
