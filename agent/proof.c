#include "agent/proof.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/log.h"

struct proof {
    struct xa_work work;
    struct xa_agent *agent;
    struct xa_vault_info info;
};

static struct proof *proof_of(struct xa_work *work)
{
    return (void *)((char *)work - offsetof(struct proof, work));
}

static struct xa_vault_job *begin(struct xa_work *work, struct xa_error *err)
{
    struct proof *proof = proof_of(work);
    return xa_vault_begin_prove(proof->agent->vault, &proof->info, err);
}

static void ended(struct xa_work *work, bool ok, const struct xa_error *err)
{
    struct proof *proof = proof_of(work);
    if (ok)
        xa_log(XA_LOG_INFO, "the key of source '%s' is proven", proof->info.name);
    else
        xa_log_error("noting whose a key is", err);
    free(proof);
}

void xa_proof_note(struct xa_agent *agent, const struct xa_inquiry *inquiry,
                   struct xa_slice account, struct xa_slice arn)
{
    struct xa_vault_info held;
    struct xa_error err;
    if (inquiry->source[0] == '\0' || account.len == 0 ||
        !xa_vault_find(agent->vault, xa_slice_of(inquiry->source), &held) || held.arn[0] != '\0')
        return;
    struct proof *proof = calloc(1, sizeof *proof);
    if (proof == NULL)
        return;      /* the next answer does it */
    proof->agent = agent;
    proof->work.begin = begin;
    proof->work.ended = ended;
    memcpy(proof->info.name, inquiry->source, sizeof proof->info.name);
    memcpy(proof->info.access_key_id, inquiry->access_key_id, sizeof proof->info.access_key_id);
    bool fits = xa_slice_copy(account, proof->info.account, sizeof proof->info.account) &&
                xa_slice_copy(arn, proof->info.arn, sizeof proof->info.arn);
    if (!fits || !xa_work_submit(&agent->work, &proof->work, &err))
        free(proof);
}
