#include "agent/broker/near.h"

#include "proto/limits.h"

/* Edit distance with swaps of neighbours counted once; limit if it is that or
 * more, as soon as that is sure: a file may hold ten thousand names. */
static unsigned distance(struct xa_slice a, struct xa_slice b, unsigned limit)
{
    unsigned row[3][XA_NAME_MAX + 1];
    if ((a.len > b.len ? a.len - b.len : b.len - a.len) >= limit)
        return limit;
    for (unsigned j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *above = row[(i - 1) % 3], *now = row[i % 3];
        const unsigned *before = row[(i + 1) % 3];
        unsigned least = now[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned best = above[j - 1] + (a.at[i - 1] != b.at[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
            least = best < least ? best : least;
        }
        if (least >= limit + 1)      /* a swap may still take one off */
            return limit;
    }
    return row[a.len % 3][b.len];
}

struct xa_near xa_near_begin(struct xa_slice typed)
{
    struct xa_near near = { .typed = typed };
    near.beyond = typed.len == 0 || typed.len > XA_NAME_MAX ? 0
                : typed.len <= 3 ? 2 : typed.len <= 8 ? 3 : 4;
    return near;
}

bool xa_near_offer(struct xa_near *near, struct xa_slice name)
{
    if (near->beyond == 0 || name.len > XA_NAME_MAX)
        return false;
    unsigned d = distance(near->typed, name, near->beyond);
    if (d >= near->beyond)
        return false;
    near->beyond = d;
    near->nearest = name;
    return true;
}
