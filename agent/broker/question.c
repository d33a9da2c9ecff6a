/* What a person is needed for: the question, and what becomes of its answer. */
#include <stdlib.h>
#include <string.h>

#include "agent/aws/iam.h"
#include "agent/broker/fetch.h"
#include "agent/broker/question.h"
#include "agent/vault/hash.h"

#define FOREIGN_LIFE_S (15 * 60)       /* of what says of no end; as the Rust SDK has it */
#define FOREIGN_LIFE_MAX_S XA_SESSION_DURATION_MAX_S

void xa_question_free(struct xa_question **question)
{
    if (*question == NULL)
        return;
    free((*question)->texts);
    free(*question);
    *question = NULL;
}

/* One device shows one code to one person: all who need it have one question. */
static void set_id(struct xa_question *q)
{
    const char *kind = q->kind == XA_NEED_MFA_CODE ? "mfa" : "foreign";
    const struct xa_slice parts[] = { xa_slice_of(kind), xa_slice_of(q->source),
                                      xa_slice_of(q->serial) };
    xa_hash(q->id, parts, sizeof parts / sizeof parts[0]);
}

struct xa_question *question_new(const struct xa_broker *b, const struct xa_identity *hop,
                                 const struct xa_identity *signer, struct xa_error *err)
{
    struct xa_question *q = calloc(1, sizeof *q);
    if (q == NULL || !xa_identity_copy(hop, &q->hop, &q->texts)) {
        free(q);
        xa_fail(err, XA_NO_MEMORY, "no memory for a question");
        return NULL;
    }
    q->kind = hop->kind == XA_IDENTITY_FOREIGN ? XA_NEED_FOREIGN : XA_NEED_MFA_CODE;
    memcpy(q->name, xa_plan_goal(&b->plan)->name, sizeof q->name);
    memcpy(q->source, hop->source, sizeof q->source);
    memcpy(q->serial, hop->mfa_serial, sizeof q->serial);
    if (signer != NULL)
        q->signer = *signer;
    q->doubtful = hop->doubtful;
    if (b->plan.devices.len > 0 && b->plan.devices.len <= sizeof q->devices) {
        memcpy(q->devices, b->plan.devices.at, b->plan.devices.len);
        q->devices_len = b->plan.devices.len;
    }
    if (hop->doubtful) {
        const struct xa_error *denial =
            xa_learned_denial(b->learned, hop->plain_key, true, broker_boot_ms(b));
        if (denial != NULL)
            q->why = *denial;
    }
    set_id(q);
    return q;
}

/* --- an MFA code ------------------------------------------------------------------- */

static bool is_offered(const struct xa_question *q, struct xa_slice serial)
{
    struct xa_slice rest = { (const uint8_t *)q->devices, q->devices_len }, one;
    if (xa_slice_is(serial, q->serial))
        return true;
    while (xa_iam_next_device(&rest, &one))
        if (one.len == serial.len && memcmp(one.at, serial.at, one.len) == 0)
            return true;
    return false;
}

bool question_code_good(const struct xa_broker *b, struct xa_slice serial, struct xa_slice code,
                        struct xa_error *err)
{
    if (!xa_mfa_code_valid(code))
        return xa_fail(err, XA_USAGE, "an MFA code has %d digits", XA_MFA_CODE_LEN);
    if (!xa_codes_was_sent(&b->codes, serial, code, broker_boot_ms(b)))
        return true;
    xa_fail(err, XA_MFA_CODE_USED, "this MFA code was sent to AWS already");
    return xa_why(err, "each works once; the device shows the next one within %d s",
                  XA_MFA_STEP_S);
}

enum xa_outlook xa_broker_give_code(struct xa_broker *b, const struct xa_question *question,
                                    struct xa_slice code, struct xa_slice serial,
                                    uint32_t patience_ms, struct xa_waiter *waiter,
                                    struct xa_error *err)
{
    struct xa_identity hop = question->hop;
    if (serial.len == 0)
        serial = xa_slice_of(question->serial);
    if (!is_offered(question, serial)) {
        xa_fail(err, XA_USAGE, "'%.*s' is none of the devices that were named", (int)serial.len,
                (const char *)serial.at);
        return XA_FAILED;
    }
    if (!question_code_good(b, serial, code, err))
        return XA_FAILED;
    xa_plan_choose(&hop, &question->signer, serial);
    if (question->devices_len > 0)
        xa_learned_note_choice(b->learned, question->signer.key, serial);
    struct xa_fetch *f = fetch_under_way(b, hop.key);
    if (f == NULL) {
        f = fetch_new(b, &hop, &question->signer, code, err);
        if (f == NULL)
            return XA_FAILED;
        if (!fetch_send(f, err)) {
            fetch_drop(f);
            return XA_FAILED;
        }
    }
    fetch_be_patient(f, patience_ms);
    return fetch_join(f, &hop, waiter, err) ? XA_WILL_ANSWER : XA_FAILED;
}

/* --- foreign credentials ------------------------------------------------------------- */

static bool unfit(const char *what, struct xa_error *err)
{
    return xa_fail(err, XA_USAGE, "the foreign credentials have no %s, or one that cannot be right",
                   what);
}

bool xa_broker_give_foreign(struct xa_broker *b, const struct xa_question *question,
                            const struct xa_foreign *foreign, struct xa_error *err)
{
    int64_t now_ms = broker_boot_ms(b), left_s = FOREIGN_LIFE_S;
    int64_t now_s = broker_aws_s(b, question->hop.custom_endpoint);
    if (!xa_is_key_id(foreign->access_key_id) ||
        foreign->access_key_id.len < XA_ACCESS_KEY_ID_MIN)
        return unfit("access key id", err);
    if (!xa_is_graphic(foreign->secret))
        return unfit("secret key", err);
    if (foreign->token.len > 0 && !xa_is_graphic(foreign->token))
        return unfit("session token", err);
    if (foreign->expires_at > 0)
        left_s = (int64_t)foreign->expires_at - now_s;
    if (left_s <= 0)
        return xa_fail(err, XA_USAGE, "the foreign credentials have expired");
    if (left_s > FOREIGN_LIFE_MAX_S)
        left_s = FOREIGN_LIFE_MAX_S;
    const struct xa_issued issued = {
        .access_key_id = foreign->access_key_id,
        .secret = foreign->secret,
        .token = foreign->token,
        .expires_at = now_s + left_s,
        .good_until_ms = now_ms + left_s * 1000,
        .issued_for_s = (uint32_t)left_s,
    };
    if (!xa_cache_put(b->cache, question->hop.key, xa_slice_of(question->hop.name), &issued,
                      now_ms))
        return xa_fail(err, XA_NO_MEMORY, "no room in locked memory for the credentials of '%s'",
                       question->hop.name);
    b->setup.port.wake(b->setup.port.ctx, left_s * 1000);      /* to wipe them */
    return true;
}
