#include "agent/broker/policy.h"

#include <stddef.h>

static const struct xa_deed deeds[] = {
    { XA_ACTION_ASSUME_ROLE, "sts", "AssumeRole", XA_ANSWER_ASSUME_ROLE, true, false },
    { XA_ACTION_CALLER_IDENTITY, "sts", "GetCallerIdentity", XA_ANSWER_CALLER_IDENTITY, true,
      true },
};

const struct xa_deed *xa_policy_deed(enum xa_action action, enum xa_identity_kind signer)
{
    bool source = signer == XA_IDENTITY_SOURCE;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (deeds[i].action == action)
            return (source ? deeds[i].by_source : deeds[i].by_role) ? &deeds[i] : NULL;
    return NULL;
}
