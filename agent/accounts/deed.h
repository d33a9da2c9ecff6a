/* What a call of long work has changed at AWS, or was refused to, in words for the log (P7). */
#ifndef XA_AGENT_ACCOUNTS_DEED_H
#define XA_AGENT_ACCOUNTS_DEED_H

#include "agent/accounts/task_impl.h"

/* From the form of the call that is to be made: what it is about. Before the call. */
void deed_begin(struct xa_task *task);

/* Its outcome, once it is known; record is NULL if AWS did not answer. */
void deed_end(struct xa_task *task, const struct xa_record *record);

#endif
