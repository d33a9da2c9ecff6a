/* SETUP_PLAN: what a setup would make, of what is known here. SETUP itself is long work. */
#include <stdlib.h>

#include "agent/accounts/setup/setup.h"
#include "agent/agent.h"
#include "agent/dispatch.h"

/* The terms and their documents: too much for the stack. */
struct planned {
    struct xa_setup_terms terms;
    struct xa_setup_plan_room room;
    struct xa_setup_plan_result result;
};

void xa_handle_setup_plan(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_task_request *request = message;
    struct xa_error err;
    if (!xa_open_or_ask(c, &request->asking, body, false))
        return;
    struct planned *p = malloc(sizeof *p);
    if (p == NULL) {
        xa_fail(&err, XA_NO_MEMORY, "no memory for a request");
        xa_conn_fail(c, &err);
        return;
    }
    if (xa_setup_terms_make(c->agent->broker, c->agent->vault, request, &p->terms, &err)) {
        xa_setup_plan(&p->terms, request, &p->room, &p->result);
        xa_conn_result(c, &xa_msg_setup_plan_result, &p->result);
    } else {
        xa_conn_fail(c, &err);
    }
    free(p);
}
