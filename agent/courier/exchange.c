#include "agent/courier/exchange.h"

#include <string.h>

#include "agent/courier/url.h"

/* A packet begins with its kind, so that neither end can take the other's for
 * its own. Then the fields stand in the order of the structs: numbers as they
 * are, texts behind a u16 length, the body behind a u32. */
enum kind { KIND_REQUEST = 'Q', KIND_RECORD = 'A' };

#define TIME_MAX_S 253402300799LL      /* 9999-12-31T23:59:59Z                        */
#define METHOD_MAX 4

bool xa_is_graphic(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] >= 0x7f)
            return false;
    return s.len > 0;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || is_letter(c) || c == '_';
}

bool xa_is_key_id(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_word(s.at[i]))
            return false;
    return s.len > 0;
}

static bool is_text(struct xa_slice s, size_t max)
{
    return s.len <= max && xa_text_printable(s);
}

static bool is_ascii(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < ' ' || s.at[i] >= 0x7f)
            return false;
    return true;
}

/* --- limits: one judge for what is sent and what is received ----------------- */

/* "Name: value". A header without a value would tell libcurl to leave one of
 * its own out, so there is none. */
static bool header_sound(struct xa_slice h)
{
    size_t name = 0;
    if (h.len > XA_EXCHANGE_HEADER_MAX || !is_ascii(h))
        return false;
    while (name < h.len && ((is_word(h.at[name]) && h.at[name] != '_') || h.at[name] == '-'))
        name++;
    return name > 0 && h.len - name > 2 && h.at[name] == ':' && h.at[name + 1] == ' ' &&
           h.at[name + 2] != ' ';
}

/* Which action an answer of IAM is to; no other has one. */
static bool action_sound(const struct xa_request *q)
{
    bool is_iam = q->answer == XA_ANSWER_IAM || q->answer == XA_ANSWER_ACCESS_KEY;
    for (size_t i = 0; i < q->action.len; i++)
        if (!is_letter(q->action.at[i]))
            return false;
    return is_iam == (q->action.len > 0) && q->action.len <= XA_EXCHANGE_ACTION_MAX;
}

static bool request_sound(const struct xa_request *q)
{
    struct xa_url url;
    if (q->answer < XA_ANSWER_ASSUME_ROLE || q->answer > XA_ANSWER_ACCESS_KEY ||
        !action_sound(q))
        return false;
    if (q->timeout_ms < 1 || q->timeout_ms > XA_EXCHANGE_TIMEOUT_MAX_MS)
        return false;
    if (!xa_slice_is(q->method, "POST") && !xa_slice_is(q->method, "GET"))
        return false;
    if (!xa_url_split(q->url, &url, NULL) || q->n_headers > XA_EXCHANGE_HEADERS_MAX)
        return false;
    for (size_t i = 0; i < q->n_headers; i++)
        if (!header_sound(q->headers[i]))
            return false;
    if (q->body.len > XA_EXCHANGE_BODY_MAX || (q->body.len > 0 && !xa_is_graphic(q->body)))
        return false;
    if (q->ca_bundle.len > 0 &&
        (!is_text(q->ca_bundle, XA_PATH_MAX - 1) || q->ca_bundle.at[0] != '/'))
        return false;
    return q->proxy.len == 0 || (q->proxy.len <= XA_URL_MAX && xa_is_graphic(q->proxy));
}

bool xa_details_next(struct xa_slice *rest, struct xa_slice *ret_key, struct xa_slice *ret_value)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->at) : 0, key = 0;
    while (key < len && ((rest->at[key] >= 'a' && rest->at[key] <= 'z') || rest->at[key] == '.'))
        key++;
    if (key == 0 || key == len || rest->at[key] != ' ')
        return false;
    struct xa_slice value = { rest->at + key + 1, len - key - 1 };
    if (!xa_text_printable(value))
        return false;
    *ret_key = (struct xa_slice){ rest->at, key };
    *ret_value = value;
    *rest = (struct xa_slice){ rest->at + len + 1, rest->len - len - 1 };
    return true;
}

static bool is_details(struct xa_slice s)
{
    struct xa_slice key, value;
    if (s.len > XA_DETAILS_MAX)
        return false;
    while (xa_details_next(&s, &key, &value))
        ;
    return s.len == 0;
}

/* What has no room in a record beside the longest details. */
static bool has_fields_of_others(const struct xa_record *r)
{
    return r->token.len + r->role_arn.len + r->role_id.len + r->account.len + r->arn.len +
               r->user_id.len + r->devices.len + r->registry.len + r->aws_code.len +
               r->aws_message.len > 0 ||
           r->expires_at != 0;
}

