#include "agent/lease.h"

#include "agent/agent.h"
#include "agent/conn.h"

/* How long those wait who do not hold the lease (design.md, section 5): the Go
 * SDK gives a credential process 60 s; who cannot ask hardly waits at all. */
#define PARKED_MS 55000
#define PARKED_MUTE_MS 1000

void xa_lease_init(struct xa_lease *lease, struct xa_agent *agent)
{
    lease->agent = agent;
    uv_timer_init(&agent->loop, &lease->timer);
    lease->timer.data = lease;
}

void xa_lease_close(struct xa_lease *lease)
{
    uv_close((uv_handle_t *)&lease->timer, NULL);
}

bool xa_lease_is_held_by(const struct xa_lease *lease, const struct xa_conn *conn)
{
    return lease->holder == conn;
}

static void unpark(struct xa_lease *lease, struct xa_conn *conn)
{
    for (struct xa_conn **link = &lease->parked; *link != NULL; link = &(*link)->lease_next)
        if (*link == conn) {
            *link = conn->lease_next;
            conn->lease_next = NULL;
            conn->left = NULL;
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

static void tell_holder(struct xa_lease *lease)
{
    struct xa_agent *agent = lease->agent;
    bool absent = xa_vault_condition(agent->vault) == XA_VAULT_IS_ABSENT;
    const struct xa_need need = {
        .kind = absent ? XA_NEED_NEW_PASSPHRASE : XA_NEED_PASSPHRASE,
        .tries_left = XA_PASSPHRASE_TRIES - lease->holder->wrong_passphrases,
        .subject = xa_slice_of(agent->paths.vault),
    };
    xa_conn_need(lease->holder, &need);
}

static void grant_to(struct xa_lease *lease, struct xa_conn *conn)
{
    lease->holder = conn;
    conn->person_is_asked = true;
    conn->left = left;
    conn->wrong_passphrases = 0;
    uv_timer_start(&lease->timer, on_lease_over, XA_LEASE_MS, 0);
    tell_holder(lease);
}

/* Takes the list away first: a failure lets its connection's next request in,
 * which is another question's. None is freed before the loop comes round. */
static struct xa_conn *take_parked(struct xa_lease *lease)
{
    struct xa_conn *parked = lease->parked;
    lease->parked = NULL;
    for (struct xa_conn *c = parked; c != NULL; c = c->lease_next)
        c->left = NULL;
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

static void end(struct xa_lease *lease)
{
    struct xa_conn *holder = lease->holder;
    lease->holder = NULL;
    uv_timer_stop(&lease->timer);
    if (holder == NULL)
        return;
    holder->person_is_asked = false;
    holder->left = NULL;
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
            locked(lease, &err);
            fail_parked(lease, &err);
        }
    }
    lease->passing = false;
}

void xa_lease_ask(struct xa_lease *lease, struct xa_conn *conn, const struct xa_asking *asking,
                  struct xa_slice body)
{
    struct xa_error err;
    conn->asking = *asking;
    if (lease->holder == conn) {
        tell_holder(lease);      /* a repetition wins neither time nor tries */
        return;
    }
    if (lease->holder == NULL && asking->can_ask) {
        grant_to(lease, conn);
        return;
    }
    if (lease->holder == NULL) {
        locked(lease, &err);
        xa_conn_fail(conn, &err);
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
    conn->left = left;
}

void xa_lease_granted(struct xa_lease *lease)
{
    end(lease);
    for (struct xa_conn *parked = take_parked(lease); parked != NULL;)
        xa_conn_again(next_of(&parked));
}

void xa_lease_refused(struct xa_lease *lease, const struct xa_error *err)
{
    end(lease);
    fail_parked(lease, err);
}

/* conn goes or no longer waits; if it held the lease, the next one is asked. */
static void left(struct xa_conn *conn)
{
    struct xa_lease *lease = &conn->agent->lease;
    unpark(lease, conn);
    if (lease->holder == conn) {
        end(lease);
        pass_on(lease);
    }
}
