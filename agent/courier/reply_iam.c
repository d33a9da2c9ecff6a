/* IAM's answers to lines `KEY VALUE` (facts 9); the table says which element becomes which. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/courier/date.h"
#include "agent/courier/reply_iam_table.h"
#include "agent/courier/reply_part.h"
#include "agent/courier/reply_policy.h"
#include "agent/courier/reply_walk.h"

#define MARKER_MAX 2048      /* own choice; IAM takes 320 back */

struct reading {
    struct xa_reply *reply;
    struct xa_record *record;
    struct xa_slice action;                      /* that was asked for                */
    const struct reply_iam_table *table;
    const struct reply_iam_element *elements;    /* of the action that was answered   */
    size_t n_elements;
    bool seen[REPLY_IAM_ELEMENTS_MAX];
    size_t began[REPLY_IAM_ELEMENTS_MAX];        /* of a MEMBER: len when it did      */
    const struct reply_iam_element *in;          /* the text being read; NULL: none   */
    size_t text_len;
    size_t len;                                  /* of the details so far             */
    size_t document_at, document_len;            /* of the line `document`; 0: none   */
    size_t lines_at, lines_len;                  /* of the statements' lines; 0: none */
    bool truncated;
    char marker[MARKER_MAX];
    size_t marker_len;
};

static const char twice[] = "an element is there twice";
static const char too_long[] = "it holds more than there is room for";
static const char unsound[] = "one of its fields holds what it may not";

/* --- lines ------------------------------------------------------------------- */

static void take_out(struct reading *r, size_t at, size_t n)
{
    size_t end = at + n;
    memmove(r->reply->details + at, r->reply->details + end, r->len - end);
    r->len -= n;
    for (size_t i = 0; i < r->n_elements; i++)
        if (r->began[i] >= end)
            r->began[i] -= n;
    if (r->lines_at >= end)
        r->lines_at -= n;
}

#define CUT "cut 1\n"                  /* shorter than any statement's lines */

/* A policy is there in two forms: the document first gives its room to what comes after, and
 * then the statements do, all of them, as half would say something else. */
static bool drop_policy(struct reading *r)
{
    size_t n = r->document_len;
    if (n > 0) {
        r->document_len = 0;
        take_out(r, r->document_at, n);
        return true;
    }
    n = r->lines_len;
    if (n == 0)
        return false;
    r->lines_len = 0;
    memcpy(r->reply->details + r->lines_at, CUT, strlen(CUT));
    take_out(r, r->lines_at + strlen(CUT), n - strlen(CUT));
    return true;
}

/* Puts a line before what stands at *at, which is r->len or one of r->began. */
static const char *put_line(struct reading *r, const size_t *at, const char *key,
                            struct xa_slice value)
{
    size_t n = strlen(key) + 1 + value.len + 1;
    if (!xa_text_printable(value))
        return unsound;
    while (n > sizeof r->reply->details - r->len)
        if (!drop_policy(r))
            return too_long;
    char *line = r->reply->details + *at;
    memmove(line + n, line, r->len - *at);
    struct xa_writer w = xa_writer_init(line, n);
    xa_write_bytes(&w, key, strlen(key));
    xa_write_u8(&w, ' ');
    if (value.len > 0)
        xa_write_bytes(&w, value.at, value.len);
    xa_write_u8(&w, '\n');
    r->len += n;
    return NULL;
}

static const char *put_number(struct reading *r, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return put_line(r, &r->len, key, xa_slice_of(text));
}

/* A policy that is short can have long lines: a condition's operator and key stand in each of
 * its values'. */
static const char *put_lines(struct reading *r, struct xa_writer lines)
{
    if (lines.bad)
        return put_line(r, &r->len, "cut", xa_slice_of("1"));
    r->lines_at = r->len;
    r->lines_len = lines.len;
    r->len += lines.len;
    return NULL;
}

/* The statements first: the document is left out before them. */
static const char *put_policy(struct reading *r, char *text, size_t len)
{
    struct xa_reply *reply = r->reply;
    struct xa_writer document = xa_writer_init(reply->document, sizeof reply->document);
    struct xa_writer lines =
        xa_writer_init(reply->details + r->len, sizeof reply->details - r->len);
    if (!xa_reply_policy_decode(text, &len))
        return "its policy is not percent-encoded as it should be";
    const char *fault =
        xa_reply_policy((struct xa_slice){ (const uint8_t *)text, len }, &document, &lines);
    size_t at = r->len;
    if (fault == NULL)
        fault = put_lines(r, lines);
    if (fault != NULL)
        return fault;
    struct xa_slice value = { document.at, document.len };
    size_t n = strlen("document ") + document.len + 1;
    if (document.bad || n > sizeof reply->details - r->len ||
        put_line(r, &at, "document", value) != NULL)
        return NULL;
    r->document_at = at;
    r->document_len = n;
    r->lines_at += n;
    return NULL;
}

