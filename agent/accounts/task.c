#include "agent/accounts/task.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/accounts/deed.h"
#include "agent/accounts/place.h"
#include "agent/aws/refusal.h"
#include "agent/broker/near.h"

#define IAM_VERSION "2010-05-08"
#define STS_VERSION "2011-06-15"
#define LAST_ITEM_MAX 128              /* room for saying that there are more          */
#define REST_BASE_MS 1000u             /* N11; at most 16 s, with TASK_TRIES_MAX       */
#define REST_LEAST_MS 200u
#define SAME_AGAIN_MS 1000u            /* N12                                          */

/* --- birth and death -------------------------------------------------------------------------- */

static const struct task_kind *kind_of(uint8_t type)
{
    static const struct task_kind *const kinds[] = {
        &task_discover, &task_doctor, &task_revoke, &task_rotate, &task_setup,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i]->type == type)
            return kinds[i];
    return NULL;
}

static bool prepare(struct xa_task *t, struct xa_slice body, struct xa_error *err)
{
    t->body_copy = malloc(body.len + 1);
    t->own = calloc(1, t->kind->own_size + 1);
    t->body_len = t->body_copy != NULL ? body.len : 0;
    if (t->body_copy == NULL || t->own == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    memcpy(t->body_copy, body.at, body.len);
    const struct xa_slice copy = { t->body_copy, body.len };
    return xa_message_decode(xa_message_of_request(t->kind->type), copy, &t->request, err) &&
           t->kind->check(t, err) && place_begin(t, err);
}

struct xa_task *xa_task_new(struct xa_broker *broker, struct xa_vault *vault, uint8_t type,
                            struct xa_slice body, int64_t now_s, struct xa_error *err)
{
    const struct task_kind *kind = kind_of(type);
    struct xa_task *t = kind != NULL ? calloc(1, sizeof *t) : NULL;
    if (t == NULL) {
        xa_fail(err, kind == NULL ? XA_UNKNOWN_REQUEST : XA_NO_MEMORY,
                kind == NULL ? "there is no such work" : "no memory for a request");
        return NULL;
    }
    t->kind = kind;
    t->broker = broker;
    t->vault = vault;
    t->now_s = now_s;
    t->items = xa_writer_init(t->items_room, sizeof t->items_room - LAST_ITEM_MAX);
    if (!prepare(t, body, err)) {
        xa_task_free(&t);
        return NULL;
    }
    place_read(t);
    place_digest(t, t->begun_at);
    return t;
}

void xa_task_free(struct xa_task **task)
{
    struct xa_task *t = *task;
    *task = NULL;
    if (t == NULL)
        return;
    xa_act_cancel(&t->act);
    xa_broker_cancel(&t->waiter);
    if (t->kind->finish != NULL && t->own != NULL)
        t->kind->finish(t);
    free(t->own);
    xa_wipe(t->body_copy, t->body_len);    /* an MFA code may stand there */
    free(t->body_copy);
    free(t);
}

/* --- the step --------------------------------------------------------------------------------- */

enum xa_task_turn xa_task_begin(struct xa_task *t, struct xa_error *err)
{
    t->wait_ms = place_wait_ms(t);
    if (t->wait_ms > 0)
        return XA_TASK_ANSWERS;        /* whoever cannot wait does not hurry AWS (N11, N12) */
    return t->kind->next(t, err);
}

void xa_task_hold(struct xa_task *t, uint32_t wait_ms)
{
    uint32_t own_ms = place_wait_ms(t);
    t->wait_ms = wait_ms > own_ms ? wait_ms : own_ms;
}

const uint8_t *xa_task_digest(const struct xa_task *t)
{
    return t->begun_at;
}

/* AWS was too busy: once more, later, as long as there is hope. Full jitter, as N11 has it,
 * but no less than a moment: a person waits, and no other call is held up meanwhile. */
static bool comes_again(struct xa_task *t, const struct xa_record *record)
{
    if (record->outcome != XA_OUTCOME_ANSWERED || !t->repeatable || t->tries >= TASK_TRIES_MAX ||
        !xa_refusal_is_passing(record))
        return false;
    t->wait_ms = REST_LEAST_MS + xa_broker_chance(t->broker) % ((REST_BASE_MS << t->tries) + 1);
    t->tries++;
    task_tell(t, XA_ITEM_NEXT, (struct xa_slice){ 0 }, "AWS is busy, and is asked again");
    return true;
}

/* The next call is the next request's: one a step. */
static enum xa_task_turn not_a_call(enum xa_task_turn turn)
{
    assert(turn != XA_TASK_CALLS);
    return turn;
}

/* The call came to nothing: its kind may know what that leaves behind. An error without a
 * code is none: the same is asked once more. */
static enum xa_task_turn came_to_nothing(struct xa_task *t, const struct xa_error *why,
                                         struct xa_error *err)
{
    *err = *why;
    if (t->kind->explain != NULL && err->code != XA_OK)
        t->kind->explain(t, err);
    return XA_TASK_FAILS;
}

static enum xa_task_turn took(struct xa_task *t, const struct xa_record *record,
                              struct xa_error *err)
{
    struct xa_error refusal = { 0 };
    if (!xa_act_refused(&t->act, record, &refusal)) {
        t->tries = 0;
        return not_a_call(t->kind->took(t, record, NULL, err));
    }
    if (comes_again(t, record))
        return XA_TASK_ANSWERS;
    if (refusal.code != XA_AWS_REFUSED)
        return came_to_nothing(t, &refusal, err);
    t->tries = 0;
    return not_a_call(t->kind->took(t, record, &refusal, err));
}

static void on_answer(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_task *t = ctx;
    struct xa_error err = { 0 };
    deed_end(t, record);
    enum xa_task_turn turn =
        record == NULL ? came_to_nothing(t, failure, &err) : took(t, record, &err);
    t->done(t->ctx, turn, &err);
}

static void keep_granted(struct xa_task *t, const struct xa_granted *granted)
{
    if (!xa_slice_copy(granted->issued->arn, t->granted_arn, sizeof t->granted_arn))
        t->granted_arn[0] = '\0';
    t->granted_until = granted->issued->expires_at;
}

/* Else the step comes to nothing, and is to be asked for again: the plan has changed, the
 * vault was locked, there is no room. */
static bool is_about_aws(const struct xa_error *failure)
{
    return failure->code != XA_OK && failure->code != XA_LOCKED && failure->code != XA_BUSY &&
           failure->code != XA_NO_MEMORY;
}

static void on_credentials(struct xa_waiter *waiter, const struct xa_granted *granted,
                           const struct xa_error *failure)
{
    struct xa_task *t = (void *)((char *)waiter - offsetof(struct xa_task, waiter));
    struct xa_error err = { 0 };
    if (granted != NULL)
        keep_granted(t, granted);
    else if (!is_about_aws(failure)) {
        t->done(t->ctx, XA_TASK_FAILS, failure);
        return;
    }
    t->done(t->ctx,
            not_a_call(t->kind->took(t, NULL, granted == NULL ? failure : NULL, &err)), &err);
}

static enum xa_outlook get_credentials(struct xa_task *t, uint32_t patience_ms,
                                       enum xa_task_turn *ret_turn,
                                       struct xa_question **ret_question, struct xa_error *err)
{
    const struct xa_ask ask = { .wish = &t->wanted, .has_person = t->request.asking.can_ask,
                                .patience_ms = patience_ms };
    struct xa_granted granted;
    struct xa_error why = { 0 };
    t->waiter.done = on_credentials;
    enum xa_outlook outlook =
        xa_broker_credentials(t->broker, &ask, &t->waiter, &granted, ret_question, &why);
    if (outlook != XA_ANSWERED && outlook != XA_FAILED)
        return outlook;
    if (outlook == XA_ANSWERED)
        keep_granted(t, &granted);
    else if (!is_about_aws(&why)) {
        (void)task_fail(err, &why);
        return XA_FAILED;
    }
    *ret_turn = not_a_call(t->kind->took(t, NULL, outlook == XA_FAILED ? &why : NULL, err));
    return XA_ANSWERED;
}

enum xa_outlook xa_task_call(struct xa_task *t, uint32_t patience_ms, xa_task_done_fn *done,
                             void *ctx, enum xa_task_turn *ret_turn,
                             struct xa_question **ret_question, struct xa_error *err)
{
    const struct xa_wish plain = { .name = xa_slice_of(t->signer),
                                   .profile = t->request.wish.profile,
                                   .mfa_code = t->request.wish.mfa_code };
    const struct xa_wish wish = t->as_wished ? t->request.wish : plain;
    const struct xa_ask ask = { .wish = &wish, .has_person = t->request.asking.can_ask,
                                .patience_ms = patience_ms };
    const struct xa_act_order order = { t->action, { t->form.at, t->form.len }, t->key,
                                       t->by_key };
    assert(!t->called);
    t->called = true;
    t->done = done;
    t->ctx = ctx;
    if (t->wanted.name.len > 0)
        return get_credentials(t, patience_ms, ret_turn, ret_question, err);
    struct xa_error why = { 0 };
    deed_begin(t);
    enum xa_outlook outlook =
        xa_act_begin(&t->act, t->broker, &ask, &order, on_answer, t, ret_question, &why);
    if (outlook == XA_FAILED)
        (void)came_to_nothing(t, &why, err);
    return outlook;
}

bool xa_task_is_committed(const struct xa_task *t)
{
    return xa_act_is_sent(&t->act);
}

const char *xa_task_deed(const struct xa_task *t)
{
    return t->deed;
}

struct xa_vault_job *xa_task_save(struct xa_task *t, struct xa_error *err)
{
    return t->kind->save(t, err);
}

enum xa_task_turn xa_task_saved(struct xa_task *t, bool ok, const struct xa_error *failure,
                                struct xa_error *err)
{
    return t->kind->saved(t, ok, failure, err);
}

/* A call that led nowhere is not made again at once, whatever its kind thinks of it (N12). */
static void rest(struct xa_task *t)
{
    uint8_t now[XA_HASH_LEN];
    place_digest(t, now);
    if (t->called && t->wait_ms < SAME_AGAIN_MS && xa_equal(now, t->begun_at, sizeof now))
        t->wait_ms = SAME_AGAIN_MS;
}

void xa_task_answer(struct xa_task *t, struct xa_task_result *ret)
{
    if (!t->finished)
        rest(t);
    *ret = (struct xa_task_result){
        .done = t->finished,
        .wait_ms = t->wait_ms,
        .question = xa_slice_of(t->question),
        .items = { t->items.at, t->items.len },
    };
    if (t->finished)
        return;
    place_write(t);
    ret->place = (struct xa_slice){ t->place_room, t->place_len };
}

struct xa_slice xa_task_forgets(const struct xa_task *t)
{
    return xa_slice_of(t->forgets);
}

/* --- for the kinds: what is asked ------------------------------------------------------------- */

static const char *version_of(enum xa_action action)
{
    return action == XA_ACTION_CALLER_IDENTITY ? STS_VERSION : IAM_VERSION;
}

void task_form(struct xa_task *t, enum xa_action action, struct xa_slice signer)
{
    const struct xa_deed *deed = xa_policy_deed(action, XA_IDENTITY_SOURCE, false);
    t->action = action;
    t->repeatable = true;
    t->form = xa_writer_init(t->form_room, sizeof t->form_room);
    if (deed == NULL || !xa_slice_copy(signer, t->signer, sizeof t->signer)) {
        t->form.bad = true;
        return;
    }
    xa_query_add(&t->form, "Action", xa_slice_of(deed->name));
    xa_query_add(&t->form, "Version", xa_slice_of(version_of(action)));
}

enum xa_task_turn task_call(struct xa_task *t, struct xa_error *err)
{
    if (!t->form.bad)
        return XA_TASK_CALLS;
    xa_fail(err, XA_USAGE, "what AWS is to be told is too long");
    return XA_TASK_FAILS;
}

enum xa_task_turn task_credentials(struct xa_task *t, const struct xa_wish *wish)
{
    t->wanted = *wish;
    return XA_TASK_CALLS;
}

/* --- for the kinds: how it goes on ------------------------------------------------------------ */

enum xa_task_turn task_go(struct xa_task *t, uint16_t step)
{
    if (step != t->step)
        t->agreed = false;
    return task_go_agreed(t, step);
}

enum xa_task_turn task_go_agreed(struct xa_task *t, uint16_t step)
{
    if (step != t->step)
        t->count = 0;
    t->step = step;
    return XA_TASK_ANSWERS;
}

enum xa_task_turn task_again(struct xa_task *t, uint32_t wait_ms)
{
    t->wait_ms = wait_ms;
    return XA_TASK_ANSWERS;
}

enum xa_task_turn task_end(struct xa_task *t)
{
    t->finished = true;
    return XA_TASK_ANSWERS;
}

enum xa_task_turn task_fail(struct xa_error *err, const struct xa_error *why)
{
    if (err != NULL)
        *err = *why;
    return XA_TASK_FAILS;
}

enum xa_task_turn task_ask(struct xa_task *t, uint16_t step, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->question, sizeof t->question, fmt, args);
    va_end(args);
    size_t len = strlen(t->question);
    if (t->unshown)
        snprintf(t->question + len, sizeof t->question - len, " (what is there is too long to be "
                 "shown)");
    t->agreed = false;
    return task_go(t, step);
}

