#include "client/table.h"

static struct xa_slice shown(struct xa_slice cell)
{
    return cell.len > 0 ? cell : xa_slice_of("-");
}

/* Characters of UTF-8 text: all bytes but those that continue one. */
static size_t characters(struct xa_slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += (s.at[i] & 0xc0) != 0x80;
    return n;
}

void xa_table_measure(struct xa_table *t, const struct xa_slice *cells)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t width = characters(shown(cells[i]));
        if (width > t->width[i])
            t->width[i] = width;
    }
}

void xa_table_print(const struct xa_table *t, struct xa_out *o, const struct xa_slice *cells)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct xa_slice cell = shown(cells[i]);
        xa_out_slice(o, cell);
        if (i + 1 == t->n_columns)
            break;
        for (size_t n = characters(cell); n < t->width[i] + 2; n++)
            xa_out_char(o, ' ');
    }
    xa_out_char(o, '\n');
}
