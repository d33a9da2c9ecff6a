/* revoke: what was handed out is to be worth nothing. The role denies all that was issued
 * before now, by the policy that AWS's own console attaches for it; or the source's key is
 * made inactive. Forgetting and locking are the client's requests, which need no AWS. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/accounts/task_impl.h"
#include "agent/aws/arn.h"

/* The name under which AWS's console attaches it, so that the console shows it as its own,
 * and there is one, however often it is done. */
#define POLICY_NAME "AWSRevokeOlderSessions"

/* Sessions are dated in whole seconds, and what is known here of AWS's time is up to two
 * behind it: the date of an answer, cut to the second, that was on its way. What is issued
 * in the same second is to be denied too; that a session of the next few is as well costs
 * its owner one more. */
#define AHEAD_S 5

/* Of a role: first it is asked as who this is done, which tells AWS's time and whether it
 * is the right account; there may be a role of the same name in another. Of a source: if IAM
 * does not take its key, whether STS does. */
enum { STEP_WHO, STEP_DENY, STEP_IS_KEY_TAKEN };

struct own {
    char role_arn[XA_ARN_MAX + 1];
    struct xa_vault_info source;
};

static bool find_role(struct xa_task *t, struct xa_role_arn *ret, struct xa_error *err)
{
    struct own *own = t->own;
    const struct xa_plan *plan;
    if (!xa_broker_plan(t->broker, &t->request.wish, &plan, err))
        return false;
    const struct xa_identity *goal = xa_plan_goal(plan);
    if (goal->kind != XA_IDENTITY_ROLE) {
        xa_fail(err, XA_USAGE, "'%s' is a source: what can be revoked is its key", goal->name);
        return xa_hint(err, "xacct revoke --source %s", goal->name);
    }
    snprintf(own->role_arn, sizeof own->role_arn, "%s", goal->role_arn);
    return xa_role_arn_parse(xa_slice_of(own->role_arn), ret, err);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct own *own = t->own;
    struct xa_role_arn role;
    if (t->request.key_too)
        return task_source(t, t->request.wish.name, &own->source, err);
    return find_role(t, &role, err);
}

/* What was looked at is what is denied, whatever the files come to say meanwhile. */
static void bind(const struct xa_task *t, uint8_t ret[XA_HASH_LEN])
{
    const struct own *own = t->own;
    const struct xa_slice parts[] = { xa_slice_of(own->role_arn) };
    xa_hash(ret, parts, 1);
}

static bool is_its_own_admin(const struct xa_task *t)
{
    return t->request.dest_admin.len == 0;
}

static void form(struct xa_task *t, enum xa_action action)
{
    t->as_wished = is_its_own_admin(t);
    task_form(t, action, t->as_wished ? t->request.wish.name : t->request.dest_admin);
}

/* --- a role ------------------------------------------------------------------------------ */

/* False: there is no such time. */
static bool say_moment(int64_t at_s, char ret[32])
{
    time_t moment = (time_t)at_s;
    struct tm utc;
    return gmtime_r(&moment, &utc) != NULL &&
           strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}

/* AWS's own, with the moment before which sessions were issued. */
static size_t deny_older(const char *moment, char *room, size_t size)
{
    return (size_t)snprintf(room, size,
                            "{\"Statement\":[{\"Action\":[\"*\"],\"Condition\":{\"DateLessThan\":"
                            "{\"aws:TokenIssueTime\":\"%s\"}},\"Effect\":\"Deny\",\"Resource\":"
                            "[\"*\"]}],\"Version\":\"2012-10-17\"}", moment);
}

static enum xa_task_turn deny(struct xa_task *t, struct xa_error *err)
{
    struct xa_role_arn role;
    char moment[32], document[512];
    if (!find_role(t, &role, err))
        return XA_TASK_FAILS;
    if (!say_moment(t->now_s + AHEAD_S, moment)) {
        xa_fail(err, XA_INTERNAL, "what this computer says of the time is no time");
        return XA_TASK_FAILS;
    }
    size_t len = deny_older(moment, document, sizeof document);
    form(t, XA_ACTION_PUT_ROLE);
    xa_query_add(&t->form, "RoleName", role.name);
    xa_query_add(&t->form, "PolicyName", xa_slice_of(POLICY_NAME));
    xa_query_add(&t->form, "PolicyDocument", (struct xa_slice){ (const uint8_t *)document, len });
    return task_call(t, err);
}

/* Who stands in for AWS may know of no accounts; AWS itself always says which. */
static enum xa_task_turn took_who(struct xa_task *t, const struct xa_record *record,
                                  struct xa_error *err)
{
    const struct own *own = t->own;
    struct xa_role_arn role;
    if (!xa_role_arn_parse(xa_slice_of(own->role_arn), &role, err))
        return XA_TASK_FAILS;
    bool unknown = record->account.len == 0 && t->act.signer.custom_endpoint;
    if (unknown || xa_slice_same(record->account, role.account)) {
        task_tell(t, XA_ITEM_NEXT, xa_slice_of(own->role_arn), "attaching %s", POLICY_NAME);
        return task_go(t, STEP_DENY);
    }
    xa_fail(err, XA_OTHER_ACCOUNT, "'%s' acts in the account %.*s, and the role is %s's", t->signer,
            (int)record->account.len, (const char *)record->account.at, own->role_arn);
    xa_hint(err, "xacct revoke %.*s --dest-admin with a name of the account %.*s",
            (int)t->request.wish.name.len, (const char *)t->request.wish.name.at,
            (int)role.account.len, (const char *)role.account.at);
    return XA_TASK_FAILS;
}

