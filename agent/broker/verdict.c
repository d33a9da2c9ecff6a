/* What AWS's answer means for a fetch: credentials, a refusal to hand on, another
 * attempt, or something learned that changes the plan. */
#include <stdio.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/iam.h"
#include "agent/aws/refusal.h"
#include "agent/aws/sts.h"
#include "agent/broker/call.h"
#include "agent/broker/fetch.h"

/* N11. */
#define ATTEMPTS_MAX 3
#define REST_BASE_MS 1000
#define REST_CAP_MS 20000

/* --- good ------------------------------------------------------------------------------ */

static bool check(const struct xa_fetch *f, const struct xa_record *record, int64_t *ret_left_s,
                  struct xa_error *err)
{
    const struct xa_sts_expect expect = {
        .account = xa_slice_of(f->hop.account),
        .role_name = xa_slice_of(f->hop.role_name),
        .duration_s = f->hop.duration_s,
        .custom_endpoint = f->hop.custom_endpoint,
        .now_s = broker_aws_s(f->broker, f->hop.custom_endpoint),
    };
    return f->hop.kind == XA_IDENTITY_SESSION
               ? xa_sts_check_session_token(record, &expect, ret_left_s, err)
               : xa_sts_check_assume_role(record, &expect, ret_left_s, err);
}

static bool accept(struct xa_fetch *f, const struct xa_record *record, struct xa_error *err)
{
    struct xa_broker *b = f->broker;
    int64_t left_s, now_ms = broker_boot_ms(b);
    if (!check(f, record, &left_s, err))
        return false;
    /* AWS dated its answer after the request was sent: counted from there, no
     * slow network and no suspend on the way makes them live longer (T1, T2). */
    int64_t good_until_ms = f->sent_ms + left_s * 1000;
    if (good_until_ms <= now_ms)
        return xa_fail(err, XA_TIMED_OUT, "the credentials of '%s' ran out on their way here",
                       f->hop.name);
    const struct xa_issued issued = {
        .access_key_id = record->access_key_id,
        .secret = record->secret,
        .token = record->token,
        .arn = f->hop.kind == XA_IDENTITY_SESSION ? xa_slice_of(f->hop.user_arn)
                                                  : record->role_arn,
        .expires_at = record->expires_at,
        .good_until_ms = good_until_ms,
        .issued_for_s = (uint32_t)left_s,
    };
    if (!xa_cache_put(b->cache, f->hop.key, xa_slice_of(f->hop.name), &issued, now_ms))
        return xa_fail(err, XA_NO_MEMORY, "no room in locked memory for the credentials of '%s'",
                       f->hop.name);
    xa_refused_clear(b->refused, f->hop.key);
    xa_refused_clear(b->outages, f->hop.key);
    return true;
}

/* --- MFA that nobody told us of ---------------------------------------------------------- */

/* arn:PARTITION:iam::ACCOUNT:mfa/USER, as most devices are called. */
static struct xa_slice guess_device(const struct xa_fetch *f, char *room, size_t size)
{
    struct xa_slice arn = xa_slice_of(f->signer.user_arn), user = xa_user_name_of(arn);
    int head = 0;
    for (int colons = 0; (size_t)head < arn.len && colons < 5; head++)
        colons += arn.at[head] == ':';
    if (user.len == 0)
        return (struct xa_slice){ 0 };
    int len = snprintf(room, size, " %.*smfa/%.*s", head, (const char *)arn.at, (int)user.len,
                       (const char *)user.at);
    return len > 0 && (size_t)len < size ? (struct xa_slice){ (const uint8_t *)room, (size_t)len }
                                         : (struct xa_slice){ 0 };
}

/* With a device to try, the denial becomes a question; without, it stands. */
static void settle_denial(struct xa_fetch *f)
{
    struct xa_broker *b = f->broker;
    struct xa_slice devices;
    int64_t now_ms = broker_boot_ms(b);
    if (xa_learned_devices(b->learned, f->signer.key, now_ms, &devices) && devices.len > 0) {
        xa_learned_note_denial(b->learned, f->hop.key, &f->denial, now_ms);
        fetch_plan_again(f);
        return;
    }
    xa_refused_note(b->refused, f->hop.key, &f->denial, now_ms);
    fetch_fail(f, &f->denial);
}

