/* Which of the roles that a policy names may be assumed, all policies taken together: AWS's
 * simulation knows of denials, boundaries and the organization. */
#include <stdio.h>

#include "agent/accounts/discover/impl.h"

/* What the user may do with a code is what they may do: with MFA or without it cannot be
 * known here, and a role that wants some is a role. */
void discover_simulation(struct xa_task *t)
{
    const struct discover_own *own = t->own;
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    char name[32];
    xa_query_add(&t->form, "PolicySourceArn", xa_slice_of(own->source.arn));
    xa_query_add(&t->form, "ActionNames.member.1", xa_slice_of(DISCOVER_ACTION));
    for (unsigned n = 1; n <= DISCOVER_BATCH && xa_detail_next(&rest, &line);) {
        if (!xa_slice_is(line.key, "role"))
            continue;
        snprintf(name, sizeof name, "ResourceArns.member.%u", n++);
        xa_query_add(&t->form, name, line.value);
    }
    xa_query_add(&t->form, "ContextEntries.member.1.ContextKeyName",
                 xa_slice_of("aws:MultiFactorAuthPresent"));
    xa_query_add(&t->form, "ContextEntries.member.1.ContextKeyType", xa_slice_of("boolean"));
    xa_query_add(&t->form, "ContextEntries.member.1.ContextKeyValues.member.1",
                 xa_slice_of("true"));
}

static void tell_role(struct xa_task *t, struct xa_slice arn, const char *how)
{
    struct xa_slice by = task_noted(t, "by");
    task_tell(t, XA_ITEM_ROLE, arn, "by %.*s%s", (int)by.len,
              by.len > 0 ? (const char *)by.at : "", how);
}

/* The lines about one resource, behind its own. */
static void judge(struct xa_task *t, struct xa_slice arn, struct xa_slice lines, const char *key)
{
    char how[320] = "", name[32];
    struct xa_slice decision, missing, by;
    snprintf(name, sizeof name, "%sdecision", key);
    decision = xa_details_find(lines, name);
    snprintf(name, sizeof name, "%smissing", key);
    missing = xa_details_find(lines, name);
    snprintf(name, sizeof name, "%smatched", key);
    by = xa_details_find(lines, name);
    if (missing.len > 0)
        snprintf(how, sizeof how, ", on a condition about %.*s", (int)missing.len,
                 (const char *)missing.at);
    if (xa_slice_is(decision, "allowed") || (xa_slice_is(decision, "implicitDeny") &&
                                             missing.len > 0))
        tell_role(t, arn, how);
    else if (xa_slice_is(decision, "explicitDeny"))
        task_tell(t, XA_ITEM_WARNING, arn, "%.*s is denied by name%s%.*s", (int)arn.len,
                  (const char *)arn.at, by.len > 0 ? ", in " : "", (int)by.len,
                  by.len > 0 ? (const char *)by.at : "");
    else
        task_tell(t, XA_ITEM_WARNING, arn, "%.*s is not allowed after all: by a permissions "
                  "boundary, the organisation, or a condition", (int)arn.len,
                  (const char *)arn.at);
}

/* Up to the next resource's line. */
static struct xa_slice lines_of(struct xa_slice rest, const char *first)
{
    struct xa_slice all = rest, before;
    struct xa_detail line;
    while (before = rest, xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, first))
            return (struct xa_slice){ all.at, (size_t)(before.at - all.at) };
    return all;
}

/* AWS says it of each resource; of one alone it may say it only once. */
static bool find_judgement(struct xa_slice details, struct xa_slice arn, struct xa_slice *ret)
{
    struct xa_detail line;
    while (xa_detail_next(&details, &line))
        if (xa_slice_is(line.key, "each") && xa_slice_same(line.value, arn)) {
            *ret = lines_of(details, "each");
            return true;
        }
    return false;
}

enum xa_task_turn discover_took_simulation(struct xa_task *t, struct xa_slice details)
{
    const struct discover_own *own = t->own;
    struct xa_slice item, lines;
    char arn[XA_ARN_MAX + 1];
    for (unsigned n = 0; n < DISCOVER_BATCH && discover_first(t, &item) == own->work; n++) {
        if (xa_slice_copy(item, arn, sizeof arn)) {
            if (find_judgement(details, xa_slice_of(arn), &lines))
                judge(t, xa_slice_of(arn), lines, "each.");
            else if (xa_slice_same(xa_details_find(details, "resource"), xa_slice_of(arn)))
                judge(t, xa_slice_of(arn), lines_of(details, "each"), "");
            else
                tell_role(t, xa_slice_of(arn), ", not checked");
        }
        task_forget_first_note(t, own->work->key);
    }
    return task_go(t, 0);
}

/* As many as in a simulation: an answer has room for no more than some of them. */
enum xa_task_turn discover_tell_unchecked(struct xa_task *t)
{
    const struct discover_own *own = t->own;
    struct xa_slice item;
    char arn[XA_ARN_MAX + 1];
    for (unsigned n = 0; n < DISCOVER_BATCH && discover_first(t, &item) == own->work; n++) {
        if (xa_slice_copy(item, arn, sizeof arn))
            tell_role(t, xa_slice_of(arn), ", not checked");
        task_forget_first_note(t, own->work->key);
    }
    return task_go(t, 0);
}
