/* What the readers of xacct's configuration (ini) and of the AWS files (awsfile) have in
 * common: lines, blanks, comments. */
#ifndef XA_PROTO_LINE_H
#define XA_PROTO_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire.h"

/* A space or a tab; '#' or ';'. */
bool xa_line_is_blank(uint8_t c);
bool xa_line_is_comment(uint8_t c);

/* Without the blanks around it. */
struct xa_slice xa_line_trim(struct xa_slice s);

/* Takes a line off *rest and returns it without its end (LF or CR LF); *ret_whole has
 * the end, for those who edit. */
struct xa_slice xa_line_take(struct xa_slice *rest, struct xa_slice *ret_whole);

#endif
