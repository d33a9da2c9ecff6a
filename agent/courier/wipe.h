/* Memory that is wiped when it is given back, for the courier's libraries
 * (security M6): expat, libcurl and OpenSSL keep copies of requests and answers
 * in buffers of their own and free them as they are. */
#ifndef XA_AGENT_COURIER_WIPE_H
#define XA_AGENT_COURIER_WIPE_H

#include <stddef.h>

/* As malloc, calloc, realloc, strdup and free. A block that grows is moved, and
 * the old one wiped. */
void *xa_wipe_malloc(size_t size);
void *xa_wipe_calloc(size_t n, size_t size);
void *xa_wipe_realloc(void *at, size_t size);
char *xa_wipe_strdup(const char *text);
void xa_wipe_free(void *at);

#endif
