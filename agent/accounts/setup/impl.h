/* SETUP, inside: its steps. The destination's side comes first, with its final trust policy at
 * once; then the source's. Undo takes the same way. Each step is one call, and whatever was
 * interrupted is found again by a step that looks. */
#ifndef XA_AGENT_ACCOUNTS_SETUP_IMPL_H
#define XA_AGENT_ACCOUNTS_SETUP_IMPL_H

#include "agent/accounts/setup/setup.h"
#include "agent/accounts/task_impl.h"

enum setup_step_number {
    STEP_DEST_WHO = 0x00,      /* is dest_admin in the destination's account?            */
    STEP_ROLE_LOOK, STEP_ROLE_MAKE, STEP_TRUST_LOOK, STEP_TRUST_SET, STEP_DURATION_SET,
    STEP_ATTACHED_LOOK, STEP_ATTACH,
    STEP_PERMISSION_LOOK,      /* is there such a policy? Before anything is made        */
    STEP_SOURCE_WHO = 0x10,    /* is source_admin in the source's?                       */
    STEP_POLICY_LOOK, STEP_POLICY_MAKE, STEP_VERSION_LOOK, STEP_HOLDER_LOOK, STEP_USER_LOOK,
    STEP_USER_ATTACH,
    STEP_UNDO_ROLE_LOOK = 0x20,
    STEP_UNDO_ATTACHED_LOOK, STEP_UNDO_INLINE_LOOK, STEP_UNDO_INLINE_SHOW, STEP_UNDO_DETACH,
    STEP_UNDO_INLINE_DROP, STEP_UNDO_ROLE_DROP, STEP_UNDO_LEFT_LOOK,
    STEP_UNDO_POLICY_LOOK = 0x30,
    STEP_UNDO_VERSION_LOOK, STEP_UNDO_VERSIONS_LOOK, STEP_UNDO_VERSION_DROP,
    STEP_UNDO_USER_DETACH, STEP_UNDO_POLICY_DROP,
    STEP_VERSION_MAKE = 0x40,  /* for both                                               */
    STEP_VERSION_MERGE, STEP_VERSIONS_LOOK, STEP_VERSION_DROP,
};

/* task->flags. Bit i below 10: permission i is attached; before the role is looked at: it is
 * known to be one. */
enum setup_flag {
    SETUP_FOREIGN = 1 << 10,   /* the role has not our tag                               */
    SETUP_DURATION = 1 << 11,  /* the role's longest session is to be set                */
    SETUP_MADE_ROLE = 1 << 12, /* by this run, so that AWS may not know it everywhere    */
    SETUP_MADE_POLICY = 1 << 13,
    SETUP_YES = 1 << 14,       /* a person agreed to what is noted as asked, or wanted   */
    SETUP_ROUND = 1 << 16,     /* counts from here on: how often it began to look anew   */
};

struct setup_step {
    const char *words;         /* what a person reads while it is done                   */
    enum xa_task_turn (*next)(struct xa_task *task, struct xa_error *err);
    enum xa_task_turn (*took)(struct xa_task *task, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err);
};

extern const struct setup_step setup_role_steps[], setup_source_steps[], setup_undo_role_steps[],
    setup_undo_source_steps[], setup_version_steps[];
extern const size_t setup_n_role_steps, setup_n_source_steps, setup_n_undo_role_steps,
    setup_n_undo_source_steps, setup_n_version_steps;

const struct xa_setup_terms *setup_terms(const struct xa_task *task);

/* Forms of calls as the one side or the other. */
void setup_form_dest(struct xa_task *task, enum xa_action action);
void setup_form_source(struct xa_task *task, enum xa_action action);
void setup_add(struct xa_task *task, const char *name, const char *value);
void setup_add_role(struct xa_task *task);         /* RoleName                           */
void setup_add_marker(struct xa_task *task);       /* the page noted by setup_more       */

/* True if the list goes on, which is noted; the same step asks for the next page. */
bool setup_more(struct xa_task *task, const struct xa_record *record);

/* Ends a step if what is asked has found the turn. */
#define TURN(call) do { if (call) return turn; } while (0)

/* Ends a step that AWS refused: with the hint that this side wants. */
enum xa_task_turn setup_refused(struct xa_task *task, const struct xa_error *refusal,
                                struct xa_error *err);

/* The same for a step that changes something, which is made again where AWS says no for a
 * moment only: a principal, role or policy made just now is not known everywhere yet (facts
 * 9.4). False: AWS has not refused; else *ret is the turn. */
bool setup_stops(struct xa_task *task, const struct xa_error *refusal, enum xa_task_turn *ret,
                 struct xa_error *err);

/* True if AWS knows of no such thing: of what is taken back, that is as it was wished. */
bool setup_is_gone(const struct xa_error *refusal);

/* Fails a step: what AWS has answered is more than can be noted. */
enum xa_task_turn setup_no_room(struct xa_error *err);

/* What is there and what is not changed under our hands: look anew. False after a while. */
bool setup_anew(struct xa_task *task, uint16_t step, enum xa_task_turn *ret);

/* True if the answer's tags have ours. */
bool setup_is_ours(struct xa_slice details);

/* For which destination the answer's tags say that it was made; this is ours for this very one;
 * its trust policy is the one of the terms, byte for byte; the terms attach this policy. */
struct xa_slice setup_made_for(struct xa_slice details);
bool setup_is_made_for(const struct xa_setup_terms *terms, struct xa_slice details);
bool setup_is_trusted_as_shown(const struct xa_setup_terms *terms, struct xa_slice details);
bool setup_is_permission(const struct xa_setup_terms *terms, struct xa_slice policy_arn);

/* The destination's name, as the role's tag has it. */
void setup_dest_tag(const struct xa_setup_terms *terms, char ret[XA_NAME_MAX + 1]);

/* True if the question before this step was answered with yes; else XA_CANCELLED. */
bool setup_agreed(struct xa_task *task, struct xa_error *err);

/* What is held for a role of this ARN is of another one, which is gone. */
void setup_forget_sessions(struct xa_task *task);

enum xa_task_turn setup_to_source(struct xa_task *task);     /* the destination is done  */

/* The grants of a policy of ours, as notes. False: it is not of the form that setup writes. */
bool setup_note_grants(struct xa_task *task, struct xa_slice details);
void setup_forget_grants(struct xa_task *task);
bool setup_is_grant(struct xa_slice key);
bool setup_note_lines(struct xa_task *task, struct xa_slice grants);

/* Puts those of the terms among them, or takes them out. The first is false if they do not fit,
 * the second if they were not there. */
bool setup_add_grants(struct xa_task *task, bool *ret_changed);
bool setup_take_out(struct xa_task *task);
enum xa_task_turn setup_fail_full(struct xa_task *task, struct xa_error *err);

/* What somebody has to agree to before the policy is written or attached: true once they have,
 * or, the second, if nothing was asked. */
bool setup_has_consent(const struct xa_task *task);
bool setup_consents(struct xa_task *task, struct xa_error *err);

/* True if the version that AWS says is in force is older than the one that we wrote: it does not
 * know everywhere yet. */
bool setup_is_before_ours(const struct xa_task *task, struct xa_slice details);
enum xa_task_turn setup_fail_busy(struct xa_task *task, struct xa_error *err);

#endif
