/* list --discover: the roles that a source's user may assume, by the policies that hold for
 * it. They are read one after the other, and what each allows is put to AWS's simulation
 * before the next is read, so that no more has to be kept in mind than one policy's roles. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/discover/impl.h"
#include "agent/aws/arn.h"

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
    const struct discover_own *own = t->own;
    xa_query_add(&t->form, "UserName", own->user);
}

static void parameters(struct xa_task *t)
{
    const struct discover_own *own = t->own;
    switch (own->work->action) {
    case XA_ACTION_SIMULATE:
        discover_simulation(t);
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
    const struct discover_own *own = t->own;
    struct xa_slice rest = details, more = xa_details_find(details, "more");
    struct xa_slice none = { 0 }, of = own->work->action == XA_ACTION_LIST_GROUP
                                           ? word(own->item, 0) : none;
    struct xa_detail line;
    t->flags |= DISCOVER_READ;
    while (xa_detail_next(&rest, &line)) {
        if (!xa_slice_is(line.key, own->work->found))
            continue;
        if (own->work->action == XA_ACTION_LIST_GROUPS) {
            discover_add(t, "attached.group", line.value, none);
            discover_add(t, "names.group", line.value, none);
        } else if (own->work->action == XA_ACTION_LIST_GROUP ||
                   own->work->action == XA_ACTION_LIST_USER || discover_is_new(t, line.value)) {
            discover_add(t, own->work->becomes, line.value, of);
        }
    }
    if (more.len == 0 || xa_slice_same(more, task_noted(t, "more"))) {
        task_forget_first_note(t, own->work->key);
        task_forget_notes(t, "more");
    } else if (!task_renote(t, "more", more)) {
        t->flags |= DISCOVER_CUT;
        task_forget_first_note(t, own->work->key);
    }
    return task_go(t, 0);
}

static enum xa_task_turn took_version(struct xa_task *t, struct xa_slice details)
{
    const struct discover_own *own = t->own;
    struct xa_slice version = xa_details_find(details, "version");
    task_forget_first_note(t, own->work->key);
    if (version.len > 0)
        discover_add(t, "version", version, word(own->item, 0));
    return task_go(t, 0);
}

/* --- what AWS does not say ------------------------------------------------------------------- */

/* What may go while the rest is read; not the user. */
static bool may_be_gone(const struct discover_work *work)
{
    return work->action != XA_ACTION_SIMULATE && work->action != XA_ACTION_LIST_GROUPS &&
           work->action != XA_ACTION_LIST_ATTACHED_USER && work->action != XA_ACTION_LIST_USER;
}

static enum xa_task_turn refused(struct xa_task *t, const struct xa_error *refusal,
                                 struct xa_error *err)
{
    const struct discover_own *own = t->own;
    bool gone = task_refused_as(refusal, "NoSuchEntity") && may_be_gone(own->work);
    if (!task_refused_as(refusal, "AccessDenied") && !gone)
        return task_fail(err, refusal);
    if (own->work->action == XA_ACTION_SIMULATE) {
        t->flags |= DISCOVER_UNCHECKED;
        task_tell(t, XA_ITEM_WARNING, xa_slice_of(own->work->name), "%s is not allowed: what "
                  "follows was not checked against denials and boundaries", own->work->name);
        return discover_tell_unchecked(t);
    }
    if (!gone) {
        t->flags |= DISCOVER_REFUSED;
        task_tell(t, XA_ITEM_WARNING, xa_slice_of(own->work->name),
                  "%s is not allowed: roles may be missing here", own->work->name);
    }
    task_forget_first_note(t, own->work->key);
    task_forget_notes(t, "more");
    return task_go(t, 0);
}

/* --- the steps ------------------------------------------------------------------------------- */

static enum xa_task_turn end(struct xa_task *t, struct xa_error *err)
{
    const struct discover_own *own = t->own;
    if ((t->flags & (DISCOVER_REFUSED | DISCOVER_READ)) == DISCOVER_REFUSED) {
        xa_fail(err, XA_AWS_REFUSED, "no policy of '%s' may be read by itself", own->source.name);
        xa_hint(err, "ask the account's administrator for iam:Get* and iam:List* on the user");
        return XA_TASK_FAILS;
    }
    if ((t->flags & DISCOVER_FULL) != 0)
        task_tell(t, XA_ITEM_WARNING, (struct xa_slice){ 0 }, "there are more than %d roles; the "
                  "others are not shown", DISCOVER_ROLES_MAX);
    if ((t->flags & DISCOVER_CUT) != 0)
        task_tell(t, XA_ITEM_WARNING, (struct xa_slice){ 0 }, "there is more than could be looked "
                  "at: roles may be missing here");
    return task_end(t);
}

static void begin(struct xa_task *t)
{
    struct xa_slice nothing = xa_slice_of("-"), none = { 0 };
    t->flags |= DISCOVER_BEGUN;
    discover_add(t, "groups", nothing, none);
    discover_add(t, "attached.user", nothing, none);
    discover_add(t, "names.user", nothing, none);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    struct discover_own *own = t->own;
    struct xa_slice item;
    if ((t->flags & DISCOVER_BEGUN) == 0)
        begin(t);
    own->work = discover_first(t, &item);
    if (own->work == &discover_works[DISCOVER_SIMULATE] && (t->flags & DISCOVER_UNCHECKED) != 0)
        return discover_tell_unchecked(t);
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
    struct discover_own *own = t->own;
    struct xa_slice details = record != NULL ? record->details : (struct xa_slice){ 0 };
    struct xa_slice first = word(own->item, 0), second = word(own->item, 1);
    char by[XA_ARN_MAX + 128];
    if (refusal != NULL)
        return refused(t, refusal, err);
    if (own->work->found != NULL)
        return took_list(t, details);
    switch (own->work->action) {
    case XA_ACTION_SIMULATE:
        return discover_took_simulation(t, details);
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
    task_forget_first_note(t, own->work->key);
    return discover_read_policy(t, details, by);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct discover_own *own = t->own;
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
    .own_size = sizeof(struct discover_own),
};
