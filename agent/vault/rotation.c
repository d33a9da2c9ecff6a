#include "agent/vault/rotation.h"

#include <assert.h>
#include <string.h>

#include "agent/vault/held.h"

static void show(const struct xa_entry *e, struct xa_vault_rotation *ret)
{
    bool fits = xa_slice_copy(e->access_key_id, ret->access_key_id, sizeof ret->access_key_id) &&
                xa_slice_copy(e->account, ret->account, sizeof ret->account) &&
                xa_slice_copy(e->arn, ret->arn, sizeof ret->arn);
    assert(fits);                /* the body was checked */
    ret->kind = e->kind;
    ret->created_at = e->created_at;
    ret->due_at = e->due_at;
}

bool xa_vault_rotation(struct xa_vault *v, struct xa_slice name, struct xa_vault_rotation *ret)
{
    struct xa_entry current, journaled;
    if (v->body == NULL)
        return false;
    struct xa_slice body = xa_held_open(v);
    bool found = xa_body_find(body, name, &current);
    if (found) {
        *ret = (struct xa_vault_rotation){ .kind = XA_KEY_CURRENT };
        if (xa_body_find_journaled(body, name, &journaled))
            show(&journaled, ret);
    }
    xa_secret_shut(v->body);
    return found;
}

bool xa_vault_shares_key(struct xa_vault *v, struct xa_slice name, struct xa_slice access_key_id,
                         char ret[XA_NAME_MAX + 1])
{
    struct xa_entry other;
    if (v->body == NULL)
        return false;
    bool found = xa_body_find_shared(xa_held_open(v), name, access_key_id, &other) &&
                 xa_slice_copy(other.name, ret, XA_NAME_MAX + 1);
    xa_secret_shut(v->body);
    return found;
}

/* --- its steps ------------------------------------------------------------------ */

static struct xa_vault_job *given_up(struct xa_vault_job *job)
{
    xa_job_free(&job);
    return NULL;
}

static bool time_valid(int64_t unix_s, struct xa_error *err)
{
    return unix_s >= 0 || xa_fail(err, XA_USAGE, "%lld is no time", (long long)unix_s);
}

/* A key id that no key can have is one that is not there: the change will say so. */
static bool note_key_id(struct xa_vault_job *job, struct xa_slice access_key_id,
                        struct xa_error *err)
{
    struct xa_vault_info *info = &job->change.info;
    return xa_slice_copy(access_key_id, info->access_key_id, sizeof info->access_key_id) ||
           xa_fail(err, XA_USAGE, "this is no access key id");
}

struct xa_vault_job *xa_vault_begin_intend(struct xa_vault *v, struct xa_slice name, int64_t now_s,
                                           struct xa_error *err)
{
    struct xa_vault_job *job = xa_held_new_change_of(v, XA_CHANGE_INTEND, name, err);
    if (job == NULL)
        return NULL;
    if (!time_valid(now_s, err))
        return given_up(job);
    job->change.info.created_at = now_s;
    return xa_held_started(v, job);
}

struct xa_vault_job *xa_vault_begin_pend(struct xa_vault *v, const struct xa_vault_info *info,
                                         struct xa_secret **secret, struct xa_error *err)
{
    if (!xa_held_key_valid(info, *secret, err))
        return NULL;
    struct xa_vault_job *job =
        xa_held_new_change_of(v, XA_CHANGE_PEND, xa_slice_of(info->name), err);
    if (job == NULL)
        return NULL;
    job->change.info = *info;
    job->change.secret = *secret;
    *secret = NULL;              /* moved */
    return xa_held_started(v, job);
}

struct xa_vault_job *xa_vault_begin_switch(struct xa_vault *v, struct xa_slice name,
                                           struct xa_slice pending_key_id, int64_t now_s,
                                           int64_t due_at, struct xa_error *err)
{
    struct xa_vault_job *job = xa_held_new_change_of(v, XA_CHANGE_SWITCH, name, err);
    if (job == NULL)
        return NULL;
    if (!time_valid(now_s, err) || !time_valid(due_at, err) ||
        !note_key_id(job, pending_key_id, err))
        return given_up(job);
    job->change.info.created_at = now_s;
    job->change.due_at = due_at;
    return xa_held_started(v, job);
}

struct xa_vault_job *xa_vault_begin_switch_back(struct xa_vault *v, struct xa_slice name,
                                                struct xa_slice retired_key_id,
                                                struct xa_error *err)
{
    struct xa_vault_job *job = xa_held_new_change_of(v, XA_CHANGE_SWITCH_BACK, name, err);
    if (job == NULL)
        return NULL;
    return note_key_id(job, retired_key_id, err) ? xa_held_started(v, job) : given_up(job);
}

struct xa_vault_job *xa_vault_begin_settle(struct xa_vault *v, struct xa_slice name,
                                           enum xa_key_kind kind, struct xa_slice access_key_id,
                                           struct xa_error *err)
{
    assert(kind != XA_KEY_CURRENT);      /* that would be to remove it */
    struct xa_vault_job *job = xa_held_new_change_of(v, XA_CHANGE_SETTLE, name, err);
    if (job == NULL)
        return NULL;
    if (!note_key_id(job, access_key_id, err))
        return given_up(job);
    job->change.journaled = kind;
    return xa_held_started(v, job);
}
