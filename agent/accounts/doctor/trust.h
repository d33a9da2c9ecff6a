/* A role's trust policy, held against a call of AssumeRole: would it let the caller in, and if
 * not, what is in the way? As AWS weighs it (facts 9.5), as far as this side knows. Pure. */
#ifndef XA_AGENT_ACCOUNTS_DOCTOR_TRUST_H
#define XA_AGENT_ACCOUNTS_DOCTOR_TRUST_H

#include "agent/accounts/doctor/conditions.h"

enum xa_trust_answer {
    XA_TRUST_LETS_IN,
    XA_TRUST_DENIES,           /* a statement denies it, by name                          */
    XA_TRUST_NAMES_NOBODY,     /* no statement allows this action to anybody              */
    XA_TRUST_NAMES_OTHERS,     /* none of those that do means the caller                  */
    XA_TRUST_NAMES_A_GHOST,    /* as before, and one names somebody who is there no more: a
                                * user or role that was deleted is known by its id only    */
    XA_TRUST_WANTS_ELSE,       /* the nearest of them has a condition that does not hold  */
    XA_TRUST_UNCLEAR,          /* ... one that cannot be judged here                      */
};

struct xa_trust_finding {
    enum xa_trust_answer answer;
    struct xa_slice sid;               /* of the statement at hand; may be empty          */
    struct xa_slice principal;         /* the first that it names; may be empty           */
    struct xa_trust_fault fault;       /* of WANTS_ELSE, UNCLEAR and DENIES               */
    bool by_name;                      /* LETS_IN: the caller itself is named, not its account */
    bool maybe_denied;                 /* a denial is there that cannot be judged here    */
};

/* policy: lines, as the courier writes them. action: "sts:AssumeRole" … */
void xa_trust_weigh(struct xa_slice policy, const char *action, const struct xa_trust_call *call,
                    struct xa_trust_finding *ret);

#endif
