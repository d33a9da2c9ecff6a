#include "proto/frame.h"

bool xa_frame_decode_head(const uint8_t at[XA_FRAME_HEAD], size_t frame_max,
                          struct xa_frame_head *ret, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init((struct xa_slice){ at, XA_FRAME_HEAD });
    uint32_t len = xa_read_u32(&r);
    struct xa_frame_head head;
    head.version = xa_read_u8(&r);
    head.type = xa_read_u8(&r);
    head.number = xa_read_u32(&r);
    if (len < XA_FRAME_HEAD - 4)
        return xa_fail(err, XA_BAD_MESSAGE, "a frame of %u bytes is shorter than its head", len);
    if (len > frame_max - 4)
        return xa_fail(err, XA_BAD_MESSAGE, "a frame of %u bytes is longer than %zu", len,
                       frame_max - 4);
    head.body_len = len - (XA_FRAME_HEAD - 4);
    *ret = head;
    return true;
}

size_t xa_frame_begin(struct xa_writer *w, uint8_t type, uint32_t number)
{
    size_t start = w->len;
    xa_write_u32(w, 0);
    xa_write_u8(w, XA_PROTOCOL_VERSION);
    xa_write_u8(w, type);
    xa_write_u32(w, number);
    return start;
}

void xa_frame_end(struct xa_writer *w, size_t start, size_t frame_max)
{
    if (w->bad || w->len - start > frame_max) {
        w->bad = true;
        return;
    }
    struct xa_writer length = xa_writer_init(w->at + start, 4);
    xa_write_u32(&length, (uint32_t)(w->len - start - 4));
}
