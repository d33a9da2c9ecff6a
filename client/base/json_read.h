/* Reading JSON (RFC 8259) as it stands in a buffer: strictly, and in place, since escapes are
 * undone where they are. The bytes are a stranger's. */
#ifndef XA_CLIENT_BASE_JSON_READ_H
#define XA_CLIENT_BASE_JSON_READ_H

#include "proto/wire.h"

/* How deep the values may lie that nobody asked for; own choice. */
#define XA_JSON_READ_DEPTH 16

/* What is left to read; bad is sticky, and nothing moves then. */
struct xa_json_reader { uint8_t *at, *end; bool bad; };

/* The next byte; -1 at the end. */
int xa_json_peek(const struct xa_json_reader *r);
void xa_json_blanks(struct xa_json_reader *r);

/* This text comes next, or it is bad. */
void xa_json_expect(struct xa_json_reader *r, const char *text);

/* True, and past it, if c comes next behind any blanks. */
bool xa_json_take(struct xa_json_reader *r, char c);

/* A string's text, a number's digits; they borrow the buffer. */
struct xa_slice xa_json_take_string(struct xa_json_reader *r);
struct xa_slice xa_json_take_number(struct xa_json_reader *r);

/* Passes over any value; depth: of those around it. */
void xa_json_skip(struct xa_json_reader *r, unsigned depth);

/* The text of one member of the object that is all there is; empty if it has none, or one of
 * another kind. The last one counts. False: it is no such object. */
bool xa_json_find_text(struct xa_json_reader *r, const char *name,
                       struct xa_slice *ret) XA_MUST_CHECK;

#endif
