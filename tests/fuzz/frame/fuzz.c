/* What a connection brings: frames one behind the other, each decoded as a request of
 * its type, and what comes back is written and read again. */
#include "proto/frame.h"
#include "proto/message.h"
#include "tests/fuzz/fuzz.h"

/* The fields of a message that was read are written, and read as the same again. */
static void check(const struct xa_message *table, const struct xa_frame_head *head,
                  struct xa_slice body)
{
    static union { uint64_t align; uint8_t bytes[1024]; } message;
    static uint8_t first[XA_REQUEST_MAX + 16], second[XA_REQUEST_MAX + 16];
    struct xa_frame_head again;
    struct xa_error err = { 0 };
    if (!xa_message_decode(table, body, &message, &err)) {
        HOLDS(err.code == XA_BAD_MESSAGE);
        HOLDS(xa_text_printable(xa_slice_of(err.message)));
        return;
    }
    struct xa_writer w = xa_writer_init(first, sizeof first);
    size_t start = xa_frame_begin(&w, head->type, head->number);
    xa_message_encode(table, &message, &w);
    xa_frame_end(&w, start, XA_REQUEST_MAX);
    HOLDS(!w.bad);
    HOLDS(w.len <= XA_FRAME_HEAD + body.len);      /* zeros and strangers are left out */
    HOLDS(xa_frame_decode_head(first, XA_REQUEST_MAX, &again, &err));
    HOLDS(again.body_len == w.len - XA_FRAME_HEAD);
    HOLDS(again.type == head->type && again.number == head->number);
    HOLDS(xa_message_decode(table, (struct xa_slice){ first + XA_FRAME_HEAD, again.body_len },
                            &message, &err));
    struct xa_writer v = xa_writer_init(second, sizeof second);
    start = xa_frame_begin(&v, head->type, head->number);
    xa_message_encode(table, &message, &v);
    xa_frame_end(&v, start, XA_REQUEST_MAX);
    HOLDS(!v.bad && v.len == w.len && memcmp(first, second, v.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_frame_head head;
    struct xa_error err;
    while (size >= XA_FRAME_HEAD) {
        if (!xa_frame_decode_head(data, XA_REQUEST_MAX, &head, &err)) {
            HOLDS(err.code == XA_BAD_MESSAGE);
            return 0;
        }
        HOLDS(head.body_len <= XA_REQUEST_MAX - XA_FRAME_HEAD);
        if (size - XA_FRAME_HEAD < head.body_len)
            return 0;
        const struct xa_message *table = xa_message_of_request(head.type);
        if (table != NULL)
            check(table, &head, (struct xa_slice){ data + XA_FRAME_HEAD, head.body_len });
        data += XA_FRAME_HEAD + head.body_len;
        size -= XA_FRAME_HEAD + head.body_len;
    }
    return 0;
}
