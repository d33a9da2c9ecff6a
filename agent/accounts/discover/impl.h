/* list --discover, inside of itself: discover.c takes the steps, work.c keeps the list
 * of what is left, policy.c reads a policy, simulation.c has AWS judge. */
#ifndef XA_AGENT_ACCOUNTS_DISCOVER_IMPL_H
#define XA_AGENT_ACCOUNTS_DISCOVER_IMPL_H

#include "agent/accounts/task_impl.h"

#define DISCOVER_ACTION "sts:AssumeRole"
#define DISCOVER_ROLES_MAX 200         /* of which each is told once                    */
#define DISCOVER_BATCH 10              /* roles in one simulation                       */

/* What has been seen so far, in task->flags. */
enum {
    DISCOVER_BEGUN = 1, DISCOVER_READ = 2, DISCOVER_REFUSED = 4, DISCOVER_UNCHECKED = 8,
    DISCOVER_FULL = 16, DISCOVER_CUT = 32,
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
struct discover_work {
    const char *key;
    enum xa_action action;
    const char *name;                  /* AWS's, of the action: what a refusal is about  */
    const char *found, *becomes;       /* of a list: lines that are work of this key     */
};

struct discover_own {
    struct xa_vault_info source;
    struct xa_slice user;              /* its name; borrows source                       */
    const struct discover_work *work;  /* of this step                                   */
    char item[XA_ARN_MAX + 64];        /* the line's value: notes move                   */
};

/* --- work.c ---------------------------------------------------------------------- */

/* The rows of the work list, and the one that is no reading. */
extern const struct discover_work discover_works[];
enum { DISCOVER_SIMULATE };

/* What is to be done next, and with what; NULL: nothing is left. */
const struct discover_work *discover_first(struct xa_task *t, struct xa_slice *ret_item);
void discover_add(struct xa_task *t, const char *key, struct xa_slice first,
                  struct xa_slice second);

/* True the first time: a role or a policy may be met in several ways. */
bool discover_is_new(struct xa_task *t, struct xa_slice arn);

/* --- policy.c --------------------------------------------------------------------- */

/* Tells what the policy says of roles, and puts those that it names on the list. by: whose
 * policy it is, for people. */
enum xa_task_turn discover_read_policy(struct xa_task *t, struct xa_slice details, const char *by);

/* --- simulation.c ------------------------------------------------------------------ */

/* Writes the parameters of a simulation of the roles at hand. */
void discover_simulation(struct xa_task *t);
enum xa_task_turn discover_took_simulation(struct xa_task *t, struct xa_slice details);

/* The roles at hand, where AWS does not judge. */
enum xa_task_turn discover_tell_unchecked(struct xa_task *t);

#endif
