/* doctor, inside: the walk (doctor.c), who does what on it (scene.c), the caller's side
 * (source.c), what AWS's words mean (causes.c), the verdict (verdict.c),
 * and what mends it (remedy.c). */
#ifndef XA_AGENT_ACCOUNTS_DOCTOR_IMPL_H
#define XA_AGENT_ACCOUNTS_DOCTOR_IMPL_H

#include "agent/accounts/task_impl.h"
#include "agent/accounts/doctor/trust.h"
#include "agent/aws/arn.h"

enum step {
    ASK_WHOSE,           /* GetCallerIdentity with the source's key itself                */
    TRY,                 /* the credentials, as anybody would have them                    */
    JUDGE,               /* what AWS's answer says                                         */
    LOOK_AT_USER,        /* GetUser: its boundary, its unique id                           */
    SIMULATE,            /* the caller's policies                                          */
    SIMULATE_WITH_MFA,   /* ... if a code went with the call                               */
    ASK_ADMIN,           /* whose rights look at the role                                  */
    LOOK_AT_ROLE,        /* GetRole: is it there, and whom does it trust?                  */
    CONCLUDE,
    N_STEPS,
};

enum flag {
    SOURCE_ALLOWS = 1,       /* the simulation says so for all that the call needs         */
    TRUST_SAID = 2,          /* AWS itself names the trust policy                          */
};

/* For "%.*s". */
#define S(slice) (int)(slice).len, (slice).len > 0 ? (const char *)(slice).at : ""

static inline struct xa_slice of(const char *text)
{
    return xa_slice_of(text);
}

/* Causes, by the names that programs read. */
#define CAUSE_MAP(XX)                                                                  \
    XX(WORKS, "works")                                                                 \
    XX(KEY_INACTIVE, "key-inactive")                                                   \
    XX(SECRET_WRONG, "secret-wrong")                                                   \
    XX(CLOCK, "clock")                                                                 \
    XX(CREDENTIALS_EXPIRED, "credentials-expired")                                     \
    XX(REGION_DISABLED, "region-disabled")                                             \
    XX(SOURCE_POLICY_MISSING, "source-policy-missing")                                 \
    XX(SOURCE_POLICY_DENIES, "source-policy-denies")                                   \
    XX(SOURCE_MFA, "source-mfa")                                                       \
    XX(BOUNDARY, "boundary")                                                           \
    XX(SCP, "scp")                                                                     \
    XX(RCP, "rcp")                                                                     \
    XX(VPC_ENDPOINT, "vpc-endpoint")                                                   \
    XX(SESSION_POLICY, "session-policy")                                               \
    XX(TRUST, "trust")                                                                 \
    XX(TRUST_PRINCIPAL, "trust-principal")                                             \
    XX(TRUST_EXTERNAL_ID, "trust-external-id")                                         \
    XX(TRUST_MFA, "trust-mfa")                                                         \
    XX(TRUST_SESSION_NAME, "trust-session-name")                                       \
    XX(TRUST_TAGS, "trust-tags")                                                       \
    XX(TRUST_SOURCE_IDENTITY, "trust-source-identity")                                 \
    XX(TRUST_ORG, "trust-org")                                                         \
    XX(TRUST_CONDITION, "trust-condition")                                             \
    XX(TRUST_DENIES, "trust-denies")                                                   \
    XX(PRINCIPAL_RECREATED, "principal-recreated")                                     \
    XX(ROLE_MISSING, "role-missing")                                                   \
    XX(ROLE_PATH, "role-path")                                                         \
    XX(DURATION_ROLE, "duration-role")                                                 \
    XX(DURATION_CHAINED, "duration-chained")                                           \
    XX(MFA_CODE, "mfa-code")                                                           \
    XX(MFA_SERIAL, "mfa-serial")                                                       \
    XX(ROOT_USER, "root-user")                                                         \
    XX(SELF_ASSUME, "self-assume")                                                     \
    XX(PARAMETER, "parameter")                                                         \
    XX(UNKNOWN, "unknown")

enum cause {
    CAUSE_NONE,
#define XX(symbol, name) CAUSE_##symbol,
    CAUSE_MAP(XX)
#undef XX
};

const char *cause_name(enum cause cause);

/* What a cause means, one clause for people. */
const char *cause_text(enum cause cause);

/* By its name; CAUSE_NONE: there is none such. */
enum cause cause_of_name(struct xa_slice name);

