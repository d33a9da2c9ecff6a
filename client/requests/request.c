#include "client/requests/request.h"

#include <string.h>

#include "client/asking/ask.h"
#include "client/asking/foreign.h"
#include "client/asking/mfa.h"
#include "client/base/clock.h"
#include "client/commands.h"
#include "client/link/connect.h"

#define SLACK_MS 10000           /* beyond what the agent promised                  */
#define HASTY_MS 500             /* of a prompt or a completion: no slack, no lease  */
#define AT_HAND_MS 1000          /* the agent looks nowhere but in its memory        */
#define CANCEL_MS 250            /* nobody waits long for being told "cancelled"    */
#define ROUNDS_MAX 8             /* of NEED and answer, before it is a fault        */

bool xa_request_connect(struct xa_client *c, struct xa_error *err)
{
    bool may_start = c->command->starts_agent && !xa_options_has(&c->opt, XA_OPT_NO_SPAWN);
    if (c->link.fd >= 0)
        return true;
    return xa_paths_find(&c->paths, err) && xa_connect(&c->link, &c->paths, may_start, err);
}

/* The agent ends every wait of its own in time; this is for one that hangs. What may
 * be parked behind somebody else's prompt, or derives a key, can take a lease more. */
static int64_t wait_ms(const struct xa_client *c, const struct xa_call *call)
{
    uint32_t asking = c->command->asking_ms;
    bool slow = call->asking != NULL || xa_type_is_secret(call->type);
    if (c->command->patience_ms <= HASTY_MS)
        return 2 * (int64_t)c->command->patience_ms;
    return (int64_t)c->command->patience_ms + SLACK_MS +
           (!slow ? 0 : asking != 0 ? asking : XA_LEASE_MS);
}

static bool exchange(struct xa_client *c, const struct xa_call *call, struct xa_answer *ret,
                     struct xa_error *err)
{
    bool quiet = c->command->asking_ms != 0 || xa_options_has(&c->opt, XA_OPT_QUIET);
    return xa_link_send(&c->link, &c->paths, call->type, call->table, call->message, err) &&
           xa_link_receive(&c->link, wait_ms(c, call), quiet ? NULL : call->progress, ret, err);
}

/* Fills *err from an ERROR, or with what is wrong with it. Returns tries_left. */
static uint32_t decode_error(const struct xa_answer *answer, struct xa_error *err)
{
    struct xa_error_reply reply;
    if (!xa_message_decode(&xa_msg_error, answer->body, &reply, err))
        return 0;
    xa_error_from_reply(&reply, err);
    if (err->message[0] == '\0')
        xa_fail(err, err->code, "the agent says '%s' and no more", xa_code_name(err->code));
    return reply.tries_left;
}

static bool unexpected(const struct xa_answer *answer, struct xa_error *err)
{
    return xa_fail(err, XA_BAD_MESSAGE, "the agent answered with a frame of type %u", answer->type);
}

/* --- NEED ------------------------------------------------------------------------- */

/* No answer will come. A person who said no is told to the agent, which tells all who
 * wait with us; what it says to that changes nothing. If nobody was asked at all, the
 * end of the connection passes the question on to the next one who can ask. */
static bool give_up(struct xa_client *c, struct xa_error *err)
{
    struct xa_error unsaid;
    struct xa_answer answer;
    bool told = err->code == XA_CANCELLED &&
                xa_link_send(&c->link, &c->paths, XA_CANCEL, &xa_msg_empty, NULL, &unsaid) &&
                xa_link_receive(&c->link, CANCEL_MS, NULL, &answer, &unsaid);
    if (!told)
        xa_link_close(&c->link);
    return false;
}

/* Sends what answers a NEED. False: *ret_left is tries_left of the agent's ERROR, else 0. */
static bool send_answer(struct xa_client *c, const struct xa_call *call, uint32_t *ret_left,
                        struct xa_error *err)
{
    struct xa_answer answer;
    *ret_left = 0;
    if (!exchange(c, call, &answer, err))
        return false;
    if (answer.type == XA_RESULT)
        return xa_message_decode(&xa_msg_empty, answer.body, NULL, err);
    if (answer.type != XA_ERROR)
        return unexpected(&answer, err);
    *ret_left = decode_error(&answer, err);
    return false;
}

/* Sends a phrase. *ret_again: it was wrong, and the agent would take another. */
static bool send_unlock(struct xa_client *c, const struct xa_phrase *phrase, bool create,
                        bool *ret_again, struct xa_error *err)
{
    struct xa_unlock unlock = {
        .passphrase = xa_phrase_slice(phrase),
        .create = create,
        .allow_unlocked_memory = xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED),
        .accept_rollback = xa_options_has(&c->opt, XA_OPT_ROLLBACK),
    };
    struct xa_call call = { XA_UNLOCK, &xa_msg_unlock, &unlock, NULL, NULL, NULL,
                            create ? "making the vault …" : "unlocking …" };
    uint32_t left;
    bool ok = send_answer(c, &call, &left, err);
    *ret_again = !ok && err->code == XA_BAD_PASSPHRASE && left > 0 && xa_ask_again_possible(c);
    return ok;
}

