/* "Did you mean": the nearest of a few words. */
#ifndef XA_CLIENT_BASE_SUGGEST_H
#define XA_CLIENT_BASE_SUGGEST_H

#include <stddef.h>

/* How many single edits (insert, delete, replace, swap two neighbours) lie between
 * the words. Words longer than 64 bytes are as far apart as can be: SIZE_MAX. */
size_t xa_suggest_distance(const char *a, const char *b);

struct xa_suggestion {
    const char *word;        /* what was typed; borrowed          */
    const char *nearest;     /* the nearest offered so far        */
    size_t distance;         /* of it                             */
};

struct xa_suggestion xa_suggest_begin(const char *word);

/* Offers a candidate, which is borrowed. */
void xa_suggest_offer(struct xa_suggestion *s, const char *candidate);

/* The nearest, or NULL if none is near enough to be what was meant: at most one
 * edit for each three letters typed, and two for words of three to five. A word
 * that begins with what was typed (two letters or more) is always near enough. */
const char *xa_suggest_end(const struct xa_suggestion *s);

#endif
