/* Configuration: which sources and destinations there are (design.md, section 7).
 *
 * A file is read whole or refused whole. Texts are slices of the loaded file's
 * own copy and live as long as the struct xa_roles. */
#ifndef XA_AGENT_BROKER_ROLES_H
#define XA_AGENT_BROKER_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/wire.h"

enum xa_mfa { XA_MFA_UNSET, XA_MFA_AUTO, XA_MFA_ALWAYS, XA_MFA_NEVER };
enum xa_confirm { XA_CONFIRM_NEVER, XA_CONFIRM_FIRST, XA_CONFIRM_ALWAYS };

/* How AWS is reached, for an identity: [agent] gives defaults, a source its own,
 * a destination its own again. Empty: not said here. */
struct xa_reach {
    struct xa_slice region, endpoint_url, ca_bundle, proxy;
};

struct xa_agent_keys {
    unsigned line;                           /* of its header; 0: there is none         */
    uint32_t lock_idle_s, lock_after_s;      /* 0: not said                             */
    bool lock_on_resume, allow_root, adhoc;
    struct xa_slice passphrase_command, mfa_command;     /* run by the client only      */
    struct xa_reach reach;
    struct xa_slice label, label_variables;
    bool cache_sealed, deny_foreign_namespace;
    uint32_t issues_per_minute;
};

struct xa_source {
    struct xa_slice name;
    unsigned line;                            /* of its header                          */
    struct xa_slice mfa_serial, credential_process, mfa_command;
    enum xa_mfa mfa;
    bool session_never;
    uint32_t session_duration_s;              /* of the session that MFA codes buy      */
    struct xa_reach reach;
    uint32_t rotate_after_s;
};

struct xa_dest {
    struct xa_slice name;
    unsigned line;
    struct xa_slice account, role, role_arn, source, sts_region;
    uint32_t duration_s;                      /* 0: not said                            */
    struct xa_reach reach;                    /* its region is the one handed out       */
    struct xa_slice external_id, session_name, source_identity;
    struct xa_slice policy, policy_arns, tags, transitive_tags;
    enum xa_mfa mfa;
    struct xa_slice mfa_serial, level, label;
    enum xa_confirm confirm;
    bool grant_terminal, readonly, use_fips_endpoint, use_dualstack_endpoint;
    bool sts_legacy;                          /* a profile's sts_regional_endpoints     */
    uint32_t issues_per_minute;
};

struct xa_caller { struct xa_slice name, exe, dests; unsigned line; bool readonly; };

struct xa_roles {
    uint8_t *text;                            /* what all slices point into             */
    struct xa_agent_keys agent;
    struct xa_source *sources;
    struct xa_dest *dests;
    struct xa_caller *callers;
    size_t n_sources, n_dests, n_callers;
    uint32_t *by_name;                        /* hash of names; see roles.c             */
    size_t n_slots;
};

/* Reads a configuration. file is its name for messages; text is copied.
 * NULL: XA_NO_MEMORY, or XA_BAD_CONFIG with file, line and the value at fault. */
struct xa_roles *xa_roles_parse(const char *file, struct xa_slice text,
                                struct xa_error *err) XA_MUST_CHECK;
void xa_roles_free(struct xa_roles **roles);          /* NULL is fine */

/* NULL if there is none of that name. */
const struct xa_source *xa_roles_source(const struct xa_roles *roles, struct xa_slice name);
const struct xa_dest *xa_roles_dest(const struct xa_roles *roles, struct xa_slice name);

/* The name, of a destination or source, nearest to a mistyped one; an empty
 * slice if none is near. */
struct xa_slice xa_roles_nearest(const struct xa_roles *roles, struct xa_slice name);

/* What is wrong although the file can be read: a destination whose source is
 * nowhere, a chain that has no end, keys that do not go together or whose feature this
 * release does not serve. Calls
 * found() for each: of [agent], sources, destinations and callers, each kind in
 * the order of the file. */
typedef void xa_roles_finding_fn(void *ctx, unsigned line, const char *message, const char *hint);
struct xa_profiles;                  /* of ~/.aws/config, where a source can stand too; or NULL */
void xa_roles_check(const struct xa_roles *roles, const struct xa_profiles *profiles,
                    xa_roles_finding_fn *found, void *ctx);

/* The source of a destination: its own `source`, else the only [source], else
 * `main` (design.md, section 7). XA_BAD_CONFIG when there is no telling. */
bool xa_roles_source_name(const struct xa_roles *roles, const struct xa_dest *dest,
                          struct xa_slice *ret, struct xa_error *err) XA_MUST_CHECK;

/* The first key of a destination (NULL: a source), or of [agent], whose feature this
 * release does not serve and that credentials would need; NULL if none. */
const char *xa_roles_not_served(const struct xa_roles *roles, const struct xa_dest *dest);

#endif
