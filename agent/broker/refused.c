#include "agent/broker/refused.h"

#include <stdlib.h>
#include <string.h>

/* N12. */
#define FIRST_MS 30000
#define MOST_MS 300000
#define PERSON_MS 1000
#define ENTRIES_MAX 256

struct entry {
    uint8_t key[32];
    int64_t at_ms, span_ms;          /* when AWS said so last; for how long it stands */
    struct xa_error err;
};

struct xa_refused {
    struct entry *entries[ENTRIES_MAX];
    unsigned n;
};

struct xa_refused *xa_refused_new(struct xa_error *err)
{
    struct xa_refused *refused = calloc(1, sizeof *refused);
    if (refused == NULL)
        xa_fail(err, XA_NO_MEMORY, "no memory for what AWS refuses");
    return refused;
}

void xa_refused_free(struct xa_refused **refused)
{
    if (*refused == NULL)
        return;
    xa_refused_clear_all(*refused);
    free(*refused);
    *refused = NULL;
}

static unsigned index_of(const struct xa_refused *refused, const uint8_t key[32])
{
    unsigned i = 0;
    while (i < refused->n && memcmp(refused->entries[i]->key, key, 32) != 0)
        i++;
    return i;
}

static unsigned oldest(const struct xa_refused *refused)
{
    unsigned found = 0;
    for (unsigned i = 1; i < refused->n; i++)
        if (refused->entries[i]->at_ms < refused->entries[found]->at_ms)
            found = i;
    return found;
}

static struct entry *take_entry(struct xa_refused *refused)
{
    if (refused->n == ENTRIES_MAX) {
        unsigned i = oldest(refused);
        memset(refused->entries[i], 0, sizeof *refused->entries[i]);
        return refused->entries[i];
    }
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry != NULL)
        refused->entries[refused->n++] = entry;
    return entry;
}

void xa_refused_note(struct xa_refused *refused, const uint8_t key[32],
                     const struct xa_error *err, int64_t now_ms)
{
    unsigned i = index_of(refused, key);
    struct entry *entry = i < refused->n ? refused->entries[i] : take_entry(refused);
    if (entry == NULL)
        return;                      /* not remembered: AWS is asked once more */
    memcpy(entry->key, key, 32);
    entry->span_ms = entry->span_ms == 0 ? FIRST_MS : entry->span_ms * 2;
    if (entry->span_ms > MOST_MS)
        entry->span_ms = MOST_MS;
    entry->at_ms = now_ms;
    entry->err = *err;
}

const struct xa_error *xa_refused_find(const struct xa_refused *refused, const uint8_t key[32],
                                       bool has_person, int64_t now_ms)
{
    unsigned i = index_of(refused, key);
    if (i == refused->n)
        return NULL;
    const struct entry *entry = refused->entries[i];
    return now_ms - entry->at_ms < (has_person ? PERSON_MS : entry->span_ms) ? &entry->err : NULL;
}

static void drop(struct xa_refused *refused, unsigned i)
{
    free(refused->entries[i]);
    refused->entries[i] = refused->entries[--refused->n];
}

void xa_refused_clear(struct xa_refused *refused, const uint8_t key[32])
{
    unsigned i = index_of(refused, key);
    if (i < refused->n)
        drop(refused, i);
}

void xa_refused_clear_all(struct xa_refused *refused)
{
    while (refused->n > 0)
        drop(refused, refused->n - 1);
}
