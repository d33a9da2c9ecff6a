/* What the system's allocator is told, so that the agent at rest is as small as what it
 * holds. Where the allocator is another, nothing is told. */
#ifndef XA_AGENT_HEAP_H
#define XA_AGENT_HEAP_H

/* At the start, before there is a second thread. */
void xa_heap_settle(void);

/* Much was freed just now, and will not be needed again soon. */
void xa_heap_give_back(void);

#endif
