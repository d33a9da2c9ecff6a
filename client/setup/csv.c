#include "client/setup/csv.h"

#include <string.h>

struct xa_csv xa_csv_begin(char *text, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    return (struct xa_csv){ text + skip, text + len, 1 };
}

static bool fail(const struct xa_csv *csv, const char *what, struct xa_error *err)
{
    return xa_fail(err, XA_USAGE, "line %u: %s", csv->line, what);
}

static bool at_line_end(const struct xa_csv *csv)
{
    return csv->at < csv->end &&
           (*csv->at == '\n' || (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n'));
}

static void pass_line_end(struct xa_csv *csv)
{
    csv->at += *csv->at == '\r' ? 2 : 1;
    csv->line++;
}

/* The cell's text moves to the left by the quotes that go; *ret_end is behind it. */
static bool take_quoted(struct xa_csv *csv, char **ret_end, struct xa_error *err)
{
    char *to = csv->at++;
    unsigned line = csv->line;
    for (;;) {
        if (csv->at == csv->end)
            return xa_fail(err, XA_USAGE, "line %u: a quote is open", line);
        char c = *csv->at++;
        if (c == '"' && (csv->at == csv->end || *csv->at != '"'))
            break;
        if (c == '"')
            csv->at++;
        if (c == '\n')
            csv->line++;
        if (c == '\0')
            return fail(csv, "a sign that no text has", err);
        *to++ = c;
    }
    *ret_end = to;
    return csv->at == csv->end || *csv->at == ',' || at_line_end(csv) ||
           fail(csv, "something stands behind a closing quote", err);
}

static bool take_plain(struct xa_csv *csv, char **ret_end, struct xa_error *err)
{
    while (csv->at < csv->end && *csv->at != ',' && !at_line_end(csv)) {
        if (*csv->at == '"')
            return fail(csv, "a quote inside of a cell that does not begin with one", err);
        if (*csv->at == '\0')
            return fail(csv, "a sign that no text has", err);
        csv->at++;
    }
    *ret_end = csv->at;
    return true;
}

/* The sign behind a cell becomes its NUL; a cell at the very end has room by the caller's
 * word for one more byte. */
static bool take_cell(struct xa_csv *csv, struct xa_csv_row *row, bool *ret_last,
                      struct xa_error *err)
{
    char *start = csv->at, *end = csv->at;
    if (row->n == XA_CSV_CELLS_MAX)
        return fail(csv, "too many cells", err);
    bool quoted = csv->at < csv->end && *csv->at == '"';
    if (!(quoted ? take_quoted(csv, &end, err) : take_plain(csv, &end, err)))
        return false;
    *ret_last = csv->at == csv->end || *csv->at != ',';
    if (!*ret_last)
        csv->at++;
    else if (csv->at < csv->end)
        pass_line_end(csv);
    *end = '\0';
    row->cells[row->n++] = start;
    return true;
}

/* A row that a spreadsheet has left behind: nothing in any of its cells. */
static bool is_empty(const struct xa_csv_row *row)
{
    for (size_t i = 0; i < row->n; i++)
        if (row->cells[i][strspn(row->cells[i], " \t")] != '\0')
            return false;
    return true;
}

static bool take_row(struct xa_csv *csv, struct xa_csv_row *ret, struct xa_error *err)
{
    bool last = false;
    err->code = XA_OK;
    while (at_line_end(csv))
        pass_line_end(csv);
    ret->line = csv->line;
    ret->n = 0;
    if (csv->at == csv->end)
        return false;
    while (!last)
        if (!take_cell(csv, ret, &last, err))
            return false;
    return true;
}

bool xa_csv_next(struct xa_csv *csv, struct xa_csv_row *ret, struct xa_error *err)
{
    do {
        if (!take_row(csv, ret, err))
            return false;
    } while (is_empty(ret));
    return true;
}

bool xa_csv_is_utf16(const char *text, size_t len)
{
    return len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
                        text[0] == '\0' || text[1] == '\0');
}