/* --- texts --------------------------------------------------------------------- */

static const char *put_time(struct reading *r, const char *key, struct xa_slice text)
{
    int64_t at_s;
    if (!xa_date_of_expiration(text, &at_s))
        return "one of its times is none";
    return put_number(r, key, at_s);
}

static const char *put_digits(struct reading *r, const char *key, struct xa_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return unsound;
    return text.len > 0 && text.len <= 10 ? put_line(r, &r->len, key, text) : unsound;
}

static bool is_truth(struct xa_slice text)
{
    return xa_slice_is(text, "true") || xa_slice_is(text, "false");
}

/* Before the lines of the member that it is in. */
static const char *put_leader(struct reading *r, struct xa_slice text)
{
    size_t parent = (size_t)(strrchr(r->in->path, '/') - r->in->path);
    for (size_t i = 0; i < r->n_elements; i++)
        if (r->elements[i].how == MEMBER && strlen(r->elements[i].path) == parent &&
            memcmp(r->elements[i].path, r->in->path, parent) == 0)
            return put_line(r, &r->began[i], r->in->key, text);
    return unsound;          /* no row of the table is so */
}

/* Some servers break long texts; neither key id nor secret has a blank in it. */
static const char *take_packed(struct xa_slice text, char *room, size_t size, struct xa_slice *ret)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (reply_is_blank((char)text.at[i]))
            continue;
        if (len == size)
            return "one of its fields is too long";
        room[len++] = (char)text.at[i];
    }
    *ret = (struct xa_slice){ (const uint8_t *)room, len };
    return NULL;
}

static const char *take_marker(struct reading *r, struct xa_slice text)
{
    if (text.len > sizeof r->marker)
        return "one of its fields is too long";
    memcpy(r->marker, text.at, text.len);
    r->marker_len = text.len;
    return NULL;
}

static const char *take_request_id(struct reading *r, struct xa_slice text)
{
    struct xa_reply *reply = r->reply;
    if (text.len > sizeof reply->request_id)
        return "one of its fields is too long";
    memcpy(reply->request_id, text.at, text.len);
    r->record->request_id = (struct xa_slice){ (const uint8_t *)reply->request_id, text.len };
    return NULL;
}

static struct xa_slice trimmed(const char *at, size_t len)
{
    while (len > 0 && reply_is_blank(at[len - 1]))
        len--;
    return (struct xa_slice){ (const uint8_t *)at, len };
}

static const char *take_text(struct reading *r)
{
    struct xa_reply *reply = r->reply;
    const char *key = r->in->key;
    struct xa_slice text = trimmed(reply->text, r->text_len);
    switch (r->in->how) {
    case HOLDS:
    case MEMBER:
        return NULL;
    case LEADS:
        return put_leader(r, text);
    case PLAIN:
    case EACH:
        return put_line(r, &r->len, key, text);
    case FREE:
        return put_line(r, &r->len, key, reply_printable(reply->text, text.len));
    case NUMBER:
        return put_digits(r, key, text);
    case TRUTH:
        return is_truth(text) ? put_line(r, &r->len, key, text) : unsound;
    case TIME:
        return put_time(r, key, text);
    case POLICY:
        return put_policy(r, reply->text, text.len);
    case TRUNCATED:
        r->truncated = xa_slice_is(text, "true");
        return is_truth(text) ? NULL : unsound;
    case MARKER:
        return take_marker(r, text);
    case REQUEST_ID:
        return take_request_id(r, text);
    case KEY_ID:
        return take_packed(text, reply->access_key_id, sizeof reply->access_key_id,
                           &r->record->access_key_id);
    case SECRET:
        return take_packed(text, reply->secret, sizeof reply->secret, &r->record->secret);
    }
    return NULL;
}

/* --- the walk -------------------------------------------------------------------- */

/* Whether path lies below the element. */
static bool is_below(const char *path, const struct reply_iam_element *e)
{
    size_t len = strlen(e->path);
    return strncmp(path, e->path, len) == 0 && path[len] == '/';
}

