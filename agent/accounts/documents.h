/* The two policies that let a user of one account work in another (facts 9.5, 9.6): the
 * trust policy of the role, and the user's own. Written as the courier normalises what AWS
 * keeps (keys sorted, compact), so that the same is the same bytes. Pure. */
#ifndef XA_AGENT_ACCOUNTS_DOCUMENTS_H
#define XA_AGENT_ACCOUNTS_DOCUMENTS_H

#include "proto/message.h"
#include "proto/wire.h"

/* Whom a role trusts, and on which conditions. Empty: no such condition or statement. */
struct xa_trust_terms {
    enum xa_trust trust;
    struct xa_slice user_arn;          /* XA_TRUST_USER                                 */
    struct xa_slice partition, account;    /* XA_TRUST_ACCOUNT: the source's            */
    struct xa_slice org;               /* XA_TRUST_ORG                                  */
    struct xa_slice external_id;
    bool require_mfa;
    struct xa_slice tags;              /* key=value, comma-separated: its keys may be sent */
    struct xa_slice source_identity;   /* may be set, to this                           */
};

/* Each writes the document into room[cap]; returns its length, or 0 if it does not fit.
 * The parts of the terms are of their alphabets, which need no escape in JSON. */
size_t xa_trust_document(const struct xa_trust_terms *terms, char *room, size_t cap);

/* The statement alone that such a trust policy has for one action ("sts:AssumeRole",
 * "sts:TagSession", "sts:SetSourceIdentity"): to be added to another policy. */
size_t xa_trust_statement(const struct xa_trust_terms *terms, const char *action, char *room,
                          size_t cap);

/* The user's policy. grants: lines `KEY ARN` in the order of their ARNs, with the keys of
 * xa_grant_keys: which roles may be assumed, given tags, given a source identity. */
size_t xa_source_document(struct xa_slice grants, char *room, size_t cap);
size_t xa_source_statement(struct xa_slice grants, const char *action, char *room, size_t cap);

/* The key of such a line for an action; NULL for others. */
const char *xa_grant_key(struct xa_slice action);

#endif
