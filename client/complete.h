/* What may stand where a command line ends: the one engine behind every shell's completion. */
#ifndef XA_CLIENT_COMPLETE_H
#define XA_CLIENT_COMPLETE_H

#include "client/client.h"

/* Appends a line for each thing that the last of the n words (behind "xacct") may become: it,
 * a tab, what it is. In the program of a command like exec, one line says where the program
 * begins: ":program N", as an index into the words. Names are asked of the agent; without
 * one there are none. */
void xa_complete(struct xa_client *c, const char *const *words, size_t n, struct xa_out *o);

#endif
