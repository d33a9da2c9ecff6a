#include "client/doctor/dest.h"

#include <stdio.h>
#include <string.h>

#include "client/base/json_indent.h"
#include "client/base/screen.h"
#include "client/doctor/doctor.h"
#include "client/requests/task.h"
#include "client/requests/wish.h"

#define ITEMS_MAX (64 * 1024)        /* a dozen findings, a few of them with a statement */
#define TEXT_MAX 1100
#define COLUMN 9                     /* behind "verdict"                                 */
#define STATEMENT_INDENT 4
#define EXIT_REFUSED 6
#define EXIT_FINDING 1

/* What was found, kept until it is known whether the walk came to its end. */
static struct {
    struct xa_writer items;
    uint8_t at[ITEMS_MAX];
} found;

static void on_item(void *ctx, const struct xa_item *item)
{
    struct xa_writer before = found.items;
    (void)ctx;
    xa_list_append(&found.items, &xa_msg_item, item);
    if (found.items.bad)
        found.items = before;
}

static bool next_of(struct xa_slice *rest, struct xa_item *ret)
{
    struct xa_error err = { 0 };
    return xa_list_next(rest, &xa_msg_item, ret, &err);
}

static struct xa_slice all(void)
{
    return (struct xa_slice){ found.items.at, found.items.len };
}

/* The text of an item, on one line and fit for a terminal. */
static const char *plain(struct xa_slice text, char room[TEXT_MAX])
{
    snprintf(room, TEXT_MAX, "%.*s", (int)text.len, text.len > 0 ? (const char *)text.at : "");
    xa_text_plain(room);
    return room;
}

static bool is_check(const struct xa_item *item, enum xa_health *ret)
{
    switch ((enum xa_item_kind)item->kind) {
    case XA_ITEM_SAME: *ret = XA_WELL; return true;
    case XA_ITEM_NOTE: *ret = XA_UNKNOWN; return true;
    case XA_ITEM_WARNING: *ret = XA_ILL; return true;
    default: return false;
    }
}

static void show_check(struct xa_doctor *d, const struct xa_item *item, enum xa_health health)
{
    char name[64], text[TEXT_MAX];
    snprintf(name, sizeof name, "%.*s", (int)item->subject.len,
             item->subject.len > 0 ? (const char *)item->subject.at : "");
    plain(item->text, text);
    if (health == XA_WELL)
        xa_doctor_well(d, name, "%s", text);
    else
        xa_doctor_finds(d, health, name, NULL, "%s", text);
}

/* "sure: why" (PROTOCOL.md, DOCTOR). */
static struct xa_slice split_verdict(const struct xa_item *item, struct xa_slice *ret_why)
{
    *ret_why = item->text;
    struct xa_slice sure = xa_slice_cut(ret_why, ':');
    if (ret_why->len > 0 && ret_why->at[0] == ' ')
        *ret_why = (struct xa_slice){ ret_why->at + 1, ret_why->len - 1 };
    return sure;
}

/* --- words ------------------------------------------------------------------------------- */

static void wrapped(struct xa_out *o, const char *label, const char *text)
{
    xa_out_padded(o, xa_slice_of(label), COLUMN);
    xa_out_wrapped(o, text, COLUMN, COLUMN, xa_screen_columns());
    xa_out_char(o, '\n');
}

static void say_verdict(struct xa_out *o, const struct xa_item *item)
{
    char why[TEXT_MAX], line[TEXT_MAX + 200];
    struct xa_slice text, sure = split_verdict(item, &text);
    bool said = xa_slice_same(sure, item->subject);      /* that it is not known */
    snprintf(line, sizeof line, "%.*s%s%.*s%s: %s", (int)item->subject.len,
             (const char *)item->subject.at, said ? "" : " (", said ? 0 : (int)sure.len,
             (const char *)sure.at, said ? "" : ")", plain(text, why));
    xa_out_char(o, '\n');
    wrapped(o, "verdict", line);
}

static void say_remedy(struct xa_out *o, const struct xa_item *item)
{
    char text[TEXT_MAX];
    wrapped(o, "  try:", plain(item->text, text));
    if (item->document.len == 0 || !xa_text_printable(item->document))
        return;
    for (size_t i = 0; i < STATEMENT_INDENT; i++)
        xa_out_char(o, ' ');
    xa_json_indent(o, item->document, STATEMENT_INDENT);
    xa_out_char(o, '\n');
}

static void say_possible(struct xa_out *o, const struct xa_item *item)
{
    char text[TEXT_MAX], line[TEXT_MAX + 200];
    snprintf(line, sizeof line, "%.*s: %s", (int)item->subject.len,
             (const char *)item->subject.at, plain(item->text, text));
    wrapped(o, "maybe", line);
}

