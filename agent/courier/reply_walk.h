/* The way through an answer's XML, element by element. The one door to expat. */
#ifndef XA_AGENT_COURIER_REPLY_WALK_H
#define XA_AGENT_COURIER_REPLY_WALK_H

#include <stdbool.h>

#include "proto/wire.h"

struct reply_walk;

/* Who walks. path: local names from the root on, each after a '/'; attributes and
 * namespaces are not looked at. */
struct reply_walker {
    /* An element begins. True if its text is wanted: then none may stand within it. */
    bool (*begin)(struct reply_walk *walk, void *ctx, const char *path);
    /* A part of a wanted text, as many as there are. */
    void (*text)(struct reply_walk *walk, void *ctx, struct xa_slice part);
    /* The element that begin was told of ends. */
    void (*end)(struct reply_walk *walk, void *ctx, const char *path);
};

/* Walks through a whole document as N4 wants it: no document type, no entities but the
 * five and numeric ones, at most 16 levels. NULL, or what is wrong with it, for people;
 * nothing is called any more then. */
const char *reply_walk(struct xa_slice body, const struct reply_walker *walker, void *ctx);

/* What a walker calls when it wants no more of this: the first fault counts. */
void reply_walk_refuse(struct reply_walk *walk, const char *fault);

/* White space of XML. */
static inline bool reply_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#endif
