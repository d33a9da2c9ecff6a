#include "agent/broker/learned.h"

#include <stdlib.h>
#include <string.h>

#include "agent/courier/exchange.h"
#include "proto/limits.h"

#define ASKED_ANEW_MS (24 * 3600 * 1000)       /* design.md, section 3               */
#define STANDS_MS (5 * 60 * 1000)
#define FACTS_MAX 1024                         /* of each kind; own choice           */

struct limit { struct limit *next; uint32_t most_s; char role_arn[]; };

struct denial {
    struct denial *next;
    uint8_t key[32];
    int64_t at_ms;
    struct xa_error err;
};

struct devices {
    struct devices *next;
    uint8_t source[32];
    int64_t asked_ms;
    bool guessed;
    char serials[XA_DEVICES_MAX], chosen[XA_MFA_SERIAL_MAX + 1];
    size_t len;
};

struct xa_learned {
    struct limit *limits;
    struct denial *denials;
    struct devices *devices;
    unsigned n_limits, n_denials;
    unsigned long changes;
};

struct xa_learned *xa_learned_new(struct xa_error *err)
{
    struct xa_learned *learned = calloc(1, sizeof *learned);
    if (learned == NULL)
        xa_fail(err, XA_NO_MEMORY, "no memory for what AWS teaches");
    return learned;
}

void xa_learned_forget_denials(struct xa_learned *learned)
{
    for (struct denial *d = learned->denials, *next; d != NULL; d = next) {
        next = d->next;
        free(d);
    }
    learned->denials = NULL;
    learned->n_denials = 0;
    learned->changes++;
}

void xa_learned_clear(struct xa_learned *learned)
{
    for (struct limit *l = learned->limits, *next; l != NULL; l = next) {
        next = l->next;
        free(l);
    }
    xa_learned_forget_denials(learned);
    for (struct devices *d = learned->devices, *next; d != NULL; d = next) {
        next = d->next;
        free(d);
    }
    *learned = (struct xa_learned){ .changes = learned->changes };
}

void xa_learned_free(struct xa_learned **learned)
{
    if (*learned == NULL)
        return;
    xa_learned_clear(*learned);
    free(*learned);
    *learned = NULL;
}

unsigned long xa_learned_changes(const struct xa_learned *learned)
{
    return learned->changes;
}

/* --- limits ----------------------------------------------------------------------- */

static struct limit *find_limit(const struct xa_learned *learned, struct xa_slice role_arn)
{
    struct limit *l = learned->limits;
    while (l != NULL && !xa_slice_is(role_arn, l->role_arn))
        l = l->next;
    return l;
}

void xa_learned_note_limit(struct xa_learned *learned, struct xa_slice role_arn, uint32_t most_s)
{
    struct limit *l = find_limit(learned, role_arn);
    if (l == NULL && learned->n_limits < FACTS_MAX &&
        (l = calloc(1, sizeof *l + role_arn.len + 1)) != NULL) {
        memcpy(l->role_arn, role_arn.at, role_arn.len);
        l->next = learned->limits;
        learned->limits = l;
        learned->n_limits++;
    }
    if (l != NULL)
        l->most_s = most_s;
    learned->changes++;
}

uint32_t xa_learned_limit(const struct xa_learned *learned, struct xa_slice role_arn)
{
    const struct limit *l = find_limit(learned, role_arn);
    return l != NULL ? l->most_s : 0;
}

/* --- denials ------------------------------------------------------------------------ */

static struct denial *find_denial(const struct xa_learned *learned, const uint8_t key[32])
{
    struct denial *d = learned->denials;
    while (d != NULL && memcmp(d->key, key, 32) != 0)
        d = d->next;
    return d;
}

const struct xa_error *xa_learned_denial(const struct xa_learned *learned, const uint8_t key[32],
                                         bool has_person, int64_t now_ms)
{
    const struct denial *d = find_denial(learned, key);
    return d != NULL && (has_person || now_ms - d->at_ms < STANDS_MS) ? &d->err : NULL;
}

bool xa_learned_denied_since(const struct xa_learned *learned, const uint8_t key[32],
                             int64_t since_ms)
{
    const struct denial *d = find_denial(learned, key);
    return d != NULL && d->at_ms >= since_ms;
}

void xa_learned_note_denial(struct xa_learned *learned, const uint8_t key[32],
                            const struct xa_error *err, int64_t now_ms)
{
    struct denial *d = find_denial(learned, key);
    if (d == NULL && learned->n_denials < FACTS_MAX && (d = calloc(1, sizeof *d)) != NULL) {
        memcpy(d->key, key, 32);
        d->next = learned->denials;
        learned->denials = d;
        learned->n_denials++;
    }
    if (d == NULL)
        return;
    d->at_ms = now_ms;
    d->err = *err;
    learned->changes++;
}

/* --- devices -------------------------------------------------------------------------- */

static struct devices *find_devices(const struct xa_learned *learned, const uint8_t source[32])
{
    struct devices *d = learned->devices;
    while (d != NULL && memcmp(d->source, source, 32) != 0)
        d = d->next;
    return d;
}

void xa_learned_note_devices(struct xa_learned *learned, const uint8_t source[32],
                             struct xa_slice devices, bool guessed, int64_t now_ms)
{
    struct devices *d = find_devices(learned, source);
    if (devices.len > sizeof d->serials)
        return;
    if (d == NULL) {
        if ((d = calloc(1, sizeof *d)) == NULL)
            return;
        d->next = learned->devices;
        learned->devices = d;
        memcpy(d->source, source, 32);
    }
    d->asked_ms = now_ms;
    d->guessed = guessed;
    d->chosen[0] = '\0';
    d->len = devices.len;
    if (devices.len > 0)
        memcpy(d->serials, devices.at, devices.len);
    learned->changes++;
}

bool xa_learned_devices(const struct xa_learned *learned, const uint8_t source[32],
                        int64_t now_ms, struct xa_slice *ret)
{
    const struct devices *d = find_devices(learned, source);
    if (d == NULL || now_ms - d->asked_ms >= ASKED_ANEW_MS)
        return false;
    *ret = d->chosen[0] != '\0' ? xa_slice_of(d->chosen)
                                : (struct xa_slice){ (const uint8_t *)d->serials, d->len };
    return true;
}

void xa_learned_note_choice(struct xa_learned *learned, const uint8_t source[32],
                            struct xa_slice serial)
{
    struct devices *d = find_devices(learned, source);
    if (d != NULL && !xa_slice_copy(serial, d->chosen, sizeof d->chosen))
        d->chosen[0] = '\0';
    learned->changes++;
}

void xa_learned_drop_guess(struct xa_learned *learned, const uint8_t source[32])
{
    struct devices *d = find_devices(learned, source);
    if (d == NULL || !d->guessed)
        return;
    d->len = 0;
    d->chosen[0] = '\0';
    learned->changes++;
}
