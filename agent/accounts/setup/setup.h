/* What a setup means: the two sides of a switched role, as they are made of a request, the
 * vault and the configuration, and of nothing else. The plan that is shown and the work that
 * is done come from the same terms, so that no more is made than was shown. */
#ifndef XA_AGENT_ACCOUNTS_SETUP_SETUP_H
#define XA_AGENT_ACCOUNTS_SETUP_SETUP_H

#include "agent/accounts/documents.h"
#include "agent/aws/arn.h"
#include "agent/broker/broker.h"

#define XA_SETUP_PERMISSIONS_MAX 10        /* managed policies of a role, facts 9.3        */

/* What marks a thing as made by setup. */
#define XA_SETUP_TAG "xacct"
#define XA_SETUP_TAG_VALUE "setup"
#define XA_SETUP_DEST_TAG "xacct:dest"

struct xa_setup_terms {
    struct xa_vault_info source;           /* the key whose user is to switch              */
    char dest[XA_NAME_MAX + 1];
    char role_arn[XA_ARN_MAX + 1];
    struct xa_role_arn role;               /* borrows role_arn                             */
    struct xa_slice user_name;             /* borrows source.arn                           */
    char permissions[XA_POLICY_ARNS_MAX + 1];      /* ARNs, comma-separated                */
    size_t n_permissions;
    uint32_t max_duration_s;               /* 0: as it is, for a new one AWS's hour        */
    uint32_t duration_s;                   /* of sessions, which the role must give; 0: any */
    enum xa_trust trust;
    char org[XA_ORG_MAX + 1];
    bool require_mfa;
    char external_id[XA_EXTERNAL_ID_MAX + 1];
    char tags[XA_TAGS_MAX + 1];
    char source_identity[XA_SOURCE_IDENTITY_MAX + 1];
    char policy_name[XA_POLICY_NAME_MAX + 1];
    char policy_arn[XA_ARN_MAX + 1];
    char trust_policy[XA_DOCUMENT_MAX];
    size_t trust_policy_len;
    char grants[3 * (XA_ARN_MAX + 16)];    /* lines of xa_source_document                  */
    size_t grants_len;
    bool dest_is_there;                    /* [dest] of this name means this role          */
};

/* The longest session that AWS gives for a role of which nothing else is said, facts 9.1. */
#define XA_SETUP_DURATION_S 3600

/* Fills *ret. XA_OTHER_ACCOUNT (the vault knows that an administrator's key is), XA_USAGE (what is wished cannot be), XA_NO_SUCH_NAME (the source has no key),
 * XA_NAME_TAKEN (the name is another destination's, or a source's), XA_BAD_CONFIG. The vault
 * must be open. */
bool xa_setup_terms_make(struct xa_broker *broker, struct xa_vault *vault,
                         const struct xa_task_request *request, struct xa_setup_terms *ret,
                         struct xa_error *err) XA_MUST_CHECK;

/* The conditions of the role's trust policy; borrows the terms. */
struct xa_trust_terms xa_setup_trust(const struct xa_setup_terms *terms);

/* False with XA_USAGE: sessions as long as is wished want a role that gives more than max_s. */
bool xa_setup_lasts(const struct xa_setup_terms *terms, uint32_t max_s,
                    struct xa_error *err) XA_MUST_CHECK;

/* Permission i of the terms: an ARN, which borrows them; empty behind the last. */
struct xa_slice xa_setup_permission(const struct xa_setup_terms *terms, size_t i);

/* Room for the answer's documents and reasons. */
struct xa_setup_plan_room { char source_policy[XA_DOCUMENT_MAX]; uint8_t items[16 * 1024]; };

/* The answer to SETUP_PLAN: what would be made, and why each part is there. Borrows both. */
void xa_setup_plan(const struct xa_setup_terms *terms, const struct xa_task_request *request,
                   struct xa_setup_plan_room *room, struct xa_setup_plan_result *ret);

#endif
