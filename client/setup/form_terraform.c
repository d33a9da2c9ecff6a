/* A plan as Terraform's language, in the shape of `terraform fmt`: two blanks a level, and the
 * equals signs of neighbouring lines in one column. A line that opens a bracket stands alone. */
#include <string.h>

#include "client/setup/setup.h"

/* --- HCL's values --------------------------------------------------------------------------- */

static void put_blanks(struct xa_out *o, size_t n)
{
    while (n-- > 0)
        xa_out_char(o, ' ');
}

/* The inside of a text of JSON, or any text without quotes, backslash and controls: what
 * Terraform would replace is doubled. */
static void put_text(struct xa_out *o, struct xa_slice text)
{
    xa_out_char(o, '"');
    for (size_t i = 0; i < text.len; i++) {
        bool opens = i + 1 < text.len && text.at[i + 1] == '{';
        if (opens && (text.at[i] == '$' || text.at[i] == '%'))
            xa_out_char(o, (char)text.at[i]);
        xa_out_char(o, (char)text.at[i]);
    }
    xa_out_char(o, '"');
}

/* Takes one value off the JSON, which is compact and sound: the agent wrote it. */
static struct xa_slice take_value(struct xa_slice *rest)
{
    size_t i = 0, depth = 0;
    bool text = false;
    for (; i < rest->len; i++) {
        uint8_t c = rest->at[i];
        if (text) {
            if (c == '\\')
                i++;
            else if (c == '"')
                text = false;
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (depth > 0 && (c == '}' || c == ']')) {
            depth--;
        } else if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']')) {
            break;
        }
    }
    if (i > rest->len)
        i = rest->len;
    struct xa_slice value = { rest->at, i };
    *rest = (struct xa_slice){ rest->at + i, rest->len - i };
    return value;
}

static void skip(struct xa_slice *rest)
{
    if (rest->len > 0)
        *rest = (struct xa_slice){ rest->at + 1, rest->len - 1 };
}

static struct xa_slice inside(struct xa_slice value)
{
    if (value.len < 2)
        return (struct xa_slice){ 0 };
    return (struct xa_slice){ value.at + 1, value.len - 2 };
}

/* A list of texts stands in one line. */
static bool is_one_line(struct xa_slice value)
{
    if (value.len == 0 || value.at[0] == '{')
        return false;
    if (value.at[0] != '[')
        return true;
    for (struct xa_slice rest = inside(value); rest.len > 0; skip(&rest)) {
        struct xa_slice item = take_value(&rest);
        if (item.len == 0 || item.at[0] == '{' || item.at[0] == '[')
            return false;
    }
    return true;
}

/* An attribute's name without quotes, where Terraform takes it so. */
static bool is_bare(struct xa_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return name.len > 0;
}

struct member { struct xa_slice name, value; };

static bool next_member(struct xa_slice *rest, struct member *ret)
{
    if (rest->len == 0)
        return false;
    ret->name = inside(take_value(rest));
    skip(rest);
    ret->value = take_value(rest);
    skip(rest);
    return true;
}

static size_t width_of(struct xa_slice name)
{
    return name.len + (is_bare(name) ? 0 : 2);
}

/* How wide the names are from here to the next line that opens a bracket. */
static size_t width_from(struct xa_slice rest)
{
    struct member m;
    size_t width = 0;
    while (next_member(&rest, &m) && is_one_line(m.value))
        if (width_of(m.name) > width)
            width = width_of(m.name);
    return width;
}

static void put_value(struct xa_out *o, struct xa_slice value, size_t margin);

static void put_object(struct xa_out *o, struct xa_slice rest, size_t margin)
{
    struct member m;
    size_t width = 0;
    for (struct xa_slice here = rest; next_member(&rest, &m); here = rest) {
        bool one_line = is_one_line(m.value);
        width = !one_line ? 0 : width > 0 ? width : width_from(here);
        put_blanks(o, margin);
        if (is_bare(m.name))
            xa_out_slice(o, m.name);
        else
            put_text(o, m.name);
        put_blanks(o, one_line ? width - width_of(m.name) : 0);
        xa_out_text(o, " = ");
        put_value(o, m.value, margin);
        xa_out_char(o, '\n');
    }
}

static void put_list(struct xa_out *o, struct xa_slice value, size_t margin)
{
    bool one_line = is_one_line(value), first = true;
    xa_out_text(o, one_line ? "[" : "[\n");
    for (struct xa_slice rest = inside(value); rest.len > 0; skip(&rest), first = false) {
        if (one_line && !first)
            xa_out_text(o, ", ");
        put_blanks(o, one_line ? 0 : margin + 2);
        put_value(o, take_value(&rest), margin + 2);
        if (!one_line)
            xa_out_text(o, ",\n");
    }
    put_blanks(o, one_line ? 0 : margin);
    xa_out_char(o, ']');
}

static void put_value(struct xa_out *o, struct xa_slice value, size_t margin)
{
    if (value.len > 0 && value.at[0] == '{') {
        xa_out_text(o, "{\n");
        put_object(o, inside(value), margin + 2);
        put_blanks(o, margin);
        xa_out_char(o, '}');
    } else if (value.len > 0 && value.at[0] == '[') {
        put_list(o, value, margin);
    } else if (value.len > 0 && value.at[0] == '"') {
        put_text(o, inside(value));
    } else {
        xa_out_slice(o, value);
    }
}

