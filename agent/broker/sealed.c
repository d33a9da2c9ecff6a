#include "agent/broker/sealed.h"

#include <assert.h>
#include <string.h>

enum { KEY = 32 };

static bool text_fits(struct xa_slice text, size_t min, size_t max)
{
    return text.len >= min && text.len <= max && xa_text_printable(text);
}

/* What the one writes the other reads: both ask here. A session of a source may have no
 * ARN. Credentials without a token or an end are a long-lived key: they have no place
 * on a disk. */
static bool entry_fits(struct xa_slice name, const struct xa_issued *issued)
{
    return text_fits(name, 1, XA_ARN_MAX) &&
           text_fits(issued->access_key_id, 1, XA_ACCESS_KEY_ID_MAX) &&
           text_fits(issued->secret, 1, XA_SECRET_KEY_MAX) &&
           text_fits(issued->token, 1, XA_TOKEN_MAX) && text_fits(issued->arn, 0, XA_ARN_MAX) &&
           issued->expires_at >= 0 && issued->good_until_ms >= 0 && issued->issued_for_s > 0 &&
           issued->issued_for_s <= XA_SESSION_DURATION_MAX_S;
}

/* --- encoding --------------------------------------------------------------------- */

static size_t entry_len(struct xa_slice name, const struct xa_issued *issued)
{
    return KEY + 5 * 2 + name.len + issued->access_key_id.len + issued->secret.len +
           issued->token.len + issued->arn.len + 8 + 8 + 4;
}

static void write_text(struct xa_writer *w, struct xa_slice text)
{
    xa_write_u16(w, (uint16_t)text.len);
    xa_write_bytes(w, text.at, text.len);
}

static size_t head_len(const struct xa_sealed_moment *now)
{
    return 2 + now->boot.len + 8 + 8 + 8 + 4;
}

static void write_head(struct xa_writer *w, const struct xa_sealed_moment *now, uint64_t serial,
                       size_t n)
{
    write_text(w, now->boot);
    xa_write_u64(w, (uint64_t)now->boot_ms);
    xa_write_u64(w, (uint64_t)now->wall_s);
    xa_write_u64(w, serial);
    xa_write_u32(w, (uint32_t)n);
}

/* One walk counts, the next one writes the same entries. */
struct plan {
    size_t n, len;
    struct xa_writer *w;               /* NULL: only counts */
};

static void add_entry(void *ctx, const uint8_t key[32], struct xa_slice name,
                      const struct xa_issued *issued)
{
    struct plan *plan = ctx;
    if (!entry_fits(name, issued) || plan->n >= XA_SEALED_ENTRIES_MAX ||
        entry_len(name, issued) > XA_SEALED_PLAIN_MAX - plan->len)
        return;
    plan->n++;
    plan->len += entry_len(name, issued);
    if (plan->w == NULL)
        return;
    xa_write_bytes(plan->w, key, KEY);
    write_text(plan->w, name);
    write_text(plan->w, issued->access_key_id);
    write_text(plan->w, issued->secret);
    write_text(plan->w, issued->token);
    write_text(plan->w, issued->arn);
    xa_write_u64(plan->w, (uint64_t)issued->expires_at);
    xa_write_u64(plan->w, (uint64_t)issued->good_until_ms);
    xa_write_u32(plan->w, issued->issued_for_s);
}

struct xa_secret *xa_sealed_encode(const struct xa_cache *cache, const struct xa_sealed_moment *now,
                                   uint64_t serial, size_t *ret_n, struct xa_error *err)
{
    struct plan count = { .len = head_len(now) };
    assert(now->boot.len <= XA_SEALED_BOOT_MAX && now->boot_ms >= 0);
    xa_cache_walk(cache, now->boot_ms, add_entry, &count);
    struct xa_secret *plain = xa_secret_new(count.len, err);
    if (plain == NULL)
        return NULL;
    struct xa_writer w = xa_writer_init(xa_secret_fill(plain), count.len);
    struct plan write = { .len = head_len(now), .w = &w };
    write_head(&w, now, serial, count.n);
    xa_cache_walk(cache, now->boot_ms, add_entry, &write);
    assert(!w.bad && w.len == count.len && write.n == count.n);
    xa_secret_seal(plain);
    *ret_n = count.n;
    return plain;
}

/* --- decoding --------------------------------------------------------------------- */

static struct xa_slice read_text(struct xa_reader *r, size_t max)
{
    size_t len = xa_read_u16(r);
    if (len > max)
        r->bad = true;
    return xa_read_bytes(r, r->bad ? 0 : len);
}

