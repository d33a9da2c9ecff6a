/* Places in long work that are sealed as the agent seals them, and say what a test wants: for
 * seeing that a step makes of no place what it must not. */
#ifndef XA_TESTS_LIB_PLACE_KIT_H
#define XA_TESTS_LIB_PLACE_KIT_H

#include <string.h>

#include "agent/accounts/task_impl.h"
#include "tests/lib/broker_kit.h"

struct kit_place {
    uint16_t step;
    uint32_t flags, count;
    uint8_t tries;
    bool asked;                        /* a question stands before its step              */
    const char *notes;
};

/* Its length in room[XA_PLACE_MAX]; 0: there is no such work for this request. */
static inline size_t kit_seal_place(uint8_t type, const struct xa_task_request *request,
                                    const struct kit_place *place, uint8_t *room)
{
    static uint8_t body[XA_REQUEST_MAX];
    struct xa_task_request anew = *request;
    struct xa_writer w = xa_writer_init(body, sizeof body);
    struct xa_task_result result;
    anew.place = (struct xa_slice){ 0 };
    xa_message_encode(xa_message_of_request(type), &anew, &w);
    struct xa_task *task = w.bad ? NULL
                                 : xa_task_new(kit.broker, kit.vault, type,
                                               (struct xa_slice){ body, w.len }, kit.wall_s, NULL);
    if (task == NULL)
        return 0;
    task->step = place->step;
    task->flags = place->flags;
    task->count = place->count;
    task->tries = place->tries;
    task->question[0] = place->asked ? '?' : '\0';
    task->notes_len = strlen(place->notes);
    memcpy(task->notes, place->notes, task->notes_len);
    xa_task_answer(task, &result);
    memcpy(room, result.place.at, result.place.len);
    size_t len = result.place.len;
    xa_task_free(&task);
    return len;
}

#endif
