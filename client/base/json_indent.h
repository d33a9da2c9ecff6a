/* JSON that came compact, for people to read: a member or an element a line. */
#ifndef XA_CLIENT_BASE_JSON_INDENT_H
#define XA_CLIENT_BASE_JSON_INDENT_H

#include "client/base/output.h"

/* Appends it. Every line but the first begins with `indent` blanks, and two more for each
 * bracket that is open; no line end follows the last. What is no JSON comes out in some form,
 * with no character lost. */
void xa_out_json(struct xa_out *o, struct xa_slice json, size_t indent);

#endif
