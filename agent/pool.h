/* Where connections come from and go to: a few are kept for the next, and after a crowd the
 * memory goes back to the system. */
#ifndef XA_AGENT_POOL_H
#define XA_AGENT_POOL_H

#include "agent/conn.h"

#define XA_POOL_KEPT_MAX 32            /* own choice                                  */
#define XA_POOL_CROWD 512              /* so many at once are one; own choice         */

/* Zeroed: empty. */
struct xa_pool {
    struct xa_conn *kept;              /* by their `next` */
    unsigned n_kept, n_used;
    unsigned n_peak;                   /* of n_used, since memory was given back last */
};

/* Zeroed; NULL: no memory. */
struct xa_conn *xa_pool_take(struct xa_pool *pool);
void xa_pool_give(struct xa_pool *pool, struct xa_conn *conn);
void xa_pool_finish(struct xa_pool *pool);       /* none may be in use */

#endif
