/* Tables as spreadsheets write them (RFC 4180): cells between commas, rows between ends of
 * lines, a cell with such signs in double quotes. Pure; the fuzzer csv comes in here. */
#ifndef XA_CLIENT_SETUP_CSV_H
#define XA_CLIENT_SETUP_CSV_H

#include "proto/error.h"
#include "proto/wire.h"

#define XA_CSV_CELLS_MAX 32        /* of a row; own choice */

struct xa_csv { char *at, *end; unsigned line; };

/* Text of len bytes and room for one more, which is changed in its place; a mark of byte order
 * is passed over. */
struct xa_csv xa_csv_begin(char *text, size_t len);

struct xa_csv_row {
    unsigned line;                          /* where it begins, from 1                  */
    char *cells[XA_CSV_CELLS_MAX];          /* texts that borrow the table              */
    size_t n;
};

/* True for what other spreadsheets write: UTF-16, by its mark or its NULs. */
bool xa_csv_is_utf16(const char *text, size_t len);

/* Reads the next row; empty lines, and rows of which no cell holds anything, are passed over. False at the end (err->code XA_OK), or
 * XA_USAGE with the line: an open quote, something behind one, a quote inside a cell without,
 * a NUL, too many cells. */
bool xa_csv_next(struct xa_csv *csv, struct xa_csv_row *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
