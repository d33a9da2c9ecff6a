/* Help, made from the table of commands and the table of options. */
#ifndef XA_CLIENT_HELP_H
#define XA_CLIENT_HELP_H

#include <stddef.h>

#include "proto/error.h"

/* Prints help on the command that the words name, on a family, or (no words) on all. */
bool xa_help(const char *const *words, size_t n_words, struct xa_error *err) XA_MUST_CHECK;

#endif
