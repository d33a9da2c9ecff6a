#include "agent/broker/broker.h"

#include <stdlib.h>

#include "agent/broker/fetch.h"
#include "agent/broker/probe.h"
#include "agent/broker/question.h"

#define PATIENCE_MS 30000              /* who does not say how long it waits           */
#define PARENT_MIN_LEFT_S 60           /* of one that costs a person something         */

/* What a person was asked for is good for the request that asked, which comes once more:
 * the call may have taken 10 s of it (N3). */
#define JUST_GOT_MS 15000

/* --- 1. what does the name mean, and what leads there? --------------------------------- */

/* What a source means, and whether the vault may be locked. */
enum aim { FOR_CLIENT, AS_SOURCE, TO_SIGN, TO_SHOW };

static bool make_plan(struct xa_broker *b, const struct xa_wish *wish, bool has_person,
                      enum aim aim, struct xa_error *err)
{
    struct xa_plan_setup setup = {
        .vault = b->setup.vault,
        .cache = b->cache,
        .learned = b->learned,
        .login_name = b->setup.login_name,
        .config_path = xa_roles_file_path(b->setup.config),
        .now_ms = broker_boot_ms(b),
        .has_person = has_person,
        .as_source = aim == AS_SOURCE,
        .to_sign = aim == TO_SIGN,
        .may_be_locked = aim == TO_SHOW,
    };
    return xa_broker_sight(b, wish->profile, &setup.sight, err) &&
           xa_plan_make(&b->plan, &setup, wish, err);
}

/* --- 2. is there something good enough already? ----------------------------------------- */

uint32_t broker_min_left_s(uint32_t wished_s, uint32_t issued_for_s)
{
    if (wished_s > 0)
        return wished_s;
    return issued_for_s < 40 * 60 ? issued_for_s / 5 : 15 * 60 + 30;
}

bool broker_lasts(const struct xa_issued *held, uint32_t wished_s, int64_t now_ms)
{
    int64_t need_ms = (int64_t)broker_min_left_s(wished_s, held->issued_for_s) * 1000;
    return held->good_until_ms - now_ms >= need_ms;
}

static bool costs_a_person(const struct xa_identity *hop)
{
    return hop->mfa_serial[0] != '\0' || hop->kind == XA_IDENTITY_FOREIGN;
}

/* Else one who wants to have it anew, or longer than it lives, would be asked for it
 * again and again. */
static bool just_got(const struct xa_identity *hop, const struct xa_issued *held, int64_t now_ms)
{
    int64_t age_ms = (int64_t)held->issued_for_s * 1000 - (held->good_until_ms - now_ms);
    return costs_a_person(hop) && age_ms < JUST_GOT_MS;
}

static const struct xa_issued *cached(struct xa_broker *b, const struct xa_identity *goal,
                                      const struct xa_wish *wish)
{
    int64_t now_ms = broker_boot_ms(b);
    if (goal->handed_out && wish->mfa_code.len > 0)
        return NULL;
    const struct xa_issued *held = xa_cache_find(b->cache, goal->key, now_ms);
    if (held == NULL || just_got(goal, held, now_ms))
        return held;
    if (wish->refresh)
        return NULL;
    if (broker_lasts(held, wish->min_left_s, now_ms))
        return held;
    /* AWS could not be asked a moment ago: nobody waits for that again, as long as what
     * is held is good. */
    return xa_refused_find(b->outages, goal->key, false, now_ms) != NULL
               ? broker_still_useful(b, goal->key) : NULL;
}

/* What costs a person a code, or a program's run, is used to its end. */
static uint32_t parent_min_left_s(const struct xa_identity *hop)
{
    return costs_a_person(hop) ? PARENT_MIN_LEFT_S : 0;
}

static bool can_sign(struct xa_broker *b, const struct xa_identity *hop)
{
    int64_t now_ms = broker_boot_ms(b);
    const struct xa_issued *held = xa_cache_peek(b->cache, hop->key, now_ms);
    return hop->kind == XA_IDENTITY_SOURCE ||
           (held != NULL && (just_got(hop, held, now_ms) ||
                             broker_lasts(held, parent_min_left_s(hop), now_ms)));
}

/* --- 3. what is missing on the way, and does it take a person? ----------------------------- */

/* The first hop that has to be had, so that the goal can be. */
static size_t first_missing(struct xa_broker *b)
{
    size_t i = b->plan.n - 1;
    while (i > 0 && fetch_under_way(b, b->plan.hops[i].key) == NULL &&
           !can_sign(b, &b->plan.hops[i - 1]))
        i--;
    return i;
}

