#include "agent/accounts/rotate/words.h"

#include <stdio.h>
#include <time.h>

const char *rotate_tail(struct xa_slice id, char room[ROTATE_TAIL_SIZE])
{
    size_t len = id.len < 4 ? id.len : 4;
    snprintf(room, ROTATE_TAIL_SIZE, "****%.*s", (int)len,
             len > 0 ? (const char *)id.at + id.len - len : "");
    return room;
}

const char *rotate_day(int64_t unix_s, char room[ROTATE_DAY_SIZE])
{
    time_t moment = (time_t)unix_s;
    struct tm utc;
    if (gmtime_r(&moment, &utc) == NULL || strftime(room, ROTATE_DAY_SIZE, "%Y-%m-%d", &utc) == 0)
        snprintf(room, ROTATE_DAY_SIZE, "?");
    return room;
}

static void describe_use(const struct rotate_key *key, char *room, size_t size)
{
    char day[ROTATE_DAY_SIZE];
    if (!key->told)
        snprintf(room, size, "AWS does not say when it was last used");
    else if (key->used_at == 0)
        snprintf(room, size, "never used");
    else
        snprintf(room, size, "last used %s in %.*s", rotate_day(key->used_at, day),
                 (int)key->service.len, key->service.len > 0 ? (const char *)key->service.at : "");
}

void rotate_describe(const struct rotate_key *key, const struct rotate_facts *f, char *room,
                     size_t size)
{
    char tail[ROTATE_TAIL_SIZE], day[ROTATE_DAY_SIZE], due[ROTATE_DAY_SIZE], use[320];
    char other[XA_NAME_MAX + 32] = "";
    const char *whose = xa_slice_same(key->id, f->current) ? "; the one that is stored here"
                      : rotate_may_be_lost(f, key)
                          ? "; perhaps made by a run that was interrupted here" : "";
    describe_use(key, use, sizeof use);
    if (key->stored_as.len > 0)
        snprintf(other, sizeof other, "; stored here as '%.*s'", (int)key->stored_as.len,
                 (const char *)key->stored_as.at);
    int len = snprintf(room, size, "%s  %s, made %s, %s%s%s", rotate_tail(key->id, tail),
                       key->active ? "active" : "inactive", rotate_day(key->created_at, day), use,
                       whose, other);
    if (len < 0 || (size_t)len >= size || f->journal->kind != XA_KEY_RETIRED ||
        !xa_slice_is(key->id, f->journal->access_key_id) || f->journal->due_at == ROTATE_NEVER_DUE)
        return;
    snprintf(room + len, size - (size_t)len, "; the old one, which goes on %s",
             rotate_day(f->journal->due_at, due));
}
