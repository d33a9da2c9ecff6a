/* probe: is AWS there, and what time is it? */
#include <string.h>

#include "agent/agent.h"
#include "agent/dispatch.h"

static void reply(struct xa_conn *c, const struct xa_probe_answer *answer)
{
    const struct xa_probe_result result = {
        .endpoint_url = xa_slice_of(answer->url),
        .aws_time = answer->aws_s > 0 ? (uint64_t)answer->aws_s : 0,
    };
    if (answer->err.code == XA_OK)
        xa_conn_result(c, &xa_msg_probe_result, &result);
    else
        xa_fail_logged(c, "probe", &answer->err);
}

static void on_answer(struct xa_probe_waiter *waiter, const struct xa_probe_answer *answer)
{
    reply((void *)((char *)waiter - offsetof(struct xa_conn, probe)), answer);
}

/* Works while locked: nothing is signed. */
void xa_handle_probe(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_probe *request = message;
    const struct xa_asking patience = { .patience_ms = request->patience_ms };
    const struct xa_probe_answer *answer = NULL;
    struct xa_error err;
    (void)body;
    c->probe.done = on_answer;
    switch (xa_broker_probe(c->agent->broker, request->name, &c->probe, &answer, &err)) {
    case XA_ANSWERED:
        reply(c, answer);
        break;
    case XA_WILL_ANSWER:
    case XA_ASKS:
        xa_conn_working(c, xa_patience_ms(&patience));
        break;
    case XA_FAILED:
        xa_conn_fail(c, &err);
        break;
    }
}
