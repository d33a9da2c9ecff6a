/* What lies behind an answer that is no success, and what the person can do about
 * it (facts 1.6, 1.7, 1.10). Pure. */
#ifndef XA_AGENT_AWS_REFUSAL_H
#define XA_AGENT_AWS_REFUSAL_H

#include "agent/courier/exchange.h"
#include "proto/error.h"

/* Fills *err from a record that holds no success: the exchange failed, or the
 * answer's status is not 200. AWS's code, message and request id are kept. Always
 * false. custom_endpoint: the answer is a server's behind endpoint_url, not AWS's. */
bool xa_refusal_explain(const struct xa_record *record, bool custom_endpoint, struct xa_error *err);

/* True if AWS refused because the request's date was too far from its own: sign
 * once more with the time of record->date_s (N14). The request was not looked at
 * further, so an MFA code in it is still good (N9). */
bool xa_refusal_is_clock(const struct xa_record *record);

/* True if the same request may succeed in a moment: facts 1.10. */
bool xa_refusal_is_passing(const struct xa_record *record);

/* True if the role allows no session as long as was asked for; 3600 s always are. */
bool xa_refusal_is_duration(const struct xa_record *record);

/* True if AWS says no without a word of MFA: it may want some all the same. */
bool xa_refusal_is_denial(const struct xa_record *record);

/* True if the credentials that signed are not good, or no longer. */
bool xa_refusal_is_of_signer(const struct xa_record *record);

#endif
