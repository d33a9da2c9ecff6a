/* What is given in place of keys (token, console), and the Switch Role link. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/audit.h"
#include "agent/aws/arn.h"
#include "agent/aws/console.h"
#include "agent/broker/errand.h"
#include "agent/dispatch.h"

/* An errand under way for a connection. */
struct errand_op {
    struct xa_op op;
    struct xa_errand *errand;
    const char *what;                      /* for the log                         */
    bool console;                          /* else a token                        */
};

static void end(struct errand_op *o)
{
    if (o->op.conn != NULL)
        o->op.conn->op = NULL;
    xa_errand_free(&o->errand);
    free(o);
}

static void abandon(struct xa_op *op)
{
    end((void *)((char *)op - offsetof(struct errand_op, op)));
}

/* The identity's own note comes first; there is room for one. */
static struct xa_slice note_of(const struct xa_conn *c, const struct xa_errand_result *r,
                               char *room, size_t size)
{
    struct xa_slice note = xa_audit_note(c, xa_slice_of(r->identity->name),
                                         xa_slice_of(r->identity->why), room, size);
    return note.len > 0 ? note : r->note;
}

static void reply_token(struct xa_conn *c, const struct xa_errand_result *r)
{
    char note[1000];
    const struct xa_token_result result = {
        .token = r->token,
        .username = r->username,
        .expires_at = (uint64_t)r->expires_at,
        .name = xa_slice_of(r->identity->name),
        .account = xa_slice_of(r->identity->account),
        .arn = r->arn,
        .region = xa_slice_of(r->identity->region),
        .endpoint_url = r->endpoint,
        .note = note_of(c, r, note, sizeof note),
    };
    xa_conn_result(c, &xa_msg_token_result, &result);
}

static void reply_console(struct xa_conn *c, const struct xa_errand_result *r)
{
    char note[1000];
    const struct xa_console_result result = {
        .url = r->token,
        .logout_url = r->endpoint,
        .name = xa_slice_of(r->identity->name),
        .account = xa_slice_of(r->identity->account),
        .arn = r->arn,
        .note = note_of(c, r, note, sizeof note),
    };
    xa_conn_result(c, &xa_msg_console_result, &result);
}

/* A reply can end the connection, and with it the errand: it is off the connection first. */
static void reply(struct errand_op *o, const struct xa_errand_result *r)
{
    struct xa_conn *c = o->op.conn;
    c->op = NULL;
    o->op.conn = NULL;
    if (r->fresh)
        xa_audit_issue(c, o->what, r->identity, r->access_key_id, r->expires_at);
    if (o->console)
        reply_console(c, r);
    else
        reply_token(c, r);
    end(o);
}

static void on_done(void *ctx, const struct xa_errand_result *r, const struct xa_error *err)
{
    struct errand_op *o = ctx;
    struct xa_conn *c = o->op.conn;
    struct xa_error failure;
    const char *what = o->what;
    if (r != NULL) {
        reply(o, r);
        return;
    }
    failure = *err;
    end(o);
    if (!xa_plan_anew(c, &failure))
        xa_fail_logged(c, what, &failure);
}

/* Patience is over while it waited for new credentials: held ones will do (N13). */
static bool settle(struct xa_conn *c)
{
    struct errand_op *o = c->op != NULL
        ? (void *)((char *)c->op - offsetof(struct errand_op, op)) : NULL;
    struct xa_errand_result r;
    struct xa_error err;
    switch (o != NULL ? xa_errand_settle(o->errand, &r, &err) : XA_WILL_ANSWER) {
    case XA_ANSWERED:
        reply(o, &r);
        return true;
    case XA_FAILED:
        end(o);
        xa_conn_fail(c, &err);
        return true;
    default:
        return false;
    }
}

static struct errand_op *begin(struct xa_conn *c, const struct xa_errand_order *order,
                               const char *what)
{
    struct xa_error err;
    struct errand_op *o = calloc(1, sizeof *o);
    if (o == NULL) {
        xa_fail(&err, XA_NO_MEMORY, "no memory for a token");
        xa_conn_fail(c, &err);
        return NULL;
    }
    o->op.abandon = abandon;
    o->what = what;
    o->console = order->kind == XA_ERRAND_CONSOLE;
    o->errand = xa_errand_new(c->agent->broker, order, &err);
    if (o->errand == NULL) {
        free(o);
        xa_conn_fail(c, &err);
        return NULL;
    }
    o->op.conn = c;
    c->op = &o->op;
    return o;
}