void verdict_on_devices(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_fetch *f = ctx;
    struct xa_broker *b = f->broker;
    char room[XA_DEVICES_MAX];
    struct xa_slice devices;
    struct xa_error err = { 0 };
    int64_t now_ms = broker_boot_ms(b);
    f->call = NULL;
    if (record == NULL)
        err = *failure;
    else if (xa_iam_check_mfa_devices(record, f->hop.custom_endpoint, room, &devices, &err))
        xa_learned_note_devices(b->learned, f->signer.key, devices, false, now_ms);
    if (err.code == XA_AWS_REFUSED)
        xa_learned_note_devices(b->learned, f->signer.key, guess_device(f, room, sizeof room),
                                true, now_ms);
    settle_denial(f);
}

static bool ask_for_devices(struct xa_fetch *f)
{
    struct xa_broker *b = f->broker;
    char body[512];
    struct xa_endpoint iam;
    struct xa_slice url = xa_slice_of(f->signer.sts.url);
    const struct xa_endpoint_wish wish = {
        .region = xa_slice_of(f->signer.sts.region),
        .endpoint_url = f->signer.custom_endpoint ? url : (struct xa_slice){ 0 },
    };
    struct xa_sigv4_key key;
    struct xa_call_order order = {
        .reach = &f->signer,
        .at = &iam,
        .action = XA_ACTION_MFA_DEVICES,
        .body = { (const uint8_t *)body,
                  xa_iam_mfa_devices_body(xa_user_name_of(xa_slice_of(f->signer.user_arn)), body,
                                          sizeof body) },
        .signer = f->signer.kind,
        .signer_is_temporary = f->signer.temporary,
        .time_s = broker_aws_s(b, f->signer.custom_endpoint),
    };
    if (!xa_endpoint_iam(&wish, &iam, NULL))
        return false;
    if (f->signer.kind == XA_IDENTITY_SOURCE) {
        order.vault = b->setup.vault;
        order.source = xa_slice_of(f->signer.source);
    } else if (broker_signing_key(b, &f->signer, &key)) {
        order.key = &key;
    } else {
        return false;
    }
    f->state = FETCH_LISTING;
    f->call = xa_call_send(&b->setup.port, &order, verdict_on_devices, f, NULL);
    return f->call != NULL;
}

/* AWS does not say that it wants a code (facts 1.7): the user's devices tell whether it
 * could. Asked once a day for a source. */
static void on_denial(struct xa_fetch *f, const struct xa_error *err)
{
    struct xa_slice devices;
    f->denial = *err;
    if (xa_learned_devices(f->broker->learned, f->signer.key, broker_boot_ms(f->broker),
                           &devices) ||
        !ask_for_devices(f))
        settle_denial(f);
}

/* --- refused -------------------------------------------------------------------------------- */

/* Full jitter: anything from nothing to twice as long each time. */
static int64_t rest_ms(const struct xa_fetch *f)
{
    const struct xa_port *port = &f->broker->setup.port;
    int64_t most = (int64_t)REST_BASE_MS << (f->attempts - 1);
    if (most > REST_CAP_MS)
        most = REST_CAP_MS;
    return (int64_t)(port->random(port->ctx) % (uint32_t)(most + 1));
}

/* AWS cannot be asked just now. What is held will do meanwhile; else it is tried again,
 * as long as someone waits. A code may have been looked at: never again (N9). */
static void on_outage(struct xa_fetch *f, bool passing, const struct xa_error *err)
{
    struct xa_broker *b = f->broker;
    int64_t now_ms = broker_boot_ms(b);
    if (broker_still_useful(b, f->hop.key) != NULL) {
        xa_refused_note(b->outages, f->hop.key, err, now_ms);
        fetch_grant(f, false);
        return;
    }
    int64_t rest = rest_ms(f);
    if (passing && f->code[0] == '\0' && f->attempts < ATTEMPTS_MAX &&
        now_ms + rest < f->deadline_ms)
        fetch_rest(f, rest);
    else
        fetch_fail(f, err);
}

