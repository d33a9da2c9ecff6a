/* A plan as a script for the AWS CLI, which a person reads and runs. It looks before it makes
 * anything, so that it can be run again after it was cut, and several of them, one behind the
 * other, are a script too. Everything that is not a digit stands between quotes, behind the
 * option's own sign of equality: a name may begin with a dash. */
#include "client/setup/setup.h"
#include "client/shell/quote.h"

static void put_option(struct xa_out *o, const char *name, struct xa_slice value)
{
    xa_out_text(o, " \\\n        --");
    xa_out_text(o, name);
    xa_out_char(o, '=');
    xa_shell_put_quoted(o, value);
}

static void put_call(struct xa_out *o, const char *before, struct xa_slice account,
                     const char *call)
{
    xa_out_text(o, before);
    xa_out_text(o, "in_");
    xa_out_slice(o, account);
    xa_out_text(o, " iam ");
    xa_out_text(o, call);
}

/* --- the head ------------------------------------------------------------------------------- */

static void put_head(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_text(o, "#!/bin/sh\n# What `xacct setup` would make, by the AWS CLI. Say which of its "
                   "profiles may write in which\n# account; one without a profile is written to by "
                   "whoever the environment says:\n#     PROFILE_");
    xa_out_slice(o, s->plan.account);
    xa_out_text(o, "=… PROFILE_");
    xa_out_slice(o, xa_setup_source_account(s));
    xa_out_text(o, "=… sh setup.sh\n"
        "# What is there already is found, and left if somebody else made it.\n"
        "set -eu\nexport AWS_PAGER=\n\n"
        "# Sets answer to what AWS has, or to none; any other refusal ends the script.\n"
        "look() {\n"
        "    if answer=$(\"$@\" --output text 2>&1); then\n"
        "        answer=$(printf '%s\\n' \"$answer\" | tail -n 1)\n"
        "    else\n"
        "        case $answer in\n"
        "        *NoSuchEntity*) answer=none ;;\n"
        "        *) printf '%s\\n' \"$answer\" >&2; exit 1 ;;\n"
        "        esac\n"
        "    fi\n"
        "}\n\n"
        "# Ends the script unless AWS has nothing there, or what is meant.\n"
        "expect() {\n"
        "    case $answer in\n"
        "    none | \"$2\") ;;\n"
        "    *) echo \"$1 was not made by xacct setup: $answer in place of $2\" >&2; exit 1 ;;\n"
        "    esac\n"
        "}\n");
}

/* One account: a function that is the CLI as somebody of it, and the proof of that. */
static void put_account(struct xa_out *o, struct xa_slice account)
{
    char id[XA_ACCOUNT_LEN + 1];
    if (!xa_slice_copy(account, id, sizeof id))
        o->failed = true;
    xa_out_format(o, "in_%s() {\n    aws ${PROFILE_%s:+--profile \"$PROFILE_%s\"} \"$@\"\n}\n", id,
                  id, id);
    xa_out_format(o, "account=$(in_%s sts get-caller-identity --query Account --output text)\n"
                  "if [ \"$account\" != %s ]; then\n"
                  "    echo \"PROFILE_%s is a profile of the account $account, not of %s\" >&2\n"
                  "    exit 1\nfi\n", id, id, id, id);
}

/* --- what is there -------------------------------------------------------------------------- */

static void put_look(struct xa_out *o, const char *before, struct xa_slice account,
                     const char *call, const char *option, struct xa_slice value,
                     const char *query)
{
    xa_out_text(o, before);
    put_call(o, "look ", account, call);
    put_option(o, option, value);
    xa_out_text(o, " \\\n        --query \"");
    xa_out_text(o, query);
    xa_out_text(o, "\"\n");
}

static void put_expect(struct xa_out *o, struct xa_slice arn, struct xa_slice wanted)
{
    xa_out_text(o, "expect ");
    xa_shell_put_quoted(o, arn);
    xa_out_char(o, ' ');
    xa_shell_put_quoted(o, wanted);
    xa_out_char(o, '\n');
}

static void put_looks(struct xa_out *o, const struct xa_setup *s, struct xa_slice policy_arn)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_slice source = xa_setup_source_account(s), ours = xa_slice_of("setup");
    xa_out_text(o, "\n# Whose they are, where they are there: the tag xacct marks ours.\n");
    put_look(o, "", source, "get-policy", "policy-arn", policy_arn,
             "Policy.Tags[?Key=='xacct'] | [0].Value");
    put_expect(o, policy_arn, ours);
    xa_out_text(o, "policy=$answer\n");
    put_look(o, "", p->account, "get-role", "role-name", p->role_name, "Role.Arn");
    put_expect(o, p->role_arn, p->role_arn);
    put_look(o, "", p->account, "get-role", "role-name", p->role_name,
             "Role.Tags[?Key=='xacct'] | [0].Value");
    put_expect(o, p->role_arn, ours);
    xa_out_text(o, "role=$answer\n");
}

