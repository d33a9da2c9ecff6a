/* Bytes to numbers and back: the sticky reader and the sticky writer.
 *
 * A reader never passes its end and a writer never its room; the first thing
 * that does not fit sets `bad`, everything after it is a no-op that yields
 * zero, and one check at the end is enough. Numbers are big-endian. */
#ifndef XA_PROTO_WIRE_H
#define XA_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/attr.h"

struct xa_slice { const uint8_t *at; size_t len; };              /* borrowed      */
struct xa_reader { const uint8_t *at, *end; bool bad; };         /* bad is sticky */
struct xa_writer { uint8_t *at; size_t len, cap; bool bad; };    /* bad is sticky */

struct xa_reader xa_reader_init(struct xa_slice bytes);
uint8_t xa_read_u8(struct xa_reader *r);
uint16_t xa_read_u16(struct xa_reader *r);
uint32_t xa_read_u32(struct xa_reader *r);
uint64_t xa_read_u64(struct xa_reader *r);

/* The next len bytes. The slice borrows what the reader reads. */
struct xa_slice xa_read_bytes(struct xa_reader *r, size_t len);

/* True if nothing was missing and nothing is left over. */
bool xa_read_done(const struct xa_reader *r) XA_MUST_CHECK;

/* room is borrowed; len counts what has been written. */
struct xa_writer xa_writer_init(void *room, size_t cap);
void xa_write_u8(struct xa_writer *w, uint8_t v);
void xa_write_u16(struct xa_writer *w, uint16_t v);
void xa_write_u32(struct xa_writer *w, uint32_t v);
void xa_write_u64(struct xa_writer *w, uint64_t v);
void xa_write_bytes(struct xa_writer *w, const void *bytes, size_t len);

/* A slice of a C string, without its NUL; NULL gives an empty slice. (Inline, so that a
 * literal's length is known when it is compiled.) */
#ifndef __clang_analyzer__
static inline struct xa_slice xa_slice_of(const char *text)
{
    return text != NULL ? (struct xa_slice){ (const uint8_t *)text, strlen(text) }
                        : (struct xa_slice){ 0 };
}
#else       /* to which the question means that any array may be NULL */
struct xa_slice xa_slice_of(const char *text);
#endif

/* True if the slice holds exactly this text. Not for secrets. */
bool xa_slice_is(struct xa_slice s, const char *text);
bool xa_slice_same(struct xa_slice a, struct xa_slice b);

/* Copies the slice and a NUL into room[size]. False, with room empty, if it
 * does not fit or holds a NUL. */
bool xa_slice_copy(struct xa_slice s, char *room, size_t size) XA_MUST_CHECK;

/* Takes what stands before the first `end` off *rest, and the `end` with it; without one all
 * that is there. Both borrow. */
struct xa_slice xa_slice_cut(struct xa_slice *rest, char end);

/* The characters of UTF-8 text: all bytes but those that continue one. */
size_t xa_text_characters(struct xa_slice s);

/* True if the bytes are UTF-8 without control characters (C0, DEL, C1) and
 * without the bidirectional overrides that could make a name read otherwise
 * than it is (U+200E, U+200F, U+202A..U+202E, U+2066..U+2069). Security G3. */
bool xa_text_printable(struct xa_slice s);

#endif
