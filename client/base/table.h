/* Columns: measured in a first pass, printed in a second. */
#ifndef XA_CLIENT_BASE_TABLE_H
#define XA_CLIENT_BASE_TABLE_H

#include "client/base/output.h"

#define XA_TABLE_COLUMNS 6

struct xa_table {
    size_t n_columns;                    /* at most XA_TABLE_COLUMNS               */
    size_t width[XA_TABLE_COLUMNS];      /* in characters                          */
};

/* Widens the columns for a row of n_columns cells. */
void xa_table_measure(struct xa_table *t, const struct xa_slice *cells);

/* Makes the widest columns narrower until a row fits into so many columns of a terminal, none
 * below 8 characters. Which columns a row has stands in n_columns. */
void xa_table_fit(struct xa_table *t, size_t columns);

/* Appends the row, two blanks between columns and none at its end. An empty cell
 * is shown as "-", one that is wider than its column ends in "…". */
void xa_table_print(const struct xa_table *t, struct xa_out *o, const struct xa_slice *cells);

#endif
