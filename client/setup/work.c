/* The agent's work, step by step, and what is heard of it: each part finds what an earlier run
 * has done. */
#include <string.h>
#include <unistd.h>

#include "client/base/diff.h"
#include "client/base/json.h"
#include "client/base/json_indent.h"
#include "client/requests/task.h"
#include "client/setup/steps.h"

#define ITEMS_ROOM (32 * 1024)
#define DOCUMENT_ROOM (16 * XA_DOCUMENT_MAX)     /* a sign a line, far in, at the worst */

/* What was done, for --json: lists of objects under way. */
static struct { char at[ITEMS_ROOM]; size_t n; } gathered;

struct doing {
    struct xa_setup *setup;
    struct xa_out items;
    struct xa_json json;
    struct xa_item now;                /* borrows the answer                       */
};

/* --- what is heard -------------------------------------------------------------------------- */

/* A document in lines; false: there is no room for all of them. */
static bool indent(struct xa_slice document, char room[DOCUMENT_ROOM], struct xa_slice *ret)
{
    struct xa_out o = xa_out_begin(-1, room, DOCUMENT_ROOM);
    o.whole = true;
    xa_json_indent(&o, document, 0);
    xa_out_char(&o, '\n');
    *ret = (struct xa_slice){ (const uint8_t *)room, o.len };
    return !o.failed;
}

static void put_document(struct xa_out *o, const struct xa_item *item)
{
    xa_out_slice(o, item->text);
    if (item->document.len > 0) {
        xa_out_text(o, ":\n    ");
        xa_json_indent(o, item->document, 4);
    }
    xa_out_char(o, '\n');
}

static void show_alone(const struct xa_item *item)
{
    char room[4096];
    struct xa_error unsaid;
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    put_document(&o, item);
    (void)!xa_out_finish(&o, &unsaid);
}

/* What would change, line by line; both documents where that cannot be had. */
static void show_change(const struct xa_item *now, const struct xa_item *then)
{
    static char old_room[DOCUMENT_ROOM], fresh_room[DOCUMENT_ROOM];
    char room[4096], old_name[128], fresh_name[128];
    struct xa_error unsaid;
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    struct xa_diff diff = { old_name, fresh_name, .around = 3 };
    if (now->document.len > 0 && indent(now->document, old_room, &diff.old) &&
        indent(then->document, fresh_room, &diff.fresh) &&
        xa_slice_copy(now->text, old_name, sizeof old_name) &&
        xa_slice_copy(then->text, fresh_name, sizeof fresh_name)) {
        xa_diff(&o, &diff);
    } else {
        put_document(&o, now);
        put_document(&o, then);
    }
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

/* What stands, and what would, is shown even to who wants no words: the question behind it is
 * about it. The two of one change stand side by side in an answer of the agent's, what stands
 * first; undo changes none. */
static void show(struct doing *d, const struct xa_item *item)
{
    bool is_pair = d->now.text.len > 0 && item->kind == XA_ITEM_THEN;
    if (is_pair)
        show_change(&d->now, item);
    else if (item->kind == XA_ITEM_THEN || item->document.len == 0 || d->setup->ask.undo)
        show_alone(item);
    d->now = (struct xa_item){ 0 };
    if (item->kind == XA_ITEM_NOW && item->document.len > 0)
        d->now = *item;
}

static void on_item(void *ctx, const struct xa_item *item)
{
    struct doing *d = ctx;
    if (item->kind == XA_ITEM_CHANGED || item->kind == XA_ITEM_MADE)
        d->setup->changed = true;
    if (item->kind == XA_ITEM_NOW || item->kind == XA_ITEM_THEN) {
        show(d, item);
        return;
    }
    gather(d, item);
    tell(d->setup, item);
}

/* A permission that is no policy's name: which one may have been meant? */
static bool suggest(const struct xa_setup *s, struct xa_error *err)
{
    struct xa_slice rest = s->plan.permissions;
    char arn[XA_ARN_MAX + 1];
    if (strcmp(err->aws_code, "NoSuchEntity") != 0)
        return false;
    while (rest.len > 0) {
        if (!xa_slice_copy(xa_slice_cut(&rest, ','), arn, sizeof arn) ||
            strstr(err->message, arn) == NULL)
            continue;
        const char *near = xa_setup_well_known(arn);
        if (near != NULL)
            return xa_why(err, "did you mean %s%s?", strchr(near, '/') != NULL
                          ? "arn:aws:iam::aws:policy/" : "", near);
    }
    return false;
}

/* What undo asks is about what others made: --yes was not said of that. */
bool xa_setup_work(struct xa_setup *s, struct xa_error *err)
{
    struct doing d = { .setup = s, .items = xa_out_begin(-1, gathered.at, sizeof gathered.at) };
    const struct xa_task_run work = {
        .type = XA_SETUP, .request = &s->ask, .progress = "asking AWS …", .item = on_item, .ctx = &d,
        .yes = !s->ask.undo && xa_options_has(&s->client->opt, XA_OPT_YES),
        .goes_on = s->ask.undo,
        .refused = "the role is left as it was",
    };
    d.items.whole = true;
    d.json = xa_json_begin(&d.items);
    xa_json_open(&d.json, NULL, '[');
    bool ok = xa_task_run(s->client, &work, err) || suggest(s, err);
    xa_json_close(&d.json, ']');
    gathered.n = d.items.failed ? 0 : d.items.len;
    return ok;
}

struct xa_slice xa_setup_gathered(void)
{
    return gathered.n > 0 ? (struct xa_slice){ (const uint8_t *)gathered.at, gathered.n }
                          : xa_slice_of("[]");
}
