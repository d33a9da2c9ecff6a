#include "client/shell/picker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/ask.h"
#include "client/asking/config_command.h"
#include "client/asking/helper.h"
#include "client/base/child.h"
#include "client/base/room.h"
#include "client/requests/entries.h"
#include "client/shell/recent.h"
#include "proto/ini.h"

#define SHOWN_MAX 99                   /* of a numbered list; the names go on without one  */
#define DIGITS_MAX 6

struct choice {
    char name[XA_NAME_MAX + 1];
    char what[96];                     /* "222222222222/Admin  eu-west-1  prod"             */
    size_t order;
};

struct choices {
    struct choice *at;
    size_t n, cap;
    const struct xa_recent *recent;
    bool failed;
};

bool xa_picker_possible(const struct xa_client *c)
{
    return xa_ask_terminal_possible(c);
}

/* --- what there is ----------------------------------------------------------------------- */

/* What does not fit is left out. */
static void describe(const struct xa_list_entry *e, char *room, size_t size)
{
    struct xa_out o = xa_out_begin(-1, room, size - 1);
    xa_out_slice(&o, e->account.len > 0 ? e->account : e->arn);
    xa_out_text(&o, e->account.len > 0 ? "/" : "");
    xa_out_slice(&o, e->account.len > 0 ? e->role : (struct xa_slice){ 0 });
    for (size_t i = 0; i < 2; i++) {
        struct xa_slice more = i == 0 ? e->region : e->level;
        xa_out_text(&o, more.len > 0 ? "  " : "");
        xa_out_slice(&o, more);
    }
    room[o.failed ? 0 : o.len] = '\0';
}

static void add(const struct xa_list_entry *e, void *ctx)
{
    struct choices *all = ctx;
    if (e->kind != XA_ENTRY_DEST || e->name.len > XA_NAME_MAX || all->failed)
        return;
    if (all->n == all->cap) {
        size_t cap = all->cap == 0 ? 64 : 2 * all->cap;
        struct choice *more = realloc(all->at, cap * sizeof *more);
        if (more == NULL) {
            all->failed = true;
            return;
        }
        all->at = more;
        all->cap = cap;
    }
    struct choice *c = &all->at[all->n];
    if (!xa_slice_copy(e->name, c->name, sizeof c->name))
        return;
    describe(e, c->what, sizeof c->what);
    size_t place = xa_recent_place(all->recent, e->name);
    c->order = place < XA_RECENT_MAX ? place : XA_RECENT_MAX + all->n;
    all->n++;
}

static int by_order(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static const struct choice *named(const struct choices *all, struct xa_slice name)
{
    for (size_t i = 0; i < all->n; i++)
        if (xa_slice_is(name, all->at[i].name))
            return &all->at[i];
    return NULL;
}

static const struct choice *answered(const struct choices *all, struct xa_slice answer,
                                     struct xa_error *err)
{
    struct xa_slice word = answer;
    for (size_t i = 0; i < answer.len; i++)
        if (answer.at[i] == ' ' || answer.at[i] == '\t') {
            word.len = i;
            break;
        }
    const struct choice *c = named(all, word);
    if (c == NULL)
        xa_fail(err, XA_NO_SUCH_NAME, "there is no destination '%.*s'",
                (int)(word.len < 64 ? word.len : 64), (const char *)word.at);
    return c;
}

/* --- by a program -------------------------------------------------------------------------- */

static const struct choice *ask_program(const struct choices *all, char *const *argv,
                                        struct xa_error *err)
{
    struct xa_helper h = { .name = argv[0] };
    struct xa_error early;             /* it may have its answer before it has all lines   */
    struct xa_slice line = { 0 };
    char text[sizeof ((struct choice *)0)->what + XA_NAME_MAX + 4], room[XA_NAME_MAX + 128];
    if (!xa_helper_start(&h, argv, true, 0, err))
        return NULL;
    for (size_t i = 0; i < all->n; i++) {
        snprintf(text, sizeof text, "%-20s  %s\n", all->at[i].name, all->at[i].what);
        if (!xa_helper_say(&h, text, &early))
            break;
    }
    close(h.to);
    h.to = -1;
    bool read = xa_helper_line(&h, &line, err) && xa_slice_copy(line, room, sizeof room);
    int status = xa_helper_finish(&h);
    if (!read || status != 0 || room[0] == '\0') {
        if (status == 127)
            xa_fail(err, XA_NOT_ASKED, "%s cannot be executed", argv[0]);
        else
            xa_fail(err, XA_CANCELLED, "no destination was chosen");
        return NULL;
    }
    return answered(all, xa_slice_of(room), err);
}

/* --- by a number ----------------------------------------------------------------------------- */

static void show(const struct choices *all)
{
    int tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    size_t shown = all->n < SHOWN_MAX ? all->n : SHOWN_MAX, width = 0;
    for (size_t i = 0; i < shown; i++)
        if (strlen(all->at[i].name) > width)
            width = strlen(all->at[i].name);
    for (size_t i = 0; i < shown; i++)
        dprintf(tty, "%3zu  %-*s  %s\n", i + 1, (int)width, all->at[i].name,
                all->at[i].what);
    if (shown < all->n)
        dprintf(tty, "     and %zu more: by their names\n", all->n - shown);
    close(tty);
}

static bool number(struct xa_slice text, size_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *ret = *ret * 10 + (text.at[i] - '0');
    }
    return text.len > 0 && text.len <= DIGITS_MAX;
}

