/* list --discover: the roles that a source's user may assume, by the policies that hold for
 * it. They are read one after the other, and what each allows is put to AWS's simulation
 * before the next is read, so that no more has to be kept in mind than one policy's roles. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/task_impl.h"
#include "agent/aws/arn.h"
#include "agent/vault/hash.h"

#define ACTION "sts:AssumeRole"
#define ROLES_MAX 200                  /* of which each is told once                    */
#define BATCH 10                       /* roles in one simulation                       */
#define MARK_LEN 12                    /* hexadecimal digits by which a role is known   */

/* What has been seen so far, in task->flags. */
enum {
    BEGUN = 1, READ = 2, REFUSED = 4, UNCHECKED = 8, FULL = 16, CUT = 32,
};

/* The work that is left lies in the notes, a line for each: its key says what is to be done,
 * its value with what. The first row that has a line comes first: what was found is dealt
 * with before more is looked for, but all groups are known before any list is gone through,
 * so that only one list at a time can have a next page.
 *
 *   role ARN              a candidate, not told yet
 *   version VERSION ARN   a managed policy's version is to be read
 *   policy ARN            a managed policy is to be asked for its version
 *   inline.user NAME, inline.group NAME GROUP
 *   groups -, attached.user -, names.user -, attached.group GROUP, names.group GROUP
 *
 * Beside them: `more` is where the list at hand goes on, `by` the policy that allows the
 * roles, `seen` the marks of what was dealt with: roles and managed policies. */
struct work {
    const char *key;
    enum xa_action action;
    const char *name;                  /* AWS's, of the action: what a refusal is about  */
    const char *found, *becomes;       /* of a list: lines that are work of this key     */
};

enum { SIMULATE };                     /* the row that is no reading                     */

static const struct work works[] = {
    [SIMULATE] = { "role", XA_ACTION_SIMULATE, "iam:SimulatePrincipalPolicy", NULL, NULL },
    { "version", XA_ACTION_GET_POLICY_VERSION, "iam:GetPolicyVersion", NULL, NULL },
    { "policy", XA_ACTION_GET_POLICY, "iam:GetPolicy", NULL, NULL },
    { "inline.user", XA_ACTION_GET_USER_POLICY, "iam:GetUserPolicy", NULL, NULL },
    { "inline.group", XA_ACTION_GET_GROUP_POLICY, "iam:GetGroupPolicy", NULL, NULL },
    { "groups", XA_ACTION_LIST_GROUPS, "iam:ListGroupsForUser", "group", NULL },
    { "attached.user", XA_ACTION_LIST_ATTACHED_USER, "iam:ListAttachedUserPolicies", "policy",
      "policy" },
    { "names.user", XA_ACTION_LIST_USER, "iam:ListUserPolicies", "name", "inline.user" },
    { "attached.group", XA_ACTION_LIST_ATTACHED_GROUP, "iam:ListAttachedGroupPolicies", "policy",
      "policy" },
    { "names.group", XA_ACTION_LIST_GROUP, "iam:ListGroupPolicies", "name", "inline.group" },
};

struct own {
    struct xa_vault_info source;
    struct xa_slice user;              /* its name; borrows source                       */
    const struct work *work;           /* of this step                                   */
    char item[XA_ARN_MAX + 64];        /* the line's value: notes move                   */
};

/* --- the work list ------------------------------------------------------------------------ */

static const struct work *first_work(struct xa_task *t, struct xa_slice *ret_item)
{
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        struct xa_slice rest = task_notes(t);
        struct xa_detail line;
        while (xa_detail_next(&rest, &line))
            if (xa_slice_is(line.key, works[i].key)) {
                *ret_item = line.value;
                return &works[i];
            }
    }
    return NULL;
}

/* Takes the first line of that key away. */
static void drop_first(struct xa_task *t, const char *key)
{
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    for (const uint8_t *start = rest.at; xa_detail_next(&rest, &line); start = rest.at) {
        if (!xa_slice_is(line.key, key))
            continue;
        memmove(t->notes + (start - (const uint8_t *)t->notes), rest.at, rest.len);
        t->notes_len -= (size_t)(rest.at - start);
        return;
    }
}

static void add_work(struct xa_task *t, const char *key, struct xa_slice first,
                     struct xa_slice second)
{
    char line[XA_ARN_MAX + 64];
    const char *blank = second.len > 0 ? " " : "";
    int len = snprintf(line, sizeof line, "%.*s%s%.*s", (int)first.len, (const char *)first.at,
                       blank, (int)second.len, second.len > 0 ? (const char *)second.at : "");
    const struct xa_slice value = { (const uint8_t *)line, (size_t)len };
    if (len < 0 || (size_t)len >= sizeof line || !task_note(t, key, value))
        t->flags |= CUT;
}