static void say(struct xa_doctor *d)
{
    struct xa_slice rest = all();
    struct xa_item item;
    enum xa_health health;
    while (next_of(&rest, &item)) {
        if (is_check(&item, &health))
            show_check(d, &item, health);
        else if (item.kind == XA_ITEM_VERDICT)
            say_verdict(d->out, &item);
        else if (item.kind == XA_ITEM_REMEDY)
            say_remedy(d->out, &item);
        else if (item.kind == XA_ITEM_POSSIBLE)
            say_possible(d->out, &item);
    }
}

/* --- JSON -------------------------------------------------------------------------------- */

static void list_checks(struct xa_doctor *d)
{
    struct xa_slice rest = all();
    struct xa_item item;
    enum xa_health health;
    xa_json_open(d->json, "checks", '[');
    while (next_of(&rest, &item))
        if (is_check(&item, &health))
            show_check(d, &item, health);
    xa_json_close(d->json, ']');
}

/* The items of one kind, with the name that their subject has here. */
static void list_items(struct xa_json *j, const char *key, enum xa_item_kind kind,
                       const char *subject)
{
    struct xa_slice rest = all();
    struct xa_item item;
    xa_json_open(j, key, '[');
    while (next_of(&rest, &item)) {
        if (item.kind != (uint32_t)kind)
            continue;
        xa_json_open(j, NULL, '{');
        xa_json_text(j, subject, item.subject);
        xa_json_text(j, "message", item.text);
        if (kind == XA_ITEM_REMEDY)
            xa_json_text(j, "statement", item.document);
        xa_json_close(j, '}');
    }
    xa_json_close(j, ']');
}

static void list(struct xa_doctor *d, const struct xa_wish *wish, const struct xa_item *verdict)
{
    struct xa_json *j = d->json;
    struct xa_slice why, sure = split_verdict(verdict, &why);
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "name", wish->name);
    xa_json_flag(j, "ok", d->client->exit_status == 0);
    xa_json_text(j, "verdict", verdict->subject);
    xa_json_text(j, "sure", sure);
    xa_json_text(j, "message", why);
    list_checks(d);
    list_items(j, "remedies", XA_ITEM_REMEDY, "side");
    list_items(j, "possible", XA_ITEM_POSSIBLE, "cause");
    xa_json_close(j, '}');
    xa_out_char(d->out, '\n');
}

/* --- the whole --------------------------------------------------------------------------- */

static bool find_verdict(struct xa_item *ret, struct xa_error *err)
{
    struct xa_slice rest = all();
    while (next_of(&rest, ret))
        if (ret->kind == XA_ITEM_VERDICT)
            return true;
    return xa_fail(err, XA_BAD_MESSAGE, "the agent came to no verdict");
}

/* A shorter session than was wished is no refusal. */
static int status_of(struct xa_slice verdict)
{
    static const char duration[] = "duration-";
    if (xa_slice_is(verdict, "works"))
        return 0;
    return verdict.len > sizeof duration - 1 &&
           memcmp(verdict.at, duration, sizeof duration - 1) == 0 ? EXIT_FINDING : EXIT_REFUSED;
}

static bool show(struct xa_client *c, const struct xa_wish *wish, const struct xa_item *verdict,
                 struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    struct xa_doctor d = { .client = c, .out = &o };
    if (xa_options_has(&c->opt, XA_OPT_JSON)) {
        d.json = &j;
        list(&d, wish, verdict);
    } else {
        say(&d);
    }
    return xa_out_finish(&o, err);
}

bool xa_doctor_dest(struct xa_client *c, struct xa_error *err)
{
    struct xa_task_request ask = { .dest_admin = xa_slice_of(c->opt.dest_admin),
                                   .source_admin = xa_slice_of(c->opt.source_admin) };
    const struct xa_task_run run = {
        .type = XA_DOCTOR, .request = &ask, .progress = "asking AWS …", .item = on_item,
    };
    struct xa_item verdict;
    if (!xa_wish_fill(c, &ask.wish, err))
        return false;
    found.items = xa_writer_init(found.at, sizeof found.at);
    if (!xa_task_run(c, &run, err)) {
        if (err->why[0] == '\0' && xa_code_exit(err->code) == xa_code_exit(XA_UNREACHABLE))
            xa_why(err, "without AWS's answer there is no verdict");
        return false;
    }
    if (!find_verdict(&verdict, err))
        return false;
    c->exit_status = status_of(verdict.subject);
    return show(c, &ask.wish, &verdict, err);
}
