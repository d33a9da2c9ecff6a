#include "agent/broker/recall.h"

#include <stdlib.h>
#include <string.h>

/* A place among WAYS, by the hash of the request: the one used least lately gives way. */
#define WAYS 4
#define SETS (XA_RECALL_KEPT_MAX / WAYS)       /* a power of two */
#define N_TEXTS 7

struct item {
    uint32_t hash, len;                /* of the request                             */
    uint64_t used;
    struct xa_kept kept;               /* texts in `bytes`, behind the request       */
    uint8_t bytes[];
};

struct xa_recall {
    struct xa_recall_basis basis;      /* of all that is kept                        */
    uint64_t uses;
    struct item *items[SETS][WAYS];
};

struct xa_recall *xa_recall_new(struct xa_error *err)
{
    struct xa_recall *recall = calloc(1, sizeof *recall);
    if (recall == NULL)
        xa_fail(err, XA_NO_MEMORY, "no memory for plans");
    return recall;
}

void xa_recall_forget(struct xa_recall *recall)
{
    for (size_t i = 0; i < SETS; i++)
        for (size_t way = 0; way < WAYS; way++) {
            free(recall->items[i][way]);
            recall->items[i][way] = NULL;
        }
}

void xa_recall_free(struct xa_recall **recall)
{
    if (*recall == NULL)
        return;
    xa_recall_forget(*recall);
    free(*recall);
    *recall = NULL;
}

/* FNV-1a; who floods one set floods his own. */
static uint32_t hash_of(struct xa_slice request)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < request.len; i++)
        hash = (hash ^ request.at[i]) * 16777619u;
    return hash ^ hash >> 16;
}

static void stand_on(struct xa_recall *recall, const struct xa_recall_basis *basis)
{
    const struct xa_recall_basis *b = &recall->basis;
    if (b->config == basis->config && b->profiles == basis->profiles &&
        b->vault == basis->vault && b->learned == basis->learned)
        return;
    xa_recall_forget(recall);
    recall->basis = *basis;
}

static bool is_of(const struct item *item, uint32_t hash, struct xa_slice request)
{
    return item != NULL && item->hash == hash && item->len == request.len &&
           memcmp(item->bytes, request.at, request.len) == 0;
}

struct xa_kept *xa_recall_find(struct xa_recall *recall, const struct xa_recall_basis *basis,
                               struct xa_slice request)
{
    stand_on(recall, basis);
    if (request.len == 0 || request.len > XA_RECALL_REQUEST_MAX)
        return NULL;
    uint32_t hash = hash_of(request);
    struct item **set = recall->items[hash & (SETS - 1)];
    for (size_t way = 0; way < WAYS; way++)
        if (is_of(set[way], hash, request)) {
            set[way]->used = ++recall->uses;
            return &set[way]->kept;
        }
    return NULL;
}

static void list_texts(struct xa_kept *kept, struct xa_slice *ret[N_TEXTS])
{
    struct xa_slice *const texts[N_TEXTS] = {
        &kept->account, &kept->region, &kept->name, &kept->label, &kept->level,
        &kept->label_variables, &kept->why,
    };
    memcpy(ret, texts, sizeof texts);
}

static struct item *new_item(struct xa_slice request, const struct xa_kept *kept)
{
    struct xa_kept copy = *kept;
    struct xa_slice *texts[N_TEXTS];
    size_t len = 0;
    list_texts(&copy, texts);
    for (size_t i = 0; i < N_TEXTS; i++)
        len += texts[i]->len;
    if (len > XA_RECALL_TEXTS_MAX)
        return NULL;
    struct item *item = malloc(sizeof *item + request.len + len);
    if (item == NULL)
        return NULL;
    uint8_t *at = item->bytes;
    memcpy(at, request.at, request.len);
    at += request.len;
    for (size_t i = 0; i < N_TEXTS; i++) {
        if (texts[i]->len > 0)
            memcpy(at, texts[i]->at, texts[i]->len);
        texts[i]->at = at;
        at += texts[i]->len;
    }
    item->kept = copy;
    item->len = (uint32_t)request.len;
    return item;
}

void xa_recall_keep(struct xa_recall *recall, const struct xa_recall_basis *basis,
                    struct xa_slice request, const struct xa_kept *kept)
{
    stand_on(recall, basis);
    if (request.len == 0 || request.len > XA_RECALL_REQUEST_MAX)
        return;
    struct item *item = new_item(request, kept);
    if (item == NULL)
        return;
    item->hash = hash_of(request);
    item->used = ++recall->uses;
    struct item **set = recall->items[item->hash & (SETS - 1)], **place = &set[0];
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way] == NULL || is_of(set[way], item->hash, request)) {
            place = &set[way];
            break;
        }
        if (set[way]->used < (*place)->used)
            place = &set[way];
    }
    free(*place);
    *place = item;
}
