#include "agent/vault/body.h"

#include <assert.h>
#include <string.h>

#include "agent/vault/store.h"

/* A body is of the first version while every key in it is current, so that an older
 * xacct opens it but in the days of a rotation. */
enum { OF_CURRENT_KEYS = 1, OF_ALL_KINDS = 2 };

#define COUNT_LEN 4                    /* version and number of entries  */
#define KIND_LEN (1 + 8)               /* what the second version adds to an entry */

/* --- what an entry may be ------------------------------------------------------ */

static bool is_alnum(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool xa_entry_name_valid(struct xa_slice name)
{
    if (name.len < 1 || name.len > XA_NAME_MAX || !(is_alnum(name.at[0]) || name.at[0] == '_'))
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (name.at[i] == '\0' || !(is_alnum(name.at[i]) || strchr("_.@:+/%-", name.at[i]) != NULL))
            return false;
    return true;
}

static bool graphic(struct xa_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
            return false;
    return true;
}

static bool key_id_valid(struct xa_slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!is_alnum(id.at[i]) && id.at[i] != '_')
            return false;
    return id.len >= XA_ACCESS_KEY_ID_MIN && id.len <= XA_ACCESS_KEY_ID_MAX;
}

static bool account_valid(struct xa_slice account)
{
    for (size_t i = 0; i < account.len; i++)
        if (account.at[i] < '0' || account.at[i] > '9')
            return false;
    return account.len == 0 || account.len == XA_ACCOUNT_LEN;
}

static bool key_valid(const struct xa_entry *e)
{
    return key_id_valid(e->access_key_id) && e->secret.len >= 1 &&
           e->secret.len <= XA_SECRET_KEY_MAX && graphic(e->secret) &&
           account_valid(e->account) && e->arn.len <= XA_ARN_MAX && xa_text_printable(e->arn);
}

static bool note_valid(const struct xa_entry *e)
{
    return e->access_key_id.len == 0 && e->secret.len == 0 && e->account.len == 0 &&
           e->arn.len == 0;
}

bool xa_entry_valid(const struct xa_entry *e)
{
    bool is_key = e->kind == XA_KEY_CURRENT || e->kind == XA_KEY_PENDING ||
                  e->kind == XA_KEY_RETIRED;
    return xa_entry_name_valid(e->name) && e->created_at >= 0 &&
           (is_key ? key_valid(e) : e->kind == XA_KEY_INTENT && note_valid(e)) &&
           (e->kind == XA_KEY_RETIRED ? e->due_at >= 0 : e->due_at == 0);
}

