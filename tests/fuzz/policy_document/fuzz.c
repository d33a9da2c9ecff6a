/* A policy document as IAM sends it: percent-encoded JSON. Both of its forms are
 * printable, and the normal one stays what it is. */
#include "agent/courier/exchange.h"
#include "agent/courier/reply_policy.h"
#include "tests/fuzz/fuzz.h"

static struct xa_slice written(const struct xa_writer *w)
{
    return (struct xa_slice){ w->at, w->len };
}

static void normal_form(struct xa_slice json)
{
    static uint8_t once_room[64 * 1024], again_room[64 * 1024];
    struct xa_writer once = xa_writer_init(once_room, sizeof once_room);
    struct xa_writer again = xa_writer_init(again_room, sizeof again_room);
    if (!xa_reply_policy_normalise(json, &once))
        return;
    HOLDS(xa_text_printable(written(&once)) && once.len >= 2);
    for (size_t i = 0; i < once.len; i++)
        HOLDS(once.at[i] < 0x7f);
    HOLDS(xa_reply_policy_normalise(written(&once), &again));
    HOLDS(same(written(&once), written(&again)));
}

static void both_forms(struct xa_slice json)
{
    static uint8_t document_room[64 * 1024], lines_room[XA_DETAILS_MAX], again_room[XA_DETAILS_MAX];
    struct xa_writer document = xa_writer_init(document_room, sizeof document_room);
    struct xa_writer lines = xa_writer_init(lines_room, sizeof lines_room);
    struct xa_writer again = xa_writer_init(again_room, sizeof again_room), none = { 0 };
    if (xa_reply_policy(json, &document, &lines) != NULL || lines.bad)
        return;
    const struct xa_record record = { .outcome = XA_OUTCOME_ANSWERED, .status = 200,
                                      .details = written(&lines) };
    HOLDS(xa_record_sound(&record));
    if (document.bad)
        return;
    HOLDS(xa_reply_policy(written(&document), &none, &again) == NULL && none.bad);
    HOLDS(same(written(&lines), written(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + (size == 0));
    size_t len = size;
    HOLDS(text != NULL);
    memcpy(text, data, size);
    if (xa_reply_policy_decode(text, &len)) {
        HOLDS(len <= size);
        normal_form((struct xa_slice){ (const uint8_t *)text, len });
        both_forms((struct xa_slice){ (const uint8_t *)text, len });
    } else {
        HOLDS(memchr(data, '%', size) != NULL);
    }
    free(text);
    return 0;
}
