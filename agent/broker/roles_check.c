/* What is wrong with a configuration although it can be read. */
#include "agent/broker/roles.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/limits.h"
#include "proto/limits.h"
#include "proto/profile.h"

static const char *dest_not_served(const struct xa_dest *d)
{
    return d->confirm != XA_CONFIRM_NEVER ? "confirm"
         : d->grant_terminal ? "grant"
         : d->issues_per_minute > 0 ? "issues_per_minute"
         : NULL;
}

const char *xa_roles_not_served(const struct xa_roles *roles, const struct xa_dest *dest)
{
    const char *key = dest != NULL ? dest_not_served(dest) : NULL;
    return key != NULL ? key
         : roles->agent.deny_foreign_namespace ? "foreign_namespace = deny"
         : roles->agent.issues_per_minute > 0 ? "issues_per_minute"
         : roles->n_callers > 0 ? "[caller]"
         : NULL;
}

/* Fills chain with "a -> b -> a" if the sources of a destination come back to it. */
static bool is_loop(const struct xa_roles *roles, const struct xa_dest *dest, char *chain,
                    size_t size)
{
    const struct xa_dest *at = dest;
    size_t len = 0;
    for (size_t steps = 0; steps <= roles->n_dests && at != NULL; steps++) {
        if (len < size)
            len += (size_t)snprintf(chain + len, size - len, "%s%.*s", steps > 0 ? " -> " : "",
                                    (int)at->name.len, (const char *)at->name.at);
        if (steps > 0 && xa_slice_same(at->name, dest->name))
            return true;
        at = at->source.len > 0 ? xa_roles_dest(roles, at->source) : NULL;
    }
    return false;
}

/* True if anyone on the way up is temporary already: its callers have an hour. */
static bool is_chained(const struct xa_roles *roles, const struct xa_dest *dest)
{
    return dest->source.len > 0 && xa_roles_dest(roles, dest->source) != NULL;
}

struct report {
    xa_roles_finding_fn *found;
    void *ctx;
};

/* "[TYPE NAME] WHAT", or with a key "[TYPE NAME]: 'KEY' is not served …". */
static void say(const struct report *r, const char *type, struct xa_slice name, unsigned line,
                const char *key, const char *what)
{
    char message[400];
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
    if (agent->deny_foreign_namespace)
        say(r, "agent", nameless, agent->line, "foreign_namespace = deny", "");
    if (agent->issues_per_minute > 0)
        say(r, "agent", nameless, agent->line, "issues_per_minute", "");
}

static void check_source(const struct xa_source *s, const struct report *r)
{
    if (s->mfa == XA_MFA_ALWAYS && s->mfa_serial.len == 0)
        say(r, "source", s->name, s->line, NULL, "mfa = always needs an mfa_serial");
}

/* Keys that do not go together, or that a chain makes void. */
static void check_keys(const struct xa_roles *roles, const struct xa_dest *d,
                       const struct report *r)
{
    if (d->readonly && d->policy.len + d->policy_arns.len > 0)
        say(r, "dest", d->name, d->line, NULL,
            "readonly and another session policy do not go together: AWS would allow what "
            "either allows");
    if (is_chained(roles, d) && d->duration_s > XA_CHAINED_DURATION_MAX_S)
        say(r, "dest", d->name, d->line, NULL,
            "is assumed with temporary credentials: AWS gives an hour at most");
}

/* Each value by the limits of facts 1.2; for a session name that is not said any will do. */
static void check_limits(const struct xa_dest *d, const struct report *r)
{
    struct xa_error err;
    const struct xa_assume_role call = {
        .session_name = d->session_name.len > 0 ? d->session_name : xa_slice_of("xacct"),
        .external_id = d->external_id,
        .source_identity = d->source_identity,
        .policy = d->policy.len > 0 && d->policy.at[0] == '{' ? d->policy : (struct xa_slice){ 0 },
        .policy_arns = d->policy_arns,
        .tags = d->tags,
        .transitive_tags = d->transitive_tags,
    };
    if (!xa_assume_role_fits(&call, &err))
        say(r, "dest", d->name, d->line, NULL, err.message);
}

static bool is_source(const struct xa_roles *roles, const struct xa_profiles *profiles,
                      struct xa_slice name)
{
    return xa_roles_source(roles, name) != NULL || xa_roles_dest(roles, name) != NULL ||
           (profiles != NULL && xa_profiles_find(profiles, name) != NULL);
}

static void check_dest(const struct xa_roles *roles, const struct xa_profiles *profiles,
                       const struct xa_dest *d, const struct report *r)
{
    struct xa_slice source;
    struct xa_error err;
    if (!xa_roles_source_name(roles, d, &source, &err)) {
        r->found(r->ctx, d->line, err.message, err.hint);
    } else if (!is_source(roles, profiles, source)) {
        char message[256], hint[160];
        snprintf(message, sizeof message, "[dest %.*s]: there is no source '%.*s'",
                 (int)d->name.len, (const char *)d->name.at, (int)source.len,
                 (const char *)source.at);
        snprintf(hint, sizeof hint, "xacct add %.*s", (int)source.len, (const char *)source.at);
        r->found(r->ctx, d->line, message, hint);
    }
    const char *key = dest_not_served(d);
    char chain[160], fault[256];
    if (key != NULL)
        say(r, "dest", d->name, d->line, key, "");
    check_keys(roles, d, r);
    check_limits(d, r);
    if (is_loop(roles, d, chain, sizeof chain)) {
        snprintf(fault, sizeof fault, "the chain of sources comes back to itself: %s", chain);
        say(r, "dest", d->name, d->line, NULL, fault);
    }
}

void xa_roles_check(const struct xa_roles *roles, const struct xa_profiles *profiles,
                    xa_roles_finding_fn *found, void *ctx)
{
    const struct report r = { found, ctx };
    check_agent(&roles->agent, &r);
    for (size_t i = 0; i < roles->n_sources; i++)
        check_source(&roles->sources[i], &r);
    for (size_t i = 0; i < roles->n_dests; i++)
        check_dest(roles, profiles, &roles->dests[i], &r);
    for (size_t i = 0; i < roles->n_callers; i++)
        say(&r, "caller", roles->callers[i].name, roles->callers[i].line, NULL,
            "is not served by this release");
}
