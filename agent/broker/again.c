/* A request that comes once more, byte for byte, and finds what it found before: the shortest
 * way from bytes to credentials. Only that way ends here; whatever else is the case, the
 * request is decoded, planned and judged as if it had never come (broker.c). */
#include <string.h>

#include "agent/broker/broker_impl.h"

static struct xa_recall_basis basis_of(const struct xa_broker *b)
{
    return (struct xa_recall_basis){
        .config = xa_roles_file_generation(b->setup.config),
        .profiles = xa_profiles_file_generation(b->setup.profiles),
        .vault = xa_vault_changes(b->setup.vault),
        .learned = xa_learned_changes(b->learned),
    };
}

/* A plan that hangs on more than its basis is made anew each time: on an answer given a person
 * or a program, on what grows old, on files that nobody looks at in between. */
static bool may_be_kept(const struct xa_plan *plan, const struct xa_wish *wish)
{
    if (wish->refresh || wish->mfa_code.len > 0 || plan->n > XA_RECALL_HOPS_MAX ||
        plan->texts != NULL || plan->devices.len > 0)
        return false;
    for (size_t i = 0; i < plan->n; i++)
        if (plan->hops[i].kind == XA_IDENTITY_FOREIGN || plan->hops[i].doubtful)
            return false;
    return true;
}

void broker_keep_plan(struct xa_broker *b, const struct xa_ask *ask)
{
    const struct xa_plan *plan = &b->plan;
    const struct xa_identity *goal = xa_plan_goal(plan);
    const struct xa_recall_basis basis = basis_of(b);
    if (!may_be_kept(plan, ask->wish))
        return;
    struct xa_kept kept = {
        .account = xa_slice_of(goal->account),
        .region = xa_slice_of(goal->region),
        .name = xa_slice_of(goal->name),
        .label = xa_slice_of(goal->label),
        .level = xa_slice_of(goal->level),
        .label_variables = xa_slice_of(goal->label_variables),
        .why = xa_slice_of(goal->why),
        .min_left_s = ask->wish->min_left_s,
        .renewed = broker_is_renewed(goal, ask->wish),
        .n_keys = (unsigned)plan->n,
    };
    for (size_t i = 0; i < plan->n; i++)
        memcpy(kept.keys[i], plan->hops[i].key, sizeof kept.keys[i]);
    xa_recall_keep(b->recall, &basis, ask->request, &kept);
}

bool xa_broker_recall(struct xa_broker *b, struct xa_slice request, struct xa_handout *ret)
{
    /* A lock changes the vault, and so the basis; said all the same. */
    if (xa_vault_condition(b->setup.vault) != XA_VAULT_IS_OPEN ||
        xa_broker_roles(b, NULL) == NULL)
        return false;
    (void)broker_profiles(b);
    const struct xa_recall_basis basis = basis_of(b);
    struct xa_kept *kept = xa_recall_find(b->recall, &basis, request);
    if (kept == NULL ||
        (kept->renewed && !xa_renewal_knows(b->renewal, kept->keys[kept->n_keys - 1],
                                            &kept->renewal_at)))
        return false;
    /* The whole way is in use, not only its end: as note_use(). */
    int64_t now_ms = broker_boot_ms(b);
    const struct xa_issued *held = NULL;
    for (unsigned i = 0; i < kept->n_keys; i++)
        held = xa_cache_find(b->cache, kept->keys[i], now_ms);
    if (held == NULL || !broker_lasts(held, kept->min_left_s, now_ms))
        return false;
    *ret = (struct xa_handout){ held, kept->account, kept->region, kept->name, kept->label,
                                kept->level, kept->label_variables, kept->why };
    return true;
}
