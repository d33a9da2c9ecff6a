/* The user's policy as other tools make it: one for each destination. --apply keeps one for all
 * of a user's, since it can read what is there and add to it; a script or template of one
 * destination knows nothing of the others, and must clash with none of them. */
#include <stdio.h>
#include <string.h>

#include "client/setup/setup.h"

/* What AWS takes in a policy's name; names of destinations have a few signs more. */
static char fitting(char c)
{
    if (c == ':' || c == '/' || c == '%')
        return '_';
    return c;
}

void xa_setup_own_policy(const struct xa_setup *s, struct xa_setup_own_policy *ret)
{
    const struct xa_setup_plan_result *p = &s->plan;
    size_t before = p->source_policy_arn.len - p->policy_name.len;
    char name[6 + XA_POLICY_NAME_MAX + 1 + XA_NAME_MAX + 1];
    snprintf(name, sizeof name, "xacct-%.*s-%s", (int)p->user_name.len,
             (const char *)p->user_name.at, s->dest);
    for (char *c = name; *c != '\0'; c++)
        *c = fitting(*c);
    if (s->ask.policy_name.len > 0)
        snprintf(ret->name, sizeof ret->name, "%.*s", (int)p->policy_name.len,
                 (const char *)p->policy_name.at);
    else
        snprintf(ret->name, sizeof ret->name, "%.*s", XA_POLICY_NAME_MAX, name);
    snprintf(ret->arn, sizeof ret->arn, "%.*s%s", (int)before,
             (const char *)p->source_policy_arn.at, ret->name);
}
