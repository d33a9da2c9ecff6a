#include "agent/broker/renewal.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX 256                          /* own choice */
#define IN_USE_MS (4 * 3600 * 1000LL)          /* design.md: used in the last hours */

/* N13: with 20 minutes left, up to 2 minutes earlier; with a quarter of a short life. */
#define AHEAD_MS (20 * 60 * 1000)
#define SPREAD_MS (2 * 60 * 1000)
#define SHORT_LIFE_S (40 * 60)

/* N11: 5 tries a minute for each, which is kept by the rest after a try, and 60 in all. */
#define AGAIN_MS 20000                         /* own choice */
#define MINUTE_MS 60000
#define TRIES_ALL 60

/* What is noted lies in the cache once AWS has answered, all its parents' calls and a
 * person's code before that: own choice. */
#define FETCHED_WITHIN_MS (5 * 60 * 1000)

struct known {
    uint8_t key[32];
    uint32_t chance;
    uint64_t number;                           /* in the order of notes */
    int64_t next_ms;                           /* not before, after a try */
    int64_t missing_ms;                        /* since when not in the cache; -1: it is */
    struct xa_wish wish;                       /* texts in `texts` */
    char texts[];
};

struct xa_renewal {
    struct known *known[KNOWN_MAX];
    unsigned n;
    uint64_t noted;
    int64_t tried_ms[TRIES_ALL];               /* of the last tries, a ring; -1: none */
    unsigned next_try;
    unsigned first;                            /* where a walk begins: who was left out last */
};

struct xa_renewal *xa_renewal_new(struct xa_error *err)
{
    struct xa_renewal *renewal = calloc(1, sizeof *renewal);
    if (renewal == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for renewals");
        return NULL;
    }
    for (unsigned i = 0; i < TRIES_ALL; i++)
        renewal->tried_ms[i] = -1;
    return renewal;
}

void xa_renewal_forget_all(struct xa_renewal *renewal)
{
    while (renewal->n > 0)
        free(renewal->known[--renewal->n]);
}

void xa_renewal_free(struct xa_renewal **renewal)
{
    if (*renewal == NULL)
        return;
    xa_renewal_forget_all(*renewal);
    free(*renewal);
    *renewal = NULL;
}

/* The texts of a wish that outlive it; a code does not. */
#define N_TEXTS 11
static void list_texts(struct xa_wish *w, struct xa_slice *ret[N_TEXTS])
{
    struct xa_slice *const texts[N_TEXTS] = {
        &w->name, &w->source, &w->region, &w->session_name, &w->external_id, &w->role,
        &w->policy, &w->policy_arns, &w->tags, &w->transitive_tags, &w->source_identity,
    };
    memcpy(ret, texts, sizeof texts);
}

static struct known *keep(const struct xa_wish *wish)
{
    struct xa_wish copy = *wish;
    struct xa_slice *texts[N_TEXTS];
    size_t len = wish->profile.len;
    list_texts(&copy, texts);
    for (size_t i = 0; i < N_TEXTS; i++)
        len += texts[i]->len;
    struct known *k = calloc(1, sizeof *k + len);
    if (k == NULL)
        return NULL;
    k->wish = *wish;
    k->wish.mfa_code = (struct xa_slice){ 0 };
    list_texts(&k->wish, texts);
    char *at = k->texts;
    for (size_t i = 0; i <= N_TEXTS; i++) {
        struct xa_slice *s = i < N_TEXTS ? texts[i] : &k->wish.profile;
        if (s->len == 0)
            continue;
        memcpy(at, s->at, s->len);
        s->at = (const uint8_t *)at;
        at += s->len;
    }
    return k;
}

static unsigned oldest(const struct xa_renewal *renewal)
{
    unsigned found = 0;
    for (unsigned i = 1; i < renewal->n; i++)
        if (renewal->known[i]->number < renewal->known[found]->number)
            found = i;
    return found;
}

bool xa_renewal_knows(const struct xa_renewal *renewal, const uint8_t key[32], unsigned *at)
{
    if (*at < renewal->n && memcmp(renewal->known[*at]->key, key, 32) == 0)
        return true;
    for (unsigned i = 0; i < renewal->n; i++)
        if (memcmp(renewal->known[i]->key, key, 32) == 0) {
            *at = i;
            return true;
        }
    return false;
}

