/* What the client prints: gathered in one buffer, written in one write. */
#ifndef XA_CLIENT_BASE_OUTPUT_H
#define XA_CLIENT_BASE_OUTPUT_H

#include "proto/error.h"
#include "proto/wire.h"

/* A buffer on its way to a descriptor. The first thing that does not fit or
 * cannot be written sets `failed`; what follows is a no-op. */
struct xa_out {
    char *at;                /* borrowed room                                       */
    size_t len, cap;
    size_t most;             /* the highest len so far: what there is to wipe       */
    int fd;
    bool whole;              /* write all or nothing: a full buffer is a failure    */
    int cause;               /* errno of the write that failed; 0: none             */
    bool failed;
};

/* Output to standard output through the locked room (client/base/room.h); `whole` for
 * anything that must not appear in part. One at a time. */
struct xa_out xa_out_stdout(bool whole);

/* Output to fd through room[cap]. */
struct xa_out xa_out_begin(int fd, void *room, size_t cap);

void xa_out_char(struct xa_out *o, char c);
void xa_out_slice(struct xa_out *o, struct xa_slice s);

static inline void xa_out_text(struct xa_out *o, const char *text)
{
    xa_out_slice(o, xa_slice_of(text));
}
void xa_out_number(struct xa_out *o, uint64_t v);

/* The text, then blanks until it is this many characters wide. */
void xa_out_padded(struct xa_out *o, struct xa_slice text, size_t width);

/* "no errors", "1 error", "2 errors" */
void xa_out_count(struct xa_out *o, uint64_t n, const char *thing);

/* For words, never for secrets: the formatter keeps copies. At most 1 KiB. */
void xa_out_format(struct xa_out *o, const char *fmt, ...) XA_PRINTF(2, 3);

/* Writes what is there. XA_IO: it did not fit, or the descriptor's own words.
 * A reader that left (EPIPE) is no failure that anybody wants to read about: the
 * code is XA_IO and the message empty. */
bool xa_out_finish(struct xa_out *o, struct xa_error *err) XA_MUST_CHECK;

/* One line of words to standard error, in one write: "xacct: …". Characters that
 * a terminal would obey are shown as '?'. */
void xa_note(const char *fmt, ...) XA_PRINTF(1, 2);

/* Makes a line fit for a terminal, in its place: where it holds what a terminal would obey, all
 * but ASCII becomes '?'. */
void xa_text_plain(char *line);

/* From now on xa_note says nothing: our caller reads standard error as part of the
 * answer. What fails is still reported. */
void xa_notes_off(void);
bool xa_notes_are_off(void);

#endif
