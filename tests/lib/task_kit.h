/* For tests of long work: the client's side of it, a step after the other, and the fake AWS of
 * broker_kit.h behind it. Include after <cmocka.h>. */
#ifndef XA_TESTS_LIB_TASK_KIT_H
#define XA_TESTS_LIB_TASK_KIT_H

#include "agent/accounts/task_impl.h"
#include "tests/lib/broker_kit.h"

#define ROLE "arn:aws:iam::222222222222:role/"

/* What the client says each time, and what came of it. */
extern struct step {
    struct xa_task_request request;
    uint8_t type, place[XA_PLACE_MAX];
    struct xa_task *task;
    enum xa_task_turn turn;
    bool ended;                        /* the step's call has come back                */
    struct xa_error err;
    char heard[8192];                  /* the items, a line each                       */
    struct xa_task_result result;
} step;

/* Set up and torn down around each test: a source `main`, the destinations `prod` and `owner`. */
int step_start(void **state);
int step_end(void **state);

/* The request, decoded; false: step.err. */
bool step_open(void);

/* Begins a step: XA_WILL_ANSWER if a call is under way, XA_ANSWERED if none is needed. */
enum xa_outlook step_ask(void);

/* Takes the step's answer, as the client does: its items, and its place for the next. */
void step_take(void);

/* Begins one, which must make this call, and no other. */
void step_sends(const char *form);

/* AWS answers, and the step's answer is taken; or refuses; or gives out a role's credentials. */
void step_answer(const char *details);
void step_refuse(const char *aws_code, const char *message);
void step_issue(const char *role);

#endif
