/* The place that a client sends back to go on with list --discover from, as it comes, and under
 * a seal as if the agent had written it: whatever it says, each step asks AWS once at most,
 * only to read, in the name of the source's user, and what is answered makes a place that is
 * one. Bytes without a seal count as none. */
#include "agent/accounts/task_impl.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/place_kit.h"

#define STEPS_MAX 16

static const char answer[] =
    "policy arn:p\nname n\ngroup g\nversion v\nmore m\nstatement -\neffect Allow\naction sts:*\n"
    "resource arn:aws:iam::222222222222:role/A\nresource *\nstatement s\neffect Deny\n"
    "notaction x\nnotresource arn:aws:iam::222222222222:role/B\n";

static struct xa_task *task;
static enum xa_task_turn turn;
static bool answered;

static void on_done(void *ctx, enum xa_task_turn how, const struct xa_error *err)
{
    (void)ctx;
    (void)err;
    HOLDS(!answered && how != XA_TASK_CALLS && how != XA_TASK_SAVES);
    answered = true;
    turn = how;
}

static struct xa_task *open_task(struct xa_slice place)
{
    static uint8_t body[XA_REQUEST_MAX];
    const struct xa_task_request request = { .wish = { .name = xa_slice_of("main") },
                                             .place = place };
    struct xa_writer w = xa_writer_init(body, sizeof body);
    xa_message_encode(&xa_msg_discover, &request, &w);
    return w.bad ? NULL : xa_task_new(kit.broker, kit.vault, XA_DISCOVER,
                                      (struct xa_slice){ body, w.len }, kit.wall_s, NULL);
}

static bool only_reads(struct xa_slice form)
{
    static const char *const starts[] = { "Action=Get", "Action=List", "Action=Simulate" };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (form.len > strlen(starts[i]) && memcmp(form.at, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* What is in the place may be long, and AWS's to refuse. */
static bool call(unsigned n)
{
    struct xa_question *question = NULL;
    struct xa_error err;
    answered = false;
    if (xa_task_call(task, 0, on_done, NULL, &turn, &question, &err) != XA_WILL_ANSWER)
        return false;
    HOLDS(kit.calls != NULL && kit.calls->next == NULL && only_reads(kit.calls->request.body));
    struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                                .details = xa_slice_of(answer) };
    if (n % 3 == 2)
        record = kit_error(403, n % 2 == 0 ? "AccessDenied" : "NoSuchEntity", "");
    kit_answer(&record);
    HOLDS(answered);
    return true;
}

static bool step(unsigned n)
{
    turn = xa_task_begin(task, NULL);
    return turn == XA_TASK_CALLS ? call(n) && turn == XA_TASK_ANSWERS : turn == XA_TASK_ANSWERS;
}

static void go_on(struct xa_slice from)
{
    static uint8_t place[XA_PLACE_MAX];
    task = open_task(from);
    for (unsigned n = 0; task != NULL && n < STEPS_MAX; n++) {
        struct xa_task_result result = { 0 };
        bool on = step(n);
        if (on) {
            xa_task_answer(task, &result);
            HOLDS(result.place.len <= sizeof place && result.done == (result.place.len == 0));
            if (result.place.len > 0)
                memcpy(place, result.place.at, result.place.len);
            kit_pass_ms(result.wait_ms);
        }
        xa_task_free(&task);
        if (!on || result.done)
            break;
        task = open_task((struct xa_slice){ place, result.place.len });
        HOLDS(task != NULL);
    }
    xa_task_free(&task);
}

/* Step, flags, count, tries and notes behind two bytes and the notes' length in front of them;
 * notes that are no lines are never written. */
static size_t seal(struct xa_slice data, uint8_t *place)
{
    static char notes[TASK_NOTES_MAX];
    const struct xa_task_request request = { .wish = { .name = xa_slice_of("main") } };
    struct xa_reader r = xa_reader_init(data);
    struct xa_detail line;
    (void)xa_read_u16(&r);
    struct kit_place said = { .notes = notes };
    said.step = xa_read_u16(&r);
    said.flags = xa_read_u32(&r);
    said.count = xa_read_u32(&r);
    said.tries = xa_read_u8(&r);
    struct xa_slice lines = xa_read_bytes(&r, xa_read_u16(&r)), rest = lines;
    while (xa_detail_next(&rest, &line))
        ;
    if (!xa_read_done(&r) || rest.len > 0 || lines.len >= sizeof notes)
        return 0;
    if (lines.len > 0)
        memcpy(notes, lines.at, lines.len);
    notes[lines.len] = '\0';
    return kit_seal_place(XA_DISCOVER, &request, &said, place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t place[XA_PLACE_MAX];
    static bool ready;
    void *state = NULL;
    if (!ready) {
        HOLDS(kit_start(&state) == 0);
        kit_configure("[source main]\nregion = eu-west-1\n");
        ready = true;
    }
    if (size > sizeof place)
        return 0;
    task = open_task((struct xa_slice){ data, size });
    HOLDS(task != NULL && task->step == 0 && task->notes_len == 0);
    xa_task_free(&task);
    size_t len = seal((struct xa_slice){ data, size }, place);
    if (len > 0)
        go_on((struct xa_slice){ place, len });
    return 0;
}
