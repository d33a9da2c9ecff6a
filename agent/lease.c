#include "agent/lease.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/aws/iam.h"
#include "agent/conn.h"

/* How long those wait who do not hold the lease (design.md, section 5): the Go
 * SDK gives a credential process 60 s; who cannot ask hardly waits at all. */
#define PARKED_MS 55000
#define PARKED_MUTE_MS 1000

/* At once: nobody has more devices and sources to be asked about; own choice. */
#define QUESTIONS_MAX 64

void xa_lease_init(struct xa_lease *lease, struct xa_agent *agent)
{
    lease->agent = agent;
    uv_timer_init(&agent->loop, &lease->timer);
    lease->timer.data = lease;
}

static void on_closed(uv_handle_t *timer)
{
    struct xa_lease *lease = timer->data;
    xa_question_free(&lease->question);
    free(lease);
}

/* Nobody holds it or waits for it: the question has gone. Never the passphrase's. */
static void drop_if_idle(struct xa_lease *lease)
{
    struct xa_lease **link = &lease->agent->questions;
    if (lease->question == NULL || lease->holder != NULL || lease->parked != NULL ||
        lease->passing)
        return;
    while (*link != NULL && *link != lease)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    *link = lease->next;
    uv_close((uv_handle_t *)&lease->timer, on_closed);
}

void xa_lease_close_all(struct xa_agent *agent)
{
    while (agent->questions != NULL) {
        struct xa_lease *lease = agent->questions;
        agent->questions = lease->next;
        uv_close((uv_handle_t *)&lease->timer, on_closed);
    }
    uv_close((uv_handle_t *)&agent->lease.timer, NULL);
}

struct xa_lease *xa_lease_for(struct xa_agent *agent, struct xa_question **question,
                              struct xa_error *err)
{
    unsigned n = 0;
    for (struct xa_lease *l = agent->questions; l != NULL; l = l->next, n++)
        if (memcmp(l->question->id, (*question)->id, sizeof l->question->id) == 0) {
            xa_question_free(question);
            return l;
        }
    struct xa_lease *lease = n < QUESTIONS_MAX ? calloc(1, sizeof *lease) : NULL;
    if (lease == NULL) {
        if (n < QUESTIONS_MAX)
            xa_fail(err, XA_NO_MEMORY, "no memory for a question");
        else
            xa_fail(err, XA_BUSY, "%d questions wait for an answer already", QUESTIONS_MAX);
        xa_question_free(question);
        return NULL;
    }
    xa_lease_init(lease, agent);
    lease->question = *question;
    *question = NULL;
    lease->next = agent->questions;
    agent->questions = lease;
    return lease;
}

bool xa_lease_is_held_by(const struct xa_lease *lease, const struct xa_conn *conn)
{
    return lease->holder == conn;
}

struct xa_lease *xa_lease_of(const struct xa_conn *conn)
{
    return conn->lease != NULL && conn->lease->holder == conn ? conn->lease : NULL;
}

static void unpark(struct xa_lease *lease, struct xa_conn *conn)
{
    for (struct xa_conn **link = &lease->parked; *link != NULL; link = &(*link)->lease_next)
        if (*link == conn) {
            *link = conn->lease_next;
            conn->lease_next = NULL;
            conn->left = NULL;
            conn->lease = NULL;
            return;
        }
}

static struct xa_conn *next_who_can_ask(const struct xa_lease *lease)
{
    struct xa_conn *c = lease->parked;
    while (c != NULL && !c->asking.can_ask)
        c = c->lease_next;
    return c;
}

static void pass_on(struct xa_lease *lease);
static void end(struct xa_lease *lease);
static void left(struct xa_conn *conn);

static void on_lease_over(uv_timer_t *timer)
{
    struct xa_lease *lease = timer->data;
    end(lease);
    pass_on(lease);
}

static struct xa_slice list_devices(const struct xa_question *q, struct xa_writer *w)
{
    struct xa_slice rest = { (const uint8_t *)q->devices, q->devices_len };
    struct xa_mfa_device device;
    while (xa_iam_next_device(&rest, &device.mfa_serial))
        xa_list_append(w, &xa_msg_mfa_device, &device);
    const struct xa_slice all = { w->at, w->bad ? 0 : w->len };
    return all;
}

static void tell_question(struct xa_lease *lease)
{
    const struct xa_question *q = lease->question;
    char room[XA_DEVICES_MAX + XA_MFA_DEVICES_MAX * 8];
    struct xa_writer devices = xa_writer_init(room, sizeof room);
    const struct xa_need need = {
        .kind = q->kind,
        .tries_left = XA_PASSPHRASE_TRIES - lease->holder->wrong_answers,
        .subject = xa_slice_of(q->serial),
        .name = xa_slice_of(q->name),
        .source = xa_slice_of(q->source),
        .devices = list_devices(q, &devices),
        .used = q->used,
    };
    xa_conn_need(lease->holder, &need);
}

static void tell_holder(struct xa_lease *lease)
{
    struct xa_agent *agent = lease->agent;
    if (lease->question != NULL) {
        tell_question(lease);
        return;
    }
    bool absent = xa_vault_condition(agent->vault) == XA_VAULT_IS_ABSENT;
    const struct xa_need need = {
        .kind = absent ? XA_NEED_NEW_PASSPHRASE : XA_NEED_PASSPHRASE,
        .tries_left = XA_PASSPHRASE_TRIES - lease->holder->wrong_answers,
        .subject = xa_slice_of(agent->paths->vault),
    };
    xa_conn_need(lease->holder, &need);
}

