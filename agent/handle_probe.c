/* probe: is AWS there, and what time is it? */
#include <string.h>

#include "agent/agent.h"
#include "agent/dispatch.h"

static void on_answer(struct xa_inquiry *inquiry, const struct xa_record *record,
                      int64_t expires_at, const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)inquiry - offsetof(struct xa_conn, inquiry));
    (void)expires_at;
    if (record == NULL) {
        xa_fail_logged(c, "probe", err);
        return;
    }
    const struct xa_probe_result result = {
        .endpoint_url = xa_slice_of(c->inquiry.asked),
        .aws_time = record->date_s > 0 ? (uint64_t)record->date_s : 0,
    };
    xa_conn_result(c, &xa_msg_probe_result, &result);
}

/* Works while locked: nothing is signed. */
void xa_handle_probe(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_probe *request = message;
    const struct xa_asking patience = { .patience_ms = request->patience_ms };
    struct xa_error err;
    (void)body;
    c->inquiry.done = on_answer;
    if (xa_broker_probe(c->agent->broker, request->name, &c->inquiry, &err))
        xa_conn_working(c, xa_patience_ms(&patience));
    else
        xa_conn_fail(c, &err);
}