static int compare(struct xa_slice a, struct xa_slice b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both > 0 ? memcmp(a.at, b.at, both) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* --- reading ------------------------------------------------------------------- */

/* Goes through a body, entry by entry. */
struct cursor { struct xa_reader r; uint16_t version; size_t left; };

static struct cursor start(struct xa_slice body)
{
    struct cursor c = { .r = xa_reader_init(body) };
    c.version = xa_read_u16(&c.r);
    c.left = xa_read_u16(&c.r);
    return c;
}

static struct xa_slice read_text(struct xa_reader *r)
{
    size_t len = xa_read_u16(r);
    return xa_read_bytes(r, len);
}

/* False at the end. What was read is good for something if c->r is not bad. */
static bool next(struct cursor *c, struct xa_entry *ret)
{
    if (c->left == 0)
        return false;
    c->left--;
    ret->name = read_text(&c->r);
    ret->access_key_id = read_text(&c->r);
    ret->secret = read_text(&c->r);
    ret->account = read_text(&c->r);
    ret->arn = read_text(&c->r);
    ret->created_at = (int64_t)xa_read_u64(&c->r);
    bool has_kind = c->version == OF_ALL_KINDS;
    ret->kind = has_kind ? (enum xa_key_kind)xa_read_u8(&c->r) : XA_KEY_CURRENT;
    ret->due_at = has_kind ? (int64_t)xa_read_u64(&c->r) : 0;
    return true;
}

/* The next one of a body that has passed the check. */
static bool next_sound(struct cursor *c, struct xa_entry *ret)
{
    bool is_there = next(c, ret);
    assert(!c->r.bad);
    return is_there;
}

static bool damaged(struct xa_error *err)
{
    return xa_fail(err, XA_VAULT_DAMAGED, "the vault's content does not parse");
}

/* Whether the one may stand behind the other: a new name begins with its current key,
 * and one entry about another key may follow. What would be deleted at AWS one day must
 * not be the key that signs. */
static bool may_follow(const struct xa_entry *last, const struct xa_entry *e)
{
    int order = compare(last->name, e->name);
    if (e->kind == XA_KEY_CURRENT)
        return order < 0;
    return order == 0 && last->kind == XA_KEY_CURRENT &&
           !xa_slice_same(last->access_key_id, e->access_key_id);
}

bool xa_body_check(struct xa_slice body, size_t *ret_n, struct xa_error *err)
{
    struct cursor c = start(body);
    if (!c.r.bad && c.version != OF_CURRENT_KEYS && c.version != OF_ALL_KINDS)
        return xa_fail(err, XA_VAULT_DAMAGED,
                       "the vault's content has version %u, this xacct reads versions %u and %u",
                       c.version, OF_CURRENT_KEYS, OF_ALL_KINDS);
    if (c.r.bad || c.left > XA_VAULT_ENTRIES_MAX)
        return damaged(err);
    size_t n = 0;
    struct xa_entry e, last = { .kind = XA_KEY_RETIRED };      /* none yet; a name follows */
    while (next(&c, &e)) {
        if (c.r.bad || !xa_entry_valid(&e) || !may_follow(&last, &e))
            return damaged(err);
        n += e.kind == XA_KEY_CURRENT;
        last = e;
    }
    for (const uint8_t *p = c.r.at; p < c.r.end; p++)
        if (*p != 0)
            return damaged(err);
    *ret_n = n;
    return true;
}

bool xa_body_at(struct xa_slice body, size_t index, struct xa_entry *ret)
{
    struct xa_entry e;
    for (struct cursor c = start(body); next_sound(&c, &e);) {
        if (e.kind == XA_KEY_CURRENT && index-- == 0) {
            *ret = e;
            return true;
        }
    }
    return false;
}

static bool find(struct xa_slice body, struct xa_slice name, unsigned kinds, struct xa_entry *ret)
{
    struct xa_entry e;
    for (struct cursor c = start(body); next_sound(&c, &e);) {
        if (xa_slice_same(e.name, name) && (XA_KEY_SET(e.kind) & kinds) != 0) {
            *ret = e;
            return true;
        }
    }
    return false;
}

bool xa_body_find(struct xa_slice body, struct xa_slice name, struct xa_entry *ret)
{
    return find(body, name, XA_KEY_SET(XA_KEY_CURRENT), ret);
}

bool xa_body_find_kind(struct xa_slice body, struct xa_slice name, enum xa_key_kind kind,
                       struct xa_entry *ret)
{
    return find(body, name, XA_KEY_SET(kind), ret);
}

bool xa_body_find_journaled(struct xa_slice body, struct xa_slice name, struct xa_entry *ret)
{
    return find(body, name, XA_KEY_SET_ALL & ~XA_KEY_SET(XA_KEY_CURRENT), ret);
}

bool xa_body_find_shared(struct xa_slice body, struct xa_slice name, struct xa_slice access_key_id,
                         struct xa_entry *ret)
{
    struct xa_entry e;
    for (struct cursor c = start(body); next_sound(&c, &e);) {
        if (e.kind != XA_KEY_INTENT && xa_slice_same(e.access_key_id, access_key_id) &&
            !xa_slice_same(e.name, name)) {
            *ret = e;
            return true;
        }
    }
    return false;
}

/* --- writing ------------------------------------------------------------------- */

static size_t entry_len(const struct xa_entry *e)
{
    return 5 * 2 + e->name.len + e->access_key_id.len + e->secret.len + e->account.len +
           e->arn.len + 8;
}

static void write_text(struct xa_writer *w, struct xa_slice text)
{
    xa_write_u16(w, (uint16_t)text.len);
    xa_write_bytes(w, text.at, text.len);
}

static void write_entry(struct xa_writer *w, uint16_t version, const struct xa_entry *e)
{
    write_text(w, e->name);
    write_text(w, e->access_key_id);
    write_text(w, e->secret);
    write_text(w, e->account);
    write_text(w, e->arn);
    xa_write_u64(w, (uint64_t)e->created_at);
    if (version == OF_CURRENT_KEYS)
        return;
    xa_write_u8(w, (uint8_t)e->kind);
    xa_write_u64(w, (uint64_t)e->due_at);
}

static struct xa_secret *new_blocks(size_t len, struct xa_error *err)
{
    return xa_secret_new((len + XA_STORE_BLOCK - 1) / XA_STORE_BLOCK * XA_STORE_BLOCK, err);
}

struct xa_secret *xa_body_new(struct xa_error *err)
{
    struct xa_secret *body = new_blocks(COUNT_LEN, err);
    if (body == NULL)
        return NULL;
    struct xa_writer w = xa_writer_init(xa_secret_fill(body), COUNT_LEN);
    xa_write_u16(&w, OF_CURRENT_KEYS);
    xa_write_u16(&w, 0);
    xa_secret_seal(body);
    return body;
}

static bool drops(const struct xa_body_change *change, const struct xa_entry *e)
{
    return (change->drop & XA_KEY_SET(e->kind)) != 0 && xa_slice_same(e->name, change->name);
}

/* Goes through what a changed body will hold, in its order. */
struct merge { struct cursor old; struct xa_entry ahead; bool has_ahead; size_t n_put; };

static void look_ahead(struct merge *m, const struct xa_body_change *change)
{
    do
        m->has_ahead = next_sound(&m->old, &m->ahead);
    while (m->has_ahead && drops(change, &m->ahead));
}

static struct merge merge_start(struct xa_slice body, const struct xa_body_change *change)
{
    struct merge m = { .old = start(body) };
    look_ahead(&m, change);
    return m;
}

static bool put_comes_first(const struct merge *m, const struct xa_entry *put)
{
    if (!m->has_ahead)
        return true;
    int order = compare(put->name, m->ahead.name);
    return order != 0 ? order < 0 : put->kind < m->ahead.kind;
}

static bool merge_next(struct merge *m, const struct xa_body_change *change, struct xa_entry *ret)
{
    if (m->n_put < change->n_put && put_comes_first(m, &change->put[m->n_put])) {
        *ret = change->put[m->n_put++];
        return true;
    }
    if (!m->has_ahead)
        return false;
    *ret = m->ahead;
    look_ahead(m, change);
    return true;
}

struct measure { uint16_t version; size_t n, len; };

static struct measure measure(struct xa_slice body, const struct xa_body_change *change)
{
    struct measure is = { OF_CURRENT_KEYS, 0, COUNT_LEN };
    struct xa_entry e;
    for (struct merge m = merge_start(body, change); merge_next(&m, change, &e); is.n++) {
        is.len += entry_len(&e);
        if (e.kind != XA_KEY_CURRENT)
            is.version = OF_ALL_KINDS;
    }
    is.len += is.version == OF_ALL_KINDS ? is.n * KIND_LEN : 0;
    return is;
}

static bool can_change(struct xa_slice body, const struct xa_body_change *change,
                       struct xa_error *err)
{
    struct xa_entry e;
    int len = (int)change->name.len;
    if (change->drop != 0 && !find(body, change->name, change->drop, &e))
        return xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key '%.*s'", len,
                       (const char *)change->name.at);
    for (size_t i = 0; i < change->n_put; i++)
        if (!(change->drop & XA_KEY_SET(change->put[i].kind)) &&
            xa_body_find_kind(body, change->name, change->put[i].kind, &e))
            return xa_fail(err, XA_NAME_TAKEN, "the vault holds a key '%.*s' already", len,
                           (const char *)change->name.at);
    return true;
}

