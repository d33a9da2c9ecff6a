#include "agent/accounts/place.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_FORM 2
#define LIFE_MS (60 * 60 * 1000)       /* own choice: a person reads, and comes back      */
#define HEAD_LEN 2                     /* form and type, before the seal                  */

/* Drawn once, and gone with the agent. */
static struct xa_slice key(void)
{
    static uint8_t bytes[XA_HASH_LEN];
    static bool drawn;
    if (!drawn)
        xa_random(bytes, sizeof bytes);
    drawn = true;
    return (struct xa_slice){ bytes, sizeof bytes };
}

/* What differs from step to step of the same work is left out: where it is, who can be asked,
 * what a person has answered. */
static struct xa_task_request same_in_all_steps(const struct xa_task_request *request)
{
    struct xa_task_request r = *request;
    r.place = r.goes = r.wish.mfa_code = (struct xa_slice){ 0 };
    r.asking = (struct xa_asking){ 0 };
    r.confirmed = false;
    return r;
}

bool place_begin(struct xa_task *t, struct xa_error *err)
{
    const struct xa_task_request request = same_in_all_steps(&t->request);
    uint8_t *room = malloc(XA_REQUEST_MAX), bound[XA_HASH_LEN] = { 0 };
    if (room == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for a request");
    struct xa_writer w = xa_writer_init(room, XA_REQUEST_MAX);
    xa_message_encode(xa_message_of_request(t->kind->type), &request, &w);
    if (t->kind->bind != NULL)
        t->kind->bind(t, bound);
    const struct xa_slice parts[] = { { room, w.len }, { bound, sizeof bound } };
    xa_hash(t->work, parts, sizeof parts / sizeof parts[0]);
    free(room);
    return !w.bad || xa_fail(err, XA_BAD_MESSAGE, "the request is too long");
}

/* Over all of the place but itself. */
static void make_seal(const struct xa_task *t, struct xa_slice place, uint8_t ret[XA_HASH_LEN])
{
    const size_t rest = HEAD_LEN + XA_HASH_LEN;
    const struct xa_slice parts[] = {
        key(), { t->work, sizeof t->work }, { place.at, HEAD_LEN },
        { place.at + rest, place.len - rest },
    };
    xa_hash(ret, parts, sizeof parts / sizeof parts[0]);
}

static bool is_sealed(const struct xa_task *t, struct xa_slice place)
{
    uint8_t seal[XA_HASH_LEN];
    if (place.len < HEAD_LEN + sizeof seal || place.at[0] != PLACE_FORM ||
        place.at[1] != t->kind->type)
        return false;
    make_seal(t, place, seal);
    return xa_equal(place.at + HEAD_LEN, seal, sizeof seal);
}

static bool is_fresh(const struct xa_task *t, uint64_t written_ms)
{
    uint64_t now_ms = (uint64_t)xa_broker_boot_ms(t->broker);
    return written_ms <= now_ms && now_ms - written_ms <= LIFE_MS;
}

/* A yes is one to the question that stood before this step, and to no other. */
void place_read(struct xa_task *t)
{
    struct xa_slice place = t->request.place;
    struct xa_reader r = xa_reader_init(place);
    bool said_yes = t->request.confirmed;
    t->request.confirmed = false;
    if (!is_sealed(t, place))
        return;
    (void)xa_read_bytes(&r, HEAD_LEN + XA_HASH_LEN);
    uint64_t written_ms = xa_read_u64(&r);
    if (!is_fresh(t, written_ms))
        return;
    t->not_before_ms = xa_read_u64(&r);
    t->step = xa_read_u16(&r);
    t->flags = xa_read_u32(&r);
    t->count = xa_read_u32(&r);
    t->tries = xa_read_u8(&r);
    t->agreed = xa_read_u8(&r) != 0;
    bool asked = xa_read_u8(&r) != 0;
    struct xa_slice notes = xa_read_bytes(&r, xa_read_u16(&r));
    if (notes.len > 0)
        memcpy(t->notes, notes.at, notes.len);
    t->notes_len = notes.len;
    if (asked)
        t->agreed = said_yes;
    t->request.confirmed = t->agreed;
}

void place_write(struct xa_task *t)
{
    struct xa_writer w = xa_writer_init(t->place_room, sizeof t->place_room);
    uint64_t now_ms = (uint64_t)xa_broker_boot_ms(t->broker);
    uint8_t seal[XA_HASH_LEN] = { 0 };
    xa_write_u8(&w, PLACE_FORM);
    xa_write_u8(&w, t->kind->type);
    xa_write_bytes(&w, seal, sizeof seal);
    xa_write_u64(&w, now_ms);
    xa_write_u64(&w, now_ms + t->wait_ms);
    xa_write_u16(&w, t->step);
    xa_write_u32(&w, t->flags);
    xa_write_u32(&w, t->count);
    xa_write_u8(&w, t->tries);
    xa_write_u8(&w, t->agreed);
    xa_write_u8(&w, t->question[0] != '\0');
    xa_write_u16(&w, (uint16_t)t->notes_len);
    xa_write_bytes(&w, t->notes, t->notes_len);
    t->place_len = w.len;
    make_seal(t, (struct xa_slice){ t->place_room, w.len }, seal);
    memcpy(t->place_room + HEAD_LEN, seal, sizeof seal);
}

uint32_t place_wait_ms(const struct xa_task *t)
{
    uint64_t now_ms = (uint64_t)xa_broker_boot_ms(t->broker);
    return t->not_before_ms > now_ms ? (uint32_t)(t->not_before_ms - now_ms) : 0;
}

void place_digest(const struct xa_task *t, uint8_t ret[XA_HASH_LEN])
{
    uint8_t room[16];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    xa_write_u16(&w, t->step);
    xa_write_u32(&w, t->flags);
    xa_write_u32(&w, t->count);
    xa_write_u8(&w, t->tries);
    xa_write_u8(&w, t->agreed);
    const struct xa_slice parts[] = { { t->work, sizeof t->work }, { room, w.len },
                                      { (const uint8_t *)t->notes, t->notes_len } };
    xa_hash(ret, parts, sizeof parts / sizeof parts[0]);
}