static enum xa_outlook ask_person(struct xa_broker *b, const struct xa_ask *ask, size_t i,
                                  bool used, struct xa_question **ret, struct xa_error *err)
{
    const struct xa_identity *hop = &b->plan.hops[i];
    if (hop->doubtful && !ask->has_person) {
        const struct xa_error *denial =
            xa_learned_denial(b->learned, hop->plain_key, true, broker_boot_ms(b));
        if (denial != NULL) {
            if (err != NULL)
                *err = *denial;
            xa_hint(err, "the same command in a terminal, which can ask for an MFA code");
            return XA_FAILED;
        }
    }
    *ret = question_new(b, hop, i > 0 ? &b->plan.hops[i - 1] : NULL, err);
    if (*ret == NULL)
        return XA_FAILED;
    (*ret)->used = used;
    return XA_ASKS;
}

/* XA_ANSWERED: nobody is needed. *ret_code is the caller's code if a hop needs it. */
static enum xa_outlook see_person(struct xa_broker *b, const struct xa_ask *ask, size_t from,
                                  struct xa_question **ret, struct xa_error *err)
{
    for (size_t i = from; i < b->plan.n; i++) {
        const struct xa_identity *hop = &b->plan.hops[i];
        struct xa_error bad;
        if (fetch_under_way(b, hop->key) != NULL)
            continue;
        if (hop->kind == XA_IDENTITY_FOREIGN)
            return ask_person(b, ask, i, false, ret, err);
        if (hop->mfa_serial[0] == '\0')
            continue;
        if (ask->wish->mfa_code.len == 0)
            return ask_person(b, ask, i, false, ret, err);
        if (question_code_good(b, xa_slice_of(hop->mfa_serial), ask->wish->mfa_code, &bad))
            continue;
        if (bad.code == XA_MFA_CODE_USED && ask->has_person && !hop->handed_out)
            return ask_person(b, ask, i, true, ret, err);
        if (err != NULL)
            *err = bad;
        return XA_FAILED;
    }
    return XA_ANSWERED;
}

/* --- 4. ask AWS ------------------------------------------------------------------------------ */

static const struct xa_error *refusal_of(struct xa_broker *b, const struct xa_ask *ask,
                                         size_t from)
{
    const struct xa_error *refusal = NULL;
    for (size_t i = from; i < b->plan.n && refusal == NULL; i++)
        refusal = xa_refused_find(b->refused, b->plan.hops[i].key,
                                  ask->has_person || ask->wish->refresh, broker_boot_ms(b));
    return refusal;
}

/* Begins what is missing, each hop behind the one that signs for it; what is under way
 * already is waited for. Returns the goal's fetch. */
static struct xa_fetch *begin(struct xa_broker *b, size_t from, struct xa_slice code,
                              struct xa_error *err)
{
    struct xa_fetch *before = NULL;
    for (size_t i = from; i < b->plan.n; i++) {
        const struct xa_identity *hop = &b->plan.hops[i];
        struct xa_fetch *f = fetch_under_way(b, hop->key);
        if (f == NULL) {
            struct xa_slice its_code = hop->mfa_serial[0] != '\0' ? code : (struct xa_slice){ 0 };
            f = fetch_new(b, hop, &b->plan.hops[i - 1], its_code, err);
            if (f == NULL)
                return NULL;      /* what was begun goes on: its answer is kept */
            if (!(before != NULL ? fetch_go_after(f, before, err) : fetch_send(f, err))) {
                fetch_drop(f);
                return NULL;
            }
        }
        before = f;
    }
    return before;
}

static bool check_min_left(const struct xa_identity *goal, const struct xa_wish *wish,
                           struct xa_error *err)
{
    return wish->min_left_s == 0 || goal->duration_s == 0 ||
           wish->min_left_s < goal->duration_s ||
           xa_fail(err, XA_USAGE, "--min-ttl %u s is not less than the duration, %u s",
                   wish->min_left_s, goal->duration_s);
}

/* The session that signs what the agent does itself is no client's wish. */
bool broker_is_renewed(const struct xa_identity *goal, const struct xa_wish *wish)
{
    return goal->kind != XA_IDENTITY_SESSION || (goal->handed_out && wish->mfa_code.len == 0);
}

/* A client uses the whole way; a renewal in the background uses nothing, or it would be
 * renewed for ever. */
static void note_use(struct xa_broker *b, const struct xa_wish *wish)
{
    const struct xa_port *port = &b->setup.port;
    const struct xa_identity *goal = xa_plan_goal(&b->plan);
    for (size_t i = 0; i < b->plan.n; i++)
        (void)xa_cache_find(b->cache, b->plan.hops[i].key, broker_boot_ms(b));
    if (broker_is_renewed(goal, wish))
        xa_renewal_note(b->renewal, goal->key, wish, port->random(port->ctx));
}

