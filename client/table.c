#include "client/table.h"

static struct xa_slice shown(struct xa_slice cell)
{
    return cell.len > 0 ? cell : xa_slice_of("-");
}

void xa_table_measure(struct xa_table *t, const struct xa_slice *cells)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t width = xa_text_characters(shown(cells[i]));
        if (width > t->width[i])
            t->width[i] = width;
    }
}

void xa_table_print(const struct xa_table *t, struct xa_out *o, const struct xa_slice *cells)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct xa_slice cell = shown(cells[i]);
        if (i + 1 == t->n_columns)
            xa_out_slice(o, cell);
        else
            xa_out_padded(o, cell, t->width[i] + 2);
    }
    xa_out_char(o, '\n');
}
