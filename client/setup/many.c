/* setup --from FILE: a table of destinations. Its head names the columns as the options are
 * called; each row is read as a command line is, all of them before anything is made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/base/json.h"
#include "client/base/suggest.h"
#include "client/base/table.h"
#include "client/commands.h"
#include "client/report.h"
#include "client/setup/csv.h"
#include "client/setup/setup.h"
#include "proto/file.h"

#define FILE_MAX (1024 * 1024)       /* own choice */
#define ROWS_MAX 1000                /* own choice */
#define OUTCOME_SIZE 300

/* The columns beside `dest`. */
static const uint8_t columns[] = {
    XA_OPT_ACCOUNT, XA_OPT_ROLE, XA_OPT_PATH, XA_OPT_SOURCE, XA_OPT_PERMISSIONS,
    XA_OPT_EXTERNAL_ID, XA_OPT_REQUIRE_MFA, XA_OPT_MAX_DURATION, XA_OPT_TRUST, XA_OPT_ORG,
    XA_OPT_POLICY_NAME, XA_OPT_REGION, XA_OPT_DURATION, XA_OPT_TAGS, XA_OPT_SOURCE_IDENTITY,
    XA_OPT_DEST_ADMIN, XA_OPT_SOURCE_ADMIN,
};

#define N_COLUMNS (sizeof columns / sizeof columns[0])

struct row {
    unsigned line;
    const char *dest;
    struct xa_options opt;             /* its texts borrow the words                   */
    char *words[N_COLUMNS + 2];        /* "--account=…"                                */
    size_t n_words;
    char account[XA_ACCOUNT_LEN + 1];
    char role[XA_ROLE_PATH_MAX + XA_ROLE_NAME_MAX + 1];
    char outcome[OUTCOME_SIZE];
    int status;                        /* -1: not tried                                */
};

struct table {
    struct xa_client *client;
    char *text;                        /* FILE_MAX + 1 bytes                           */
    struct row *rows;
    size_t n;
    size_t option_of[XA_CSV_CELLS_MAX];    /* by column; XA_OPT_END: dest              */
    size_t n_columns;
    struct xa_setup setup;             /* of the row at hand: too large for the stack  */
};

/* Puts the file before what is wrong with it. */
static bool fail_in(const struct table *t, const char *between, struct xa_error *err)
{
    const struct xa_error said = *err;
    const char *from = t->client->opt.from;
    xa_fail(err, XA_USAGE, "%s%s%s", strcmp(from, "-") == 0 ? "standard input" : from, between,
            said.message);
    xa_why(err, "%s", said.why);
    return xa_hint(err, "%s", said.hint[0] != '\0' ? said.hint : "xacct help setup");
}

static bool fail_at(const struct table *t, unsigned line, struct xa_error *err)
{
    char between[32];
    snprintf(between, sizeof between, ", line %u: ", line);
    return fail_in(t, between, err);
}

/* --- the file ------------------------------------------------------------------------------- */

static bool read_file(struct table *t, size_t *ret_len, struct xa_error *err)
{
    const char *path = t->client->opt.from;
    bool piped = strcmp(path, "-") == 0;
    int fd = piped ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && xa_file_read(fd, t->text, FILE_MAX + 1, ret_len);
    int cause = errno;
    if (fd >= 0 && !piped)
        close(fd);
    if (!ok)
        return xa_fail(err, XA_USAGE, "--from %s: %s", path, strerror(cause));
    if (*ret_len > FILE_MAX)
        return xa_fail(err, XA_USAGE, "--from %s: longer than %d bytes", path, FILE_MAX);
    if (!xa_csv_is_utf16(t->text, *ret_len))
        return true;
    xa_fail(err, XA_USAGE, "--from %s: it is UTF-16, and UTF-8 is read here", path);
    return xa_hint(err, "iconv -f UTF-16 -t UTF-8 TABLE | xacct setup --from - …");
}

/* Blanks around a name say nothing. */
static void trim(char *name)
{
    size_t blanks = strspn(name, " \t"), len = strlen(name);
    while (len > blanks && (name[len - 1] == ' ' || name[len - 1] == '\t'))
        len--;
    memmove(name, name + blanks, len - blanks);
    name[len - blanks] = '\0';
}

