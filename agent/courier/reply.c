#include "agent/courier/reply.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "agent/courier/reply_part.h"
#include "agent/courier/reply_walk.h"

/* --- what a server says, so that it can be shown ------------------------------ */

/* Bytes that begin a character of UTF-8 which the cut text no longer holds. */
static size_t whole_characters(const char *at, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)at[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return len;
    unsigned char first = (unsigned char)at[start - 1];
    size_t needs = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    return len - start + 1 < needs ? start - 1 : len;
}

/* A signature's error goes on with the canonical request as AWS read it: all of
 * our headers, the session token among them. */
static size_t before_canonical(const char *at, size_t len)
{
    static const char *const marks[] = {
        "The Canonical String", "The String-to-Sign", "x-amz-security-token", "AWS4-HMAC-SHA256\n",
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t mark = strlen(marks[i]);
        for (size_t k = 0; k + mark <= len; k++)
            if (strncasecmp(at + k, marks[i], mark) == 0)
                len = k;
    }
    return len;
}

struct xa_slice reply_printable(char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (reply_is_blank(at[i]))
            at[i] = ' ';
    while (len > 0 && at[len - 1] == ' ')
        len--;
    struct xa_slice text = { (const uint8_t *)at, len };
    if (!xa_text_printable(text))
        for (size_t i = 0; i < text.len; i++)
            if ((unsigned char)at[i] < 0x20 || (unsigned char)at[i] >= 0x7f)
                at[i] = '?';
    return text;
}

struct xa_slice reply_readable(char *at, size_t len)
{
    return reply_printable(at, before_canonical(at, whole_characters(at, len)));
}

/* --- the answer ------------------------------------------------------------------ */

static void forget_fields(struct xa_record *record)
{
    *record = (struct xa_record){ .number = record->number, .outcome = record->outcome,
                                  .status = record->status, .date_s = record->date_s };
}

void xa_reply_wipe(struct xa_reply *reply)
{
    explicit_bzero(reply, reply->long_too ? sizeof *reply : offsetof(struct xa_reply, details));
}

static bool is_json(enum xa_answer answer)
{
    return answer == XA_ANSWER_ECR_TOKEN || answer == XA_ANSWER_SIGNIN_TOKEN;
}

static bool is_iam(enum xa_answer answer)
{
    return answer == XA_ANSWER_IAM || answer == XA_ANSWER_ACCESS_KEY;
}

void xa_reply_read(enum xa_answer answer, struct xa_slice action, uint32_t status,
                   struct xa_slice body, struct xa_reply *reply, struct xa_record *record)
{
    bool success = status == 200;
    record->outcome = XA_OUTCOME_ANSWERED;
    record->status = status;
    forget_fields(record);
    reply->long_too = !is_json(answer) && is_iam(answer) && success;
    const char *fault = is_json(answer) ? reply_json(answer, success, body, reply, record)
                        : is_iam(answer) && success ? reply_iam(answer, action, body, reply, record)
                                        : reply_xml(answer, success, body, reply, record);
    if (!success)
        return;                /* a refusal is one, however it is worded */
    if (fault == NULL && !xa_record_sound(record))
        fault = "one of its fields holds what it may not";
    if (fault == NULL)
        return;
    forget_fields(record);
    record->outcome = XA_OUTCOME_UNREADABLE;
    record->detail = xa_slice_of(fault);
}
