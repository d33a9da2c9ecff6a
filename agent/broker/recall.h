/* What requests came to, by their bytes: so that one that comes again needs no plan. Kept for
 * as long as nothing has changed that a plan is made of, and not longer; again.c says which
 * plans may be kept at all. */
#ifndef XA_AGENT_BROKER_RECALL_H
#define XA_AGENT_BROKER_RECALL_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"
#include "proto/wire.h"

struct xa_recall;

#define XA_RECALL_KEPT_MAX 256         /* own choice, as the next three               */
#define XA_RECALL_HOPS_MAX 4
#define XA_RECALL_REQUEST_MAX 512      /* of a request's bytes ...                    */
#define XA_RECALL_TEXTS_MAX 1024       /* ... and of all texts beside them            */

/* What a plan is made of, beside the request: counters of their changes. */
struct xa_recall_basis {
    unsigned config, profiles;
    unsigned long vault, learned;
};

/* What is left of a plan. */
struct xa_kept {
    struct xa_slice account, region, name, label, level, label_variables, why;
    uint32_t min_left_s;               /* as it was wished                            */
    bool renewed;                      /* what it came to is renewed in the background */
    unsigned renewal_at;               /* where it was found there                    */
    unsigned n_keys;
    uint8_t keys[XA_RECALL_HOPS_MAX][32];      /* of the hops; the last is the goal's  */
};

struct xa_recall *xa_recall_new(struct xa_error *err) XA_MUST_CHECK;
void xa_recall_free(struct xa_recall **recall);          /* NULL is fine */

/* Forgets all. Each find and keep does so by itself on another basis; a lock does not wait for
 * the next one. */
void xa_recall_forget(struct xa_recall *recall);

/* What was kept for exactly these bytes on exactly this basis; NULL: nothing. On any other
 * basis all is forgotten. Valid until the next call. */
struct xa_kept *xa_recall_find(struct xa_recall *recall, const struct xa_recall_basis *basis,
                               struct xa_slice request);

/* Keeps a copy with its texts, in place of what was used least lately; not where a limit
 * above, or memory, is in the way. */
void xa_recall_keep(struct xa_recall *recall, const struct xa_recall_basis *basis,
                    struct xa_slice request, const struct xa_kept *kept);

#endif
