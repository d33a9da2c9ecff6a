#include "agent/accounts/doctor/conditions.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/query.h"

/* --- what the call brings ---------------------------------------------------------------- */

/* What a key means for this call. Lists are of tags, whose keys or one of whose values is
 * meant, and of plain texts. */
struct meaning {
    enum { HAS_ONE, HAS_LIST, HAS_TAG_KEYS, IS_ABSENT, IS_UNKNOWN } kind;
    struct xa_slice value;                 /* one text, or the list                       */
};

static bool starts(struct xa_slice s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && xa_pattern_matches(xa_slice_of(prefix), (struct xa_slice){ s.at, len },
                                              true);
}

bool xa_condition_key_is(struct xa_slice key, const char *name)
{
    return key.len == strlen(name) && starts(key, name);
}

static struct meaning of_text(struct xa_slice value)
{
    return (struct meaning){ value.len > 0 ? HAS_ONE : IS_ABSENT, value };
}

static struct meaning of_tag(const struct xa_trust_call *call, struct xa_slice wanted)
{
    struct xa_slice tags = call->tags, tag, value;
    while (tags.len > 0 && xa_list_item(&tags, &tag)) {
        struct xa_slice key = xa_tag_split(tag, &value);
        if (key.len == wanted.len && xa_pattern_matches(wanted, key, true))
            return (struct meaning){ HAS_ONE, value };
    }
    return (struct meaning){ .kind = IS_ABSENT };
}

/* Without a code the key is absent for a key of a user, and false for a session (facts 9.5). */
static struct meaning of_mfa(const struct xa_trust_call *call)
{
    if (!call->mfa && !call->temporary)
        return (struct meaning){ .kind = IS_ABSENT };
    return of_text(xa_slice_of(call->mfa ? "true" : "false"));
}

