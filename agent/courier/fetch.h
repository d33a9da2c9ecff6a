/* libcurl on libuv: carries any number of exchanges at once. */
#ifndef XA_AGENT_COURIER_FETCH_H
#define XA_AGENT_COURIER_FETCH_H

#include <uv.h>

#include "agent/courier/exchange.h"

struct xa_fetch;

/* Runs once for every request, from the loop, or from inside xa_fetch_start when
 * it ends at once. The record's texts are wiped when it returns. */
typedef void xa_fetch_done_fn(void *ctx, const struct xa_record *record);

/* Gives libcurl and OpenSSL memory that is wiped when freed, and starts libcurl.
 * Once, before anything else touches either. XA_INTERNAL. */
bool xa_fetch_start_libraries(struct xa_error *err) XA_MUST_CHECK;

/* NULL: XA_NO_MEMORY. */
struct xa_fetch *xa_fetch_new(uv_loop_t *loop, xa_fetch_done_fn *done, void *ctx,
                              struct xa_error *err) XA_MUST_CHECK;

/* Begins an exchange; the request is copied. */
void xa_fetch_start(struct xa_fetch *fetch, const struct xa_request *request);

/* How many are under way. */
unsigned xa_fetch_active(const struct xa_fetch *fetch);

/* Ends those under way without a word, and frees itself once the loop has closed
 * its handles. */
void xa_fetch_close(struct xa_fetch *fetch);

#endif
