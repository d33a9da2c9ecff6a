/* Colours for the eye: whether they are wanted, and which a level has. */
#ifndef XA_CLIENT_BASE_COLOUR_H
#define XA_CLIENT_BASE_COLOUR_H

#include "proto/error.h"
#include "proto/wire.h"

/* By --color's value, if `when` is one; else never with NO_COLOR in the environment, and as
 * `otherwise` says. XA_USAGE. */
bool xa_colour_wanted(const char *when, bool otherwise, bool *ret,
                      struct xa_error *err) XA_MUST_CHECK;

/* The number of ANSI's colour for a level: red for what is alive, yellow for what comes before
 * it, green for the rest; 0 for a level that says nothing. The words are those of the console's
 * link (agent/aws/console.c). */
unsigned xa_colour_of_level(struct xa_slice level);

#endif
