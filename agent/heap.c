#include "agent/heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

#define MAPPED_MIN (128 * 1024)        /* glibc's own at the start */

/* One arena: threads of the pool derive keys and write files, and hardly allocate. What is
 * large is mapped and so given back when freed; glibc would raise that bound to the largest
 * that ever was freed, and keep a whole configuration's room after each reload. */
void xa_heap_settle(void)
{
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
}

void xa_heap_give_back(void)
{
    (void)malloc_trim(0);
}
#else
void xa_heap_settle(void)
{
}

void xa_heap_give_back(void)
{
}
#endif
