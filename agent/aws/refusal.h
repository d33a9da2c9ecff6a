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

#endif
