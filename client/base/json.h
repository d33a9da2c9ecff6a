/* JSON as the client writes it: compact, members in the order of the calls. */
#ifndef XA_CLIENT_BASE_JSON_H
#define XA_CLIENT_BASE_JSON_H

#include "client/base/output.h"

#define XA_JSON_DEPTH 8

struct xa_json {
    struct xa_out *out;                  /* borrowed                               */
    unsigned depth;
    bool follows[XA_JSON_DEPTH + 1];     /* something stands before, so: a comma   */
};

struct xa_json xa_json_begin(struct xa_out *out);

/* key is NULL for an element of an array and for the outermost value. */
void xa_json_open(struct xa_json *j, const char *key, char bracket);     /* '{' or '[' */
void xa_json_close(struct xa_json *j, char bracket);                     /* '}' or ']' */

/* An empty text is written as null, so that a member is always there. Bytes that
 * are not printable UTF-8 are escaped. */
void xa_json_text(struct xa_json *j, const char *key, struct xa_slice text);
/* A text of which it is known that it is XA_CHARS_JSON (proto/chars.h): it is not looked at. */
void xa_json_plain(struct xa_json *j, const char *key, struct xa_slice text);
/* A value that is JSON already. */
void xa_json_raw(struct xa_json *j, const char *key, struct xa_slice json);
void xa_json_number(struct xa_json *j, const char *key, uint64_t v);
void xa_json_flag(struct xa_json *j, const char *key, bool v);

/* Unix seconds as a date in UTC; 0 is null. */
void xa_json_time(struct xa_json *j, const char *key, uint64_t unix_s);

#endif
