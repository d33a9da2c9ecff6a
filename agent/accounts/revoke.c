/* revoke: what was handed out is to be worth nothing. The role denies all that was issued
 * before now, by the policy that AWS's own console attaches for it; or the source's key is
 * made inactive. Forgetting and locking are the client's requests, which need no AWS. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/accounts/task_impl.h"
#include "agent/aws/arn.h"

/* The name under which AWS's console attaches it, so that the console shows it as its own. */
#define POLICY_NAME "AWSRevokeOlderSessions"

/* The role that is meant, by the files; a source has none. */
static bool find_role(struct xa_task *t, struct xa_role_arn *ret, struct xa_error *err)
{
    const struct xa_plan *plan;
    if (!xa_broker_plan(t->broker, &t->request.wish, &plan, err))
        return false;
    const struct xa_identity *goal = xa_plan_goal(plan);
    if (goal->kind != XA_IDENTITY_ROLE)
        return xa_fail(err, XA_USAGE, "'%s' is a source: its key is made inactive by "
                       "`xacct revoke --source %s`", goal->name, goal->name);
    char *own = t->own;
    snprintf(own, XA_ARN_MAX + 1, "%s", goal->role_arn);
    return xa_role_arn_parse(xa_slice_of(own), ret, err);
}

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct xa_role_arn role;
    struct xa_vault_info source;
    if (t->request.key_too)
        return task_source(t, t->request.wish.name, &source, err);
    return find_role(t, &role, err);
}

static struct xa_slice admin_of(const struct xa_task *t)
{
    return t->request.dest_admin.len > 0 ? t->request.dest_admin : t->request.wish.name;
}

/* AWS's own, with the moment before which sessions were issued. */
static size_t deny_older(int64_t now_s, char *room, size_t size)
{
    char when[32];
    time_t moment = (time_t)now_s;
    struct tm utc;
    gmtime_r(&moment, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return (size_t)snprintf(room, size,
                            "{\"Statement\":[{\"Action\":[\"*\"],\"Condition\":{\"DateLessThan\":"
                            "{\"aws:TokenIssueTime\":\"%s\"}},\"Effect\":\"Deny\",\"Resource\":"
                            "[\"*\"]}],\"Version\":\"2012-10-17\"}", when);
}

static enum xa_task_turn deny(struct xa_task *t, struct xa_error *err)
{
    struct xa_role_arn role;
    char document[512];
    if (!find_role(t, &role, err))
        return XA_TASK_FAILS;
    size_t len = deny_older(t->now_s, document, sizeof document);
    task_form(t, XA_ACTION_PUT_ROLE, admin_of(t));
    xa_query_add(&t->form, "RoleName", role.name);
    xa_query_add(&t->form, "PolicyName", xa_slice_of(POLICY_NAME));
    xa_query_add(&t->form, "PolicyDocument", (struct xa_slice){ (const uint8_t *)document, len });
    return task_call(t, err);
}

static enum xa_task_turn deactivate(struct xa_task *t, struct xa_error *err)
{
    struct xa_vault_info source;
    if (!task_source(t, t->request.wish.name, &source, err))
        return XA_TASK_FAILS;
    task_form(t, XA_ACTION_UPDATE_ACCESS_KEY, t->request.wish.name);
    xa_query_add(&t->form, "UserName", xa_user_name_of(xa_slice_of(source.arn)));
    xa_query_add(&t->form, "AccessKeyId", xa_slice_of(source.access_key_id));
    xa_query_add(&t->form, "Status", xa_slice_of("Inactive"));
    return task_call(t, err);
}

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    return t->request.key_too ? deactivate(t, err) : deny(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    (void)record;
    if (refusal != NULL)
        return task_fail(err, refusal);
    if (t->request.key_too) {
        struct xa_vault_info source;
        if (!task_source(t, t->request.wish.name, &source, err))
            return XA_TASK_FAILS;
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(source.access_key_id),
                  "the access key of '%s' is inactive", source.name);
        return task_end(t);
    }
    const char *arn = t->own;
    task_tell(t, XA_ITEM_CHANGED, xa_slice_of(arn),
              "%s denies every session issued before now", arn);
    return task_end(t);
}

const struct task_kind task_revoke = {
    .type = XA_REVOKE, .check = check, .next = next, .took = took, .own_size = XA_ARN_MAX + 1,
};
