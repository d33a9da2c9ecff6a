/* What is signed to be handed out, not to be asked: a URL, or git's password. The table of N7
 * says which. */
#ifndef XA_AGENT_BROKER_PRESIGN_H
#define XA_AGENT_BROKER_PRESIGN_H

#include "agent/broker/identity.h"
#include "agent/broker/policy.h"
#include "agent/vault/sigv4.h"
#include "proto/error.h"

struct xa_presign {
    enum xa_action action;
    const struct xa_sigv4_key *key;
    enum xa_identity_kind signer;          /* what kind of identity the key is           */
    bool signer_is_temporary;
    struct xa_slice host;                  /* with its port, if the scheme has another   */
    struct xa_slice path;
    struct xa_slice query;                 /* begins with Action=NAME of the action      */
    struct xa_sigv4_header header;         /* one more to be signed; empty: none         */
    struct xa_slice region;
    uint32_t expires_s;
    int64_t time_s;
};

/* Writes HOST PATH ? QUERY, signed, into room[cap] and its length, without a NUL, into
 * *ret_len: the URL behind https://. It holds the session token. XA_POLICY: the table does
 * not allow it, or the query asks for another action; XA_INTERNAL: it does not fit. */
bool xa_presign_url(const struct xa_presign *order, char *room, size_t cap, size_t *ret_len,
                    struct xa_error *err) XA_MUST_CHECK;

/* Signs git's access to a repository: order's host, path, region and time. */
bool xa_presign_git(const struct xa_presign *order, struct xa_sigv4_signature *ret,
                    struct xa_error *err) XA_MUST_CHECK;

#endif
