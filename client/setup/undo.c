/* Taking it back, after a yes: the agent's work, then the configuration. */
#include <stdio.h>

#include "client/asking/ask.h"
#include "client/setup/steps.h"

/* Whose the role is shows when it is looked at, which is behind the yes. */
static bool confirm(struct xa_setup *s, struct xa_error *err)
{
    char question[XA_ARN_MAX + 256];
    if (xa_options_has(&s->client->opt, XA_OPT_YES))
        return true;
    snprintf(question, sizeof question, "Take back what xacct setup made for %s: the role %.*s, "
             "unless somebody else made it, and the right to assume it? [y/N] ", s->dest,
             (int)s->plan.role_arn.len, (const char *)s->plan.role_arn.at);
    xa_text_plain(question);
    xa_link_close(&s->client->link);
    return xa_ask_yes(s->client, question, "nothing was taken back", err);
}

bool xa_setup_undo(struct xa_setup *s, struct xa_error *err)
{
    if (!confirm(s, err) || !xa_setup_work(s, err) || !xa_setup_remove_dest(s, err))
        return false;
    if (!s->changed)
        xa_setup_say(s, "nothing to take back");
    if (!xa_options_has(&s->client->opt, XA_OPT_JSON) || s->client->opt.from != NULL)
        return true;
    struct xa_out o = xa_out_stdout(false);
    xa_setup_put_result(&o, s, (struct xa_slice){ 0 });
    return xa_out_finish(&o, err);
}