/* One action's answer says nothing about another: as a user's list of policies, of a role's. */
static bool is_of_action(struct xa_slice action, const char *root)
{
    struct xa_slice rest = xa_slice_of(root + 1);
    if (action.len == 0 || rest.len < action.len ||
        memcmp(rest.at, action.at, action.len) != 0)
        return false;
    return strcmp(root + 1 + action.len, "Response") == 0;
}

/* The rows whose paths begin with this root. */
static bool choose_action(struct reading *r, const char *root)
{
    if (!is_of_action(r->action, root))
        return false;
    const struct reply_iam_element root_of = { root, NULL, HOLDS };
    const struct reply_iam_element *e = r->table->elements, *end = e + r->table->n;
    while (e < end && !is_below(e->path, &root_of))
        e++;
    r->elements = e;
    while (e < end && is_below(e->path, &root_of))
        e++;
    r->n_elements = (size_t)(e - r->elements);
    assert(r->n_elements <= REPLY_IAM_ELEMENTS_MAX);
    return r->n_elements > 0;
}

static void begin_member(struct reading *r, size_t member)
{
    r->began[member] = r->len;
    for (size_t i = 0; i < r->n_elements; i++)
        if (is_below(r->elements[i].path, &r->elements[member]))
            r->seen[i] = false;
}

static bool on_begin(struct reply_walk *walk, void *ctx, const char *path)
{
    struct reading *r = ctx;
    if (strchr(path + 1, '/') == NULL) {
        if (!choose_action(r, path))
            reply_walk_refuse(walk, "it does not answer what was asked");
        return false;
    }
    for (size_t i = 0; i < r->n_elements; i++) {
        const struct reply_iam_element *e = &r->elements[i];
        if (strcmp(e->path, path) != 0)
            continue;
        if (r->seen[i] && e->how != EACH && e->how != MEMBER) {
            reply_walk_refuse(walk, twice);
            return false;
        }
        r->seen[i] = true;
        if (e->how == MEMBER)
            begin_member(r, i);
        if (e->how == HOLDS || e->how == MEMBER)
            return false;
        r->in = e;
        r->text_len = 0;
        return true;
    }
    return false;
}

static void on_text(struct reply_walk *walk, void *ctx, struct xa_slice part)
{
    struct reading *r = ctx;
    while (r->text_len == 0 && part.len > 0 && reply_is_blank((char)part.at[0]))
        part = (struct xa_slice){ part.at + 1, part.len - 1 };
    if (part.len > sizeof r->reply->text - r->text_len) {
        reply_walk_refuse(walk, "one of its fields is too long");
        return;
    }
    memcpy(r->reply->text + r->text_len, part.at, part.len);
    r->text_len += part.len;
}

/* True if the member at this path has had no text to lead it, and should have. */
static bool is_leaderless(const struct reading *r, const char *path)
{
    for (size_t i = 0; i < r->n_elements; i++)
        if (r->elements[i].how == LEADS && !r->seen[i]) {
            size_t parent = (size_t)(strrchr(r->elements[i].path, '/') - r->elements[i].path);
            if (strlen(path) == parent && memcmp(path, r->elements[i].path, parent) == 0)
                return true;
        }
    return false;
}

static void on_end(struct reply_walk *walk, void *ctx, const char *path)
{
    struct reading *r = ctx;
    const char *fault = NULL;
    if (r->in != NULL)
        fault = take_text(r);
    else if (is_leaderless(r, path))
        fault = "a member of its list has no name";
    r->in = NULL;
    if (fault != NULL)
        reply_walk_refuse(walk, fault);
}

const char *reply_iam(enum xa_answer answer, struct xa_slice action, struct xa_slice body,
                      struct xa_reply *reply, struct xa_record *record)
{
    static const struct reply_walker walker = { on_begin, on_text, on_end };
    struct reading r = { .reply = reply, .record = record, .action = action };
    r.table = answer == XA_ANSWER_ACCESS_KEY ? &reply_iam_new_key : &reply_iam_answers;
    const char *fault = reply_walk(body, &walker, &r);
    if (fault == NULL && !r.seen[0])
        fault = "it holds no result";
    if (fault == NULL && r.truncated && r.marker_len == 0)
        fault = "it is cut and does not say where it goes on";
    if (fault == NULL && r.truncated)
        fault = put_line(&r, &r.len, "more",
                         (struct xa_slice){ (const uint8_t *)r.marker, r.marker_len });
    record->details = (struct xa_slice){ (const uint8_t *)reply->details, r.len };
    return fault;
}
