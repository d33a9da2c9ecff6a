/* Which destinations are in use, so that they are renewed before a client would have to
 * wait (design.md, section 3; N11, N13). */
#ifndef XA_AGENT_BROKER_RENEWAL_H
#define XA_AGENT_BROKER_RENEWAL_H

#include "agent/broker/cache.h"
#include "proto/message.h"

struct xa_renewal;

struct xa_renewal *xa_renewal_new(struct xa_error *err) XA_MUST_CHECK;
void xa_renewal_free(struct xa_renewal **renewal);       /* NULL is fine */

/* A client is given what lies, or soon will lie, in the cache under key for this wish,
 * whose texts are copied, without its code. chance spreads the renewals of many. When 256
 * are known, the one that was noted first goes. */
void xa_renewal_note(struct xa_renewal *renewal, const uint8_t key[32],
                     const struct xa_wish *wish, uint32_t chance);
void xa_renewal_forget_all(struct xa_renewal *renewal);

/* True if what lies under key is known. *at is where it was last time, and is now. */
bool xa_renewal_knows(const struct xa_renewal *renewal, const uint8_t key[32], unsigned *at);

/* Calls renew for each that is due: its credentials are near their end, a client used
 * them within 4 hours, and the budget of 5 tries a minute each and 60 in all allows it.
 * What has not been in the cache for 5 minutes is forgotten. Returns in how many ms the
 * next will be due; -1: none is known. */
typedef void xa_renew_fn(void *ctx, const struct xa_wish *wish);
int64_t xa_renewal_run(struct xa_renewal *renewal, const struct xa_cache *cache, int64_t now_ms,
                       xa_renew_fn *renew, void *ctx);

#endif
