/* How a failure is told (design.md, section 8). */
#ifndef XA_CLIENT_REPORT_H
#define XA_CLIENT_REPORT_H

#include "client/commands.h"

/* Writes the failure to standard error, in one write:
 *     xacct: WHAT failed for WHICH: reason
 *       why: …
 *       aws: AccessDenied (request id …)
 *       try: one command
 * c->command may be NULL (not known yet) and usage errors have no "failed for". An
 * empty message says nothing at all. Returns the exit status. */
int xa_report(const struct xa_client *c, const struct xa_error *err);

#endif