/* --- for the kinds: what the person hears ----------------------------------------------------- */

static void append(struct xa_task *t, const struct xa_item *item)
{
    static const struct xa_item cut = { .kind = XA_ITEM_WARNING,
                                        .text = { (const uint8_t *)"more is not shown", 17 } };
    struct xa_writer before = t->items;
    if (t->items.cap == sizeof t->items_room)
        return;                        /* it is said already */
    xa_list_append(&t->items, &xa_msg_item, item);
    if (!t->items.bad)
        return;
    t->items = before;
    t->items.cap = sizeof t->items_room;
    xa_list_append(&t->items, &xa_msg_item, &cut);
}

void task_tell(struct xa_task *t, enum xa_item_kind kind, struct xa_slice subject,
               const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    task_show(t, kind, subject, text, (struct xa_slice){ 0 });
}

void task_show(struct xa_task *t, enum xa_item_kind kind, struct xa_slice subject,
               const char *text, struct xa_slice document)
{
    struct xa_item item = { (uint32_t)kind, subject, xa_slice_of(text), document };
    if (document.len > XA_DOCUMENT_MAX) {
        t->unshown = true;
        item.document.len = 0;
    }
    append(t, &item);
}

/* --- for the kinds: whom it is about ---------------------------------------------------------- */

