#include "agent/courier/reply_walk.h"

#include <expat.h>
#include <stddef.h>
#include <string.h>

#include "agent/courier/wipe.h"

#define DEPTH_MAX 16         /* N4 */
#define PATH_SIZE 256        /* of local names; ours take 160 */

struct reply_walk {
    XML_Parser parser;
    const struct reply_walker *walker;
    void *ctx;
    bool in_text;                        /* of a wanted one                       */
    char path[PATH_SIZE];
    size_t path_len[DEPTH_MAX + 1];      /* path's length at each depth           */
    unsigned depth;
    const char *fault;                   /* why it is refused; NULL: it is not    */
};

void reply_walk_refuse(struct reply_walk *walk, const char *fault)
{
    if (walk->fault == NULL)
        walk->fault = fault;
    XML_StopParser(walk->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static bool push(struct reply_walk *walk, const char *name)
{
    size_t at = walk->path_len[walk->depth], len = strlen(name);
    if (walk->depth == DEPTH_MAX || len + 2 > PATH_SIZE - at)
        return false;
    walk->path[at] = '/';
    memcpy(walk->path + at + 1, name, len + 1);
    walk->path_len[++walk->depth] = at + 1 + len;
    return true;
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct reply_walk *walk = ctx;
    (void)attributes;
    if (walk->fault != NULL)
        return;
    if (walk->in_text)
        reply_walk_refuse(walk, "an element stands within a text");
    else if (!push(walk, local_name(name)))
        reply_walk_refuse(walk, "its elements are nested too deep or their names too long");
    else
        walk->in_text = walk->walker->begin(walk, walk->ctx, walk->path);
}

static void on_end(void *ctx, const XML_Char *name)
{
    struct reply_walk *walk = ctx;
    (void)name;
    if (walk->fault != NULL)
        return;
    walk->walker->end(walk, walk->ctx, walk->path);
    walk->in_text = false;
    walk->depth--;
    walk->path[walk->path_len[walk->depth]] = '\0';
}

static void on_text(void *ctx, const XML_Char *text, int n)
{
    struct reply_walk *walk = ctx;
    if (walk->fault == NULL && walk->in_text)
        walk->walker->text(walk, walk->ctx,
                           (struct xa_slice){ (const uint8_t *)text, (size_t)n });
}

/* Entities need a document type to be declared in: without one there are no
 * bombs and nothing to fetch. */
static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    reply_walk_refuse(ctx, "it has a document type");
}

const char *reply_walk(struct xa_slice body, const struct reply_walker *walker, void *ctx)
{
    static const XML_Memory_Handling_Suite memory = { xa_wipe_malloc, xa_wipe_realloc,
                                                      xa_wipe_free };
    struct reply_walk walk = { .walker = walker, .ctx = ctx };

    walk.parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    if (walk.parser == NULL)
        return "no memory is left to read it";
    XML_SetUserData(walk.parser, &walk);
    XML_SetElementHandler(walk.parser, on_start, on_end);
    XML_SetCharacterDataHandler(walk.parser, on_text);
    XML_SetStartDoctypeDeclHandler(walk.parser, on_doctype);
    if (XML_Parse(walk.parser, (const char *)body.at, (int)body.len, XML_TRUE) != XML_STATUS_OK &&
        walk.fault == NULL)
        walk.fault = "it is not well-formed XML";
    XML_ParserFree(walk.parser);
    return walk.fault;
}
