/* Asking by an askpass program: it shows its argument and prints the answer. */
#ifndef XA_CLIENT_ASKING_ASKPASS_H
#define XA_CLIENT_ASKING_ASKPASS_H

#include "client/asking/prompt.h"

/* XACCT_ASKPASS, else SSH_ASKPASS if there is a display; NULL if there is none. */
const char *xa_askpass_find(void);

/* Runs it with the question as its argument. XA_CANCELLED: it ended with a status
 * other than 0, as askpass programs do; XA_NOT_ASKED: it cannot be used. */
bool xa_askpass_read(const char *program, const struct xa_question *q, struct xa_phrase *ret,
                     struct xa_error *err) XA_MUST_CHECK;

#endif
