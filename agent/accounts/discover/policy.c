/* What a policy says of roles. */
#include <string.h>

#include "agent/accounts/discover/impl.h"
#include "agent/aws/arn.h"

static bool is_wild(uint8_t c)
{
    return c == '*' || c == '?' || c == '$';
}

/* Without wildcard and variable it names one role. */
static bool names_one(struct xa_slice resource)
{
    for (size_t i = 0; i < resource.len; i++)
        if (is_wild(resource.at[i]))
            return false;
    return true;
}

/* One of the two begins with the other. */
static bool begin_alike(struct xa_slice a, const char *b)
{
    size_t len = strlen(b) < a.len ? strlen(b) : a.len;
    return len == 0 || memcmp(a.at, b, len) == 0;
}

/* What stands before the first wildcard could be the beginning of a role's ARN:
 * arn:PARTITION:iam::ACCOUNT:role/… */
static bool may_match_roles(struct xa_slice pattern)
{
    static const char *const fields[] = { "arn", NULL, "iam", "", NULL };      /* NULL: any */
    struct xa_slice start = { pattern.at, 0 };
    while (start.len < pattern.len && !is_wild(pattern.at[start.len]))
        start.len++;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool whole = start.len > 0 && memchr(start.at, ':', start.len) != NULL;
        struct xa_slice field = xa_slice_cut(&start, ':');
        if (!whole)
            return fields[i] == NULL ||
                   (field.len <= strlen(fields[i]) && begin_alike(field, fields[i]));
        if (fields[i] != NULL && !xa_slice_is(field, fields[i]))
            return false;
    }
    return begin_alike(start, "role/");
}

static bool is_about_assuming(const struct xa_statement *s)
{
    struct xa_slice rest = s->lines, action = xa_slice_of(DISCOVER_ACTION);
    struct xa_detail line;
    if (xa_details_find(s->lines, "action").len > 0)
        return xa_statement_matches(s, "action", action, true);
    while (xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, "notaction"))
            return !xa_statement_matches(s, "notaction", action, true);
    return false;
}

static bool has(const struct xa_statement *s, const char *key)
{
    struct xa_slice rest = s->lines;
    struct xa_detail line;
    while (xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, key))
            return true;
    return false;
}

static const char *on_condition(const struct xa_statement *s)
{
    return has(s, "condition") ? ", on a condition" : "";
}

static void add_role(struct xa_task *t, struct xa_slice arn)
{
    struct xa_role_arn role;
    if (!xa_role_arn_parse(arn, &role, NULL) || !discover_is_new(t, arn))
        return;
    if (t->count >= DISCOVER_ROLES_MAX) {
        t->flags |= DISCOVER_FULL;
        return;
    }
    t->count++;
    discover_add(t, "role", arn, (struct xa_slice){ 0 });
}

static void tell_pattern(struct xa_task *t, const struct xa_statement *s, struct xa_slice resource,
                         const char *by)
{
    task_tell(t, XA_ITEM_NOTE, resource, "%s allows%s any role whose ARN matches %.*s", by,
              on_condition(s), (int)resource.len, (const char *)resource.at);
}

static void read_statement(struct xa_task *t, const struct xa_statement *s, const char *by)
{
    struct xa_slice rest = s->lines;
    struct xa_detail line;
    while (xa_detail_next(&rest, &line)) {
        int len = (int)line.value.len;
        const char *text = len > 0 ? (const char *)line.value.at : "";
        if (xa_slice_is(line.key, "notresource") && s->allows)
            task_tell(t, XA_ITEM_NOTE, line.value, "%s allows%s every role whose ARN does not "
                      "match %.*s", by, on_condition(s), len, text);
        else if (xa_slice_is(line.key, "notresource"))
            task_tell(t, XA_ITEM_NOTE, line.value, "%s denies%s every role whose ARN does not "
                      "match %.*s", by, on_condition(s), len, text);
        if (!xa_slice_is(line.key, "resource") || !may_match_roles(line.value))
            continue;
        if (!s->allows)
            task_tell(t, XA_ITEM_NOTE, line.value, "%s denies%s %.*s", by, on_condition(s), len,
                      text);
        else if (names_one(line.value))
            add_role(t, line.value);
        else
            tell_pattern(t, s, line.value, by);
    }
}

enum xa_task_turn discover_read_policy(struct xa_task *t, struct xa_slice details, const char *by)
{
    struct xa_statement s;
    t->flags |= DISCOVER_READ;
    if (!task_renote(t, "by", xa_slice_of(by)) || xa_details_find(details, "cut").len > 0)
        t->flags |= DISCOVER_CUT;
    while (xa_statements_next(&details, &s))
        if (is_about_assuming(&s))
            read_statement(t, &s, by);
    return task_go(t, 0);
}
