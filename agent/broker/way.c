#include "agent/broker/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void xa_way_free(struct xa_step **way)
{
    for (struct xa_step *step = *way, *next; step != NULL; step = next) {
        next = step->next;
        free(step);
    }
    *way = NULL;
}

/* "a -> b -> a", the wish first; `way` is the last step found, the goal stands at its
 * end. */
static bool refuse_loop(const struct xa_step *way, struct xa_error *err)
{
    char chain[400];
    size_t len = 0, n = 0;
    const struct xa_step *steps[32];
    for (const struct xa_step *s = way; s != NULL && n < 32; s = s->next)
        steps[n++] = s;
    while (n > 0 && len < sizeof chain) {
        struct xa_slice name = steps[--n]->target.name;
        len += (size_t)snprintf(chain + len, sizeof chain - len, "%.*s -> ", (int)name.len,
                                (const char *)name.at);
    }
    struct xa_slice source = way->target.dest.source;
    if (len < sizeof chain)
        snprintf(chain + len, sizeof chain - len, "%.*s", (int)source.len,
                 (const char *)source.at);
    xa_fail(err, XA_BAD_CONFIG, "the chain of sources comes back to itself: %s", chain);
    return xa_hint(err, "xacct config check");
}

static bool on_the_way(const struct xa_step *way, struct xa_slice name)
{
    for (const struct xa_step *s = way; s != NULL; s = s->next)
        if (s->target.kind == XA_TARGET_ROLE && s->target.name.len == name.len &&
            memcmp(s->target.name.at, name.at, name.len) == 0)
            return true;
    return false;
}

/* The step before the first of `way`. */
static struct xa_step *step_back(const struct xa_sight *sight, const struct xa_wish *wish,
                                 struct xa_step *way, struct xa_error *err)
{
    struct xa_step *step = calloc(1, sizeof *step);
    if (step == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a plan");
        return NULL;
    }
    step->next = way;
    bool ok = way == NULL ? xa_target_find(sight, wish, &step->target, err)
                          : xa_target_parent(sight, &way->target, &step->target, err);
    if (ok && way != NULL && step->target.kind == XA_TARGET_ROLE &&
        on_the_way(way, step->target.name))
        ok = refuse_loop(way, err);
    if (ok)
        return step;
    free(step);
    return NULL;
}

struct xa_step *xa_way_find(const struct xa_sight *sight, const struct xa_wish *wish,
                            struct xa_error *err)
{
    struct xa_step *way = NULL;
    do {
        struct xa_step *step = step_back(sight, wish, way, err);
        if (step == NULL) {
            xa_way_free(&way);
            return NULL;
        }
        way = step;
    } while (way->target.kind == XA_TARGET_ROLE);
    return way;
}