static bool has_answer_fields(const struct xa_record *r)
{
    return r->access_key_id.len + r->secret.len + r->details.len + r->request_id.len > 0 ||
           has_fields_of_others(r);
}

bool xa_record_sound(const struct xa_record *r)
{
    if (r->outcome < XA_OUTCOME_ANSWERED || r->outcome > XA_OUTCOME_UNREADABLE)
        return false;
    if (r->status != 0 && (r->status < 100 || r->status > 999))
        return false;
    bool answered = r->outcome == XA_OUTCOME_ANSWERED;
    if (answered ? r->status == 0 || r->detail.len > 0 : has_answer_fields(r))
        return false;
    if (r->details.len > 0 && (!is_details(r->details) || has_fields_of_others(r)))
        return false;
    if (r->date_s < 0 || r->date_s > TIME_MAX_S || r->expires_at < 0 || r->expires_at > TIME_MAX_S)
        return false;
    if (r->access_key_id.len > XA_ACCESS_KEY_ID_MAX || r->secret.len > XA_SECRET_KEY_MAX ||
        r->token.len > XA_TOKEN_MAX)
        return false;
    if ((r->access_key_id.len > 0 && !xa_is_key_id(r->access_key_id)) ||
        (r->secret.len > 0 && !xa_is_graphic(r->secret)) ||
        (r->token.len > 0 && !xa_is_graphic(r->token)))
        return false;
    return is_text(r->detail, XA_DETAIL_MAX) && is_text(r->role_arn, XA_ARN_MAX) &&
           is_text(r->role_id, XA_USER_ID_MAX) && is_text(r->account, XA_ACCOUNT_LEN) &&
           is_text(r->arn, XA_ARN_MAX) && is_text(r->user_id, XA_USER_ID_MAX) &&
           is_text(r->devices, XA_DEVICES_MAX) && is_ascii(r->devices) &&
           r->registry.len <= XA_URL_MAX && is_ascii(r->registry) &&
           is_text(r->aws_code, XA_AWS_CODE_MAX) && is_text(r->aws_message, XA_AWS_MESSAGE_MAX) &&
           is_text(r->request_id, XA_REQUEST_ID_MAX);
}

/* --- request ----------------------------------------------------------------- */

static void write_text(struct xa_writer *w, struct xa_slice s)
{
    xa_write_u16(w, (uint16_t)s.len);      /* every limit above is below 2^16 */
    xa_write_bytes(w, s.at, s.len);
}

/* No text is longer than max: what claims to be is not even taken. */
static struct xa_slice read_text(struct xa_reader *r, size_t max)
{
    size_t len = xa_read_u16(r);
    if (len > max)
        r->bad = true;
    return xa_read_bytes(r, len);
}

size_t xa_request_length(const struct xa_request *request)
{
    size_t len = 1 + 4 + 1 + 1 + 4 + 2 + request->action.len + 2 + request->method.len + 2 +
                 request->url.len + 1 + 4 + request->body.len + 2 + request->ca_bundle.len + 2 + request->proxy.len;
    for (size_t i = 0; i < request->n_headers && i < XA_EXCHANGE_HEADERS_MAX; i++)
        len += 2 + request->headers[i].len;
    return len;
}

size_t xa_request_encode(const struct xa_request *request, uint8_t *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap < XA_PACKET_MAX ? cap : XA_PACKET_MAX);
    if (!request_sound(request))
        return 0;
    xa_write_u8(&w, KIND_REQUEST);
    xa_write_u32(&w, request->number);
    xa_write_u8(&w, (uint8_t)request->answer);
    xa_write_u8(&w, request->once);
    xa_write_u32(&w, request->timeout_ms);
    write_text(&w, request->action);
    write_text(&w, request->method);
    write_text(&w, request->url);
    xa_write_u8(&w, (uint8_t)request->n_headers);
    for (size_t i = 0; i < request->n_headers; i++)
        write_text(&w, request->headers[i]);
    xa_write_u32(&w, (uint32_t)request->body.len);
    xa_write_bytes(&w, request->body.at, request->body.len);
    write_text(&w, request->ca_bundle);
    write_text(&w, request->proxy);
    return w.bad ? 0 : w.len;
}

