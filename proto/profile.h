/* The profiles of ~/.aws/config and ~/.aws/credentials, merged as the SDKs do it (facts
 * 4.2), and what a profile's credentials come from (facts 4.5).
 *
 * Only the grammar refuses a file as a whole. A bad value is an error of its profile, and
 * only when that profile is asked for. Names that are none of xacct's (xa_name_valid) are
 * passed over. */
#ifndef XA_PROTO_PROFILE_H
#define XA_PROTO_PROFILE_H

#include "proto/awsfile.h"
#include "proto/message.h"

struct xa_profiles;          /* of both files                                        */
struct xa_profile;           /* one of them; borrows xa_profiles                      */

/* A file's text and the name it has in messages. */
struct xa_profiles_text { const char *name; struct xa_slice text; };

/* Reads both texts; either may be empty. Borrows them and the names until it is freed,
 * copies nothing of what stands in them, and needs some 50 bytes a section beside.
 * NULL: XA_BAD_CONFIG as "FILE:LINE: what is wrong", XA_NO_MEMORY. */
struct xa_profiles *xa_profiles_new(struct xa_profiles_text config,
                                    struct xa_profiles_text credentials,
                                    struct xa_error *err) XA_MUST_CHECK;
void xa_profiles_free(struct xa_profiles **profiles);    /* NULL is fine */

/* The profile of that name, or NULL; in the time of a binary search. */
const struct xa_profile *xa_profiles_find(const struct xa_profiles *profiles,
                                          struct xa_slice name);

/* The next profile in the order of the files, config first, and onward: *cursor is 0 at
 * first and may be kept from one call to another as long as the texts are the same.
 * NULL: there are no more. */
const struct xa_profile *xa_profiles_next(const struct xa_profiles *profiles, uint32_t *cursor);

struct xa_slice xa_profile_name(const struct xa_profile *profile);

/* True for a profile that has a role_arn. */
bool xa_profile_is_role(const struct xa_profile *profile);

/* Fills ret[max] with what leads to the credentials of profile `name`: itself, and item
 * by item the profile that its source_profile names. All but the last are roles with a
 * source. A source that stands in no file, or has no credentials there, is
 * XA_PROFILE_NOTHING: the vault may hold it. A role that is its own source stands there
 * twice, the second time as XA_PROFILE_KEYS, or XA_PROFILE_NOTHING if the file has no
 * keys of it. Slices borrow the texts; none is a secret,
 * and all fit the limits of the wire.
 *
 * Returns how many, or 0 with XA_NO_SUCH_NAME (there is no such profile) or
 * XA_BAD_CONFIG: a loop (the chain is named), both or neither of source_profile and
 * credential_source, half a key pair (the missing half is named), a web identity without
 * a role_arn, a [services] section that is not there, a value that is none, or a chain of
 * more than `max`. */
size_t xa_profiles_chain(const struct xa_profiles *profiles, struct xa_slice name,
                         struct xa_profile_part *ret, size_t max, struct xa_error *err);

/* --- single keys ---------------------------------------------------------------------- */

/* What a key is set to. The key is in lower case. */
struct xa_profile_value {
    struct xa_slice text;            /* may be empty; of its first line only          */
    bool has_more;                   /* further lines follow                          */
    const char *file;
    unsigned line;
};

/* The value in force; false if the profile does not have the key. */
bool xa_profile_find_key(const struct xa_profiles *profiles, const struct xa_profile *profile,
                         const char *key, struct xa_profile_value *ret) XA_MUST_CHECK;

/* Walks all lines of all sections of a profile, those that win last: config before
 * credentials, each in its own order. */
struct xa_profile_walk {
    const struct xa_profiles *profiles;
    const struct xa_profile *const *next, *const *end;      /* sections to come       */
    enum xa_awsfile_flavour flavour;                        /* of the present one     */
    struct xa_awsfile at;                                   /* key, value, line, file */
};

void xa_profile_walk_init(struct xa_profile_walk *walk, const struct xa_profiles *profiles,
                          const struct xa_profile *profile);
/* The same for [sso-session NAME] or [services NAME]; at once over if there is none. */
void xa_profile_walk_section(struct xa_profile_walk *walk, const struct xa_profiles *profiles,
                             enum xa_awsfile_section section, struct xa_slice name);
/* Moves on to the next XA_AWSFILE_KEY or XA_AWSFILE_MORE; XA_AWSFILE_END at the end. */
enum xa_awsfile_event xa_profile_walk_next(struct xa_profile_walk *walk);

#endif
