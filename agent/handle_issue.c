/* Temporary credentials: credentials, whoami, forget. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/dispatch.h"
#include "agent/log.h"
#include "agent/proof.h"

#define ROUNDS_MAX 6                   /* plans for one request, each with more learned */

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

/* What is not as it was wished, or not as it was meant. */
static struct xa_slice note_of(const struct xa_conn *c, const struct xa_identity *identity,
                               char *room, size_t size)
{
    const struct xa_error *fault = xa_roles_file_fault(c->agent->config);
    room[0] = '\0';
    if (identity->why[0] != '\0')
        snprintf(room, size, "the credentials of '%.700s' last %s", identity->name,
                 identity->why);
    else if (fault != NULL)
        snprintf(room, size, "the configuration is refused, an older one is in force: %s",
                 fault->message);
    return xa_slice_of(room);
}

static void reply_granted(struct xa_conn *c, const struct xa_granted *granted)
{
    const struct xa_issued *issued = granted->issued;
    const struct xa_identity *identity = granted->identity;
    char note[1000];
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
        .note = note_of(c, identity, note, sizeof note),
    };
    if (granted->fresh)
        log_issue(c, granted);
    xa_conn_result(c, &xa_msg_credentials_result, &result);
}

static void fail_logged(struct xa_conn *c, const char *what, const struct xa_error *err)
{
    xa_log_error(what, err);
    xa_conn_fail(c, err);
}

/* What was learned meanwhile changes the plan: as if the request had just come. */
static bool plan_anew(struct xa_conn *c, const struct xa_error *err)
{
    struct xa_error tired;
    if (err->code != XA_OK)
        return false;
    if (++c->rounds <= ROUNDS_MAX) {
        xa_conn_again(c);
    } else {
        xa_fail(&tired, XA_BUSY, "what AWS answers changes the plan again and again");
        fail_logged(c, "credentials", &tired);
    }
    return true;
}

/* A person is needed: this request waits for the question's answer, or fails. */
static void ask_person(struct xa_conn *c, struct xa_question **question,
                       const struct xa_asking *asking, struct xa_slice body)
{
    struct xa_error err;
    struct xa_lease *lease = xa_lease_for(c->agent, question, &err);
    if (lease != NULL)
        xa_lease_ask(lease, c, asking, body);
    else
        xa_conn_fail(c, &err);
}

static void on_granted(struct xa_waiter *waiter, const struct xa_granted *granted,
                       const struct xa_error *err)
{
    struct xa_conn *c = (void *)((char *)waiter - offsetof(struct xa_conn, waiter));
    if (granted != NULL)
        reply_granted(c, granted);
    else if (!plan_anew(c, err))
        fail_logged(c, "credentials", err);
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

void xa_handle_credentials(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    uint64_t patience_ms = xa_patience_ms(&request->asking);
    const struct xa_ask ask = { &request->wish, request->asking.can_ask, (uint32_t)patience_ms };
    struct xa_question *question = NULL;
    struct xa_granted granted;
    struct xa_error err;
    if (!xa_known_or_fail(c, &request->wish) || !xa_open_or_ask(c, &request->asking, body, false))
        return;
    c->waiter.done = on_granted;
    switch (xa_broker_credentials(c->agent->broker, &ask, &c->waiter, &granted, &question, &err)) {
    case XA_ANSWERED:
        reply_granted(c, &granted);
        break;
    case XA_WILL_ANSWER:
        if (xa_conn_working_on(c, body, patience_ms))
            c->late = give_held;
        break;
    case XA_ASKS:
        ask_person(c, &question, &request->asking, body);
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
        if (!plan_anew(c, err))
            fail_logged(c, "whoami", err);
        return;
    }
    const struct xa_whoami_result result = {
        .account = record->account,
        .arn = record->arn,
        .user_id = record->user_id,
        .expires_at = (uint64_t)expires_at,
    };
    xa_proof_note(c->agent, inquiry, record->account, record->arn);
    xa_conn_result(c, &xa_msg_whoami_result, &result);
}

void xa_handle_whoami(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    uint64_t patience_ms = xa_patience_ms(&request->asking);
    const struct xa_ask ask = { &request->wish, request->asking.can_ask, (uint32_t)patience_ms };
    struct xa_question *question = NULL;
    struct xa_error err;
    if (!xa_known_or_fail(c, &request->wish) || !xa_open_or_ask(c, &request->asking, body, false))
        return;
    c->inquiry.done = on_identity;
    switch (xa_broker_whoami(c->agent->broker, &ask, &c->inquiry, &question, &err)) {
    case XA_ANSWERED:
    case XA_WILL_ANSWER:
        (void)!xa_conn_working_on(c, body, patience_ms);
        break;
    case XA_ASKS:
        ask_person(c, &question, &request->asking, body);
        break;
    case XA_FAILED:
        xa_conn_fail(c, &err);
        break;
    }
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
    size_t n = xa_broker_forget(c->agent->broker, request->name);
    const struct xa_wish wish = { .name = request->name };
    if (n == 0 && !request->all && !xa_known_or_fail(c, &wish))
        return;
    struct xa_sealing *sealing = &c->agent->sealing;
    bool open = xa_vault_condition(c->agent->vault) == XA_VAULT_IS_OPEN;
    if (xa_sealing_wanted(sealing) && (request->all || !open)) {
        xa_sealing_forget(sealing, c, (uint32_t)n);      /* one of many cannot be taken out */
        return;
    }
    xa_sealing_look(sealing);
    const struct xa_forget_result result = { (uint32_t)n };
    xa_conn_result(c, &xa_msg_forget_result, &result);
}
