#include "client/requests/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/asking/ask.h"
#include "client/base/progress.h"
#include "client/requests/request.h"
#include "proto/limits.h"

#define STEPS_MAX 2000               /* no work has as many: then it goes round in circles   */
#define WAIT_MAX_MS 60000
#define CONNECTED_MS 20000           /* the agent closes a connection that is idle for a minute */
#define PROGRESS_SIZE 200

static struct {
    uint8_t place[XA_PLACE_MAX];
    char progress[PROGRESS_SIZE];
    char question[1024 + 16];
} room;

void xa_task_wait(const struct xa_client *c, const char *text, uint32_t ms)
{
    struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };
    if (ms == 0)
        return;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET) && ms >= XA_PROGRESS_AFTER_MS)
        xa_progress_show(text);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    xa_progress_clear();
}

/* Who waits reads what is being done, not what was. */
static void note_progress(const struct xa_item *item)
{
    snprintf(room.progress, sizeof room.progress, "%.*s …", (int)item->text.len,
             item->text.len > 0 ? (const char *)item->text.at : "");
    xa_text_plain(room.progress);
}

static bool hand_on(const struct xa_task_run *run, struct xa_slice items, struct xa_error *err)
{
    struct xa_item item;
    while (xa_list_next(&items, &xa_msg_item, &item, err)) {
        if (item.kind == XA_ITEM_NEXT)
            note_progress(&item);
        else
            run->item(run->ctx, &item);
    }
    return err->code == XA_OK;
}

static bool keep_place(struct xa_task_request *request, struct xa_slice place,
                       struct xa_error *err)
{
    if (place.len > sizeof room.place)
        return xa_fail(err, XA_BAD_MESSAGE, "the agent's place in the work is too long");
    if (place.len > 0)
        memcpy(room.place, place.at, place.len);
    request->place = (struct xa_slice){ room.place, place.len };
    return true;
}

/* The connection is not kept while a person thinks: the agent closes an idle one. */
static bool confirm(struct xa_client *c, const struct xa_task_run *run, struct xa_slice question,
                    struct xa_error *err)
{
    run->request->confirmed = run->yes || !run->goes_on || xa_ask_person_possible(c);
    if (run->yes || !run->request->confirmed)
        return true;
    snprintf(room.question, sizeof room.question, "%.*s [y/N] ", (int)question.len,
             (const char *)question.at);
    xa_text_plain(room.question);
    xa_link_close(&c->link);
    return xa_ask_yes(c, room.question, run->refused, err);
}

static bool step(struct xa_client *c, const struct xa_task_run *run,
                 struct xa_task_result *ret, struct xa_error *err)
{
    struct xa_call call = { run->type, xa_message_of_request(run->type), run->request,
                            &run->request->asking, &xa_msg_task_result, ret, room.progress };
    *ret = (struct xa_task_result){ 0 };
    return xa_request(c, &call, err) && hand_on(run, ret->items, err) &&
           keep_place(run->request, ret->place, err);
}

bool xa_task_run(struct xa_client *c, const struct xa_task_run *run, struct xa_error *err)
{
    struct xa_task_result r;
    snprintf(room.progress, sizeof room.progress, "%s", run->progress);
    run->request->place = (struct xa_slice){ 0 };
    run->request->confirmed = false;
    for (int i = 0; i < STEPS_MAX; i++) {
        if (!step(c, run, &r, err))
            return false;
        run->request->confirmed = false;
        if (r.done)
            return true;
        if (r.question.len > 0 && !confirm(c, run, r.question, err))
            return false;
        if (r.wait_ms > CONNECTED_MS)
            xa_link_close(&c->link);
        xa_task_wait(c, room.progress, r.wait_ms < WAIT_MAX_MS ? r.wait_ms : WAIT_MAX_MS);
    }
    return xa_fail(err, XA_BAD_MESSAGE, "the agent's work has no end");
}
