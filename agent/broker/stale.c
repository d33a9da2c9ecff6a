/* What was good to sign with, and by AWS's word is so no more. */
#include <string.h>

#include "agent/aws/refusal.h"
#include "agent/broker/broker_impl.h"
#include "agent/vault/others.h"

/* Credentials that are refused although they are this old were good once: they are had
 * anew. Younger ones would be refused again. */
#define STALE_AGE_MS 60000

bool broker_has_another_key(struct xa_broker *b, struct xa_slice source,
                            const struct xa_record *record)
{
    struct xa_vault *vault = b->setup.vault;
    struct xa_vault_info before, after;
    struct xa_error unsaid;
    bool changed;
    return xa_slice_is(record->aws_code, "InvalidClientTokenId") &&
           xa_vault_find(vault, source, &before) && xa_vault_catch_up(vault, &changed, &unsaid) &&
           changed && xa_vault_find(vault, source, &after) &&
           strcmp(before.access_key_id, after.access_key_id) != 0;
}

bool broker_drops_stale(struct xa_broker *b, const struct xa_identity *signer,
                        const struct xa_record *record)
{
    int64_t now_ms = broker_boot_ms(b);
    const struct xa_issued *held = xa_cache_peek(b->cache, signer->key, now_ms);
    if (signer->kind == XA_IDENTITY_SOURCE && !signer->temporary)
        return broker_has_another_key(b, xa_slice_of(signer->source), record);
    if (!signer->temporary || held == NULL || !xa_refusal_is_of_signer(record))
        return false;
    int64_t age_ms = (int64_t)held->issued_for_s * 1000 - (held->good_until_ms - now_ms);
    if (age_ms < STALE_AGE_MS)
        return false;
    xa_cache_drop(b->cache, signer->key);
    return true;
}
