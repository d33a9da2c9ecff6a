/* doctor DEST: why can the role not be assumed, and what exactly mends it? The causes are
 * walked in the order in which they can be told apart: the key, AWS's own answer, the
 * caller's side, the role's. Nothing is changed, neither here nor at AWS. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/doctor/impl.h"

#define CLOCK_SLACK_S 60

static bool check(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    return doctor_see(t, &s, err);
}

/* --- AWS's own answer -------------------------------------------------------------------- */

static enum xa_task_turn ask_whose(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    task_form(t, XA_ACTION_CALLER_IDENTITY, of(s.source->name));
    t->by_key = true;
    return task_call(t, err);
}

static enum xa_task_turn took_whose(struct xa_task *t, const struct xa_record *record,
                                    const struct xa_error *refusal, struct xa_error *err)
{
    const char *action;
    struct scene s;
    int64_t lag_s = xa_broker_clock_lag_s(t->broker);
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (refusal != NULL) {
        enum cause cause = cause_of_refusal(record->aws_code, record->aws_message, &action);
        task_tell(t, XA_ITEM_WARNING, of("key"), "%s", refusal->message);
        return doctor_conclude(t, &s, cause, action, "");
    }
    if (!task_renote(t, "caller", record->arn))
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    task_tell(t, XA_ITEM_SAME, of("key"), "that of '%s' is good: %.*s", s.source->name,
              S(record->arn));
    if (lag_s > CLOCK_SLACK_S || lag_s < -CLOCK_SLACK_S)
        task_tell(t, XA_ITEM_WARNING, of("clock"), "it is %lld s %s here; xacct goes by AWS's, "
                  "other programs do not: timedatectl set-ntp true",
                  (long long)(lag_s < 0 ? -lag_s : lag_s), lag_s < 0 ? "fast" : "slow");
    return task_go(t, TRY);
}

static enum xa_task_turn try_it(struct xa_task *t)
{
    struct xa_wish wish = t->request.wish;
    wish.refresh = true;
    return task_credentials(t, &wish);
}

static enum xa_task_turn took_credentials(struct xa_task *t, const struct xa_error *refusal,
                                          struct xa_error *err)
{
    char until[24];
    bool ok;
    if (refusal != NULL && refusal->code != XA_AWS_REFUSED)
        return task_fail(err, refusal);
    if (refusal == NULL) {
        snprintf(until, sizeof until, "%lld", (long long)t->granted_until);
        ok = task_renote(t, "granted", of(t->granted_arn)) && task_renote(t, "until", of(until));
    } else {
        ok = task_renote(t, "code", of(refusal->aws_code)) &&
             task_renote(t, "said", of(refusal->message));
    }
    if (!ok)
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    return task_go(t, JUDGE);
}

static enum xa_task_turn judge_success(struct xa_task *t, const struct scene *s)
{
    char more[128];
    int64_t left_s = xa_details_number(task_notes(t), "until") - t->now_s;
    task_tell(t, XA_ITEM_SAME, of("assume role"), "%.*s, for %lld min", S(task_noted(t, "granted")),
              (long long)(left_s > 0 ? (left_s + 30) / 60 : 0));
    if (s->hop->duration_s >= s->hop->wished_s)
        return doctor_conclude(t, s, CAUSE_WORKS, doctor_actions[0], "");
    if (!s->parent->temporary && t->request.dest_admin.len > 0)
        return task_go(t, ASK_ADMIN);
    enum cause cause = s->parent->temporary ? CAUSE_DURATION_CHAINED : CAUSE_DURATION_ROLE;
    snprintf(more, sizeof more, "; one of %u min works", s->hop->duration_s / 60);
    return doctor_conclude(t, s, cause, doctor_actions[0], more);
}

