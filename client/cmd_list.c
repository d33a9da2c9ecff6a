/* list: sources and destinations, in columns or as JSON. The agent's pages may mix
 * the two kinds and are gone through once for each use: nothing is kept here. */
#include <stdio.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/duration.h"
#include "client/base/json.h"
#include "client/base/screen.h"
#include "client/base/table.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/rotation.h"

#define SOURCE_COLUMNS 5
#define DEST_COLUMNS 6
#define ROLE_SIZE 640

struct listing {
    uint64_t now;
    enum xa_entry_kind kind;      /* which entries this pass is about             */
    struct xa_table sources, dests;
    size_t n_sources, n_dests;
    struct xa_out *out;           /* NULL in the pass that measures               */
    struct xa_json *json;         /* NULL for columns                             */
};

/* --- cells ----------------------------------------------------------------------- */

static void source_cells(const struct xa_list_entry *e, uint64_t now, char tail[16],
                         char due[XA_ROTATION_TEXT_SIZE], struct xa_slice cells[SOURCE_COLUMNS])
{
    tail[0] = due[0] = '\0';
    (void)xa_rotation_due(e, now, due);
    if (e->key_tail.len > 0)
        snprintf(tail, 16, "****%.*s", (int)e->key_tail.len, (const char *)e->key_tail.at);
    cells[0] = e->name;
    cells[1] = e->account;
    cells[2] = xa_slice_of(tail);
    cells[3] = e->arn;
    cells[4] = e->note.len > 0 ? e->note : xa_slice_of(due);
}

static void time_left(uint64_t expires_at, uint64_t now, char ret[XA_DURATION_SIZE + 8])
{
    char left[XA_DURATION_SIZE];
    ret[0] = '\0';
    if (expires_at <= now)
        return;
    xa_duration_text(expires_at - now, left);
    snprintf(ret, XA_DURATION_SIZE + 8, "%s left", left);
}

static void dest_cells(const struct xa_list_entry *e, char role[ROLE_SIZE],
                       char left[XA_DURATION_SIZE + 8], struct xa_slice cells[DEST_COLUMNS])
{
    snprintf(role, ROLE_SIZE, "%.*s/%.*s", (int)e->account.len, (const char *)e->account.at,
             (int)e->role.len, (const char *)e->role.at);
    cells[0] = e->name;
    cells[1] = e->account.len > 0 ? xa_slice_of(role) : e->arn;
    cells[2] = e->source;
    cells[3] = e->region;
    cells[4] = xa_slice_of(left);
    cells[5] = e->note;
}

/* The column of notes is there only for rows that have one. */
static void put_row(struct xa_table *t, struct xa_out *o, const struct xa_slice *cells)
{
    struct xa_table shorter = *t;
    if (o == NULL) {
        xa_table_measure(t, cells);
        return;
    }
    if (cells[t->n_columns - 1].len == 0)
        shorter.n_columns--;
    xa_table_print(&shorter, o, cells);
}

static void column_entry(const struct xa_list_entry *e, void *ctx)
{
    struct listing *l = ctx;
    char tail[16], role[ROLE_SIZE], left[XA_DURATION_SIZE + 8], due[XA_ROTATION_TEXT_SIZE];
    struct xa_slice cells[DEST_COLUMNS] = { { 0 } };
    if (l->out == NULL) {
        l->n_sources += e->kind == XA_ENTRY_SOURCE;
        l->n_dests += e->kind == XA_ENTRY_DEST;
    } else if (e->kind != l->kind) {
        return;
    }
    if (e->kind == XA_ENTRY_SOURCE) {
        source_cells(e, l->now, tail, due, cells);
        put_row(&l->sources, l->out, cells);
    } else if (e->kind == XA_ENTRY_DEST) {
        time_left(e->expires_at, l->now, left);
        dest_cells(e, role, left, cells);
        put_row(&l->dests, l->out, cells);
    }
}

/* --- columns ---------------------------------------------------------------------- */

#define TITLE_SIZE 12            /* of the longest, with its NUL */

static void head(struct xa_table *t, struct xa_out *o, const char titles[][TITLE_SIZE])
{
    struct xa_slice cells[XA_TABLE_COLUMNS] = { { 0 } };
    for (size_t i = 0; i < t->n_columns; i++)
        cells[i] = xa_slice_of(titles[i]);
    put_row(t, o, cells);
}

