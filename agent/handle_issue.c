/* Temporary credentials: credentials, whoami, forget. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/dispatch.h"
#include "agent/log.h"

/* Who was given what: P7. */
static void log_issue(const struct xa_conn *c, const struct xa_granted *granted)
{
    char link[64], exe[256];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)c->pid);
    ssize_t len = readlink(link, exe, sizeof exe - 1);
    exe[len > 0 ? len : 0] = '\0';
    struct xa_slice id = granted->issued->access_key_id;
    size_t shown = id.len < 4 ? id.len : 4;
    xa_log(XA_LOG_INFO, "issued '%s' as %s to pid %ld, uid %ju (%s), key ...%.*s, until %lld",
           granted->identity->name, granted->identity->session_name, (long)c->pid,
           (uintmax_t)c->uid, exe, (int)shown, (const char *)id.at + id.len - shown,
           (long long)granted->issued->expires_at);
}

static void reply_granted(struct xa_conn *c, const struct xa_granted *granted)
{
    const struct xa_issued *issued = granted->issued;
    const struct xa_identity *identity = granted->identity;
    const struct xa_credentials_result result = {
        .access_key_id = issued->access_key_id,
        .secret = issued->secret,
        .token = issued->token,
        .expires_at = (uint64_t)issued->expires_at,
        .account = xa_slice_of(identity->account),
        .arn = issued->arn,
        .region = xa_slice_of(identity->region),
        .name = xa_slice_of(identity->name),
        .label = xa_slice_of(identity->label),
        .level = xa_slice_of(identity->level),
    };
    if (granted->fresh)
        log_issue(c, granted);
    xa_conn_result(c, &xa_msg_credentials_result, &result);
}

static void on_granted(struct xa_waiter *waiter, const struct xa_granted *granted,
                       const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)waiter - offsetof(struct xa_conn, waiter));
    if (granted != NULL) {
        reply_granted(c, granted);
    } else {
        xa_log_error("credentials", err);
        xa_conn_fail(c, err);
    }
}

/* N13: held credentials with less life than was wished for are better than none. */
static bool give_held(struct xa_conn *c)
{
    struct xa_granted granted;
    if (!xa_broker_settle(&c->waiter, &granted))
        return false;
    reply_granted(c, &granted);
    return true;
}

/* A name that stands in no file is unknown without a question; but when the file
 * was refused, that is the reason to tell. */
static bool is_known(struct xa_conn *c, const struct xa_roles *roles, const struct xa_wish *wish)
{
    struct xa_error err;
    const struct xa_error *fault = xa_roles_file_fault(c->agent->config);
    if (xa_identity_known(roles, wish, &err))
        return true;
    xa_conn_fail(c, fault != NULL && err.code == XA_NO_SUCH_NAME ? fault : &err);
    return false;
}

void xa_handle_credentials(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    struct xa_granted granted;
    struct xa_error err;
    const struct xa_roles *roles = xa_roles_or_fail(c);
    if (roles == NULL || !is_known(c, roles, &request->wish) ||
        !xa_open_or_ask(c, &request->asking, body, false))
        return;
    c->waiter.done = on_granted;
    switch (xa_broker_credentials(c->agent->broker, &request->wish, &c->waiter, &granted, &err)) {
    case XA_ANSWERED:
        reply_granted(c, &granted);
        break;
    case XA_WILL_ANSWER:
        xa_conn_working(c, xa_patience_ms(&request->asking));
        c->late = give_held;
        break;
    case XA_FAILED:
        xa_conn_fail(c, &err);
        break;
    }
}

static void on_identity(struct xa_inquiry *inquiry, const struct xa_record *record,
                        int64_t expires_at, const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)inquiry - offsetof(struct xa_conn, inquiry));
    if (record == NULL) {
        xa_log_error("whoami", err);
        xa_conn_fail(c, err);
        return;
    }
    const struct xa_whoami_result result = {
        .account = record->account,
        .arn = record->arn,
        .user_id = record->user_id,
        .expires_at = (uint64_t)expires_at,
    };
    xa_conn_result(c, &xa_msg_whoami_result, &result);
}

void xa_handle_whoami(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    struct xa_error err;
    const struct xa_roles *roles = xa_roles_or_fail(c);
    if (roles == NULL || !is_known(c, roles, &request->wish) ||
        !xa_open_or_ask(c, &request->asking, body, false))
        return;
    c->inquiry.done = on_identity;
    if (xa_broker_whoami(c->agent->broker, &request->wish, &c->inquiry, &err))
        xa_conn_working(c, xa_patience_ms(&request->asking));
    else
        xa_conn_fail(c, &err);
}

/* Works while locked: to forget needs no key. */
void xa_handle_forget(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_forget *request = message;
    struct xa_error err;
    (void)body;
    if ((request->name.len > 0) == request->all) {
        xa_fail(&err, XA_USAGE, "forget takes a destination, or --all");
        xa_conn_fail(c, &err);
        return;
    }
    const struct xa_roles *roles = xa_broker_roles(c->agent->broker, NULL);
    size_t n = xa_broker_forget(c->agent->broker, request->name);
    if (n == 0 && !request->all && roles != NULL && xa_roles_dest(roles, request->name) == NULL) {
        const struct xa_wish wish = { .name = request->name };
        if (is_known(c, roles, &wish)) {
            xa_fail(&err, XA_NO_SUCH_NAME, "'%.*s' is a source: nothing is issued for it",
                    (int)request->name.len, (const char *)request->name.at);
            xa_conn_fail(c, &err);
        }
        return;
    }
    const struct xa_forget_result result = { (uint32_t)n };
    xa_conn_result(c, &xa_msg_forget_result, &result);
}