bool xa_request_decode(struct xa_slice packet, struct xa_request *ret, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(packet);
    struct xa_request q = { 0 };

    if (packet.len > XA_PACKET_MAX || xa_read_u8(&r) != KIND_REQUEST)
        r.bad = true;
    q.number = xa_read_u32(&r);
    q.answer = (enum xa_answer)xa_read_u8(&r);
    uint8_t once = xa_read_u8(&r);
    q.once = once == 1;
    q.timeout_ms = xa_read_u32(&r);
    q.action = read_text(&r, XA_EXCHANGE_ACTION_MAX);
    q.method = read_text(&r, METHOD_MAX);
    q.url = read_text(&r, XA_URL_MAX);
    q.n_headers = xa_read_u8(&r);
    if (q.n_headers > XA_EXCHANGE_HEADERS_MAX)
        r.bad = true;
    for (size_t i = 0; i < q.n_headers && !r.bad; i++)
        q.headers[i] = read_text(&r, XA_EXCHANGE_HEADER_MAX);
    q.body = xa_read_bytes(&r, xa_read_u32(&r));
    q.ca_bundle = read_text(&r, XA_PATH_MAX - 1);
    q.proxy = read_text(&r, XA_URL_MAX);
    if (!xa_read_done(&r) || once > 1 || !request_sound(&q))
        return xa_fail(err, XA_BAD_MESSAGE, "courier: a request of %zu bytes does not parse",
                       packet.len);
    *ret = q;
    return true;
}

/* --- record ------------------------------------------------------------------ */

size_t xa_record_encode(const struct xa_record *rec, uint8_t *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap < XA_RECORD_MAX ? cap : XA_RECORD_MAX);
    if (!xa_record_sound(rec))
        return 0;
    xa_write_u8(&w, KIND_RECORD);
    xa_write_u32(&w, rec->number);
    xa_write_u8(&w, (uint8_t)rec->outcome);
    xa_write_u32(&w, rec->status);
    xa_write_u64(&w, (uint64_t)rec->date_s);
    write_text(&w, rec->detail);
    write_text(&w, rec->access_key_id);
    write_text(&w, rec->secret);
    write_text(&w, rec->token);
    xa_write_u64(&w, (uint64_t)rec->expires_at);
    write_text(&w, rec->role_arn);
    write_text(&w, rec->role_id);
    write_text(&w, rec->account);
    write_text(&w, rec->arn);
    write_text(&w, rec->user_id);
    write_text(&w, rec->devices);
    write_text(&w, rec->registry);
    write_text(&w, rec->details);
    write_text(&w, rec->aws_code);
    write_text(&w, rec->aws_message);
    write_text(&w, rec->request_id);
    return w.bad ? 0 : w.len;
}

/* A time that does not fit becomes one that xa_record_sound refuses. */
static int64_t read_time(struct xa_reader *r)
{
    uint64_t v = xa_read_u64(r);
    return v > (uint64_t)TIME_MAX_S ? -1 : (int64_t)v;
}

bool xa_record_decode(struct xa_slice packet, struct xa_record *ret, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(packet);
    struct xa_record rec = { 0 };

    if (packet.len > XA_RECORD_MAX || xa_read_u8(&r) != KIND_RECORD)
        r.bad = true;
    rec.number = xa_read_u32(&r);
    rec.outcome = (enum xa_outcome)xa_read_u8(&r);
    rec.status = xa_read_u32(&r);
    rec.date_s = read_time(&r);
    rec.detail = read_text(&r, XA_DETAIL_MAX);
    rec.access_key_id = read_text(&r, XA_ACCESS_KEY_ID_MAX);
    rec.secret = read_text(&r, XA_SECRET_KEY_MAX);
    rec.token = read_text(&r, XA_TOKEN_MAX);
    rec.expires_at = read_time(&r);
    rec.role_arn = read_text(&r, XA_ARN_MAX);
    rec.role_id = read_text(&r, XA_USER_ID_MAX);
    rec.account = read_text(&r, XA_ACCOUNT_LEN);
    rec.arn = read_text(&r, XA_ARN_MAX);
    rec.user_id = read_text(&r, XA_USER_ID_MAX);
    rec.devices = read_text(&r, XA_DEVICES_MAX);
    rec.registry = read_text(&r, XA_URL_MAX);
    rec.details = read_text(&r, XA_DETAILS_MAX);
    rec.aws_code = read_text(&r, XA_AWS_CODE_MAX);
    rec.aws_message = read_text(&r, XA_AWS_MESSAGE_MAX);
    rec.request_id = read_text(&r, XA_REQUEST_ID_MAX);
    if (!xa_read_done(&r) || !xa_record_sound(&rec))
        return xa_fail(err, XA_BAD_MESSAGE, "courier: a record of %zu bytes does not parse",
                       packet.len);
    *ret = rec;
    return true;
}
