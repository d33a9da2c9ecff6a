/* Asking a person which destination, where the command line names none. */
#ifndef XA_CLIENT_SHELL_PICKER_H
#define XA_CLIENT_SHELL_PICKER_H

#include "client/client.h"
#include "proto/limits.h"

/* True if someone at a terminal can be asked, as far as this run may ask. */
bool xa_picker_possible(const struct xa_client *c);

/* Asks: XACCT_PICKER (a command that gets a line for each on its standard input and prints the
 * chosen one, of which the first word counts), else fzf if there is one, else a numbered list on
 * the terminal. What was chosen last stands first, and the choice is noted. XA_CANCELLED: none
 * was taken. XA_NO_SUCH_NAME: there is nothing to choose, or the answer is none of them. */
bool xa_picker_ask(struct xa_client *c, char ret[XA_NAME_MAX + 1],
                   struct xa_error *err) XA_MUST_CHECK;

#endif
