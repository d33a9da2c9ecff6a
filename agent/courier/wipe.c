#include "agent/courier/wipe.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before each block stands its size, in a head that keeps the block aligned as
 * malloc would have. */
union head {
    size_t size;
    max_align_t aligned;
};

void *xa_wipe_malloc(size_t size)
{
    if (size > SIZE_MAX - sizeof(union head))
        return NULL;
    union head *head = malloc(sizeof *head + size);
    if (head == NULL)
        return NULL;
    head->size = size;
    return head + 1;
}

void *xa_wipe_calloc(size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    void *at = xa_wipe_malloc(n * size);
    if (at != NULL)
        memset(at, 0, n * size);
    return at;
}

void *xa_wipe_realloc(void *at, size_t size)
{
    if (at == NULL)
        return xa_wipe_malloc(size);
    if (size == 0) {
        xa_wipe_free(at);
        return NULL;
    }
    const union head *head = (const union head *)at - 1;
    void *moved = xa_wipe_malloc(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, at, head->size < size ? head->size : size);
    xa_wipe_free(at);
    return moved;
}

char *xa_wipe_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = xa_wipe_malloc(size);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void xa_wipe_free(void *at)
{
    if (at == NULL)
        return;
    union head *head = (union head *)at - 1;
    explicit_bzero(head, sizeof *head + head->size);
    free(head);
}