static bool fail_column(const char *name, struct xa_error *err)
{
    char names[N_COLUMNS][32];                 /* a view lasts until the next one */
    struct xa_suggestion near = xa_suggest_begin(name);
    xa_suggest_offer(&near, "dest");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        snprintf(names[i], sizeof names[i], "%s", xa_options_view(columns[i]).name + 2);
        xa_suggest_offer(&near, names[i]);
    }
    xa_fail(err, XA_USAGE, "no column '%s': they are dest and the options of setup, such as account "
            "and role", name);
    if (xa_suggest_end(&near) != NULL)
        xa_hint(err, "did you mean %s?", xa_suggest_end(&near));
    return false;
}

static bool take_column(struct table *t, char *name, struct xa_error *err)
{
    size_t option = XA_OPT_END;
    trim(name);
    bool known = strcasecmp(name, "dest") == 0;
    for (size_t i = 0; i < N_COLUMNS && !known; i++)
        if (strcasecmp(xa_options_view(columns[i]).name + 2, name) == 0) {
            option = columns[i];
            known = true;
        }
    if (!known)
        return fail_column(name, err);
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->option_of[i] == option)
            return xa_fail(err, XA_USAGE, "a second column '%s'", name);
    t->option_of[t->n_columns++] = option;
    return true;
}

static bool take_head(struct table *t, struct xa_csv *csv, struct xa_error *err)
{
    struct xa_csv_row head;
    bool has_dest = false;
    if (!xa_csv_next(csv, &head, err)) {
        if (err->code == XA_OK)
            xa_fail(err, XA_USAGE, "it is empty");
        return fail_in(t, ": ", err);
    }
    for (size_t i = 0; i < head.n; i++) {
        if (!take_column(t, head.cells[i], err))
            return fail_at(t, head.line, err);
        has_dest = has_dest || t->option_of[i] == XA_OPT_END;
    }
    if (has_dest)
        return true;
    xa_fail(err, XA_USAGE, "there is no column 'dest'");
    return fail_at(t, head.line, err);
}

/* --- a row ---------------------------------------------------------------------------------- */

/* As spreadsheets have it, in any case. */
static bool is_one_of(const char *value, const char *a, const char *b, const char *c)
{
    return strcasecmp(value, a) == 0 || strcasecmp(value, b) == 0 || strcasecmp(value, c) == 0;
}

static bool add_word(struct row *r, size_t option, const char *value, struct xa_error *err)
{
    struct xa_option_view view = xa_options_view(option);
    size_t size = strlen(view.name) + strlen(value) + 2;
    if (value[0] == '\0' || (view.value == NULL && is_one_of(value, "no", "false", "0")))
        return true;
    if (view.value == NULL && !is_one_of(value, "yes", "true", "1"))
        return xa_fail(err, XA_USAGE, "%s: '%s' is neither yes nor no", view.name, value);
    char *word = malloc(size);
    if (word == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the table");
    snprintf(word, size, view.value == NULL ? "%s" : "%s=%s", view.name, value);
    r->words[r->n_words++] = word;
    return true;
}

static size_t no_program(const char *word)
{
    (void)word;
    return 0;
}

/* The words of a line are read as those of the command line are, and must be as sound. */
static bool take_row(struct table *t, const struct xa_csv_row *cells, struct xa_error *err)
{
    struct row *r = &t->rows[t->n];
    r->line = cells->line;
    if (cells->n != t->n_columns)
        return xa_fail(err, XA_USAGE, "%zu cells, and the head has %zu", cells->n, t->n_columns);
    for (size_t i = 0; i < cells->n; i++) {
        if (t->option_of[i] == XA_OPT_END)
            r->dest = cells->cells[i];
        else if (!add_word(r, t->option_of[i], cells->cells[i], err))
            return false;
    }
    char *argv[N_COLUMNS + 3] = { (char *)"xacct" };
    memcpy(argv + 1, r->words, r->n_words * sizeof argv[0]);
    if (!xa_options_parse((int)r->n_words + 1, argv, no_program, &r->opt, err))
        return false;
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].dest, r->dest) == 0)
            return xa_fail(err, XA_USAGE, "'%s' stands in line %u already", r->dest,
                           t->rows[i].line);
    if (!xa_setup_fill(&t->setup, t->client, r->dest, &r->opt, err))
        return false;
    snprintf(r->account, sizeof r->account, "%s", t->setup.account);
    snprintf(r->role, sizeof r->role, "%s", t->setup.role);
    return true;
}