void xa_renewal_note(struct xa_renewal *renewal, const uint8_t key[32],
                     const struct xa_wish *wish, uint32_t chance)
{
    unsigned known_at = 0;
    struct known *k = xa_renewal_knows(renewal, key, &known_at) ? NULL : keep(wish);
    if (k == NULL)
        return;                          /* without memory the client will have to wait, once */
    memcpy(k->key, key, 32);
    k->chance = chance;
    k->number = renewal->noted++;
    k->missing_ms = -1;
    if (renewal->n < KNOWN_MAX) {
        renewal->known[renewal->n++] = k;
        return;
    }
    unsigned at = oldest(renewal);
    free(renewal->known[at]);
    renewal->known[at] = k;
}

/* How long before their end credentials are renewed. */
static int64_t ahead_ms(const struct known *k, const struct xa_issued *issued)
{
    if (issued->issued_for_s < SHORT_LIFE_S)
        return (int64_t)issued->issued_for_s * 1000 / 4;
    return AHEAD_MS + k->chance % SPREAD_MS;
}

/* The try of 60 tries ago is a minute old. */
static bool take_try(struct xa_renewal *renewal, int64_t now_ms)
{
    int64_t *tried_ms = &renewal->tried_ms[renewal->next_try];
    if (*tried_ms >= 0 && now_ms - *tried_ms < MINUTE_MS)
        return false;
    *tried_ms = now_ms;
    renewal->next_try = (renewal->next_try + 1) % TRIES_ALL;
    return true;
}

/* In how many ms it is due; 0: now. */
static int64_t due_in(const struct known *k, const struct xa_issued *issued, int64_t now_ms)
{
    int64_t due_ms = issued->good_until_ms - ahead_ms(k, issued);
    if (due_ms < k->next_ms)
        due_ms = k->next_ms;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

static bool try_now(struct xa_renewal *renewal, struct known *k, int64_t now_ms,
                    xa_renew_fn *renew, void *ctx)
{
    k->next_ms = now_ms + AGAIN_MS;
    if (!take_try(renewal, now_ms))
        return false;
    renew(ctx, &k->wish);
    return true;
}

/* Noted when its fetch began, so that it may not be there yet. */
static bool is_gone(struct known *k, const struct xa_issued *issued, int64_t now_ms)
{
    if (issued != NULL)
        k->missing_ms = -1;
    else if (k->missing_ms < 0)
        k->missing_ms = now_ms;
    return issued == NULL && now_ms - k->missing_ms >= FETCHED_WITHIN_MS;
}

static void forget_gone(struct xa_renewal *renewal, const struct xa_cache *cache, int64_t now_ms)
{
    for (unsigned i = 0; i < renewal->n;) {
        struct known *k = renewal->known[i];
        if (is_gone(k, xa_cache_peek(cache, k->key, now_ms), now_ms)) {
            free(k);
            renewal->known[i] = renewal->known[--renewal->n];
        } else {
            i++;
        }
    }
}

int64_t xa_renewal_run(struct xa_renewal *renewal, const struct xa_cache *cache, int64_t now_ms,
                       xa_renew_fn *renew, void *ctx)
{
    int64_t next_ms = -1;
    bool left_out = false;
    forget_gone(renewal, cache, now_ms);
    const unsigned n = renewal->n, first = renewal->first;
    for (unsigned i = 0; i < n; i++) {
        struct known *k = renewal->known[(first + i) % n];
        const struct xa_issued *issued = xa_cache_peek(cache, k->key, now_ms);
        if (issued == NULL || now_ms - xa_cache_used_ms(cache, k->key) > IN_USE_MS)
            continue;
        int64_t due_ms = due_in(k, issued, now_ms);
        if (due_ms == 0) {
            due_ms = AGAIN_MS;
            if (!try_now(renewal, k, now_ms, renew, ctx) && !left_out) {
                left_out = true;
                renewal->first = (first + i) % n;
            }
        }
        if (next_ms < 0 || due_ms < next_ms)
            next_ms = due_ms;
    }
    return next_ms;
}