/* --- the user's policy ---------------------------------------------------------------------- */

static void put_policy(struct xa_out *o, const struct xa_setup *s,
                       const struct xa_setup_own_policy *own)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_slice source = xa_setup_source_account(s), arn = xa_slice_of(own->arn);
    xa_out_text(o, "\n# What the user may assume.\nif [ \"$policy\" = none ]; then\n");
    put_call(o, "    ", source, "create-policy");
    put_option(o, "policy-name", xa_slice_of(own->name));
    put_option(o, "policy-document", p->source_policy);
    put_option(o, "description", xa_slice_of(XA_SETUP_POLICY_DESCRIPTION));
    xa_out_text(o, " \\\n        --tags 'Key=xacct,Value=setup'\nelse\n");
    put_look(o, "    ", source, "get-policy", "policy-arn", arn, "Policy.DefaultVersionId");
    put_call(o, "    document=$(", source, "get-policy-version --version-id \"$answer\"");
    put_option(o, "policy-arn", arn);
    xa_out_text(o, " \\\n        --query PolicyVersion.Document --output json | "
                   "tr -d '[:space:]')\n    if [ \"$document\" != ");
    xa_shell_put_quoted(o, p->source_policy);
    xa_out_text(o, " ]; then\n");
    put_call(o, "        ", source, "create-policy-version --set-as-default");
    put_option(o, "policy-arn", arn);
    put_option(o, "policy-document", p->source_policy);
    xa_out_text(o, "\n    fi\nfi\n");
    put_call(o, "", source, "attach-user-policy");
    put_option(o, "user-name", p->user_name);
    put_option(o, "policy-arn", arn);
    xa_out_char(o, '\n');
}

/* --- the role ------------------------------------------------------------------------------- */

/* What AWS takes in the value of a tag; names of destinations may have one sign more. */
static void put_name_tag(struct xa_out *o, const char *dest)
{
    xa_out_text(o, " 'Key=xacct:dest,Value=");
    for (const char *p = dest; *p != '\0'; p++)
        xa_out_char(o, (char)(*p == '%' ? '_' : *p));
    xa_out_char(o, '\'');
}

static void put_new_role(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    char room[256];
    struct xa_out text = xa_out_begin(-1, room, sizeof room);
    text.whole = true;
    xa_setup_put_role_description(&text, s);
    put_call(o, "    ", p->account, "create-role");
    put_option(o, "role-name", p->role_name);
    put_option(o, "path", p->role_path);
    put_option(o, "assume-role-policy-document", p->trust_policy);
    put_option(o, "description", (struct xa_slice){ (const uint8_t *)room, text.len });
    if (p->max_duration_s != 0)
        xa_out_format(o, " \\\n        --max-session-duration %u", p->max_duration_s);
    xa_out_text(o, " \\\n        --tags 'Key=xacct,Value=setup'");
    put_name_tag(o, s->dest);
}

static void put_role(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_slice rest = p->permissions;
    xa_out_text(o, "\n# The role, and who may assume it.\nif [ \"$role\" = none ]; then\n");
    put_new_role(o, s);
    xa_out_text(o, "\nelse\n");
    put_call(o, "    ", p->account, "update-assume-role-policy");
    put_option(o, "role-name", p->role_name);
    put_option(o, "policy-document", p->trust_policy);
    if (p->max_duration_s != 0) {
        put_call(o, "\n    ", p->account, "update-role");
        put_option(o, "role-name", p->role_name);
        xa_out_format(o, " \\\n        --max-session-duration %u", p->max_duration_s);
    }
    xa_out_text(o, "\nfi\n\n# What it may do.\n");
    while (rest.len > 0) {
        put_call(o, "", p->account, "attach-role-policy");
        put_option(o, "role-name", p->role_name);
        put_option(o, "policy-arn", xa_slice_cut(&rest, ','));
        xa_out_char(o, '\n');
    }
}

void xa_setup_put_aws_cli(struct xa_out *o, const struct xa_setup *s)
{
    struct xa_setup_own_policy own;
    xa_setup_own_policy(s, &own);
    if (!s->follows)
        put_head(o, s);
    xa_out_format(o, "\n# --- %s: ", s->dest);
    xa_out_slice(o, s->plan.role_arn);
    xa_out_text(o, "\n\n");
    put_account(o, s->plan.account);
    put_account(o, xa_setup_source_account(s));
    put_looks(o, s, xa_slice_of(own.arn));
    put_policy(o, s, &own);
    put_role(o, s);
}
