#include "tests/lib/task_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/task_impl.h"
#include "tests/lib/vault_kit.h"

#define CONFIG                                                                                     \
    "[source main]\nregion = eu-west-1\n"                                                        \
    "[dest prod]\naccount = 222222222222\nrole = Admin\nsource = main\n"                         \
    "[dest owner]\naccount = 222222222222\nrole = Owner\nsource = main\n"

struct step step;

int step_start(void **state)
{
    memset(&step.request, 0, sizeof step.request);
    step.heard[0] = '\0';
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

int step_end(void **state)
{
    xa_task_free(&step.task);
    return kit_end(state);
}

static void on_done(void *ctx, enum xa_task_turn how, const struct xa_error *failure)
{
    assert_null(ctx);
    assert_false(step.ended);
    step.ended = true;
    step.turn = how;
    step.err = *failure;
}

bool step_open(void)
{
    uint8_t body[XA_REQUEST_MAX];
    struct xa_writer w = xa_writer_init(body, sizeof body);
    xa_task_free(&step.task);
    xa_message_encode(xa_message_of_request(step.type), &step.request, &w);
    assert_false(w.bad);
    step.task = xa_task_new(kit.broker, kit.vault, step.type, (struct xa_slice){ body, w.len },
                            xa_broker_time(kit.broker), &step.err);
    return step.task != NULL;
}

enum xa_outlook step_ask(void)
{
    struct xa_question *question = NULL;
    memset(&step.err, 0, sizeof step.err);
    step.ended = false;
    if (!step_open())
        return XA_FAILED;
    step.turn = xa_task_begin(step.task, &step.err);
    if (step.turn != XA_TASK_CALLS)
        return step.turn == XA_TASK_FAILS ? XA_FAILED : XA_ANSWERED;
    enum xa_outlook outlook =
        xa_task_call(step.task, 0, on_done, NULL, &step.turn, &question, &step.err);
    xa_question_free(&question);
    return outlook;
}

void step_take(void)
{
    struct xa_item item;
    struct xa_error bad;
    assert_int_equal(step.turn, XA_TASK_ANSWERS);
    xa_task_answer(step.task, &step.result);
    assert_true(step.result.place.len <= sizeof step.place);
    assert_true(step.result.done == (step.result.place.len == 0));
    if (step.result.place.len > 0)
        memcpy(step.place, step.result.place.at, step.result.place.len);
    step.request.place = (struct xa_slice){ step.place, step.result.place.len };
    while (xa_list_next(&step.result.items, &xa_msg_item, &item, &bad)) {
        size_t len = strlen(step.heard);
        snprintf(step.heard + len, sizeof step.heard - len, "%u %.*s %.*s\n", item.kind,
                 (int)item.subject.len, item.subject.len > 0 ? (const char *)item.subject.at : "",
                 (int)item.text.len, item.text.len > 0 ? (const char *)item.text.at : "");
    }
    assert_int_equal(bad.code, XA_OK);
}

void step_answer(const char *details)
{
    const struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                                      .date_s = kit.wall_s, .details = xa_slice_of(details) };
    kit_answer(&record);
    assert_true(step.ended);
    step_take();
}

void step_refuse(const char *aws_code, const char *message)
{
    struct xa_record record = kit_error(403, aws_code, message);
    kit_answer(&record);
    assert_true(step.ended);
}

void step_sends(const char *form)
{
    const enum xa_outlook outlook = step_ask();
    if (outlook == XA_FAILED)
        fail_msg("%s", step.err.message);
    assert_int_equal(outlook, XA_WILL_ANSWER);
    assert_non_null(kit.calls);
    assert_null(kit.calls->next);              /* one a step */
    if (!xa_slice_is(kit.calls->request.body, form))
        fail_msg("%.*s\nis not\n%s", (int)kit.calls->request.body.len,
                 (const char *)kit.calls->request.body.at, form);
}

void step_issue(const char *role)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, role, 3600);
    assert_true(kit_first("Action=AssumeRole"));
    kit_answer(&record);
}
