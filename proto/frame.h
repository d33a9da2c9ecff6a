/* A frame's head: u32 length of what follows it, u8 version, u8 type, u32
 * request number (PROTOCOL.md, section 2). */
#ifndef XA_PROTO_FRAME_H
#define XA_PROTO_FRAME_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

#define XA_PROTOCOL_VERSION 1

struct xa_frame_head {
    uint32_t body_len;   /* bytes after the head                             */
    uint8_t version;
    uint8_t type;        /* enum xa_type                                     */
    uint32_t number;     /* the sender's; a reply carries its request's      */
};

/* Reads the head from the first XA_FRAME_HEAD bytes at `at`. frame_max is
 * XA_REQUEST_MAX or XA_REPLY_MAX: a longer frame fails with XA_BAD_MESSAGE, as
 * does one shorter than its own head. The version is not judged here. */
bool xa_frame_decode_head(const uint8_t at[XA_FRAME_HEAD], size_t frame_max,
                          struct xa_frame_head *ret, struct xa_error *err) XA_MUST_CHECK;

/* Starts a frame in w: writes a head whose length is not yet known. Returns
 * where the frame begins, for xa_frame_end. */
size_t xa_frame_begin(struct xa_writer *w, uint8_t type, uint32_t number);

/* Sets the length of the frame that began at `start`; w is bad if it grew past
 * frame_max. */
void xa_frame_end(struct xa_writer *w, size_t start, size_t frame_max);

#endif
