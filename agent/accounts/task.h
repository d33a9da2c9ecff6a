/* Long work on accounts: setup, doctor, rotate, revoke, list --discover. Each request makes
 * one step: at most one call to AWS or one save, and answers what the person is to hear and
 * the place from which the next step goes on. The client asks again with it, so that
 * progress shows and what was killed resumes (design.md, section 4).
 *
 * The place comes back from a client as foreign bytes. It is sealed (place.h): what is not this
 * agent's own, for this very request, of this hour, counts as none, and the work begins anew.
 * It says where in its work a task is, what AWS has answered and whether a person was asked.
 * Action and signer of a call are made anew of request, vault and files; parameters too, but
 * for what AWS itself has answered, such as a page's marker or a version's id (N7). */
#ifndef XA_AGENT_ACCOUNTS_TASK_H
#define XA_AGENT_ACCOUNTS_TASK_H

#include "agent/broker/act.h"
#include "proto/message.h"

struct xa_task;

/* What is to be done before the step can be answered. */
enum xa_task_turn {
    XA_TASK_CALLS,         /* xa_task_call                                             */
    XA_TASK_SAVES,         /* xa_task_save, a job of the vault, then xa_task_saved     */
    XA_TASK_ANSWERS,       /* nothing: xa_task_answer                                  */
    XA_TASK_FAILS,         /* nothing: *err is the answer                              */
};

/* A step of `type` (XA_SETUP ... XA_DISCOVER) for a request with this body, which is copied.
 * NULL: XA_NO_MEMORY, XA_BAD_MESSAGE, XA_USAGE (what is wished cannot be). now_s: Unix seconds. The vault must be open. */
struct xa_task *xa_task_new(struct xa_broker *broker, struct xa_vault *vault, uint8_t type,
                            struct xa_slice body, int64_t now_s,
                            struct xa_error *err) XA_MUST_CHECK;
void xa_task_free(struct xa_task **task);          /* NULL is fine */

/* Where it begins. */
enum xa_task_turn xa_task_begin(struct xa_task *task, struct xa_error *err) XA_MUST_CHECK;

/* In place of a begin: the step is not made yet, and is answered with this wait. */
void xa_task_hold(struct xa_task *task, uint32_t wait_ms);

/* What the same step of the same work has in common. Borrows the task. */
const uint8_t *xa_task_digest(const struct xa_task *task);

/* Makes the call. done's turn is XA_TASK_SAVES, _ANSWERS or _FAILS; an err->code of XA_OK
 * with _FAILS is none: the request is to be handled once more. Exactly once, from the loop;
 * not after free. What is returned: XA_WILL_ANSWER, XA_ASKS (*ret_question), XA_FAILED, or
 * XA_ANSWERED: it was not a call after all, *ret_turn says how it goes on. */
typedef void xa_task_done_fn(void *ctx, enum xa_task_turn turn, const struct xa_error *err);
enum xa_outlook xa_task_call(struct xa_task *task, uint32_t patience_ms, xa_task_done_fn *done,
                             void *ctx, enum xa_task_turn *ret_turn,
                             struct xa_question **ret_question,
                             struct xa_error *err) XA_MUST_CHECK;

/* True while a call is on its way: what it changes at AWS must be taken note of, whoever
 * has left meanwhile. */
bool xa_task_is_committed(const struct xa_task *task);

/* One line of what a call has changed at AWS, or was refused to: which action, of what, as
 * whom. Empty: it changes nothing, or there was none. */
const char *xa_task_deed(const struct xa_task *task);

/* Begins the save, when its turn comes; and takes its outcome. */
struct xa_vault_job *xa_task_save(struct xa_task *task, struct xa_error *err) XA_MUST_CHECK;
enum xa_task_turn xa_task_saved(struct xa_task *task, bool ok, const struct xa_error *failure,
                                struct xa_error *err) XA_MUST_CHECK;

/* The step's end; borrows the task. */
void xa_task_answer(struct xa_task *task, struct xa_task_result *ret);

/* Whose credentials AWS has just made worthless, to be forgotten; or empty. */
struct xa_slice xa_task_forgets(const struct xa_task *task);

#endif
