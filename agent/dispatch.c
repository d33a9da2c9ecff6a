#include "agent/dispatch.h"

#include "agent/agent.h"
#include "agent/guard.h"
#include "agent/log.h"
#include "proto/frame.h"

#define PATIENCE_MS 30000          /* design.md, section 5 */
#define PATIENCE_MAX_MS 120000

union any_request {
    struct xa_hello hello;
    struct xa_unlock unlock;
    struct xa_lock lock;
    struct xa_list list;
    struct xa_forget forget;
    struct xa_probe probe;
    struct xa_add add;
    struct xa_remove remove;
    struct xa_passwd passwd;
    struct xa_dest_add dest_add;
    struct xa_dest_remove dest_remove;
    struct xa_credentials credentials;
    struct xa_token token;
    struct xa_console console;
    struct xa_mfa_code mfa_code;
    struct xa_foreign foreign;
    struct xa_task_request task;
};

/* The first frame: an agent that serves another configuration or vault refuses,
 * or a person would get another account than the one in front of them. */
static void handle_hello(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_hello *hello = message;
    const struct xa_paths *ours = c->agent->paths;
    struct xa_error err;
    (void)body;
    bool config = xa_slice_is(hello->config_path, ours->config);
    if (config && xa_slice_is(hello->vault_path, ours->vault)) {
        c->greeted = true;       /* not answered: it travels with the first request */
        return;
    }
    struct xa_slice theirs = config ? hello->vault_path : hello->config_path;
    xa_fail(&err, XA_OTHER_AGENT, "the agent on this socket serves %s, not %.*s",
            config ? ours->vault : ours->config, (int)theirs.len, (const char *)theirs.at);
    xa_why(&err, "it was started with other XDG_* variables; this command does not touch it");
    xa_hint(&err, "kill %ld", (long)c->agent->supervisor_pid);
    c->close_after_reply = true;
    xa_conn_fail(c, &err);
}

static const struct { uint8_t type; xa_handler_fn *handle; } rows[] = {
    { XA_HELLO, handle_hello },
    { XA_UNLOCK, xa_handle_unlock },
    { XA_MFA_CODE, xa_handle_mfa_code },
    { XA_FOREIGN, xa_handle_foreign },
    { XA_CANCEL, xa_handle_cancel },
    { XA_LOCK, xa_handle_lock },
    { XA_STATUS, xa_handle_status },
    { XA_LIST, xa_handle_list },
    { XA_CHECK, xa_handle_check },
    { XA_STOP, xa_handle_stop },
    { XA_FORGET, xa_handle_forget },
    { XA_PROBE, xa_handle_probe },
    { XA_ADD, xa_handle_add },
    { XA_REMOVE, xa_handle_remove },
    { XA_PASSWD, xa_handle_passwd },
    { XA_DEST_ADD, xa_handle_dest_add },
    { XA_DEST_REMOVE, xa_handle_dest_remove },
    { XA_CREDENTIALS, xa_handle_credentials },
    { XA_WHOAMI, xa_handle_whoami },
    { XA_PLAN, xa_handle_plan },
    { XA_TOKEN, xa_handle_token },
    { XA_CONSOLE, xa_handle_console },
    { XA_SWITCH_URL, xa_handle_switch_url },
    { XA_SETUP_PLAN, xa_handle_setup_plan },
    { XA_SETUP, xa_handle_task },
    { XA_DOCTOR, xa_handle_task },
    { XA_ROTATE, xa_handle_task },
    { XA_REVOKE, xa_handle_task },
    { XA_DISCOVER, xa_handle_task },
};

static xa_handler_fn *handler_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == type)
            return rows[i].handle;
    return NULL;
}

void xa_dispatch(struct xa_conn *c, struct xa_slice body)
{
    union any_request request;
    struct xa_error err;
    xa_handler_fn *handle = handler_of(c->type);
    const struct xa_message *table = xa_message_of_request(c->type);
    if (!c->greeted && c->type != XA_HELLO) {
        xa_fail(&err, XA_BAD_MESSAGE, "the first frame is not HELLO");
        c->close_after_reply = true;
        xa_conn_fail(c, &err);
        return;
    }
    xa_guard_check_time(c->agent);
    if (c->type == XA_CREDENTIALS && xa_handle_again(c, body))
        return;
    if (handle == NULL || table == NULL) {
        xa_fail(&err, XA_UNKNOWN_REQUEST, "this agent (%s) knows no request of type %u",
                XACCT_VERSION, c->type);
        xa_conn_fail(c, &err);
        return;
    }
    if (!xa_message_decode(table, body, &request, &err)) {
        xa_conn_fail(c, &err);
        return;
    }
    handle(c, &request, body);
}

uint64_t xa_patience_ms(const struct xa_asking *asking)
{
    uint32_t ms = asking->patience_ms;
    return ms == 0 ? PATIENCE_MS : ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : ms;
}

const struct xa_roles *xa_roles_or_fail(struct xa_conn *c)
{
    struct xa_error err;
    const struct xa_roles *roles = xa_broker_roles(c->agent->broker, &err);
    if (roles == NULL)
        xa_conn_fail(c, &err);
    return roles;
}

/* A name that stands in no file is unknown without a question; but when the file
 * was refused, that is the reason to tell. */
bool xa_known_or_fail(struct xa_conn *c, const struct xa_wish *wish)
{
    struct xa_sight sight;
    struct xa_error err;
    const struct xa_error *fault = xa_roles_file_fault(c->agent->config);
    if (xa_broker_sight(c->agent->broker, wish->profile, &sight, &err) &&
        xa_plan_known(&sight, wish, &err))
        return true;
    xa_conn_fail(c, fault != NULL && err.code == XA_NO_SUCH_NAME ? fault : &err);
    return false;
}

bool xa_open_or_ask(struct xa_conn *c, const struct xa_asking *asking, struct xa_slice body,
                    bool may_be_new)
{
    struct xa_agent *agent = c->agent;
    enum xa_vault_condition condition = xa_vault_condition(agent->vault);
    struct xa_error err;
    if (condition == XA_VAULT_IS_OPEN || (may_be_new && condition == XA_VAULT_IS_NEW)) {
        xa_guard_used(agent);
        return true;
    }
    if (condition != XA_VAULT_IS_LOCKED && !may_be_new) {
        xa_fail(&err, XA_NO_VAULT, "no source account's key is stored yet");
        xa_hint(&err, "xacct add main");
        xa_conn_fail(c, &err);
    } else if (!xa_guard_memory(agent, &err)) {
        xa_conn_fail(c, &err);
    } else {
        xa_lease_ask(&agent->lease, c, asking, body);
    }
    return false;
}
