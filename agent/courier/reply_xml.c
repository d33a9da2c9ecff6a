/* XML of STS, of IAM's ListMFADevices, and of errors (facts 1.4, 1.5). */
#include <stddef.h>
#include <string.h>

#include "agent/courier/date.h"
#include "agent/courier/reply_part.h"
#include "agent/courier/reply_walk.h"

enum how {
    ONCE,          /* holds others; a second one would mix two answers into one */
    PLAIN,         /* white space at both ends is not part of it                */
    PACKED,        /* no white space at all: some servers break the token       */
    CUT,           /* what is too long is cut                                   */
    EACH,          /* may be there often: the texts, each behind a blank; what
                    * there is no more room for is left out                     */
};

struct element {
    const char *path;        /* local names from the root on, each after a '/' */
    enum how how;
    size_t offset, size;     /* in struct xa_reply                             */
};

#define TEXT(path, how, member) \
    { path, how, offsetof(struct xa_reply, member), sizeof ((struct xa_reply *)0)->member }
#define HOLDER(path) { path, ONCE, 0, 0 }

#define ASSUME "/AssumeRoleResponse/AssumeRoleResult"
static const struct element assume_role[] = {
    HOLDER(ASSUME),
    HOLDER(ASSUME "/Credentials"),
    HOLDER(ASSUME "/AssumedRoleUser"),
    TEXT(ASSUME "/Credentials/AccessKeyId", PACKED, access_key_id),
    TEXT(ASSUME "/Credentials/SecretAccessKey", PACKED, secret),
    TEXT(ASSUME "/Credentials/SessionToken", PACKED, token),
    TEXT(ASSUME "/Credentials/Expiration", PLAIN, expiration),
    TEXT(ASSUME "/AssumedRoleUser/Arn", PLAIN, role_arn),
    TEXT(ASSUME "/AssumedRoleUser/AssumedRoleId", PLAIN, role_id),
    TEXT(ASSUME "/AssumedRoleUser/AssumeRoleId", PLAIN, role_id),     /* facts 14.1 */
    TEXT("/AssumeRoleResponse/ResponseMetadata/RequestId", PLAIN, request_id),
};

#define IDENTITY "/GetCallerIdentityResponse/GetCallerIdentityResult"
static const struct element caller_identity[] = {
    HOLDER(IDENTITY),
    TEXT(IDENTITY "/Account", PLAIN, account),
    TEXT(IDENTITY "/Arn", PLAIN, arn),
    TEXT(IDENTITY "/UserId", PLAIN, user_id),
    TEXT("/GetCallerIdentityResponse/ResponseMetadata/RequestId", PLAIN, request_id),
};

#define SESSION "/GetSessionTokenResponse/GetSessionTokenResult"
static const struct element session_token[] = {
    HOLDER(SESSION),
    HOLDER(SESSION "/Credentials"),
    TEXT(SESSION "/Credentials/AccessKeyId", PACKED, access_key_id),
    TEXT(SESSION "/Credentials/SecretAccessKey", PACKED, secret),
    TEXT(SESSION "/Credentials/SessionToken", PACKED, token),
    TEXT(SESSION "/Credentials/Expiration", PLAIN, expiration),
    TEXT("/GetSessionTokenResponse/ResponseMetadata/RequestId", PLAIN, request_id),
};

#define DEVICES "/ListMFADevicesResponse/ListMFADevicesResult"
static const struct element mfa_devices[] = {
    HOLDER(DEVICES),
    TEXT(DEVICES "/MFADevices/member/SerialNumber", EACH, devices),
    TEXT("/ListMFADevicesResponse/ResponseMetadata/RequestId", PLAIN, request_id),
};

#define ERROR_IN(root) \
    TEXT(root "/Code", PLAIN, aws_code), TEXT(root "/Message", CUT, aws_message)
static const struct element errors[] = {
    ERROR_IN("/ErrorResponse/Error"),
    TEXT("/ErrorResponse/RequestId", PLAIN, request_id),
    ERROR_IN("/ErrorResponse/Errors/Error"),
    ERROR_IN("/Response/Errors/Error"),
    TEXT("/Response/RequestID", PLAIN, request_id),
    TEXT("/Response/RequestId", PLAIN, request_id),
    ERROR_IN("/Error"),
    TEXT("/Error/RequestId", PLAIN, request_id),
};

#define N(table) (sizeof table / sizeof table[0])
#define N_ELEMENTS_MAX 16
#define OF(table) { table, N(table) }
static const struct { const struct element *elements; size_t n; } answers[] = {
    [XA_ANSWER_ASSUME_ROLE] = OF(assume_role),
    [XA_ANSWER_CALLER_IDENTITY] = OF(caller_identity),
    [XA_ANSWER_SESSION_TOKEN] = OF(session_token),
    [XA_ANSWER_MFA_DEVICES] = OF(mfa_devices),
};
_Static_assert(N(assume_role) <= N_ELEMENTS_MAX && N(caller_identity) <= N_ELEMENTS_MAX &&
                   N(session_token) <= N_ELEMENTS_MAX && N(mfa_devices) <= N_ELEMENTS_MAX &&
                   N(errors) <= N_ELEMENTS_MAX, "struct reading has room for every table");

struct reading {
    struct xa_reply *reply;
    const struct element *elements;
    size_t n_elements;
    bool seen[N_ELEMENTS_MAX];
    size_t len[N_ELEMENTS_MAX];          /* of the text so far                    */
    const struct element *in;            /* the text being read; NULL: none       */
    size_t each_start;                   /* of an EACH, where its text began      */
    bool each_cut;                       /* it did not fit                        */
    const char *fault;                   /* why it is refused; NULL: it is not    */
};

