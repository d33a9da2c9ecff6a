/* Getting secrets from whoever can give them, in the order of design.md, section 6:
 * --passphrase-fd, passphrase_command, /dev/tty, pinentry, askpass. */
#ifndef XA_CLIENT_ASKING_ASK_H
#define XA_CLIENT_ASKING_ASK_H

#include "client/asking/prompt.h"
#include "client/base/room.h"
#include "client/client.h"

/* True if a request of this run may be answered with a question: a person can be
 * asked, or --passphrase-fd holds the answer. Does not look for a passphrase_command,
 * which would read the configuration each time: see xa_ask_command_left. */
bool xa_ask_possible(const struct xa_client *c);

/* True if a person can be asked here: not --no-input, and a terminal whose foreground
 * is ours, or pinentry, or askpass. */
bool xa_ask_person_possible(const struct xa_client *c);

/* True if that person is at a terminal. */
bool xa_ask_terminal_possible(const struct xa_client *c);

/* True if the configuration has a passphrase_command that has not been run yet. */
bool xa_ask_command_left(const struct xa_client *c);

/* Gets the passphrase into xa_room.passphrase, which is never empty then. `complaint`
 * says what was wrong with the last one, or is NULL. deadline_ms is on xa_clock_ms; 0:
 * the whole lease from now.
 * XA_CANCELLED: the person would not; XA_NOT_ASKED: nobody is there to ask, or no
 * answer came; XA_UNLOCKED_MEMORY; XA_USAGE for a descriptor that holds none. */
bool xa_ask_passphrase(struct xa_client *c, const char *complaint, int64_t deadline_ms,
                       struct xa_error *err) XA_MUST_CHECK;

/* True if, after a wrong passphrase, somebody is left to ask: a descriptor and a
 * passphrase_command have one answer only. */
bool xa_ask_again_possible(const struct xa_client *c);

/* Gets a new passphrase into *ret: from the descriptor fd if it is not -1, else (with
 * `by_command`) from passphrase_command, else from a person, who types it twice. */
bool xa_ask_new_passphrase(struct xa_client *c, int fd, bool by_command, struct xa_phrase *ret,
                           struct xa_error *err) XA_MUST_CHECK;

/* Asks a person for one line. Errors as xa_ask_passphrase; an empty line is
 * XA_CANCELLED. */
bool xa_ask_line(struct xa_client *c, const struct xa_question *q, struct xa_phrase *ret,
                 struct xa_error *err) XA_MUST_CHECK;

/* Asks whether to go on; the question ends with "[y/N] ". XA_CANCELLED: no, or nothing, and
 * `refused` says what that means and c->declined is set; or the person would not be asked; XA_NOT_ASKED: nobody can be asked, and --yes would have done. */
bool xa_ask_yes(struct xa_client *c, const char *question, const char *refused,
                struct xa_error *err) XA_MUST_CHECK;

/* Reads one line from a descriptor, byte by byte, so that what follows stays there
 * for the next reader. The line's end is not part of it. XA_USAGE: empty or longer
 * than a phrase; `option` names it in the message. */
bool xa_ask_descriptor(struct xa_client *c, int fd, const char *option, struct xa_phrase *ret,
                       struct xa_error *err) XA_MUST_CHECK;

#endif
