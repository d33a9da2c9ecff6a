/* JSON for the eye: what came in one line, on many. */
#ifndef XA_CLIENT_BASE_JSON_INDENT_H
#define XA_CLIENT_BASE_JSON_INDENT_H

#include "client/base/output.h"

/* Appends the JSON, each member and element on a line of its own; all lines but the first
 * begin with `margin` blanks. Blanks outside of texts are taken away first. Judges nothing:
 * what is no JSON comes out with blanks in it. */
void xa_json_indent(struct xa_out *o, struct xa_slice json, unsigned margin);

#endif
