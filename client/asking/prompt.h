/* Questions on /dev/tty: no stdio, no echo for secrets, the terminal as it was on
 * every way out (security M5). */
#ifndef XA_CLIENT_ASKING_PROMPT_H
#define XA_CLIENT_ASKING_PROMPT_H

#include "client/base/room.h"

struct xa_question {
    const char *text;          /* "Passphrase: "                                     */
    const char *complaint;     /* what was wrong with the last answer; or NULL       */
    bool echo;                 /* for what is no secret                              */
    int64_t deadline_ms;       /* on xa_clock_ms; 0: none                            */
    const char *about;         /* for a window, what it is for; NULL: the vault      */
};

/* True if /dev/tty opens and its foreground process group is ours: a job in the
 * background would be stopped by its own question. */
bool xa_prompt_available(void);

/* Asks, and reads one line into *ret, without its end. Ctrl-Z stops us and the
 * question is put again afterwards, or is ignored if standard output is no terminal; a
 * signal that ends us does so once the terminal is restored and *ret wiped.
 * XA_CANCELLED: Ctrl-C or Ctrl-D; XA_NOT_ASKED: no answer until the deadline, or no
 * terminal; XA_USAGE: longer than a phrase. */
bool xa_prompt_read(const struct xa_question *q, struct xa_phrase *ret,
                    struct xa_error *err) XA_MUST_CHECK;

#endif
