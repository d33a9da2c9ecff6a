/* What is wrong with a configuration although it can be read. */
#include "agent/broker/roles.h"

#include <stdio.h>
#include <string.h>

#define CHAIN_MAX 16                   /* of a chain that anyone could mean; own choice */

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

static const char *mfa_not_served(const struct xa_source *s)
{
    return s->mfa == XA_MFA_ALWAYS ? "mfa = always"
         : s->mfa_serial.len > 0 && s->mfa != XA_MFA_NEVER ? "mfa_serial"
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
    if (source != NULL && dest != NULL && wants_mfa && (key = mfa_not_served(source)) != NULL)
        return key;
    return roles->agent.deny_foreign_namespace ? "foreign_namespace = deny"
         : roles->agent.issues_per_minute > 0 ? "issues_per_minute"
         : roles->n_callers > 0 ? "[caller]"
         : NULL;
}

/* Where the chain of a destination that is reached through another one leads:
 * chains themselves are not served by this release. */
static const char *chain_fault(const struct xa_roles *roles, const struct xa_dest *dest)
{
    const struct xa_dest *at = dest;
    for (unsigned steps = 0; at->source.len > 0; steps++) {
        at = xa_roles_dest(roles, at->source);
        if (at == NULL)
            break;
        if (same(at->name, dest->name))
            return "is its own source: its chain comes back to it";
        if (steps == CHAIN_MAX)
            return "has a chain of sources that is too long, or has no end";
    }
    return xa_roles_dest(roles, dest->source) != NULL
               ? "is reached through another destination, which is not served by this release"
               : NULL;
}

struct report {
    xa_roles_finding_fn *found;
    void *ctx;
};

/* "[TYPE NAME] WHAT", or with a key "[TYPE NAME]: 'KEY' is not served …". */
static void say(const struct report *r, const char *type, struct xa_slice name, unsigned line,
                const char *key, const char *what)
{
    char message[256];
    const char *blank = name.len > 0 ? " " : "";
    if (key != NULL)
        snprintf(message, sizeof message, "[%s%s%.*s]: '%s' is not served by this release%s", type,
                 blank, (int)name.len, name.len > 0 ? (const char *)name.at : "", key, what);
    else
        snprintf(message, sizeof message, "[%s%s%.*s] %s", type, blank, (int)name.len,
                 name.len > 0 ? (const char *)name.at : "", what);
    r->found(r->ctx, line, message, "");
}

static void check_agent(const struct xa_agent_keys *agent, const struct report *r)
{
    const struct xa_slice nameless = { 0 };
    if (agent->cache_sealed)
        say(r, "agent", nameless, agent->line, "cache = sealed", "; nothing is kept on disk");
    if (agent->deny_foreign_namespace)
        say(r, "agent", nameless, agent->line, "foreign_namespace = deny", "");
    if (agent->issues_per_minute > 0)
        say(r, "agent", nameless, agent->line, "issues_per_minute", "");
}

static void check_source(const struct xa_source *s, const struct report *r)
{
    if (s->credential_process.len > 0)
        say(r, "source", s->name, s->line, "credential_process", "");
    const char *key = mfa_not_served(s);
    if (key != NULL)
        say(r, "source", s->name, s->line, key, "");
}

static void check_dest(const struct xa_roles *roles, const struct xa_dest *d,
                       const struct report *r)
{
    struct xa_slice source;
    struct xa_error err;
    if (!xa_roles_source_name(roles, d, &source, &err)) {
        r->found(r->ctx, d->line, err.message, err.hint);
    } else if (xa_roles_source(roles, source) == NULL && xa_roles_dest(roles, source) == NULL) {
        char message[256], hint[160];
        snprintf(message, sizeof message, "[dest %.*s]: there is no source '%.*s'",
                 (int)d->name.len, (const char *)d->name.at, (int)source.len,
                 (const char *)source.at);
        snprintf(hint, sizeof hint, "xacct add %.*s", (int)source.len, (const char *)source.at);
        r->found(r->ctx, d->line, message, hint);
    }
    const char *key = dest_not_served(d), *fault = chain_fault(roles, d);
    if (key != NULL)
        say(r, "dest", d->name, d->line, key, "");
    if (fault != NULL)
        say(r, "dest", d->name, d->line, NULL, fault);
}

void xa_roles_check(const struct xa_roles *roles, xa_roles_finding_fn *found, void *ctx)
{
    const struct report r = { found, ctx };
    check_agent(&roles->agent, &r);
    for (size_t i = 0; i < roles->n_sources; i++)
        check_source(&roles->sources[i], &r);
    for (size_t i = 0; i < roles->n_dests; i++)
        check_dest(roles, &roles->dests[i], &r);
    for (size_t i = 0; i < roles->n_callers; i++)
        say(&r, "caller", roles->callers[i].name, roles->callers[i].line, NULL,
            "is not served by this release");
}
