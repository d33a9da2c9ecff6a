/* An HTTP answer of AWS: the first byte says what was asked and with which status it
 * came, the rest is its body. What is read fits a record that travels. */
#include "agent/courier/reply.h"
#include "tests/fuzz/fuzz.h"

static const uint32_t statuses[] = { 200, 400, 403, 500, 503, 302 };

/* The action that an answer of IAM says to be of. */
static struct xa_slice action_of(struct xa_slice body)
{
    const uint8_t *end = body.len > 0 ? memmem(body.at, body.len, "Response", 8) : NULL;
    const uint8_t *start = end;
    while (start != NULL && start > body.at && start[-1] != '<' && start[-1] != ':')
        start--;
    return start != NULL ? (struct xa_slice){ start, (size_t)(end - start) }
                         : (struct xa_slice){ 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xa_reply reply;
    static uint8_t room[XA_RECORD_MAX];
    struct xa_record record = { .number = 7, .outcome = XA_OUTCOME_ANSWERED }, back;
    struct xa_error err;
    if (size == 0)
        return 0;
    static const enum xa_answer answers[] = {
        XA_ANSWER_ASSUME_ROLE, XA_ANSWER_CALLER_IDENTITY, XA_ANSWER_ECR_TOKEN,
        XA_ANSWER_SIGNIN_TOKEN, XA_ANSWER_IAM, XA_ANSWER_ACCESS_KEY, XA_ANSWER_MFA_DEVICES,
        XA_ANSWER_SESSION_TOKEN,
    };
    /* Bits 7 to 5, so that the corpora of the first kinds stay what they are. */
    enum xa_answer answer =
        answers[(data[0] & 0x80) >> 7 | (data[0] & 0x40) >> 5 | (data[0] & 0x20) >> 3];
    uint32_t status = statuses[(data[0] & 0x1f) % (sizeof statuses / sizeof statuses[0])];
    record.status = status;
    struct xa_slice body = { data + 1, size - 1 };
    xa_reply_read(answer, action_of(body), status, body, &reply, &record);
    HOLDS(xa_record_sound(&record));
    HOLDS(record.number == 7);
    size_t len = xa_record_encode(&record, room, sizeof room);
    HOLDS(len > 0);
    HOLDS(xa_record_decode((struct xa_slice){ room, len }, &back, &err));
    HOLDS(same(back.token, record.token) && same(back.aws_message, record.aws_message));
    HOLDS(same(back.details, record.details) && same(back.secret, record.secret));
    HOLDS(answer == XA_ANSWER_IAM || answer == XA_ANSWER_ACCESS_KEY || record.details.len == 0);
    explicit_bzero(&reply, sizeof reply);
    return 0;
}