/* The date was wrong, nothing else was looked at: signed once more, with AWS's. */
static bool correct_clock(struct xa_fetch *f, const struct xa_record *record)
{
    if (!xa_refusal_is_clock(record) || record->date_s == 0 || f->clock_corrected)
        return false;
    f->clock_corrected = true;
    xa_codes_unsent(&f->broker->codes, xa_slice_of(f->hop.mfa_serial), xa_slice_of(f->code));
    return true;
}

static bool learn_limit(struct xa_fetch *f, const struct xa_record *record)
{
    if (f->hop.kind != XA_IDENTITY_ROLE || f->hop.duration_s <= XA_CHAINED_DURATION_MAX_S ||
        !xa_refusal_is_duration(record))
        return false;
    xa_learned_note_limit(f->broker->learned, xa_slice_of(f->hop.role_arn),
                          XA_CHAINED_DURATION_MAX_S);
    return true;
}

/* A guessed device that is none, or a choice that nothing was got with, is not kept; a
 * slip of the hand says nothing of the device. */
static void on_refused_code(struct xa_fetch *f, const struct xa_record *record)
{
    struct xa_learned *learned = f->broker->learned;
    struct xa_slice said = record->aws_message;
    const char slip[] = "invalid MFA one time pass code";
    xa_learned_note_choice(learned, f->signer.key, (struct xa_slice){ 0 });
    if (f->hop.doubtful &&
        (said.len == 0 || memmem(said.at, said.len, slip, sizeof slip - 1) == NULL))
        xa_learned_drop_guess(learned, f->signer.key);
}

static void on_refusal(struct xa_fetch *f, const struct xa_record *record,
                       const struct xa_error *err)
{
    struct xa_broker *b = f->broker;
    struct xa_error failure = *err;
    if (correct_clock(f, record)) {
        if (!fetch_send(f, &failure))
            fetch_fail(f, &failure);
    } else if (learn_limit(f, record) || broker_drops_stale(f->broker, &f->signer, record)) {
        fetch_plan_again(f);
    } else if (f->code[0] != '\0') {
        on_refused_code(f, record);
        fetch_fail(f, &failure);
    } else if (f->hop.may_want_mfa && !f->signer.temporary && xa_refusal_is_denial(record)) {
        on_denial(f, err);
    } else {
        xa_refused_note(b->refused, f->hop.key, err, broker_boot_ms(b));
        fetch_fail(f, &failure);
    }
}

/* Another account's, or one that cannot be read: it would be so again. */
static void on_wrong_answer(struct xa_fetch *f, const struct xa_error *err)
{
    struct xa_broker *b = f->broker;
    if (f->code[0] == '\0' && (err->code == XA_OTHER_ACCOUNT || err->code == XA_BAD_REPLY))
        xa_refused_note(b->refused, f->hop.key, err, broker_boot_ms(b));
    fetch_fail(f, err);
}

static bool is_outage(enum xa_code code)
{
    return code == XA_UNREACHABLE || code == XA_TIMED_OUT || code == XA_CERTIFICATE ||
           code == XA_AWS_THROTTLED || code == XA_COURIER_UNUSABLE;
}

void verdict_on_credentials(void *ctx, const struct xa_record *record,
                            const struct xa_error *failure)
{
    struct xa_fetch *f = ctx;
    struct xa_error err = { 0 };
    f->call = NULL;
    if (record == NULL)
        err = *failure;
    else
        broker_note_date(f->broker, record, f->hop.custom_endpoint);
    if (record != NULL && accept(f, record, &err))
        fetch_grant(f, true);
    else if (is_outage(err.code))
        on_outage(f, record != NULL && xa_refusal_is_passing(record), &err);
    else if (record != NULL && err.code == XA_AWS_REFUSED)
        on_refusal(f, record, &err);
    else
        on_wrong_answer(f, &err);
}