static enum xa_task_turn took_denial(struct xa_task *t)
{
    const struct own *own = t->own;
    char moment[32] = "now";
    (void)!say_moment(t->now_s + AHEAD_S, moment);
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(own->role_arn),
              "%s denies every session issued before %s", own->role_arn, moment);
    if (!xa_slice_copy(t->request.wish.name, t->forgets, sizeof t->forgets))
        t->forgets[0] = '\0';
    return task_end(t);
}

/* The role that is to be revoked seldom has a right over itself. */
static enum xa_task_turn refuse(struct xa_task *t, const struct xa_error *refusal,
                                struct xa_error *err)
{
    (void)task_fail(err, refusal);
    if (!task_refused_as(refusal, "AccessDenied") || t->step != STEP_DENY)
        return XA_TASK_FAILS;
    xa_why(err, "it takes iam:PutRolePolicy on the role");
    xa_hint(err, "xacct revoke %.*s --dest-admin with a name that may do that",
            (int)t->request.wish.name.len, (const char *)t->request.wish.name.at);
    return XA_TASK_FAILS;
}

/* --- a source ----------------------------------------------------------------------------- */

/* A root user has no name, and IAM then takes the user of the key that signs. */
static enum xa_task_turn deactivate(struct xa_task *t, struct xa_error *err)
{
    const struct own *own = t->own;
    struct xa_slice user = xa_user_name_of(xa_slice_of(own->source.arn));
    task_form(t, XA_ACTION_UPDATE_ACCESS_KEY, t->request.wish.name);
    if (user.len > 0)
        xa_query_add(&t->form, "UserName", user);
    xa_query_add(&t->form, "AccessKeyId", xa_slice_of(own->source.access_key_id));
    xa_query_add(&t->form, "Status", xa_slice_of("Inactive"));
    return task_call(t, err);
}

static enum xa_task_turn ask_whether_taken(struct xa_task *t, struct xa_error *err)
{
    task_form(t, XA_ACTION_CALLER_IDENTITY, t->request.wish.name);
    t->by_key = true;
    return task_call(t, err);
}

/* A key that is gone already is as it was wished: IAM refuses to be told by it. */
static enum xa_task_turn refuse_key(struct xa_task *t, const struct xa_error *refusal,
                                    struct xa_error *err)
{
    const struct own *own = t->own;
    bool unknown = task_refused_as(refusal, "InvalidClientTokenId");
    if (unknown && t->step != STEP_IS_KEY_TAKEN)
        return task_go(t, STEP_IS_KEY_TAKEN);
    if (unknown) {
        task_tell(t, XA_ITEM_SAME, xa_slice_of(own->source.access_key_id),
                  "AWS does not take the access key %s of '%s': it is inactive already, or deleted",
                  own->source.access_key_id, own->source.name);
        return task_end(t);
    }
    (void)task_fail(err, refusal);
    if (task_refused_as(refusal, "AccessDenied"))
        xa_hint(err, "make %s inactive in the console, or allow iam:UpdateAccessKey",
                own->source.access_key_id);
    return XA_TASK_FAILS;
}

/* The code was for a session, which STS does not give to a key that it does not take. */
static void explain(struct xa_task *t, struct xa_error *err)
{
    const struct own *own = t->own;
    if (!t->request.key_too || !task_refused_as(err, "InvalidClientTokenId"))
        return;
    snprintf(err->message, sizeof err->message,
             "AWS does not take the access key %s of '%s': it is inactive already, or deleted",
             own->source.access_key_id, own->source.name);
    err->why[0] = err->hint[0] = '\0';
}

static enum xa_task_turn took_deactivation(struct xa_task *t, struct xa_error *err)
{
    const struct own *own = t->own;
    if (t->step == STEP_IS_KEY_TAKEN) {
        xa_fail(err, XA_AWS_REFUSED, "IAM does not take the access key %s of '%s', though STS does",
                own->source.access_key_id, own->source.name);
        xa_why(err, "what is changed at AWS is known everywhere only after some seconds");
        xa_hint(err, "xacct revoke --source %s", own->source.name);
        return XA_TASK_FAILS;
    }
    struct xa_slice key = xa_slice_of(own->source.access_key_id);
    task_tell(t, XA_ITEM_CHANGED, key, "the access key %s of '%s' is inactive",
              own->source.access_key_id, own->source.name);
    task_tell(t, XA_ITEM_NOTE, key, "sessions that were had with it are good until they end: "
              "`xacct revoke DEST` ends those of a role");
    return task_end(t);
}

/* --- the steps ------------------------------------------------------------------------------ */

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    if (t->request.key_too)
        return t->step == STEP_IS_KEY_TAKEN ? ask_whether_taken(t, err) : deactivate(t, err);
    if (t->step == STEP_DENY)
        return deny(t, err);
    form(t, XA_ACTION_CALLER_IDENTITY);
    return task_call(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL)
        return (t->request.key_too ? refuse_key : refuse)(t, refusal, err);
    if (t->request.key_too)
        return took_deactivation(t, err);
    return t->step == STEP_DENY ? took_denial(t) : took_who(t, record, err);
}

const struct task_kind task_revoke = {
    .type = XA_REVOKE, .check = check, .bind = bind, .next = next, .took = took, .explain = explain,
    .own_size = sizeof(struct own),
};