/* A name that is a number is a name. */
static const struct choice *ask_number(struct xa_client *c, const struct choices *all,
                                       struct xa_error *err)
{
    struct xa_question q = { .text = "Destination, by its number or name: ", .echo = true };
    size_t n;
    show(all);
    if (!xa_ask_line(c, &q, &xa_room.again, err))
        return NULL;
    xa_phrase_trim(&xa_room.again);
    struct xa_slice answer = xa_phrase_slice(&xa_room.again);
    if (named(all, answer) == NULL && number(answer, &n) && n >= 1 && n <= all->n)
        return &all->at[n - 1];
    return answered(all, answer, err);
}

/* --- which of them ------------------------------------------------------------------------- */

static const struct choice *ask(struct xa_client *c, const struct choices *all,
                                struct xa_error *err)
{
    static char fzf[] = "fzf", height[] = "--height=40%", reverse[] = "--reverse";
    char *by_fzf[] = { fzf, height, reverse, NULL };
    const char *own = getenv("XACCT_PICKER");
    struct xa_words words;
    if (own != NULL && own[0] != '\0') {
        if (!xa_ini_split(xa_slice_of(own), words.room, sizeof words.room, words.argv,
                          XA_COMMAND_WORDS_MAX + 1, err)) {
            xa_fail(err, XA_USAGE, "XACCT_PICKER is not a command: empty, too long, or an open "
                                   "quote");
            return NULL;
        }
        return ask_program(all, words.argv, err);
    }
    bool list = own != NULL;           /* set and empty: no program                      */
    return !list && xa_child_in_path("fzf") ? ask_program(all, by_fzf, err)
                                            : ask_number(c, all, err);
}

static bool nothing(struct xa_error *err)
{
    xa_fail(err, XA_NO_SUCH_NAME, "there is no destination to choose from");
    return xa_hint(err, "xacct dest add NAME ACCOUNT/ROLE");
}

bool xa_picker_ask(struct xa_client *c, char ret[XA_NAME_MAX + 1], struct xa_error *err)
{
    struct xa_recent recent = { .n = 0 };
    struct choices all = { .recent = &recent };
    const struct choice *chosen = NULL;
    if (!xa_paths_find(&c->paths, err))
        return false;
    xa_recent_read(&c->paths, &recent);
    bool ok = xa_entries_each(c, add, &all, err);
    xa_link_close(&c->link);           /* a person may take longer than the agent waits    */
    if (ok && all.failed)
        ok = xa_fail(err, XA_NO_MEMORY, "no memory for the destinations");
    if (ok && all.n == 0)
        ok = nothing(err);
    if (ok) {
        qsort(all.at, all.n, sizeof *all.at, by_order);
        chosen = ask(c, &all, err);
    }
    if (chosen != NULL) {
        memcpy(ret, chosen->name, sizeof chosen->name);
        xa_recent_note(&c->paths, ret);
    }
    free(all.at);
    return chosen != NULL;
}
