/* Temporary credentials: credentials, whoami, forget. */
#include "agent/agent.h"
#include "agent/audit.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/log.h"
#include "agent/proof.h"

#define ROUNDS_MAX 6                   /* plans for one request, each with more learned */

static void reply(struct xa_conn *c, const struct xa_handout *given)
{
    const struct xa_issued *issued = given->issued;
    char note[1000];
    const struct xa_credentials_result result = {
        .access_key_id = issued->access_key_id,
        .secret = issued->secret,
        .token = issued->token,
        .expires_at = (uint64_t)issued->expires_at,
        .account = given->account,
        .arn = issued->arn,
        .region = given->region,
        .name = given->name,
        .label = given->label,
        .level = given->level,
        .label_variables = given->label_variables,
        .note = xa_audit_note(c, given->name, given->why, note, sizeof note),
    };
    xa_conn_result(c, &xa_msg_credentials_result, &result);
}

static void reply_granted(struct xa_conn *c, const struct xa_granted *granted)
{
    const struct xa_issued *issued = granted->issued;
    const struct xa_identity *identity = granted->identity;
    const struct xa_handout given = {
        issued,
        xa_slice_of(identity->account),
        xa_slice_of(identity->region),
        xa_slice_of(identity->name),
        xa_slice_of(identity->label),
        xa_slice_of(identity->level),
        xa_slice_of(identity->label_variables),
        xa_slice_of(identity->why),
    };
    if (granted->fresh)
        xa_audit_issue(c, "credentials", identity, issued->access_key_id, issued->expires_at);
    reply(c, &given);
}

/* What every request that comes again and again is: the client's warm hit. */
bool xa_handle_again(struct xa_conn *c, struct xa_slice body)
{
    struct xa_handout given;
    if (!xa_broker_recall(c->agent->broker, body, &given))
        return false;
    xa_guard_used(c->agent);
    reply(c, &given);
    return true;
}

void xa_fail_logged(struct xa_conn *c, const char *what, const struct xa_error *err)
{
    xa_log_error(what, err);
    xa_conn_fail(c, err);
}

bool xa_plan_anew(struct xa_conn *c, const struct xa_error *err)
{
    struct xa_error tired;
    if (err->code != XA_OK)
        return false;
    if (++c->rounds <= ROUNDS_MAX) {
        xa_conn_again(c);
    } else {
        xa_fail(&tired, XA_BUSY, "what AWS answers changes the plan again and again");
        xa_fail_logged(c, "credentials", &tired);
    }
    return true;
}

void xa_ask_person(struct xa_conn *c, struct xa_question **question,
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
    else if (!xa_plan_anew(c, err))
        xa_fail_logged(c, "credentials", err);
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
    bool at_hand = request->asking.at_hand;
    const struct xa_ask ask = { .wish = &request->wish,
                                .has_person = request->asking.can_ask || at_hand,
                                .patience_ms = (uint32_t)patience_ms, .at_hand = at_hand,
                                .request = body };
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
        xa_ask_person(c, &question, &request->asking, body);
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
        if (!xa_plan_anew(c, err))
            xa_fail_logged(c, "whoami", err);
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
    const struct xa_ask ask = { .wish = &request->wish, .has_person = request->asking.can_ask,
                                .patience_ms = (uint32_t)patience_ms };
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
        xa_ask_person(c, &question, &request->asking, body);
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
