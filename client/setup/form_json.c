/* A plan for programs: one JSON object; and for CloudFormation, whose templates are JSON too. */
#include "client/base/json.h"
#include "client/base/json_indent.h"
#include "client/setup/setup.h"

static void put_list(struct xa_json *j, const char *key, struct xa_slice list)
{
    xa_json_open(j, key, '[');
    while (list.len > 0)
        xa_json_text(j, NULL, xa_slice_cut(&list, ','));
    xa_json_close(j, ']');
}

static void put_reasons(struct xa_json *j, const struct xa_setup *s)
{
    struct xa_slice rest = s->plan.items;
    struct xa_item item;
    xa_json_open(j, "reasons", '[');
    while (xa_setup_reason(&rest, NULL, &item)) {
        xa_json_open(j, NULL, '{');
        xa_json_text(j, "about", item.subject);
        xa_json_text(j, "text", item.text);
        xa_json_flag(j, "caution", item.kind == XA_ITEM_WARNING);
        xa_json_close(j, '}');
    }
    xa_json_close(j, ']');
}

void xa_setup_put_json(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "name", xa_slice_of(s->dest));
    xa_json_open(&j, "role", '{');
    xa_json_text(&j, "arn", p->role_arn);
    xa_json_text(&j, "account", p->account);
    xa_json_text(&j, "path", p->role_path);
    xa_json_text(&j, "name", p->role_name);
    xa_json_raw(&j, "trust_policy", p->trust_policy);
    put_list(&j, "permissions", p->permissions);
    xa_json_number(&j, "max_duration_s", p->max_duration_s);
    xa_json_close(&j, '}');
    xa_json_open(&j, "source", '{');
    xa_json_text(&j, "name", p->source);
    xa_json_text(&j, "user_arn", p->user_arn);
    xa_json_text(&j, "user_name", p->user_name);
    xa_json_text(&j, "policy_arn", p->source_policy_arn);
    xa_json_text(&j, "policy_name", p->policy_name);
    xa_json_raw(&j, "policy", p->source_policy);
    xa_json_close(&j, '}');
    xa_json_text(&j, "external_id", p->external_id);
    xa_json_text(&j, "region", p->region);
    put_reasons(&j, s);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
}

/* --- CloudFormation ------------------------------------------------------------------------- */

/* One template for both accounts: what is not for the one that it is deployed in is left out. */
static void put_condition(struct xa_json *j, const char *name, struct xa_slice account)
{
    xa_json_open(j, name, '{');
    xa_json_open(j, "Fn::Equals", '[');
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "Ref", xa_slice_of("AWS::AccountId"));
    xa_json_close(j, '}');
    xa_json_text(j, NULL, account);
    xa_json_close(j, ']');
    xa_json_close(j, '}');
}

static void open_resource(struct xa_json *j, const char *name, const char *type,
                          const char *condition)
{
    xa_json_open(j, name, '{');
    xa_json_text(j, "Type", xa_slice_of(type));
    xa_json_text(j, "Condition", xa_slice_of(condition));
    xa_json_open(j, "Properties", '{');
}

static void close_resource(struct xa_json *j)
{
    xa_json_close(j, '}');
    xa_json_close(j, '}');
}

static void put_role(struct xa_json *j, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    char room[256];
    struct xa_out text = xa_out_begin(-1, room, sizeof room);
    text.whole = true;
    xa_setup_put_role_description(&text, s);
    open_resource(j, "Role", "AWS::IAM::Role", "IsDestination");
    xa_json_text(j, "RoleName", p->role_name);
    xa_json_text(j, "Path", p->role_path);
    xa_json_text(j, "Description", (struct xa_slice){ (const uint8_t *)room, text.len });
    if (p->max_duration_s != 0)
        xa_json_number(j, "MaxSessionDuration", p->max_duration_s);
    xa_json_raw(j, "AssumeRolePolicyDocument", p->trust_policy);
    put_list(j, "ManagedPolicyArns", p->permissions);
    close_resource(j);
}

static void put_policy(struct xa_json *j, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_setup_own_policy own;
    xa_setup_own_policy(s, &own);
    open_resource(j, "UserPolicy", "AWS::IAM::ManagedPolicy", "IsSource");
    xa_json_text(j, "ManagedPolicyName", xa_slice_of(own.name));
    xa_json_text(j, "Description", xa_slice_of(XA_SETUP_POLICY_DESCRIPTION));
    xa_json_raw(j, "PolicyDocument", p->source_policy);
    xa_json_open(j, "Users", '[');
    xa_json_text(j, NULL, p->user_name);       /* no list: a user's name may hold commas */
    xa_json_close(j, ']');
    close_resource(j);
}

void xa_setup_put_cloudformation(struct xa_out *o, const struct xa_setup *s)
{
    static char room[XA_REPLY_MAX + 8192];
    struct xa_out text = xa_out_begin(-1, room, sizeof room);
    text.whole = true;
    struct xa_json j = xa_json_begin(&text);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "AWSTemplateFormatVersion", xa_slice_of("2010-09-09"));
    xa_json_text(&j, "Description",
                 xa_slice_of("A switched role, by xacct setup: to be deployed unchanged in both "
                             "accounts, with CAPABILITY_NAMED_IAM"));
    xa_json_open(&j, "Conditions", '{');
    put_condition(&j, "IsDestination", s->plan.account);
    put_condition(&j, "IsSource", xa_setup_source_account(s));
    xa_json_close(&j, '}');
    xa_json_open(&j, "Resources", '{');
    put_role(&j, s);
    put_policy(&j, s);
    xa_json_close(&j, '}');
    xa_json_close(&j, '}');
    if (text.failed)
        o->failed = true;
    xa_json_indent(o, (struct xa_slice){ (const uint8_t *)room, text.len }, 0);
    xa_out_char(o, '\n');
}
