/* Exchanges over HTTPS, one at a time: a request goes onto a curl handle that has every rule of
 * security N1 and N3 set on it, and what came of it becomes a record. */
#ifndef XA_AGENT_COURIER_TRANSFER_H
#define XA_AGENT_COURIER_TRANSFER_H

#include "agent/courier/exchange.h"
#include "agent/courier/reply.h"

struct xa_transfer;

/* One that carries requests with these trusted authorities (a path; empty: the system's), one
 * after the other: to make a handle costs more than the exchange. NULL: XA_NO_MEMORY. The
 * caller owns it. */
struct xa_transfer *xa_transfer_new(struct xa_slice ca_bundle, struct xa_error *err) XA_MUST_CHECK;
void xa_transfer_free(struct xa_transfer *transfer);      /* NULL is fine */
bool xa_transfer_trusts(const struct xa_transfer *transfer, struct xa_slice ca_bundle);

/* Begins with a request, which is copied; its time is the caller's to keep. False: XA_NO_MEMORY, or XA_BAD_CONFIG for an address
 * that may not be asked. */
bool xa_transfer_begin(struct xa_transfer *transfer, const struct xa_request *request,
                       struct xa_error *err) XA_MUST_CHECK;

/* Wipes all that was the request's and its answer's, but what xa_transfer_may_stay says; after a
 * failed begin, too. */
void xa_transfer_end(struct xa_transfer *transfer);

/* True before the end of one that may go on to another request. libcurl keeps an answer's headers,
 * and what it told a proxy, until a handle is used again: a sign-in's have cookies, and a proxy was
 * told a password, so their handles are freed, and with them all that they keep. */
bool xa_transfer_may_stay(const struct xa_transfer *transfer);

/* Its CURL handle, with the transfer as CURLOPT_PRIVATE, for the multi handle. */
void *xa_transfer_handle(struct xa_transfer *transfer);

/* True if nothing has moved for 5 s (N3); to be asked every now and then, with a
 * clock in milliseconds that is never 0. */
bool xa_transfer_stalled(struct xa_transfer *transfer, uint64_t now_ms);

/* After the transfer ended with this CURLcode: fills *record, whose slices borrow
 * the transfer and *reply. Both hold secrets: the caller ends the one and wipes the other. */
void xa_transfer_finish(struct xa_transfer *transfer, int curl_code, struct xa_reply *reply,
                        struct xa_record *record);

#endif