/* True the first time: a role or a policy may be met in several ways. */
static bool is_new(struct xa_task *t, struct xa_slice arn)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[XA_HASH_LEN];
    char seen[ROLES_MAX * 2 * MARK_LEN], mark[MARK_LEN];
    struct xa_slice before = task_noted(t, "seen");
    xa_hash(hash, &arn, 1);
    for (size_t i = 0; i < MARK_LEN; i++)
        mark[i] = digits[i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15];
    for (size_t at = 0; at + MARK_LEN <= before.len; at += MARK_LEN)
        if (memcmp(before.at + at, mark, MARK_LEN) == 0)
            return false;
    if (before.len > sizeof seen - MARK_LEN) {
        t->flags |= FULL;
        return false;
    }
    if (before.len > 0)
        memcpy(seen, before.at, before.len);
    memcpy(seen + before.len, mark, MARK_LEN);
    const struct xa_slice value = { (const uint8_t *)seen, before.len + MARK_LEN };
    if (!task_renote(t, "seen", value))
        t->flags |= CUT;
    return true;
}

/* --- what a policy says ------------------------------------------------------------------- */

/* Without wildcard and variable it names one role. */
static bool names_one(struct xa_slice resource)
{
    for (size_t i = 0; i < resource.len; i++)
        if (resource.at[i] == '*' || resource.at[i] == '?' || resource.at[i] == '$')
            return false;
    return true;
}

static bool begins_alike(const uint8_t *at, size_t len, const char *wanted)
{
    size_t n = strlen(wanted);
    return memcmp(at, wanted, len < n ? len : n) == 0;
}

/* What stands before the first wildcard could be the beginning of a role's ARN:
 * arn:PARTITION:iam::ACCOUNT:role/… */
static bool may_match_roles(struct xa_slice pattern)
{
    static const char *const fields[] = { "arn", NULL, "iam", "", NULL, "role/" };
    size_t at = 0, len = 0;
    while (len < pattern.len && memchr("*?$", pattern.at[len], 3) == NULL)
        len++;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const uint8_t *colon = len > at ? memchr(pattern.at + at, ':', len - at) : NULL;
        size_t end = colon != NULL && i < 5 ? (size_t)(colon - pattern.at) : len;
        if (fields[i] != NULL && i < 5 && colon != NULL &&
            (end - at != strlen(fields[i]) || !begins_alike(pattern.at + at, end - at, fields[i])))
            return false;
        if (colon == NULL || i == 5)
            return fields[i] == NULL || fields[i][0] == '\0'
                       ? fields[i] == NULL || end == at
                       : begins_alike(pattern.at + at, end - at, fields[i]);
        at = end + 1;
    }
    return false;
}

