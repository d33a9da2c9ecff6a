/* Questions, inside of the broker; what the hall sees of them is in broker.h. */
#ifndef XA_AGENT_BROKER_QUESTION_H
#define XA_AGENT_BROKER_QUESTION_H

#include "agent/broker/broker_impl.h"

/* What a person is needed for so that hop can be had, by the plan in hand. signer is
 * NULL for foreign credentials. NULL: XA_NO_MEMORY. */
struct xa_question *question_new(const struct xa_broker *b, const struct xa_identity *hop,
                                 const struct xa_identity *signer,
                                 struct xa_error *err) XA_MUST_CHECK;

/* True if the code can be one, and was not sent before. XA_USAGE, XA_MFA_CODE_USED. */
bool question_code_good(const struct xa_broker *b, struct xa_slice serial, struct xa_slice code,
                        struct xa_error *err) XA_MUST_CHECK;

#endif
