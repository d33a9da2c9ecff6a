#include "agent/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "agent/vault/hash.h"
#include "proto/frame.h"
#include "proto/message.h"

/* How much room the first frame of these bytes takes, as far as can be told. */
static size_t room_for(const uint8_t *bytes, size_t len)
{
    struct xa_frame_head head;
    if (len >= XA_FRAME_HEAD && xa_frame_decode_head(bytes, XA_REQUEST_MAX, &head, NULL) &&
        XA_FRAME_HEAD + head.body_len > len)
        return XA_FRAME_HEAD + head.body_len;
    return len > XA_FRAME_HEAD ? len : XA_FRAME_HEAD;
}

/* True if none of these frames, of which the last may be cut, is of a type that
 * carries a secret. Behind a length that cannot be believed nothing is read. */
static bool holds_no_secret(const uint8_t *bytes, size_t len)
{
    struct xa_frame_head head;
    while (len >= XA_FRAME_HEAD && xa_frame_decode_head(bytes, XA_REQUEST_MAX, &head, NULL)) {
        size_t frame = XA_FRAME_HEAD + head.body_len;
        if (xa_type_is_secret(head.type))
            return false;
        if (frame >= len)
            break;
        bytes += frame;
        len -= frame;
    }
    return true;
}

void xa_inbox_drop(struct xa_inbox *inbox, struct xa_inbox_room *room)
{
    if (inbox->plain) {
        xa_wipe(inbox->at, inbox->cap);
        free(inbox->at);
    } else if (inbox->at != NULL) {
        xa_arena_give(room->arena, inbox->at);
        room->n_secret--;
    }
    memset(inbox, 0, sizeof *inbox);
}

static uint8_t *take_secret(struct xa_inbox_room *room, size_t cap)
{
    uint8_t *at = room->n_secret < XA_INBOX_SECRET_MAX ? xa_arena_take(room->arena, cap) : NULL;
    room->n_secret += at != NULL;
    return at;
}

bool xa_inbox_keep(struct xa_inbox *inbox, struct xa_inbox_room *room, const uint8_t *bytes,
                   size_t len)
{
    size_t cap = room_for(bytes, len);
    bool plain = holds_no_secret(bytes, len);
    /* Plain room must not be larger than its frame: what follows may be a secret. */
    if (inbox->at != NULL && bytes == inbox->at &&
        (inbox->plain ? plain && cap == inbox->cap : cap <= inbox->cap)) {
        inbox->len = len;
        return true;
    }
    uint8_t *at = plain ? malloc(cap) : take_secret(room, cap);
    if (at == NULL)
        return false;
    memcpy(at, bytes, len);
    xa_inbox_drop(inbox, room);
    *inbox = (struct xa_inbox){ at, len, cap, plain };
    return true;
}