static bool is_about_assuming(const struct xa_statement *s)
{
    struct xa_slice rest = s->lines, action = xa_slice_of(ACTION);
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
    if (!xa_role_arn_parse(arn, &role, NULL) || !is_new(t, arn))
        return;
    if (t->count >= ROLES_MAX) {
        t->flags |= FULL;
        return;
    }
    t->count++;
    add_work(t, "role", arn, (struct xa_slice){ 0 });
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

static enum xa_task_turn took_document(struct xa_task *t, struct xa_slice details, const char *by)
{
    struct xa_statement s;
    t->flags |= READ;
    if (!task_renote(t, "by", xa_slice_of(by)))
        t->flags |= CUT;
    while (xa_statements_next(&details, &s))
        if (is_about_assuming(&s))
            read_statement(t, &s, by);
    return task_go(t, 0);
}

/* --- what is asked ------------------------------------------------------------------------- */

static struct xa_slice word(const char *text, unsigned n)
{
    struct xa_slice rest = xa_slice_of(text), found = { 0 };
    for (unsigned i = 0; i <= n; i++)
        found = xa_slice_cut(&rest, ' ');
    return found.len > 0 ? found : xa_slice_of("");
}

static void add_user(struct xa_task *t)
{
    const struct own *own = t->own;
    xa_query_add(&t->form, "UserName", own->user);
}

/* What the user may do with a code is what they may do: with MFA or without it cannot be
 * known here, and a role that wants some is a role. */
static void simulation(struct xa_task *t)
{
    const struct own *own = t->own;
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    char name[32];
    xa_query_add(&t->form, "PolicySourceArn", xa_slice_of(own->source.arn));
    xa_query_add(&t->form, "ActionNames.member.1", xa_slice_of(ACTION));
    for (unsigned n = 1; n <= BATCH && xa_detail_next(&rest, &line);) {
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

static void parameters(struct xa_task *t)
{
    const struct own *own = t->own;
    switch (own->work->action) {
    case XA_ACTION_SIMULATE:
        simulation(t);
        break;
    case XA_ACTION_GET_POLICY:
        xa_query_add(&t->form, "PolicyArn", word(own->item, 0));
        break;
    case XA_ACTION_GET_POLICY_VERSION:
        xa_query_add(&t->form, "PolicyArn", word(own->item, 1));
        xa_query_add(&t->form, "VersionId", word(own->item, 0));
        break;
    case XA_ACTION_GET_USER_POLICY:
        add_user(t);
        xa_query_add(&t->form, "PolicyName", word(own->item, 0));
        break;
    case XA_ACTION_GET_GROUP_POLICY:
        xa_query_add(&t->form, "GroupName", word(own->item, 1));
        xa_query_add(&t->form, "PolicyName", word(own->item, 0));
        break;
    case XA_ACTION_LIST_ATTACHED_GROUP:
    case XA_ACTION_LIST_GROUP:
        xa_query_add(&t->form, "GroupName", word(own->item, 0));
        break;
    default:
        add_user(t);
        break;
    }
    if (own->work->found != NULL && task_noted(t, "more").len > 0)
        xa_query_add(&t->form, "Marker", task_noted(t, "more"));
}

/* --- what AWS says -------------------------------------------------------------------------- */

/* Where it goes on stays noted until all that this page has found is dealt with: then the
 * list is the first work again. */
static enum xa_task_turn took_list(struct xa_task *t, struct xa_slice details)
{
    const struct own *own = t->own;
    struct xa_slice rest = details, more = xa_details_find(details, "more");
    struct xa_slice none = { 0 }, of = own->work->action == XA_ACTION_LIST_GROUP
                                           ? word(own->item, 0) : none;
    struct xa_detail line;
    t->flags |= READ;
    while (xa_detail_next(&rest, &line)) {
        if (!xa_slice_is(line.key, own->work->found))
            continue;
        if (own->work->action == XA_ACTION_LIST_GROUPS) {
            add_work(t, "attached.group", line.value, none);
            add_work(t, "names.group", line.value, none);
        } else if (own->work->action == XA_ACTION_LIST_GROUP ||
                   own->work->action == XA_ACTION_LIST_USER || is_new(t, line.value)) {
            add_work(t, own->work->becomes, line.value, of);
        }
    }
    if (more.len == 0 || xa_slice_same(more, task_noted(t, "more"))) {
        drop_first(t, own->work->key);
        task_forget_notes(t, "more");
    } else if (!task_renote(t, "more", more)) {
        t->flags |= CUT;
        drop_first(t, own->work->key);
    }
    return task_go(t, 0);
}

static enum xa_task_turn took_version(struct xa_task *t, struct xa_slice details)
{
    const struct own *own = t->own;
    struct xa_slice version = xa_details_find(details, "version");
    drop_first(t, own->work->key);
    if (version.len > 0)
        add_work(t, "version", version, word(own->item, 0));
    return task_go(t, 0);
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
    struct xa_slice all = rest, before = rest;
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

static enum xa_task_turn took_simulation(struct xa_task *t, struct xa_slice details)
{
    const struct own *own = t->own;
    struct xa_slice item, lines;
    char arn[XA_ARN_MAX + 1];
    for (unsigned n = 0; n < BATCH && first_work(t, &item) == own->work; n++) {
        if (xa_slice_copy(item, arn, sizeof arn)) {
            if (find_judgement(details, xa_slice_of(arn), &lines))
                judge(t, xa_slice_of(arn), lines, "each.");
            else if (xa_slice_same(xa_details_find(details, "resource"), xa_slice_of(arn)))
                judge(t, xa_slice_of(arn), lines_of(details, "each"), "");
            else
                tell_role(t, xa_slice_of(arn), ", not checked");
        }
        drop_first(t, own->work->key);
    }
    return task_go(t, 0);
}

/* --- what AWS does not say ------------------------------------------------------------------- */

/* As many as in a simulation: an answer has room for no more than some of them. */
static enum xa_task_turn tell_unchecked(struct xa_task *t)
{
    const struct own *own = t->own;
    struct xa_slice item;
    char arn[XA_ARN_MAX + 1];
    for (unsigned n = 0; n < BATCH && first_work(t, &item) == own->work; n++) {
        if (xa_slice_copy(item, arn, sizeof arn))
            tell_role(t, xa_slice_of(arn), ", not checked");
        drop_first(t, own->work->key);
    }
    return task_go(t, 0);
}

/* What may go while the rest is read; not the user. */
static bool may_be_gone(const struct work *work)
{
    return work->action != XA_ACTION_SIMULATE && work->action != XA_ACTION_LIST_GROUPS &&
           work->action != XA_ACTION_LIST_ATTACHED_USER && work->action != XA_ACTION_LIST_USER;
}

static enum xa_task_turn refused(struct xa_task *t, const struct xa_error *refusal,
                                 struct xa_error *err)
{
    const struct own *own = t->own;
    bool gone = task_refused_as(refusal, "NoSuchEntity") && may_be_gone(own->work);
    if (!task_refused_as(refusal, "AccessDenied") && !gone)
        return task_fail(err, refusal);
    if (own->work->action == XA_ACTION_SIMULATE) {
        t->flags |= UNCHECKED;
        task_tell(t, XA_ITEM_WARNING, xa_slice_of(own->work->name), "%s is not allowed: what "
                  "follows was not checked against denials and boundaries", own->work->name);
        return tell_unchecked(t);
    }
    if (!gone) {
        t->flags |= REFUSED;
        task_tell(t, XA_ITEM_WARNING, xa_slice_of(own->work->name),
                  "%s is not allowed: roles may be missing here", own->work->name);
    }
    drop_first(t, own->work->key);
    task_forget_notes(t, "more");
    return task_go(t, 0);
}

/* --- the steps ------------------------------------------------------------------------------- */

static enum xa_task_turn end(struct xa_task *t, struct xa_error *err)
{
    const struct own *own = t->own;
    if ((t->flags & (REFUSED | READ)) == REFUSED) {
        xa_fail(err, XA_AWS_REFUSED, "no policy of '%s' may be read by itself", own->source.name);
        xa_hint(err, "ask the account's administrator for iam:Get* and iam:List* on the user");
        return XA_TASK_FAILS;
    }
    if ((t->flags & FULL) != 0)
        task_tell(t, XA_ITEM_WARNING, (struct xa_slice){ 0 }, "there are more than %d roles; the "
                  "others are not shown", ROLES_MAX);
    if ((t->flags & CUT) != 0)
        task_tell(t, XA_ITEM_WARNING, (struct xa_slice){ 0 }, "there is more than could be looked "
                  "at: roles may be missing here");
    return task_end(t);
}

static void begin(struct xa_task *t)
{
    struct xa_slice nothing = xa_slice_of("-"), none = { 0 };
    t->flags |= BEGUN;
    add_work(t, "groups", nothing, none);
    add_work(t, "attached.user", nothing, none);
    add_work(t, "names.user", nothing, none);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    struct xa_slice item;
    if ((t->flags & BEGUN) == 0)
        begin(t);
    own->work = first_work(t, &item);
    if (own->work == &works[SIMULATE] && (t->flags & UNCHECKED) != 0)
        return tell_unchecked(t);
    if (own->work == NULL)
        return end(t, err);
    if (!xa_slice_copy(item, own->item, sizeof own->item)) {
        xa_fail(err, XA_BAD_MESSAGE, "this is no place in such work");
        return XA_TASK_FAILS;
    }
    task_form(t, own->work->action, t->request.wish.name);
    parameters(t);
    return task_call(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    struct own *own = t->own;
    struct xa_slice details = record != NULL ? record->details : (struct xa_slice){ 0 };
    struct xa_slice first = word(own->item, 0), second = word(own->item, 1);
    char by[XA_ARN_MAX + 128];
    if (refusal != NULL)
        return refused(t, refusal, err);
    if (own->work->found != NULL)
        return took_list(t, details);
    switch (own->work->action) {
    case XA_ACTION_SIMULATE:
        return took_simulation(t, details);
    case XA_ACTION_GET_POLICY:
        return took_version(t, details);
    case XA_ACTION_GET_POLICY_VERSION:
        snprintf(by, sizeof by, "policy %.*s", (int)second.len, (const char *)second.at);
        break;
    case XA_ACTION_GET_GROUP_POLICY:
        snprintf(by, sizeof by, "policy %.*s of group %.*s", (int)first.len,
                 (const char *)first.at, (int)second.len, (const char *)second.at);
        break;
    default:
        snprintf(by, sizeof by, "policy %.*s of the user", (int)first.len,
                 (const char *)first.at);
        break;
    }
    drop_first(t, own->work->key);
    return took_document(t, details, by);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    if (!task_source(t, t->request.wish.name, &own->source, err))
        return false;
    own->user = xa_user_name_of(xa_slice_of(own->source.arn));
    if (own->user.len > 0)
        return true;
    return xa_fail(err, XA_USAGE, "'%s' is not an IAM user's key: only a user has policies that "
                   "name roles", own->source.name);
}

const struct task_kind task_discover = {
    .type = XA_DISCOVER, .check = check, .next = next, .took = took,
    .own_size = sizeof(struct own),
};