static void run(struct xa_conn *c, const struct xa_wish *wish, const struct xa_asking *asking,
                const struct xa_errand_order *order, const char *what, struct xa_slice body)
{
    uint64_t patience_ms = xa_patience_ms(asking);
    const struct xa_ask ask = { .wish = wish, .has_person = asking->can_ask,
                                .patience_ms = (uint32_t)patience_ms };
    struct xa_question *question = NULL;
    struct xa_errand_result r;
    struct xa_error err;
    if (!xa_known_or_fail(c, wish) || !xa_open_or_ask(c, asking, body, false))
        return;
    struct errand_op *o = begin(c, order, what);
    if (o == NULL)
        return;
    switch (xa_errand_begin(o->errand, &ask, on_done, o, &r, &question, &err)) {
    case XA_ANSWERED:
        reply(o, &r);
        break;
    case XA_WILL_ANSWER:
        if (xa_conn_working_on(c, body, patience_ms))
            c->late = settle;
        break;
    case XA_ASKS:
        end(o);
        xa_ask_person(c, &question, asking, body);
        break;
    case XA_FAILED:
        end(o);
        xa_conn_fail(c, &err);
        break;
    }
}

void xa_handle_token(struct xa_conn *c, const void *message, struct xa_slice body)
{
    static const char *const names[] = {
        [XA_TOKEN_EKS] = "an EKS token",
        [XA_TOKEN_RDS] = "an RDS token",
        [XA_TOKEN_GIT] = "a CodeCommit password",
        [XA_TOKEN_ECR] = "an ECR token",
    };
    const struct xa_token *request = message;
    struct xa_error err;
    if (request->kind < XA_TOKEN_EKS || request->kind > XA_TOKEN_ECR) {
        xa_fail(&err, XA_USAGE, "there is no token of kind %u", request->kind);
        xa_conn_fail(c, &err);
        return;
    }
    const struct xa_errand_order order = {
        .kind = (enum xa_errand_kind)request->kind,
        .cluster = request->cluster,
        .host = request->host,
        .port = request->port,
        .user = request->user,
        .path = request->path,
    };
    run(c, &request->wish, &request->asking, &order, names[request->kind], body);
}

void xa_handle_console(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_console *request = message;
    const struct xa_errand_order order = {
        .kind = XA_ERRAND_CONSOLE,
        .service = request->service,
        .signed_in_s = request->signed_in_s,
    };
    run(c, &request->wish, &request->asking, &order, "a console sign-in", body);
}

/* --- the Switch Role link: from the files alone ------------------------------------------ */

/* That page sends a name and an account, and nothing else (facts 8.5). */
static const char *unsent(const struct xa_identity *goal)
{
    return goal->external_id[0] != '\0' ? "an external id"
         : goal->source_identity[0] != '\0' ? "a source identity"
         : goal->tags.len > 0 ? "session tags"
         : goal->readonly || goal->policy.len + goal->policy_arns.len > 0 ? "a session policy"
                                                                         : NULL;
}

static void reply_switch_url(struct xa_conn *c, const struct xa_identity *goal)
{
    char url[XA_URL_MAX], note[160] = "";
    struct xa_role_arn arn;
    struct xa_error err;
    const char *lost = unsent(goal);
    if (!xa_role_arn_parse(xa_slice_of(goal->role_arn), &arn, &err)) {
        xa_conn_fail(c, &err);
        return;
    }
    /* The path without its first '/', and the name: one piece of the ARN. */
    struct xa_slice role = { arn.path.at + 1, arn.path.len - 1 + arn.name.len };
    const struct xa_switch_role to = {
        .partition = arn.partition,
        .account = arn.account,
        .role = role,
        .display_name = xa_slice_of(goal->label[0] != '\0' ? goal->label : goal->name),
        .level = xa_slice_of(goal->level),
    };
    if (!xa_switch_role_url(&to, url, sizeof url, &err)) {
        xa_conn_fail(c, &err);
        return;
    }
    if (lost != NULL)
        snprintf(note, sizeof note, "the destination has %s, which the console's Switch Role "
                 "does not send", lost);
    const struct xa_switch_url_result result = {
        .url = xa_slice_of(url),
        .name = xa_slice_of(goal->name),
        .account = arn.account,
        .role = role,
        .note = xa_slice_of(note),
    };
    xa_conn_result(c, &xa_msg_switch_url_result, &result);
}

void xa_handle_switch_url(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_credentials *request = message;
    struct xa_error err;
    (void)body;
    const struct xa_plan *plan = xa_plan_or_fail(c, &request->wish);
    if (plan == NULL)
        return;
    const struct xa_identity *goal = xa_plan_goal(plan);
    if (goal->kind == XA_IDENTITY_ROLE) {
        reply_switch_url(c, goal);
        return;
    }
    xa_fail(&err, XA_USAGE, "'%s' is a source; Switch Role leads to a destination", goal->name);
    xa_hint(&err, "xacct list");
    xa_conn_fail(c, &err);
}