static bool read_rows(struct table *t, struct xa_error *err)
{
    struct xa_csv_row cells;
    size_t len;
    if (!read_file(t, &len, err))
        return false;
    struct xa_csv csv = xa_csv_begin(t->text, len);
    if (!take_head(t, &csv, err))
        return false;
    while (xa_csv_next(&csv, &cells, err)) {
        if (t->n == ROWS_MAX)
            return xa_fail(err, XA_USAGE, "%s: more than %d destinations", t->client->opt.from,
                           ROWS_MAX);
        bool ok = take_row(t, &cells, err);
        t->n++;
        if (!ok)
            return fail_at(t, cells.line, err);
    }
    if (err->code != XA_OK)
        return fail_in(t, ", ", err);
    return t->n > 0 || xa_fail(err, XA_USAGE, "%s: no destination stands in it",
                               t->client->opt.from);
}

/* What the agent knows better, of each: names that are taken, sources without a key. */
static bool check_rows(struct table *t, struct xa_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        struct row *r = &t->rows[i];
        if (xa_setup_fill(&t->setup, t->client, r->dest, &r->opt, err) &&
            xa_setup_check_admin(&t->setup, err) && xa_setup_get_plan(&t->setup, err))
            continue;
        if (err->code != XA_USAGE && err->code != XA_NAME_TAKEN &&
            err->code != XA_NO_SUCH_NAME && err->code != XA_OTHER_ACCOUNT)
            return false;
        enum xa_code code = err->code;
        (void)fail_at(t, r->line, err);
        err->code = code;
        return false;
    }
    return true;
}

/* --- what becomes of them ------------------------------------------------------------------- */

static void note_outcome(struct table *t, struct row *r, bool ok, const struct xa_error *err)
{
    bool undo = t->setup.ask.undo;
    if (!ok)
        snprintf(r->outcome, sizeof r->outcome, "%.*s", OUTCOME_SIZE - 1, err->message);
    else
        snprintf(r->outcome, sizeof r->outcome, "%s",
                 t->setup.left ? "not all could be taken back"
                 : t->setup.changed ? undo ? "taken back" : "made"
                                    : undo ? "nothing to take back" : "nothing to change");
    r->status = ok ? 0 : xa_code_exit(err->code);
}

/* What would befall the other rows too, or a person who wants no more of it; a plain no is for
 * the one row. */
static bool ends_all(const struct xa_client *c, const struct xa_error *err)
{
    return err->code == XA_LOCKED || err->code == XA_UNREACHABLE ||
           (err->code == XA_CANCELLED && !c->declined);
}

/* False: the others are not tried. */
static bool do_row(struct table *t, struct row *r)
{
    struct xa_client *c = t->client;
    struct xa_error err = { 0 };
    const char *name[] = { r->dest };
    bool ok = xa_setup_fill(&t->setup, c, r->dest, &r->opt, &err);
    t->setup.follows = r > t->rows;
    c->names = name;
    c->n_names = 1;
    c->declined = false;
    ok = ok && xa_setup_one(&t->setup, &err);
    if (!ok)
        (void)xa_report(c, &err);
    c->n_names = 0;
    note_outcome(t, r, ok, &err);
    return ok || !ends_all(c, &err);
}

/* The one kind of failure that there was, else 1. */
static int status_of(const struct table *t)
{
    int status = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->rows[i].status <= 0 || t->rows[i].status == status)
            continue;
        if (status != 0)
            return 1;
        status = t->rows[i].status;
    }
    return status;
}

static void put_outcome(const struct row *r, struct xa_table *measured, struct xa_out *o)
{
    const struct xa_slice cells[] = { xa_slice_of(r->dest), xa_slice_of(r->account),
                                      xa_slice_of(r->role), xa_slice_of(r->outcome) };
    if (o == NULL)
        xa_table_measure(measured, cells);
    else
        xa_table_print(measured, o, cells);
}

