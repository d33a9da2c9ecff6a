/* The grammar of ~/.aws/config and ~/.aws/credentials that the AWS SDKs agreed on
 * (facts 4.2), a line at a time. Bytes in, events out: nothing is allocated or copied.
 *
 * What the grammar ignores (sections of other kinds, names with other characters) is
 * passed over here, so that readers see only what counts. Merging is theirs. No message
 * repeats what a line holds: it may be a secret. */
#ifndef XA_PROTO_AWSFILE_H
#define XA_PROTO_AWSFILE_H

#include "proto/error.h"
#include "proto/wire.h"

/* Which headers count: [default], [profile x], [sso-session x] and [services x] of a
 * config file; [x] of a credentials file. */
enum xa_awsfile_flavour { XA_AWSFILE_CONFIG, XA_AWSFILE_CREDENTIALS };

enum xa_awsfile_section { XA_AWSFILE_PROFILE, XA_AWSFILE_SSO_SESSION, XA_AWSFILE_SERVICES };

enum xa_awsfile_event {
    XA_AWSFILE_HEADER,     /* of a section that counts                               */
    XA_AWSFILE_KEY,        /* key = value                                            */
    XA_AWSFILE_MORE,       /* a further line of the last key's value                 */
    XA_AWSFILE_END,
    XA_AWSFILE_ERROR,      /* *err says file and line                                */
};

struct xa_awsfile {
    const char *file;                   /* for messages; borrowed                    */
    enum xa_awsfile_flavour flavour;
    struct xa_slice rest;               /* what is still to read; borrowed           */
    unsigned line;                      /* of what was read last, from 1             */
    struct xa_slice line_text;          /* the whole line read last, with its end    */
    bool in_section, ignored;           /* ignored: all that is in it, too           */
    bool in_key, nested, key_ignored;   /* nested: its own line had no value         */

    enum xa_awsfile_section section;    /* of the section we are in                  */
    struct xa_slice name;
    bool prefixed;                      /* "[profile default]", not "[default]"      */
    struct xa_slice key;                /* as written: keys have no case             */
    struct xa_slice value;              /* trimmed; of the event's own line          */
};

void xa_awsfile_init(struct xa_awsfile *f, const char *file, enum xa_awsfile_flavour flavour,
                     struct xa_slice text);

/* The next event. All slices borrow the text. After XA_AWSFILE_ERROR: XA_BAD_CONFIG in
 * *err as "FILE:LINE: what is wrong". A section's errors count even where the section
 * is ignored. */
enum xa_awsfile_event xa_awsfile_next(struct xa_awsfile *f, struct xa_error *err) XA_MUST_CHECK;

/* Splits one line "key = value" of a nested value. False: no key, or no '='. */
bool xa_awsfile_split(struct xa_slice line, struct xa_slice *ret_key, struct xa_slice *ret_value);

/* True for a key whose value is a secret: a secret key, a session token. */
bool xa_awsfile_key_is_secret(struct xa_slice key);

/* True for a line of a file's text that sets such a key, in any section, indented, even
 * commented out; *ret_value is all that stands behind its '='. For those who take secrets
 * out of a text without trusting its grammar. */
bool xa_awsfile_line_secret(struct xa_slice line, struct xa_slice *ret_value);

#endif