/* Above 2^63 it comes out negative, and is refused as that. */
static int64_t read_time(struct xa_reader *r)
{
    uint64_t time = xa_read_u64(r);
    return time <= INT64_MAX ? (int64_t)time : -1;
}

static void read_entry(struct xa_reader *r, struct xa_sealed_entry *e)
{
    *e = (struct xa_sealed_entry){ 0 };
    e->key = xa_read_bytes(r, KEY).at;
    e->name = read_text(r, XA_ARN_MAX);
    e->issued.access_key_id = read_text(r, XA_ACCESS_KEY_ID_MAX);
    e->issued.secret = read_text(r, XA_SECRET_KEY_MAX);
    e->issued.token = read_text(r, XA_TOKEN_MAX);
    e->issued.arn = read_text(r, XA_ARN_MAX);
    e->issued.expires_at = read_time(r);
    e->issued.good_until_ms = read_time(r);
    e->issued.issued_for_s = xa_read_u32(r);
}

static bool entries_fit(struct xa_reader r, uint32_t n)
{
    struct xa_sealed_entry e;
    for (uint32_t i = 0; i < n; i++) {
        read_entry(&r, &e);
        if (r.bad || !entry_fits(e.name, &e.issued))
            return false;
    }
    return xa_read_done(&r);
}

bool xa_sealed_decode(struct xa_slice plain, struct xa_sealed *ret, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(plain);
    struct xa_sealed sealed = { 0 };
    sealed.at.boot = read_text(&r, XA_SEALED_BOOT_MAX);
    sealed.at.boot_ms = read_time(&r);
    sealed.at.wall_s = read_time(&r);
    sealed.serial = xa_read_u64(&r);
    sealed.n_entries = xa_read_u32(&r);
    sealed.entries = r;
    if (r.bad || sealed.at.boot_ms < 0 || sealed.at.wall_s < 0 ||
        sealed.n_entries > XA_SEALED_ENTRIES_MAX || !entries_fit(r, sealed.n_entries))
        return xa_fail(err, XA_VAULT_DAMAGED, "holds what xacct does not write");
    *ret = sealed;
    return true;
}

void xa_sealed_next(struct xa_sealed *sealed, struct xa_sealed_entry *ret)
{
    read_entry(&sealed->entries, ret);
    assert(!sealed->entries.bad);
}

/* --- time ------------------------------------------------------------------------- */

static bool same_boot(const struct xa_sealed_moment *a, const struct xa_sealed_moment *b)
{
    return a->boot.len > 0 && a->boot.len == b->boot.len &&
           memcmp(a->boot.at, b->boot.at, a->boot.len) == 0;
}

bool xa_sealed_is_past(const struct xa_sealed_moment *sealed, const struct xa_sealed_moment *now)
{
    return same_boot(sealed, now) ? now->boot_ms >= sealed->boot_ms : now->wall_s >= sealed->wall_s;
}

/* now is not before sealed, whose times are 0 or more: no difference overflows, only
 * seconds that are made milliseconds could. */
static int64_t passed_ms(const struct xa_sealed_moment *sealed, const struct xa_sealed_moment *now)
{
    if (same_boot(sealed, now))
        return now->boot_ms - sealed->boot_ms;
    int64_t passed_s = now->wall_s - sealed->wall_s;
    return passed_s < XA_SESSION_DURATION_MAX_S ? (passed_s + 1) * 1000 : INT64_MAX;
}

int64_t xa_sealed_left_ms(const struct xa_sealed_moment *sealed, const struct xa_issued *issued,
                          const struct xa_sealed_moment *now)
{
    if (!xa_sealed_is_past(sealed, now))
        return 0;
    int64_t most = (int64_t)issued->issued_for_s * 1000;
    int64_t left = issued->good_until_ms - sealed->boot_ms;
    if (left > most)
        left = most;
    return left > 0 ? left - passed_ms(sealed, now) : 0;
}

size_t xa_sealed_restore(struct xa_sealed *sealed, const struct xa_sealed_moment *now,
                         struct xa_cache *cache)
{
    size_t n = 0;
    struct xa_sealed_entry e;
    for (uint32_t i = 0; i < sealed->n_entries; i++) {
        xa_sealed_next(sealed, &e);
        int64_t left = xa_sealed_left_ms(&sealed->at, &e.issued, now);
        if (left <= 0)
            continue;
        e.issued.good_until_ms = now->boot_ms + left;
        n += xa_cache_restore(cache, e.key, e.name, &e.issued, now->boot_ms);
    }
    return n;
}