static enum xa_outlook fetch_goal(struct xa_broker *b, const struct xa_ask *ask,
                                  struct xa_waiter *waiter, struct xa_question **ret_question,
                                  struct xa_error *err)
{
    size_t from = first_missing(b);
    const struct xa_error *refusal = refusal_of(b, ask, from);
    struct xa_identity *goal = xa_plan_goal(&b->plan);
    if (refusal != NULL) {
        if (err != NULL)
            *err = *refusal;
        return XA_FAILED;
    }
    enum xa_outlook outlook = see_person(b, ask, from, ret_question, err);
    if (outlook != XA_ANSWERED)
        return outlook;
    struct xa_fetch *f = begin(b, from, ask->wish->mfa_code, err);
    if (f == NULL)
        return XA_FAILED;
    fetch_be_patient(f, ask->patience_ms > 0 ? ask->patience_ms : PATIENCE_MS);
    note_use(b, ask->wish);
    return fetch_join(f, goal, waiter, err) ? XA_WILL_ANSWER : XA_FAILED;
}

/* --- the request's way ------------------------------------------------------------- */

/* By the plan in hand. */
static enum xa_outlook grant(struct xa_broker *b, const struct xa_ask *ask,
                             struct xa_waiter *waiter, struct xa_granted *ret,
                             struct xa_question **ret_question, struct xa_error *err)
{
    struct xa_identity *goal = xa_plan_goal(&b->plan);
    if (!check_min_left(goal, ask->wish, err))
        return XA_FAILED;
    const struct xa_issued *held = cached(b, goal, ask->wish);
    if (held == NULL && ask->at_hand) {
        xa_fail(err, XA_NOT_ASKED, "nothing is held for '%s'", goal->name);
        return XA_FAILED;
    }
    if (held != NULL) {
        note_use(b, ask->wish);      /* it may have come by another way than a fetch */
    } else {
        enum xa_outlook outlook = fetch_goal(b, ask, waiter, ret_question, err);
        if (outlook != XA_ASKS || ask->has_person ||
            (held = broker_still_useful(b, goal->key)) == NULL)
            return outlook;
        /* Nobody is there to be asked, as when AWS cannot be: what is held serves (N13). */
        xa_question_free(ret_question);
    }
    *ret = (struct xa_granted){ held, goal, false };
    return XA_ANSWERED;
}

enum xa_outlook xa_broker_credentials(struct xa_broker *b, const struct xa_ask *ask,
                                      struct xa_waiter *waiter, struct xa_granted *ret,
                                      struct xa_question **ret_question, struct xa_error *err)
{
    if (!make_plan(b, ask->wish, ask->has_person, FOR_CLIENT, err))
        return XA_FAILED;
    enum xa_outlook outlook = grant(b, ask, waiter, ret, ret_question, err);
    if (outlook == XA_ANSWERED && ask->request.len > 0)
        broker_keep_plan(b, ask);
    return outlook;
}

enum xa_outlook broker_find_signer(struct xa_broker *b, const struct xa_ask *ask,
                                   struct xa_waiter *waiter, struct xa_granted *ret,
                                   struct xa_question **ret_question, struct xa_error *err)
{
    if (!make_plan(b, ask->wish, ask->has_person, TO_SIGN, err))
        return XA_FAILED;
    struct xa_identity *goal = xa_plan_goal(&b->plan);
    if (goal->kind != XA_IDENTITY_SOURCE)
        return grant(b, ask, waiter, ret, ret_question, err);
    *ret = (struct xa_granted){ NULL, goal, false };
    return XA_ANSWERED;
}

enum xa_outlook broker_find_source(struct xa_broker *b, const struct xa_ask *ask,
                                   struct xa_question **ret_question, struct xa_error *err)
{
    if (!make_plan(b, ask->wish, ask->has_person, AS_SOURCE, err))
        return XA_FAILED;
    const struct xa_identity *goal = xa_plan_goal(&b->plan);
    if (goal->kind == XA_IDENTITY_ROLE)
        return XA_WILL_ANSWER;
    if (can_sign(b, goal))
        return XA_ANSWERED;
    return ask_person(b, ask, b->plan.n - 1, false, ret_question, err);
}

/* --- in the background ------------------------------------------------------------- */

bool broker_renew(struct xa_broker *b, const struct xa_wish *wish)
{
    struct xa_question *question = NULL;
    const struct xa_ask ask = { .wish = wish };
    if (xa_vault_condition(b->setup.vault) != XA_VAULT_IS_OPEN ||
        !make_plan(b, wish, true, FOR_CLIENT, NULL))        /* as who used it had it */
        return false;
    size_t from = first_missing(b);
    if (refusal_of(b, &ask, from) != NULL)
        return false;
    if (see_person(b, &ask, from, &question, NULL) != XA_ANSWERED) {
        xa_question_free(&question);
        return false;
    }
    return begin(b, from, (struct xa_slice){ 0 }, NULL) != NULL;
}

