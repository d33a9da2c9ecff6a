#include "agent/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/heap.h"

#define GONE 8                         /* a crowd has gone when an eighth of it is left */

struct xa_conn *xa_pool_take(struct xa_pool *pool)
{
    struct xa_conn *conn = pool->kept;
    if (conn != NULL) {
        pool->kept = conn->next;
        pool->n_kept--;
        memset(conn, 0, sizeof *conn);
    } else if ((conn = calloc(1, sizeof *conn)) == NULL) {
        return NULL;
    }
    if (++pool->n_used > pool->n_peak)
        pool->n_peak = pool->n_used;
    return conn;
}

void xa_pool_give(struct xa_pool *pool, struct xa_conn *conn)
{
    pool->n_used--;
    if (pool->n_kept < XA_POOL_KEPT_MAX) {
        conn->next = pool->kept;
        pool->kept = conn;
        pool->n_kept++;
    } else {
        free(conn);
    }
    if (pool->n_peak >= XA_POOL_CROWD && pool->n_used <= pool->n_peak / GONE) {
        pool->n_peak = pool->n_used;
        xa_heap_give_back();
    }
}

void xa_pool_finish(struct xa_pool *pool)
{
    assert(pool->n_used == 0);
    while (pool->kept != NULL) {
        struct xa_conn *conn = pool->kept;
        pool->kept = conn->next;
        free(conn);
    }
    pool->n_kept = 0;
}
