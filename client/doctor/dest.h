/* `doctor DEST`: why can the role not be assumed, and what mends it? The agent walks the
 * causes; here they are shown. */
#ifndef XA_CLIENT_DOCTOR_DEST_H
#define XA_CLIENT_DOCTOR_DEST_H

#include "client/client.h"

/* Prints the walk, the verdict and what mends it, as words or as JSON; sets the client's exit
 * status. Errors: those of xa_task_run and of xa_wish_fill. */
bool xa_doctor_dest(struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

#endif
