/* What is wrong with a configuration although it can be read. */
#include "agent/broker/roles.h"

#include <stdio.h>
#include <string.h>

static bool same(struct xa_slice a, struct xa_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static const char *dest_not_served(const struct xa_dest *d)
{
    return d->mfa == XA_MFA_ALWAYS ? "mfa = always"
         : d->mfa_serial.len > 0 && d->mfa != XA_MFA_NEVER ? "mfa_serial"
         : d->source_identity.len > 0 ? "source_identity"
         : d->policy.len > 0 ? "policy"
         : d->policy_arns.len > 0 ? "policy_arns"
         : d->tags.len > 0 ? "tags"
         : d->transitive_tags.len > 0 ? "transitive_tags"
         : d->confirm != XA_CONFIRM_NEVER ? "confirm"
         : d->grant_terminal ? "grant"
         : d->readonly ? "readonly"
         : d->issues_per_minute > 0 ? "issues_per_minute"
         : NULL;
}

/* A key that restricts or strengthens is never passed over in silence: until its
 * feature is there, what needs it is refused. */
const char *xa_roles_not_served(const struct xa_roles *roles, const struct xa_dest *dest,
                                const struct xa_source *source)
{
    bool wants_mfa = dest == NULL || dest->mfa != XA_MFA_NEVER;
    const char *key = dest != NULL ? dest_not_served(dest) : NULL;
    if (key != NULL)
        return key;
    if (source != NULL && source->credential_process.len > 0)
        return "credential_process";
    if (source != NULL && dest != NULL && wants_mfa) {
        if (source->mfa == XA_MFA_ALWAYS)
            return "mfa = always";
        if (source->mfa_serial.len > 0 && source->mfa != XA_MFA_NEVER)
            return "mfa_serial";
    }
    return roles->agent.deny_foreign_namespace ? "foreign_namespace = deny"
         : roles->agent.issues_per_minute > 0 ? "issues_per_minute"
         : roles->n_callers > 0 ? "[caller]"
         : NULL;
}

/* Follows `source` from destination to destination; more steps than there are
 * destinations means that it comes back. */
static void check_chain(const struct xa_roles *roles, const struct xa_dest *dest,
                        xa_roles_finding_fn *found, void *ctx)
{
    const struct xa_dest *at = dest;
    for (size_t steps = 0; at != NULL && at->source.len > 0; steps++) {
        const struct xa_dest *next = xa_roles_dest(roles, at->source);
        if (next != NULL && (same(next->name, dest->name) || steps > roles->n_dests)) {
            char message[256];
            snprintf(message, sizeof message, "[dest %.*s] is its own source: its chain comes back to it",
                     (int)dest->name.len, (const char *)dest->name.at);
            found(ctx, dest->line, message, "");
            return;
        }
        at = next;
    }
}

static void check_dest(const struct xa_roles *roles, const struct xa_dest *d,
                       xa_roles_finding_fn *found, void *ctx)
{
    char message[256], hint[160] = "";
    int len = (int)d->name.len;
    const char *name = (const char *)d->name.at;
    struct xa_slice source;
    struct xa_error err;
    if (!xa_roles_source_name(roles, d, &source, &err)) {
        found(ctx, d->line, err.message, err.hint);
    } else if (xa_roles_source(roles, source) == NULL && xa_roles_dest(roles, source) == NULL) {
        snprintf(message, sizeof message, "[dest %.*s]: there is no source '%.*s'", len, name,
                 (int)source.len, (const char *)source.at);
        snprintf(hint, sizeof hint, "xacct add %.*s", (int)source.len, (const char *)source.at);
        found(ctx, d->line, message, hint);
    }
    const char *key = dest_not_served(d);
    if (key != NULL) {
        snprintf(message, sizeof message, "[dest %.*s]: '%s' is not served by this release", len, name, key);
        found(ctx, d->line, message, "");
    }
    check_chain(roles, d, found, ctx);
}

void xa_roles_check(const struct xa_roles *roles, xa_roles_finding_fn *found, void *ctx)
{
    for (size_t i = 0; i < roles->n_dests; i++)
        check_dest(roles, &roles->dests[i], found, ctx);
    if (roles->agent.cache_sealed)
        found(ctx, 0, "[agent]: 'cache = sealed' is not served by this release; nothing is kept on disk", "");
    if (roles->agent.deny_foreign_namespace)
        found(ctx, 0, "[agent]: 'foreign_namespace = deny' is not served by this release", "");
    if (roles->agent.issues_per_minute > 0)
        found(ctx, 0, "[agent]: 'issues_per_minute' is not served by this release", "");
    for (size_t i = 0; i < roles->n_callers; i++)
        found(ctx, roles->callers[i].line, "[caller] is not served by this release", "");
}