static struct meaning meaning_of(struct xa_slice key, const struct xa_trust_call *call)
{
    static const char request_tag[] = "aws:RequestTag/";
    const struct { const char *key; struct xa_slice value; } texts[] = {
        { "sts:ExternalId", call->external_id },
        { "sts:RoleSessionName", call->session_name },
        { "sts:SourceIdentity", call->source_identity },
        { "aws:PrincipalArn", call->principal_arn },
        { "aws:PrincipalAccount", call->account },
        { "aws:username", call->user_name },
        { "aws:PrincipalType", xa_slice_of(call->user_name.len > 0 ? "User" : "AssumedRole") },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (xa_condition_key_is(key, texts[i].key))
            return of_text(texts[i].value);
    if (xa_condition_key_is(key, "aws:MultiFactorAuthPresent"))
        return of_mfa(call);
    if (xa_condition_key_is(key, "aws:MultiFactorAuthAge"))
        return (struct meaning){ .kind = call->mfa ? IS_UNKNOWN : IS_ABSENT };
    if (xa_condition_key_is(key, "aws:TagKeys"))
        return (struct meaning){ call->tags.len > 0 ? HAS_TAG_KEYS : IS_ABSENT, call->tags };
    if (xa_condition_key_is(key, "sts:TransitiveTagKeys"))
        return (struct meaning){ call->transitive_tags.len > 0 ? HAS_LIST : IS_ABSENT,
                                 call->transitive_tags };
    if (starts(key, request_tag)) {
        size_t n = sizeof request_tag - 1;
        return of_tag(call, (struct xa_slice){ key.at + n, key.len - n });
    }
    return (struct meaning){ .kind = IS_UNKNOWN };
}

/* --- operators --------------------------------------------------------------------------- */

enum compare { BY_TEXT, BY_TEXT_ANY_CASE, BY_PATTERN, BY_TRUTH,
               NOT_HERE };                 /* numbers, dates, addresses: needs what AWS alone has */

struct op {
    enum compare compare;
    bool negated, if_exists, for_all, for_any, null;
};

static bool ends_with(struct xa_slice *s, const char *end)
{
    size_t len = strlen(end);
    if (s->len < len || memcmp(s->at + s->len - len, end, len) != 0)
        return false;
    s->len -= len;
    return true;
}

static bool begins_with(struct xa_slice *s, const char *start)
{
    size_t len = strlen(start);
    if (s->len < len || memcmp(s->at, start, len) != 0)
        return false;
    s->at += len;
    s->len -= len;
    return true;
}

/* False: an operator that nothing is known of here. */
static bool read_op(struct xa_slice name, struct op *ret)
{
    static const struct { const char *name; enum compare compare; bool negated; } known[] = {
        { "StringEquals", BY_TEXT, false }, { "StringNotEquals", BY_TEXT, true },
        { "StringEqualsIgnoreCase", BY_TEXT_ANY_CASE, false },
        { "StringNotEqualsIgnoreCase", BY_TEXT_ANY_CASE, true },
        { "StringLike", BY_PATTERN, false }, { "StringNotLike", BY_PATTERN, true },
        { "ArnEquals", BY_PATTERN, false }, { "ArnNotEquals", BY_PATTERN, true },
        { "ArnLike", BY_PATTERN, false }, { "ArnNotLike", BY_PATTERN, true },
        { "Bool", BY_TRUTH, false },
    };
    *ret = (struct op){ 0 };
    if (xa_slice_is(name, "Null")) {
        ret->null = true;
        return true;
    }
    ret->for_all = begins_with(&name, "ForAllValues:");
    ret->for_any = !ret->for_all && begins_with(&name, "ForAnyValue:");
    ret->if_exists = ends_with(&name, "IfExists");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (xa_slice_is(name, known[i].name)) {
            ret->compare = known[i].compare;
            ret->negated = known[i].negated;
            return true;
        }
    ret->compare = NOT_HERE;
    ret->negated = name.len > 0 && memmem(name.at, name.len, "Not", 3) != NULL;
    return begins_with(&name, "Numeric") || begins_with(&name, "Date") ||
           xa_slice_is(name, "IpAddress") || xa_slice_is(name, "NotIpAddress");
}

/* A value that must be unfolded first is judged where its only variable is the user's name. */
static enum xa_truth unfold(struct xa_slice *want, const struct xa_trust_call *call)
{
    if (want->len > 0 && memchr(want->at, '\\', want->len) != NULL)
        return XA_CANNOT_KNOW;
    if (want->len < 2 || memmem(want->at, want->len, "${", 2) == NULL)
        return XA_TRUE;
    if (!xa_condition_key_is(*want, "${aws:username}"))
        return XA_CANNOT_KNOW;
    *want = call->user_name;
    return want->len > 0 ? XA_TRUE : XA_FALSE;
}

static enum xa_truth fits(struct xa_slice pattern, struct xa_slice text,
                          const struct xa_trust_call *call)
{
    size_t own = XA_PATTERN_EFFORT;
    bool matches;
    if (!xa_pattern_judge(pattern, text, false, call->effort != NULL ? call->effort : &own,
                          &matches))
        return XA_CANNOT_KNOW;
    return matches ? XA_TRUE : XA_FALSE;
}

static bool is_same(const struct op *op, struct xa_slice want, struct xa_slice have)
{
    if (op->compare == BY_TEXT)
        return xa_slice_same(want, have);
    if (want.len != have.len)
        return false;
    for (size_t i = 0; i < want.len; i++) {
        const struct xa_slice a = { want.at + i, 1 }, b = { have.at + i, 1 };
        if (*a.at != *b.at && (*a.at == '*' || *a.at == '?' || !xa_pattern_matches(a, b, true)))
            return false;
    }
    return true;
}

/* Whether one of the values is what the call has. */
static enum xa_truth among(const struct op *op, struct xa_slice values, struct xa_slice have,
                           const struct xa_trust_call *call)
{
    struct xa_detail line;
    struct xa_condition c;
    enum xa_truth found = XA_FALSE;
    while (xa_detail_next(&values, &line)) {
        if (!xa_condition_of(&line, &c))
            continue;
        enum xa_truth one = unfold(&c.value, call);
        if (one == XA_TRUE && op->compare == BY_PATTERN)
            one = fits(c.value, have, call);
        else if (one == XA_TRUE)
            one = is_same(op, c.value, have) ? XA_TRUE : XA_FALSE;
        if (one == XA_TRUE)
            return one;
        if (one == XA_CANNOT_KNOW)
            found = one;
    }
    return found;
}

static enum xa_truth not(enum xa_truth t)
{
    return t == XA_CANNOT_KNOW ? t : t == XA_TRUE ? XA_FALSE : XA_TRUE;
}

/* ForAllValues: each must; else one is enough, and of a negated one none may. */
static enum xa_truth judge_list(const struct op *op, const struct meaning *m,
                                struct xa_slice values, const struct xa_trust_call *call)
{
    bool want_all = op->for_all || (op->negated && !op->for_any);
    enum xa_truth all = want_all ? XA_TRUE : XA_FALSE;
    struct xa_slice list = m->value, item, rest;
    while (list.len > 0 && xa_list_item(&list, &item)) {
        if (m->kind == HAS_TAG_KEYS)
            item = xa_tag_split(item, &rest);
        enum xa_truth one = among(op, values, item, call);
        if (op->negated)
            one = not(one);
        if (one == (want_all ? XA_FALSE : XA_TRUE))
            return one;
        if (one == XA_CANNOT_KNOW)
            all = one;
    }
    return all;
}

static enum xa_truth judge(const struct xa_trust_fault *group, const struct xa_trust_call *call)
{
    struct op op;
    const struct meaning m = meaning_of(group->key, call);
    if (!read_op(group->op, &op) || m.kind == IS_UNKNOWN)
        return XA_CANNOT_KNOW;
    if (op.null)
        return (m.kind == IS_ABSENT) == xa_slice_is(group->want, "true") ? XA_TRUE : XA_FALSE;
    if (m.kind == IS_ABSENT)
        return op.for_all || (!op.for_any && (op.negated || op.if_exists)) ? XA_TRUE : XA_FALSE;
    if (op.compare == NOT_HERE)
        return XA_CANNOT_KNOW;
    if (m.kind != HAS_ONE)
        return judge_list(&op, &m, group->values, call);
    enum xa_truth one = among(&op, group->values, m.value, call);
    return op.negated ? not(one) : one;
}

/* --- a statement's ----------------------------------------------------------------------- */

/* Takes the next condition with all of its values off *rest. */
static bool next_group(struct xa_slice *rest, struct xa_trust_fault *ret)
{
    struct xa_detail line;
    struct xa_condition c;
    const uint8_t *start;
    do {
        start = rest->at;
        if (!xa_detail_next(rest, &line))
            return false;
    } while (!xa_condition_of(&line, &c));
    *ret = (struct xa_trust_fault){ c.op, c.key, { start, (size_t)(rest->at - start) }, c.value };
    for (struct xa_slice ahead = *rest; xa_detail_next(&ahead, &line); *rest = ahead) {
        if (!xa_condition_of(&line, &c) || !xa_slice_same(c.op, ret->op) ||
            !xa_slice_same(c.key, ret->key))
            break;
        ret->values.len = (size_t)(ahead.at - start);
    }
    return true;
}

enum xa_truth xa_conditions_hold(const struct xa_statement *statement,
                                 const struct xa_trust_call *call, struct xa_trust_fault *ret)
{
    struct xa_slice rest = statement->lines;
    struct xa_trust_fault group;
    enum xa_truth all = XA_TRUE;
    *ret = (struct xa_trust_fault){ 0 };
    while (next_group(&rest, &group)) {
        enum xa_truth one = judge(&group, call);
        if (one == XA_TRUE || (one == XA_CANNOT_KNOW && all == XA_CANNOT_KNOW))
            continue;
        *ret = group;
        all = one;
        if (one == XA_FALSE)
            break;
    }
    return all;
}

unsigned xa_conditions_failing(const struct xa_statement *statement,
                               const struct xa_trust_call *call)
{
    struct xa_slice rest = statement->lines;
    struct xa_trust_fault group;
    unsigned n = 0;
    while (next_group(&rest, &group))
        n += judge(&group, call) == XA_FALSE;
    return n;
}