/* What AWS's refusal of AssumeRole, or of what leads to it, says of the cause. CAUSE_NONE:
 * nothing, as when it only denies. *ret_action: which it names, of the three that lead into a
 * role. */
enum cause cause_of_refusal(struct xa_slice aws_code, struct xa_slice words,
                            const char **ret_action);

/* Of what the trust policy lacks for an action. */
enum cause cause_of_finding(const struct xa_trust_finding *finding, const char *action);

/* True if it is the role's, and can be judged only by a look at it. */
bool cause_is_of_trust(enum cause cause);

/* The actions of a call that leads into a role, in AWS's order. */
#define DOCTOR_ACTIONS 3
extern const char *const doctor_actions[DOCTOR_ACTIONS];

/* The hop that is looked at, and who takes it. Borrows the broker's plan. */
struct scene {
    const struct xa_identity *source, *parent, *hop;
    struct xa_role_arn role;
    struct xa_trust_call call;             /* as AWS sees it                              */
    bool chained;                          /* a role takes it                             */
    const char *device;                    /* was found, but nobody could be asked for its
                                            * code; else ""                               */
    bool same_account;
    char principal[XA_ARN_MAX + 1];        /* call.principal_arn                          */
};

/* False: *err; the plan cannot be made (any more). */
bool doctor_see(struct xa_task *task, struct scene *ret, struct xa_error *err) XA_MUST_CHECK;

/* The first hop of the plan that is not had, or the goal; as it was noted, if it was. */
size_t doctor_hop_at_fault(struct xa_task *task, const struct xa_plan *plan);

/* True if a call with this scene needs the i-th of doctor_actions. */
bool doctor_needs(const struct scene *scene, size_t i);

/* --- the caller's side ---------------------------------------------------------------------- */

enum xa_task_turn doctor_look_at_user(struct xa_task *task, struct xa_error *err);
enum xa_task_turn doctor_took_user(struct xa_task *task, const struct xa_record *record,
                                   const struct xa_error *refusal);
enum xa_task_turn doctor_simulate(struct xa_task *task, bool mfa, struct xa_error *err);
enum xa_task_turn doctor_took_simulation(struct xa_task *task, const struct xa_record *record,
                                         const struct xa_error *refusal, struct xa_error *err);
enum xa_task_turn doctor_took_second_simulation(struct xa_task *task,
                                                const struct xa_record *record,
                                                const struct xa_error *refusal);

/* On to the role's side, if anybody looks at it. */
enum xa_task_turn doctor_to_role(struct xa_task *task);

/* --- the verdict ----------------------------------------------------------------------------- */

/* A cause that was made out before the role is looked at; CAUSE_NONE takes it back. */
void doctor_note_cause(struct xa_task *task, enum cause cause, const char *action);

/* Each gives the verdict with what mends it, and ends the task. more: behind the cause's own
 * words. */
enum xa_task_turn doctor_conclude(struct xa_task *task, const struct scene *scene,
                                  enum cause cause, const char *action, const char *more);
enum xa_task_turn doctor_conclude_role(struct xa_task *task, const struct scene *scene,
                                       enum cause cause, const char *action,
                                       const struct xa_trust_finding *finding);

/* By all that is noted, and the role's trust policy; or without a look at the role. */
enum xa_task_turn doctor_conclude_seen(struct xa_task *task, struct scene *scene,
                                       struct xa_slice policy);
enum xa_task_turn doctor_conclude_unseen(struct xa_task *task, struct xa_error *err);

/* What is wanted and what is there, to stand behind the cause's own words. */
void doctor_detail(const struct scene *scene, enum cause cause, const char *action,
                   const struct xa_trust_finding *finding, char *room, size_t size);

/* What mends the cause, as items. finding: of the trust policy, or NULL where it was not seen;
 * action: of doctor_actions. */
void doctor_mend(struct xa_task *task, const struct scene *scene, enum cause cause,
                 const char *action, const struct xa_trust_finding *finding);

/* What would tell, where nothing more can be known. */
void doctor_would_tell(struct xa_task *task, const struct scene *scene, bool source_unknown,
                       bool role_unknown);

/* The statements that each side needs for the call, where it cannot be seen what it has. */
void doctor_show_trust(struct xa_task *task, const struct scene *scene, const char *action,
                       const char *why);
void doctor_show_source(struct xa_task *task, const struct scene *scene, const char *action,
                        const char *why);

#endif