bool task_refused_as(const struct xa_error *refusal, const char *aws_code)
{
    return refusal != NULL && strcmp(refusal->aws_code, aws_code) == 0;
}

static void suggest(struct xa_vault *vault, struct xa_slice name, struct xa_error *err)
{
    struct xa_near near = xa_near_begin(name);
    struct xa_vault_info info;
    for (size_t i = 0; xa_vault_info_at(vault, i, &info); i++)
        if (xa_near_offer(&near, xa_slice_of(info.name)))
            xa_why(err, "did you mean '%s'?", info.name);
}

bool accounts_source(struct xa_vault *vault, struct xa_slice name, struct xa_vault_info *ret,
                     struct xa_error *err)
{
    int len = (int)name.len;
    const char *text = len > 0 ? (const char *)name.at : "";
    if (!xa_vault_find(vault, name, ret)) {
        xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key for the source '%.*s'", len, text);
        suggest(vault, name, err);
        return xa_hint(err, "xacct list");
    }
    if (ret->arn[0] != '\0')
        return true;
    xa_fail(err, XA_USAGE, "whose key '%.*s' is was never proven", len, text);
    return xa_hint(err, "xacct whoami %.*s", len, text);
}

bool task_source(struct xa_task *t, struct xa_slice name, struct xa_vault_info *ret,
                 struct xa_error *err)
{
    return accounts_source(t->vault, name, ret, err);
}
