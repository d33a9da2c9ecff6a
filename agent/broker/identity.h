/* A name, resolved: who is to be become, from which source, by which endpoint.
 * Everything that credentials depend on is in it, and nothing else (N6). */
#ifndef XA_AGENT_BROKER_IDENTITY_H
#define XA_AGENT_BROKER_IDENTITY_H

#include "agent/aws/endpoint.h"
#include "agent/broker/roles.h"
#include "agent/vault/vault.h"
#include "proto/limits.h"
#include "proto/message.h"

enum xa_identity_kind { XA_IDENTITY_SOURCE, XA_IDENTITY_ROLE };

struct xa_identity {
    enum xa_identity_kind kind;
    char name[XA_NAME_MAX + 1];
    char source[XA_NAME_MAX + 1];            /* the vault entry that signs               */
    char access_key_id[XA_ACCESS_KEY_ID_MAX + 1];   /* of that entry                     */
    struct xa_endpoint sts;
    bool custom_endpoint;
    char ca_bundle[XA_PATH_MAX];             /* "": the system's                         */
    char proxy[XA_URL_MAX + 1];              /* "": none                                 */
    /* a role's */
    char role_arn[XA_ARN_MAX + 1];
    char account[XA_ACCOUNT_LEN + 1];
    char role_name[XA_ROLE_NAME_MAX + 1];    /* without its path                         */
    char session_name[XA_SESSION_NAME_MAX + 1];
    char external_id[XA_EXTERNAL_ID_MAX + 1];
    uint32_t duration_s;
    /* handed out, not asked for: no part of the cache key */
    char region[XA_REGION_MAX + 1];
    char label[XA_LABEL_MAX + 1], level[XA_LABEL_MAX + 1];
};

/* Says whether a name can be resolved at all, from the files alone, so that a
 * person is not asked for a passphrase in vain. Errors as below. */
bool xa_identity_known(const struct xa_roles *roles, const struct xa_wish *wish,
                       struct xa_error *err) XA_MUST_CHECK;

/* Resolves a destination or a source. login_name is what sessions are named
 * after when the key's user is not known. The vault must be open.
 * XA_NO_SUCH_NAME (with the nearest name), XA_BAD_CONFIG, XA_NOT_SERVED,
 * XA_NO_VAULT, XA_USAGE (a wish that is out of its limits). */
bool xa_identity_resolve(const struct xa_roles *roles, struct xa_vault *vault,
                         const struct xa_wish *wish, const char *login_name,
                         struct xa_identity *ret, struct xa_error *err) XA_MUST_CHECK;

/* How the agent reaches AWS for a source, for a call that `add` makes before the
 * source is stored; source may be NULL. */
bool xa_identity_reach(const struct xa_roles *roles, const struct xa_source *source,
                       struct xa_identity *ret, struct xa_error *err) XA_MUST_CHECK;

/* The cache key: a hash over every input of the call (N6). */
void xa_identity_hash(const struct xa_identity *identity, uint8_t ret[32]);

#endif