/* What does not pass the check would not open again, and its keys were lost. */
static void sound(struct xa_secret *body)
{
    size_t n;
    struct xa_slice plain = { xa_secret_open(body), xa_secret_len(body) };
    bool ok = xa_body_check(plain, &n, NULL);
    xa_secret_shut(body);
    assert(ok);
}

struct xa_secret *xa_body_changed(struct xa_slice body, const struct xa_body_change *change,
                                  struct xa_error *err)
{
    if (!can_change(body, change, err))
        return NULL;
    struct measure is = measure(body, change);
    if (is.n > XA_VAULT_ENTRIES_MAX || is.len > XA_STORE_BODY_MAX) {
        xa_fail(err, XA_IO, "the vault is full: it holds %u keys or 1 MiB at most",
                XA_VAULT_ENTRIES_MAX);
        return NULL;
    }
    struct xa_secret *changed = new_blocks(is.len, err);
    if (changed == NULL)
        return NULL;
    struct xa_writer w = xa_writer_init(xa_secret_fill(changed), is.len);
    xa_write_u16(&w, is.version);
    xa_write_u16(&w, (uint16_t)is.n);
    struct xa_entry e;
    for (struct merge m = merge_start(body, change); merge_next(&m, change, &e);)
        write_entry(&w, is.version, &e);
    assert(!w.bad && w.len == is.len);
    xa_secret_seal(changed);
    sound(changed);
    return changed;
}
