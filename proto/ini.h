/* The grammar of configuration files (facts 4.2), a line at a time.
 *
 * In the strict form, xacct's own, a line that starts with white space is an
 * error unless it is blank or a comment; there are no continuations. */
#ifndef XA_PROTO_INI_H
#define XA_PROTO_INI_H

#include "proto/error.h"
#include "proto/wire.h"

enum xa_ini_event {
    XA_INI_SECTION,        /* a header: type and name ("[agent]" has name "")       */
    XA_INI_KEY,            /* key = value                                           */
    XA_INI_END,
    XA_INI_ERROR,          /* *err says file line and value                         */
};

struct xa_ini {
    const char *file;             /* for messages; borrowed                          */
    struct xa_slice rest;         /* what is still to read; borrowed                 */
    unsigned line;                /* of what was read last, from 1                   */
    bool in_section;
    struct xa_slice line_text;    /* the whole line read last, with its end          */
    struct xa_slice type, name;   /* of the section we are in                        */
    struct xa_slice key, value;   /* of the last XA_INI_KEY; key as written          */
};

/* Starts reading `text` strictly. A byte order mark is an error like any other. */
void xa_ini_init(struct xa_ini *ini, const char *file, struct xa_slice text);

/* The next event. All slices borrow the text. After XA_INI_ERROR: XA_BAD_CONFIG
 * in *err as "FILE:LINE: what is wrong, with the value". */
enum xa_ini_event xa_ini_next(struct xa_ini *ini, struct xa_error *err) XA_MUST_CHECK;

/* True if a key, as written, is this one: keys have no case (facts 4.2). */
bool xa_ini_key_is(struct xa_slice key, const char *name);

/* Splits a command (passphrase_command, mfa_command) into words at white space;
 * double quotes group, nothing else is special (design.md, section 7). Writes
 * the words, each with a NUL, into room and their addresses into argv, which is
 * closed with NULL. XA_BAD_CONFIG: open quote, empty command, too many words or
 * bytes. */
bool xa_ini_split(struct xa_slice value, char *room, size_t size, char **argv, size_t n_argv,
                  struct xa_error *err) XA_MUST_CHECK;

/* True for a name of a source or destination: [A-Za-z0-9_][A-Za-z0-9_.@:+/%-]{0,63} */
bool xa_name_valid(struct xa_slice name);

#endif