/* --- its blocks ----------------------------------------------------------------------------- */

static void put_label(struct xa_out *o, const char *dest)
{
    if (!((dest[0] >= 'A' && dest[0] <= 'Z') || (dest[0] >= 'a' && dest[0] <= 'z')))
        xa_out_char(o, '_');
    for (const char *p = dest; *p != '\0'; p++) {
        bool fits = is_bare((struct xa_slice){ (const uint8_t *)p, 1 }) ||
                    (*p >= '0' && *p <= '9') || *p == '-';
        xa_out_char(o, (char)(fits ? *p : '_'));
    }
}

static void open_resource(struct xa_out *o, const char *type, const char *dest)
{
    xa_out_format(o, "\nresource \"%s\" \"", type);
    put_label(o, dest);
    xa_out_text(o, "\" {\n");
}

/* An attribute of a text; width: of the longest name beside it. */
static void put_attribute(struct xa_out *o, const char *name, size_t width, struct xa_slice value)
{
    xa_out_text(o, "  ");
    xa_out_text(o, name);
    put_blanks(o, width - strlen(name));
    xa_out_text(o, " = ");
    put_text(o, value);
    xa_out_char(o, '\n');
}

static void put_reference(struct xa_out *o, const char *name, size_t width, const char *type,
                          const char *dest, const char *attribute)
{
    xa_out_text(o, "  ");
    xa_out_text(o, name);
    put_blanks(o, width - strlen(name));
    xa_out_format(o, " = %s.", type);
    put_label(o, dest);
    xa_out_format(o, ".%s\n", attribute);
}

static void put_provider_of(struct xa_out *o, size_t width, const char *side)
{
    xa_out_text(o, "  provider");
    put_blanks(o, width - strlen("provider"));
    xa_out_format(o, " = aws.%s\n", side);
}

static void put_document(struct xa_out *o, const char *name, struct xa_slice document)
{
    xa_out_format(o, "  %s = jsonencode(", name);
    put_value(o, document, 2);
    xa_out_text(o, ")\n");
}

static void put_provider(struct xa_out *o, const char *side, struct xa_slice account)
{
    xa_out_format(o, "\n# Whoever may write %s there: a profile, or what the environment says.\n"
                  "provider \"aws\" {\n  alias               = \"%s\"\n"
                  "  allowed_account_ids = [\"",
                  side[0] == 'd' ? "roles" : "policies", side);
    xa_out_slice(o, account);
    xa_out_text(o, "\"]\n}\n");
}

static void put_role(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    char room[256];
    struct xa_out text = xa_out_begin(-1, room, sizeof room);
    size_t width = strlen(p->max_duration_s != 0 ? "max_session_duration" : "description");
    text.whole = true;
    xa_setup_put_role_description(&text, s);
    open_resource(o, "aws_iam_role", s->dest);
    put_provider_of(o, width, "destination");
    put_attribute(o, "name", width, p->role_name);
    put_attribute(o, "path", width, p->role_path);
    put_attribute(o, "description", width, (struct xa_slice){ (const uint8_t *)room, text.len });
    if (p->max_duration_s != 0)
        xa_out_format(o, "  max_session_duration = %u\n", p->max_duration_s);
    put_document(o, "assume_role_policy", p->trust_policy);
    xa_out_text(o, "}\n");
}

static void put_attachment(struct xa_out *o, const struct xa_setup *s)
{
    struct xa_slice rest = s->plan.permissions;
    open_resource(o, "aws_iam_role_policy_attachment", s->dest);
    xa_out_text(o, "  provider = aws.destination\n  for_each = toset([\n");
    while (rest.len > 0) {
        xa_out_text(o, "    ");
        put_text(o, xa_slice_cut(&rest, ','));
        xa_out_text(o, ",\n");
    }
    xa_out_text(o, "  ])\n");
    put_reference(o, "role", 10, "aws_iam_role", s->dest, "name");
    xa_out_text(o, "  policy_arn = each.value\n}\n");
}

static void put_policy(struct xa_out *o, const struct xa_setup *s)
{
    const struct xa_setup_plan_result *p = &s->plan;
    struct xa_setup_own_policy own;
    xa_setup_own_policy(s, &own);
    open_resource(o, "aws_iam_policy", s->dest);
    put_provider_of(o, 11, "source");
    put_attribute(o, "name", 11, xa_slice_of(own.name));
    put_attribute(o, "description", 11, xa_slice_of(XA_SETUP_POLICY_DESCRIPTION));
    put_document(o, "policy", p->source_policy);
    xa_out_text(o, "}\n");
    open_resource(o, "aws_iam_user_policy_attachment", s->dest);
    put_provider_of(o, 10, "source");
    put_attribute(o, "user", 10, p->user_name);
    put_reference(o, "policy_arn", 10, "aws_iam_policy", s->dest, "arn");
    xa_out_text(o, "}\n");
}

void xa_setup_put_terraform(struct xa_out *o, const struct xa_setup *s)
{
    xa_out_text(o, "terraform {\n  required_providers {\n    aws = {\n"
                   "      source = \"hashicorp/aws\"\n    }\n  }\n}\n");
    put_provider(o, "destination", s->plan.account);
    put_provider(o, "source", xa_setup_source_account(s));
    put_role(o, s);
    put_attachment(o, s);
    put_policy(o, s);
}
