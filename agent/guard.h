/* When the vault is open, and what has to hold while it is: time-outs, suspend,
 * locked memory. */
#ifndef XA_AGENT_GUARD_H
#define XA_AGENT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"

struct xa_agent;

/* Wipes keys and, unless keep, issued credentials. */
void xa_guard_lock(struct xa_agent *agent, bool keep, const char *why);

/* The vault was opened; it was used. Both put the time-outs off. */
void xa_guard_opened(struct xa_agent *agent);
void xa_guard_used(struct xa_agent *agent);

/* Looks at the time-outs, by BOOTTIME, since timers stand still while a machine
 * sleeps (T2). A rotation's step comes to its end first: the key that AWS has just made
 * could not be stored by a locked vault. Called by the tick and before every request. */
void xa_guard_check_time(struct xa_agent *agent);

/* Seconds until the vault locks by itself; 0: locked. */
uint32_t xa_guard_lock_in_s(struct xa_agent *agent);

/* False, with the limit and the remedy, if secrets would lie in memory that can be
 * swapped and nobody has allowed that (M2). */
bool xa_guard_memory(const struct xa_agent *agent, struct xa_error *err) XA_MUST_CHECK;

#endif
