#include "client/shell/quote.h"

/* Only a quote ends a quoted text: it stands outside, behind a backslash. */
void xa_shell_put_quoted(struct xa_out *o, struct xa_slice value)
{
    xa_out_char(o, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\'')
            xa_out_text(o, "'\\''");
        else
            xa_out_char(o, (char)value.at[i]);
    }
    xa_out_char(o, '\'');
}
