/* The conditions of a policy's statement, held against what a call brings along. Not all that
 * AWS weighs is known here: what is not is said to be so, and never guessed. Pure. */
#ifndef XA_AGENT_ACCOUNTS_DOCTOR_CONDITIONS_H
#define XA_AGENT_ACCOUNTS_DOCTOR_CONDITIONS_H

#include "agent/accounts/details.h"

/* A call of AssumeRole, and who makes it. What is empty is not sent; slices borrow. */
struct xa_trust_call {
    struct xa_slice partition, account;    /* the caller's                                */
    struct xa_slice principal_arn;         /* its user's, or its role's                   */
    struct xa_slice session_arn;           /* of a role that calls; else empty            */
    struct xa_slice unique_id;             /* AIDA… of the user; empty: not known         */
    struct xa_slice user_name;             /* empty: it is no user                        */
    struct xa_slice external_id, session_name, source_identity;
    struct xa_slice tags, transitive_tags; /* comma-separated, as configured              */
    bool temporary;                        /* signed with temporary credentials           */
    bool mfa;                              /* a code went with it, or with its session    */
    size_t *effort;                        /* of all patterns (details.h); NULL: of each  */
};

enum xa_truth { XA_FALSE, XA_TRUE, XA_CANNOT_KNOW };

/* The condition at fault: lines of it that follow each other name the values of one. */
struct xa_trust_fault {
    struct xa_slice op, key;               /* empty: it is not a condition's              */
    struct xa_slice values;                /* lines `condition OP KEY VALUE`              */
    struct xa_slice want;                  /* the first of the values                     */
};

/* Whether all conditions of the statement hold. *ret: the first that does not; else the
 * first that cannot be judged. */
enum xa_truth xa_conditions_hold(const struct xa_statement *statement,
                                 const struct xa_trust_call *call, struct xa_trust_fault *ret);

/* How many of them do not hold. */
unsigned xa_conditions_failing(const struct xa_statement *statement,
                               const struct xa_trust_call *call);

/* True if the two name the same condition key: AWS does not look at case. */
bool xa_condition_key_is(struct xa_slice key, const char *name);

#endif
