#include "proto/message.h"

#include <stddef.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/limits.h"
#include "proto/message_table.h"

#define IGNORABLE 0x8000u    /* bit 15 of a field's tag; bits 11..0 are its number */
#define FIELD_HEAD 4         /* a tag and a length                                 */

/* --- encoder -------------------------------------------------------------- */

/* Room for a field's value behind its head; NULL: it does not fit, and w is bad. */
static uint8_t *put_field(struct xa_writer *w, const struct field *f, size_t len)
{
    unsigned tag = (unsigned)f->kind << 12 | f->number;
    if (w->bad || w->cap - w->len < FIELD_HEAD + len) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->at + w->len;
    at[0] = (uint8_t)(tag >> 8);
    at[1] = (uint8_t)tag;
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
    w->len += FIELD_HEAD + len;
    return at + FIELD_HEAD;
}

static void put_number(struct xa_writer *w, const struct field *f, uint64_t v, size_t size)
{
    uint8_t *at = v != 0 ? put_field(w, f, size) : NULL;
    for (size_t i = size; at != NULL && i-- > 0; v >>= 8)
        at[i] = (uint8_t)v;
}

static void put_text(struct xa_writer *w, const struct field *f, const struct xa_slice *s)
{
    if (s->len > f->max)
        w->bad = true;
    uint8_t *at = s->len > 0 ? put_field(w, f, s->len) : NULL;
    if (at != NULL)
        memcpy(at, s->at, s->len);
}

static void encode_field(const struct field *f, const uint8_t *at, struct xa_writer *w)
{
    switch ((enum kind)f->kind) {
    case FLAG:
        if (*(const bool *)at)
            (void)put_field(w, f, 0);
        return;
    case U32:
        put_number(w, f, *(const uint32_t *)(const void *)at, 4);
        return;
    case U64:
        put_number(w, f, *(const uint64_t *)(const void *)at, 8);
        return;
    case TEXT:
    case BYTES:
    case LIST:
        put_text(w, f, (const void *)at);
        return;
    }
}

void xa_message_encode(const struct xa_message *table, const void *message, struct xa_writer *w)
{
    for (size_t i = 0; i < table->n_fields; i++)
        encode_field(&table->fields[i], (const uint8_t *)message + table->fields[i].offset, w);
}

/* --- decoder -------------------------------------------------------------- */

static size_t kind_size(enum kind kind)
{
    return kind == U32 ? 4 : kind == U64 ? 8 : 0;
}

static bool store_field(const struct field *f, struct xa_slice value, uint8_t *at)
{
    struct xa_reader r = xa_reader_init(value);
    switch ((enum kind)f->kind) {
    case FLAG:
        *(bool *)at = true;
        return value.len == 0;
    case U32:
        *(uint32_t *)(void *)at = xa_read_u32(&r);
        return xa_read_done(&r);
    case U64:
        *(uint64_t *)(void *)at = xa_read_u64(&r);
        return xa_read_done(&r);
    case TEXT:
    case BYTES:
    case LIST:
        *(struct xa_slice *)(void *)at = value;
        return value.len <= f->max && (f->kind != TEXT || xa_text_printable(value));
    }
    return false;
}

/* A stranger's field that is marked ignorable is skipped; but what it claims to
 * be must still be what it is, or the two sides read different messages. */
static bool ignorable(unsigned tag, size_t len)
{
    unsigned kind = tag >> 12 & 7;
    if ((tag & IGNORABLE) == 0 || kind < FLAG || kind > LIST)
        return false;
    return kind >= TEXT || kind_size((enum kind)kind) == len;
}

/* "asking.can_ask" is can_ask to everyone else. */
static const char *bare(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot != NULL ? dot + 1 : name;
}

bool xa_message_decode(const struct xa_message *table, struct xa_slice body, void *ret,
                       struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(body);
    const struct field *f = table->fields, *end = f + table->n_fields;
    unsigned last = 0;

    if (table->size > 0)
        memset(ret, 0, table->size);
    while (r.at < r.end && !r.bad) {
        unsigned tag = xa_read_u16(&r), number = tag & 0xfff;
        struct xa_slice value = xa_read_bytes(&r, xa_read_u16(&r));
        if (r.bad)
            break;
        if (number <= last)
            return xa_fail(err, XA_BAD_MESSAGE, "%s: field %u is out of order or there twice",
                           table->name, number);
        last = number;
        while (f < end && f->number < number) {
            if (f->required)
                return xa_fail(err, XA_BAD_MESSAGE, "%s: no %s", table->name, bare(f->name));
            f++;
        }
        if (f == end || f->number != number) {
            if (!ignorable(tag, value.len))
                return xa_fail(err, XA_BAD_MESSAGE, "%s: unknown field %u", table->name, number);
            continue;
        }
        if ((tag >> 12 & 7) != f->kind || !store_field(f, value, (uint8_t *)ret + f->offset) ||
            (f->required && value.len == 0))
            return xa_fail(err, XA_BAD_MESSAGE, "%s: %s is not as it should be", table->name,
                           bare(f->name));
        f++;
    }
    if (!xa_read_done(&r))
        return xa_fail(err, XA_BAD_MESSAGE, "%s: %zu bytes do not parse", table->name, body.len);
    for (; f < end; f++)
        if (f->required)
            return xa_fail(err, XA_BAD_MESSAGE, "%s: no %s", table->name, bare(f->name));
    return true;
}

