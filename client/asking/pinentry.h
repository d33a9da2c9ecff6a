/* Asking by pinentry: the Assuan protocol, as much of it as a question needs. */
#ifndef XA_CLIENT_ASKING_PINENTRY_H
#define XA_CLIENT_ASKING_PINENTRY_H

#include "client/asking/prompt.h"

/* The program: XACCT_PINENTRY, else /usr/bin/pinentry or /usr/local/bin/pinentry if
 * there is a display to show it on; NULL if there is none. */
const char *xa_pinentry_find(void);

/* Asks. XA_CANCELLED: the person closed it; XA_NOT_ASKED: it cannot be used. */
bool xa_pinentry_read(const char *program, const struct xa_question *q, struct xa_phrase *ret,
                      struct xa_error *err) XA_MUST_CHECK;

/* Appends the text of a D line, with its %XX decoded, to *ret. False if it is too
 * long, holds a NUL or a broken escape. */
bool xa_pinentry_decode(struct xa_slice line, struct xa_phrase *ret) XA_MUST_CHECK;

#endif
