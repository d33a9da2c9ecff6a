/* Kinds of characters, told by a table: the long texts, a session token above all, are judged
 * byte by byte with every command. */
#ifndef XA_PROTO_CHARS_H
#define XA_PROTO_CHARS_H

#include "proto/wire.h"

/* All of ASCII, and each a part of the one before. */
enum xa_chars {
    XA_CHARS_PRINTABLE = 1,      /* from the blank to '~'                                 */
    XA_CHARS_JSON = 2,           /* what stands in a JSON string as it is                 */
    XA_CHARS_CREDENTIAL = 4,     /* what parsers of credentials read alike: no blanks, quotes,
                                  * backslashes, nor what a shell's pattern has           */
    XA_CHARS_SHELL = 8,          /* what every shell takes in single quotes and without them */
};

/* True if every byte is of the kind. */
bool xa_chars_all(struct xa_slice s, enum xa_chars kind);

/* How many bytes at the beginning are. */
size_t xa_chars_span(struct xa_slice s, enum xa_chars kind);

#endif
