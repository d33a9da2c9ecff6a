/* How wide the terminal is, and text that keeps to it. */
#ifndef XA_CLIENT_BASE_SCREEN_H
#define XA_CLIENT_BASE_SCREEN_H

#include "client/base/output.h"

#define XA_SCREEN_NONE 100000        /* no terminal: as wide as anything is             */

/* Columns of the terminal that standard output is, at least 30; XA_SCREEN_NONE if it is none,
 * or does not tell. COLUMNS is not heeded: a shell's own variable is seldom exported. */
size_t xa_screen_columns(void);

/* The same of the terminal that another descriptor is. */
size_t xa_screen_columns_of(int fd);

/* Appends words, with line ends and blanks between them taken as one blank, so that no line is
 * wider than `columns`. The text begins where `at` characters stand already; each further
 * line begins with `indent` blanks. A word that is wider than a line is left whole. Ends
 * without a line end. */
void xa_out_wrapped(struct xa_out *o, const char *text, size_t at, size_t indent, size_t columns);

#endif
