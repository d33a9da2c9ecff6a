#include "client/base/table.h"

#define CELL_MIN 8              /* narrower than this a cell says nothing              */

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

void xa_table_fit(struct xa_table *t, size_t columns)
{
    for (;;) {
        size_t widest = 0, total = 2 * (t->n_columns - 1);
        for (size_t i = 0; i < t->n_columns; i++) {
            total += t->width[i];
            if (t->width[i] > t->width[widest])
                widest = i;
        }
        if (total <= columns || t->width[widest] <= CELL_MIN)
            return;
        t->width[widest]--;
    }
}

/* As many characters as fit; the last of them says that there were more. */
static void put_cut(struct xa_out *o, struct xa_slice cell, size_t width, size_t padded)
{
    size_t len = 0;
    for (size_t n = 0; len < cell.len; len++) {
        n += (cell.at[len] & 0xc0) != 0x80;
        if (n == width)
            break;
    }
    xa_out_slice(o, (struct xa_slice){ cell.at, len });
    xa_out_padded(o, xa_slice_of("…"), padded - (width - 1));
}

void xa_table_print(const struct xa_table *t, struct xa_out *o, const struct xa_slice *cells)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct xa_slice cell = shown(cells[i]);
        bool last = i + 1 == t->n_columns;
        if (xa_text_characters(cell) > t->width[i])
            put_cut(o, cell, t->width[i], last ? t->width[i] : t->width[i] + 2);
        else if (last)
            xa_out_slice(o, cell);
        else
            xa_out_padded(o, cell, t->width[i] + 2);
    }
    xa_out_char(o, '\n');
}