static void renew(void *ctx, const struct xa_wish *wish)
{
    (void)broker_renew(ctx, wish);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static void note_end(void *ctx, const uint8_t key[32], struct xa_slice name,
                     const struct xa_issued *issued)
{
    int64_t *first_ms = ctx;
    (void)key;
    (void)name;
    *first_ms = sooner(*first_ms, issued->good_until_ms);
}

void xa_broker_run(struct xa_broker *b)
{
    const struct xa_port *port = &b->setup.port;
    int64_t now_ms = broker_boot_ms(b), end_ms = -1;
    int64_t due_ms = fetch_run_due(b);
    due_ms = sooner(due_ms, xa_renewal_run(b->renewal, b->cache, now_ms, renew, b));
    xa_cache_purge(b->cache, now_ms);
    xa_cache_walk(b->cache, now_ms, note_end, &end_ms);
    due_ms = sooner(due_ms, end_ms < 0 ? -1 : end_ms - now_ms);
    if (due_ms >= 0)
        port->wake(port->ctx, due_ms);
}

void xa_broker_resumed(struct xa_broker *b)
{
    fetch_resend_all(b);
}

/* --- a plan to show ------------------------------------------------------------- */

bool xa_broker_plan(struct xa_broker *b, const struct xa_wish *wish, const struct xa_plan **ret,
                    struct xa_error *err)
{
    if (!make_plan(b, wish, true, TO_SHOW, err) ||
        !check_min_left(xa_plan_goal(&b->plan), wish, err))
        return false;
    *ret = &b->plan;
    return true;
}

int64_t xa_broker_held_until(struct xa_broker *b, const struct xa_identity *hop)
{
    int64_t now_ms = broker_boot_ms(b);
    const struct xa_issued *held = xa_cache_peek(b->cache, hop->key, now_ms);
    bool goal = hop == xa_plan_goal(&b->plan);
    return held != NULL && broker_lasts(held, goal ? 0 : parent_min_left_s(hop), now_ms)
               ? held->expires_at : 0;
}

/* --- the rest ------------------------------------------------------------- */

uint32_t xa_broker_chance(const struct xa_broker *b)
{
    return b->setup.port.random(b->setup.port.ctx);
}

struct xa_broker *xa_broker_new(const struct xa_broker_setup *setup, struct xa_error *err)
{
    struct xa_broker *b = calloc(1, sizeof *b);
    if (b == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the broker");
        return NULL;
    }
    b->setup = *setup;
    if ((b->cache = xa_cache_new(setup->arena, err)) == NULL ||
        (b->refused = xa_refused_new(err)) == NULL || (b->outages = xa_refused_new(err)) == NULL ||
        (b->learned = xa_learned_new(err)) == NULL || (b->recall = xa_recall_new(err)) == NULL ||
        (b->renewal = xa_renewal_new(err)) == NULL)
        xa_broker_free(&b);
    return b;
}

void xa_broker_free(struct xa_broker **broker)
{
    struct xa_broker *b = *broker;
    if (b == NULL)
        return;
    if (b->renewal != NULL)      /* the last to be made: all of it is there */
        xa_broker_locked(b, false);
    xa_probe_drop_all(b);
    xa_plan_finish(&b->plan);
    xa_cache_free(&b->cache);
    xa_refused_free(&b->refused);
    xa_refused_free(&b->outages);
    xa_learned_free(&b->learned);
    xa_recall_free(&b->recall);
    xa_renewal_free(&b->renewal);
    free(b);
    *broker = NULL;
}

void xa_broker_locked(struct xa_broker *b, bool keep)
{
    struct xa_error err;
    b->locks++;
    if (!keep)
        xa_cache_forget(b->cache, (struct xa_slice){ 0 });
    xa_fail(&err, XA_LOCKED, "the vault was locked meanwhile");
    fetch_fail_all(b, &err);
    xa_recall_forget(b->recall);
}

size_t xa_broker_forget(struct xa_broker *b, struct xa_slice name)
{
    if (name.len == 0)
        xa_renewal_forget_all(b->renewal);
    xa_refused_clear_all(b->refused);
    return xa_cache_forget(b->cache, name);
}

struct xa_cache *xa_broker_cache(struct xa_broker *b)
{
    return b->cache;
}

unsigned long xa_broker_changes(const struct xa_broker *b)
{
    return xa_cache_changes(b->cache);
}

int64_t xa_broker_expiry_of(struct xa_broker *b, struct xa_slice name)
{
    return xa_cache_expiry_of(b->cache, name, broker_boot_ms(b));
}

size_t xa_broker_count(struct xa_broker *b)
{
    return xa_cache_count(b->cache, broker_boot_ms(b));
}