/* True if another element that fills the same field has been there. */
static bool seen_before(const struct reading *r, const struct element *e)
{
    for (size_t i = 0; i < r->n_elements; i++)
        if (r->seen[i] && (&r->elements[i] == e || (e->size > 0 && r->elements[i].size > 0 &&
                                                    r->elements[i].offset == e->offset)))
            return true;
    return false;
}

/* The blank before the next text of a list. */
static void begin_each(struct reading *r, const struct element *e)
{
    size_t *len = &r->len[e - r->elements];
    if (*len < e->size)
        ((char *)r->reply + e->offset)[(*len)++] = ' ';
    r->each_start = *len;
}

/* A text that did not fit whole is left out: half a serial is another device's. */
static void end_each(struct reading *r)
{
    if (r->each_cut)
        r->len[r->in - r->elements] = r->each_start;
    r->each_cut = false;
}

static bool on_begin(struct reply_walk *walk, void *ctx, const char *path)
{
    struct reading *r = ctx;
    for (size_t i = 0; i < r->n_elements; i++) {
        const struct element *e = &r->elements[i];
        if (strcmp(e->path, path) != 0)
            continue;
        if (e->how != EACH && seen_before(r, e)) {
            reply_walk_refuse(walk, "an element is there twice");
            return false;
        }
        if (e->how == EACH)
            begin_each(r, e);
        r->seen[i] = true;
        r->in = e->how == ONCE ? NULL : e;
    }
    return r->in != NULL;
}

static void on_end(struct reply_walk *walk, void *ctx, const char *path)
{
    struct reading *r = ctx;
    (void)walk, (void)path;
    if (r->in != NULL && r->in->how == EACH)
        end_each(r);
    r->in = NULL;
}

/* How many bytes at the beginning hold no white space. */
static size_t unbroken(struct xa_slice part)
{
    size_t n = 0;
    while (n < part.len && !reply_is_blank((char)part.at[n]))
        n++;
    return n;
}

static void on_text(struct reply_walk *walk, void *ctx, struct xa_slice part)
{
    struct reading *r = ctx;
    size_t *len = &r->len[r->in - r->elements];
    char *room = (char *)r->reply + r->in->offset;
    const enum how how = r->in->how;
    for (size_t at = 0, n; at < part.len; at += n) {
        n = unbroken((struct xa_slice){ part.at + at, part.len - at });
        bool blank = n == 0;
        if (blank) {
            n = 1;
            if (how == PACKED || how == EACH || *len == 0)
                continue;
        }
        size_t fits = n <= r->in->size - *len ? n : r->in->size - *len;
        memcpy(room + *len, part.at + at, fits);
        *len += fits;
        if (fits < n && how == EACH)
            r->each_cut = true;
        else if (fits < n && how != CUT && !blank)
            reply_walk_refuse(walk, "one of its fields is too long");
    }
}

/* --- from texts to fields ---------------------------------------------------- */

static struct xa_slice trimmed(const char *at, size_t len)
{
    while (len > 0 && reply_is_blank(at[len - 1]))
        len--;
    return (struct xa_slice){ (const uint8_t *)at, len };
}

/* The text of a member, empty if no element filled it. */
static struct xa_slice text_of(const struct reading *r, size_t offset)
{
    for (size_t i = 0; i < r->n_elements; i++)
        if (r->seen[i] && r->elements[i].size > 0 && r->elements[i].offset == offset)
            return trimmed((const char *)r->reply + offset, r->len[i]);
    return (struct xa_slice){ 0 };
}

#define FIELD(r, member) text_of(r, offsetof(struct xa_reply, member))

static void take_answer(struct reading *r, struct xa_record *record)
{
    struct xa_slice expiration = FIELD(r, expiration);

    record->access_key_id = FIELD(r, access_key_id);
    record->secret = FIELD(r, secret);
    record->token = FIELD(r, token);
    record->role_arn = FIELD(r, role_arn);
    record->role_id = FIELD(r, role_id);
    record->account = FIELD(r, account);
    record->arn = FIELD(r, arn);
    record->user_id = FIELD(r, user_id);
    record->devices = FIELD(r, devices);
    record->request_id = FIELD(r, request_id);
    if (expiration.len > 0 && !xa_date_of_expiration(expiration, &record->expires_at))
        r->fault = "its expiry is not a time";
}

static void take_error(struct reading *r, struct xa_record *record)
{
    record->aws_code = FIELD(r, aws_code);
    record->request_id = FIELD(r, request_id);
    record->aws_message = reply_readable(r->reply->aws_message, FIELD(r, aws_message).len);
    if (!xa_is_graphic(record->aws_code))
        record->aws_code = (struct xa_slice){ 0 };
    if (!xa_is_graphic(record->request_id))
        record->request_id = (struct xa_slice){ 0 };
}

const char *reply_xml(enum xa_answer answer, bool success, struct xa_slice body,
                      struct xa_reply *reply, struct xa_record *record)
{
    static const struct reply_walker walker = { on_begin, on_text, on_end };
    struct reading r = { .reply = reply };
    r.elements = success ? answers[answer].elements : errors;
    r.n_elements = success ? answers[answer].n : N(errors);
    r.fault = reply_walk(body, &walker, &r);
    if (r.fault == NULL && success)
        take_answer(&r, record);
    else if (r.fault == NULL)
        take_error(&r, record);
    return r.fault;
}
