/* From a wish to the identities on the way, before anything is asked of AWS: which hops
 * are chained, where an MFA code is needed, which duration can be had (design.md,
 * section 3). */
#ifndef XA_AGENT_BROKER_PLAN_H
#define XA_AGENT_BROKER_PLAN_H

#include "agent/broker/cache.h"
#include "agent/broker/identity.h"
#include "agent/broker/learned.h"
#include "agent/broker/target.h"
#include "agent/vault/vault.h"

/* The hops from the source to what was wished. Kept from one request to the next, so
 * that planning allocates nothing once it has grown. Zeroed: empty. */
struct xa_plan {
    struct xa_identity *hops;
    size_t n, cap;
    struct xa_slice devices;       /* of the source's user, to choose from; empty: no
                                    * choice. Borrows what was learned                 */
    struct plan_text *texts;       /* of policies that stand in files                  */
};

struct xa_plan_setup {
    struct xa_sight sight;
    struct xa_vault *vault;
    struct xa_cache *cache;        /* to see whether foreign credentials are temporary  */
    const struct xa_learned *learned;
    const char *login_name;        /* names sessions of keys never proven               */
    const char *config_path;       /* policy files are relative to its directory        */
    int64_t now_ms;                /* CLOCK_BOOTTIME                                     */
    bool has_person;               /* who asks could be asked for a code                */
    bool as_source;                /* a source means its own key, not a session of it    */
    bool to_sign;                  /* a source means what signs for it: the session that a
                                    * code buys where a device is configured, else the key */
    bool may_be_locked;            /* to show only: what the vault would say is left out  */
};

/* Fills *plan. Errors: those of xa_target_find and xa_target_parent; XA_BAD_CONFIG (a
 * loop, with the chain named; mfa = always without a device; a policy's file);
 * XA_NO_SUCH_NAME (the vault holds no key for the source); XA_NOT_SERVED; XA_USAGE (a
 * value that AWS would not take). */
bool xa_plan_make(struct xa_plan *plan, const struct xa_plan_setup *setup,
                  const struct xa_wish *wish, struct xa_error *err) XA_MUST_CHECK;
void xa_plan_finish(struct xa_plan *plan);

/* What was wished: the last hop. */
static inline struct xa_identity *xa_plan_goal(const struct xa_plan *plan)
{
    return &plan->hops[plan->n - 1];
}

/* The hop's key changes with the device chosen for it. */
void xa_plan_choose(struct xa_identity *hop, const struct xa_identity *parent,
                    struct xa_slice serial);

/* How AWS is reached for a source, for a call that `add` makes before it is stored;
 * source may be NULL. XA_BAD_CONFIG. */
bool xa_plan_reach(const struct xa_roles *roles, const struct xa_source *source,
                   struct xa_identity *ret, struct xa_error *err) XA_MUST_CHECK;

/* Judges from the files alone whether a wish means anything, so that a person is not
 * asked for a passphrase in vain. Errors of xa_plan_make that need no vault. */
bool xa_plan_known(const struct xa_sight *sight, const struct xa_wish *wish,
                   struct xa_error *err) XA_MUST_CHECK;

#endif
