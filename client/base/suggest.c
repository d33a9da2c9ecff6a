#include "client/base/suggest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 64

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t xa_suggest_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][WORD_MAX + 1];
    size_t *above2 = rows[0], *above = rows[1], *row = rows[2];
    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        above[j] = above2[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
        size_t *oldest = above2;
        above2 = above;
        above = row;
        row = oldest;
    }
    return above[m];
}

struct xa_suggestion xa_suggest_begin(const char *word)
{
    return (struct xa_suggestion){ word, NULL, SIZE_MAX };
}

void xa_suggest_offer(struct xa_suggestion *s, const char *candidate)
{
    size_t len = strlen(s->word);
    size_t distance = xa_suggest_distance(s->word, candidate);
    if (len >= 2 && distance > 1 && strncmp(s->word, candidate, len) == 0)
        distance = 1;
    if (distance < s->distance) {
        s->nearest = candidate;
        s->distance = distance;
    }
}

const char *xa_suggest_end(const struct xa_suggestion *s)
{
    size_t len = strlen(s->word);
    size_t near = len < 3 ? 1 : len < 6 ? 2 : len / 3;
    return s->distance <= near && s->distance < len ? s->nearest : NULL;
}
