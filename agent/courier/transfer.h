/* One exchange over HTTPS: a request becomes a curl handle with every rule of
 * security N1 and N3 set on it, and what came of it becomes a record. */
#ifndef XA_AGENT_COURIER_TRANSFER_H
#define XA_AGENT_COURIER_TRANSFER_H

#include "agent/courier/exchange.h"
#include "agent/courier/reply.h"

struct xa_transfer;

/* Copies the request. NULL: XA_NO_MEMORY, or XA_BAD_CONFIG for an address that
 * may not be asked. The caller owns it. */
struct xa_transfer *xa_transfer_new(const struct xa_request *request,
                                    struct xa_error *err) XA_MUST_CHECK;
void xa_transfer_free(struct xa_transfer *transfer);

/* Its CURL handle, with the transfer as CURLOPT_PRIVATE, for the multi handle. */
void *xa_transfer_handle(struct xa_transfer *transfer);

/* True if nothing has moved for 5 s (N3); to be asked every now and then, with a
 * clock in milliseconds that is never 0. */
bool xa_transfer_stalled(struct xa_transfer *transfer, uint64_t now_ms);

/* After the transfer ended with this CURLcode: fills *record, whose slices borrow
 * the transfer and *reply. Both hold secrets: the caller wipes *reply. */
void xa_transfer_finish(struct xa_transfer *transfer, int curl_code, struct xa_reply *reply,
                        struct xa_record *record);

#endif
