/* A plan as a person reads it: two parts, each thing with its reason. */
#include <string.h>
#include <unistd.h>

#include "client/base/duration.h"
#include "client/base/json_indent.h"
#include "client/setup/steps.h"

static void put_reasons(struct xa_out *o, const struct xa_setup *s, const char *about)
{
    struct xa_slice rest = s->plan.items;
    struct xa_item item;
    while (xa_setup_reason(&rest, about, &item)) {
        xa_out_text(o, item.kind == XA_ITEM_WARNING ? "    ! " : "    - ");
        xa_out_slice(o, item.text);
        xa_out_char(o, '\n');
    }
}

static void put_head(struct xa_out *o, const char *what, struct xa_slice value)
{
    xa_out_text(o, "  ");
    xa_out_text(o, what);
    xa_out_slice(o, value);
    xa_out_char(o, '\n');
}

static void put_document(struct xa_out *o, const char *what, struct xa_slice document)
{
    xa_out_text(o, "  ");
    xa_out_text(o, what);
    xa_out_text(o, "\n    ");
    xa_json_indent(o, document, 4);
    xa_out_char(o, '\n');
}

static void put_permissions(struct xa_out *o, const struct xa_setup *s)
{
    struct xa_slice rest = s->plan.permissions;
    xa_out_text(o, "  permissions\n");
    while (rest.len > 0) {
        xa_out_text(o, "    ");
        xa_out_slice(o, xa_slice_cut(&rest, ','));
        xa_out_char(o, '\n');
    }
    put_reasons(o, s, "permissions");
}

static void put_destination(struct xa_out *o, const struct xa_setup *s)
{
    char longest[XA_DURATION_SIZE];
    xa_out_text(o, "In the account ");
    xa_out_slice(o, s->plan.account);
    xa_out_text(o, " (destination):\n\n");
    put_head(o, "role ", s->plan.role_arn);
    put_reasons(o, s, "role");
    put_document(o, "its trust policy", s->plan.trust_policy);
    put_reasons(o, s, "trust_policy");
    put_permissions(o, s);
    if (s->plan.max_duration_s != 0) {
        xa_duration_text(s->plan.max_duration_s, longest);
        put_head(o, "longest session ", xa_slice_of(longest));
        put_reasons(o, s, "max_duration");
    }
}

static void put_source(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_text(o, "\nIn the account ");
    xa_out_slice(o, xa_setup_source_account(s));
    xa_out_text(o, " (source ");
    xa_out_slice(o, s->plan.source);
    xa_out_text(o, "):\n\n");
    put_head(o, "policy ", s->plan.source_policy_arn);
    xa_out_text(o, "    ");
    xa_json_indent(o, s->plan.source_policy, 4);
    xa_out_char(o, '\n');
    put_reasons(o, s, "source_policy");
    put_head(o, "attached to ", s->plan.user_arn);
}

static void put_next(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_text(o, "\nIn the configuration:\n\n");
    if (s->dest_is_there)
        xa_out_format(o, "  [dest %s], which is there\n", s->dest);
    else
        xa_setup_put_dest(o, s);
    xa_out_text(o, "\nNothing is made by this. The same command with --apply --dest-admin NAME "
                   "makes it;\nNAME is the source or destination that may write roles in the account ");
    xa_out_slice(o, s->plan.account);
    xa_out_text(o, ".\nFor other tools: --format json, aws-cli, cloudformation or terraform.\n");
}

static void put_text(struct xa_out *o, const struct xa_setup *s)
{
    put_destination(o, s);
    put_source(o, s);
    put_next(o, s);
}

bool xa_setup_find_form(const struct xa_client *c, enum xa_setup_form *ret, struct xa_error *err)
{
    static const char names[][15] = { "text", "json", "aws-cli", "cloudformation", "terraform" };
    const char *format = c->opt.format;
    *ret = xa_options_has(&c->opt, XA_OPT_JSON) ? XA_SETUP_JSON : XA_SETUP_TEXT;
    if (format == NULL)
        return true;
    if (*ret == XA_SETUP_JSON && strcmp(format, "json") != 0)
        return xa_fail(err, XA_USAGE, "--json and --format %s: one of the two", format);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(format, names[i]) == 0) {
            *ret = (enum xa_setup_form)i;
            return true;
        }
    return xa_fail(err, XA_USAGE, "--format %s: it is text, json, aws-cli, cloudformation or "
                   "terraform", format);
}

bool xa_setup_print(const struct xa_setup *s, enum xa_setup_form form, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    switch (form) {
    case XA_SETUP_TEXT: put_text(&o, s); break;
    case XA_SETUP_JSON: xa_setup_put_json(&o, s); break;
    case XA_SETUP_AWS_CLI: xa_setup_put_aws_cli(&o, s); break;
    case XA_SETUP_CLOUDFORMATION: xa_setup_put_cloudformation(&o, s); break;
    case XA_SETUP_TERRAFORM: xa_setup_put_terraform(&o, s); break;
    }
    return xa_out_finish(&o, err);
}

void xa_setup_put_role_description(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_text(o, "Switched into by ");
    xa_out_slice(o, s->plan.user_name);
    xa_out_text(o, " of ");
    xa_out_slice(o, xa_setup_source_account(s));
    xa_out_text(o, "; made by xacct setup");
}

void xa_setup_summary(const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_slice rest = p->items;
    struct xa_item item;
    xa_setup_say(s, "the role %.*s, with %.*s", (int)p->role_arn.len,
                 (const char *)p->role_arn.at, (int)p->permissions.len,
                 (const char *)p->permissions.at);
    xa_setup_say(s, "the policy %.*s for %.*s", (int)p->source_policy_arn.len,
                 (const char *)p->source_policy_arn.at, (int)p->user_arn.len,
                 (const char *)p->user_arn.at);
    while (xa_setup_reason(&rest, NULL, &item))
        if (xa_slice_is(item.subject, "trust_policy") || item.kind == XA_ITEM_WARNING)
            xa_setup_say(s, "  %c %.*s", item.kind == XA_ITEM_WARNING ? '!' : '-',
                         (int)item.text.len, (const char *)item.text.at);
}