static bool answer_passphrase(struct xa_client *c, struct xa_error *err)
{
    const char *complaint = NULL;
    uint32_t asking_ms = c->command->asking_ms;
    int64_t deadline = asking_ms != 0 ? xa_clock_ms() + asking_ms : 0;
    bool again;
    do {
        if (!xa_ask_passphrase(c, complaint, deadline, err))
            return give_up(c, err);
        bool ok = send_unlock(c, &xa_room.passphrase, false, &again, err);
        xa_phrase_wipe(&xa_room.passphrase);
        if (ok)
            return true;
        complaint = "Wrong passphrase.";
    } while (again);
    return false;
}

static bool answer_new_passphrase(struct xa_client *c, struct xa_slice vault, struct xa_error *err)
{
    bool again;
    if (vault.len > 0 && xa_ask_person_possible(c) && c->opt.passphrase_fd < 0)
        xa_note("a new vault: %.*s", (int)vault.len, (const char *)vault.at);
    if (!xa_ask_new_passphrase(c, c->opt.passphrase_fd, true, &xa_room.new_passphrase, err))
        return give_up(c, err);
    bool ok = send_unlock(c, &xa_room.new_passphrase, true, &again, err);
    xa_phrase_wipe(&xa_room.new_passphrase);
    return ok;
}

/* A code that AWS refuses is not asked for again: the agent has sent it, and cannot
 * tell a slip from a device that is not the right one. One that was sent before is. */
static bool answer_mfa_code(struct xa_client *c, const struct xa_need *need, struct xa_error *err)
{
    struct xa_mfa mfa;
    bool used = need->used, ok;
    uint32_t left;
    if (!xa_mfa_begin(c, need, &mfa, err))
        return give_up(c, err);
    do {
        if (!xa_mfa_ask(c, &mfa, used, err))
            return give_up(c, err);
        struct xa_mfa_code code = { xa_slice_of(mfa.code),
                                    xa_slice_of(mfa.chosen ? mfa.serial : NULL) };
        struct xa_call call = { XA_MFA_CODE, &xa_msg_mfa_code, &code, NULL, NULL, NULL,
                                "asking AWS …" };
        ok = send_answer(c, &call, &left, err);
        explicit_bzero(mfa.code, sizeof mfa.code);
        used = !ok && err->code == XA_MFA_CODE_USED && left > 0;
    } while (used);
    return ok;
}

static bool answer_foreign(struct xa_client *c, const struct xa_need *need, struct xa_error *err)
{
    uint32_t asking_ms = c->command->asking_ms != 0 ? c->command->asking_ms : XA_LEASE_MS;
    char source[XA_NAME_MAX + 1];
    struct xa_foreign foreign;
    struct xa_call call = { XA_FOREIGN, &xa_msg_foreign, &foreign, NULL, NULL, NULL, NULL };
    uint32_t left;
    if (!xa_slice_copy(need->source, source, sizeof source) || source[0] == '\0')
        return xa_fail(err, XA_BAD_MESSAGE, "the agent does not say whose credential_process");
    bool got = xa_foreign_get(c, source, xa_clock_ms() + asking_ms, &foreign, err);
    bool ok = got && send_answer(c, &call, &left, err);
    xa_output_room_wipe();
    return got ? ok : give_up(c, err);
}

static bool answer_need(struct xa_client *c, const struct xa_answer *answer, struct xa_error *err)
{
    struct xa_need need;
    if (!xa_message_decode(&xa_msg_need, answer->body, &need, err))
        return false;
    if (need.kind == XA_NEED_PASSPHRASE)
        return answer_passphrase(c, err);
    if (need.kind == XA_NEED_NEW_PASSPHRASE)
        return answer_new_passphrase(c, need.subject, err);
    if (need.kind == XA_NEED_MFA_CODE)
        return answer_mfa_code(c, &need, err);
    if (need.kind == XA_NEED_FOREIGN)
        return answer_foreign(c, &need, err);
    xa_fail(err, XA_NOT_SERVED, "the agent asks for something (%u) that this client cannot ask for",
            need.kind);
    return give_up(c, err);
}

/* --- the request --------------------------------------------------------------------- */

/* Nobody can be asked, but what is missing may be had from a command of the configuration.
 * It is looked for only now, so that runs which need none read no file. */