static bool print_kind(struct xa_client *c, struct listing *l, enum xa_entry_kind kind,
                       struct xa_error *err)
{
    static const char source_titles[][TITLE_SIZE] = { "SOURCE", "ACCOUNT", "KEY", "IDENTITY", "" };
    static const char dest_titles[][TITLE_SIZE] = { "DESTINATION", "ROLE", "SOURCE",
                                                    "REGION", "CACHED", "" };
    l->kind = kind;
    if (kind == XA_ENTRY_SOURCE && l->n_sources > 0)
        head(&l->sources, l->out, source_titles);
    if (kind == XA_ENTRY_DEST && l->n_dests > 0) {
        if (l->n_sources > 0)
            xa_out_char(l->out, '\n');
        head(&l->dests, l->out, dest_titles);
    }
    return xa_entries_each(c, column_entry, l, err);
}

static void measure_titles(struct listing *l)
{
    static const size_t source_widths[SOURCE_COLUMNS] = { 6, 7, 3, 8, 0 };
    static const size_t dest_widths[DEST_COLUMNS] = { 11, 4, 6, 6, 6, 0 };
    l->sources.n_columns = SOURCE_COLUMNS;
    l->dests.n_columns = DEST_COLUMNS;
    memcpy(l->sources.width, source_widths, sizeof source_widths);
    memcpy(l->dests.width, dest_widths, sizeof dest_widths);
}

static bool print_columns(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct listing l = { .now = xa_clock_unix() };
    measure_titles(&l);
    if (!xa_entries_each(c, column_entry, &l, err))
        return false;
    if (l.n_sources + l.n_dests == 0 && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("nothing is stored yet; a key is stored by: xacct add NAME");
    xa_table_fit(&l.sources, xa_screen_columns());
    xa_table_fit(&l.dests, xa_screen_columns());
    l.out = &o;
    return print_kind(c, &l, XA_ENTRY_SOURCE, err) && print_kind(c, &l, XA_ENTRY_DEST, err) &&
           xa_out_finish(&o, err);
}

/* --- JSON -------------------------------------------------------------------------- */

static void json_entry(const struct xa_list_entry *e, void *ctx)
{
    struct listing *l = ctx;
    struct xa_json *j = l->json;
    if (e->kind != l->kind)
        return;
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "name", e->name);
    xa_json_text(j, "account", e->account);
    xa_json_text(j, "arn", e->arn);
    if (l->kind == XA_ENTRY_SOURCE) {
        char due[XA_ROTATION_TEXT_SIZE] = "";
        (void)xa_rotation_due(e, l->now, due);
        xa_json_text(j, "key_tail", e->key_tail);
        xa_json_time(j, "stored_at", e->stored_at);
        xa_json_text(j, "rotate", xa_slice_of(due));
    } else {
        xa_json_text(j, "role", e->role);
        xa_json_text(j, "source", e->source);
        xa_json_text(j, "region", e->region);
        xa_json_text(j, "level", e->level);
        xa_json_time(j, "expires_at", e->expires_at);
    }
    xa_json_text(j, "note", e->note);
    xa_json_close(j, '}');
}

static bool print_json(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    struct listing l = { .now = xa_clock_unix(), .kind = XA_ENTRY_SOURCE, .json = &j };
    xa_json_open(&j, NULL, '{');
    xa_json_open(&j, "sources", '[');
    if (!xa_entries_each(c, json_entry, &l, err))
        return false;
    xa_json_close(&j, ']');
    l.kind = XA_ENTRY_DEST;
    xa_json_open(&j, "destinations", '[');
    if (!xa_entries_each(c, json_entry, &l, err))
        return false;
    xa_json_close(&j, ']');
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

/* What is about the roles of a source says nothing without them. */
static bool check(const struct xa_client *c, struct xa_error *err)
{
    static const enum xa_option_id needs[] = { XA_OPT_WRITE, XA_OPT_YES, XA_OPT_MFA_TOKEN };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (xa_options_has(&c->opt, needs[i]))
            return xa_fail(err, XA_USAGE, "list: %s goes with --discover",
                           xa_options_view(needs[i]).name);
    return c->n_names == 0 || xa_fail(err, XA_USAGE, "list: a source is named with --discover");
}

bool xa_cmd_list(struct xa_client *c, struct xa_error *err)
{
    if (xa_options_has(&c->opt, XA_OPT_DISCOVER))
        return xa_cmd_discover(c, err);
    if (!check(c, err))
        return false;
    return xa_options_has(&c->opt, XA_OPT_JSON) ? print_json(c, err) : print_columns(c, err);
}
