/* Programs that answer for a person: pinentry, askpass, passphrase_command. Run by
 * execvp, never by a shell; read with read(2) into the locked room (security M5). */
#ifndef XA_CLIENT_ASKING_HELPER_H
#define XA_CLIENT_ASKING_HELPER_H

#include <sys/types.h>

#include "client/base/room.h"

struct xa_helper {
    const char *name;          /* for messages; borrowed                         */
    pid_t pid;                 /* 0: none runs                                   */
    int to, from;              /* its input (-1: /dev/null) and its output       */
    int64_t deadline_ms;       /* on xa_clock_ms; 0: none                        */
    size_t len;                /* bytes in xa_room.raw                           */
    size_t taken;              /* of them: the line that was handed out last     */
};

/* Starts argv[0], looked up in PATH. `talk`: it is written to as well. Only one
 * runs at a time: it uses xa_room.raw. Its standard error is ours, or nowhere once
 * notes are off (client/base/output.h). XA_NOT_ASKED: it cannot be started. */
bool xa_helper_start(struct xa_helper *h, char *const *argv, bool talk, int64_t deadline_ms,
                     struct xa_error *err) XA_MUST_CHECK;

/* Writes a line to it. XA_NOT_ASKED: it has gone. */
bool xa_helper_say(struct xa_helper *h, const char *line, struct xa_error *err) XA_MUST_CHECK;

/* Its next line, without the end, in xa_room.raw; good until the next call. At its
 * end what is left counts as a line, and after that *ret is empty with at == NULL.
 * XA_NOT_ASKED: time ran out, or a line is longer than the room. */
bool xa_helper_line(struct xa_helper *h, struct xa_slice *ret,
                    struct xa_error *err) XA_MUST_CHECK;

/* Closes its pipes, ends it if it does not go by itself, wipes the room. Returns its
 * exit status, or 128 and the signal's number. A helper that never was is fine. */
int xa_helper_finish(struct xa_helper *h);

/* Runs argv to its end and copies the first line that it prints to *ret; the others are
 * read and dropped. *ret_status
 * is its exit status, 127 if it could not be executed. XA_NOT_ASKED: it cannot be
 * started, gave no answer or did not end in time, or gave a longer one than a phrase. */
bool xa_helper_first_line(char *const *argv, int64_t deadline_ms, struct xa_phrase *ret,
                          int *ret_status, struct xa_error *err) XA_MUST_CHECK;

#endif