static bool can_after_all(const struct xa_client *c, const struct xa_call *call,
                          const struct xa_error *err)
{
    if (call->asking == NULL || call->asking->can_ask)
        return false;
    switch (err->code) {
    case XA_LOCKED: return xa_ask_command_left(c);
    case XA_MFA_NEEDED: case XA_MFA_CODE_USED: return xa_mfa_command_there(c);
    case XA_NOT_ASKED: return xa_foreign_possible(c);
    default: return false;
    }
}

/* Time may also have run out while somebody else was being asked: a program that has
 * nobody to ask waits for that no longer than for the network. */
static void ask_after_all(struct xa_asking *asking, const struct xa_error *err)
{
    asking->can_ask = true;
    if (err->code == XA_NOT_ASKED &&
        (asking->asking_ms == 0 || asking->asking_ms > asking->patience_ms))
        asking->asking_ms = asking->patience_ms;
}

/* What changes nothing may be asked twice; but a code may have been looked at (N9). */
static bool may_repeat(const struct xa_call *call)
{
    switch (call->type) {
    case XA_LIST: case XA_STATUS: case XA_CHECK: case XA_PLAN:
        return true;
    case XA_CREDENTIALS: case XA_WHOAMI:
        return ((const struct xa_credentials *)call->message)->wish.mfa_code.len == 0;
    default:
        return false;
    }
}

/* An agent that ends as we come closes the connection without a word: then the next one
 * is asked, once. */
static bool begin(struct xa_client *c, const struct xa_call *call, struct xa_answer *ret,
                  struct xa_error *err)
{
    if (exchange(c, call, ret, err))
        return true;
    if (err->code != XA_AGENT_UNUSABLE || !may_repeat(call))
        return false;
    xa_link_close(&c->link);
    return xa_request_connect(c, err) && exchange(c, call, ret, err);
}

/* Of credentials that are held it does not matter whether a person can be asked, and they are
 * what is asked for most: only if they are not, is it looked whether somebody is there. False:
 * they are to be asked for in full, but if *ret_over. */
static bool at_hand(struct xa_client *c, const struct xa_call *call, bool *ret_over,
                    struct xa_error *err)
{
    struct xa_answer answer;
    const struct xa_credentials *ask = call->message;
    int64_t most_ms = wait_ms(c, call);
    if (call->asking == NULL || call->type != XA_CREDENTIALS || ask->wish.refresh || ask->wish.mfa_code.len > 0)
        return false;
    *call->asking = (struct xa_asking){ .at_hand = true };
    if (!xa_link_send(&c->link, &c->paths, call->type, call->table, call->message, err) ||
        !xa_link_receive(&c->link, most_ms < AT_HAND_MS ? most_ms : AT_HAND_MS, NULL, &answer,
                         err)) {
        *ret_over = err->code == XA_TIMED_OUT && most_ms < AT_HAND_MS;
        xa_link_close(&c->link);
        return false;
    }
    return answer.type == XA_RESULT &&
           xa_message_decode(call->result_table, answer.body, call->result, err);
}

bool xa_request(struct xa_client *c, const struct xa_call *call, struct xa_error *err)
{
    struct xa_answer answer;
    bool over = false;
    if (!xa_request_connect(c, err))
        return false;
    if (at_hand(c, call, &over, err))
        return true;
    if (over || !xa_request_connect(c, err))
        return false;
    if (call->asking != NULL)
        *call->asking = (struct xa_asking){ .can_ask = xa_ask_possible(c),
                                            .patience_ms = c->command->patience_ms,
                                            .asking_ms = c->command->asking_ms };
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool answered = round == 0 ? begin(c, call, &answer, err) : exchange(c, call, &answer, err);
        if (!answered)
            return false;
        switch (answer.type) {
        case XA_RESULT:
            return xa_message_decode(call->result_table, answer.body, call->result, err);
        case XA_ERROR:
            decode_error(&answer, err);
            if (!can_after_all(c, call, err))
                return false;
            ask_after_all(call->asking, err);
            break;
        case XA_NEED:
            if (!answer_need(c, &answer, err))
                return false;
            break;
        default:
            return unexpected(&answer, err);
        }
    }
    return xa_fail(err, XA_BAD_MESSAGE, "the agent keeps asking");
}

/* No connection is open while the person thinks: here the agent has promised no lease,
 * and closes an idle one after a minute. */
bool xa_request_unlock(struct xa_client *c, struct xa_error *err)
{
    const char *complaint = NULL;
    for (int i = 0; i < XA_PASSPHRASE_TRIES; i++) {
        bool again;
        if (!xa_ask_passphrase(c, complaint, 0, err))
            return false;
        bool ok = xa_request_connect(c, err) &&
                  send_unlock(c, &xa_room.passphrase, false, &again, err);
        xa_phrase_wipe(&xa_room.passphrase);
        if (ok)
            return true;
        xa_link_close(&c->link);
        if (err->code != XA_BAD_PASSPHRASE || !xa_ask_again_possible(c))
            return false;
        complaint = "Wrong passphrase.";
    }
    return false;
}