/* What the message names is sure. What is behind a plain denial is looked for. */
static enum xa_task_turn judge(struct xa_task *t, struct xa_error *err)
{
    const struct xa_plan *plan;
    const char *action;
    char hop[24];
    struct scene s;
    if (task_noted(t, "granted").len > 0)
        return doctor_see(t, &s, err) ? judge_success(t, &s) : XA_TASK_FAILS;
    if (!xa_broker_plan(t->broker, &t->request.wish, &plan, err))
        return XA_TASK_FAILS;
    snprintf(hop, sizeof hop, "%zu", doctor_hop_at_fault(t, plan));
    if (!task_renote(t, "hop", of(hop)) || !doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    struct xa_slice said = task_noted(t, "said");
    enum cause cause = cause_of_refusal(task_noted(t, "code"), said, &action);
    task_tell(t, XA_ITEM_WARNING, of("assume role"), "'%s', %s: %.*s", s.hop->name,
              s.hop->role_arn, S(said));
    bool is_root = s.call.user_name.len == 0 && s.call.session_arn.len == 0 && !s.chained &&
                   s.call.principal_arn.len > 5 &&
                   memcmp(s.principal + s.call.principal_arn.len - 5, ":root", 5) == 0;
    if (cause == CAUSE_NONE && is_root)
        cause = CAUSE_ROOT_USER;
    bool look = cause == CAUSE_NONE || cause_is_of_trust(cause) ||
                cause == CAUSE_SOURCE_POLICY_DENIES || cause == CAUSE_SOURCE_POLICY_MISSING ||
                cause == CAUSE_BOUNDARY;
    if (!xa_slice_is(task_noted(t, "code"), "AccessDenied") || !look) {
        char more[600];
        doctor_detail(&s, cause, action, NULL, more, sizeof more);
        return doctor_conclude(t, &s, cause, action, more);
    }
    if (cause_is_of_trust(cause))
        t->flags |= TRUST_SAID;
    doctor_note_cause(t, cause, action);
    return task_go(t, LOOK_AT_USER);
}

/* --- the role's side --------------------------------------------------------------------- */

static enum xa_task_turn took_role(struct xa_task *t, const struct xa_record *record,
                                   const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity")) {
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s': %s",
                  S(t->request.dest_admin), refusal->message);
        return task_go(t, CONCLUDE);
    }
    if (refusal != NULL)
        return doctor_conclude_role(t, &s, CAUSE_ROLE_MISSING, doctor_actions[0], NULL);
    struct xa_slice arn = xa_details_find(record->details, "arn");
    struct xa_slice max = xa_details_find(record->details, "max");
    if (!task_renote(t, "arn", arn) || !task_renote(t, "max", max))
        return task_fail(err, &(struct xa_error){ .code = XA_BAD_REPLY,
                                                  .message = "AWS's answer is too long" });
    if (!xa_slice_is(arn, s.hop->role_arn))
        return doctor_conclude_role(t, &s, CAUSE_ROLE_PATH, doctor_actions[0], NULL);
    task_tell(t, XA_ITEM_SAME, of("role"), "%.*s is there; its sessions last up to %lld s", S(arn),
              (long long)xa_details_number(record->details, "max"));
    if (task_noted(t, "granted").len > 0)
        return doctor_conclude(t, &s, CAUSE_DURATION_ROLE, doctor_actions[0],
                               "; a shorter one works");
    if (xa_details_find(record->details, "cut").len > 0) {
        task_tell(t, XA_ITEM_NOTE, of("trust policy"), "it is too long to be judged here");
        return task_go(t, CONCLUDE);
    }
    return doctor_conclude_seen(t, &s, record->details);
}

static enum xa_task_turn look_at_role(struct xa_task *t, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    task_form(t, XA_ACTION_GET_ROLE, t->request.dest_admin);
    xa_query_add(&t->form, "RoleName", s.role.name);
    return task_call(t, err);
}

/* Rights of another account see nothing, and a role of the same name there says nothing. */
static enum xa_task_turn took_admin(struct xa_task *t, const struct xa_record *record,
                                    const struct xa_error *refusal, struct xa_error *err)
{
    struct scene s;
    if (!doctor_see(t, &s, err))
        return XA_TASK_FAILS;
    struct xa_slice admin = t->request.dest_admin;
    if (refusal == NULL && xa_slice_is(record->account, s.hop->account))
        return task_go(t, LOOK_AT_ROLE);
    if (refusal != NULL)
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s': %s", S(admin),
                  refusal->message);
    else
        task_tell(t, XA_ITEM_NOTE, of("role"), "it cannot be looked at as '%.*s', who is of "
                  "account %.*s: the role is of %s", S(admin), S(record->account), s.hop->account);
    return task_go(t, CONCLUDE);
}

enum xa_task_turn doctor_to_role(struct xa_task *t)
{
    return task_go(t, t->request.dest_admin.len > 0 ? ASK_ADMIN : CONCLUDE);
}

/* --- the steps --------------------------------------------------------------------------- */

static enum xa_task_turn next(struct xa_task *t, struct xa_error *err)
{
    static const char *const doing[N_STEPS] = {
        "asking whose the key is", "assuming the role", "", "looking at the user",
        "trying the caller's policies", "trying them with an MFA code",
        "asking who looks at the role", "looking at the role", "",
    };
    task_tell(t, XA_ITEM_NEXT, (struct xa_slice){ 0 }, "%s", doing[t->step]);
    switch ((enum step)t->step) {
    case ASK_WHOSE: return ask_whose(t, err);
    case TRY: return try_it(t);
    case JUDGE: return judge(t, err);
    case LOOK_AT_USER: return doctor_look_at_user(t, err);
    case SIMULATE: return doctor_simulate(t, false, err);
    case SIMULATE_WITH_MFA: return doctor_simulate(t, true, err);
    case ASK_ADMIN:
        task_form(t, XA_ACTION_CALLER_IDENTITY, t->request.dest_admin);
        return task_call(t, err);
    case LOOK_AT_ROLE: return look_at_role(t, err);
    case CONCLUDE:
    case N_STEPS:
        break;
    }
    return doctor_conclude_unseen(t, err);
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err)
{
    switch ((enum step)t->step) {
    case ASK_WHOSE: return took_whose(t, record, refusal, err);
    case TRY: return took_credentials(t, refusal, err);
    case LOOK_AT_USER: return doctor_took_user(t, record, refusal);
    case SIMULATE: return doctor_took_simulation(t, record, refusal, err);
    case SIMULATE_WITH_MFA: return doctor_took_second_simulation(t, record, refusal);
    case ASK_ADMIN: return took_admin(t, record, refusal, err);
    case LOOK_AT_ROLE: return took_role(t, record, refusal, err);
    case JUDGE:
    case CONCLUDE:
    case N_STEPS:
        break;
    }
    return task_end(t);
}

const struct task_kind task_doctor = {
    .type = XA_DOCTOR, .check = check, .next = next, .took = took,
};
