/* setup: from two accounts to a switched role. Shows what would be made; with --apply makes it,
 * with --undo takes it back. */
#include "client/asking/foreign.h"
#include "client/commands.h"
#include "client/setup/setup.h"

static bool has(const struct xa_client *c, enum xa_option_id option)
{
    return xa_options_has(&c->opt, option);
}

bool xa_setup_check_admin(const struct xa_setup *s, struct xa_error *err)
{
    bool does = has(s->client, XA_OPT_APPLY) || has(s->client, XA_OPT_UNDO);
    if (!does || s->ask.dest_admin.len > 0)
        return true;
    xa_fail(err, XA_USAGE, "who may write roles in the account %s? --dest-admin NAME, a source or "
            "destination", s->account);
    xa_why(err, "a key of that account: `xacct add owner`; or a role that may: `xacct dest add "
           "owner %s/OrganizationAccountAccessRole`", s->account);
    return xa_hint(err, "the same command with --dest-admin owner");
}

static bool check(const struct xa_client *c, struct xa_error *err)
{
    bool does = has(c, XA_OPT_APPLY) || has(c, XA_OPT_UNDO);
    if (has(c, XA_OPT_APPLY) && has(c, XA_OPT_UNDO))
        return xa_fail(err, XA_USAGE, "--apply makes it and --undo takes it back: one of the two");
    if (does && c->opt.format != NULL)
        return xa_fail(err, XA_USAGE, "--format is for what is printed, not with --%s",
                       has(c, XA_OPT_APPLY) ? "apply" : "undo");
    if (c->n_names > 0 || c->opt.from != NULL)
        return true;
    xa_fail(err, XA_USAGE, "setup: it takes DEST, or --from FILE");
    return xa_hint(err, "xacct help setup");
}

bool xa_setup_one(struct xa_setup *s, struct xa_error *err)
{
    const struct xa_client *c = s->client;
    bool apply = has(c, XA_OPT_APPLY), undo = has(c, XA_OPT_UNDO);
    enum xa_setup_form form;
    if (!xa_setup_find_form(c, &form, err) || !xa_setup_check_admin(s, err) ||
        !xa_setup_get_plan(s, err))
        return false;
    return apply ? xa_setup_apply(s, err) : undo ? xa_setup_undo(s, err)
                                                 : xa_setup_print(s, form, err);
}

bool xa_cmd_setup(struct xa_client *c, struct xa_error *err)
{
    static struct xa_setup setup;
    static const struct xa_options nothing;
    if (!xa_foreign_outside(err) || !check(c, err))
        return false;
    if (c->opt.from != NULL)
        return xa_setup_many(c, err);
    return xa_setup_fill(&setup, c, c->names[0], &nothing, err) && xa_setup_one(&setup, err);
}
