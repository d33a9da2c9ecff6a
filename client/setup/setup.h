/* setup, the client's side: what is asked for one destination, its plan, and what is done. */
#ifndef XA_CLIENT_SETUP_SETUP_H
#define XA_CLIENT_SETUP_SETUP_H

#include "client/client.h"
#include "proto/message.h"

/* One destination. Owner: the command, or a row of its table. */
struct xa_setup {
    struct xa_client *client;
    const struct xa_options *opt;          /* the row's own; the command line's stand behind */
    struct xa_task_request ask;            /* borrows the options                        */
    char dest[XA_NAME_MAX + 1];
    char role[XA_ROLE_PATH_MAX + XA_ROLE_NAME_MAX + 1];
    char account[XA_ACCOUNT_LEN + 1];
    struct xa_setup_plan_result plan;      /* borrows plan_room                          */
    uint8_t plan_room[XA_REPLY_MAX];
    bool dest_is_there;                    /* the configuration has it already           */
    bool changed;                          /* something was made or changed              */
    char proven_arn[XA_ARN_MAX + 1];       /* as whom AWS has answered; or ""            */
    bool left;                             /* something stays that undo did not take     */
    bool follows;                          /* it is printed behind another               */
};

/* Fills setup->ask from the name and the options: the row's before the command line's. What
 * is missing of account and role is taken from a configured destination of the name. XA_USAGE. */
bool xa_setup_fill(struct xa_setup *setup, struct xa_client *c, const char *dest,
                   const struct xa_options *row, struct xa_error *err) XA_MUST_CHECK;

/* Where something is done, somebody must be named who may. XA_USAGE says how to get one. */
bool xa_setup_check_admin(const struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* Asks the agent what would be made. */
bool xa_setup_get_plan(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* Goes through the plan's reasons for one subject; `about` NULL: all. */
bool xa_setup_reason(struct xa_slice *rest, const char *about, struct xa_item *ret);

/* The account of the plan's user. */
struct xa_slice xa_setup_source_account(const struct xa_setup *setup);

/* --- printed (show.c, forms) ---------------------------------------------------------------- */

enum xa_setup_form {
    XA_SETUP_TEXT, XA_SETUP_JSON, XA_SETUP_AWS_CLI, XA_SETUP_CLOUDFORMATION, XA_SETUP_TERRAFORM,
};

/* By --format and --json. XA_USAGE. */
bool xa_setup_find_form(const struct xa_client *c, enum xa_setup_form *ret,
                   struct xa_error *err) XA_MUST_CHECK;

bool xa_setup_print(const struct xa_setup *setup, enum xa_setup_form form,
                    struct xa_error *err) XA_MUST_CHECK;

void xa_setup_put_json(struct xa_out *o, const struct xa_setup *setup);
void xa_setup_put_aws_cli(struct xa_out *o, const struct xa_setup *setup);
void xa_setup_put_cloudformation(struct xa_out *o, const struct xa_setup *setup);
void xa_setup_put_terraform(struct xa_out *o, const struct xa_setup *setup);

/* The user's policy in a form for other tools: xacct-USER-DEST, or --policy-name's. */
struct xa_setup_own_policy {
    char name[XA_POLICY_NAME_MAX + 1];
    char arn[XA_ARN_MAX + 1];
};
void xa_setup_own_policy(const struct xa_setup *setup, struct xa_setup_own_policy *ret);

/* What --apply is about to do, in a few lines of words. */
void xa_setup_summary(const struct xa_setup *setup);

/* The two texts that both a plan's form and the agent's own work have. */
void xa_setup_put_role_description(struct xa_out *o, const struct xa_setup *setup);
#define XA_SETUP_POLICY_DESCRIPTION "The roles that xacct setup made for this user"

/* --- done ----------------------------------------------------------------------------------- */

/* Makes it, waits until it works, and writes the [dest]. json: gathers what was done. */
bool xa_setup_apply(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* Takes it back. The person has been asked. */
bool xa_setup_undo(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* Each destination of the file of --from, and a table of what became of them. */
bool xa_setup_many(struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

/* One destination, as the command line says: printed, made or undone. */
bool xa_setup_one(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

#endif