static bool print_objects(const struct table *t, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_open(&j, "destinations", '[');
    for (size_t i = 0; i < t->n; i++) {
        xa_json_open(&j, NULL, '{');
        xa_json_text(&j, "name", xa_slice_of(t->rows[i].dest));
        xa_json_text(&j, "account", xa_slice_of(t->rows[i].account));
        xa_json_text(&j, "role", xa_slice_of(t->rows[i].role));
        xa_json_text(&j, "outcome", xa_slice_of(t->rows[i].outcome));
        if (t->rows[i].status < 0)
            xa_json_raw(&j, "status", xa_slice_of("null"));
        else
            xa_json_number(&j, "status", (uint64_t)t->rows[i].status);
        xa_json_close(&j, '}');
    }
    xa_json_close(&j, ']');
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

static bool print_outcomes(const struct table *t, struct xa_error *err)
{
    const struct xa_slice head[] = { xa_slice_of("DESTINATION"), xa_slice_of("ACCOUNT"),
                                     xa_slice_of("ROLE"), xa_slice_of("OUTCOME") };
    struct xa_table widths = { .n_columns = 4 };
    struct xa_out o = xa_out_stdout(false);
    if (xa_options_has(&t->client->opt, XA_OPT_JSON))
        return print_objects(t, err);
    xa_table_measure(&widths, head);
    for (size_t i = 0; i < t->n; i++)
        put_outcome(&t->rows[i], &widths, NULL);
    xa_table_print(&widths, &o, head);
    for (size_t i = 0; i < t->n; i++)
        put_outcome(&t->rows[i], &widths, &o);
    return xa_out_finish(&o, err);
}

static bool does(const struct xa_client *c)
{
    return xa_options_has_any(&c->opt, XA_OPTIONS(XA_OPT_APPLY, XA_OPT_UNDO));
}

static bool check_form(const struct xa_client *c, struct xa_error *err)
{
    enum xa_setup_form form;
    if (!xa_setup_find_form(c, &form, err))
        return false;
    if (form == XA_SETUP_CLOUDFORMATION || form == XA_SETUP_TERRAFORM)
        return xa_fail(err, XA_USAGE, "--format %s is for one destination at a time",
                       c->opt.format);
    if (strcmp(c->opt.from, "-") == 0 && c->opt.mfa_token != NULL &&
        strcmp(c->opt.mfa_token, "-") == 0)
        return xa_fail(err, XA_USAGE, "standard input is either the table or the MFA code");
    return c->n_names == 0 ||
           xa_fail(err, XA_USAGE, "--from FILE names the destinations: not together with '%s'",
                   c->names[0]);
}

static void free_table(struct table *t)
{
    for (size_t i = 0; t->rows != NULL && i < t->n; i++)
        for (size_t n = 0; n < t->rows[i].n_words; n++)
            free(t->rows[i].words[n]);
    free(t->rows);
    free(t->text);
    free(t);
}

static bool run(struct table *t, struct xa_error *err)
{
    if (!read_rows(t, err) || !check_rows(t, err))
        return false;
    for (size_t i = 0; i < t->n; i++) {
        snprintf(t->rows[i].outcome, OUTCOME_SIZE, "not tried");
        t->rows[i].status = -1;
    }
    for (size_t i = 0; i < t->n && do_row(t, &t->rows[i]); i++)
        ;
    t->client->exit_status = status_of(t);
    return !does(t->client) || print_outcomes(t, err);
}

bool xa_setup_many(struct xa_client *c, struct xa_error *err)
{
    if (!check_form(c, err))
        return false;
    struct table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the table");
    t->client = c;
    t->text = malloc(FILE_MAX + 2);
    t->rows = calloc(ROWS_MAX + 1, sizeof *t->rows);
    bool ok = t->text != NULL && t->rows != NULL ? run(t, err)
                                                 : xa_fail(err, XA_NO_MEMORY,
                                                           "no memory for the table");
    free_table(t);
    return ok;
}