static void grant_to(struct xa_lease *lease, struct xa_conn *conn)
{
    assert(conn->lease == NULL);
    lease->holder = conn;
    conn->lease = lease;
    conn->person_is_asked = true;
    conn->left = left;
    conn->wrong_answers = 0;
    uv_timer_start(&lease->timer, on_lease_over, XA_LEASE_MS, 0);
    tell_holder(lease);
}

/* Takes the list away first: a failure lets its connection's next request in,
 * which is another question's. None is freed before the loop comes round. */
static struct xa_conn *take_parked(struct xa_lease *lease)
{
    struct xa_conn *parked = lease->parked;
    lease->parked = NULL;
    for (struct xa_conn *c = parked; c != NULL; c = c->lease_next) {
        c->left = NULL;
        c->lease = NULL;
    }
    return parked;
}

static struct xa_conn *next_of(struct xa_conn **list)
{
    struct xa_conn *c = *list;
    *list = c->lease_next;
    c->lease_next = NULL;
    return c;
}

static void fail_parked(struct xa_lease *lease, const struct xa_error *err)
{
    for (struct xa_conn *parked = take_parked(lease); parked != NULL;) {
        struct xa_conn *c = next_of(&parked);
        if (!c->closing)
            xa_conn_fail(c, err);
    }
}

static void locked(const struct xa_lease *lease, struct xa_error *err)
{
    if (xa_vault_condition(lease->agent->vault) != XA_VAULT_IS_ABSENT) {
        xa_fail(err, XA_LOCKED, "the vault is locked");
        return;
    }
    xa_fail(err, XA_LOCKED, "the first key makes the vault, and nobody can choose its passphrase");
    xa_hint(err, "the same command in a terminal, or with --passphrase-fd N");
}

/* What a request is told that cannot ask, and for which nobody else is asked. */
static void nobody_can(const struct xa_lease *lease, struct xa_error *err)
{
    const struct xa_question *q = lease->question;
    if (q == NULL) {
        locked(lease, err);
    } else if (q->kind == XA_NEED_MFA_CODE) {
        xa_fail(err, XA_MFA_NEEDED, "an MFA code of %s is needed", q->serial);
        xa_hint(err, "the same command in a terminal, or with -t CODE");
    } else {
        xa_fail(err, XA_NOT_ASKED, "the credentials of '%s' come from its credential_process",
                q->source);
        xa_hint(err, "the same command in a terminal");
    }
}

static void end(struct xa_lease *lease)
{
    struct xa_conn *holder = lease->holder;
    lease->holder = NULL;
    uv_timer_stop(&lease->timer);
    if (holder == NULL)
        return;
    holder->person_is_asked = false;
    holder->left = NULL;
    holder->lease = NULL;
    xa_conn_rest(holder);
}

/* A lost connection or three minutes: the next one that can is asked. Whoever is
 * told may turn out to be gone; then this loop goes on, not a call inside it. */
static void pass_on(struct xa_lease *lease)
{
    struct xa_error err;
    if (lease->passing)
        return;
    lease->passing = true;
    while (lease->holder == NULL && lease->parked != NULL) {
        struct xa_conn *next = next_who_can_ask(lease);
        if (next != NULL) {
            unpark(lease, next);
            grant_to(lease, next);
        } else {
            nobody_can(lease, &err);
            fail_parked(lease, &err);
        }
    }
    lease->passing = false;
    drop_if_idle(lease);
}

/* A connection has one question at a time: another request's gives up the one before,
 * which the next one is asked. `passing`: meanwhile this lease is not to go. */
static void give_up_other(struct xa_conn *conn, struct xa_lease *lease)
{
    if (conn->lease == NULL || conn->lease == lease)
        return;
    lease->passing = true;
    left(conn);
    lease->passing = false;
}

void xa_lease_ask(struct xa_lease *lease, struct xa_conn *conn, const struct xa_asking *asking,
                  struct xa_slice body)
{
    struct xa_error err;
    if (asking->at_hand) {       /* it is going to ask in full, and takes no turn before */
        nobody_can(lease, &err);
        xa_conn_fail(conn, &err);
        return;
    }
    conn->asking = *asking;
    give_up_other(conn, lease);
    if (lease->holder == conn) {
        tell_holder(lease);      /* a repetition wins neither time nor tries */
        return;
    }
    if (lease->holder == NULL && asking->can_ask) {
        grant_to(lease, conn);
        return;
    }
    if (lease->holder == NULL) {
        nobody_can(lease, &err);
        xa_conn_fail(conn, &err);
        pass_on(lease);
        return;
    }
    uint64_t most = asking->can_ask ? PARKED_MS : PARKED_MUTE_MS;
    uint64_t wish = asking->can_ask ? asking->asking_ms : asking->patience_ms;
    if (!xa_conn_park(conn, body, wish > 0 && wish < most ? wish : most))
        return;
    struct xa_conn **link = &lease->parked;
    while (*link != NULL)
        link = &(*link)->lease_next;
    *link = conn;
    conn->lease_next = NULL;
    conn->lease = lease;
    conn->left = left;
}

void xa_lease_granted(struct xa_lease *lease)
{
    end(lease);
    struct xa_conn *parked = take_parked(lease);
    drop_if_idle(lease);      /* who goes on may ask the same again: that is another lease */
    while (parked != NULL)
        xa_conn_again(next_of(&parked));
}

void xa_lease_refused(struct xa_lease *lease, const struct xa_error *err)
{
    const struct xa_error kept = *err;
    end(lease);
    fail_parked(lease, &kept);
    drop_if_idle(lease);
}

/* conn goes or no longer waits; if it held the lease, the next one is asked. */
static void left(struct xa_conn *conn)
{
    struct xa_lease *lease = conn->lease;
    unpark(lease, conn);
    if (lease->holder == conn) {
        end(lease);
        pass_on(lease);
    } else {
        drop_if_idle(lease);
    }
}
