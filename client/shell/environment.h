/* What a set of credentials is in a process's environment: the variables that are set, and
 * those that would win over them or linger beside them (facts 7.1, 7.2). `env` says it to a
 * shell, `exec` does it to a program. */
#ifndef XA_CLIENT_SHELL_ENVIRONMENT_H
#define XA_CLIENT_SHELL_ENVIRONMENT_H

#include "client/base/clock.h"
#include "proto/message.h"

enum xa_variable_kind {
    XA_VARIABLE_HIDE,        /* no program may see what somebody else set                 */
    XA_VARIABLE_UNSET,       /* it is ours, or as we left it: away with it                */
    XA_VARIABLE_SET,
};

struct xa_variable {
    enum xa_variable_kind kind;
    const char *name;
    struct xa_slice value;   /* of SET                                                    */
};

#define XA_VARIABLES_MAX 64

/* In the order in which it is to be done: what goes, then what is set. */
struct xa_environment {
    struct xa_variable at[XA_VARIABLES_MAX];
    size_t n;
    char date[XA_UTC_SIZE], epoch[24];
};

/* The credentials themselves, as far as this process's own environment demands it: a region
 * that an earlier destination set goes, one that the person set since stays. Borrows r.
 * XA_BAD_REPLY, XA_USAGE: a value that no shell would take. */
bool xa_environment_of(const struct xa_credentials_result *r, struct xa_environment *e,
                       struct xa_error *err) XA_MUST_CHECK;

/* The profile of ~/.aws/config that has them, in place of the credentials: every program
 * that reads it gets them by credential_process, renewed. Borrows r. XA_BAD_REPLY, XA_USAGE. */
bool xa_environment_of_profile(const struct xa_credentials_result *r, struct xa_environment *e,
                               struct xa_error *err) XA_MUST_CHECK;

/* The way to the credentials in place of the credentials: the container endpoint (facts 6.1).
 * Borrows all. */
bool xa_environment_of_endpoint(const struct xa_credentials_result *r, const char *url,
                                const char *token, struct xa_environment *e,
                                struct xa_error *err) XA_MUST_CHECK;

/* Nothing of ours is left. */
void xa_environment_of_nothing(struct xa_environment *e);

/* When this process's own credentials end, by XACCT_EXPIRES: Unix seconds; 0 if that is not set,
 * or is no number that xacct would have set. */
uint64_t xa_environment_end(void);

/* Does it to this process, for a program that it executes. XA_NO_MEMORY. */
bool xa_environment_apply(const struct xa_environment *e, struct xa_error *err) XA_MUST_CHECK;

#endif
