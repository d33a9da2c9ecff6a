/* --dry-run: what would be done to get credentials, shown without doing it. */
#ifndef XA_CLIENT_REQUESTS_PLAN_VIEW_H
#define XA_CLIENT_REQUESTS_PLAN_VIEW_H

#include "client/client.h"

/* True if the command line has --dry-run. */
bool xa_plan_wished(const struct xa_client *c);

/* Fails if --json was given, which is for the plan alone: XA_USAGE. */
bool xa_plan_json_alone(const struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

/* Asks the agent for the plan of the wish on the command line and prints it, hop by hop,
 * or as JSON. Nobody is asked anything. */
bool xa_plan_show(struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

#endif
