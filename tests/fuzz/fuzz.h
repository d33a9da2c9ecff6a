/* What a fuzz target is: one function, run over one input. A finding ends the process. */
#ifndef XA_TESTS_FUZZ_H
#define XA_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that holds for every input. */
#define HOLDS(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                  \
        }                                                                             \
    } while (0)

/* True if the part lies in the whole; an empty part may lie anywhere. */
static inline bool lies_in(struct xa_slice part, struct xa_slice whole)
{
    return part.len == 0 || (part.at >= whole.at && part.len <= whole.len &&
                             part.at + part.len <= whole.at + whole.len);
}

static inline bool same(struct xa_slice a, struct xa_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Takes a line, without its end, off *rest; empty at the end. Inputs of several texts
 * are lines. */
static inline struct xa_slice next_line(struct xa_slice *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    struct xa_slice line = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
    size_t used = line.len + (end != NULL);
    rest->at += used;
    rest->len -= used;
    return line;
}

#endif