const struct xa_message *xa_message_of_request(uint8_t type)
{
    switch (type) {
    case XA_HELLO: return &xa_msg_hello;
    case XA_UNLOCK: return &xa_msg_unlock;
    case XA_LOCK: return &xa_msg_lock;
    case XA_LIST: return &xa_msg_list;
    case XA_FORGET: return &xa_msg_forget;
    case XA_PROBE: return &xa_msg_probe;
    case XA_ADD: return &xa_msg_add;
    case XA_REMOVE: return &xa_msg_remove;
    case XA_PASSWD: return &xa_msg_passwd;
    case XA_DEST_ADD: return &xa_msg_dest_add;
    case XA_DEST_REMOVE: return &xa_msg_dest_remove;
    case XA_CREDENTIALS: return &xa_msg_credentials;
    case XA_WHOAMI: return &xa_msg_whoami;
    case XA_PLAN: return &xa_msg_plan;
    case XA_TOKEN: return &xa_msg_token;
    case XA_CONSOLE: return &xa_msg_console;
    case XA_SWITCH_URL: return &xa_msg_switch_url;
    case XA_SETUP_PLAN:
    case XA_SETUP: return &xa_msg_setup;
    case XA_DOCTOR: return &xa_msg_doctor;
    case XA_ROTATE: return &xa_msg_rotate;
    case XA_REVOKE: return &xa_msg_revoke;
    case XA_DISCOVER: return &xa_msg_discover;
    case XA_MFA_CODE: return &xa_msg_mfa_code;
    case XA_FOREIGN: return &xa_msg_foreign;
    case XA_CANCEL:
    case XA_STATUS:
    case XA_CHECK:
    case XA_STOP: return &xa_msg_empty;
    default: return NULL;
    }
}

bool xa_type_is_secret(uint8_t type)
{
    return type == XA_UNLOCK || type == XA_ADD || type == XA_PASSWD || type == XA_MFA_CODE ||
           type == XA_FOREIGN;
}

bool xa_type_answers_secret(uint8_t type)
{
    return type == XA_CREDENTIALS || type == XA_TOKEN || type == XA_CONSOLE;
}

size_t xa_type_request_max(uint8_t type)
{
    if (type == XA_FOREIGN)
        return XA_FOREIGN_REQUEST_MAX;
    return xa_type_is_secret(type) ? XA_SECRET_REQUEST_MAX : XA_REQUEST_MAX;
}

bool xa_message_field(const struct xa_message *table, size_t index, struct xa_field_view *ret)
{
    if (index >= table->n_fields)
        return false;
    const struct field *f = &table->fields[index];
    *ret = (struct xa_field_view){ f->number, (unsigned)f->kind, f->required, f->max, f->name };
    return true;
}

/* --- lists ------------------------------------------------------------------ */

void xa_list_append(struct xa_writer *w, const struct xa_message *table, const void *item)
{
    size_t start = w->len;
    xa_write_u16(w, 0);
    xa_message_encode(table, item, w);
    if (w->bad)
        return;
    struct xa_writer length = xa_writer_init(w->at + start, 2);
    xa_write_u16(&length, (uint16_t)(w->len - start - 2));
}

bool xa_list_next(struct xa_slice *list, const struct xa_message *table, void *ret,
                  struct xa_error *err)
{
    if (err != NULL)
        err->code = XA_OK;
    if (list->len == 0)
        return false;
    struct xa_reader r = xa_reader_init(*list);
    struct xa_slice item = xa_read_bytes(&r, xa_read_u16(&r));
    if (r.bad)
        return xa_fail(err, XA_BAD_MESSAGE, "%s: an item is cut", table->name);
    *list = (struct xa_slice){ r.at, (size_t)(r.end - r.at) };
    return xa_message_decode(table, item, ret, err);
}

/* --- errors ------------------------------------------------------------------- */

struct xa_error_reply xa_error_to_reply(const struct xa_error *err)
{
    return (struct xa_error_reply){
        .code = (uint32_t)err->code,
        .message = xa_slice_of(err->message),
        .why = xa_slice_of(err->why),
        .hint = xa_slice_of(err->hint),
        .aws_code = xa_slice_of(err->aws_code),
        .request_id = xa_slice_of(err->request_id),
    };
}

/* A longer text than our array holds comes from a newer agent: cut, not lost. */
static void copy_cut(struct xa_slice s, char *room, size_t size)
{
    if (s.len >= size)
        s.len = size - 1;
    if (!xa_slice_copy(s, room, size))
        room[0] = '\0';
}

void xa_error_from_reply(const struct xa_error_reply *reply, struct xa_error *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->code = xa_code_from_wire(reply->code);
    copy_cut(reply->message, ret->message, sizeof ret->message);
    copy_cut(reply->why, ret->why, sizeof ret->why);
    copy_cut(reply->hint, ret->hint, sizeof ret->hint);
    copy_cut(reply->aws_code, ret->aws_code, sizeof ret->aws_code);
    copy_cut(reply->request_id, ret->request_id, sizeof ret->request_id);
}
