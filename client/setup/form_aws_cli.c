/* A plan as a script for the AWS CLI, which a person reads and runs. */
#include "client/setup/setup.h"

/* A word that sh takes as it stands, whatever is in it. */
static void put_quoted(struct xa_out *o, struct xa_slice value)
{
    xa_out_char(o, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\'')
            xa_out_text(o, "'\\''");
        else
            xa_out_char(o, (char)value.at[i]);
    }
    xa_out_char(o, '\'');
}

static void put_option(struct xa_out *o, const char *name, struct xa_slice value)
{
    xa_out_text(o, " \\\n    --");
    xa_out_text(o, name);
    xa_out_char(o, ' ');
    put_quoted(o, value);
}

/* One side: a function that is the CLI as somebody of that account, and the proof of it. */
static void put_side(struct xa_out *o, const char *name, const char *variable,
                     struct xa_slice account)
{
    xa_out_format(o, "in_%s() {\n    aws ${%s:+--profile \"$%s\"} \"$@\"\n}\n", name, variable,
                  variable);
    xa_out_format(o, "account=$(in_%s sts get-caller-identity --query Account --output text)\n",
                  name);
    xa_out_text(o, "if [ \"$account\" != ");
    xa_out_slice(o, account);
    xa_out_format(o, " ]; then\n    echo \"%s is a profile of the account $account, not of ",
                  variable);
    xa_out_slice(o, account);
    xa_out_text(o, "\" >&2\n    exit 1\nfi\n\n");
}

/* What AWS takes in the value of a tag; names of destinations may have one sign more. */
static void put_name_tag(struct xa_out *o, const char *dest)
{
    xa_out_text(o, " 'Key=xacct:dest,Value=");
    for (const char *p = dest; *p != '\0'; p++)
        xa_out_char(o, (char)(*p == '%' ? '_' : *p));
    xa_out_char(o, '\'');
}

static void put_role(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    char room[256];
    struct xa_out text = xa_out_begin(-1, room, sizeof room);
    struct xa_slice rest = p->permissions;
    text.whole = true;
    xa_setup_put_role_description(&text, s);
    xa_out_text(o, "# The role, and who may assume it.\nin_destination iam create-role");
    put_option(o, "role-name", p->role_name);
    put_option(o, "path", p->role_path);
    put_option(o, "assume-role-policy-document", p->trust_policy);
    put_option(o, "description", (struct xa_slice){ (const uint8_t *)room, text.len });
    if (p->max_duration_s != 0)
        xa_out_format(o, " \\\n    --max-session-duration %u", p->max_duration_s);
    xa_out_text(o, " \\\n    --tags 'Key=xacct,Value=setup'");
    put_name_tag(o, s->dest);
    xa_out_text(o, "\n\n# What it may do.\n");
    while (rest.len > 0) {
        xa_out_text(o, "in_destination iam attach-role-policy");
        put_option(o, "role-name", p->role_name);
        put_option(o, "policy-arn", xa_slice_cut(&rest, ','));
        xa_out_char(o, '\n');
    }
}

static void put_policy(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    xa_out_text(o, "\n# What the user may assume. If the policy is there already, for another "
                   "role, take\n# another name for this one: --policy-name.\n"
                   "in_source iam create-policy");
    put_option(o, "policy-name", p->policy_name);
    put_option(o, "policy-document", p->source_policy);
    put_option(o, "description", xa_slice_of(XA_SETUP_POLICY_DESCRIPTION));
    xa_out_text(o, " \\\n    --tags 'Key=xacct,Value=setup'\nin_source iam attach-user-policy");
    put_option(o, "user-name", p->user_name);
    put_option(o, "policy-arn", p->source_policy_arn);
    xa_out_char(o, '\n');
}

void xa_setup_put_aws_cli(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_format(o, "#!/bin/sh\n# What `xacct setup %s` would make. Say by which profiles of the "
                  "AWS CLI:\n#     DEST_PROFILE=… SOURCE_PROFILE=… sh setup.sh\n"
                  "# Each without its profile is whoever the environment says.\n"
                  "set -eu\n\n", s->dest);
    put_side(o, "destination", "DEST_PROFILE", s->plan.account);
    put_side(o, "source", "SOURCE_PROFILE", xa_setup_source_account(s));
    put_role(o, s);
    put_policy(o, s);
}
