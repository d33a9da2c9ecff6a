/* An identity: who acts, and all that its credentials depend on. One hop of a plan;
 * plan.c makes them. */
#ifndef XA_AGENT_BROKER_IDENTITY_H
#define XA_AGENT_BROKER_IDENTITY_H

#include "agent/aws/endpoint.h"
#include "proto/label.h"
#include "proto/limits.h"
#include "proto/message.h"

/* The numbers are those of the wire, enum xa_hop_kind. */
enum xa_identity_kind {
    XA_IDENTITY_SOURCE = XA_HOP_SOURCE,      /* a long-lived key of the vault            */
    XA_IDENTITY_FOREIGN = XA_HOP_FOREIGN,    /* what a credential_process printed        */
    XA_IDENTITY_SESSION = XA_HOP_SESSION,    /* GetSessionToken                          */
    XA_IDENTITY_ROLE = XA_HOP_ROLE,          /* AssumeRole                               */
};

struct xa_identity {
    enum xa_identity_kind kind;
    uint8_t key[32];                         /* of the cache: see xa_identity_hash       */
    char name[XA_ARN_MAX + 1];               /* as it is called                          */
    char source[XA_NAME_MAX + 1];            /* where the way to it begins               */
    bool temporary;                          /* its credentials have a session token     */
    /* where it is asked for */
    struct xa_endpoint sts;
    bool custom_endpoint, fips, dualstack;
    char ca_bundle[XA_PATH_MAX];             /* "": the system's                         */
    char proxy[XA_URL_MAX + 1];              /* "": none                                 */
    /* a source's key */
    char access_key_id[XA_ACCESS_KEY_ID_MAX + 1];
    char user_arn[XA_ARN_MAX + 1];           /* "": it was never proven                  */
    /* a session's and a role's */
    uint32_t duration_s;                     /* asked for, within what can be had        */
    uint32_t wished_s;                       /* what was wished; more: see why           */
    char mfa_serial[XA_MFA_SERIAL_MAX + 1];  /* whose code goes with the call; "": none  */
    bool handed_out;                         /* a session for a client, not for plans    */
    bool may_want_mfa;                       /* no device is configured: a denial can mean
                                              * that AWS wants a code                    */
    bool doubtful;                           /* a code is only a guess, after a denial   */
    uint8_t plain_key[32];                   /* the key without a code                   */
    /* a role's */
    char role_arn[XA_ARN_MAX + 1];
    char account[XA_ACCOUNT_LEN + 1];
    char role_name[XA_ROLE_NAME_MAX + 1];    /* without its path                         */
    char session_name[XA_SESSION_NAME_MAX + 1];
    char external_id[XA_EXTERNAL_ID_MAX + 1];
    char source_identity[XA_SOURCE_IDENTITY_MAX + 1];
    bool readonly;
    struct xa_slice policy, policy_arns, tags, transitive_tags;     /* borrowed          */
    bool signed_by_key;                      /* assumed with a long-lived key, not chained  */
    /* handed out, not asked for: no part of the cache key */
    char region[XA_REGION_MAX + 1];
    char label[XA_LABEL_MAX + 1], level[XA_LABEL_MAX + 1];
    char label_variables[XA_LABEL_VARIABLES_MAX + 1];
    char why[200];                           /* what is not as it was wished; or ""      */
};

/* Sets the identity's key: a hash over its parent's and every input of the call (N6).
 * parent is NULL for a source. */
void xa_identity_hash(struct xa_identity *identity, const struct xa_identity *parent);

/* Copies with the borrowed texts, in one block that *ret_texts frees. False: no
 * memory. */
bool xa_identity_copy(const struct xa_identity *identity, struct xa_identity *ret,
                      char **ret_texts) XA_MUST_CHECK;

#endif
