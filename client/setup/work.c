/* The agent's work, step by step, and what is heard of it: each part finds what an earlier run
 * has done. */
#include <string.h>
#include <unistd.h>

#include "client/base/json.h"
#include "client/base/json_indent.h"
#include "client/requests/task.h"
#include "client/setup/steps.h"

#define ITEMS_ROOM (32 * 1024)

/* What was done, for --json: lists of objects under way. */
static struct { char at[ITEMS_ROOM]; size_t n; } gathered;

struct doing {
    struct xa_setup *setup;
    struct xa_out items;
    struct xa_json json;
};

/* --- what is heard -------------------------------------------------------------------------- */

static void show_document(const struct xa_item *item)
{
    char room[4096];
    struct xa_error unsaid;
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    xa_out_slice(&o, item->text);
    if (item->document.len > 0) {
        xa_out_text(&o, ":\n    ");
        xa_json_indent(&o, item->document, 4);
    }
    xa_out_char(&o, '\n');
    (void)!xa_out_finish(&o, &unsaid);
}

/* What became of a thing: as a person reads it, and as --json has it, which stays so. */
struct word { const char *said, *stable; };

static struct word word_of(uint32_t kind, bool undo)
{
    static const struct { uint32_t kind; struct word done, undone; } words[] = {
        { XA_ITEM_MADE, { "made", "made" }, { "made", "made" } },
        { XA_ITEM_CHANGED, { "changed", "changed" }, { "taken back", "taken-back" } },
        { XA_ITEM_SAME, { "as it should be", "same" }, { "not there", "absent" } },
        { XA_ITEM_WARNING, { "warning", "warning" }, { "left", "left" } },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == kind)
            return undo ? words[i].undone : words[i].done;
    return (struct word){ "note", "note" };
}

static void gather(struct doing *d, const struct xa_item *item)
{
    struct xa_out before = d->items;
    xa_json_open(&d->json, NULL, '{');
    xa_json_text(&d->json, "result", xa_slice_of(word_of(item->kind, d->setup->ask.undo).stable));
    xa_json_text(&d->json, "subject", item->subject);
    xa_json_text(&d->json, "text", item->text);
    xa_json_close(&d->json, '}');
    if (d->items.failed)
        d->items = before;
}

/* What undo leaves is told to who wants no words, too: somebody must look after it. */
static void tell(struct xa_setup *s, const struct xa_item *item)
{
    const char *word = word_of(item->kind, s->ask.undo).said;
    if (s->ask.undo && item->kind == XA_ITEM_WARNING) {
        s->left = true;
        xa_setup_warn("%s: %.*s", word, (int)item->text.len, (const char *)item->text.at);
    } else {
        xa_setup_say(s, "%s: %.*s", word, (int)item->text.len, (const char *)item->text.at);
    }
}

/* A document is shown even to who wants no words: the question behind it is about it. */
static void on_item(void *ctx, const struct xa_item *item)
{
    struct doing *d = ctx;
    if (item->kind == XA_ITEM_CHANGED || item->kind == XA_ITEM_MADE)
        d->setup->changed = true;
    if (item->kind == XA_ITEM_NOW || item->kind == XA_ITEM_THEN) {
        show_document(item);
        return;
    }
    gather(d, item);
    tell(d->setup, item);
}

/* What undo asks is about what others made: --yes was not said of that. */
bool xa_setup_work(struct xa_setup *s, struct xa_error *err)
{
    struct doing d = { s, xa_out_begin(-1, gathered.at, sizeof gathered.at), { 0 } };
    const struct xa_task_run work = {
        .type = XA_SETUP, .request = &s->ask, .progress = "asking AWS …", .item = on_item, .ctx = &d,
        .yes = !s->ask.undo && xa_options_has(&s->client->opt, XA_OPT_YES),
        .goes_on = s->ask.undo,
        .refused = "the role is left as it was",
    };
    d.items.whole = true;
    d.json = xa_json_begin(&d.items);
    xa_json_open(&d.json, NULL, '[');
    bool ok = xa_task_run(s->client, &work, err);
    xa_json_close(&d.json, ']');
    gathered.n = d.items.failed ? 0 : d.items.len;
    return ok;
}

struct xa_slice xa_setup_gathered(void)
{
    return gathered.n > 0 ? (struct xa_slice){ (const uint8_t *)gathered.at, gathered.n }
                          : xa_slice_of("[]");
}
