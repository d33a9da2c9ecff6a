/* Where the client keeps secrets: a few fixed places, locked, wiped on every way
 * out. Nothing here grows, and no function prints what is in it (security M1, M5). */
#ifndef XA_CLIENT_BASE_ROOM_H
#define XA_CLIENT_BASE_ROOM_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* Room for a request that carries a secret: a FOREIGN, which never is the first, or a
 * HELLO with two paths and another one after it. */
#define XA_REQUEST_ROOM (24 * 1024)

/* What a credential_process may print; own choice. */
#define XA_PROCESS_OUTPUT_MAX (64 * 1024)

/* Room for one set of credentials in any form that we print: the longest token
 * twice (`credential-process` names it twice) and the small fields. */
#define XA_OUT_ROOM (2 * XA_TOKEN_MAX + 8 * 1024)

/* A passphrase, a secret key, or another line that a person typed. */
struct xa_phrase {
    size_t len;
    char at[XA_PASSPHRASE_MAX + 1];    /* a NUL follows the text                    */
};

/* Holds the phrases and the request that carries them. Locked before the first
 * secret is read, not before: most runs read none. */
struct xa_room {
    struct xa_phrase passphrase, new_passphrase, again, secret;
    uint8_t raw[2048];                 /* what helpers write, before it is decoded  */
    uint8_t request[XA_REQUEST_ROOM];
};

/* Holds what comes back and what is printed of it. */
struct xa_result_room {
    uint8_t reply[XA_REPLY_MAX];
    char out[XA_OUT_ROOM];
};

/* Holds what a credential_process printed. */
struct xa_output_room {
    uint8_t at[XA_PROCESS_OUTPUT_MAX];
};

/* How much of each was ever used; of xa_output_room, how much is. Beside the rooms, so that one
 * that nobody used is not touched to be told so. */
struct xa_rooms_used { size_t request, reply, out, output; };

extern struct xa_room xa_room;
extern struct xa_result_room xa_result_room;
extern struct xa_output_room xa_output_room;
extern struct xa_rooms_used xa_used;

/* Locks xa_room in memory and makes this process undumpable, so that neither a
 * core file nor a program of the same user reads a passphrase out of it. Twice is
 * fine. XA_UNLOCKED_MEMORY if the system refuses the one, unless `allow_unlocked`, or the
 * other. */
bool xa_room_lock(bool allow_unlocked, struct xa_error *err) XA_MUST_CHECK;

/* Gives the core limit back that xa_room_lock took, for a program that takes this process's
 * place: what the limit guarded is wiped, or goes with the memory. */
void xa_room_give_limits_back(void);

/* Locks xa_result_room, page by page as it is touched. Returns false if the
 * system refuses: what it holds is temporary and about to be handed out. */
bool xa_result_room_lock(void);

/* Locks xa_output_room likewise and keeps it out of core files, both as far as the
 * system lets us. */
bool xa_output_room_lock(void);

/* Wipes all that was used of the rooms. */
void xa_room_wipe(void);

/* Wipes what a credential_process printed. */
void xa_output_room_wipe(void);

/* Wipes one phrase. */
void xa_phrase_wipe(struct xa_phrase *phrase);

/* The phrase's text; borrows it. */
struct xa_slice xa_phrase_slice(const struct xa_phrase *phrase);

/* Drops blanks and line ends at both sides: what pasting adds. Not for passphrases. */
void xa_phrase_trim(struct xa_phrase *phrase);

/* True if both hold the same text. Both were typed by one person, here and now. */
bool xa_phrase_same(const struct xa_phrase *a, const struct xa_phrase *b);

#endif
