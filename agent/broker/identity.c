#include "agent/broker/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/hash.h"

/* How an identity is called is in it too, so that what one is told to forget is its
 * own; so is how strictly an answer is judged. */
void xa_identity_hash(struct xa_identity *identity, const struct xa_identity *parent)
{
    char numbers[64];
    snprintf(numbers, sizeof numbers, "%d %u %d %d %d %d", (int)identity->kind,
             identity->duration_s, identity->handed_out, identity->readonly,
             identity->custom_endpoint, identity->mfa_serial[0] != '\0');
    const struct xa_slice parts[] = {
        { parent != NULL ? parent->key : NULL, parent != NULL ? sizeof parent->key : 0 },
        xa_slice_of(numbers),
        xa_slice_of(identity->name),
        xa_slice_of(identity->source),
        xa_slice_of(identity->access_key_id),
        xa_slice_of(identity->sts.region),
        xa_slice_of(identity->sts.url),
        xa_slice_of(identity->ca_bundle),
        xa_slice_of(identity->proxy),
        xa_slice_of(identity->mfa_serial),
        xa_slice_of(identity->role_arn),
        xa_slice_of(identity->session_name),
        xa_slice_of(identity->external_id),
        xa_slice_of(identity->source_identity),
        identity->policy,
        identity->policy_arns,
        identity->tags,
        identity->transitive_tags,
    };
    xa_hash(identity->key, parts, sizeof parts / sizeof parts[0]);
}

static struct xa_slice keep(struct xa_slice s, char **at)
{
    struct xa_slice kept = { (const uint8_t *)*at, s.len };
    if (s.len == 0)
        return (struct xa_slice){ 0 };
    memcpy(*at, s.at, s.len);
    *at += s.len;
    return kept;
}

bool xa_identity_copy(const struct xa_identity *identity, struct xa_identity *ret,
                      char **ret_texts)
{
    size_t len = identity->policy.len + identity->policy_arns.len + identity->tags.len +
                 identity->transitive_tags.len;
    char *texts = malloc(len + 1), *at = texts;
    if (texts == NULL)
        return false;
    *ret = *identity;
    ret->policy = keep(identity->policy, &at);
    ret->policy_arns = keep(identity->policy_arns, &at);
    ret->tags = keep(identity->tags, &at);
    ret->transitive_tags = keep(identity->transitive_tags, &at);
    *ret_texts = texts;
    return true;
}
