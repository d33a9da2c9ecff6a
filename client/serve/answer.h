/* What the endpoint answers (facts 6.3, security L7): a whole HTTP answer in the client's
 * locked room, sent in one piece. */
#ifndef XA_CLIENT_SERVE_ANSWER_H
#define XA_CLIENT_SERVE_ANSWER_H

#include "client/serve/gate.h"
#include "proto/message.h"

/* Write the answer into xa_result_room.out; it is there until the next is written. The
 * credentials must be fit (client/requests/credentials.h). Empty: it does not fit. */
struct xa_slice xa_answer_credentials(const struct xa_credentials_result *r);
struct xa_slice xa_answer_refusal(const struct xa_refusal *refusal);

/* The answer to credentials that could not be had: 403 for a final no of AWS or of the
 * configuration, else 503: it may be otherwise in a moment. */
struct xa_slice xa_answer_failure(const struct xa_error *err);

#endif
