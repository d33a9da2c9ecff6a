/* From a name to what it means in the files: a role to assume, or where a way begins
 * (design.md, section 7: look-up). */
#ifndef XA_AGENT_BROKER_TARGET_H
#define XA_AGENT_BROKER_TARGET_H

#include "agent/broker/roles.h"
#include "proto/limits.h"
#include "proto/message.h"
#include "proto/profile.h"

/* The files in force, and what a request brought along. */
struct xa_sight {
    const struct xa_roles *roles;
    const struct xa_profiles *profiles;      /* of the person's ~/.aws/config; NULL: none   */
    const struct xa_error *profiles_fault;   /* why it is refused; NULL: it is not          */
    struct xa_slice sent;                    /* wish.profile                                */
};

enum xa_target_kind {
    XA_TARGET_ROLE,            /* a role: `dest` says which, by way of dest.source          */
    XA_TARGET_SOURCE,          /* a key of the vault                                        */
    XA_TARGET_FOREIGN,         /* a credential_process                                      */
};

/* Texts borrow the files and the request; `arn` is its own. */
struct xa_target {
    enum xa_target_kind kind;
    struct xa_dest dest;                     /* of a role                                   */
    const struct xa_source *source;          /* its section; NULL: it has none              */
    struct xa_slice name;
    bool is_profile;                         /* it stands in an AWS file                    */
    bool from_itself;                        /* a role whose own profile holds the keys     */
    char arn[XA_ARN_MAX + 1];                /* of a role made up here; dest.role_arn is it */
};

/* What wish->name means, with the wish's source and role: a [dest], a profile, a
 * source, a role's ARN, ACCOUNT/ROLE. XA_NO_SUCH_NAME with the nearest name,
 * XA_BAD_CONFIG, XA_NOT_SERVED (a profile of a kind that xacct does not serve, with
 * what to do instead), XA_POLICY (adhoc = no), XA_USAGE. */
bool xa_target_find(const struct xa_sight *sight, const struct xa_wish *wish,
                    struct xa_target *ret, struct xa_error *err) XA_MUST_CHECK;

/* What the role at `of` is assumed from. Errors likewise. */
bool xa_target_parent(const struct xa_sight *sight, const struct xa_target *of,
                      struct xa_target *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
