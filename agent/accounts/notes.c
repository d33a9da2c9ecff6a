/* What a task keeps in mind from step to step: the notes of its place. */
#include <string.h>

#include "agent/accounts/task_impl.h"

bool task_note(struct xa_task *t, const char *key, struct xa_slice value)
{
    struct xa_writer w = xa_writer_init(t->notes, sizeof t->notes);
    w.len = t->notes_len;
    xa_write_bytes(&w, key, strlen(key));
    xa_write_u8(&w, ' ');
    if (value.len > 0)
        xa_write_bytes(&w, value.at, value.len);
    xa_write_u8(&w, '\n');
    if (w.bad || !xa_text_printable(value))
        return false;
    t->notes_len = w.len;
    return true;
}

/* Forgets the notes of this key, at most n of them. */
static void forget(struct xa_task *t, const char *key, size_t n)
{
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    size_t kept = 0;
    for (const uint8_t *start = rest.at; xa_detail_next(&rest, &line); start = rest.at) {
        size_t len = (size_t)(rest.at - start);
        if (n > 0 && xa_slice_is(line.key, key)) {
            n--;
            continue;
        }
        memmove(t->notes + kept, start, len);
        kept += len;
    }
    t->notes_len = kept;
}

void task_forget_notes(struct xa_task *t, const char *key)
{
    forget(t, key, SIZE_MAX);
}

void task_forget_first_note(struct xa_task *t, const char *key)
{
    forget(t, key, 1);
}

bool task_renote(struct xa_task *t, const char *key, struct xa_slice value)
{
    task_forget_notes(t, key);
    return task_note(t, key, value);
}

struct xa_slice task_notes(const struct xa_task *t)
{
    return (struct xa_slice){ (const uint8_t *)t->notes, t->notes_len };
}

struct xa_slice task_noted(const struct xa_task *t, const char *key)
{
    return xa_details_find(task_notes(t), key);
}
