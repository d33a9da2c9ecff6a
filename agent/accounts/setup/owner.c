/* Whose a role is. A tag alone is no proof: two setups of different users may have meant the same
 * role, and whoever may write roles may write tags. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"

bool setup_is_ours(struct xa_slice details)
{
    return xa_slice_is(xa_details_tag(details, XA_SETUP_TAG), XA_SETUP_TAG_VALUE);
}

/* A destination's name may hold a sign that AWS does not take in a tag. */
void setup_dest_tag(const struct xa_setup_terms *terms, char ret[XA_NAME_MAX + 1])
{
    snprintf(ret, XA_NAME_MAX + 1, "%s", terms->dest);
    for (char *c = ret; *c != '\0'; c++)
        if (*c == '%')
            *c = '_';
}

struct xa_slice setup_made_for(struct xa_slice details)
{
    return xa_details_tag(details, XA_SETUP_DEST_TAG);
}

bool setup_is_made_for(const struct xa_setup_terms *terms, struct xa_slice details)
{
    char name[XA_NAME_MAX + 1];
    setup_dest_tag(terms, name);
    return setup_is_ours(details) && xa_slice_is(setup_made_for(details), name);
}

bool setup_is_trusted_as_shown(const struct xa_setup_terms *terms, struct xa_slice details)
{
    const struct xa_slice ours = { (const uint8_t *)terms->trust_policy, terms->trust_policy_len };
    return xa_slice_same(xa_details_find(details, "document"), ours);
}

bool setup_is_permission(const struct xa_setup_terms *terms, struct xa_slice policy_arn)
{
    for (size_t i = 0; i < terms->n_permissions; i++)
        if (xa_slice_same(xa_setup_permission(terms, i), policy_arn))
            return true;
    return false;
}
